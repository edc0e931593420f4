"""Refuses a letter that a judge would set aside: elements missing, sums that do not add up, a term too short."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from receivables.law.interest import Debtor
from receivables.law.letters import deadline_after, lint_text, missing_elements
from receivables.law.rates import Country
from receivables.letters.model import ZERO, LetterFacts
from receivables.letters.texts import WITHOUT_ACCOUNT, label

YEAR = re.compile(r"\b(19|20)\d\d\b")


class MissingElement(ValueError):
    """The letter lacks something without which it may not be sent; one sentence."""


class WrongSums(ValueError):
    """The sums of the letter contradict each other; one sentence with both."""


def check_facts(facts: LetterFacts) -> None:
    """Raises MissingElement or WrongSums where the facts cannot make a sound letter."""
    if not facts.lines:
        raise MissingElement(f"The {facts.step} names no invoice; give at least one line.")
    require(facts, given(facts), "facts")
    if facts.step == "thank_you" and facts.paid <= ZERO:
        raise MissingElement("The thank_you does not say what was paid; give `paid`.")
    planned = sum((i.amount for i in facts.instalments), ZERO)
    if facts.step == "plan_agreement" and planned != facts.demanded:
        raise WrongSums(f"The instalments of the plan add up to {planned}, the debt is {facts.demanded}.")
    if facts.step not in WITHOUT_ACCOUNT:
        check_sums(facts)
        check_term(facts)


def check_sums(facts: LetterFacts) -> None:
    opened = sum((line.open for line in facts.lines), ZERO)
    if facts.principal not in (opened, opened - facts.credits):
        raise WrongSums(
            f"The lines are open for {opened}, credits {facts.credits}, but the principal is {facts.principal}."
        )
    total = opened - facts.credits + facts.interest + facts.lump_sum + facts.costs
    if total != facts.demanded:
        raise WrongSums(f"The parts of the demand add up to {total}, and {facts.demanded} is demanded.")
    if facts.demanded <= ZERO:
        raise WrongSums(f"{facts.demanded} is demanded: who owes nothing gets no {facts.step}.")
    charged = sum((line.interest for line in facts.lines), ZERO)
    if charged and charged != facts.interest:
        raise WrongSums(f"The interest of the lines adds up to {charged}, and {facts.interest} is demanded.")


def check_term(facts: LetterFacts) -> None:
    """There is an account to pay to, by a day that lies ahead and is not before the end of the letter's lawful term."""
    if not facts.seller.iban:
        raise MissingElement(f"The {facts.step} names no account; give the IBAN of {facts.seller.name}.")
    if facts.pay_by <= facts.on:
        raise MissingElement(
            f"The {facts.step} of {facts.on} asks for payment by {facts.pay_by}; give a day that is still to come."
        )
    if facts.debtor_kind != "consumer":
        return
    term = deadline_after(facts.step, country=cast(Country, facts.country), channel=facts.channel, sent=facts.on)
    if term is not None and facts.pay_by < term.last_day:
        raise MissingElement(
            f"The {facts.step} asks for payment by {facts.pay_by}; the law gives until {term.last_day}."
        )


def given(facts: LetterFacts) -> dict[str, object]:
    """The elements of the law as the facts have them."""
    dated = all(line.supplied or YEAR.search(line.description) for line in facts.lines)
    return {
        "creditor_name": facts.seller.name,
        "creditor_number": facts.seller.registration,
        "invoices": [line.number for line in facts.lines],
        "amount_due": facts.demanded,
        "costs_amount": facts.announced_costs,
        "costs_vat": facts.announced_costs_vat,
        "penalty_amount": facts.announced_costs,
        "description": all(line.description.strip() for line in facts.lines) or None,
        "supply_date": dated or None,
        "due_date": facts.pay_by,
        "term_end": facts.pay_by,
        "term_sentence": "in the text",
        "consequence": "in the text",
        "goods": facts.goods or [line.description for line in facts.lines if line.description.strip()],
        "clause": "in the text",
        "statement": "in the text",
    }


def check_words(facts: LetterFacts, text: str, printed: Mapping[str, object]) -> None:
    """Raises MissingElement where `text` does not say an element of `printed`, or words it unlawfully.

    A value of `printed` is the words that must be found, or a list of them.
    """
    flat = " ".join(text.split())
    said = {
        key: value for key, value in printed.items() if all(" ".join(part.split()) in flat for part in parts(value))
    }
    require(facts, said, "text")
    country, kind = cast(Country, facts.country), cast(Debtor, facts.debtor_kind)
    for finding in lint_text(facts.step, country, kind, text, facts.language):
        raise MissingElement(f"The {facts.step}: {finding}")


def parts(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (str(value),)


def require(facts: LetterFacts, data: Mapping[str, object], where: str) -> None:
    country, kind = cast(Country, facts.country), cast(Debtor, facts.debtor_kind)
    missing = missing_elements(facts.step, country, kind, data)
    if missing:
        what = "; ".join(f"{element.what} ({element.article})" for element in missing)
        name = label(facts.step, facts.country, facts.language)
        raise MissingElement(
            f"The {facts.step} ({name}) cannot be written, its {where} lack{'s' if where == 'text' else ''}: {what}."
        )
