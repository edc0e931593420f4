"""What persons said that a decision looks at: consent to a step, and a look in the insolvency register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, select

from receivables.claims import Consent, HoldKind, Step
from receivables.ledger import journal
from receivables.ledger.holds import end_hold, open_hold
from receivables.ledger.tables import debtors, invoices, tasks
from receivables.ledger.tables import journal as entries

CONSENT = "consent"
LOOKED = "insolvency.looked"
FOR_EVER = date(2999, 12, 31)


def consent_key(invoice_id: int, step: Step, occurrence: int) -> str:
    return f"{CONSENT}:{invoice_id}:{step}:{occurrence}"


def consents(connection: Connection, first: int, last: int) -> dict[int, tuple[tuple[Step, Consent], ...]]:
    """By invoice, the newest word on each step that needs one."""
    rows = connection.execute(
        select(tasks.c.id, tasks.c.key, tasks.c.invoice_id, tasks.c.outcome, tasks.c.done)
        .join(invoices, invoices.c.id == tasks.c.invoice_id)
        .where(tasks.c.kind == CONSENT, invoices.c.debtor_id.between(first, last))
    )
    found: dict[int, dict[Step, Consent]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: int(row.id)):
        said = Consent.ASKED if row.done is None else Consent.GIVEN if row.outcome == "approved" else Consent.REFUSED
        found[row.invoice_id][Step(row.key.split(":")[2])] = said
    return {invoice_id: tuple(steps.items()) for invoice_id, steps in found.items()}


def about_debtor(seller: str, ref: str) -> str:
    """The journal's subject for what befalls a debtor as such."""
    return f"debtor:{seller}/{ref}"


def last_looks(connection: Connection, first: int, last: int, on: date) -> dict[int, date]:
    """By debtor, the last day until `on` on which somebody looked in the register and found nothing."""
    rows = connection.execute(
        select(debtors.c.id, entries.c.on, entries.c.facts)
        .join(entries, entries.c.subject == "debtor:" + debtors.c.seller + "/" + debtors.c.ref)
        .where(debtors.c.id.between(first, last), entries.c.kind == LOOKED, entries.c.on <= on)
    )
    found: dict[int, date] = {}
    for row in rows:
        if not row.facts.get("hit"):
            found[row.id] = max(found.get(row.id, row.on), row.on)
    return found


def found_insolvent(connection: Connection, seller: str, ref: str, on: date) -> str | None:
    """The register's entry where the newest look until `on` found the debtor insolvent; None where it did not."""
    rows = connection.execute(
        select(entries.c.on, entries.c.id, entries.c.facts).where(
            entries.c.subject == about_debtor(seller, ref), entries.c.kind == LOOKED, entries.c.on <= on
        )
    ).all()
    newest = max(rows, key=lambda row: (row.on, row.id), default=None)
    return str(newest.facts.get("reference") or "") if newest is not None and newest.facts.get("hit") else None


def note_look(
    connection: Connection, debtor_id: int, *, hit: bool, by: str, reference: str, on: date, at: datetime
) -> int:
    """Keeps that the register was looked at. A hit holds every open claim of the debtor; how many were held.

    Plans, promises and direct debits end with it. `by`: who or what looked; `reference`: the register and its entry.
    The journal keeps role and reference, no name.
    """
    row = connection.execute(select(debtors.c.seller, debtors.c.ref).where(debtors.c.id == debtor_id)).one()
    facts: Mapping[str, journal.Json] = {"hit": hit, "reference": reference}
    journal.append(connection, at=at, on=on, kind=LOOKED, subject=about_debtor(row.seller, row.ref), facts=facts)
    if not hit:
        return 0
    ids = connection.scalars(
        select(invoices.c.id).where(invoices.c.debtor_id == debtor_id, invoices.c.kind == "invoice")
    ).all()
    for invoice_id in ids:
        for kind in (HoldKind.PLAN, HoldKind.PROMISE, HoldKind.DIRECT_DEBIT):
            end_hold(connection, invoice_id, kind, outcome="insolvent", on=on, at=at)
    return sum(
        open_hold(
            connection,
            invoice_id,
            HoldKind.INSOLVENCY,
            owner=by,
            reason=f"insolvent: {reference}",
            since=on,
            until=FOR_EVER,
            at=at,
        )
        for invoice_id in ids
    )
