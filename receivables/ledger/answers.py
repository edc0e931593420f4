"""Answers of the buyer's side in the ledger: which document each is about, who may speak of it, that it was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, String, cast, insert, or_, select
from sqlalchemy.engine import Row

from receivables.answers import older, said_at, same_participant
from receivables.ledger import journal
from receivables.ledger.receipts import CARRIES
from receivables.ledger.tables import answers, debtors, dispatches, invoices
from receivables.ledger.tables import journal as entries
from ubl.response import Kind, Response

TOLD_IDS = ("dispatch.submitted", "dispatch.delivered", "dispatch.proof_fetched")  # entries that hold a network's ids


class Verdict(StrEnum):
    """What became of an answer."""

    ACTED = "acted"  # it stopped the ladder, or says that the document did not arrive
    NOTED = "noted"
    LATE = "late"  # a newer answer was heard before it
    REFUSED = "refused"  # from somebody else than the receiver
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One of our documents, as it was sent. `buyer` is the participant that may answer; `ours` who sent it."""

    dispatch_id: int
    invoice_id: int
    seller: str
    number: str
    debtor_id: int
    name: str
    buyer: str | None
    ours: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """The document that an answer is about, or one sentence why it is about none or may not speak of it."""

    document: Document | None
    problem: str | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What the match alone decides."""
        if self.document is None:
            return Verdict.UNMATCHED
        return Verdict.REFUSED if self.problem else None


def heard(connection: Connection, content: str) -> Verdict | None:
    """What became of these very bytes before."""
    found = connection.scalar(select(answers.c.verdict).where(answers.c.content == content))
    return Verdict(found) if found else None


def match(connection: Connection, response: Response, network_sender: str | None) -> Match:
    """By the id under which the network knows the document, else by its number and by who sent it to whom."""
    if response.kind is not Kind.INVOICE_RESPONSE and (known := _by_network_id(connection, response.about)):
        return Match(known)
    if response.kind is Kind.MLS:
        return Match(None, f"none of our documents travelled as {response.about}")
    same = [row for row in _numbered(connection, response.about) if response.about_issued in (None, row.issued)]
    if not same:
        day = f" of {response.about_issued}" if response.about_issued else ""
        return Match(None, f"we sent no document {response.about}{day}")
    ours = [one for one in map(_document, same) if one.ours is None or same_participant(one.ours, response.receiver)]
    if not ours:
        return Match(None, f"it is addressed to {response.receiver}, which did not send {response.about}")
    return _may_speak(ours, response, network_sender)


def _may_speak(ours: Sequence[Document], response: Response, network_sender: str | None) -> Match:
    speakers = [one for one in ours if one.buyer and same_participant(one.buyer, response.sender)]
    if not speakers:
        return Match(ours[-1], f"{response.sender} answers, while it was sent to {ours[-1].buyer or 'no participant'}")
    if network_sender and not same_participant(network_sender, response.sender):
        return Match(
            speakers[-1], f"it says that {response.sender} answers, but the network brought it of {network_sender}"
        )
    return Match(speakers[-1])


def _numbered(connection: Connection, number: str) -> Sequence[Row[Any]]:
    return connection.execute(_sent().where(dispatches.c.subject == number).order_by(dispatches.c.id)).all()


def _by_network_id(connection: Connection, identity: str) -> Document | None:
    """Our document under the partner's or the network's id; the journal keeps those beside the transitions."""
    direct = _sent().where(or_(dispatches.c.partner_id == identity, dispatches.c.prepared == identity))
    if rows := connection.execute(direct).all():
        return _document(rows[-1])
    if len(identity) < 8 or not identity.isascii() or any(sign in identity for sign in '%_"\\'):
        return None
    told = connection.execute(
        select(entries.c.facts)
        .where(entries.c.kind.in_(TOLD_IDS), cast(entries.c.facts, String).contains(f'"{identity}"'))
        .order_by(entries.c.id)
    )
    known = {facts["dispatch"] for facts in told.scalars() if identity in (facts.get("ids") or {}).values()}
    if len(known) != 1:
        return None
    rows = connection.execute(_sent().where(dispatches.c.id == known.pop())).all()
    return _document(rows[-1]) if rows else None


def _sent() -> Any:
    """Documents that left, with the invoice each carries and its debtor."""
    return (
        select(
            dispatches.c.id.label("dispatch_id"),
            dispatches.c.channel,
            dispatches.c.receiver,
            dispatches.c.details,
            invoices.c.id.label("invoice_id"),
            invoices.c.seller,
            invoices.c.number,
            invoices.c.issued,
            invoices.c.debtor_id,
            debtors.c.name,
            debtors.c.endpoint,
        )
        .join(invoices, CARRIES)
        .join(debtors, debtors.c.id == invoices.c.debtor_id)
        .where(dispatches.c.submitted.is_not(None))
    )


def _document(row: Row[Any]) -> Document:
    by_peppol = row.channel == "peppol"
    return Document(
        dispatch_id=row.dispatch_id,
        invoice_id=row.invoice_id,
        seller=row.seller,
        number=row.number,
        debtor_id=row.debtor_id,
        name=row.name or row.number,
        buyer=row.receiver if by_peppol else row.endpoint,
        ours=row.details.get("sender") if by_peppol else None,
    )


def overtaken(connection: Connection, invoice_id: int, response: Response) -> bool:
    """Whether a newer answer of the buyer about this invoice was heard before."""
    spoke = (Verdict.ACTED, Verdict.NOTED)
    rows = connection.execute(
        select(answers.c.said_at, answers.c.issued).where(
            answers.c.invoice_id == invoice_id, answers.c.kind == response.kind, answers.c.verdict.in_(spoke)
        )
    )
    return any(older(response.at, response.issued, row.said_at, row.issued) for row in rows)


def record(
    connection: Connection,
    response: Response,
    found: Document | None,
    verdict: Verdict,
    *,
    content: str,
    seller: str,
    source: str,
    on: date,
    at: datetime,
) -> None:
    """One row per answer, and a line in the journal of the invoice that it is about."""
    codes = [*response.reasons, *response.actions]
    connection.execute(
        insert(answers).values(
            content=content,
            seller=seller,
            source=source,
            kind=response.kind,
            code=response.code,
            reasons=codes,
            issued=response.issued,
            said_at=said_at(response),
            dispatch_id=found.dispatch_id if found else None,
            invoice_id=found.invoice_id if found else None,
            verdict=verdict,
            on=on,
            at=at,
        )
    )
    subject = journal.about_invoice(found.seller, found.number) if found else f"answer:{content}"
    facts: dict[str, journal.Json] = {
        "message": response.kind.value,
        "code": response.code,
        "reasons": codes,
        "content": content,
        "dispatch": found.dispatch_id if found else None,
    }
    journal.append(connection, at=at, on=on, kind=f"answer.{verdict}", subject=subject, facts=facts)
