"""How interest and costs on one claim were reckoned, in the words of the letter: days, rate and base."""

from __future__ import annotations

from receivables.demand import Demand
from receivables.money import cents
from ubl.paper.words import locale_of, money, number, short_day

SENTENCES = {
    "nl": {
        "interest": "{invoice}: {days} dagen {interest}, {start} tot en met {end}, tegen {rate} % op {base}: {amount}",
        "lump_sum": "{invoice}: vaste vergoeding voor invorderingskosten: {amount}",
        "costs": "{invoice}: invorderingskosten: {amount}",
    },
    "fr": {
        "interest": "{invoice} : {days} jours d'intérêt du {start} au {end} inclus à {rate} % sur {base} : {amount}",
        "lump_sum": "{invoice} : indemnité forfaitaire pour frais de recouvrement : {amount}",
        "costs": "{invoice} : frais de recouvrement : {amount}",
    },
    "de": {
        "interest": "{invoice}: {days} Tage Zinsen, {start} bis einschließlich {end}, zu {rate} % auf {base}: {amount}",
        "lump_sum": "{invoice}: Pauschale für Beitreibungskosten: {amount}",
        "costs": "{invoice}: Beitreibungskosten: {amount}",
    },
    "en": {
        "interest": "{invoice}: {days} days of interest, {start} to {end} inclusive, at {rate} % on {base}: {amount}",
        "lump_sum": "{invoice}: fixed sum for recovery costs: {amount}",
        "costs": "{invoice}: recovery costs: {amount}",
    },
}


def derivation(invoice: str, demand: Demand, language: str, country: str, currency: str) -> tuple[str, ...]:
    """One sentence per stretch of interest and per kind of costs; none where nothing is demanded beside the principal.

    Interest is rounded once, over all stretches together: the amounts of single stretches may differ from it by a cent.
    """
    say, locale = SENTENCES[language], locale_of(language, country)
    lines = []
    for line in demand.interest.lines if demand.interest else ():
        if cents(line.amount):
            values = {
                "days": line.days,
                "interest": "rente" if country == "NL" else "verwijlintrest",
                "start": short_day(line.from_, locale),
                "end": short_day(line.to, locale),
                "rate": number(line.rate_pct, locale, (0, 2)),
                "base": money(line.base, currency, locale),
                "amount": money(cents(line.amount), currency, locale),
            }
            lines.append(say["interest"].format(invoice=invoice, **values))
    for kind, amount in (("lump_sum", demand.lump_sum), ("costs", demand.collection_costs)):
        if amount:
            lines.append(say[kind].format(invoice=invoice, amount=money(amount, currency, locale)))
    return tuple(lines)
