"""What the law makes of an agreed payment term, and when a claim lapses."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.law.limitation import limitation
from receivables.law.terms import lawful_due

ISSUED, RECEIVED = date(2026, 1, 5), date(2026, 1, 8)
BELGIAN = {"country": "BE", "debtor": "business", "issue_date": ISSUED, "received": RECEIVED}
DUTCH = {"country": "NL", "debtor": "business", "issue_date": ISSUED, "received": RECEIVED}


def test_a_term_counts_from_proven_receipt_and_never_ends_before_the_printed_date():
    on_time = lawful_due(**BELGIAN, printed_due=date(2026, 2, 4))
    assert (on_time.due, on_time.flagged, on_time.receipt_proven) == (date(2026, 2, 7), False, True)
    printed_later = lawful_due(**BELGIAN, printed_due=date(2026, 2, 20), agreed_days=30)
    assert printed_later.due == date(2026, 2, 20)


def test_without_proof_of_receipt_the_issue_date_counts_and_it_says_so():
    presumed = lawful_due(country="NL", debtor="business", issue_date=ISSUED)
    assert (presumed.due, presumed.receipt_proven) == (date(2026, 2, 4), False)


def test_goods_received_after_the_invoice_start_the_term():
    """Art. 6:119a(2) BW; law of 2 August 2002, art. 4."""
    later = lawful_due(**DUTCH, performed=date(2026, 1, 20))
    assert (later.counted_from, later.due) == (date(2026, 1, 20), date(2026, 2, 19))
    assert lawful_due(**DUTCH, performed=date(2026, 1, 2)).counted_from == RECEIVED


def test_belgium_sixty_days_stand_and_sixty_one_fall_back_to_thirty_from_receipt():
    """Law of 2 August 2002, art. 4, since 1 February 2022."""
    sixty = lawful_due(**BELGIAN, agreed_days=60)
    assert (sixty.days, sixty.flagged) == (60, False)
    more = lawful_due(**BELGIAN, printed_due=date(2026, 3, 7), expressly_agreed=True)
    assert (more.due, more.days, more.flagged) == (RECEIVED + timedelta(days=30), 30, True)
    assert "61 days exceeds the maximum of 60 and counts as unwritten" in more.consequence
    assert more.articles == ("Law of 2 August 2002, art. 4",)


def test_belgium_before_february_2022_allowed_a_longer_term_if_expressly_agreed():
    before = {"country": "BE", "debtor": "business", "issue_date": date(2022, 1, 31), "agreed_days": 90}
    assert lawful_due(**before, expressly_agreed=True).days == 90
    assert lawful_due(**before).days == 30
    assert lawful_due(**{**before, "issue_date": date(2022, 2, 1)}, expressly_agreed=True).days == 30


def test_the_netherlands_over_sixty_days_holds_only_if_expressly_agreed():
    """Art. 6:119a(5) BW."""
    silent = lawful_due(**DUTCH, agreed_days=75)
    assert (silent.days, silent.flagged) == (30, True)
    agreed = lawful_due(**DUTCH, agreed_days=75, expressly_agreed=True)
    assert (agreed.days, agreed.flagged) == (75, True)
    assert "manifestly unfair" in agreed.consequence
    assert not lawful_due(**DUTCH, agreed_days=60).flagged


@pytest.mark.parametrize("agreed", [31, 60, 75])
def test_a_large_dutch_company_may_not_pay_a_small_one_after_thirty_days(agreed):
    """Art. 6:119a(6) BW."""
    large = {**DUTCH, "agreed_days": agreed, "expressly_agreed": True, "buyer_is_large": True}
    void = lawful_due(**large, seller_is_sme=True)
    assert (void.days, void.flagged) == (30, True)
    assert f"{agreed} is void" in void.consequence
    assert lawful_due(**large).days == agreed


def test_the_thirty_day_rule_came_for_new_contracts_a_year_before_it_came_for_old_ones():
    large = {"country": "NL", "debtor": "business", "agreed_days": 45, "seller_is_sme": True, "buyer_is_large": True}

    def days(contract: date, issued: date) -> int:
        return lawful_due(**large, contract_date=contract, issue_date=issued).days

    assert days(date(2022, 6, 30), date(2023, 6, 30)) == 45
    assert days(date(2022, 6, 30), date(2023, 7, 1)) == 30
    assert days(date(2022, 7, 1), date(2022, 8, 1)) == 30


def test_public_bodies_pay_in_thirty_days_unless_expressly_agreed_and_never_after_sixty():
    """Directive 2011/7/EU, art. 4; art. 6:119b BW."""
    public = {"country": "NL", "debtor": "public", "issue_date": ISSUED, "received": RECEIVED}
    assert lawful_due(**public, agreed_days=45).days == 30
    assert lawful_due(**public, agreed_days=45, expressly_agreed=True).days == 45
    assert lawful_due(**public, agreed_days=61, expressly_agreed=True).days == 30


def test_a_consumer_keeps_the_term_that_was_agreed():
    due = lawful_due(country="BE", debtor="consumer", issue_date=ISSUED, agreed_days=90, received=RECEIVED)
    assert (due.due, due.flagged) == (RECEIVED + timedelta(days=90), False)


def test_impossible_terms_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="before the invoice exists"):
        lawful_due(**DUTCH, printed_due=date(2026, 1, 4))
    with pytest.raises(ValueError, match="write zero or more"):
        lawful_due(**DUTCH, agreed_days=-1)


@given(
    st.sampled_from(["NL", "BE"]),
    st.sampled_from(["business", "public"]),
    st.integers(0, 200),
    st.integers(0, 30),
    st.booleans(),
)
def test_no_business_term_is_due_before_the_shorter_of_the_agreed_and_the_statutory_term(
    country, debtor, agreed, transit, express
):
    received = ISSUED + timedelta(days=transit)
    result = lawful_due(
        country=country,
        debtor=debtor,
        issue_date=ISSUED,
        agreed_days=agreed,
        received=received,
        expressly_agreed=express,
    )
    assert result.due >= received + timedelta(days=min(agreed, 30))
    assert result.days in (agreed, 30)
    assert bool(result.consequence) == result.flagged


@pytest.mark.parametrize(
    ("country", "debtor", "subject", "proof", "last", "article"),
    [
        ("NL", "consumer", "goods", True, date(2028, 2, 4), "7:28 BW"),
        ("NL", "consumer", "services", True, date(2031, 2, 4), "3:307 BW"),
        ("NL", "business", "goods", True, date(2031, 2, 4), "3:307 BW"),
        ("BE", "business", "goods", False, date(2036, 2, 4), "2262bis(1) old Civil Code"),
        ("BE", "consumer", "goods", True, date(2036, 2, 4), "2262bis(1) old Civil Code"),
        ("BE", "consumer", "goods", False, date(2027, 2, 4), "2272(2) old Civil Code"),
        ("BE", "consumer", "utilities", False, date(2031, 2, 4), "2277 old Civil Code"),
        ("BE", "business", "periodic", True, date(2031, 2, 4), "2277 old Civil Code"),
    ],
)
def test_a_claim_lapses(country, debtor, subject, proof, last, article):
    """wetboekplus.nl (7:28 BW), houthadvocaat.nl, exago.be, vrt.be of 7-9-2023, rdc-tbh.be."""
    result = limitation(country=country, debtor=debtor, subject=subject, due=date(2026, 2, 4), written_proof=proof)
    assert (result.last_day, result.article) == (last, article)
    assert result.days_left(last) == 0
    assert result.days_left(last + timedelta(days=1)) == -1


def test_an_unverified_limitation_says_so_and_leap_day_ends_in_february():
    result = limitation(country="NL", debtor="business", subject="periodic", due=date(2024, 2, 29))
    assert result.last_day == date(2029, 2, 28)
    assert "not verified" in result.explanation
