"""What the law makes of an agreed payment term.

Netherlands: art. 6:119a(2), (5), (6) and 6:119b BW. Belgium: law of 2 August 2002, art. 4, as changed by the law of
14 August 2021 (in force 1 February 2022). The term is counted from proven receipt of the invoice, or of the goods or
service where that is later. All days are calendar days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from receivables.law.interest import Debtor
from receivables.law.rates import Country

STATUTORY_DAYS = 30
MAXIMUM_DAYS = 60
BELGIAN_MAXIMUM_SINCE = date(2022, 2, 1)
DUTCH_SME_RULE_FOR_NEW_CONTRACTS = date(2022, 7, 1)
DUTCH_SME_RULE_FOR_ALL_CONTRACTS = date(2023, 7, 1)


@dataclass(frozen=True, slots=True)
class LawfulDue:
    """The last day on which payment is in time by law. `flagged`: the agreed term does not stand as written.

    `receipt_proven` is False where receipt is only presumed, from the issue date; the date then still moves later.
    """

    due: date
    days: int
    counted_from: date
    flagged: bool
    consequence: str
    articles: tuple[str, ...]
    receipt_proven: bool


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The days that stand; `flagged` with the consequence in a sentence where the agreed term does not, or may not."""

    days: int
    consequence: str = ""
    flagged: bool = False
    replaced: bool = False


def lawful_due(
    *,
    country: Country,
    debtor: Debtor,
    issue_date: date,
    printed_due: date | None = None,
    agreed_days: int | None = None,
    received: date | None = None,
    performed: date | None = None,
    contract_date: date | None = None,
    expressly_agreed: bool = False,
    seller_is_sme: bool = False,
    buyer_is_large: bool = False,
) -> LawfulDue:
    """The lawful due date, counted from `received` (or `performed`, receipt of the goods or service, if later).

    The agreed term is `agreed_days`, else the days between `issue_date` and `printed_due`, else the statutory 30. A
    term that stands never ends before `printed_due`; one that the law replaces does not look at it.
    Raises ValueError for a negative term, or a due date before the issue date.
    """
    days = _agreed_days(issue_date, printed_due, agreed_days)
    counted_from = max(day for day in (received or issue_date, performed) if day is not None)
    verdict = _judge(
        country,
        debtor,
        days,
        issue_date,
        contract_date or issue_date,
        expressly_agreed,
        seller_is_sme and buyer_is_large,
    )
    due = counted_from + timedelta(days=verdict.days)
    if printed_due is not None and not verdict.replaced:
        due = max(due, printed_due)
    return LawfulDue(
        due=due,
        days=verdict.days,
        counted_from=counted_from,
        flagged=verdict.flagged,
        consequence=verdict.consequence,
        articles=_articles(country, debtor),
        receipt_proven=received is not None,
    )


def _agreed_days(issue_date: date, printed_due: date | None, agreed_days: int | None) -> int:
    if printed_due is not None and printed_due < issue_date:
        raise ValueError(
            f"Due on {printed_due}, issued on {issue_date}: a term does not end before the invoice exists."
        )
    if agreed_days is None:
        return STATUTORY_DAYS if printed_due is None else (printed_due - issue_date).days
    if agreed_days < 0:
        raise ValueError(f"A term of {agreed_days} days: write zero or more.")
    return agreed_days


def _judge(
    country: Country,
    debtor: Debtor,
    days: int,
    issue_date: date,
    contract_date: date,
    expressly_agreed: bool,
    sme_to_large: bool,
) -> _Verdict:
    if debtor == "consumer" or days <= STATUTORY_DAYS:
        return _Verdict(days)
    if debtor == "public":
        return _judge_public(days, expressly_agreed)
    if country == "BE":
        return _judge_belgian(days, issue_date, expressly_agreed)
    strict = contract_date >= DUTCH_SME_RULE_FOR_NEW_CONTRACTS or issue_date >= DUTCH_SME_RULE_FOR_ALL_CONTRACTS
    if sme_to_large and (strict or days > MAXIMUM_DAYS):
        limit = STATUTORY_DAYS if strict else MAXIMUM_DAYS
        return _replaced(
            f"A large company may not agree more than {limit} days with a smaller supplier; {days} is void."
        )
    return _judge_express(days, expressly_agreed)


def _judge_belgian(days: int, issue_date: date, expressly_agreed: bool) -> _Verdict:
    if days <= MAXIMUM_DAYS:
        return _Verdict(days)
    if issue_date >= BELGIAN_MAXIMUM_SINCE:
        return _replaced(f"A term of {days} days exceeds the maximum of 60 and counts as unwritten.")
    return _judge_express(days, expressly_agreed)


def _judge_express(days: int, expressly_agreed: bool) -> _Verdict:
    if days <= MAXIMUM_DAYS:
        return _Verdict(days)
    if expressly_agreed:
        return _Verdict(days, f"A term of {days} days holds only while it is not manifestly unfair.", flagged=True)
    return _replaced(f"A term of {days} days holds only if expressly agreed, of which there is no record.")


def _judge_public(days: int, expressly_agreed: bool) -> _Verdict:
    if days > MAXIMUM_DAYS:
        return _replaced(f"A public body pays within 60 days at most; {days} does not hold.")
    if expressly_agreed:
        return _Verdict(
            days, f"A public body may agree {days} days only where its contract justifies it.", flagged=True
        )
    return _replaced(f"A public body pays within 30 days unless expressly agreed; {days} does not hold.")


def _replaced(reason: str) -> _Verdict:
    return _Verdict(STATUTORY_DAYS, f"{reason} The statutory 30 days from receipt apply.", flagged=True, replaced=True)


def _articles(country: Country, debtor: Debtor) -> tuple[str, ...]:
    if debtor == "consumer":
        return ("Agreed term",)
    if country == "BE":
        return ("Law of 2 August 2002, art. 4",)
    return ("6:119b BW",) if debtor == "public" else ("6:119a(2), (5) and (6) BW",)
