"""The letter as plain text, for mail programs and people that want no HTML."""

from __future__ import annotations

from receivables.letters.model import LetterFacts
from receivables.letters.overview import Overview
from receivables.letters.texts import words


def plain_mail(
    facts: LetterFacts, account: Overview, before: tuple[str, ...], after: tuple[str, ...], closing: tuple[str, ...]
) -> str:
    """The whole letter; one block per invoice, since columns fall apart in a proportional font."""
    say = words(facts.language, facts.country)
    blocks = [*before, *invoices(account), columns(account.sums)]
    if account.derivation:
        blocks.append("\n".join([f"{say['derivation']}:", *(f"- {line}" for line in account.derivation)]))
    if account.plan:
        blocks.append("\n".join([f"{say['plan']}:", columns(account.plan)]))
    blocks.append(columns(account.payment))
    return "\n\n".join(block for block in (*blocks, *after, "\n".join(closing)) if block) + "\n"


def invoices(account: Overview) -> list[str]:
    return [
        "\n".join(
            [
                f"{account.heads[0]} {row.cells[0]}",
                *(f"  {detail}" for detail in row.details),
                *(f"  {head}: {cell}" for head, cell in zip(account.heads[1:], row.cells[1:], strict=True)),
            ]
        )
        for row in account.rows
    ]


def columns(rows: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in rows)
