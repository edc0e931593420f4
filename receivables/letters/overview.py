"""The account that a letter gives, in words: the invoices, the sums, how to pay. Mail and paper show the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from receivables.letters.model import ZERO, LetterFacts, LetterLine
from receivables.letters.texts import ASKS_NO_MONEY, WITHOUT_ACCOUNT, label, words
from ubl.paper.payment_view import printed_reference
from ubl.paper.words import day, in_fours, locale_of, money, short_day

TERM_IN_WORDS = frozenset({"fourteen_day_letter", "plan_agreement"})


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice: its cells under the heads, and small print below its number."""

    cells: tuple[str, ...]
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The parts of the account; all empty for letters that ask nothing.

    Cells from `amounts_from` on are amounts. `sums`, `plan` and `payment` are pairs of label and value; the last sum is
    the total, and there is no sum where it would only repeat the one in `payment`.
    """

    heads: tuple[str, ...]
    amounts_from: int
    rows: tuple[Row, ...]
    sums: tuple[tuple[str, str], ...]
    derivation: tuple[str, ...]
    plan: tuple[tuple[str, str], ...]
    payment: tuple[tuple[str, str], ...]


def overview(facts: LetterFacts) -> Overview:
    """The account of `facts`; the columns for the step and the interest only where the invoices differ in them."""
    if facts.step in WITHOUT_ACCOUNT - {"call_script"}:
        return Overview((), 0, (), (), (), (), ())
    say = words(facts.language, facts.country)
    steps = len({line.step for line in facts.lines}) > 1
    interest = any(line.interest for line in facts.lines)
    heads = [say["invoice"], say["issued"], say["due"]]
    heads += [say["step"]] if steps else []
    heads += [say["open"]]
    heads += [say["interest"]] if interest else []
    return Overview(
        heads=tuple(heads),
        amounts_from=4 if steps else 3,
        rows=tuple(row(facts, line, steps, interest) for line in facts.lines),
        sums=sums(facts, say),
        derivation=derivation(facts, say),
        plan=tuple((long_day(facts, i.due), cash(facts, i.amount)) for i in facts.instalments),
        payment=payment(facts, say),
    )


def row(facts: LetterFacts, line: LetterLine, steps: bool, interest: bool) -> Row:
    locale = locale_of(facts.language, facts.country)
    cells = [line.number, short_day(line.issued, locale), short_day(line.due, locale)]
    cells += [name_of(facts, line.step)] if steps else []
    cells += [cash(facts, line.open)]
    cells += [cash(facts, line.interest)] if interest else []
    say = words(facts.language, facts.country)
    details = [line.description] if line.description else []
    details += [say["supplied"].format(date=long_day(facts, line.supplied))] if line.supplied else []
    details += [say["received"].format(date=long_day(facts, line.received))] if line.received else []
    return Row(tuple(cells), tuple(details))


def sums(facts: LetterFacts, say: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if facts.step == "right_of_reclaim":
        return ()
    opened = sum((line.open for line in facts.lines), ZERO)
    parts = [
        (say["sum_open"], opened),
        (say["sum_credits"], -facts.credits),
        (say["sum_interest"], facts.interest),
        (say["sum_lump_sum"], facts.lump_sum),
        (say["sum_costs"], facts.costs),
    ]
    shown = [(name, amount) for name, amount in parts if amount]
    if len(shown) == 1 and len(facts.lines) == 1:
        return ()
    listed = shown if len(shown) > 1 else []
    return tuple((name, cash(facts, amount)) for name, amount in [*listed, (say["sum_demanded"], facts.demanded)])


def derivation(facts: LetterFacts, say: dict[str, Any]) -> tuple[str, ...]:
    return (*facts.derivation, *((say["provisional"],) if facts.provisional else ()))


def payment(facts: LetterFacts, say: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if facts.step in ASKS_NO_MONEY:
        return ()
    rows = [
        (say["pay_amount"], cash(facts, facts.demanded)),
        (say["pay_term" if facts.step in TERM_IN_WORDS else "pay_by"], term(facts, say)),
        (say["pay_to"], facts.seller.name),
    ]
    if facts.seller.iban:
        rows.append(("IBAN", in_fours(facts.seller.iban)))
    if facts.seller.bic:
        rows.append(("BIC", facts.seller.bic))
    rows.append((say["pay_reference"], printed_reference(facts.reference)))
    return (*rows, (say["pay_online"], facts.payment_link)) if facts.payment_link else tuple(rows)


def term(facts: LetterFacts, say: dict[str, Any]) -> str:
    """The day, but for the Dutch 14-day letter: its term counts from a delivery that nobody knows beforehand."""
    if facts.step == "plan_agreement":
        return str(say["as_planned"])
    return str(say["pay_within"]) if facts.step == "fourteen_day_letter" else long_day(facts, facts.pay_by)


def name_of(facts: LetterFacts, step: str) -> str:
    """What the house calls a step, else what the language calls it."""
    return facts.labels.get(step) or label(step, facts.country, facts.language)


def cash(facts: LetterFacts, amount: Decimal) -> str:
    return money(amount, facts.currency, locale_of(facts.language, facts.country))


def long_day(facts: LetterFacts, on: date) -> str:
    return day(on, locale_of(facts.language, facts.country))
