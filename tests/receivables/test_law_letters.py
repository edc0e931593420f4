"""When the term of a consumer letter ends, and what the letter must say."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.law.letters import (
    DUTCH_TERM_SENTENCE,
    belgian_consumer_interest_from,
    deadline_after,
    letter_deadline,
    lint_text,
    mandatory_elements,
    missing_elements,
)


def test_published_belgian_example_by_post_and_by_email():
    """forumforthefuture: due 11-9-2023, letter Monday 18-9, term from Thursday 21-9, penalty possible from 5-10."""
    posted = letter_deadline(country="BE", channel="post", sent=date(2023, 9, 18))
    assert posted.earliest_next_step == date(2023, 10, 5)
    assert "third working day after posting (Saturdays do not count): 2023-09-21" in posted.derivation[1]
    mailed = letter_deadline(country="BE", channel="email", sent=date(2023, 9, 18))
    assert (mailed.last_day, mailed.earliest_next_step) == (date(2023, 10, 2), date(2023, 10, 3))


def test_belgian_working_days_skip_the_weekend_and_holidays():
    """Posted Thursday 30 April 2026: 1 May is a holiday, so the third working day is Wednesday 6 May."""
    deadline = letter_deadline(country="BE", channel="post", sent=date(2026, 4, 30))
    assert deadline.derivation[1].endswith("2026-05-06")
    assert deadline.earliest_next_step == date(2026, 5, 20)


def test_dutch_term_counts_from_the_day_after_receipt():
    """ECLI:NL:HR:2016:2704: fourteen full days, the day of receipt not among them."""
    mailed = letter_deadline(country="NL", channel="email", sent=date(2026, 3, 2))
    assert (mailed.last_day, mailed.earliest_next_step) == (date(2026, 3, 16), date(2026, 3, 17))
    known = letter_deadline(country="NL", channel="post", sent=date(2026, 3, 2), received=date(2026, 3, 9))
    assert (known.last_day, known.earliest_next_step) == (date(2026, 3, 23), date(2026, 3, 24))


@pytest.mark.parametrize(
    ("sent", "delivered"),
    [
        (date(2026, 3, 3), date(2026, 3, 5)),  # Tuesday: Wednesday, Thursday
        (date(2026, 3, 6), date(2026, 3, 10)),  # Friday: Saturday, then not Sunday or Monday
        (date(2026, 3, 7), date(2026, 3, 11)),  # Saturday
        (date(2026, 4, 24), date(2026, 4, 28)),  # King's Day is the Monday in between
        (date(2026, 12, 24), date(2026, 12, 30)),  # Christmas, Boxing Day, Sunday, Monday
    ],
)
def test_dutch_post_arrives_on_the_second_post_day(sent, delivered):
    """The court's rule of experience: no Sunday, Monday or official holiday, in between or as day of delivery."""
    deadline = letter_deadline(country="NL", channel="post", sent=sent)
    assert str(delivered) in deadline.derivation[1]
    assert deadline.last_day == delivered + timedelta(days=14)


def test_by_post_never_shorter_than_sixteen_days_even_when_received_the_next_day():
    deadline = letter_deadline(country="NL", channel="post", sent=date(2026, 3, 3), received=date(2026, 3, 4))
    assert deadline.last_day == date(2026, 3, 19)
    assert "never shorter than 16 days" in deadline.derivation[-2]


def test_a_letter_is_not_received_before_it_is_sent():
    with pytest.raises(ValueError, match="not received before it is sent"):
        letter_deadline(country="NL", channel="post", sent=date(2026, 3, 3), received=date(2026, 3, 2))


def test_only_the_consumer_letters_carry_a_term_of_the_law():
    sent = {"channel": "email", "sent": date(2026, 3, 2)}
    assert deadline_after("fourteen_day_letter", country="NL", **sent) == letter_deadline(country="NL", **sent)
    assert deadline_after("book_xix_notice", country="BE", **sent) == letter_deadline(country="BE", **sent)
    assert deadline_after("formal_reminder", country="NL", **sent) is None
    assert deadline_after("book_xix_notice", country="NL", **sent) is None
    with pytest.raises(ValueError, match="for post and email only"):
        deadline_after("book_xix_notice", country="BE", channel="peppol", sent=date(2026, 3, 2))


def test_agreed_interest_runs_for_a_small_belgian_creditor_from_the_day_after_the_reminder():
    letter = {"channel": "post", "sent": date(2023, 9, 18)}
    assert belgian_consumer_interest_from(**letter, creditor_is_sme=True) == date(2023, 9, 19)
    assert belgian_consumer_interest_from(**letter, creditor_is_sme=False) == date(2023, 10, 5)


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
channels = st.sampled_from(["post", "email"])
countries = st.sampled_from(["NL", "BE"])


@given(countries, channels, days, st.integers(1, 40))
def test_a_letter_sent_later_never_ends_sooner_and_the_term_is_never_short(country, channel, sent, later):
    first = letter_deadline(country=country, channel=channel, sent=sent)
    second = letter_deadline(country=country, channel=channel, sent=sent + timedelta(days=later))
    assert first.last_day <= second.last_day
    assert first.last_day >= sent + timedelta(days=16 if channel == "post" else 14)
    assert first.earliest_next_step == first.last_day + timedelta(days=1)
    assert str(first.earliest_next_step) in first.derivation[-1]


@given(channels, days, st.integers(0, 30))
def test_a_known_receipt_gives_fourteen_days_after_it(channel, sent, transit):
    received = sent + timedelta(days=transit)
    deadline = letter_deadline(country="NL", channel=channel, sent=sent, received=received)
    assert deadline.last_day >= received + timedelta(days=14)


COMPLETE = {
    ("NL", "consumer", "fourteen_day_letter"): {
        "creditor_name": "Boekhuis B.V.",
        "invoices": ["2026-0012"],
        "amount_due": "242.00",
        "costs_amount": "40.00",
        "costs_vat": 0,
        "term_sentence": DUTCH_TERM_SENTENCE,
        "consequence": "bij uitblijven van betaling brengen wij de kosten in rekening",
    },
    ("BE", "consumer", "book_xix_notice"): {
        "amount_due": "300.00",
        "penalty_amount": "45.00",
        "creditor_name": "Boekhuis BV",
        "creditor_number": "0403.170.701",
        "description": "boekenkast, eik",
        "supply_date": date(2026, 2, 2),
        "due_date": date(2026, 3, 4),
        "term_sentence": "14 kalenderdagen",
    },
    ("BE", "business", "notice_of_default"): {
        "creditor_name": "Boekhuis BV",
        "invoices": ["2026-0013"],
        "amount_due": "1000.00",
        "term_end": date(2026, 4, 1),
    },
}


@pytest.mark.parametrize("which", COMPLETE, ids=" ".join)
def test_a_letter_lacking_any_mandatory_element_is_caught(which):
    country, debtor, step = which
    data = COMPLETE[which]
    assert missing_elements(step, country, debtor, data) == ()
    assert {element.key for element in mandatory_elements(step, country, debtor)} == set(data)
    for key in data:
        for blank in ({k: v for k, v in data.items() if k != key}, {**data, key: " "}, {**data, key: None}):
            assert [element.key for element in missing_elements(step, country, debtor, blank)] == [key]


def test_a_friendly_reminder_to_a_business_has_no_mandatory_elements():
    assert mandatory_elements("reminder", "NL", "business") == ()
    assert mandatory_elements("fourteen_day_letter", "NL", "business") == ()


@pytest.mark.parametrize(
    "term",
    [
        "binnen veertien dagen na heden",
        "binnen 14 dagen na dagtekening",
        "binnen 14 dagen na\n de datum van deze brief",
        "binnen veertien dagen na verzending",
        "within fourteen days from today",
    ],
)
def test_a_dutch_letter_that_counts_from_its_own_date_is_caught(term):
    """The court's own examples of what is not enough: the claim to costs is lost and cannot be repaired."""
    findings = lint_text("fourteen_day_letter", "NL", "consumer", f"Wij vragen u {term} te betalen.", "en")
    assert len(findings) == 1
    assert DUTCH_TERM_SENTENCE in findings[0]


def test_a_dutch_letter_must_use_the_words_of_the_court():
    step = ("fourteen_day_letter", "NL", "consumer")
    good = f"Betaal {DUTCH_TERM_SENTENCE}."
    assert lint_text(*step, good.replace(" dagen ", "\ndagen "), "nl") == ()
    assert len(lint_text(*step, "Betaal binnen twee weken.", "nl")) == 1
    assert lint_text("reminder", "NL", "consumer", "Betaal binnen 14 dagen na heden.", "nl") == ()
