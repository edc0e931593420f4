"""`voldaan law`: what the law gives a creditor, reckoned without any installation."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, Format, Number, Root, Unusable, say

Law = Annotated[Literal["NL", "BE"], Parameter(help="Whose law governs the debt.")]
Owes = Annotated[Literal["business", "consumer", "public"], Parameter(help="Who owes.")]
Principal = Annotated[Number, Parameter(help="What is open, in euros, such as 1000.00.")]
Regime = Literal["trade", "consumer", "civil"]

law = App(name="law", help="The law as a calculator: interest, costs, the term of a letter, and the known rates.")


@law.command(name="interest")
def law_interest(
    *,
    country: Law,
    debtor: Owes,
    principal: Principal,
    due: Annotated[date, Parameter(help="Last day on which payment was in time.")],
    until: Annotated[date, Parameter(help="Last day that bears interest: the day of payment.")],
    contract_rate: Annotated[Number | None, Parameter(help="Agreed rate, percent per year.")] = None,
    contract_date: Annotated[date | None, Parameter(help="Day of the contract, for rates kept for older ones.")] = None,
    rounding: Annotated[
        Literal["end", "per_period"], Parameter(help="Round once at the end, or every line as some examples do.")
    ] = "end",
    root: Root = None,
    format: Format = "text",
) -> int:
    """Interest on a late payment, derived line by line: every change of rate and every year is a line of its own.

    For example:
      voldaan law interest --country NL --debtor business --principal 1000.00 --due 2024-11-30 --until 2025-08-15
    """
    from flows.law import interest_answer, interest_text, reckon_interest

    agreed = {"contract_rate": contract_rate, "contract_date": contract_date, "rounding": rounding}
    try:
        found = reckon_interest(country, debtor, principal, due, until, root, **agreed)
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    say(interest_answer(found) if format == "json" else interest_text(found))
    return FINE


@law.command(name="costs")
def law_costs(
    *,
    country: Law,
    debtor: Owes,
    principal: Principal,
    vat_deductible: Annotated[
        Literal["yes", "no"], Parameter(help="Whether the creditor can deduct VAT on the agency's bill.")
    ] = "yes",
    format: Format = "text",
) -> int:
    """Collection costs that may be claimed on top of principal and interest, with the VAT on them.

    For example:
      voldaan law costs --country NL --debtor consumer --principal 1000.00 --vat-deductible no
    """
    from flows.law import costs_answer

    try:
        answer, text = costs_answer(country, debtor, principal, vat_deductible == "yes")
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    say(answer if format == "json" else text)
    return FINE


@law.command(name="letter-deadline")
def law_letter_deadline(
    *,
    country: Law,
    channel: Annotated[Literal["post", "email"], Parameter(help="How the letter goes.")],
    sent: Annotated[date, Parameter(help="Day on which it was sent.")],
    received: Annotated[date | None, Parameter(help="Day on which receipt is proven, where it is known.")] = None,
    format: Format = "text",
) -> int:
    """When the term of the letter that protects a consumer ends: the 14-day letter (NL), the Book XIX notice (BE).

    For example:
      voldaan law letter-deadline --country BE --channel post --sent 2023-09-18
    """
    from flows.law import deadline_answer

    try:
        answer = deadline_answer(country, channel, sent, received)
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    text = "\n".join([*answer["derivation"], f"earliest next step {answer['earliest_next_step']}"])
    say(answer if format == "json" else text)
    return FINE


@law.command(name="rates")
def law_rates(
    *,
    country: Annotated[Literal["NL", "BE"] | None, Parameter(help="Only of this country.")] = None,
    regime: Annotated[Regime | None, Parameter(help="Only of this regime.")] = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """The known rates with source and mark, and the day to which each series is confirmed.

    For example:
      voldaan law rates --country BE --regime trade
    """
    from flows.law import rate_answers, rates_text

    answers = rate_answers(root, country, regime)
    if format == "json":
        for answer in answers:
            say(answer)
    else:
        say(rates_text(answers))
    return FINE


@law.command(name="add-rate")
def law_add_rate(
    *,
    country: Law,
    regime: Annotated[Regime, Parameter(help="trade; consumer (NL); civil (BE, legal interest).")],
    start: Annotated[date, Parameter(name="--from", help="First day on which the rate holds.")],
    pct: Annotated[Number, Parameter(help="Percent per year, such as 10.15.")],
    source: Annotated[str, Parameter(help="Where it was read: the publication and its date.")],
    mark: Annotated[Literal["verified", "unverified"], Parameter(help="Whether that source is official.")] = "verified",
    until: Annotated[date | None, Parameter(help="Last day that the source confirms, if it says.")] = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Adds a dated row to the installation's own rates.toml. A figure that was provisional is certain from then on.

    For example:
      voldaan law add-rate --country NL --regime trade --from 2026-07-01 --pct 10.40 --source "Staatscourant 2026, 1"
    """
    from flows.law import add_rate

    file, row = add_rate(
        root, country=country, regime=regime, start=start, pct=pct, source=source, mark=mark, until=until
    )
    added = {
        "file": str(file),
        "country": country,
        "regime": regime,
        "from": row.from_,
        "pct": f"{pct:f}",
        "mark": mark,
    }
    say(added if format == "json" else f"{file}: {country} {regime} {pct} % from {start}, {mark} ({source})")
    return FINE
