"""The semantic model of EN 16931-1:2017, as Peppol BIS Billing 3.0 allows it: one frozen class per business group.

Amounts are `Decimal` in the document's currency (BT-5) unless said otherwise; quantities and prices keep the decimals
they were given. Totals (BG-22) and the VAT breakdown (BG-23) are no part of it: `ubl.arithmetic` derives them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

ZERO = Decimal(0)


class DocumentType(StrEnum):
    """BT-3 (UNTDID 1001): the types that a Belgian or Dutch seller may send over Peppol."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    PREPAYMENT_INVOICE = "386"
    SELF_BILLED_INVOICE = "389"
    SELF_BILLED_CREDIT_NOTE = "261"

    @property
    def is_credit_note(self) -> bool:
        return self in (DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE)

    @property
    def is_self_billed(self) -> bool:
        return self in (DocumentType.SELF_BILLED_INVOICE, DocumentType.SELF_BILLED_CREDIT_NOTE)


@dataclass(frozen=True, slots=True)
class OtherType:
    """BT-3 of a document that someone else sent: any further code of UNTDID 1001, under the root that it came with."""

    value: str
    is_credit_note: bool = False

    @property
    def is_self_billed(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with its scheme: ISO 6523 ICD for BT-29/30, the EAS list for endpoints (BT-34, BT-49)."""

    value: str
    scheme: str | None = None

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}" if self.scheme else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """BG-5, BG-8, BG-12, BG-15."""

    country: str  # BT-40, ISO 3166-1 alpha-2
    line_1: str | None = None
    line_2: str | None = None
    line_3: str | None = None
    city: str | None = None
    postal_code: str | None = None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """BG-6, BG-9."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """BG-4."""

    name: str  # BT-27
    address: Address  # BG-5
    endpoint: Identifier | None = None  # BT-34
    trading_name: str | None = None  # BT-28
    identifiers: tuple[Identifier, ...] = ()  # BT-29
    legal_id: Identifier | None = None  # BT-30
    vat_id: str | None = None  # BT-31
    tax_registration: str | None = None  # BT-32
    legal_information: str | None = None  # BT-33
    contact: Contact | None = None  # BG-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """BG-7."""

    name: str  # BT-44
    address: Address  # BG-8
    endpoint: Identifier | None = None  # BT-49
    trading_name: str | None = None  # BT-45
    identifier: Identifier | None = None  # BT-46
    legal_id: Identifier | None = None  # BT-47
    vat_id: str | None = None  # BT-48
    contact: Contact | None = None  # BG-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """BG-10: who is paid when that is not the seller (a factor)."""

    name: str  # BT-59
    identifier: Identifier | None = None  # BT-60
    legal_id: Identifier | None = None  # BT-61


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRepresentative:
    """BG-11."""

    name: str  # BT-62
    vat_id: str  # BT-63
    address: Address  # BG-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """BG-14, BG-26."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """BG-13."""

    date: date | None = None  # BT-72
    name: str | None = None  # BT-70
    location: Identifier | None = None  # BT-71
    address: Address | None = None  # BG-15


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """BG-17."""

    iban: str  # BT-84
    account_name: str | None = None  # BT-85
    bic: str | None = None  # BT-86


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """BG-18."""

    number: str  # BT-87, the last digits only
    holder: str | None = None  # BT-88
    network: str = "NA"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDebit:
    """BG-19."""

    mandate: str  # BT-89
    creditor_id: str | None = None  # BT-90
    debited_iban: str | None = None  # BT-91


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMeans:
    """BG-16. `code` is UNTDID 4461: 30 credit transfer, 58 SEPA credit transfer, 59 SEPA direct debit, 48 card."""

    code: str  # BT-81
    text: str | None = None  # BT-82
    reference: str | None = None  # BT-83, as printed: '+++090/9337/55493+++' or 'RF18539007547034'
    transfers: tuple[CreditTransfer, ...] = ()
    card: Card | None = None
    debit: DirectDebit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vat:
    """BT-151/152 and their like: `category` is UNTDID 5305 (S Z E AE K G O L M), `rate` in percent.

    The rate is 0 in Z, E, AE, K and G even when it is left away (BR-Z-05 and its kin), and O has none (BR-O-05).
    """

    category: str
    rate: Decimal | None = None

    def __post_init__(self) -> None:
        if self.category == "O":
            object.__setattr__(self, "rate", None)
        elif self.rate is None and self.category in ("Z", "E", "AE", "K", "G"):
            object.__setattr__(self, "rate", ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatExemption:
    """BT-120/121: why no VAT is charged in one category of the breakdown (code from the VATEX list)."""

    category: str
    reason: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceCharge:
    """BG-20/BG-21 on the document, BG-27/BG-28 on a line (where `vat` is None). The amount is positive."""

    charge: bool
    amount: Decimal  # BT-92/99/136/141
    base: Decimal | None = None  # BT-93/100/137/142
    percentage: Decimal | None = None  # BT-94/101/138/143
    vat: Vat | None = None  # BT-95..96, BT-102..103
    reason: str | None = None  # BT-97/104/139/144
    reason_code: str | None = None  # BT-98/105/140/145, UNTDID 5189 or 7161


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportingDocument:
    """BG-24: embedded bytes (BT-125) with mime type and file name, or an external location (BT-124), or neither."""

    id: str  # BT-122
    description: str | None = None  # BT-123
    url: str | None = None  # BT-124
    content: bytes | None = None  # BT-125
    mime: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingInvoice:
    """BG-3."""

    number: str  # BT-25
    issued: date | None = None  # BT-26


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """BG-29, net of VAT. `discount` (BT-147) is `gross` (BT-148) minus `net` (BT-146), and filled in when left away."""

    net: Decimal  # BT-146
    gross: Decimal | None = None  # BT-148
    discount: Decimal | None = None  # BT-147
    base_quantity: Decimal | None = None  # BT-149
    base_unit: str | None = None  # BT-150

    def __post_init__(self) -> None:
        if self.gross is not None and self.discount is None:
            object.__setattr__(self, "discount", self.gross - self.net)


class ItemAttribute(NamedTuple):
    """BG-32."""

    name: str  # BT-160
    value: str  # BT-161


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """BG-31."""

    name: str  # BT-153
    description: str | None = None  # BT-154
    seller_id: str | None = None  # BT-155
    buyer_id: str | None = None  # BT-156
    standard_id: Identifier | None = None  # BT-157
    classifications: tuple[Classification, ...] = ()  # BT-158
    origin: str | None = None  # BT-159
    attributes: tuple[tuple[str, str], ...] = ()  # BG-32, pairs of name and value

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", tuple(ItemAttribute(*pair) for pair in self.attributes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """BT-158 with its list (UNTDID 7143)."""

    code: str
    list_id: str
    list_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """BG-25."""

    id: str  # BT-126
    quantity: Decimal  # BT-129
    unit: str  # BT-130, UN/ECE Rec 20/21
    price: Price  # BG-29
    vat: Vat  # BG-30
    item: Item  # BG-31
    note: str | None = None  # BT-127
    object_id: Identifier | None = None  # BT-128
    order_line: str | None = None  # BT-132
    accounting_reference: str | None = None  # BT-133
    period: Period | None = None  # BG-26
    allowances: tuple[AllowanceCharge, ...] = ()  # BG-27, BG-28


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice or credit note. Amounts of a credit note are positive, as in UBL's CreditNote."""

    type: DocumentType | OtherType  # BT-3
    number: str  # BT-1
    issued: date  # BT-2
    currency: str  # BT-5, ISO 4217
    seller: Seller  # BG-4
    buyer: Buyer  # BG-7
    lines: tuple[Line, ...]  # BG-25
    due: date | None = None  # BT-9
    tax_point: date | None = None  # BT-7
    tax_point_code: str | None = None  # BT-8
    vat_currency: str | None = None  # BT-6
    vat_in_vat_currency: Decimal | None = None  # BT-111, in BT-6
    buyer_reference: str | None = None  # BT-10
    project: str | None = None  # BT-11
    contract: str | None = None  # BT-12
    purchase_order: str | None = None  # BT-13
    sales_order: str | None = None  # BT-14
    receiving_advice: str | None = None  # BT-15
    despatch_advice: str | None = None  # BT-16
    tender: str | None = None  # BT-17
    object_id: Identifier | None = None  # BT-18
    accounting_reference: str | None = None  # BT-19
    payment_terms: str | None = None  # BT-20
    note: str | None = None  # BT-22: Peppol allows one
    preceding: tuple[PrecedingInvoice, ...] = ()  # BG-3
    payee: Payee | None = None  # BG-10
    tax_representative: TaxRepresentative | None = None  # BG-11
    delivery: Delivery | None = None  # BG-13
    period: Period | None = None  # BG-14
    payment: tuple[PaymentMeans, ...] = ()  # BG-16
    allowances: tuple[AllowanceCharge, ...] = ()  # BG-20, BG-21
    prepaid: Decimal = ZERO  # BT-113
    rounding: Decimal = ZERO  # BT-114
    exemptions: tuple[VatExemption, ...] = field(default=())  # BT-120/121 per category
    documents: tuple[SupportingDocument, ...] = ()  # BG-24
