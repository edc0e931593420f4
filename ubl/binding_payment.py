"""Where payment (BG-16 to BG-19), the VAT breakdown (BG-23) and the totals (BG-22) stand in UBL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ubl.arithmetic import VatSubtotal
from ubl.binding_line import CURRENCY
from ubl.binding_nodes import AMOUNT, CAC, DATE, NUMBER, Attribute, Element, Group, Leaf
from ubl.binding_party import VAT_SCHEME
from ubl.invoice import Card, CreditTransfer, DirectDebit


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansElement:
    """One cac:PaymentMeans: at most one account, and on the first of a credit note its due date (UBL-SR-45)."""

    code: str
    text: str | None = None
    due: date | None = None
    reference: str | None = None
    card: Card | None = None
    transfers: tuple[CreditTransfer, ...] = ()
    debit: DirectDebit | None = None


MEANS = Group(
    "cac:PaymentMeans",
    (
        Leaf("cbc:PaymentMeansCode", "code", "BT-81", attributes=(Attribute("name", "text", "BT-82"),)),
        Leaf("cbc:PaymentDueDate", "due", "BT-9", DATE, only="CreditNote"),
        Leaf("cbc:PaymentID", "reference", "BT-83"),
        Group(
            "cac:CardAccount",
            (
                Leaf("cbc:PrimaryAccountNumberID", "number", "BT-87"),
                Leaf("cbc:NetworkID", "network"),
                Leaf("cbc:HolderName", "holder", "BT-88"),
            ),
            "card",
            Card,
            "BG-18",
        ),
        Group(
            "cac:PayeeFinancialAccount",
            (
                Leaf("cbc:ID", "iban", "BT-84"),
                Leaf("cbc:Name", "account_name", "BT-85"),
                Leaf("cac:FinancialInstitutionBranch/cbc:ID", "bic", "BT-86"),
            ),
            "transfers",
            CreditTransfer,
            "BG-17",
            repeated=True,
        ),
        Group(
            "cac:PaymentMandate",
            (
                Leaf("cbc:ID", "mandate", "BT-89"),
                Leaf("cac:PayerFinancialAccount/cbc:ID", "debited_iban", "BT-91"),
            ),
            "debit",
            DirectDebit,
            "BG-19",
        ),
    ),
    "payment",
    MeansElement,
    "BG-16",
    repeated=True,
)

TERMS = Leaf("cac:PaymentTerms/cbc:Note", "payment_terms", "BT-20")


def has_breakdown(tax_total: Element) -> bool:
    return tax_total.find(f"{{{CAC}}}TaxSubtotal") is not None


def has_no_breakdown(tax_total: Element) -> bool:
    return not has_breakdown(tax_total)


VAT_TOTAL = Group(
    "cac:TaxTotal",
    (
        Leaf("cbc:TaxAmount", "total_vat", "BT-110", AMOUNT, CURRENCY),
        Group(
            "cac:TaxSubtotal",
            (
                Leaf("cbc:TaxableAmount", "taxable", "BT-116", AMOUNT, CURRENCY),
                Leaf("cbc:TaxAmount", "tax", "BT-117", AMOUNT, CURRENCY),
                Group(
                    "cac:TaxCategory",
                    (
                        Leaf("cbc:ID", "category", "BT-118"),
                        Leaf("cbc:Percent", "rate", "BT-119", NUMBER),
                        Leaf("cbc:TaxExemptionReasonCode", "reason_code", "BT-121"),
                        Leaf("cbc:TaxExemptionReason", "reason", "BT-120"),
                        VAT_SCHEME,
                    ),
                ),
            ),
            "vat_breakdown",
            VatSubtotal,
            "BG-23",
            repeated=True,
        ),
    ),
    where=has_breakdown,
)

VAT_TOTAL_IN_VAT_CURRENCY = Group(
    "cac:TaxTotal",
    (Leaf("cbc:TaxAmount", "vat_in_vat_currency", "BT-111", AMOUNT, (Attribute("currencyID", "/vat_currency"),)),),
    where=has_no_breakdown,
)

TOTALS = Group(
    "cac:LegalMonetaryTotal",
    (
        Leaf("cbc:LineExtensionAmount", "total_lines", "BT-106", AMOUNT, CURRENCY),
        Leaf("cbc:TaxExclusiveAmount", "total_without_vat", "BT-109", AMOUNT, CURRENCY),
        Leaf("cbc:TaxInclusiveAmount", "total_with_vat", "BT-112", AMOUNT, CURRENCY),
        Leaf("cbc:AllowanceTotalAmount", "total_allowances", "BT-107", AMOUNT, CURRENCY),
        Leaf("cbc:ChargeTotalAmount", "total_charges", "BT-108", AMOUNT, CURRENCY),
        Leaf("cbc:PrepaidAmount", "prepaid", "BT-113", AMOUNT, CURRENCY),
        Leaf("cbc:PayableRoundingAmount", "rounding", "BT-114", AMOUNT, CURRENCY),
        Leaf("cbc:PayableAmount", "payable", "BT-115", AMOUNT, CURRENCY),
    ),
    term="BG-22",
)
