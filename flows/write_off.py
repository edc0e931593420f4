"""Writes an invoice off by a named person's decision, with its note, and the data of the VAT that may come back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from flows.console import Unusable, plain
from flows.dress import brand_look
from flows.files import write_answer
from flows.vat_refunds import refund_of
from flows.workspace import Workspace
from receivables.claims import ItemKind
from receivables.dossier import archive_name
from receivables.ledger import book, claim_data, handovers, journal, lookup
from receivables.ledger.claim_data import InvoiceRecord
from receivables.ledger.database import writing
from receivables.letters.write_off_note import WriteOff, note_pdf
from receivables.money import from_minor
from receivables.vat_refund import Cause, NoRefund

FOLDER = "write-offs"
INSOLVENT: Cause = "insolvency"


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What was written off, and the files of its note."""

    told: WriteOff
    files: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self.told), "files": [str(path) for path in self.files]}


def write_off(
    workspace: Workspace,
    number: str,
    *,
    by: str,
    reason: str,
    on: date,
    cause: Cause = "end_of_road",
    since: date | None = None,
    refund: bool = False,
    seller: str | None = None,
) -> WrittenOff:
    """Writes off all that is open. `since`: the day of the judgment, for the VAT; left out, `on`.

    Raises NotFound, Unusable where nothing is open, a partner has the claim, or no VAT can come back.
    """
    if not by.strip() or not reason.strip():
        raise Unusable("a write-off needs who decided it (--by) and why (--reason)")
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        holder = handovers.holding(connection, found.id)
        if holder is not None and holder.state not in handovers.ENDED:
            raise Unusable(
                f"{number} is at {holder.partner} (hand-over {holder.id}, {holder.state}): take it back first, with "
                f"voldaan handovers recall {holder.id}"
            )
        opened = book.open_amounts(connection, [found.id]).get(found.id, {})
        if sum(opened.values()) <= 0:
            raise Unusable(f"nothing is open on {number}")
        (record,) = claim_data.invoice_records(connection, [found.id])
        told = _told(connection, workspace, found, record, opened, by, reason, cause, on)
        if refund:
            told = _with_refund(connection, workspace, told, found.seller, record, cause, since or on)
        book.write_off(connection, found.id, cause=cause, on=on, at=workspace.now())
        files = _note(connection, workspace, found, told, on)
    return WrittenOff(told, files)


def _told(
    connection: Connection,
    workspace: Workspace,
    found: lookup.FoundInvoice,
    record: InvoiceRecord,
    opened: dict[ItemKind, int],
    by: str,
    reason: str,
    cause: Cause,
    on: date,
) -> WriteOff:
    return WriteOff(
        seller=claim_data.seller(connection, found.seller).name,
        debtor=claim_data.debtor(connection, found.debtor_id).name,
        number=found.number,
        issued=record.issued,
        due=record.printed_due,
        currency=found.currency,
        amount=from_minor(sum(opened.values()), found.currency),
        principal=from_minor(opened.get(ItemKind.PRINCIPAL, 0), found.currency),
        by=by,
        reason=reason,
        cause=cause,
        on=on,
    )


def _with_refund(
    connection: Connection,
    workspace: Workspace,
    told: WriteOff,
    seller: str,
    record: InvoiceRecord,
    cause: Cause,
    since: date,
) -> WriteOff:
    try:
        country = claim_data.seller(connection, seller).country
        refund = refund_of(workspace, record, country, told.principal, cause, since)
    except NoRefund as problem:
        raise Unusable(f"no VAT comes back, and nothing was written off: {problem}") from problem
    return WriteOff(**{**{name: getattr(told, name) for name in WriteOff.__dataclass_fields__}, "refund": refund})


def _note(
    connection: Connection, workspace: Workspace, found: lookup.FoundInvoice, told: WriteOff, on: date
) -> tuple[Path, ...]:
    """The note as JSON and PDF, in the store and in a folder; the journal has their hashes."""
    seller = claim_data.seller(connection, found.seller)
    details = seller.details
    look = workspace.look(found.seller, brand_look(details))
    as_json = (json.dumps(asdict(told), indent=2, ensure_ascii=False, default=plain) + "\n").encode()
    as_pdf = note_pdf(told, details.get("language") or "en", seller.country, look)
    facts: dict[str, journal.Json] = {
        "json": workspace.store.put(as_json),
        "pdf": workspace.store.put(as_pdf),
        "vat": str(told.refund.vat) if told.refund else None,
    }
    subject = journal.about_invoice(found.seller, found.number)
    journal.append(connection, at=workspace.now(), on=on, kind="claim.write_off_note", subject=subject, facts=facts)
    stem = workspace.folder(FOLDER) / archive_name(f"{found.seller}-{found.number}", "")
    paths = (stem.with_name(f"{stem.name}.json"), stem.with_name(f"{stem.name}.pdf"))
    for path, content in zip(paths, (as_json, as_pdf), strict=True):
        write_answer(path, content)
    return paths
