"""Interest on a late payment, derived line by line.

Netherlands: art. 6:119 BW (consumers), 6:119a (business), 6:119b (public bodies): from the day after the last day of
payment up to and including the day of payment; each year the interest of that year is added to the principal
(6:119(2), 6:119a(3)). Belgium: law of 2 August 2002, art. 5 (business and public bodies); legal interest for consumers,
or the agreed rate up to the cap of art. XIX.4 Code of economic law; simple interest. Days are counted actual/365, also
over 29 February. Amounts are euros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from receivables.law.rates import Country, RatePeriod, RateRegime, RateTable, load_rates, rate_periods
from receivables.money import cents

Debtor = Literal["business", "consumer", "public"]
Rounding = Literal["end", "per_period"]

DAYS_OF_A_YEAR = 365
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class InterestLine:
    """One stretch with one rate and one base; both days included.

    `amount` is unrounded with rounding "end" (show four decimals), whole cents with "per_period".
    """

    from_: date
    to: date
    days: int
    rate_pct: Decimal
    base: Decimal
    amount: Decimal
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Interest:
    """The interest due: `amount` in whole cents, `exact` before the one rounding (half-up) at the end."""

    amount: Decimal
    lines: tuple[InterestLine, ...]
    articles: tuple[str, ...]
    provisional: bool
    explanation: str
    exact: Decimal = Decimal(0)

    @property
    def days(self) -> int:
        """The number of days that bore interest."""
        return sum(line.days for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which rates run under a regime, and whether interest bears interest."""

    name: str
    regime: RateRegime
    compounds: bool
    articles: tuple[str, ...]


_RULES: dict[tuple[Country, Debtor], _Rule] = {
    ("NL", "business"): _Rule("Dutch statutory trade interest", "trade", True, ("6:119a BW", "6:120(2) BW")),
    ("NL", "public"): _Rule("Dutch statutory trade interest", "trade", True, ("6:119b BW", "6:120(2) BW")),
    ("NL", "consumer"): _Rule("Dutch statutory interest", "consumer", True, ("6:119 BW", "6:120(1) BW")),
    ("BE", "business"): _Rule("Belgian trade interest", "trade", False, ("Law of 2 August 2002, art. 5",)),
    ("BE", "public"): _Rule("Belgian trade interest", "trade", False, ("Law of 2 August 2002, art. 5",)),
    ("BE", "consumer"): _Rule("Belgian legal interest", "civil", False, ("Law of 5 May 1865, art. 2",)),
}


def interest(
    *,
    country: Country,
    debtor: Debtor,
    principal: Decimal,
    due: date,
    until: date,
    contract_rate: Decimal | None = None,
    contract_date: date | None = None,
    compound: bool | None = None,
    rounding: Rounding = "end",
    movements: Sequence[tuple[date, Decimal]] = (),
    table: RateTable | None = None,
) -> Interest:
    """Interest from the day after `due` up to and including `until`, on the balance as payments reduced it.

    `due` is the last day on which payment was in time (for a Belgian consumer: the day before interest may start).
    `movements` are (day, amount) of payments and credits; a returned payment is negative. A payment still bears
    interest on its own day. `contract_rate` (percent per year) replaces the statutory rate; against a Belgian consumer
    it is capped at the trade rate. `compound` overrules the default: Dutch statutory interest compounds, agreed
    interest does not. Raises ValueError for a negative principal, RateError for days before the first known rate.
    """
    if principal < 0:
        raise ValueError(f"The principal is {principal}: interest runs on a debt, so write zero or more.")
    if contract_rate is not None and contract_rate < 0:
        raise ValueError(f"The agreed rate is {contract_rate}: write zero or more percent per year.")
    rule = _RULES[country, debtor]
    compounds = compound if compound is not None else rule.compounds and contract_rate is None
    start = due + ONE_DAY
    lines: tuple[InterestLine, ...] = ()
    if principal > 0 and until >= start:
        rates = _rates(country, debtor, start, until, contract_rate, contract_date, table or load_rates())
        lines = _lines(principal, start, rates, movements, compounds, rounding)
    exact = sum((line.amount for line in lines), Decimal(0))
    articles = rule.articles if contract_rate is None else _contract_articles(country, debtor)
    provisional = any(line.provisional for line in lines)
    capped = contract_rate is not None and any(line.rate_pct < contract_rate for line in lines)
    return Interest(
        amount=cents(exact),
        lines=lines,
        articles=articles,
        provisional=provisional,
        explanation=_explain(
            rule.name if contract_rate is None else "Agreed interest", articles, lines, compounds, capped
        ),
        exact=exact,
    )


@dataclass(frozen=True, slots=True)
class _Rate:
    from_: date
    to: date
    pct: Decimal
    provisional: bool


def _rates(
    country: Country,
    debtor: Debtor,
    start: date,
    until: date,
    contract_rate: Decimal | None,
    contract_date: date | None,
    table: RateTable,
) -> list[_Rate]:
    def statutory(regime: RateRegime) -> tuple[RatePeriod, ...]:
        return rate_periods(table, country, regime, start, until, contract_date=contract_date)

    if contract_rate is None:
        return [_Rate(p.from_, p.to, p.pct, p.provisional) for p in statutory(_RULES[country, debtor].regime)]
    if (country, debtor) == ("BE", "consumer"):
        return [_Rate(p.from_, p.to, min(contract_rate, p.pct), p.provisional) for p in statutory("trade")]
    return [_Rate(start, until, contract_rate, False)]


def _lines(
    principal: Decimal,
    start: date,
    rates: list[_Rate],
    movements: Sequence[tuple[date, Decimal]],
    compounds: bool,
    rounding: Rounding,
) -> tuple[InterestLine, ...]:
    until = rates[-1].to
    anniversaries = _anniversaries(start, until) if compounds else set()
    cuts = {rate.from_ for rate in rates} | anniversaries | {day + ONE_DAY for day, _ in movements}
    starts = sorted(cut for cut in cuts | {start} if start <= cut <= until)
    lines: list[InterestLine] = []
    capitalised, this_year = Decimal(0), Decimal(0)
    for from_, following in zip(starts, [*starts[1:], until + ONE_DAY], strict=True):
        if from_ in anniversaries:
            capitalised, this_year = capitalised + this_year, Decimal(0)
        paid = sum((amount for day, amount in movements if day < from_), Decimal(0))
        base = max(Decimal(0), principal - paid + capitalised)
        if base == 0:
            continue
        rate = next(rate for rate in reversed(rates) if rate.from_ <= from_)
        line = _line(from_, following - ONE_DAY, base, rate, rounding)
        this_year += line.amount
        lines.append(line)
    return tuple(lines)


def _line(from_: date, to: date, base: Decimal, rate: _Rate, rounding: Rounding) -> InterestLine:
    days = (to - from_).days + 1
    amount = base * rate.pct * days / (100 * DAYS_OF_A_YEAR)
    if rounding == "per_period":
        amount = cents(amount)
    return InterestLine(from_, to, days, rate.pct, base, amount, rate.provisional)


def _anniversaries(start: date, until: date) -> set[date]:
    """The days on which a year of default is complete and its interest joins the principal."""
    return {day for year in range(start.year + 1, until.year + 1) if (day := _in_year(start, year)) <= until}


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _contract_articles(country: Country, debtor: Debtor) -> tuple[str, ...]:
    if (country, debtor) == ("BE", "consumer"):
        return ("Agreed rate", "XIX.4 Code of economic law")
    statutory = {"consumer": "6:119(3) BW", "business": "6:119a BW", "public": "6:119b BW"}
    return ("Agreed rate", statutory[debtor]) if country == "NL" else ("Agreed rate", "Law of 2 August 2002, art. 5")


def _explain(
    name: str, articles: tuple[str, ...], lines: tuple[InterestLine, ...], compounds: bool, capped: bool
) -> str:
    law = ", ".join(articles)
    if not lines:
        return f"{name} ({law}): no day bears interest."
    kind = "interest of each full year added to the principal" if compounds else "simple"
    days = sum(line.days for line in lines)
    text = f"{name} ({law}): {lines[0].from_} up to and including {lines[-1].to}, {days} days, actual/365, {kind}."
    if capped:
        text += " The agreed rate exceeds the cap, which is applied; the clause may be void altogether."
    if any(line.provisional for line in lines):
        text += " Provisional: at least one rate is not confirmed for its days."
    return text
