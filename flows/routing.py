"""Asks the network whether the receiver can take a document, and fixes the channel by that and the preference."""

from __future__ import annotations

from datetime import date

from connectors.ports import Reach
from flows.blocked import UNSENDABLE, tell
from flows.envelope import pack
from flows.issue import Issued, verdict
from flows.sending import INVOICE, TO_ROUTE, Addressee, mail_of
from flows.workspace import Workspace
from receivables.ledger import dispatch, evidence
from receivables.ledger.database import reading, writing
from receivables.ledger.outbox import Dispatch, planned_ones
from receivables.ledger.tasks import open_task
from ubl.profile import document_type_id, process_id
from ubl.read import read


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
    """Unknown never leads to e-mail; a definite no does, where the client has an address and may have mail."""
    ubl = workspace.store.get(one.content)
    invoice = read(ubl)
    document_type = document_type_id(invoice.type)
    reach, proof = workspace.peppol(one.seller).lookup(one.receiver, document_type)
    if reach is Reach.UNKNOWN:
        return
    kept = evidence.keep(workspace.store, (proof,) if proof else (), f"lookup of {one.receiver}: {reach}")
    to = Addressee(
        preference=one.details["preference"],
        endpoint=one.receiver,
        email=one.details["email"],
        language=one.details["language"],
    )
    by_mail = to.preference == "peppol_else_email" and to.email is not None
    if reach is Reach.CAN_RECEIVE:
        channel, receiver, content = "peppol", one.receiver, one.content
        details = {
            "sender": str(invoice.seller.endpoint),
            "document_type": document_type,
            "process": process_id(invoice.type),
            "sender_country": invoice.seller.address.country,
        }
    elif by_mail:
        issued = Issued(invoice, ubl, workspace.store.get(one.details["paper"]), verdict(invoice, ubl))
        mail = mail_of(workspace, issued, one.seller, to, on)
        channel, receiver = "email", mail.to
        content, details = pack(mail, workspace.store)
    else:
        _tell(workspace, one, reach, on)
        return
    at = workspace.now()
    with writing(workspace.engine) as connection:
        evidence.record(connection, one.id, kept, at)
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


def _tell(workspace: Workspace, one: Dispatch, reach: Reach, on: date) -> None:
    text = f"{one.subject} cannot go by Peppol ({one.receiver}: {reach}), and the client may have no mail: ask it how."
    with writing(workspace.engine) as connection:
        open_task(connection, key=f"unreachable:{one.seller}/{one.subject}", kind="unreachable", text=text, on=on)
