"""Hears what the buyer's side says of our documents: from every seller's access point, or from a file by hand.

A question, a condition or a refusal opens a dispute, which stops the ladder the same day. Acceptance and payment are
noted, never booked. Whoever is not the receiver is shown to a person and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connectors.http import NoAnswer
from connectors.ports import Inbound
from flows import agreements
from flows.hints import queue_word
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables import answers as rules
from receivables import disputes
from receivables.answers import Effect
from receivables.claims import ZERO, DispatchState, HoldKind
from receivables.ledger import answers, dispatch, evidence, holds, lookup
from receivables.ledger.answers import Document, Match, Verdict
from receivables.ledger.database import reading, writing
from receivables.ledger.evidence import Kept
from receivables.ledger.tasks import open_task
from ubl.response import NotAResponse, Response, is_response, read_response
from ubl.safe_xml import UnreadableXml

FILE = "file"
CONTRADICTED = "answer_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer: about which invoice of which seller, what it says, what became of it, and what follows in words."""

    invoice: str
    seller: str | None
    kind: str
    code: str
    sender: str
    says: str
    verdict: Verdict
    follows: str
    again: bool = False  # the same bytes were heard before: nothing was done


def collect(workspace: Workspace, on: date) -> list[Heard]:
    """Empties every seller's inbox of answers; an access point that does not answer now is asked again later."""
    found: list[Heard] = []
    for seller in workspace.settings.sellers:
        if seller.peppol is not None:
            found += collect_of(workspace, seller.ref, on)
    return found


def collect_of(workspace: Workspace, seller: str, on: date) -> list[Heard]:
    """One seller's inbox. What is no answer is left there unconfirmed: it belongs to whoever reads purchases."""
    found: list[Heard] = []
    try:
        provider = workspace.peppol(seller)
        for inbound in provider.inbox():
            if inbound.said is not None:
                queue_word(workspace, seller, provider.name, inbound)
            elif not answers_something(inbound):
                continue
            else:
                heard = hear_inbound(workspace, seller, provider.name, inbound, on)
                found += [heard] if heard else []
            provider.confirm(inbound.id)
    except (NoAnswer, BadSettings):
        return found
    return found


def answers_something(inbound: Inbound) -> bool:
    try:
        return is_response(inbound.document)
    except UnreadableXml:
        return False


def hear_inbound(workspace: Workspace, seller: str, source: str, inbound: Inbound, on: date) -> Heard | None:
    """None for an answer that cannot be understood: it is kept, and a person is shown it once."""
    try:
        return hear(workspace, inbound.document, seller=seller, source=source, sender=inbound.sender, on=on)
    except NotAResponse as problem:
        content = workspace.store.put(inbound.document)
        text = f"An answer that {source} brought for {seller} cannot be understood: {problem} It is kept as {content}."
        with writing(workspace.engine) as connection:
            open_task(connection, key=f"answer_unreadable:{content}", kind="answer", text=text, on=on)
        return None


def hear(
    workspace: Workspace,
    document: bytes,
    *,
    on: date,
    seller: str | None = None,
    source: str = FILE,
    sender: str | None = None,
) -> Heard:
    """Takes one answer to heart, once. `sender` is who sent it by the network's word. Raises UnreadableXml or
    NotAResponse.
    """
    response = read_response(document)
    content = workspace.store.put(document)
    with reading(workspace.engine) as connection:
        found = answers.match(connection, response, sender)
        before = answers.heard(connection, content)
    if before is None and found.document and not found.problem and rules.effect(response) is Effect.NOT_DELIVERED:
        not_delivered(workspace, found.document, response, content, on)
    try:
        with writing(workspace.engine) as connection:
            before = answers.heard(connection, content)
            if before is None:
                verdict, follows = judged(connection, workspace, found, response, on)
                keep(connection, workspace, found, response, verdict, content, seller, source, on)
                return heard_of(response, found, verdict, follows)
    except IntegrityError:  # another worker heard it in the same moment, and did what follows
        with reading(workspace.engine) as connection:
            before = answers.heard(connection, content)
    return heard_of(response, found, before or Verdict.NOTED, "heard before: nothing was done", again=True)


def keep(
    connection: Connection,
    workspace: Workspace,
    found: Match,
    response: Response,
    verdict: Verdict,
    content: str,
    seller: str | None,
    source: str,
    on: date,
) -> None:
    """The row that says it was heard, and the proof beside the document that it is about."""
    document, at = found.document, workspace.now()
    if document and verdict is not Verdict.REFUSED:
        evidence.record(connection, document.dispatch_id, (proof_of(response, content),), at)
    answers.record(
        connection,
        response,
        document,
        verdict,
        content=content,
        seller=seller or (document.seller if document else ""),
        source=source,
        on=on,
        at=at,
    )


def heard_of(response: Response, found: Match, verdict: Verdict, follows: str, again: bool = False) -> Heard:
    return Heard(
        invoice=found.document.number if found.document else response.about,
        seller=found.document.seller if found.document else None,
        kind=response.kind.value,
        code=response.code,
        sender=response.sender,
        says=rules.in_words(response),
        verdict=verdict,
        follows=follows,
        again=again,
    )


def proof_of(response: Response, content: str) -> Kept:
    return Kept(response.kind.value, rules.level(response.kind), content, "application/xml")


def judged(
    connection: Connection, workspace: Workspace, found: Match, response: Response, on: date
) -> tuple[Verdict, str]:
    """What becomes of the answer, and what follows in one sentence; the dispute and the tasks are opened here."""
    document = found.document
    if document is None or found.problem:
        return show(connection, found, response, on)
    doing = rules.effect(response)
    if doing is Effect.NOT_DELIVERED:
        return Verdict.ACTED, "it did not arrive: nothing is counted from it, and a person is asked to mend it"
    if answers.overtaken(connection, document.invoice_id, response):
        return Verdict.LATE, "a newer answer was heard before it: it is kept and changes nothing"
    if doing is Effect.DISPUTE:
        return Verdict.ACTED, disputed(connection, workspace, document, response, on)
    if response.code in ("AP", "PD"):
        return Verdict.NOTED, accepted(connection, document, response, on)
    return Verdict.NOTED, "it is kept; the ladder goes on"


def show(connection: Connection, found: Match, response: Response, on: date) -> tuple[Verdict, str]:
    """Somebody else's word, or one about nothing of ours: a person sees it, nothing moves."""
    verdict = found.verdict or Verdict.UNMATCHED
    document = found.document
    text = (
        f"{response.sender} says of {response.about}: {rules.in_words(response)}. Nothing was done: {found.problem}. "
    )
    text += "If it is true all the same, note it by hand: voldaan dispute."
    open_task(
        connection,
        key=f"answer:{response.sender}/{response.id}/{response.about}"[:120],
        kind="answer",
        text=text,
        on=on,
        debtor_id=document.debtor_id if document else None,
        invoice_id=document.invoice_id if document else None,
    )
    return verdict, f"nothing was done: {found.problem}"


def disputed(connection: Connection, workspace: Workspace, document: Document, response: Response, on: date) -> str:
    """Holds the claim and asks the seller's responsible person for an answer; what follows, in one sentence."""
    invoice = lookup.invoice(connection, document.number, document.seller)
    reason, note = rules.dispute_reason(response.reasons), rules.in_words(response)
    if invoice.kind != "invoice" or agreements.open_principal(connection, invoice) <= ZERO:
        text = f"{document.name} does not agree with {document.number}, of which nothing is open: {note}. Answer it."
        key = f"answer:{response.sender}/{response.id}/{response.about}"[:120]
        open_task(
            connection,
            key=key,
            kind="answer",
            text=text,
            on=on,
            debtor_id=document.debtor_id,
            invoice_id=document.invoice_id,
        )
        return "nothing is open on it, so nothing is held; a person is asked to answer"
    owner = workspace.settings.seller(document.seller).reply_to
    until = on + timedelta(days=workspace.policy.delivery.dispute_days)
    agreements.ask_to_answer(connection, invoice, reason, note, on)
    try:
        agreements.hold(
            connection,
            workspace,
            invoice,
            HoldKind.DISPUTE,
            owner=owner,
            reason=disputes.words(reason, note),
            until=until,
            on=on,
            details={"code": reason.value, "answer": response.id},
        )
    except agreements.NotAgreed:
        return "it was disputed today already: that dispute stands"
    return f"held until {until}; {owner} is asked to {disputes.WORK[reason]}"


def accepted(connection: Connection, document: Document, response: Response, on: date) -> str:
    """Never a booking. Where a dispute stands, a person is asked whether it is over."""
    word = rules.MEANINGS[response.code]
    if holds.standing(connection, document.invoice_id, HoldKind.DISPUTE) is None:
        return f"{word}: it is kept, nothing is booked"
    text = (
        f"{document.name} says that {document.number} is {word}, while a dispute stands. If that is the end of it: "
        f"voldaan dispute {document.number} --end --outcome withdrawn."
    )
    open_task(
        connection,
        key=f"{CONTRADICTED}:{response.sender}/{response.id}/{response.about}"[:120],
        kind=CONTRADICTED,
        text=text,
        on=on,
        debtor_id=document.debtor_id,
        invoice_id=document.invoice_id,
    )
    return f"{word}: nothing is booked; a person is asked whether the dispute is over"


def not_delivered(workspace: Workspace, document: Document, response: Response, content: str, on: date) -> None:
    """The buyer's access point refuses it. Again is harmless; where it was delivered already, a person finds out."""
    dispatch.advance(
        workspace.engine,
        document.dispatch_id,
        DispatchState.NOT_DELIVERED,
        on=on,
        at=workspace.now(),
        reason=rules.in_words(response),
        proofs=(proof_of(response, content),),
    )
