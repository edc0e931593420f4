"""Sends an invoice or a credit note again that did not arrive, by a person's word; never one that may have arrived."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection

from connectors.mail.message import envelope_address
from connectors.peppol.participant import candidates
from connectors.ports import Proof
from flows.addressing import addressed, kept_document, route_for
from flows.console import Unusable
from flows.proofs import report_of
from flows.sending import FIRST, TO_ROUTE, Addressee, Fixed, first_way
from flows.workspace import Workspace
from receivables.claims import DispatchState
from receivables.ledger import claim_data, dispatch, evidence, lookup, sent_again
from receivables.ledger.database import writing
from receivables.ledger.lookup import FoundInvoice
from receivables.ledger.mail_reports import stopped_for
from receivables.ledger.outbox import Dispatch
from receivables.ledger.planning import occurrence_again
from receivables.ledger.sent_again import INVOICE
from receivables.letters.elements import MissingElement
from receivables.preferences import Route

Channel = Literal["peppol", "email", "post"]
DESK = "desk"  # who decided it, where nobody is named
WORDS = {"peppol": "Peppol", "email": "e-mail", "post": "post"}
LOST = frozenset({DispatchState.NOT_DELIVERED, DispatchState.REJECTED, DispatchState.WITHDRAWN})
UNDER_WAY = {
    DispatchState.PLANNED: "{number} is planned and has not left: it goes out by itself, or once its task is closed "
    "(voldaan tasks list); name another way or address (--channel, --to) to change that",
    DispatchState.SUBMITTING: "{number} is being sent at this moment: look again when it is settled",
    DispatchState.SUBMITTED: "{number} was taken by {channel} on {submitted} and its delivery is not settled yet: wait "
    "for it, or ask there about {partner_id}",
    DispatchState.UNKNOWN: "whether {number} went out is not known yet, and the partner is being asked: wait for its "
    "answer, since a second send could arrive twice",
    DispatchState.DELIVERED: "{number} was delivered by {channel} on {settled} and is not sent twice; voldaan evidence "
    "{number} has the proof",
}


class NotSentAgain(ValueError):
    """Why a document is not sent again; one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks: by which way and to which address, if another; who asks it and why."""

    by: str | None = None
    reason: str | None = None
    to: str | None = None  # an e-mail address or a Peppol address
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    """What was planned. `state`: that of the send before, None where there was none; `tasks`: how many it closed."""

    seller: str
    number: str
    state: str | None
    occurrence: str
    channel: str
    receiver: str
    tasks: int
    follows: str


def resend(workspace: Workspace, number: str, wish: Wish, on: date, seller: str | None = None) -> SentAgain:
    """Plans the next send of document `number`; the delivery carries it out. Raises NotSentAgain,
    NotFound and Unusable.

    What is planned and has not left is sent another way under its own key. What did not arrive is a linked copy under
    a key of its own. All of it is one transaction: the same command again finds the new send and is refused.
    """
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        before = sent_again.last_send(connection, found)
        check(connection, found, before, wish)
        to = addressee(connection, found, before, wish)
        issued, stored = kept_document(connection, workspace, found)
        occurrence = occurrence_for(connection, found, before)
        try:
            fixed = first_way(workspace, issued, found.seller, to, stored, occurrence, on)
        except (MissingElement, ValueError) as problem:
            raise NotSentAgain(f"{number} cannot go there: {problem}") from problem
        if fixed is None:
            raise NotSentAgain(
                f"{number} has no address to go to: give one with --to, or add it in the ERP and export again"
            )
        check_address(connection, before, fixed, wish)
        planned = put_down(connection, workspace, found, before, occurrence, fixed, wish, on)
        proofs = evidence.keep(workspace.store, (report_of(issued.report), decision(before, wish, on)))
        evidence.record(connection, planned, proofs, workspace.now())
        closed = sent_again.close_asked(connection, found, before, on=on)
    return SentAgain(
        seller=found.seller,
        number=number,
        state=before.state.value if before else None,
        occurrence=occurrence,
        channel=fixed[0],
        receiver=fixed[1],
        tasks=len(closed),
        follows=follows(fixed, to),
    )


def check(connection: Connection, found: FoundInvoice, before: Dispatch | None, wish: Wish) -> None:
    """Raises NotSentAgain where the last send arrived, is under way, or nobody knows and no person answers for it."""
    if before is None:
        if not sent_again.lacked_address(connection, found):
            raise NotSentAgain(f"{found.number} was never to be sent: the customer issued it itself")
        return
    words = {
        "number": found.number,
        "channel": WORDS.get(before.channel, before.channel),
        "submitted": before.submitted,
        "settled": before.settled,
        "partner_id": before.partner_id or "it",
    }
    elsewhere = before.state is DispatchState.PLANNED and (wish.to or wish.channel)
    if before.state in UNDER_WAY and not elsewhere:
        raise NotSentAgain(UNDER_WAY[before.state].format(**words))
    if (said := sent_again.objection(connection, found)) is not None:
        raise NotSentAgain(f"{found.number} may have arrived, for {said}: find that out before it is sent again")
    if before.state is DispatchState.AWAITING_PERSON and not (wish.by and wish.reason):
        raise NotSentAgain(
            f"nobody can prove whether {found.number} went out: ask the receiver, and if it has nothing say so with "
            "your name and why (--by, --reason)"
        )


def addressee(connection: Connection, found: FoundInvoice, before: Dispatch | None, wish: Wish) -> Addressee:
    """Where it goes: as the ledger has the customer now, and as the person says otherwise."""
    debtor = claim_data.debtor(connection, found.debtor_id)
    (record,) = claim_data.invoice_records(connection, [found.id])
    to = addressed(debtor, route_for(connection, debtor, record.issued))
    email, endpoint = given(wish.to)
    if (email and wish.channel == "peppol") or (endpoint and wish.channel in ("email", "post")):
        raise Unusable(f"{wish.to} is no address for {WORDS[wish.channel]}: give one of that kind")
    to = replace(to, email=email or to.email, endpoint=endpoint or to.endpoint)
    channel = wish.channel or ("email" if email else "peppol" if endpoint else None)
    return to if channel is None else replace(to, route=by_way(to.route, channel))


def given(to: str | None) -> tuple[str | None, str | None]:
    """(e-mail address, Peppol address) of what was typed: one of the two, or none. Raises Unusable."""
    if to is None:
        return None, None
    try:
        return (envelope_address(to), None) if "@" in to else (None, candidates(to)[0])
    except ValueError as problem:
        raise Unusable(f"{to} is neither an e-mail address nor a Peppol address: {problem}") from problem


def by_way(usual: Route, channel: Channel) -> Route:
    """The route that a person chose. Where the law wants Peppol it comes first, and the chosen way where it says no."""
    if channel == "peppol":
        return replace(usual, peppol=True)
    return replace(usual, peppol=usual.peppol and usual.breach, otherwise=channel)


def occurrence_for(connection: Connection, found: FoundInvoice, before: Dispatch | None) -> str:
    if before is None:
        return FIRST
    if before.state is DispatchState.PLANNED:
        return before.occurrence
    return occurrence_again(
        connection, seller=found.seller, kind=INVOICE, subject=found.number, occurrence=before.occurrence
    )


def check_address(connection: Connection, before: Dispatch | None, fixed: Fixed, wish: Wish) -> None:
    """Raises NotSentAgain where a mail would wait for nothing, or come back once more."""
    channel, receiver, _, _ = fixed
    if channel != "email":
        return
    if stopped_for(connection, receiver):
        raise NotSentAgain(f"{receiver} complained of an earlier mail: call, and close that task with mail_again first")
    same = before is not None and (before.channel, before.receiver) == (channel, receiver)
    if before is not None and same and before.state is DispatchState.NOT_DELIVERED and wish.to is None:
        raise NotSentAgain(
            f"it came back from {receiver} ({before.reason or 'no reason given'}): correct the address in the ERP and "
            "export again, or name one with --to, the same where it works by now"
        )


def put_down(
    connection: Connection,
    workspace: Workspace,
    found: FoundInvoice,
    before: Dispatch | None,
    occurrence: str,
    fixed: Fixed,
    wish: Wish,
    on: date,
) -> int:
    """The id of the dispatch: the first, the one that has not left, or a linked copy of the one that did not arrive."""
    at = workspace.now()
    values: dict[str, Any] = dict(zip(("channel", "receiver", "content", "details"), fixed, strict=True))
    if before is None or before.state is DispatchState.PLANNED:
        values |= {"seller": found.seller, "kind": INVOICE, "subject": found.number, "occurrence": occurrence}
        planned = dispatch.plan(connection, **values, on=on, at=at)
        sent_again.let_go(connection, planned)
        return planned
    if before.state is DispatchState.AWAITING_PERSON:
        copy = dispatch.decided_by_person(connection, before.id, received=False, by=DESK, on=on, at=at, **values)
        assert copy is not None
        return copy
    return dispatch.plan_again(connection, before.id, by=DESK, on=on, at=at, **values)


def decision(before: Dispatch | None, wish: Wish, on: date) -> Proof:
    """Who asked for it and why, as evidence: names stay out of the journal, which holds its hash."""
    said = {
        "by": wish.by or DESK,
        "reason": wish.reason or (before.reason if before else None),
        "on": on.isoformat(),
        "send_before": None if before is None else {"occurrence": before.occurrence, "state": before.state.value},
        "to": wish.to,
        "channel": wish.channel,
    }
    content = json.dumps(said, ensure_ascii=False, indent=1).encode()
    return Proof(kind="decision", level="a person's word that it is to be sent again, with the reason", content=content)


def follows(fixed: Fixed, to: Addressee) -> str:
    channel, receiver, _, _ = fixed
    if channel != TO_ROUTE:
        return f"goes by {WORDS[channel]} to {receiver} with the next delivery"
    other = WORDS.get(to.otherwise or "")
    only = f", and by {other} only where the network says that it cannot be had there" if other else ""
    return f"goes by Peppol to {receiver} with the next delivery{only}"
