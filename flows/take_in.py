"""Takes an ERP export in: every row becomes an issued, valid, planned invoice, or one sentence on what to change."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from connectors.erp.checks import flags
from connectors.erp.export import Ready, Refused, UnreadableExport, read_export
from connectors.erp.mapping import build, sells_goods
from connectors.erp.origin import fields_of
from connectors.erp.parties import language_of, peppol_address
from flows.addressing import addressed
from flows.blocking import refusal, warnings
from flows.credit_check import beyond_cover
from flows.customers import bring_up_to_date, take_over
from flows.dress import dress_for
from flows.files import TooLarge, move_aside, read_limited, write_answer
from flows.issue import Issued, issue
from flows.rows import (
    discount,
    known_seller,
    new_debtor,
    new_invoice,
    new_mandate,
    route_of,
    wishes,
)
from flows.sending import plan_invoice
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.claims import HoldKind
from receivables.ledger import claim_data, intake, preferences
from receivables.ledger.book import book_credit
from receivables.ledger.database import reading, writing
from receivables.ledger.discounts import keep_discount
from receivables.ledger.holds import open_hold
from receivables.ledger.intake import NewInvoice
from receivables.ledger.mandates import keep_mandate
from receivables.ledger.tasks import open_task
from receivables.money import to_minor
from receivables.preferences import Preference
from ubl.arithmetic import totals
from ubl.validation import Finding

MAX_FILE = 64_000_000
RETURNED_WITHIN = timedelta(days=10)  # SEPA core rulebook: five banking days after settlement, and the days between


Answer = Literal["taken_in", "already_taken_in", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAnswer:
    """What the ERP gets back for one row."""

    row: int
    seller: str
    number: str
    answer: Answer
    sentence: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The answer to one file; `problem` says why the file as a whole could not be read."""

    file: str
    rows: tuple[RowAnswer, ...]
    problem: str | None = None

    def count(self, answer: Answer) -> int:
        return Counter(row.answer for row in self.rows)[answer]

    def as_dict(self) -> dict[str, object]:
        """The answer file: one object per row, with the sentence where it was refused."""
        return {"file": self.file, "problem": self.problem, "rows": [asdict(row) for row in self.rows]}


def take_in_file(workspace: Workspace, path: Path, on: date) -> TakenIn:
    """Takes `path` in, moves it to `done/` or `refused/` and writes the answer beside it. Again changes nothing."""
    try:
        data = read_limited(path, MAX_FILE)
    except TooLarge as problem:
        data, taken = b"", TakenIn(path.name, (), str(problem))
    else:
        taken = take_in(workspace, data, path.name, on)
    good = taken.problem is None and taken.count("refused") < max(len(taken.rows), 1)
    folder = workspace.folder("done" if good else "refused")
    target = move_aside(path, folder, data, workspace.root)
    answer = json.dumps(taken.as_dict(), indent=2, ensure_ascii=False) + "\n"
    write_answer(target.with_suffix(".answer.json"), answer.encode())
    return taken


def take_in(workspace: Workspace, data: bytes, name: str, on: date) -> TakenIn:
    """Every row of the export in `data`: taken in, already there, or refused with one sentence."""
    try:
        export = read_export(data, name)
    except UnreadableExport as problem:
        return TakenIn(name, (), str(problem))
    file = workspace.store.put(data)
    rows = [take_row(workspace, row, on) if isinstance(row, Ready) else row for row in export.documents]
    answers = [keep_refused(workspace, row, file, on) if isinstance(row, Refused) else row for row in rows]
    bring_up_to_date(workspace, export, file, on)
    return TakenIn(name, tuple(answers))


def take_row(workspace: Workspace, row: Ready, on: date) -> RowAnswer | Refused:
    """One document: issued and booked in one transaction, or the reason why not."""
    seller, number = row.document.seller, row.number
    with reading(workspace.engine) as connection:
        known = intake.standing(connection, seller, number)
        wish = invoice_wish(connection, row, on)
    if known == row.content_hash:
        return RowAnswer(row=row.row, seller=seller, number=number, answer="already_taken_in")
    if known is not None:
        return refused(row, CONFLICT.format(number=number))
    try:
        workspace.settings.seller(seller)
    except BadSettings as problem:
        return refused(row, str(problem))
    if row.document.kind == "invoice" and (blocked := refusal(workspace, seller, row.document.customer)) is not None:
        return refused(row, f"Row {row.row}: {blocked}")
    invoice = build(row)
    if isinstance(invoice, Refused):
        return invoice
    try:
        dress = dress_for(row.seller, row.customer)
        issued = issue(
            invoice,
            replace(dress, look=workspace.look(seller, dress.look)),
            goods=sells_goods(row.document),
            channel="peppol" if route_of(row, wish).peppol and peppol_address(row.customer) else "email",
        )
    except ValueError as problem:
        return refused(row, f"Row {row.row}: {problem}")
    if not issued.report.valid:
        return refused(row, verdict(row, issued))
    return booked(workspace, row, issued, on)


CONFLICT = (
    "{number} was taken in before with other content: a sent invoice is never changed; "
    "correct it with a credit note, and give the new invoice a number of its own"
)


def booked(workspace: Workspace, row: Ready, issued: Issued, on: date) -> RowAnswer:
    """Bytes first, then one transaction: debtor, document, claim, credit and the planned dispatch, or none of them."""
    stored = workspace.store.put(issued.ubl), workspace.store.put(issued.paper)
    noted = flags(row.document, row.seller, row.customer, totals(issued.invoice).payable)
    new = new_invoice(row, issued, stored, (*noted, *issued.flags))
    answer = RowAnswer(row=row.row, seller=new.seller, number=new.number, answer="taken_in")
    at = workspace.now()
    with writing(workspace.engine) as connection:
        if intake.standing(connection, new.seller, new.number) is not None:
            return replace(answer, answer="already_taken_in")
        intake.keep_seller(connection, known_seller(row), on=on, at=at)
        known = new_debtor(new.seller, row.customer, language_of(row.customer, row.seller))
        debtor = take_over(connection, workspace, known, wishes(row.customer, on), on)
        beyond = check_cover(connection, workspace, new, debtor, on)
        warned = warnings(connection, new, debtor, row.document.customer, on)
        way = route_of(row, invoice_wish(connection, row, on))
        new = replace(new, flags=(*new.flags, *((beyond,) if beyond else ()), *warned, *way.flags))
        invoice_id = intake.keep_invoice(connection, new, debtor, on=on, at=at)
        if new.kind == "credit_note":
            book_credit(connection, invoice_id, on=on, at=at)
        elif any(means.debit for means in issued.invoice.payment):
            mandate = new_mandate(row, issued)
            await_collection(connection, invoice_id, new, mandate.reference if mandate else None, on, at)
            if mandate is not None:
                keep_mandate(connection, mandate, debtor, on=on, at=at)
        if (granted := discount(row, issued)) is not None:
            keep_discount(connection, invoice_id, to_minor(granted[0], new.currency), granted[1])
        if not issued.invoice.type.is_self_billed:
            to = addressed(claim_data.debtor(connection, debtor), way)
            plan_invoice(connection, workspace, issued, new.seller, to, stored, on=on, at=at)
    return replace(answer, flags=new.flags)


def invoice_wish(connection: Connection, row: Ready, on: date) -> Preference:
    """How the customer wants its invoices: what holds in the ledger, else what the export says."""
    known = preferences.chosen(connection, row.document.seller, row.customer.ref)
    return known.get("invoice") or wishes(row.customer, on)[0]


def check_cover(connection: Connection, workspace: Workspace, new: NewInvoice, debtor_id: int, on: date) -> str | None:
    """An invoice beyond the insurer's cover is taken in and flagged; the policy may ask a person for more."""
    if new.kind != "invoice" or not workspace.insurance_policies:
        return None
    beyond = beyond_cover(connection, workspace, debtor_id, new.payable, new.currency, on)
    asked = workspace.policy.credit.beyond_cover
    if beyond is not None and asked != "flag":
        do = "ask for prepayment" if asked == "prepayment" else "hold the delivery until it is agreed"
        text = f"{new.number} is {beyond}. By policy: {do}."
        key = f"beyond_cover:{new.seller}/{new.number}"
        open_task(connection, key=key, kind="beyond_cover", text=text, on=on, debtor_id=debtor_id)
    return beyond


def await_collection(
    connection: Connection, invoice_id: int, new: NewInvoice, mandate: str | None, on: date, at: datetime
) -> None:
    """Nobody is reminded of what is being collected; by the end of the hold the bank has returned what failed."""
    open_hold(
        connection,
        invoice_id,
        HoldKind.DIRECT_DEBIT,
        owner=new.seller,
        reason="Collected by direct debit on the due date.",
        since=on,
        until=max(on, new.printed_due + RETURNED_WITHIN),
        at=at,
        details={"mandate": mandate} if mandate else None,
    )


def verdict(row: Ready, issued: Issued) -> str:
    """The sentence for a document whose UBL is not valid: the first fatal findings, with what to change."""
    fatal = [f for f in issued.report.findings if f.severity == "fatal"]
    shown = "; ".join(told(row, finding) for finding in fatal[:3])
    more = f" and {len(fatal) - 3} more" if len(fatal) > 3 else ""
    return f"{row.number} would not be a legal e-invoice: {shown}{more}"


def told(row: Ready, finding: Finding) -> str:
    """One finding: rule, term, the field of the export where known, what is wrong and how to mend it."""
    fields = ", ".join(fields_of(finding, row))
    place = "; ".join(part for part in (finding.term, f"from {fields}" if fields else "") if part)
    return f"{finding.rule} ({place}): {finding.message} {finding.fix}".strip()


def refused(row: Ready, sentence: str) -> Refused:
    return Refused(
        row=row.row,
        number=row.number,
        seller=row.document.seller,
        customer=row.document.customer,
        sentence=sentence,
        content_hash=row.content_hash,
    )


def keep_refused(workspace: Workspace, row: Refused, file: str, on: date) -> RowAnswer:
    """Keeps the refusal for the operator; the same row again is not told twice in the ledger."""
    with writing(workspace.engine) as connection:
        intake.keep_refusal(
            connection,
            intake.Refusal(
                seller=row.seller,
                number=row.number,
                debtor=row.customer,
                file=file,
                row=row.row,
                sentence=row.sentence,
                content_hash=row.content_hash,
            ),
            on=on,
            at=workspace.now(),
        )
    return RowAnswer(row=row.row, seller=row.seller, number=row.number, answer="refused", sentence=row.sentence)
