"""What the daily commands tell: lines for a person, plain values for a program."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flows.daily import Day
from flows.take_in import RowAnswer

ANSWERS = {"taken_in": "taken in", "already_taken_in": "known   ", "refused": "refused "}


def row_as_text(row: RowAnswer) -> str:
    words = (ANSWERS[row.answer], row.number, row.sentence, *row.flags)
    return "  ".join(word for word in words if word)


def day_as_dict(day: Day) -> dict[str, Any]:
    """What was done and sent, what waits for a person (approvals by id), and per claim why nothing was done."""
    followed = day.followed
    return {
        "on": day.on,
        "counts": day.counts,
        "actions": [asdict(action) for action in followed.actions] if followed else [],
        "reasons": [{"debtor": debtor, **asdict(reason)} for debtor, reason in followed.reasons] if followed else [],
        "ended": [list(one) for one in day.agreed.ended] if day.agreed else [],
        "awaiting_approval": day.asked,
    }


def agreements_told(day: Day) -> list[str]:
    """Promises, plans and disputes that came to an end, and the letters about missed instalments."""
    if day.agreed is None:
        return []
    ended = [f"ended {numbers}: {kind} {verdict}" for numbers, kind, verdict in day.agreed.ended]
    return [*ended, *(f"done  {letter}" for letter in day.agreed.letters)]


def day_as_text(day: Day) -> str:
    followed = day.followed
    lines = [
        f"done  {action.debtor} {action.name}: {action.step} for {', '.join(action.invoices)}"
        for action in (followed.actions if followed else [])
    ]
    lines += agreements_told(day)
    lines += [f"done  {number}: its direct debit came back and is collected again" for number in day.collected_again]
    lines += [f"not   {debtor}: {reason.text}" for debtor, reason in (followed.reasons if followed else [])]
    if sent := ", ".join(f"{count} {state}" for state, count in sorted(day.sent.items())):
        lines.append(f"sent  {sent}")
    if day.asked:
        waiting = "a hand-over waits" if len(day.asked) == 1 else f"{len(day.asked)} hand-overs wait"
        lines.append(f"ask   {waiting} for an approver: decide in Prefect")
    return "\n".join(lines) or f"Nothing is due on {day.on}."
