"""The day's work in its order, each part a step that finds in the ledger what the one before left there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flows.agreements import Judged, judge
from flows.collect_again import collect_again
from flows.deliver import Delivered, deliver
from flows.files import waiting
from flows.follow_up import FollowedUp, follow_up
from flows.hand_over import follow_handovers
from flows.insure import Insured, insure
from flows.lapsing import warn as warn_of_limitation
from flows.reconcile import Reconciled, reconcile_file
from flows.workspace import Workspace
from receivables.ledger import approvals, journal
from receivables.ledger.database import reading

Step = Callable[[str, Callable[[], Any]], Any]


@dataclass(slots=True)
class Day:
    """What one day's work came to."""

    on: date
    statements: list[Reconciled] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    agreed: Judged | None = None
    collected_again: list[str] = field(default_factory=list)  # numbers of which the direct debit came back
    followed: FollowedUp | None = None
    insured: Insured | None = None
    asked: list[int] = field(default_factory=list)  # requests that wait for a person

    @property
    def worth_telling(self) -> bool:
        """Whether anything was done that an operator would look up."""
        acted = bool(self.followed and self.followed.actions) or bool(self.insured and self.insured.did_something)
        agreed = self.agreed is not None and bool(self.agreed.ended or self.agreed.letters)
        brought = any(s.entries or s.problem for s in self.statements)
        return acted or agreed or brought or bool(self.collected_again)

    @property
    def counts(self) -> dict[str, int]:
        booked = sum((s.entries for s in self.statements), Counter[str]())
        actions = len(self.followed.actions) if self.followed else 0
        return {**booked, **self.sent, "actions": actions}


def at_once(name: str, work: Callable[[], Any]) -> Any:
    return work()


def play(workspace: Workspace, on: date, step: Step = at_once) -> Day:
    """One business day. Run again, or after a crash, it continues: every part is idempotent."""
    day = Day(on)
    files = waiting(workspace.folder("bank/inbox"), "")
    if files:
        day.statements = step("read statements", lambda: [reconcile_file(workspace, f, on) for f in files])
    day.sent += step("deliver", lambda: send(workspace, on))
    day.agreed = judge(workspace, on)
    day.collected_again = collect_again(workspace, on)
    day.followed = step("decide", lambda: follow_up(workspace, on))
    if (day.followed and day.followed.actions) or day.agreed.letters or day.collected_again:
        day.sent += step("send what was decided", lambda: send(workspace, on))
    warn_of_limitation(workspace, on)
    day.insured = step("hand-overs and insurer", lambda: _partners(workspace, on))
    if day.insured and day.insured.to_send:
        day.sent += send(workspace, on)
    journal.seal(workspace.engine)
    with reading(workspace.engine) as connection:
        day.asked = [one.id for one in approvals.pending(connection)]
    return day


def send(workspace: Workspace, on: date) -> Counter[str]:
    done: Delivered = deliver(workspace, on)
    return done.states


def _partners(workspace: Workspace, on: date) -> Insured:
    follow_handovers(workspace, on)
    return insure(workspace, on)
