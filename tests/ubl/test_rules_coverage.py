"""Every rule has a document that fires it and one that does not, so the rules are proven without any outside corpus.

The quiet documents are one invoice and what `rule_cases/bases.txt` makes of it; the firing ones are made by small
changes in `rule_cases/cases.txt`, and for the large families here.
"""

from __future__ import annotations

import copy

import pytest

from tests.ubl.rule_documents import add, base_documents, changed, rows
from ubl import schema
from ubl.rules.book import engine
from ubl.rules.syntax import restricted
from ubl.rules.vat import FAMILIES, Family

NOT_IN_A_VALID_DOCUMENT = {
    "BR-03": "the schema requires cbc:IssueDate and a date in it",
    "BR-15": "the schema requires cbc:PayableAmount",
    "BR-16": "the schema requires a line",
    "BR-24": "the schema requires cbc:LineExtensionAmount in a line",
    "BR-31": "the schema requires cbc:Amount in cac:AllowanceCharge",
    "BR-36": "the schema requires cbc:Amount in cac:AllowanceCharge",
    "BR-41": "the schema requires cbc:Amount in cac:AllowanceCharge",
    "BR-43": "the schema requires cbc:Amount in cac:AllowanceCharge",
    "BR-46": "the schema requires cbc:TaxAmount in cac:TaxSubtotal",
    "BR-49": "the schema requires cbc:PaymentMeansCode in cac:PaymentMeans",
    "BR-CO-05": "the official test is always true: texts are not compared with codes",
    "BR-CO-06": "the official test is always true: texts are not compared with codes",
    "BR-CO-07": "the official test is always true: texts are not compared with codes",
    "BR-CO-08": "the official test is always true: texts are not compared with codes",
    "BR-DEC-13": "the official test looks for a currency code inside cbc:TaxAmount, where none can be",
    "BR-DEC-15": "the official test looks for a currency code inside cbc:TaxAmount, where none can be",
    "UBL-SR-06": "the schema allows one cac:InvoiceDocumentReference",
    "UBL-SR-27": "the schema allows one cbc:PaymentMeansCode",
    "UBL-SR-28": "the schema allows one cac:PaymentMandate with one cbc:ID",
    "UBL-CR-629": "the official rule names cbc:ValidityPeriod, which UBL does not have",
    "UBL-CR-630": "the official rule names cbc:PriceList, which UBL does not have",
    "UBL-CR-651": "cbc:SalesOrderID stands in cac:OrderReference, never in the document itself",
}
BASES = base_documents()
CASES = {rule: (base, changes) for rule, base, changes in rows("cases.txt")}


def fired(root) -> set[str]:
    return {each.rule.id for each in engine().run(root)}


@pytest.mark.parametrize("name", BASES)
def test_the_quiet_documents_are_valid_and_fire_nothing(name):
    assert schema.is_valid(BASES[name])
    assert fired(BASES[name]) == set()


@pytest.mark.parametrize("rule", CASES)
def test_a_change_fires_its_rule(rule):
    base, changes = CASES[rule]
    document = changed(BASES[base], changes)
    assert schema.is_valid(document), "the change must leave the document valid by the schema"
    assert rule in fired(document)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_question_of_each_vat_category_can_fire(family):
    base = BASES["invoice" if family.code == "S" else family.code]
    for question, changes in vat_changes(family).items():
        document = changed(base, changes)
        assert schema.is_valid(document)
        assert f"BR-{family.name}-{question}" in fired(document), question


def vat_changes(family: Family) -> dict[str, str]:
    """What breaks each of the ten questions in the quiet document of this category, and the four only K and O have."""
    another = "Z" if family.code != "Z" else "E"
    rate = {"positive": "0", "zero": "5", "not negative": "-1", "none": "+"}[family.rate]
    unregistered = "-SELLER/SCHEME; -REP"
    if family.seller == "none":
        unregistered = "+SELLER/SCHEME/cbc:CompanyID=BE0403170701; +SELLER/SCHEME/cac:TaxScheme/cbc:ID=VAT"
    percent = {
        "05": "LINE/cac:Item/cac:ClassifiedTaxCategory/cbc:Percent",
        "06": "ALLOWANCE/cac:TaxCategory/cbc:Percent",
        "07": "CHARGE/cac:TaxCategory/cbc:Percent",
    }
    found = {
        "01": f"VAT/cac:TaxCategory/cbc:ID={another}",
        **dict.fromkeys(("02", "03", "04"), unregistered),
        **{n: f"+{path}=0" if rate == "+" else f"{path}={rate}" for n, path in percent.items()},
        "08": "VAT/cbc:TaxableAmount=500.00",
        "09": "VAT/cbc:TaxAmount=99.00",
        "10": "-VAT/cac:TaxCategory/cbc:TaxExemptionReason"
        if family.reason
        else "+VAT/cac:TaxCategory/cbc:TaxExemptionReason",
    }
    if family.code == "K":
        found["11"] = "-cac:Delivery/cbc:ActualDeliveryDate; -cac:InvoicePeriod"
        found["12"] = "-cac:Delivery"
    if family.code == "O":
        found["11"] = "*VAT; VAT[1]/cac:TaxCategory/cbc:ID=E"
        found["12"] = "LINE/cac:Item/cac:ClassifiedTaxCategory/cbc:ID=E"
        found["13"] = "ALLOWANCE/cac:TaxCategory/cbc:ID=E"
        found["14"] = "CHARGE/cac:TaxCategory/cbc:ID=E"
    return found


def test_each_unused_element_is_reported_where_it_stands():
    silent = set()
    for path, rule in restricted():
        if rule in NOT_IN_A_VALID_DOCUMENT:
            continue
        reported = False
        for name in ("invoice", "credit"):
            document = copy.deepcopy(BASES[name])
            if path == "ext:UBLExtensions":
                document = changed(document, "!extension=mimeCode")
            else:
                add(document, path)
            reported |= schema.is_valid(document) and rule in fired(document)
        if not reported:
            silent.add((rule, path))
    assert silent == ELEMENTS_ONLY_INVOICES_HAVE


ELEMENTS_ONLY_INVOICES_HAVE = {
    ("UBL-CR-562", "cac:CreditNoteLine/cac:WithholdingTaxTotal"),
    ("UBL-CR-646", "cac:CreditNoteLine/cac:SubInvoiceLine"),
}


def test_no_rule_lacks_a_document_that_fires_it():
    families = {f"BR-{family.name}-{question}" for family in FAMILIES for question in vat_changes(family)}
    unused = {rule for _, rule in restricted()}
    covered = {*CASES, *families, *unused} - NOT_IN_A_VALID_DOCUMENT.keys()
    every = {rule.id for rule in engine().rules}
    assert every - covered == NOT_IN_A_VALID_DOCUMENT.keys()
    assert covered <= every
