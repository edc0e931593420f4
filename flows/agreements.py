"""What a person agrees with a customer or hears from one: promises, disputes, waivers; each day the verdict on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from flows import plans
from flows.workspace import Workspace
from receivables import disputes
from receivables.calendar import add_bank_days, add_business_days
from receivables.claims import ZERO, HoldKind, ItemKind
from receivables.ledger import agreements, claim_data, lookup
from receivables.ledger.agreements import Agreement
from receivables.ledger.amounts import item, open_amounts
from receivables.ledger.bank_gaps import reach
from receivables.ledger.book import waive as book_waiver
from receivables.ledger.database import reading, writing
from receivables.ledger.holds import end_one, open_hold, standing
from receivables.ledger.lookup import FoundInvoice
from receivables.ledger.tasks import open_task
from receivables.money import from_minor, to_minor
from receivables.plans import BadPlan
from receivables.promises import Channel, verdict


class NotAgreed(ValueError):
    """What was said cannot be noted as it is; one sentence with what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was noted on an invoice, and until when it holds the ladder; `follows` says it in one sentence."""

    invoice: str
    kind: str
    until: date | None
    amount: Decimal
    currency: str
    follows: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What one day's look at promises, plans and disputes found: (invoice numbers, kind, verdict), letters planned."""

    ended: list[tuple[str, str, str]] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)


def promise(
    workspace: Workspace,
    number: str,
    *,
    day: date,
    amount: Decimal | None,
    by: str,
    channel: Channel,
    owner: str,
    on: date,
    seller: str | None = None,
) -> Noted:
    """Notes that `by` promised to pay by `day`. It holds the ladder until two bank days after; an older promise ends.

    `amount` None: all that is open. Raises NotAgreed or NotFound.
    """
    if day < on:
        raise NotAgreed(f"{day} has passed; give the day on which the payment is promised")
    until = add_bank_days(day, workspace.policy.contact.promise_grace)
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        owed = open_sum(connection, found)
        said = owed if amount is None else amount
        if not ZERO < said <= owed:
            raise NotAgreed(f"{said} cannot be promised on {number}: {owed} is open")
        hold(
            connection,
            workspace,
            found,
            HoldKind.PROMISE,
            owner=owner,
            reason=f"{by} promised {said} by {day} ({channel})",
            until=until,
            on=on,
            details={"amount": to_minor(said, found.currency), "day": day.isoformat(), "by": by, "channel": channel},
        )
    follows = f"nothing is sent before {until}; what is not paid then goes on where it stood"
    return Noted(invoice=number, kind="promise", until=until, amount=said, currency=found.currency, follows=follows)


def dispute(
    workspace: Workspace,
    number: str,
    reason: disputes.Reason,
    *,
    note: str = "",
    amount: Decimal | None = None,
    until: date | None = None,
    owner: str,
    on: date,
    seller: str | None = None,
) -> Noted:
    """Notes a dispute over all of the principal or `amount` of it, and asks its owner for an answer.

    The undisputed part goes on. Raises NotAgreed or NotFound.
    """
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        principal = open_principal(connection, found)
        try:
            last, part = disputes.last_day(on, until), disputes.scope(amount, principal)
        except disputes.BadDispute as problem:
            raise NotAgreed(f"{number}: {problem}") from problem
        hold(
            connection,
            workspace,
            found,
            HoldKind.DISPUTE,
            owner=owner,
            reason=disputes.words(reason, note),
            until=last,
            on=on,
            details={"code": reason.value},
            amount=None if part is None else to_minor(part, found.currency),
        )
        ask_to_answer(connection, found, reason, note, on)
    rest = "" if part is None else f"; the other {principal - part} goes on"
    follows = f"held until {last}{rest}; {owner} is asked to {disputes.WORK[reason]}"
    return Noted(
        invoice=number, kind="dispute", until=last, amount=part or principal, currency=found.currency, follows=follows
    )


def ask_to_answer(connection: Connection, found: FoundInvoice, reason: disputes.Reason, note: str, on: date) -> None:
    name = claim_data.debtor(connection, found.debtor_id).name
    open_task(
        connection,
        key=f"dispute:{found.id}:{on}",
        kind="dispute",
        text=disputes.task(reason, name, found.number, note),
        on=on,
        due=add_business_days("BE", on, disputes.ANSWER_WITHIN),
        debtor_id=found.debtor_id,
        invoice_id=found.id,
    )


def end(
    workspace: Workspace, number: str, kind: HoldKind, outcome: str, *, on: date, seller: str | None = None
) -> Noted:
    """Ends the invoice's standing dispute, promise or whole plan. Raises NotAgreed or NotFound."""
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        hold_id = standing(connection, found.id, kind)
        every = agreements.standing(connection, kind) if hold_id is not None else []
        whole = next((one for one in every if hold_id in one.hold_ids), None)
        if whole is None:
            raise NotAgreed(f"{number} has no {kind} that stands")
        for one in whole.hold_ids:
            end_one(connection, one, outcome=outcome, on=on, at=workspace.now())
        left = open_sum(connection, found)
    follows = f"{outcome}; the ladder goes on where it stood" if left > ZERO else f"{outcome}; nothing is open"
    return Noted(invoice=number, kind=kind.value, until=on, amount=left, currency=found.currency, follows=follows)


def waive(
    workspace: Workspace,
    number: str,
    kind: ItemKind,
    amount: Decimal | None,
    *,
    by: str,
    why: str,
    on: date,
    seller: str | None = None,
) -> Noted:
    """Forgoes interest, lump sum or costs, all that is open of it or `amount`. Raises NotAgreed or NotFound."""
    if not by.strip() or not why.strip():
        raise NotAgreed("a waiver needs the name of who decides it (--by) and the reason (--why)")
    with writing(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        row = item(connection, found.id, kind)
        opened = from_minor(row.open, found.currency) if row is not None else ZERO
        part = opened if amount is None else amount
        if row is None or not ZERO < part <= opened:
            name = kind.value.replace("_", " ")
            raise NotAgreed(f"{part} of the {name} on {number} cannot be waived: {opened} of it is open")
        minor = to_minor(part, found.currency)
        book_waiver(connection, row.item_id, minor, by=by, why=why, on=on, at=workspace.now())
    follows = f"{by} waived {part} {found.currency}; {opened - part} of it stays open"
    return Noted(invoice=number, kind=kind.value, until=None, amount=part, currency=found.currency, follows=follows)


def judge(workspace: Workspace, on: date) -> Judged:
    """The daily look: promises and plans are kept or broken by what the ledger holds, disputes expire, missed
    instalments are asked for. Again on the same day it finds nothing new.
    """
    result = Judged()
    kinds = (HoldKind.PROMISE, HoldKind.PLAN, HoldKind.DISPUTE)
    with reading(workspace.engine) as connection:
        if not agreements.standing(connection, *kinds):
            return result
        known = reach(connection, {s.ref: s.accounts for s in workspace.settings.sellers})
    with writing(workspace.engine) as connection:
        for found in agreements.standing(connection, *kinds):
            until = known.get(found.seller)
            if found.kind is HoldKind.PLAN and "instalments" in found.details:
                ended, letters = plans.judge(connection, workspace, found, until, on)
                result.letters.extend(letters)
            elif found.kind is HoldKind.PROMISE:
                ended = judge_promise(connection, found, until, on)
            else:
                ended = "expired" if on > found.until else None
            if ended:
                close(connection, workspace, found, ended, on)
                result.ended.append((", ".join(found.numbers), found.kind.value, ended))
    return result


def judge_promise(connection: Connection, found: Agreement, known_until: date | None, on: date) -> str | None:
    came = agreements.receipts(connection, found.invoice_ids, found.currency, found.since)
    return verdict(agreements.promise_of(found, came), came, found.still_open, known_until, on)


def close(connection: Connection, workspace: Workspace, found: Agreement, outcome: str, on: date) -> None:
    """Ends the holds; a person is told where something was not kept or not answered."""
    for hold_id in found.hold_ids:
        end_one(connection, hold_id, outcome=outcome, on=on, at=workspace.now())
    if outcome not in ("broken", "expired"):
        return
    text = f"{found.name}: the {found.kind} on {', '.join(found.numbers)} of {found.since} is {outcome}. "
    if outcome == "expired":
        text += f"{found.owner} gave no answer by {found.until}: the ladder goes on; answer it or note it anew."
    else:
        text += f"{found.still_open} {found.currency} is due at once, and the ladder goes on where it stood."
    key = f"{found.kind}_{outcome}:{found.hold_ids[0]}"
    open_task(connection, key=key, kind=f"{found.kind}_{outcome}", text=text, on=on, debtor_id=found.debtor_id)


def hold(
    connection: Connection,
    workspace: Workspace,
    found: FoundInvoice,
    kind: HoldKind,
    *,
    owner: str,
    reason: str,
    until: date,
    on: date,
    details: dict[str, object],
    amount: int | None = None,
) -> None:
    """Opens a hold in place of the one of that kind that stands. Raises NotAgreed for a second one on the same day."""
    at = workspace.now()
    older = standing(connection, found.id, kind)
    opened = open_hold(
        connection,
        found.id,
        kind,
        owner=owner,
        reason=reason,
        since=on,
        until=until,
        at=at,
        amount=amount,
        details=details,
    )
    if not opened:
        raise NotAgreed(
            f"a {kind} on {found.number} was noted on {on} already; end that one first, or note it tomorrow"
        )
    if older is not None:
        end_one(connection, older, outcome="replaced", on=on, at=at)


def open_sum(connection: Connection, found: FoundInvoice) -> Decimal:
    return from_minor(sum(open_amounts(connection, [found.id]).get(found.id, {}).values()), found.currency)


def open_principal(connection: Connection, found: FoundInvoice) -> Decimal:
    minor = open_amounts(connection, [found.id]).get(found.id, {}).get(ItemKind.PRINCIPAL, 0)
    return from_minor(minor, found.currency)


__all__ = ["BadPlan", "Judged", "NotAgreed", "Noted", "dispute", "end", "judge", "promise", "waive"]
