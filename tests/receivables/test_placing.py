"""Which partner gets a claim."""

from __future__ import annotations

from decimal import Decimal

import pytest

from receivables.claims import DebtorKind
from receivables.placing import Route, place

BUSINESS, CONSUMER = DebtorKind.BUSINESS, DebtorKind.CONSUMER
ROUTES = (
    Route(name="Large", countries=("BE", "NL"), minimum=Decimal(10_000)),
    Route(name="Consumers BE", countries=("BE",), kinds=("consumer",), consumers=True, registers={"BE": "12345"}),
    Route(name="Abroad", countries=("DE", "FR"), consumers=True, registers={"BE": "12345"}),
    Route(name="House", consumers=False),
)


@pytest.mark.parametrize(
    ("kind", "country", "principal", "name"),
    [
        (BUSINESS, "BE", "10000.00", "Large"),
        (BUSINESS, "BE", "9999.99", "House"),
        (CONSUMER, "BE", "50.00", "Consumers BE"),
        (CONSUMER, "BE", "20000.00", "Consumers BE"),  # Large is registered nowhere
        (CONSUMER, "NL", "50.00", None),  # and the house's own agency is not registered either
        (BUSINESS, "DE", "50.00", "Abroad"),
        (CONSUMER, "DE", "50.00", None),  # registered in Belgium only
        (BUSINESS, "US", "50.00", "House"),
        (DebtorKind.PUBLIC, "NL", "10001.00", "Large"),
    ],
)
def test_the_first_rule_that_fits_wins_and_the_sellers_own_agency_is_what_is_left(
    kind: DebtorKind, country: str, principal: str, name: str | None
) -> None:
    found = place(ROUTES, "House", kind, country, Decimal(principal))
    assert (found.name if found else None) == name


def test_a_partner_without_rules_is_only_chosen_by_name() -> None:
    assert place(ROUTES, None, BUSINESS, "US", Decimal(1)) is None


def test_your_word_that_an_agency_is_registered_counts_everywhere() -> None:
    agency = Route(name="A", consumers=True)
    assert place((agency,), "A", CONSUMER, "NL", Decimal(1)) is agency


def test_the_bounds_are_included() -> None:
    route = Route(name="A", minimum=Decimal(100), maximum=Decimal(200))
    found = [place((route,), None, BUSINESS, "BE", Decimal(n)) is not None for n in ("99.99", "100", "200", "200.01")]
    assert found == [False, True, True, False]
