"""Whatever reads well in an export becomes an e-invoice that breaks no rule, or is refused with a sentence."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.erp.export import Ready
from connectors.erp.mapping import build
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, CONSUMER, DUTCH_SELLER, GERMAN, changed, read
from tests.connectors.test_erp_cases import FACTOR, FISCAL, MANDATE
from ubl.invoice import Invoice
from ubl.validation import validate
from ubl.write import write

MONEY = st.decimals("0.01", 5000, places=2).map(str)
VAT = st.sampled_from(
    [("S", 21), ("S", 21), ("S", 6), ("S", "12.5"), ("Z", 0), ("E", 0), ("AE", 0), ("K", 0), ("G", 0), ("O", 0)]
)
WORDS = st.text("abc #&<é漢-'\"", min_size=1, max_size=12).filter(str.strip)


def sometimes(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | value


def taxed(vat: tuple[str, Any], **fields: Any) -> dict[str, Any]:
    return {"vat_category": vat[0], "vat_rate": vat[1], **fields}


SHARES = st.one_of(st.builds(dict, percent=st.integers(1, 90)), st.builds(dict, amount=MONEY))
LINES = st.builds(
    lambda vat, share, charge, fields: changed(
        taxed(vat, **fields), {"discount": share, "charges": [charge | {"reason": "x"}] if charge else None}
    ),
    VAT,
    sometimes(SHARES),
    sometimes(SHARES),
    st.fixed_dictionaries(
        {
            "description": WORDS,
            "nature": st.sampled_from(["goods", "service"]),
            "quantity": st.decimals(-3, 500, places=3).map(str),
            "unit_price": st.decimals(0, 900, places=4).map(str),
        },
        optional={
            "price_per": st.sampled_from([1, 100]),
            "unit": st.sampled_from(["hour", "kg", "box", "KGM"]),
            "origin": st.sampled_from(["BE", "CN"]),
            "period": st.just({"start": "2026-01-01", "end": "2026-01-31"}),
            "note": WORDS,
        },
    ),
)
ADJUSTMENTS = st.lists(st.builds(lambda vat, share: taxed(vat, reason="reden", **share), VAT, SHARES), max_size=2)
DOCUMENTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["invoice", "invoice", "credit_note", "deposit_invoice", "self_billed_invoice"]),
        "number": st.sampled_from(["2026-7", "F/12", "A1"]),
        "seller": st.sampled_from(["be", "nl"]),
        "customer": st.sampled_from(["C-1", "C-2", "C-3"]),
        "issued": st.just("2026-01-05"),
        "lines": st.lists(LINES, min_size=1, max_size=3),
    },
    optional={
        "allowances": ADJUSTMENTS,
        "charges": ADJUSTMENTS,
        "order": WORDS,
        "sales_order": WORDS,
        "project": WORDS,
        "contract": WORDS,
        "delivery": st.sampled_from([{"date": "2026-01-05"}, {"name": "Werf"}, {"address": {"country": "FR"}}]),
        "period": st.just({"start": "2026-01-01", "end": "2026-01-31"}),
        "vat_exemption_reason": WORDS,
        "note": WORDS,
        "payment_terms": WORDS,
        "cash_discount": st.just({"percent": 2, "days": 8}),
        "payee": st.just(FACTOR),
        "prepaid": st.just({"amount": "10.00"}),
        "original_invoice": st.just({"number": "2025-9"}),
        "term_days": st.sampled_from([0, 30, 90]),
        "payment": st.sampled_from(
            [
                {"by": "direct_debit", "mandate": MANDATE},
                {"by": "card", "card": {"last_digits": "4242"}},
                {"by": "transfer"},
            ]
        ),
        "attachments": st.just([{"filename": "bon", "url": "https://x.example/bon"}]),
        "currency": st.sampled_from(["EUR", "USD"]),
        "vat_in_euro": MONEY,
    },
)
SELLERS = [
    seller | {"sepa_creditor_id": "BE68ZZZ0123456789", "interest_percent": 8, "tax_representative": representative}
    for seller, representative in ((BELGIAN_SELLER, FISCAL), (DUTCH_SELLER, None))
]
SELF_BILLING = {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007"}  # it has a profile of its own
NO_PEPPOL = {"PEPPOL-EN16931-CL008"}  # a consumer's address is an e-mail address


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_no_document_that_is_taken_in_breaks_a_rule(record: dict[str, Any]) -> None:
    (row,) = read(record, sellers=SELLERS, customers=[BUSINESS, CONSUMER, GERMAN]).documents
    built = build(row) if isinstance(row, Ready) else row
    if not isinstance(built, Invoice):
        assert built.sentence.startswith("Row 1: documents[0]") and built.sentence.endswith(".")
        return
    findings = validate(write(built)).findings
    assert [f for f in findings if f.severity == "fatal" and f.rule not in SELF_BILLING | NO_PEPPOL] == []
