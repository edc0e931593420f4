"""Copies to somebody beside the customer: planned once the customer has the document, each exactly once."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.blocked import UNSENDABLE
from flows.envelope import message_id, pack, unpack
from flows.issue import PDF, file_name
from flows.post_envelope import POST, sheet_of
from flows.workspace import Workspace
from receivables.ledger import claim_data
from receivables.ledger.copies import COPY, Wanted, note_lost_copies, wanted
from receivables.ledger.database import writing
from receivables.ledger.dispatch import plan
from receivables.ledger.notices import steps_of
from receivables.ledger.planning import find
from receivables.ledger.tasks import open_task
from receivables.letters.copy_mail import copy_mail


def plan_copies(workspace: Workspace, on: date) -> int:
    """How many were planned. A document that was sent again makes no second copy to the same address."""
    planned = 0
    with writing(workspace.engine) as connection:
        note_lost_copies(connection, on=on)
        for one in wanted(connection, on):
            for address in one.copies:
                planned += plan_copy(connection, workspace, one, address, on)
    return planned


def plan_copy(connection: Connection, workspace: Workspace, one: Wanted, address: str, on: date) -> bool:
    """False where it was planned before, or cannot be made: that is a task for a person, and holds up nothing else."""
    seller, subject = one.original.seller, one.original.subject
    occurrence = occurrence_of(one, address)
    if find(connection, {"seller": seller, "kind": COPY, "subject": subject, "occurrence": occurrence}) is not None:
        return False
    try:
        content, details = pack(mail_of(connection, workspace, one, address, occurrence, on), workspace.store)
    except (*UNSENDABLE, ValueError) as problem:
        text = f"The copy of {subject} to {address} cannot be made: {problem}"
        open_task(connection, key=f"copy_blocked:{occurrence}", kind="copy_lost", text=text, on=on)
        return False
    plan(
        connection,
        seller=seller,
        kind=COPY,
        subject=subject,
        occurrence=occurrence,
        channel="email",
        receiver=address,
        content=content,
        details=details,
        on=on,
        at=workspace.now(),
    )
    return True


def occurrence_of(one: Wanted, address: str) -> str:
    """Of which document, to whom; what was sent again ('…~2') is the same document."""
    stem = one.original.occurrence.split("~")[0]
    return hashlib.sha256(f"{one.original.kind}/{stem}/{address.lower()}".encode()).hexdigest()[:32]


def mail_of(connection: Connection, workspace: Workspace, one: Wanted, address: str, occurrence: str, on: date) -> Mail:
    seller = claim_data.seller(connection, one.original.seller)
    debtor = claim_data.debtor(connection, one.debtor_id)
    settings = workspace.settings.seller(seller.ref)
    letter = one.invoice_id is None
    steps = steps_of(connection, one.original.id) if letter else ()
    words = copy_mail(
        seller=seller.name,
        country=seller.country,
        debtor=debtor.name,
        numbers=tuple(step.number for step in steps) or (one.original.subject,),
        letter=letter,
        on=one.original.proven or one.original.submitted or on,
        language=debtor.language,
    )
    return Mail(
        message_id=message_id(seller.ref, COPY, one.original.subject, occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=address,
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=enclosed(connection, workspace, one),
        language=debtor.language,
        date=on,
    )


def enclosed(connection: Connection, workspace: Workspace, one: Wanted) -> tuple[Attachment, ...]:
    """The invoice as PDF/A-3 and UBL; of a letter, what went with it."""
    store = workspace.store
    if one.invoice_id is None:
        details = one.original.details
        if one.original.channel == POST:
            return tuple(sheet_of(sheet, store) for sheet in details["sheets"])
        return unpack(one.original.content, details, store).attachments
    (record,) = claim_data.invoice_records(connection, [one.invoice_id])
    name = file_name(record.number)
    return (
        Attachment(filename=f"{name}.pdf", mime=PDF, content=store.get(record.paper)),
        Attachment(filename=f"{name}.xml", mime="application/xml", content=store.get(record.ubl)),
    )
