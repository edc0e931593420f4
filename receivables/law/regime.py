"""Which country's law governs a debt, and with it which ladder and which mandatory steps.

Rome I (Regulation 593/2008): the law the parties chose (art. 3), otherwise the seller's country (art. 4(1)). A consumer
keeps the protection of the country where he lives when the seller directs his business there (art. 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, cast, get_args

from receivables.law.interest import Debtor
from receivables.law.rates import Country

LadderKey = Literal["be_business", "be_consumer", "nl_business", "nl_consumer"]

BOOK_XIX_FOR_NEW_CONTRACTS = date(2023, 9, 1)

_ARTICLES: dict[LadderKey, tuple[str, ...]] = {
    "nl_business": ("6:119a BW", "6:96(4) BW"),
    "nl_consumer": ("6:119 BW", "6:96(5)-(7) BW"),
    "be_business": ("Law of 2 August 2002, art. 4-6",),
    "be_consumer": ("Book XIX Code of economic law",),
}
_MANDATORY_STEPS: dict[LadderKey, tuple[str, ...]] = {
    "nl_business": (),
    "nl_consumer": ("fourteen_day_letter",),
    "be_business": (),
    "be_consumer": ("book_xix_notice",),
}
_COLLECTOR_REGISTERS: dict[LadderKey, str] = {
    "nl_consumer": "Wki register of Justis (since 1 April 2024; bailiffs and lawyers exempt)",
    "be_consumer": "FPS Economy, register of amicable debt collectors (bailiffs and lawyers exempt)",
}


class RegimeError(ValueError):
    """No law that is held here governs the debt."""


@dataclass(frozen=True, slots=True)
class Regime:
    """The law of a debt. `country` is the country whose rates, terms and calendar apply.

    `collector_register`: where a collection agency must be registered before it may take over the debt.
    `doubts`: sentences a person should settle before a formal step; empty in the plain cases.
    """

    country: Country
    debtor: Debtor
    ladder: LadderKey
    mandatory_steps: tuple[str, ...]
    articles: tuple[str, ...]
    explanation: str
    collector_register: str | None = None
    doubts: tuple[str, ...] = ()


def resolve(
    seller_country: str,
    debtor_country: str,
    debtor_kind: Debtor,
    contract_date: date | None = None,
    governing_law: str | None = None,
) -> Regime:
    """The regime of a debt. Countries are ISO 3166-1 alpha-2 codes; `governing_law` is the law chosen in the terms.

    Raises RegimeError when neither Dutch nor Belgian law governs, or for an unknown kind of debtor.
    """
    if debtor_kind not in get_args(Debtor):
        raise RegimeError(f"The debtor is {debtor_kind!r}; write business, consumer or public.")
    if debtor_kind == "consumer":
        law, rome, reason, doubts = _consumer_law(seller_country, debtor_country, governing_law)
    else:
        law, rome, reason = _chosen_or_seller(seller_country, governing_law)
        doubts = ()
    if law not in get_args(Country):
        raise RegimeError(
            f"The law of {law} governs this debt ({reason}); only NL and BE are known. Handle it by hand."
        )
    country = cast(Country, law)
    ladder = cast(LadderKey, f"{country.lower()}_{'consumer' if debtor_kind == 'consumer' else 'business'}")
    if ladder == "be_consumer" and contract_date is not None and contract_date < BOOK_XIX_FOR_NEW_CONTRACTS:
        reason += "; a contract from before 1 September 2023, so Book XIX holds for delays after 1 December 2023"
    return Regime(
        country=country,
        debtor=debtor_kind,
        ladder=ladder,
        mandatory_steps=_MANDATORY_STEPS[ladder],
        articles=(*_articles(ladder, debtor_kind), rome),
        explanation=f"Law of {country}, {debtor_kind} debtor: {reason}.",
        collector_register=_COLLECTOR_REGISTERS.get(ladder),
        doubts=doubts,
    )


def _articles(ladder: LadderKey, debtor: Debtor) -> tuple[str, ...]:
    return ("6:119b BW", "6:96(4) BW") if (ladder, debtor) == ("nl_business", "public") else _ARTICLES[ladder]


def _chosen_or_seller(seller_country: str, governing_law: str | None) -> tuple[str, str, str]:
    if governing_law is not None:
        return governing_law, "Rome I, art. 3", "chosen in the terms"
    return seller_country, "Rome I, art. 4(1)", "no law was chosen, so that of the seller's country"


def _consumer_law(
    seller_country: str, debtor_country: str, governing_law: str | None
) -> tuple[str, str, str, tuple[str, ...]]:
    law, rome, reason = _chosen_or_seller(seller_country, governing_law)
    if debtor_country == law:
        return law, rome, reason, ()
    if debtor_country in get_args(Country):
        return debtor_country, "Rome I, art. 6", "a consumer keeps the protection of the country where he lives", ()
    doubt = f"A consumer living in {debtor_country} keeps the protection of that country's law, which is not held here."
    return law, rome, reason, (doubt,)
