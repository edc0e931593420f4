"""What is planned for a customer and has not left goes to its new address, as the same send under the same key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from connectors.peppol.participant import alternatives
from connectors.ports import Attachment
from flows.addressing import addressed, kept_document, route_for
from flows.blocked import UNSENDABLE
from flows.envelope import pack, unpack
from flows.post_envelope import POST, envelope, sheet_of
from flows.sending import FIRST, INVOICE, TO_ROUTE, Addressee, Fixed, addressee_in, first_way
from flows.workspace import Workspace
from receivables.ledger import dispatch, lookup, sent_again
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.outbox import Dispatch, planned_for
from receivables.letters.elements import MissingElement
from receivables.preferences import Route
from ubl.identifiers import parse_address

Redirected = Callable[[Workspace, Dispatch, DebtorRecord, DebtorRecord, date], Fixed | None]
ANY_ROUTE = Route(peppol=True, otherwise="email")  # addresses are compared, not ways


def redirect(connection: Connection, workspace: Workspace, before: DebtorRecord, after: DebtorRecord, on: date) -> None:
    """Re-plans what nobody has claimed; each is journalled. What cannot go to the new address stays as it was."""
    for one in planned_for(connection, after.id) if where(before) != where(after) else ():
        try:
            fixed = WAYS[one.channel](workspace, one, before, after, on) if one.channel in WAYS else None
        except (MissingElement, ValueError, *UNSENDABLE):
            continue
        if fixed is not None:
            plan(connection, workspace, one.seller, one.kind, one.subject, one.occurrence, fixed, on)
    for number in sent_again.without_address(connection, after.id):
        send_after_all(connection, workspace, number, after, on)


def where(debtor: DebtorRecord) -> tuple[object, ...]:
    """Everything by which the customer can be reached."""
    contacts = debtor.details.get("contacts") or ()
    return (addressed(debtor, ANY_ROUTE), debtor.email, [(one["role"], one.get("email")) for one in contacts])


def plan(
    connection: Connection,
    workspace: Workspace,
    seller: str,
    kind: str,
    subject: str,
    occurrence: str,
    fixed: Fixed,
    on: date,
) -> None:
    values: dict[str, Any] = dict(zip(("channel", "receiver", "content", "details"), fixed, strict=True))
    key = {"seller": seller, "kind": kind, "subject": subject, "occurrence": occurrence}
    dispatch.plan(connection, **values | key, on=on, at=workspace.now())


def by_network(
    workspace: Workspace, one: Dispatch, before: DebtorRecord, after: DebtorRecord, on: date
) -> Fixed | None:
    """Routed anew with the new addresses. An address that a person gave for this document alone stays."""
    details = one.details if one.channel == TO_ROUTE else one.details.get("unrouted", {})
    if "paper" not in details:
        return None  # planned by an earlier version
    to = addressee_in(details, one.receiver)
    old, new = (addressed(debtor, to.route) for debtor in (before, after))
    moved = replace(
        to,
        endpoint=new.endpoint if to.endpoint in addresses(old) else to.endpoint,
        email=new.email if to.email == old.email else to.email,
        postal=new.postal if to.postal == old.postal else to.postal,
    )
    if moved == to or moved.endpoint is None:  # without a Peppol address it waits: a person says how it goes
        return None
    return TO_ROUTE, moved.endpoint, one.content, moved.as_details() | {"paper": details["paper"]}


def addresses(to: Addressee) -> tuple[str, ...]:
    return alternatives(parse_address(to.endpoint)) if to.endpoint else ()


def by_mail(workspace: Workspace, one: Dispatch, before: DebtorRecord, after: DebtorRecord, on: date) -> Fixed | None:
    """The same message with another recipient: its Message-ID stays, for nobody has had it."""
    receiver = new_mail_address(one, before, after)
    if receiver is None or receiver == one.receiver:
        return None
    mail = replace(unpack(one.content, one.details, workspace.store), to=receiver)
    content, details = pack(mail, workspace.store)
    return "email", receiver, content, {**one.details, **details}


def new_mail_address(one: Dispatch, before: DebtorRecord, after: DebtorRecord) -> str | None:
    """Where a mail to that address of the customer goes now; None where the address is none of the customer's."""
    if one.kind == INVOICE:
        old, new = addressed(before, ANY_ROUTE), addressed(after, ANY_ROUTE)
        return new.email if one.receiver == old.email else None
    if one.receiver == before.email:
        return after.email
    roles = [c["role"] for c in before.details.get("contacts") or () if c.get("email") == one.receiver]
    contacts = after.details.get("contacts") or ()
    return next((c["email"] for c in contacts if c["role"] in roles and c.get("email")), None)


def by_post(workspace: Workspace, one: Dispatch, before: DebtorRecord, after: DebtorRecord, on: date) -> Fixed | None:
    sheets = [sheet_of(sheet, workspace.store) for sheet in one.details["sheets"]]
    if as_envelope(workspace, before, sheets, one.details) != dict(one.details):
        return None  # it bears an address that a person gave
    kept = as_envelope(workspace, after, sheets, one.details)
    return POST, ", ".join((kept["to"], *kept["address"])), one.content, kept


def as_envelope(
    workspace: Workspace, debtor: DebtorRecord, sheets: list[Attachment], details: Mapping[str, Any]
) -> dict[str, Any]:
    to = addressed(debtor, ANY_ROUTE).postal
    planned = date.fromisoformat(details["planned"])
    made = envelope(to.name, to.address, details["country"], sheets, planned, workspace.store)
    return {**details, **made}


def send_after_all(connection: Connection, workspace: Workspace, number: str, debtor: DebtorRecord, on: date) -> None:
    """A document that had no address to go to is planned now that there is one."""
    found = lookup.invoice(connection, number, debtor.seller)
    issued, stored = kept_document(connection, workspace, found)
    to = addressed(debtor, route_for(connection, debtor, issued.invoice.issued))
    fixed = first_way(workspace, issued, debtor.seller, to, stored, FIRST, on)
    if fixed is not None:
        plan(connection, workspace, debtor.seller, INVOICE, number, FIRST, fixed, on)
        sent_again.close_asked(connection, found, None, on=on)


WAYS: Mapping[str, Redirected] = {TO_ROUTE: by_network, "peppol": by_network, "email": by_mail, POST: by_post}
