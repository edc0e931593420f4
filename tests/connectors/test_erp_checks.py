"""What the law makes of a document at intake: said, and never written into the document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.erp.checks import flags, lawful_term
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, CONSUMER, DUTCH_SELLER, line, ready

QUIET = {"buyer_reference": "X"}


def said(received: date | None = None, **changes: Any) -> list[str]:
    row = ready(**(QUIET | changes))
    return list(flags(row.document, row.seller, row.customer, Decimal("242.00"), received))


def accepted(**acceptance: Any) -> list[dict[str, Any]]:
    return [BUSINESS | {"terms_accepted": acceptance}]


def test_a_plain_invoice_raises_no_flag() -> None:
    assert said() == []


def test_a_belgian_term_over_sixty_days_falls_back_to_thirty() -> None:
    """Law of 2 August 2002, article 4, as changed by the law of 14 August 2021."""
    (sentence,) = said(term_days=75)
    assert "75 days exceeds the maximum of 60" in sentence and "art. 4" in sentence


def test_the_printed_due_date_stays_and_the_lawful_one_counts_from_receipt() -> None:
    row = ready(term_days=75)
    assert lawful_term(row.document, row.seller, row.customer, received=date(2026, 1, 8)).due == date(2026, 2, 7)
    assert row.document.term_days == 75


def test_goods_delivered_after_the_invoice_start_the_term_later() -> None:
    row = ready(term_days=75, delivery={"date": "2026-01-20"})
    assert lawful_term(row.document, row.seller, row.customer).due == date(2026, 2, 19)


def test_a_large_dutch_buyer_may_not_take_sixty_days_from_a_small_seller() -> None:
    """Article 6:119a(6) BW."""
    large = [BUSINESS | {"size": "large"}]
    small = {field: value for field, value in DUTCH_SELLER.items() if field != "penalty"}
    assert "30 days" in said(seller="nl", term_days=45, customers=large, sellers=[small])[0]
    assert said(seller="nl", term_days=45, sellers=[small]) == []
    assert said(seller="nl", term_days=45, customers=large, sellers=[small | {"size": "large"}]) == []


def test_goods_are_protected_only_by_terms_accepted_at_the_latest_on_delivery() -> None:
    """Belgian Pledge Act, articles 69-72; article 3:92 BW."""
    late = accepted(version="2025-01", on="2026-01-06", proof="e-mail")
    (sentence,) = said(customers=late, delivery={"date": "2026-01-05"})
    assert sentence.endswith("accepted on 2026-01-06, after the delivery of 2026-01-05.")
    assert said(customers=late, delivery={"date": "2026-01-06"}) == []
    assert "nothing proves" in said(customers=accepted(version="2025-01", on="2025-06-01"))[0]


def test_without_acceptance_neither_title_nor_penalty_can_be_invoked() -> None:
    nothing = [BUSINESS | {"terms_accepted": None}]
    title, penalty = said(customers=nothing)
    assert title.startswith("Retention of title is not protected: there is no proof")
    assert penalty.startswith("Penalty and contractual interest cannot be demanded")


def test_services_and_sellers_without_the_clause_say_nothing_of_title() -> None:
    nothing = [BUSINESS | {"terms_accepted": None}]
    without_penalty = {**BELGIAN_SELLER, "penalty": None}
    assert said(customers=nothing, sellers=[without_penalty], lines=[line(nature="service")]) == []
    assert said(customers=nothing, sellers=[without_penalty | {"retention_of_title": False}]) == []


def test_a_consumer_is_measured_by_the_consumer_clause() -> None:
    without_title = BELGIAN_SELLER | {"retention_of_title": False}
    assert said(customer="C-2", sellers=[without_title]) == []
    capped = without_title | {"consumer_penalty": {"percent": 5}}
    assert said(customer="C-2", sellers=[capped])[0].startswith("Penalty and contractual interest cannot be demanded")


def test_a_default_buyer_reference_is_pointed_out() -> None:
    assert said(buyer_reference=None) == ["The buyer reference is the customer's default, 'AP'."]


def test_a_law_that_is_not_held_here_is_said_to_be_missing() -> None:
    """Rome I, articles 4 and 6."""
    abroad = CONSUMER | {"address": {"city": "Aachen", "country": "DE"}}
    assert "keeps the protection" in said(customer="C-2", customers=[abroad], lines=[line(nature="service")])[0]
    french = BELGIAN_SELLER | {"address": {"city": "Lille", "country": "FR"}, "registration_number": "732829320"}
    (sentence,) = said(sellers=[french | {"vat_number": "FR44732829320"}])
    assert "FR" in sentence and "only NL and BE" in sentence


def test_credit_notes_are_not_looked_at() -> None:
    assert said(kind="credit_note", customers=[BUSINESS | {"terms_accepted": None}]) == []
