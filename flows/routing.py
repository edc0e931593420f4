"""Asks the network whether the receiver can take a document, and fixes the channel by that and the preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from connectors.peppol.participant import alternatives
from connectors.ports import Reach
from flows.blocked import UNSENDABLE, tell
from flows.issue import Issued, verdict
from flows.proofs import report_of
from flows.reach import first_that_receives, verdict_of
from flows.readdress import readdressed
from flows.sending import INVOICE, TO_ROUTE, Fixed, addressee_in, elsewhere
from flows.workspace import Workspace
from receivables.ledger import dispatch, evidence, intake
from receivables.ledger.database import reading, writing
from receivables.ledger.outbox import Dispatch, planned_ones
from receivables.ledger.tasks import close_task, open_task
from ubl.invoice import Identifier
from ubl.profile import document_type_id, process_id
from ubl.read import read

if TYPE_CHECKING:
    from connectors.peppol.verdict import Verdict

BREACH = (
    "The buyer cannot take this document by Peppol ({reach}), though the law obliges it to. The paper goes by {by} in "
    "its place; the network's answer is kept as proof, and what is due stays due."
)


def route(workspace: Workspace, on: date) -> None:
    """Every document that waits for a channel: by Peppol, by e-mail, or left waiting where the answer is unknown."""
    with reading(workspace.engine) as connection:
        waiting = planned_ones(connection, TO_ROUTE)
    for one in waiting:
        try:
            route_one(workspace, one, on)
        except UNSENDABLE as problem:
            tell(workspace, one, str(problem), on)


def route_one(workspace: Workspace, one: Dispatch, on: date) -> None:
    """Unknown never leads elsewhere; a definite no does, where the client may have mail or post, or the law obliges it
    to be on the network.
    """
    ubl = workspace.store.get(one.content)
    invoice = read(ubl)
    document_type, process = document_type_id(invoice.type), process_id(invoice.type)
    verdicts = first_that_receives(workspace, one.seller, addresses_of(one.receiver), document_type, process)
    answer = verdicts[-1]
    to = addressee_in(one.details, one.receiver)
    if answer.reach is Reach.CAN_RECEIVE:
        same = answer.participant == str(invoice.buyer.endpoint)  # BT-49 of the document as it is
        anew = None if same else readdressed(workspace, one, invoice, answer.participant)
        details: Mapping[str, Any] = {
            "sender": str(invoice.seller.endpoint),
            "document_type": document_type,
            "process": process,
            "sender_country": invoice.seller.address.country,
            "unrouted": dict(one.details),
        }
        _plan(workspace, one, verdicts, on, ("peppol", answer.participant, one.content, details), anew)
    elif answer.reach is Reach.UNKNOWN or to.otherwise is None:
        _leave(workspace, one, verdicts, on)
    else:
        issued = Issued(invoice, ubl, workspace.store.get(one.details["paper"]), verdict(invoice, ubl))
        fixed = elsewhere(workspace, issued, one.seller, to, one.occurrence, on)
        breach = BREACH.format(reach=answer.reach, by=fixed[0]) if to.route.breach else None
        _plan(workspace, one, verdicts, on, fixed, flag=breach)


def addresses_of(receiver: str) -> tuple[str, ...]:
    """The receiver's address as the document has it; for a Belgian company then its other one."""
    scheme, _, value = receiver.partition(":")
    return alternatives(Identifier(value, scheme))


def look_again(workspace: Workspace, one: Dispatch) -> Verdict | None:
    """Why a document that was routed to Peppol cannot be sent now after all; None where it can.

    What was asked a moment ago is not asked again (`cache_minutes`), and an access point is not asked twice.
    """
    if one.channel != "peppol" or workspace.settings.peppol_network.lookup == "provider":
        return None
    found = verdict_of(workspace, one.seller, one.receiver, one.details["document_type"], one.details["process"])
    return None if found.reach is Reach.CAN_RECEIVE else found


def route_again(workspace: Workspace, one: Dispatch, on: date) -> None:
    """The receiver left the network after the document was routed: it waits for a channel as at first."""
    with writing(workspace.engine) as connection:
        _replan(connection, one, (TO_ROUTE, one.receiver, one.content, one.details["unrouted"]), on, workspace.now())


def _plan(
    workspace: Workspace,
    one: Dispatch,
    verdicts: Sequence[Verdict],
    on: date,
    fixed: Fixed,
    anew: Issued | None = None,
    flag: str | None = None,
) -> None:
    """The channel is fixed, in one transaction with what the network answered; `anew`: the document as readdressed.

    `flag`: a sentence for the operator.
    """
    kept = _kept(workspace, verdicts)
    channel, receiver, content, details = fixed
    stored = None
    if anew is not None:
        stored = workspace.store.put(anew.ubl), workspace.store.put(anew.paper)
        content = stored[0]
        kept += evidence.keep(workspace.store, (report_of(anew.report),))
        details = {**details, "unrouted": {**details["unrouted"], "paper": stored[1]}}
    at = workspace.now()
    with writing(workspace.engine) as connection:
        evidence.record(connection, one.id, kept, verdicts[-1].at)
        close_task(connection, _unanswered(one), outcome="answered", on=on)
        if flag is not None:
            intake.flag(connection, one.seller, one.subject, flag, on=on, at=at)
        if stored is not None:
            intake.readdress(connection, one.seller, one.subject, endpoint=receiver, stored=stored, on=on, at=at)
        _replan(connection, one, (channel, receiver, content, details), on, at)


def _replan(connection: Connection, one: Dispatch, fixed: Fixed, on: date, at: datetime) -> None:
    channel, receiver, content, details = fixed
    dispatch.plan(
        connection,
        seller=one.seller,
        kind=INVOICE,
        subject=one.subject,
        occurrence=one.occurrence,
        channel=channel,
        receiver=receiver,
        content=content,
        details=details,
        on=on,
        at=at,
    )


def _leave(workspace: Workspace, one: Dispatch, verdicts: Sequence[Verdict], on: date) -> None:
    """It goes on waiting. A person is asked at once where the answer is no, and after a day where there is none."""
    kept = _kept(workspace, verdicts)
    unknown = verdicts[-1].reach is Reach.UNKNOWN
    said = "; ".join(f"{each.participant}: {each.reach}, {each.sentence}" for each in verdicts)
    with writing(workspace.engine) as connection:
        evidence.record(connection, one.id, kept, verdicts[-1].at)
        if unknown and on > one.planned:
            text = f"{one.subject} waits since {one.planned}: whether its receiver can take it is not known ({said})."
            open_task(connection, key=_unanswered(one), kind="unanswered", text=text, on=on)
        elif not unknown:
            text = f"{one.subject} cannot go by Peppol ({said}), and the client may have no mail: ask it how."
            key = f"unreachable:{one.seller}/{one.subject}"
            open_task(connection, key=key, kind="unreachable", text=text, on=on)


def _kept(workspace: Workspace, verdicts: Sequence[Verdict]) -> list[evidence.Kept]:
    return [kept for each in verdicts for kept in evidence.keep(workspace.store, each.proofs, each.sentence)]


def _unanswered(one: Dispatch) -> str:
    return f"unanswered:{one.id}"
