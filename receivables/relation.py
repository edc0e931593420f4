"""What a person should know of a debtor before deciding on a hand-over, and what could be tried first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from receivables.behaviour import assess
from receivables.claims import ClaimFacts, DebtorFacts, DebtorKind, History, HoldKind, Step


def relation(facts: DebtorFacts, on: date) -> tuple[str, ...]:
    """How long the debtor is a customer and how it paid, in sentences."""
    history = facts.history or History()
    found = [since(facts.customer_since, on)]
    late = sum(paid.paid > paid.due for paid in history.paid)
    if history.paid:
        found.append(f"{counted(len(history.paid), 'invoice')} paid in two years, {late or 'none'} of them late.")
    else:
        found.append("Nothing was paid in the last two years.")
    said = [(history.promises_kept, "kept"), (history.promises_broken, "broken")]
    promises = ", ".join(f"{number} {word}" for number, word in said if number)
    found += [f"Promises: {promises}."] if promises else []
    found += [f"{counted(history.disputes, 'dispute')}."] if history.disputes else []
    judged = assess(history, facts.claims, facts.customer_since, on)
    found += [] if judged.score is None else [f"Payment behaviour: {judged.score} of 100 ({judged.tone})."]
    return tuple(found)


def since(day: date | None, on: date) -> str:
    if day is None:
        return "Since when it is a customer is not known."
    years = on.year - day.year - ((on.month, on.day) < (day.month, day.day))
    return f"Customer for {counted(years, 'year')}." if years else f"Customer since {day}."


def alternatives(facts: DebtorFacts, claims: Sequence[ClaimFacts]) -> tuple[str, ...]:
    """What could be tried before handing over: a call, a plan, mediation."""
    calls = [notice for claim in claims for notice in claim.notices if notice.step is Step.CALL and notice.proven]
    plans = [hold for claim in claims for hold in claim.holds if hold.kind is HoldKind.PLAN]
    disputes = [hold for claim in claims for hold in claim.holds if hold.kind is HoldKind.DISPUTE]
    found = []
    if calls:
        found.append(f"Call: spoken to on {max(notice.on for notice in calls)}; a last call may still settle it.")
    else:
        found.append("Call: nobody has spoken to them about this claim.")
    found.append("Plan: there was one." if plans else "Plan: none was agreed; instalments keep a customer.")
    if disputes:
        found.append("Mediation: it was disputed; a mediator costs less than a court.")
    if facts.kind is DebtorKind.CONSUMER:
        found.append("Mediation: a consumer with many debts can ask for debt mediation; ask before handing over.")
    return tuple(found)


def counted(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
