"""What the credit insurer decided on each debtor: appended as it is learnt, so that any day's cover can be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, insert, select

from receivables.ledger import journal
from receivables.ledger.insurance_tables import cover_decisions
from receivables.ledger.tables import debtors

CoverState = Literal["granted", "refused", "withdrawn", "pending"]
Source = Literal["file", "insurer", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverDecision:
    """One decision; sums in minor units of `currency`. It holds from `since`, until `until` where it has an end.

    Refused and withdrawn have an amount of 0. A withdrawal is for what is delivered from `since` on, never before.
    """

    policy: str
    debtor_id: int
    state: CoverState
    amount: int
    currency: str
    since: date
    until: date | None = None
    requested: int | None = None
    reference: str | None = None
    source: Source = "insurer"


def note_decision(connection: Connection, new: CoverDecision, *, on: date, at: datetime) -> bool:
    """Keeps a decision that says something new, journalled; False where it repeats what is known."""
    known = [one for one in decisions(connection, new.policy, new.debtor_id) if one.since <= new.since]
    if known and same(known[-1], new):
        return False
    values = {name: getattr(new, name) for name in CoverDecision.__dataclass_fields__}
    connection.execute(insert(cover_decisions).values(**values, noted=on))
    facts: dict[str, journal.Json] = {
        "policy": new.policy,
        "amount": new.amount,
        "since": new.since.isoformat(),
        "until": new.until.isoformat() if new.until else None,
    }
    subject = about_debtor_id(connection, new.debtor_id)
    journal.append(connection, at=at, on=on, kind=f"cover.{new.state}", subject=subject, facts=facts)
    return True


def same(one: CoverDecision, other: CoverDecision) -> bool:
    names = ("state", "amount", "currency", "until", "requested")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def decisions(connection: Connection, policy: str, debtor_id: int) -> list[CoverDecision]:
    """Everything that was decided on one debtor under a policy, in the order in which it holds."""
    of_one = (cover_decisions.c.policy == policy) & (cover_decisions.c.debtor_id == debtor_id)
    return _read(connection, of_one).get((policy, debtor_id), [])


def all_decisions(connection: Connection, policy: str) -> Mapping[int, list[CoverDecision]]:
    """By debtor, everything that was decided under a policy."""
    found = _read(connection, cover_decisions.c.policy == policy)
    return {debtor_id: known for (_, debtor_id), known in found.items()}


def in_force(known: list[CoverDecision], on: date) -> CoverDecision | None:
    """The newest decision that holds on the day; an application that is pending leaves the one before it in force."""
    held = [one for one in known if one.since <= on and one.state != "pending"]
    return held[-1] if held else None


def limit_on(known: list[CoverDecision], on: date) -> int | None:
    """The limit on a day in minor units, 0 where it was refused, withdrawn or has expired; None: nothing decided."""
    found = in_force(known, on)
    if found is None:
        return None
    return found.amount if found.until is None or found.until >= on else 0


def about_debtor_id(connection: Connection, debtor_id: int) -> str:
    row = connection.execute(select(debtors.c.seller, debtors.c.ref).where(debtors.c.id == debtor_id)).one()
    return f"debtor:{row.seller}/{row.ref}"


def _read(connection: Connection, where: ColumnElement[bool]) -> dict[tuple[str, int], list[CoverDecision]]:
    found: dict[tuple[str, int], list[CoverDecision]] = defaultdict(list)
    rows = select(cover_decisions).where(where).order_by(cover_decisions.c.since, cover_decisions.c.id)
    for row in connection.execute(rows).mappings():
        one = CoverDecision(**{name: row[name] for name in CoverDecision.__dataclass_fields__})
        found[one.policy, one.debtor_id].append(one)
    return found
