"""`voldaan explain`: the whole story of one document, and why nothing is being done where nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from flows.demands import regime_of
from flows.facts import all_facts
from flows.follow_up import decided
from flows.workspace import Workspace
from receivables.decide import Decision
from receivables.law.regime import RegimeError
from receivables.ledger import claim_data, lookup
from receivables.ledger.database import reading
from receivables.ledger.story import story

Next = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Explained:
    """What happened, oldest first, and what comes next. `next` is what a decision on `on` says of this document."""

    seller: str
    number: str
    on: date
    events: tuple[tuple[date, str], ...]
    next: str
    behaviour: tuple[str, ...] = ()  # how the debtor is judged, and why

    @property
    def lines(self) -> list[str]:
        """For a person: one line per event, then what is next."""
        reasons = [f"- {reason}" for reason in self.behaviour]
        judged = ["", "How this customer pays:", *reasons] if reasons else []
        told = [f"{day:%d %b %Y}  {text}" for day, text in self.events]
        return [f"{self.number} of {self.seller}, as of {self.on}", "", *told, "", f"Now: {self.next}", *judged]

    def as_dict(self) -> dict[str, Any]:
        return {
            "seller": self.seller,
            "number": self.number,
            "on": self.on.isoformat(),
            "events": [{"on": day.isoformat(), "text": text} for day, text in self.events],
            "next": self.next,
            "behaviour": list(self.behaviour),
        }


def explain(workspace: Workspace, number: str, seller: str | None = None, on: date | None = None) -> Explained:
    """The story of document `number`; `lookup.NotFound` where nobody ever saw it."""
    day = on or workspace.today
    with reading(workspace.engine) as connection:
        found = lookup.seen(connection, number, seller)
        told = story(connection, found.seller, number)
        events = tuple((event.on, event.text) for event in told.events if event.on <= day)
        coming: Next = ("it was never taken in", ())
        if found.invoice_id is not None:
            coming = what_is_next(connection, workspace, found.invoice_id, day)
    return Explained(found.seller, number, day, events, *coming)


def what_is_next(connection: Connection, workspace: Workspace, invoice_id: int, on: date) -> Next:
    """The step that is due on `on`, or the reason why none is; and how the debtor is judged, with the reasons."""
    debtor_id = lookup.debtor_id_of(connection, invoice_id)
    facts = next(all_facts(connection, workspace, on, debtor_id), None)
    if facts is None or all(claim.invoice_id != invoice_id for claim in facts.claims):
        return "nothing is open, nothing will be done", ()
    try:
        regime = regime_of(facts, claim_data.seller(connection, facts.seller).law, on)
    except RegimeError as problem:
        return str(problem), ()
    decision = decided(workspace, facts, regime, on)
    judged = judgement(decision)
    for action in decision.actions:
        for step in action.claims:
            if step.invoice_id == invoice_id:
                return f"the {step.step} is due today", judged
    return next(f"{r.text} ({r.code})" for r in decision.reasons if r.invoice_id == invoice_id), judged


def judgement(decision: Decision) -> tuple[str, ...]:
    """The tone with its score, then every reason for it."""
    found = decision.behaviour
    if found is None:
        return ()
    score = "" if found.score is None else f", {found.score} of 100 points"
    called = "; called before it is written to" if found.loyal else ""
    return (f"{found.tone}{score}{called}", *found.reasons)
