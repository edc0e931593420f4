"""The seller's terms on the invoice: version, language and place, and clauses within the caps of the law."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.erp.checks import flags
from connectors.erp.mapping import build
from connectors.erp.wording import texts
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, CONSUMER, DUTCH_SELLER, GERMAN, line, ready
from ubl.arithmetic import totals
from ubl.invoice import Invoice

TERMS = {"version": "2025-01", "date": "2025-01-01", "url": "https://dekade.example/voorwaarden.pdf"}
ACCEPTED = {"terms_accepted": {"version": "2025-01", "on": "2025-06-01", "proof": "web shop log 7"}}
AGREED = CONSUMER | ACCEPTED
DUTCHMAN = AGREED | {"address": {"street": "Laan 3", "postal_code": "5611 AA", "city": "Eindhoven", "country": "NL"}}
SHOP = BELGIAN_SELLER | {"retention_of_title": False, "terms": TERMS}


def invoice(**changes: Any) -> Invoice:
    built = build(ready(**changes))
    assert isinstance(built, Invoice), built
    return built


def terms_of(**changes: Any) -> str:
    return invoice(**changes).payment_terms or ""


def said(**changes: Any) -> str:
    row = ready(**changes)
    return " ".join(flags(row.document, row.seller, row.customer, totals(invoice(**changes)).payable))


def test_every_text_is_there_in_four_languages() -> None:
    assert all(set(text) == {"nl", "fr", "de", "en"} for text in texts().values())


def test_the_terms_are_named_with_version_and_language_and_linked() -> None:
    named = invoice(sellers=[SHOP])
    assert (named.payment_terms or "").endswith(
        "Onze algemene voorwaarden, versie 2025-01 (Nederlands), zijn van toepassing; "
        "u leest ze op https://dekade.example/voorwaarden.pdf."
    )
    assert [(document.id, document.url) for document in named.documents] == [
        ("Algemene voorwaarden 2025-01", "https://dekade.example/voorwaarden.pdf")
    ]


def test_without_a_link_the_file_is_attached() -> None:
    attached = invoice(sellers=[SHOP | {"terms": {"version": "2025-01", "date": "2025-01-01", "file": "JVBERg=="}}])
    assert [(document.content, document.filename) for document in attached.documents] == [
        (b"%PDF", "Algemene voorwaarden 2025-01.pdf")
    ]


def test_a_translation_is_linked_where_the_customer_reads_that_language() -> None:
    french = {"language": "fr", "url": "https://dekade.example/conditions.pdf"}
    seller = SHOP | {"terms": TERMS | {"translations": [french]}}
    walloon = invoice(sellers=[seller], customers=[BUSINESS | {"language": "fr"}])
    assert "version 2025-01 (français), sont d'application" in (walloon.payment_terms or "")
    assert walloon.documents[0].url == "https://dekade.example/conditions.pdf"
    german = terms_of(sellers=[seller], customers=[BUSINESS | {"language": "de"}])
    assert "Fassung 2025-01 (Niederländisch)" in german


def test_the_version_that_the_customer_accepted_is_named_and_a_newer_one_is_pointed_out() -> None:
    older = [BUSINESS | {"terms_accepted": {"version": "2019-02", "on": "2019-06-01", "proof": "order"}}]
    assert "versie 2019-02" in terms_of(sellers=[SHOP], customers=older)
    assert invoice(sellers=[SHOP], customers=older).documents == ()
    assert "accepted the terms 2019-02, the seller's are now 2025-01" in said(sellers=[SHOP], customers=older)


def test_interest_and_penalty_between_businesses_are_printed_as_agreed() -> None:
    seller = SHOP | {"interest_percent": "9.5", "penalty": {"percent": 10, "minimum": "50.00", "maximum": "1500.00"}}
    assert terms_of(sellers=[seller]).startswith(
        "Bij te late betaling is zonder ingebrekestelling een rente van 9,5 % per jaar verschuldigd. "
        "Wat op de vervaldag niet is betaald, wordt verhoogd met een schadebeding van 10 %, minstens €\xa050,00, "
        "hoogstens €\xa01.500,00."
    )


@pytest.mark.parametrize(
    ("percent", "minimum", "printed"),
    [("5", "20.00", True), ("13", "20.00", True), ("20", "20.00", False), ("5", "55.00", False)],
)
def test_a_belgian_consumer_s_penalty_stays_within_book_xix_or_is_not_printed(
    percent: str, minimum: str, printed: bool
) -> None:
    """Article XIX.4: on 242.00 at most 30 + 10 % of 92 = 39.20. A clause above the cap is void as a whole."""
    seller = SHOP | {"consumer_penalty": {"percent": percent, "minimum": minimum}}
    case: dict[str, Any] = {"customer": "C-2", "sellers": [seller], "customers": [AGREED]}
    assert ("na onze kosteloze eerste herinnering" in terms_of(**case)) is printed
    assert ("over the cap of 39.20 for a consumer" in said(**case)) is not printed


def test_a_belgian_consumer_s_interest_is_at_most_that_of_late_payment_in_trade() -> None:
    """Article XIX.4: the rate of the law of 2 August 2002."""
    high = {"customer": "C-2", "sellers": [SHOP | {"interest_percent": 15}], "customers": [AGREED]}
    assert "rente" not in terms_of(**high)
    assert "it is void and not printed" in said(**high)
    low = high | {"sellers": [SHOP | {"interest_percent": 5}]}
    assert "rente van 5 % per jaar" in terms_of(**low)


def test_a_consumer_who_accepted_nothing_is_told_of_no_penalty() -> None:
    seller = SHOP | {"consumer_penalty": {"percent": 5, "minimum": "20.00"}, "interest_percent": 5}
    assert "schadebeding" not in terms_of(customer="C-2", sellers=[seller], customers=[CONSUMER])


def test_a_dutch_consumer_pays_the_scale_where_the_clause_asks_more() -> None:
    """Article 6:96(5) BW: 15 % of 242.00, at least 40.00."""
    seller = DUTCH_SELLER | {"retention_of_title": False, "consumer_penalty": {"percent": 50}}
    case: dict[str, Any] = {"seller": "nl", "customer": "C-2", "sellers": [seller], "customers": [DUTCHMAN]}
    assert "de wettelijke incassokosten" in terms_of(**case)
    assert "over the Dutch scale of 40.00 (6:96(5) BW): the scale is printed in its place" in said(**case)
    modest = case | {"sellers": [seller | {"consumer_penalty": {"percent": 10}}]}
    assert "incassokosten van 10 % verschuldigd" in terms_of(**modest)


def test_credit_notes_carry_no_terms() -> None:
    assert invoice(kind="credit_note", sellers=[SHOP]).payment_terms is None


def test_the_clause_on_title_follows_the_law_that_the_seller_names_for_it() -> None:
    from flows.dress import dress_for

    row = ready(sellers=[BELGIAN_SELLER | {"retention_law": "DE"}])
    assert dress_for(row.seller, row.customer).retention_law == "DE"
    assert dress_for(ready().seller, ready().customer).retention_law == "BE"


def test_an_intra_community_supply_keeps_the_proof_of_vies() -> None:
    """Directive 2006/112/EC, article 138(1)(b)."""
    supply: dict[str, Any] = {
        "customer": "C-3",
        "buyer_reference": "X",
        "lines": [line(vat_category="K", vat_rate=None, nature="service")],
        "delivery": {"date": "2026-01-05"},
    }

    def checked(check: dict[str, Any] | None) -> str:
        return said(customers=[GERMAN | ACCEPTED | ({"vat_check": check} if check else {})], **supply)

    assert "No check of the VAT number DE998123451 with VIES is on record" in checked(None)
    same = {"on": "2026-01-04", "number": "DE 998 123 451"}
    assert "no consultation number was kept" in checked(same)
    proven = checked({"on": "2026-01-04", "reference": "WAPI1"})
    assert proven == "The VAT number DE998123451 was valid in VIES on 2026-01-04 (consultation WAPI1)."
    assert "VIES was asked about DE 136695976" in checked({"on": "2026-01-04", "number": "DE 136695976"})
    refused = build(ready(customers=[GERMAN | {"vat_check": {"on": "2026-01-04", "valid": False}}], **supply))
    assert "VIES said on 2026-01-04 that the VAT number DE998123451 is not valid" in getattr(refused, "sentence", "")


def test_a_large_amount_of_a_dutch_business_is_pointed_out_and_printed() -> None:
    seller = DUTCH_SELLER | {"penalty": {"percent": 15}}
    case: dict[str, Any] = {"seller": "nl", "sellers": [seller], "lines": [line(quantity=100)]}
    assert "schadebeding van 15 %" in terms_of(**case)
    assert "penalty of 1815.00 in the terms is over the Dutch scale of 896.00" in said(**case)
