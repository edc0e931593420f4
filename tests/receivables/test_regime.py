"""Which law governs a debt."""

from datetime import date

import pytest

from receivables.law.regime import RegimeError, resolve

SIGNED = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("seller", "debtor", "kind", "ladder", "mandatory"),
    [
        ("BE", "BE", "business", "be_business", ()),
        ("NL", "NL", "business", "nl_business", ()),
        ("NL", "NL", "public", "nl_business", ()),
        ("BE", "BE", "consumer", "be_consumer", ("book_xix_notice",)),
        ("NL", "NL", "consumer", "nl_consumer", ("fourteen_day_letter",)),
        ("BE", "NL", "business", "be_business", ()),
        ("NL", "BE", "public", "nl_business", ()),
        ("NL", "DE", "business", "nl_business", ()),
        ("BE", "NL", "consumer", "nl_consumer", ("fourteen_day_letter",)),
        ("NL", "BE", "consumer", "be_consumer", ("book_xix_notice",)),
    ],
)
def test_without_a_choice_the_seller_decides_unless_a_consumer_buys(seller, debtor, kind, ladder, mandatory):
    """Rome I, art. 4(1) and 6."""
    regime = resolve(seller, debtor, kind, SIGNED)
    assert (regime.ladder, regime.mandatory_steps, regime.debtor) == (ladder, mandatory, kind)
    assert regime.country == ladder[:2].upper()
    assert regime.articles
    assert regime.doubts == ()


def test_businesses_may_choose_their_law_and_a_choice_does_not_strip_a_consumer():
    """Rome I, art. 3 and 6(2)."""
    assert resolve("BE", "NL", "business", SIGNED, governing_law="NL").ladder == "nl_business"
    assert "chosen in the terms" in resolve("BE", "NL", "business", SIGNED, governing_law="NL").explanation
    assert resolve("BE", "NL", "consumer", SIGNED, governing_law="BE").ladder == "nl_consumer"


def test_a_consumer_elsewhere_keeps_protection_that_is_not_known_here():
    regime = resolve("NL", "DE", "consumer", SIGNED)
    assert regime.ladder == "nl_consumer"
    assert "DE" in regime.doubts[0]


def test_a_law_that_is_not_known_is_refused_rather_than_guessed():
    with pytest.raises(RegimeError, match="law of DE governs this debt"):
        resolve("DE", "NL", "business", SIGNED)
    with pytest.raises(RegimeError, match="law of FR"):
        resolve("BE", "BE", "business", SIGNED, governing_law="FR")
    with pytest.raises(RegimeError, match="write business, consumer or public"):
        resolve("BE", "BE", "company", SIGNED)


def test_public_bodies_have_their_own_dutch_article():
    assert "6:119b BW" in resolve("NL", "NL", "public", SIGNED).articles


def test_belgian_consumer_contracts_from_before_book_xix_say_so():
    """Law of 4 May 2023: new contracts from 1-9-2023, older ones for delays after 1-12-2023."""
    assert "1 December 2023" in resolve("BE", "BE", "consumer", date(2023, 8, 31)).explanation
    assert "1 December 2023" not in resolve("BE", "BE", "consumer", date(2023, 9, 1)).explanation


def test_only_a_registered_agency_may_collect_from_a_consumer():
    """Wki since 1-4-2024; Book XIX, title 2."""
    assert "Wki" in (resolve("NL", "NL", "consumer", SIGNED).collector_register or "")
    assert "FPS Economy" in (resolve("BE", "BE", "consumer", SIGNED).collector_register or "")
    assert resolve("NL", "NL", "business", SIGNED).collector_register is None
