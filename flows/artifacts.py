"""What an operator reads in Prefect: tables and pages made of what a run did. No secret ever stands in one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flows.daily import Day
from flows.facts import all_facts
from flows.overview import as_markdown, overview
from flows.reconcile import Reconciled
from flows.take_in import TakenIn
from flows.tasks import as_dict, listed
from flows.workspace import Workspace
from receivables.claims import ZERO, ClaimFacts, DebtorFacts
from receivables.ledger.database import reading

MOST_ROWS = 500


def refused_rows(taken: Sequence[TakenIn]) -> list[dict[str, Any]]:
    """One row per document that was not taken in."""
    return [
        {"file": one.file, "row": row.row, "seller": row.seller, "number": row.number, "why": row.sentence}
        for one in taken
        for row in one.rows
        if row.answer == "refused"
    ][:MOST_ROWS]


def taken_in(taken: Sequence[TakenIn]) -> str:
    """What each file brought, and the flags that came with its invoices."""
    lines = ["| file | taken in | known already | refused |", "|---|---:|---:|---:|"]
    for one in taken:
        counts = [one.count("taken_in"), one.count("already_taken_in"), one.count("refused")]
        lines.append(f"| {cell(one.file)} | {counts[0]} | {counts[1]} | {counts[2]} |")
    problems = [f"- **{cell(one.file)}** could not be read: {cell(one.problem)}" for one in taken if one.problem]
    flags = [f"- {cell(row.number)}: {cell(flag)}" for one in taken for row in one.rows for flag in row.flags]
    refused = [
        f"- {cell(row.number)} (row {row.row}): {cell(row.sentence)}"
        for one in taken
        for row in one.rows
        if row.answer == "refused"
    ]
    return "\n".join([*lines, *section("Not read", problems), *section("Refused", refused), *section("Note", flags)])


def reconciled(workspace: Workspace, read: Sequence[Reconciled]) -> str:
    """What each statement brought."""
    lines = ["| statement | matched | proposed | unmatched | other |", "|---|---:|---:|---:|---:|"]
    for one in read:
        known = [one.entries["matched"], one.entries["proposed"], one.entries["unmatched"]]
        other = sum(one.entries.values()) - sum(known)
        lines.append(f"| {cell(one.file)} | {known[0]} | {known[1]} | {known[2]} | {other} |")
    problems = [f"- **{cell(one.file)}**: {cell(one.problem)}" for one in read if one.problem]
    gaps = [f"- {cell(sentence)}" for sentence in dict.fromkeys(gap for one in read for gap in one.gaps)]
    asked = [f"- {cell(sentence)}" for one in read for sentence in one.asked]
    return "\n".join(
        [*lines, *section("Not read", problems), *section("Missing", gaps), *section("Refused by the bank", asked)]
    )


def followed_up(day: Day) -> str:
    """What was done today, and why nothing was done about the rest."""
    actions = [
        f"| {cell(a.debtor)} | {cell(a.name)} | {a.step} | {cell(', '.join(a.invoices))} |"
        for a in (day.followed.actions if day.followed else [])
    ]
    reasons = [
        f"| {cell(ref)} | {reason.code} | {cell(reason.text)} | {reason.until or ''} |"
        for ref, reason in (day.followed.reasons if day.followed else [])
    ]
    ended = [f"- {cell(n)}: {kind} {verdict}" for n, kind, verdict in (day.agreed.ended if day.agreed else [])]
    done = ["| debtor | name | step | invoices |", "|---|---|---|---|", *actions[:MOST_ROWS]]
    left = ["| debtor | reason | in words | until |", "|---|---|---|---|", *reasons[:MOST_ROWS]]
    sent = ", ".join(f"{n} {state}" for state, n in sorted(day.sent.items())) or "nothing"
    parts = [
        f"## {day.on}",
        f"Sent: {sent}.",
        "",
        "### Done",
        *done,
        *section("Came to an end", ended),
        "",
        "### Left alone, and why",
        *left,
    ]
    return "\n".join(parts)


def open_items_page(workspace: Workspace, on: date) -> str:
    """What is open on `on` per customer and by age, and the cash expected per week."""
    return as_markdown(overview(workspace, on))


def open_items(workspace: Workspace, on: date) -> list[dict[str, Any]]:
    """What is open on `on`, oldest due date first."""
    with reading(workspace.engine) as connection:
        rows = [(facts, claim) for facts in all_facts(connection, workspace, on) for claim in facts.claims]
    rows.sort(key=lambda pair: (pair[1].printed_due, pair[1].number))
    return [open_item(facts, claim, on) for facts, claim in rows if is_open(claim)][:MOST_ROWS]


def is_open(claim: ClaimFacts) -> bool:
    return claim.open_principal + claim.open_accessories > ZERO


def open_item(facts: DebtorFacts, claim: ClaimFacts, on: date) -> dict[str, Any]:
    last = max(claim.notices, key=lambda n: n.on, default=None)
    held = [hold.kind.value for hold in claim.holds if hold.covers(on)]
    return {
        "number": claim.number,
        "debtor": f"{facts.name} ({facts.ref})",
        "due": claim.printed_due.isoformat(),
        "days late": max((on - claim.printed_due).days, 0),
        "open": f"{claim.open_principal:.2f}",
        "interest and costs": f"{claim.open_accessories:.2f}",
        "currency": claim.currency,
        "last step": f"{last.step} {last.on}" if last else "",
        "held by": ", ".join(held),
    }


def tasks_table(workspace: Workspace) -> list[dict[str, Any]]:
    """What waits for a person, what is due first on top."""
    rows = [as_dict(task) for task in listed(workspace)[:MOST_ROWS]]
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]


def section(title: str, lines: list[str]) -> list[str]:
    return ["", f"### {title}", *lines] if lines else []


def cell(text: object) -> str:
    """Text that breaks neither a table nor the page."""
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
