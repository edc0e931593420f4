"""Statutory late-payment rates: dated, sourced rows, and the one that applies on a day.

Netherlands: art. 6:119, 6:119a, 6:120 BW. Belgium: law of 2 August 2002, art. 5 (trade); law of 5 May 1865, art. 2
(civil). The rows stand in `rates.toml`; a user's file adds rows or replaces them. No rate is ever computed.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, get_args

Country = Literal["NL", "BE"]
RateRegime = Literal["trade", "consumer", "civil"]
Mark = Literal["verified", "unverified"]


class RateError(ValueError):
    """A rate row that cannot be read, or a day for which no rate is known."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate in percent per year from a day on. `until`: the last day the source confirms, if it says."""

    country: Country
    regime: RateRegime
    from_: date
    pct: Decimal
    source: str
    retrieved: date
    mark: Mark
    until: date | None = None
    contracts_before: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RateTable:
    """All known rate rows. Compared by identity, so that it is cheap as a cache key."""

    rows: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A stretch of days with one rate. Both days included."""

    from_: date
    to: date
    pct: Decimal
    provisional: bool
    row: RateRow


def load_rates(extra: Path | None = None) -> RateTable:
    """The embedded table, with the rows of the TOML file `extra` added; a row for the same start replaces ours.

    Raises RateError with file and row when a row cannot be read.
    """
    embedded = _embedded()
    if extra is None:
        return embedded
    try:
        text = extra.read_text(encoding="utf-8")
    except OSError as error:
        raise RateError(f"{extra.name}: the file with added rates cannot be read ({error.strerror}).") from None
    return with_rows(embedded, parse_rates(text, name=extra.name))


def with_rows(table: RateTable, rows: Iterable[RateRow]) -> RateTable:
    """A new table in which `rows` are added; a row with the same country, regime, start and contracts replaces."""
    merged = {_identity(row): row for row in table.rows}
    merged.update((_identity(row), row) for row in rows)
    return RateTable(tuple(sorted(merged.values(), key=lambda row: (row.country, row.regime, row.from_))))


def parse_rates(text: str, *, name: str = "rates.toml") -> tuple[RateRow, ...]:
    """Read `rate` rows from TOML text; `name` is used in the sentence of a RateError."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RateError(f"{name}: not valid TOML: {error}.") from None
    sources, rows = document.get("sources", {}), document.get("rate", [])
    if not isinstance(rows, list) or not isinstance(sources, dict):
        raise RateError(f"{name}: write each rate as a [[rate]] table.")
    return tuple(_row(raw, sources, f"{name}, rate {number}") for number, raw in enumerate(rows, start=1))


def render_row(row: RateRow) -> str:
    """The row as a `[[rate]]` block that `parse_rates` reads back; made to be appended to a user's file."""
    source = row.source.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        "[[rate]]",
        f'country = "{row.country}"',
        f'regime = "{row.regime}"',
        f"from = {row.from_}",
        f"pct = {row.pct:f}",
        f'source = "{source}"',
        f"retrieved = {row.retrieved}",
        f'mark = "{row.mark}"',
    ]
    lines += [f"until = {row.until}"] if row.until else []
    lines += [f"contracts_before = {row.contracts_before}"] if row.contracts_before else []
    return "\n".join(lines) + "\n"


def rate_on(
    table: RateTable, country: Country, regime: RateRegime, on: date, *, contract_date: date | None = None
) -> RatePeriod:
    """The rate on one day. `contract_date` matters only where older contracts keep an older rate.

    Raises RateError when the table starts after `on`.
    """
    return rate_periods(table, country, regime, on, on, contract_date=contract_date)[0]


def rate_periods(
    table: RateTable, country: Country, regime: RateRegime, from_: date, to: date, *, contract_date: date | None = None
) -> tuple[RatePeriod, ...]:
    """The days `from_`..`to` (both included) split wherever the rate or its certainty changes.

    A period is provisional when its row is unverified or when its days lie after the row's confirmed last day.
    """
    series = _series(table, country, regime, contract_date)
    first = bisect_right([start.from_ for start in series], from_) - 1
    if first < 0:
        known = f"known from {series[0].from_}" if series else "none is known"
        raise RateError(f"No {country} {regime} rate on {from_}: {known}. Add a sourced row for that day.")
    periods = []
    for period in series[first:]:
        if period.from_ > to:
            break
        periods.append(
            RatePeriod(max(period.from_, from_), min(period.to, to), period.pct, period.provisional, period.row)
        )
    return tuple(periods)


def confirmed_until(table: RateTable, country: Country, regime: RateRegime) -> date:
    """The last day of the last confirmed period; what is computed past it is provisional."""
    series = [period for period in _series(table, country, regime, None) if not period.provisional]
    if not series:
        raise RateError(f"No confirmed {country} {regime} rate is known.")
    return series[-1].to


@lru_cache(maxsize=1)
def _embedded() -> RateTable:
    text = resources.files("receivables.law").joinpath("rates.toml").read_text(encoding="utf-8")
    return with_rows(RateTable(()), parse_rates(text))


def _identity(row: RateRow) -> tuple[str, str, date, date | None]:
    return row.country, row.regime, row.from_, row.contracts_before


@lru_cache(maxsize=4096)
def _series(
    table: RateTable, country: Country, regime: RateRegime, contract_date: date | None
) -> tuple[RatePeriod, ...]:
    """Every day from the first row on, as periods that follow each other without a hole."""
    rows = [row for row in table.rows if (row.country, row.regime) == (country, regime)]
    general = _lay_out([row for row in rows if row.contracts_before is None])
    older = [
        row
        for row in rows
        if row.contracts_before and contract_date is not None and contract_date < row.contracts_before
    ]
    return _overlay(general, [period for period in _lay_out(older) if period.to != date.max])


def _lay_out(rows: list[RateRow]) -> list[RatePeriod]:
    periods = []
    for row, following in zip_longest(rows, rows[1:]):
        end = following.from_ - timedelta(days=1) if following else date.max
        sure = min(end, row.until or (end if following else _end_of_published_period(row)))
        unverified = row.mark == "unverified"
        periods.append(RatePeriod(row.from_, sure, row.pct, unverified, row))
        if sure < end:
            periods.append(RatePeriod(sure + timedelta(days=1), end, row.pct, True, row))
    return periods


def _overlay(general: list[RatePeriod], older: list[RatePeriod]) -> tuple[RatePeriod, ...]:
    """The general periods with the days of `older` (rates kept for older contracts) laid over them."""
    if not older:
        return tuple(general)
    first, last = older[0].from_, older[-1].to
    before = [_clip(period, period.from_, min(period.to, first - timedelta(days=1))) for period in general]
    after = [_clip(period, max(period.from_, last + timedelta(days=1)), period.to) for period in general]
    return tuple(period for period in [*before, *older, *after] if period.from_ <= period.to)


def _clip(period: RatePeriod, from_: date, to: date) -> RatePeriod:
    return RatePeriod(from_, to, period.pct, period.provisional, period.row)


def _end_of_published_period(row: RateRow) -> date:
    """Rates are published per half-year, the Belgian civil rate per calendar year."""
    year = row.from_.year
    if row.regime == "civil" or row.from_.month > 6:
        return date(year, 12, 31)
    return date(year, 6, 30)


def _row(raw: object, sources: Mapping[str, Any], where: str) -> RateRow:
    if not isinstance(raw, dict):
        raise RateError(f"{where}: write it as a [[rate]] table.")
    unknown = set(raw) - {
        "country",
        "regime",
        "from",
        "pct",
        "source",
        "retrieved",
        "mark",
        "until",
        "contracts_before",
    }
    if unknown:
        raise RateError(f"{where}: unknown field {sorted(unknown)[0]!r}.")
    shared = sources.get(str(raw.get("source")), {})
    return RateRow(
        country=_choice(raw, "country", get_args(Country), where),
        regime=_choice(raw, "regime", get_args(RateRegime), where),
        from_=_day(raw.get("from"), "from", where),
        pct=_percentage(raw.get("pct"), where),
        source=_source(shared.get("text", raw.get("source")), where),
        retrieved=_day(raw.get("retrieved", shared.get("retrieved")), "retrieved", where),
        mark=_choice(raw, "mark", get_args(Mark), where),
        until=_day(raw["until"], "until", where) if "until" in raw else None,
        contracts_before=_day(raw["contracts_before"], "contracts_before", where)
        if "contracts_before" in raw
        else None,
    )


def _choice(raw: Mapping[str, Any], field: str, allowed: tuple[str, ...], where: str) -> Any:
    value = raw.get(field)
    if value not in allowed:
        raise RateError(f"{where}: {field} is {value!r}; write one of {', '.join(allowed)}.")
    return value


def _day(value: object, field: str, where: str) -> date:
    if type(value) is not date:
        raise RateError(f"{where}: {field} is {value!r}; write a day as 2026-07-01, without quotes.")
    return value


def _percentage(value: object, where: str) -> Decimal:
    number = value if isinstance(value, Decimal) else Decimal(value) if type(value) is int else None
    if number is None or not number.is_finite() or not 0 <= number <= 100:
        raise RateError(f"{where}: pct is {value!r}; write percent per year between 0 and 100, such as 10.15.")
    return number


def _source(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RateError(f"{where}: source is missing; name the publication the rate was read in.")
    return value
