"""What a client wishes and what the law leaves of it: Peppol between Belgian businesses, else as it is wished."""

from __future__ import annotations

from datetime import date

import pytest

from receivables.claims import Step
from receivables.law.e_invoicing import GROUNDS, Mandate, NoGround, exemption, mandate
from receivables.preferences import Preference, Route, Way, kind_of, route

ON = date(2026, 1, 5)


def law(**changes: object) -> Mandate | None:
    facts = {"seller": "BE", "buyer": "BE", "kind": "business", "registered": True, "issued": ON}
    return mandate(**facts | changes)  # type: ignore[arg-type]


def wish(way: Way | None, ground: str | None = None) -> Preference:
    return Preference(kind="invoice", way=way, by="A. Peeters", on=ON, source="erp", exemption=ground)


def routed(way: Way | None, ground: str | None = None, issued: date = ON, **changes: object) -> Route:
    return route(wish(way, ground), law(issued=issued, **changes), ref="C-1", issued=issued)


def test_the_law_holds_between_belgian_businesses_from_2026_on() -> None:
    found = law()
    assert found is not None and found.start == date(2026, 1, 1) and "8 July 2025" in found.source


@pytest.mark.parametrize(
    "changes",
    [
        {"issued": date(2025, 12, 31)},
        {"kind": "consumer"},
        {"kind": "public"},
        {"buyer": "NL"},
        {"seller": "NL"},
        {"seller": "NL", "buyer": "NL"},
        {"registered": False},
    ],
)
def test_it_does_not_reach_further(changes: dict[str, object]) -> None:
    assert law(**changes) is None


@pytest.mark.parametrize(
    ("way", "peppol", "otherwise"),
    [
        ("peppol", True, None),
        ("peppol_else_email", True, "email"),
        ("email", False, "email"),
        ("post", False, "post"),
        (None, True, "email"),
    ],
)
def test_where_the_law_is_silent_the_wish_is_followed(way: Way, peppol: bool, otherwise: str | None) -> None:
    assert routed(way, buyer="NL") == Route(peppol=peppol, otherwise=otherwise)  # type: ignore[arg-type]


@pytest.mark.parametrize(("way", "otherwise"), [("email", "email"), ("post", "post")])
def test_a_wish_against_the_law_is_set_aside_and_says_what_to_do(way: Way, otherwise: str) -> None:
    found = routed(way)
    assert (found.peppol, found.otherwise, found.breach) == (True, otherwise, True)
    (flag,) = found.flags
    assert f"The preference '{way}' is set aside" in flag and "since 1 January 2026" in flag
    assert f"voldaan prefer C-1 --invoice {way} --exemption" in flag and "peppol_exemption" in flag


@pytest.mark.parametrize("way", ["peppol", "peppol_else_email", None])
def test_who_is_not_on_the_network_though_the_law_wants_it_gets_the_paper_by_mail(way: Way | None) -> None:
    assert routed(way) == Route(peppol=True, otherwise="email", breach=True)


@pytest.mark.parametrize("ground", GROUNDS)
def test_an_exemption_on_record_lets_the_wish_stand(ground: str) -> None:
    assert routed("email", ground) == Route(peppol=False, otherwise="email")
    assert exemption("BE", ground, ON).source


def test_the_flat_rate_scheme_ends_by_2028_and_is_marked_as_not_confirmed() -> None:
    assert routed("email", "flat_rate", issued=date(2027, 12, 31)).peppol is False
    late = routed("email", "flat_rate", issued=date(2028, 1, 1))
    assert late.peppol is True and "ended with 2027-12-31" in late.flags[0]
    assert exemption("BE", "flat_rate", ON).confirmed is False


def test_a_ground_that_the_law_does_not_know_is_none() -> None:
    with pytest.raises(NoGround, match="is no exemption"):
        exemption("BE", "too_much_trouble", ON)
    with pytest.raises(NoGround):
        exemption("NL", "bankrupt", ON)


def test_a_letter_follows_the_wish_for_its_kind() -> None:
    assert kind_of(Step.REMINDER) == kind_of(Step.BOOK_XIX_NOTICE) == "reminder"
    assert kind_of(Step.NOTICE_OF_DEFAULT) == kind_of(Step.FOURTEEN_DAY_LETTER) == "formal_notice"
