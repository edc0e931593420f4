"""The law as a calculator: interest, collection costs, the end of a letter's term, and the rates that are known.

Every answer is a plain mapping, amounts as decimal text in euros, and the same in words line by line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from receivables.calendar import business_date
from receivables.law.costs import PenaltyClause, costs
from receivables.law.interest import Debtor, Interest, InterestLine, interest
from receivables.law.letters import Channel, letter_deadline
from receivables.law.rates import (
    Country,
    Mark,
    RateError,
    RateRegime,
    RateRow,
    RateTable,
    confirmed_until,
    load_rates,
    parse_rates,
    render_row,
)
from receivables.money import cents

OWN_RATES = "rates.toml"
SETTINGS = "voldaan.toml"
FOUR_DECIMALS = Decimal("0.0001")
Answer = dict[str, Any]


def own_rates(root: Path | None) -> Path | None:
    """The rates file that an installation keeps beside its settings; None where there is no installation or no file."""
    folder = root or Path(os.environ.get("VOLDAAN_ROOT", "."))
    file = folder / OWN_RATES
    return file if (folder / SETTINGS).is_file() and file.is_file() else None


def table_of(root: Path | None) -> RateTable:
    """The known rates, with the rows that this installation added."""
    file = own_rates(root)
    return load_rates() if file is None else _loaded(file.resolve(), file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _loaded(file: Path, changed: int) -> RateTable:
    """Read once for as long as the file stays as it is."""
    return load_rates(file)


def interest_answer(found: Interest) -> Answer:
    """`lines` with both days included; a line's amount is unrounded law, shown to four decimals."""
    return {
        "interest": str(found.amount),
        "lines": [line_answer(line) for line in found.lines],
        "articles": list(found.articles),
        "provisional": found.provisional,
    }


def line_answer(line: InterestLine) -> Answer:
    return {
        "from": line.from_.isoformat(),
        "to": line.to.isoformat(),
        "days": line.days,
        "rate": f"{line.rate_pct:f}",
        "base": f"{shown(line.base):f}",
        "amount": f"{line.amount.quantize(FOUR_DECIMALS):f}",
    }


def shown(base: Decimal) -> Decimal:
    """In cents where that is exact; with capitalised interest in it, to four decimals."""
    return cents(base) if cents(base) == base else base.quantize(FOUR_DECIMALS)


def interest_text(found: Interest) -> str:
    lines = [
        f"{line.from_} .. {line.to}  {line.days:>4} days  {line.rate_pct:>6} %  over {shown(line.base):>12}"
        f"  = {line.amount.quantize(FOUR_DECIMALS):>10}" + ("  provisional" if line.provisional else "")
        for line in found.lines
    ]
    return "\n".join([*lines, f"interest {found.amount}", found.explanation])


def reckon_interest(
    country: Country, debtor: Debtor, principal: Decimal, due: date, until: date, root: Path | None, **agreed: Any
) -> Interest:
    """`agreed`: contract_rate, contract_date, rounding. Raises ValueError (RateError among them) with one sentence."""
    table = table_of(root)
    return interest(country=country, debtor=debtor, principal=principal, due=due, until=until, table=table, **agreed)


def costs_answer(
    country: Country, debtor: Debtor, principal: Decimal, vat_deductible: bool, clause: PenaltyClause | None = None
) -> tuple[Answer, str]:
    """The claimable collection costs without VAT, the VAT on top, and the words behind them."""
    found = costs(country=country, debtor=debtor, principal=principal, vat_deductible=vat_deductible, clause=clause)
    answer = {"costs": str(cents(found.costs)), "vat": str(cents(found.vat)), "articles": list(found.articles)}
    text = f"costs {answer['costs']}, VAT {answer['vat']} ({'; '.join(found.articles)})\n{found.explanation}"
    return answer, text


def deadline_answer(country: Country, channel: Channel, sent: date, received: date | None) -> Answer:
    found = letter_deadline(country=country, channel=channel, sent=sent, received=received)
    return {"earliest_next_step": found.earliest_next_step.isoformat(), "derivation": list(found.derivation)}


def rate_answers(root: Path | None, country: Country | None = None, regime: RateRegime | None = None) -> list[Answer]:
    """Every rate row, oldest first; `confirmed_until` is the last day for which that series is certain."""
    table = table_of(root)
    chosen = [row for row in table.rows if country in (None, row.country) and regime in (None, row.regime)]
    return [rate_answer(table, row) for row in chosen]


def rate_answer(table: RateTable, row: RateRow) -> Answer:
    try:
        sure = confirmed_until(table, row.country, row.regime)
    except RateError:
        sure = None
    return {
        "country": row.country,
        "regime": row.regime,
        "from": row.from_.isoformat(),
        "pct": f"{row.pct:f}",
        "mark": row.mark,
        "source": row.source,
        "retrieved": row.retrieved.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "contracts_before": row.contracts_before.isoformat() if row.contracts_before else None,
        "confirmed_until": sure.isoformat() if sure else None,
    }


def rates_text(answers: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        f"{a['country']} {a['regime']:<8} from {a['from']}  {a['pct']:>5} %  {a['mark']:<10} {a['source']}"
        + (f" (contracts before {a['contracts_before']})" if a["contracts_before"] else "")
        for a in answers
    ]
    sure = sorted({(a["country"], a["regime"], a["confirmed_until"]) for a in answers if a["confirmed_until"]})
    lines += [f"{country} {regime}: confirmed until {until}; provisional after it" for country, regime, until in sure]
    return "\n".join(lines)


def add_rate(
    root: Path | None,
    *,
    country: Country,
    regime: RateRegime,
    start: date,
    pct: Decimal,
    source: str,
    mark: Mark,
    until: date | None = None,
    retrieved: date | None = None,
) -> tuple[Path, RateRow]:
    """Appends a dated, sourced row to the installation's own rates file; the same row again changes nothing.

    Raises RateError with one sentence where the row, or the file it goes to, cannot be read.
    """
    folder = root or Path(os.environ.get("VOLDAAN_ROOT", "."))
    if not (folder / SETTINGS).is_file():
        raise RateError(f"There is no {SETTINGS} in {folder.resolve()}: name the installation with --root.")
    if until is not None and until < start:
        raise RateError(f"A rate from {start} cannot be confirmed until {until}: write a later day.")
    file = folder / OWN_RATES
    row = RateRow(country, regime, start, pct, source, retrieved or today(country), mark, until)
    block = render_row(row)
    parse_rates(block, name="the new row")
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    known = parse_rates(before, name=OWN_RATES)
    if not any(same(row, old) for old in known):
        partial = file.with_suffix(".new")
        partial.write_text(before + ("\n" if before else "") + block, encoding="utf-8")
        partial.replace(file)
    return file, row


def same(row: RateRow, old: RateRow) -> bool:
    """Whether both say the same, on whatever day they were looked up."""
    facts = ("country", "regime", "from_", "pct", "source", "mark", "until")
    return all(getattr(row, name) == getattr(old, name) for name in facts)


def today(country: Country) -> date:
    return business_date(datetime.now(UTC), country)
