"""The customer's signature under a payment plan: kept as evidence where it came, asked for where it did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from flows.workspace import Workspace
from receivables.claims import HoldKind
from receivables.ledger import agreements, lookup
from receivables.ledger.agreements import Agreement
from receivables.ledger.database import writing
from receivables.ledger.lookup import NotFound
from receivables.ledger.tasks import close_task, open_task
from receivables.plans import BadPlan

UNSIGNED = "plan_unsigned"  # kind of the task


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed agreement that is kept: `file` is the hash of the paper in the store."""

    invoice: str
    by: str
    signed: date
    file: str


def ask_to_sign(connection: Connection, workspace: Workspace, found: Agreement, on: date) -> None:
    """A task where a plan whose letter went out was not signed in the days that the policy gives it."""
    last = found.since + timedelta(days=workspace.policy.contact.plan_unsigned_after)
    if "plan" not in found.details or "signed" in found.details or on <= last:
        return
    text = (
        f"{found.name} has not signed the payment plan of {found.since} on {', '.join(found.numbers)}: ask for it, then"
        f" keep it with voldaan plan {found.numbers[0]} --signed FILE --signed-by NAME."
    )
    open_task(connection, key=unsigned_key(found), kind=UNSIGNED, text=text, on=on, debtor_id=found.debtor_id)


def unsigned_key(found: Agreement) -> str:
    return f"{UNSIGNED}:{found.seller}:{found.key}"


def sign(
    workspace: Workspace, number: str, paper: bytes, mime: str, *, by: str, signed: date, on: date, seller: str | None
) -> Signed:
    """Keeps the agreement as the customer `by` signed it on the day `signed`. Raises BadPlan or NotFound."""
    if not by.strip() or not paper:
        raise BadPlan("say who signed it at the customer (--signed-by), and give the signed paper")
    if signed > on:
        raise BadPlan(f"{signed} is yet to come: give the day on which it was signed")
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        plan = next(iter(agreements.standing(connection, HoldKind.PLAN, invoice_id=found.id)), None)
        if plan is None:
            raise NotFound(f"no plan stands on {number}")
        whole = next(one for one in agreements.standing(connection, HoldKind.PLAN) if plan.hold_ids[0] in one.hold_ids)
        if signed < whole.since:
            raise BadPlan(f"{signed} lies before the agreement of {whole.since}: give the day on which it was signed")
        file = workspace.store.put(paper)
        at = workspace.now()
        agreements.sign(connection, whole, by=by, file=file, mime=mime, signed=signed, at=at, on=on)
        close_task(connection, unsigned_key(whole), outcome="signed", on=on)
    return Signed(invoice=number, by=by, signed=signed, file=file)
