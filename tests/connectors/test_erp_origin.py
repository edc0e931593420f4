"""A finding on the e-invoice names the field of the export that it came from."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.erp.mapping import build
from connectors.erp.origin import ADJUSTMENTS, FIELDS, fields_of
from connectors.erp.party_records import Customer, Seller
from connectors.erp.records import Document, Line
from connectors.erp.sentences import field_at
from tests.connectors.exports import line, ready
from tests.connectors.test_erp_cases import CASES
from ubl.invoice import Invoice
from ubl.terms import NAMES
from ubl.validation import validate
from ubl.write import write


def places(rule: str, old: bytes, new: bytes, **changes: Any) -> tuple[str, ...]:
    """What the finding of `rule` points at, after `old` was put in place of `new` in the document's UBL."""
    row = ready(**changes)
    invoice = build(row)
    assert isinstance(invoice, Invoice)
    data = write(invoice)
    assert old in data
    finding = next(f for f in validate(data.replace(old, new)).findings if f.rule == rule)
    return fields_of(finding, row)


LINES = {"lines": [line(), line(unit_price="5.00", unit="hour")]}
ADJUSTED = CASES["percentages on the document"]


@pytest.mark.parametrize(
    ("rule", "old", "new", "changes", "expected"),
    [
        ("BR-CO-09", b">BE0903456713<", b">XX0903456713<", {}, ("customers[C-1].vat_number",)),
        (
            "PEPPOL-COMMON-R043",
            b">0903456713</cbc:EndpointID",
            b">0903456714</cbc:EndpointID",
            {},
            ("customers[C-1].registration_number",),
        ),
        ("BR-27", b">5.00</cbc:PriceAmount", b">-5.00</cbc:PriceAmount", LINES, ("documents[0].lines[1].unit_price",)),
        ("BR-CL-23", b'unitCode="HUR"', b'unitCode="stuk"', LINES, ("documents[0].lines[1].unit",)),
        (
            "PEPPOL-EN16931-R003",
            b"<cbc:BuyerReference>AP</cbc:BuyerReference>",
            b"",
            {},
            ("customers[C-1].buyer_reference", "documents[0].order"),
        ),
        ("BR-33", b"<cbc:AllowanceChargeReason>Klantenkorting</cbc:AllowanceChargeReason>", b"", ADJUSTED, ()),
    ],
)
def test_a_finding_leads_to_its_field(
    rule: str, old: bytes, new: bytes, changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    found = places(rule, old, new, **changes)
    assert found == (expected or ("documents[0].allowances[0].reason",))


def test_charges_are_counted_after_the_allowances() -> None:
    found = places("BR-38", b"<cbc:AllowanceChargeReason>Vracht</cbc:AllowanceChargeReason>", b"", **ADJUSTED)
    assert found == ("documents[0].charges[0].reason",)


def test_a_factored_invoice_leads_to_the_payee_s_account() -> None:
    found = places("BR-50", b">BE71096123456769<", b"><", **CASES["paid to a factor"])
    assert found == ("documents[0].payee.iban",)


@pytest.mark.parametrize("term", FIELDS)
def test_every_place_exists_in_the_format(term: str) -> None:
    assert term in NAMES
    holder, _, path = FIELDS[term].partition(".")
    model = {"document": Document, "seller": Seller, "customer": Customer, "line": Line}[holder]
    assert not path or field_at(model, path.split(".")) is not None, FIELDS[term]


def test_every_adjustment_term_is_one_of_the_standard() -> None:
    assert set(ADJUSTMENTS) <= set(NAMES)
