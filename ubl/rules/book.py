"""All rules, gathered: EN 16931 for UBL, Peppol BIS Billing 3.0, and the national rules Peppol carries."""

from __future__ import annotations

from functools import cache

from ubl.rules import codes, core, peppol, syntax, totals, vat
from ubl.rules.codelists import published
from ubl.rules.engine import Engine
from ubl.rules.national import denmark, germany, greece, iceland, italy, netherlands, norway, sweden
from ubl.rules.rule import RuleSet, fatal, never

NATIONAL = (norway, denmark, italy, sweden, greece, iceland, netherlands, germany)


@cache
def engine() -> Engine:
    """The rules, compiled once per process."""
    core_version, peppol_version = published("en16931")["version"], published("peppol")["version"]
    european = RuleSet("EN 16931 UBL", core_version)
    for part in (core, totals, vat, syntax, codes):
        part.declare(european)
    network = RuleSet("Peppol BIS Billing", peppol_version)
    peppol.declare(network)
    national = [country.rules(peppol_version) for country in NATIONAL]
    return Engine((european, network, *national), blank=fatal("PEPPOL-EN16931-R008", never))


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """The version of each authority's rules."""
    return (("EN 16931 UBL", published("en16931")["version"]), ("Peppol BIS Billing", published("peppol")["version"]))


@cache
def european_rules() -> frozenset[str]:
    """The ids of the rules of EN 16931, without those of Peppol and of countries."""
    return frozenset(rule.id for rule in engine().sets[0].rules())
