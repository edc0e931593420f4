"""Every case that an export can state becomes an invoice that our rules and the official ones pass."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.erp.mapping import build
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, DUTCH_SELLER, GERMAN, line, ready
from ubl import official
from ubl.binding_document import SELF_BILLING
from ubl.invoice import Invoice
from ubl.read import read
from ubl.validation import validate
from ubl.write import write

FISCAL: dict[str, Any] = {
    "name": "Fiscalis BV",
    "vat_number": "BE0202239951",
    "address": {"street": "Wetstraat 9", "postal_code": "1000", "city": "Brussel", "country": "BE"},
}
FACTOR: dict[str, Any] = {
    "name": "Factor Bank NV",
    "country": "BE",
    "registration_number": "0202.239.951",
    "iban": "BE71 0961 2345 6769",
    "notice": "Deze factuur is overgedragen aan Factor Bank NV.",
}
MANDATE: dict[str, Any] = {"reference": "M-2024-17", "iban": "NL91ABNA0417164300", "signed": "2024-05-01"}
COLLECTING = BELGIAN_SELLER | {"sepa_creditor_id": "BE68ZZZ0123456789"}
CONTRACTUAL = BELGIAN_SELLER | {
    "interest_percent": 10,
    "terms": {"version": "2025-01", "date": "2025-01-01", "url": "https://dekade.example/voorwaarden.pdf"},
}
GLOBAL_CHARGES: dict[str, Any] = {
    "allowances": [{"percent": 5, "reason": "Klantenkorting", "vat_category": "S", "vat_rate": 21}],
    "charges": [{"amount": "12.50", "reason": "Vracht", "vat_category": "S", "vat_rate": 21}],
}
PART = {"order": "PO-17", "partial": {"number": 2, "of": 3}}

CASES: dict[str, dict[str, Any]] = {
    "collected by direct debit": {
        "sellers": [COLLECTING],
        "payment": {"by": "direct_debit", "mandate": MANDATE},
    },
    "paid by card": {"payment": {"by": "card", "card": {"last_digits": "4242", "network": "VISA"}}},
    "escompte": {"cash_discount": {"percent": 2, "days": 8}, "lines": [line(), line(vat_rate=6)]},
    "escompte beside an exempt line": {
        "cash_discount": {"percent": "2.5", "days": 8},
        "lines": [line(), line(vat_category="E", vat_rate=None)],
        "vat_exemption_reason": "Vrijgesteld: artikel 44 Btw-wetboek",
    },
    "paid to a factor": {"payee": FACTOR},
    "with a tax representative": {"sellers": [BELGIAN_SELLER | {"tax_representative": FISCAL}]},
    "self-billed": {"kind": "self_billed_invoice"},
    "self-billed credit note": {"kind": "self_billed_credit_note", "original_invoice": {"number": "2025-9"}},
    "part of an order": PART,
    "last part of an order": PART | {"partial": {"number": 3, "final": True}},
    "new invoice after a credit note": {"original_invoice": {"number": "2025-9", "issued": "2025-12-01"}},
    "in dollars": {"currency": "USD", "vat_in_euro": "38.12"},
    "terms linked, interest and penalty printed": {"sellers": [CONTRACTUAL]},
    "terms attached": {
        "sellers": [
            BELGIAN_SELLER | {"terms": {"version": "2025-01", "date": "2025-01-01", "file": "JVBERi0xLjcKJSVFT0YK"}}
        ]
    },
    "documents inside and by link": {
        "attachments": [
            {"filename": "bon.pdf", "content": "JVBERg=="},
            {"filename": "Werkbon 17", "url": "https://dekade.example/werkbon-17", "description": "Getekende werkbon"},
        ]
    },
    "references of the customer": {
        "order": "PO-1",
        "sales_order": "VO-1",
        "contract": "C-1",
        "project": "P-1",
        "cost_centre": "600100",
        "delivery_note": "LB-1",
        "lines": [
            line(cost_centre="600200", order_line="10", gtin="5412345000013", buyer_item_number="7", origin="FR")
        ],
    },
    "percentages on the document": GLOBAL_CHARGES,
    "charges and discount on a line": {
        "lines": [line(discount={"percent": 10}, charges=[{"amount": "3.00", "reason": "Zaagkosten"}])]
    },
    "intra-Community with the proof of VIES": {
        "customer": "C-3",
        "customers": [GERMAN | {"vat_check": {"on": "2026-01-04", "reference": "WAPIAAAAX1234567"}}],
        "lines": [line(vat_category="K", vat_rate=None)],
        "delivery": {"date": "2026-01-05"},
    },
    "Dutch seller to a Dutch customer": {
        "seller": "nl",
        "sellers": [DUTCH_SELLER],
        "customers": [
            BUSINESS
            | {
                "address": {"street": "Havenstraat 7", "postal_code": "3011 AA", "city": "Rotterdam", "country": "NL"},
                "registration_number": "87654321",
                "vat_number": "NL004495445B01",
            }
        ],
    },
}


def built(case: dict[str, Any]) -> Invoice:
    invoice = build(ready(**case))
    assert isinstance(invoice, Invoice), invoice
    return invoice


@pytest.mark.parametrize("name", CASES)
def test_the_case_passes_both_engines(name: str) -> None:
    pytest.importorskip("saxonche")
    data = write(built(CASES[name]))
    # Self-billing has a profile of its own, which the billing rules of Peppol do not know.
    profile = {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007"} if SELF_BILLING[1].encode() in data else set()
    assert {finding.rule for finding in validate(data).findings} <= profile
    assert official.validate(data).findings == ()


@pytest.mark.parametrize("name", CASES)
def test_the_case_is_read_back(name: str) -> None:
    invoice = built(CASES[name])
    assert read(write(invoice)) == invoice
