"""`voldaan replay`: another policy played over the recorded past, beside what was really done. Sends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flows.demands import regime_of
from flows.follow_up import lawful_clock
from flows.workspace import Workspace
from receivables.claims import ZERO, DispatchState
from receivables.foresee import Foreseen, play
from receivables.ladder import Policy
from receivables.law.regime import RegimeError
from receivables.ledger import claim_data
from receivables.ledger.database import reading
from receivables.ledger.past import Past, pasts
from receivables.money import from_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step that comes out otherwise. None stands for a step that was, or would be, not taken."""

    change: str  # added, dropped, moved, amount
    seller: str
    debtor: str
    invoice: str
    step: str
    recorded_on: date | None
    on: date | None
    recorded_amount: Decimal | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What the policy would have done from `first` to `last`, beside what was done."""

    policy: str
    first: date
    last: date
    recorded: Counter[str]
    replayed: Counter[str]
    same: int
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "recorded": dict(sorted(self.recorded.items())),
            "replayed": dict(sorted(self.replayed.items())),
            "same": self.same,
            "changes": self.changes,
        }

    @property
    def text(self) -> str:
        lines = [line_of(change) for change in self.changes]
        kinds = Counter(change.change for change in self.changes)
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no difference"
        steps = sorted(self.recorded.keys() | self.replayed.keys())
        table = [f"{step:<22}{self.recorded[step]:>9}{self.replayed[step]:>9}" for step in steps]
        head = f"{'step':<22}{'recorded':>9}{'replayed':>9}"
        end = (
            f"Policy {self.policy} from {self.first} to {self.last}: {self.same} the same, {counts}. Nothing was sent."
        )
        return "\n".join([*lines, "", head, *table, "", end])


def line_of(change: Change) -> str:
    about = f"{change.change:<8}{change.debtor:<10} {change.invoice:<14} {change.step:<20}"
    days = f"{change.recorded_on or '-'} -> {change.on or '-'}"
    if change.recorded_amount == change.amount:
        return f"{about} {days}"
    return f"{about} {days}   {change.recorded_amount or '-'} -> {change.amount or '-'}"


def replay(workspace: Workspace, policy: Policy, first: date, last: date) -> Replayed:
    """Plays `policy` from `first` to `last` over invoices, payments, holds and proofs as they were recorded.

    Notices from before `first` count as they were. ValueError where the stretch ends before it begins.
    """
    if last < first:
        raise ValueError(f"the replay ends on {last}, before it begins on {first}")
    accounts = {seller.ref: seller.accounts for seller in workspace.settings.sellers}
    played: list[Foreseen] = []
    done: list[Foreseen] = []
    with reading(workspace.engine) as connection:
        laws: dict[str, str] = {}
        for past in pasts(connection, first, last, accounts=accounts):
            seller = past.debtor.seller
            if seller not in laws:
                laws[seller] = claim_data.seller(connection, seller).law
            country = country_of(past, laws[seller], last)
            if country is not None:
                done += recorded(past, first, last)
                played += play(
                    past.facts_on, past.events(), policy, country, lawful_clock, first, last, past.outcomes()
                )
    changes, same = differences(done, played)
    return Replayed(
        policy=policy.version,
        first=first,
        last=last,
        recorded=Counter(one.step.value for one in done),
        replayed=Counter(one.step.value for one in played),
        same=same,
        changes=tuple(changes),
    )


def country_of(past: Past, law: str, last: date) -> str | None:
    """The law that governs; None where none that is held here does, or nothing of it was ever open."""
    facts = next((f for day in past.events() if (f := past.facts_on(day)) is not None), None)
    try:
        return regime_of(facts, law, last).country if facts is not None else None
    except RegimeError:
        return None


def recorded(past: Past, first: date, last: date) -> Iterator[Foreseen]:
    """What was really done in that time; what was withdrawn at the last look was not."""
    for one in past.invoices:
        for notice in one.notices:
            if first <= notice.on <= last and notice.state is not DispatchState.WITHDRAWN:
                yield Foreseen(
                    on=notice.on,
                    debtor=past.debtor.ref,
                    name=past.debtor.name or "",
                    seller=past.debtor.seller,
                    number=one.row.number,
                    step=notice.step,
                    leading=notice.step,
                    amount=max(from_minor(one.open_on(notice.on), one.row.currency), ZERO),
                    currency=one.row.currency,
                    tone="",
                )


def differences(done: Sequence[Foreseen], played: Sequence[Foreseen]) -> tuple[list[Change], int]:
    """Step by step of each invoice, the first time that it was taken; and how many are the same."""
    was, would = by_step(done), by_step(played)
    found, same = [], 0
    for key in sorted(was.keys() | would.keys()):
        old, new = was.get(key), would.get(key)
        kind = kind_of(old, new)
        same += kind == "same"
        if kind != "same":
            seller, invoice, step = key
            one = new or old
            assert one is not None
            found.append(
                Change(
                    change=kind,
                    seller=seller,
                    debtor=one.debtor,
                    invoice=invoice,
                    step=step,
                    recorded_on=old.on if old else None,
                    on=new.on if new else None,
                    recorded_amount=old.amount if old else None,
                    amount=new.amount if new else None,
                )
            )
    return found, same


def kind_of(old: Foreseen | None, new: Foreseen | None) -> str:
    if old is None or new is None:
        return "dropped" if new is None else "added"
    if old.on != new.on:
        return "moved"
    return "same" if old.amount == new.amount else "amount"


def by_step(some: Sequence[Foreseen]) -> dict[tuple[str, str, str], Foreseen]:
    found: dict[tuple[str, str, str], Foreseen] = {}
    for one in sorted(some, key=lambda one: one.on):
        found.setdefault((one.seller, one.number, one.step.value), one)
    return found
