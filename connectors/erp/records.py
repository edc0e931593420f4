"""The documents of a `voldaan-export/1` file: invoices and credit notes with their lines.

The JSON Schema is made from these classes, so every description is written for the person who fills the file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BeforeValidator, Field, StrictBool, StringConstraints, model_validator

from connectors.erp.fields import (
    Country,
    Currency,
    Day,
    FileName,
    Gtin,
    Iban,
    LongText,
    Money,
    Number,
    Percent,
    Price,
    Quantity,
    Record,
    SellerRef,
    Text,
    Unit,
    Url,
    WrongField,
)
from connectors.erp.party_records import Address, Customer, Mandate, Seller
from connectors.erp.registration import check_registration

VatCategory = Literal["S", "Z", "E", "AE", "K", "G", "O"]
UNTAXED: tuple[VatCategory, ...] = ("Z", "E", "AE", "K", "G", "O")


class Period(Record):
    """From the first to the last day, both included."""

    start: Day = Field(description="First day.")
    end: Day = Field(description="Last day.")

    @model_validator(mode="after")
    def in_order(self) -> Period:
        if self.end < self.start:
            raise WrongField("end", f"that lies before the start, {self.start}; exchange the two")
        return self


class Share(Record):
    """An amount or a percentage, one of the two."""

    percent: Percent | None = Field(None, description="Percentage of quantity times price.")
    amount: Money | None = Field(None, gt=0, description="Amount without VAT.")

    @model_validator(mode="after")
    def one_of_two(self) -> Share:
        if (self.percent is None) == (self.amount is None):
            raise WrongField("percent", "write either percent or amount, one of the two")
        return self


class Discount(Share):
    """A discount on one line: an amount or a percentage."""

    reason: Text | None = Field(None, description="Why, as the customer reads it.")


class LineCharge(Share):
    """A charge on one line: an amount or a percentage."""

    reason: Text = Field(description="Why, as the customer reads it.")


class Taxed(Record):
    """What every part of a document that bears VAT says of it."""

    vat_category: VatCategory = Field(
        description="S taxed, Z zero rate, E exempt, AE reverse charge (btw verlegd, medecontractant), "
        "K goods to another EU country, G export, O outside VAT."
    )
    vat_rate: Percent = Field(Decimal(0), description="Percentage: 21, 12, 9 or 6 with S, 0 with every other category.")

    @model_validator(mode="after")
    def rate_fits_category(self) -> Taxed:
        if self.vat_category == "S" and not self.vat_rate:
            raise WrongField("vat_rate", "vat_category S needs a rate above 0; write it, or another vat_category")
        if self.vat_category in UNTAXED and self.vat_rate:
            raise WrongField(
                "vat_rate",
                f"vat_category {self.vat_category} charges no VAT; write 0, or vat_category S where VAT is due",
            )
        return self


class Line(Taxed):
    """One line of a document."""

    id: Number | None = Field(None, description="Line number; left out: 1, 2, 3 …")
    description: Text = Field(description="What was sold, in a few words.")
    details: LongText | None = Field(None, description="More about it.")
    item_number: Number | None = Field(None, description="Article number of the seller.")
    buyer_item_number: Number | None = Field(None, description="Article number of the customer.")
    gtin: Gtin | None = Field(None, description="GTIN (bar code) of the article.")
    origin: Country | None = Field(None, description="Country of origin as two capitals.")
    nature: Literal["goods", "service"] = Field(description="Goods can stay the seller's until paid, services cannot.")
    quantity: Quantity = Field(description="How many; negative takes back on an invoice.")
    unit: Unit = Field("piece", description="piece, hour, kg, m2 … or a code of UN/ECE recommendation 20.")
    unit_price: Price = Field(description="Price of one unit (or of price_per units) without VAT, before discount.")
    price_per: Quantity | None = Field(None, gt=0, description="Units that unit_price is for, such as 100.")
    discount: Discount | None = Field(None, description="Discount on this line.")
    charges: list[LineCharge] = Field(default_factory=list, max_length=10, description="Charges on this line.")
    period: Period | None = Field(None, description="When it was supplied.")
    cost_centre: Number | None = Field(None, description="Account of the customer for this line.")
    order_line: Number | None = Field(None, description="Line number of the customer's order.")
    note: Text | None = Field(None, description="A remark on this line.")


class Adjustment(Taxed):
    """An allowance or a charge on the whole document: an amount, or a percentage of a base."""

    amount: Money | None = Field(None, gt=0, description="Amount without VAT, always positive.")
    percent: Percent | None = Field(None, gt=0, description="Percentage of base, in place of the amount.")
    base: Money | None = Field(
        None, gt=0, description="What percent is of; left out: the lines of the same VAT category and rate."
    )
    reason: Text = Field(description="Why, as the customer reads it.")

    @model_validator(mode="after")
    def one_of_two(self) -> Adjustment:
        if (self.percent is None) == (self.amount is None):
            raise WrongField("percent", "write either percent or amount, one of the two")
        if self.base is not None and self.percent is None:
            raise WrongField("base", "a base goes with percent; remove it, or write percent in place of amount")
        return self


class Delivery(Record):
    """Where and when goods or services were delivered."""

    date: Day | None = Field(None, description="Day of delivery.")
    name: Text | None = Field(None, description="Who received it, where that is not the customer.")
    address: Address | None = Field(None, description="Where; left out: the customer's address.")


class DocumentRef(Record):
    """An earlier invoice."""

    number: Number = Field(description="Its number.")
    issued: Day | None = Field(None, description="Its date.")


class Prepaid(Record):
    """What was paid before this document was issued."""

    amount: Money = Field(gt=0, description="Amount paid, VAT included: it is subtracted from what is due.")
    deposit_invoices: list[DocumentRef] = Field(
        default_factory=list, description="Deposit invoices on which it was paid."
    )


class StatedTotals(Record):
    """The ERP's own sums. They are checked, never copied: a cent of rounding is kept as such, more is refused."""

    without_vat: Money | None = Field(None, description="Total without VAT.")
    vat: Money | None = Field(None, description="Total VAT.")
    with_vat: Money | None = Field(None, description="Total with VAT.")
    payable: Money | None = Field(None, description="What is left to pay.")


class Attachment(Record):
    """A supporting document: a file that travels inside the invoice, or a link to where it stands."""

    filename: FileName = Field(description="File name without folder; for a link, the name of the document.")
    description: Text | None = Field(None, description="What it is.")
    mime: Literal[
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    ] = Field("application/pdf", description="Kind of file; EN 16931 allows these.")
    content: Base64Bytes | None = Field(None, max_length=10_000_000, description="The file as base64, at most 10 MB.")
    url: Url | None = Field(None, description="Where the document stands, in place of content.")

    @model_validator(mode="after")
    def one_of_two(self) -> Attachment:
        if (self.content is None) == (self.url is None):
            raise WrongField("content", "write either the file as content, or its url")
        return self


class Partial(Record):
    """Which part of an order this invoice bills."""

    number: int = Field(ge=1, le=999, description="Number of this partial invoice within its order: 1, 2, 3 …")
    of: int | None = Field(None, ge=1, le=999, description="How many there will be, where that is known.")
    final: StrictBool = Field(False, description="true on the last one, where of is not known beforehand.")

    @model_validator(mode="after")
    def within(self) -> Partial:
        if self.of is not None and self.number > self.of:
            raise WrongField("number", f"there are {self.of} in all; write a number up to that, or correct of")
        if self.final and self.of is not None and self.number != self.of:
            raise WrongField("final", f"the last is number {self.of}; remove final, or correct of")
        return self

    @property
    def is_last(self) -> bool:
        return self.final or self.number == self.of


class Card(Record):
    """The card with which was paid."""

    last_digits: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,6}$")] = Field(
        description="The last four to six digits, never more."
    )
    holder: Text | None = Field(None, description="Name on the card.")
    network: Number = Field("NA", description="Network such as VISA; NA where it is not known.")


class Payment(Record):
    """How the customer pays."""

    by: Literal["transfer", "direct_debit", "card"] = Field(
        description="transfer: the customer pays; direct_debit: collected on the due date; card: paid by card already."
    )
    mandate: Mandate | None = Field(None, description="SEPA mandate of this document; left out: the customer's.")
    card: Card | None = Field(None, description="The card, where payment is by card.")

    @model_validator(mode="after")
    def complete(self) -> Payment:
        if self.by == "card" and self.card is None:
            raise WrongField("card", "payment is by card; add the last digits of the card")
        if self.by != "card" and self.card is not None:
            raise WrongField("card", "only payment by card names one; remove it")
        if self.by != "direct_debit" and self.mandate is not None:
            raise WrongField("mandate", "only a direct_debit names one; remove it")
        return self


class Payee(Record):
    """Who is paid in the seller's place: a factor to whom the claim was assigned."""

    name: Text = Field(description="Legal name.")
    country: Country = Field(description="Country as two capitals.")
    registration_number: Number | None = Field(None, description="Enterprise number (KBO), KvK number, or the like.")
    iban: Iban = Field(description="Account of the payee.")
    notice: Text | None = Field(None, description="The sentence by which the customer is told of the assignment.")

    @model_validator(mode="after")
    def numbers_fit(self) -> Payee:
        check_registration(self.country, self.registration_number, None)
        return self


class CashDiscount(Record):
    """Belgian discount for prompt payment (escompte): VAT is counted on the lower price, taken or not."""

    percent: Percent = Field(gt=0, description="Percentage of the price without VAT.")
    days: int = Field(ge=1, le=60, description="Within so many days of the document's date.")


CORRECTIONS = ("384", "correction", "corrective_invoice", "corrected_invoice")


def no_correction(kind: Any) -> Any:
    """PEPPOL-EN16931-P0112: a corrected invoice (384) goes from one German to another only."""
    if kind in CORRECTIONS:
        raise ValueError(
            "a corrected invoice (384) is not allowed from Belgian and Dutch sellers; write a credit_note for the "
            "wrong invoice, and a new invoice with a number of its own"
        )
    return kind


Kind = Annotated[
    Literal[
        "invoice",
        "credit_note",
        "deposit_invoice",
        "final_invoice",
        "self_billed_invoice",
        "self_billed_credit_note",
    ],
    BeforeValidator(no_correction),
]


class Document(Record):
    """One invoice or credit note. Amounts on a credit note are positive."""

    kind: Kind = Field(
        description="deposit_invoice asks for money in advance; final_invoice subtracts it again (see prepaid); "
        "self_billed: the customer issued it in the seller's name."
    )
    number: Number = Field(description="Number of the document, unique for the seller.")
    seller: SellerRef = Field(description="ref of the seller.")
    customer: Number = Field(description="ref of the customer.")
    issued: Day = Field(description="Date of the document.")
    due: Day | None = Field(None, description="Last day of payment; left out: counted from term_days.")
    term_days: int | None = Field(None, ge=0, le=365, description="Payment term in days from the document's date.")
    currency: Currency = Field("EUR", description="Currency as three capitals (ISO 4217), such as EUR.")
    vat_in_euro: Money | None = Field(None, description="Total VAT in euro, where the currency is another.")
    buyer_reference: Number | None = Field(None, description="Reference the customer asked for; Peppol requires one.")
    order: Number | None = Field(None, description="Number of the customer's purchase order.")
    sales_order: Number | None = Field(None, description="Number of the seller's own order.")
    contract: Number | None = Field(None, description="Number of the contract.")
    project: Number | None = Field(None, description="Number of the project.")
    cost_centre: Number | None = Field(None, description="Cost centre or account of the customer.")
    delivery_note: Number | None = Field(None, description="Number of the delivery note.")
    delivery: Delivery | None = Field(None, description="Delivery; its date is needed with VAT category K.")
    period: Period | None = Field(None, description="Period that the document bills.")
    partial: Partial | None = Field(None, description="Which part of the order this is; needs order or sales_order.")
    lines: list[Line] = Field(min_length=1, max_length=10_000, description="What is billed.")
    allowances: list[Adjustment] = Field(default_factory=list, description="Discounts on the whole document.")
    charges: list[Adjustment] = Field(default_factory=list, description="Charges on the whole document: freight, …")
    prepaid: Prepaid | None = Field(None, description="What was already paid; required on a final_invoice.")
    cash_discount: CashDiscount | None = Field(None, description="Discount for prompt payment, for Belgian sellers.")
    payment: Payment | None = Field(None, description="How is paid; left out: by transfer.")
    payee: Payee | None = Field(None, description="Who is paid in the seller's place, such as a factor.")
    payment_terms: Text | None = Field(None, description="Own words on payment, before what is added by itself.")
    original_invoice: DocumentRef | None = Field(
        None, description="The invoice that a credit note corrects, or that a new invoice replaces after one."
    )
    vat_exemption_reason: Text | None = Field(None, description="Why no VAT is due; needed with category E or O.")
    payment_reference: Number | None = Field(
        None, description="Structured reference (OGM, RF); left out: made for you."
    )
    note: LongText | None = Field(None, description="A remark to the customer.")
    totals: StatedTotals | None = Field(None, description="The ERP's own sums, to be checked.")
    attachments: list[Attachment] = Field(default_factory=list, max_length=20, description="Supporting documents.")

    @property
    def is_credit_note(self) -> bool:
        return self.kind in ("credit_note", "self_billed_credit_note")

    @model_validator(mode="after")
    def hangs_together(self) -> Document:
        if self.due is not None and self.due < self.issued:
            raise WrongField("due", f"that lies before the day of issue, {self.issued}; write the last day of payment")
        if self.kind == "final_invoice" and self.prepaid is None:
            raise WrongField("prepaid", "a final_invoice subtracts a deposit; add prepaid, or write kind invoice")
        if self.kind == "deposit_invoice" and self.original_invoice is not None:
            raise WrongField("original_invoice", "a deposit_invoice replaces and corrects none; remove it")
        if self.currency != "EUR" and self.vat_in_euro is None and any(line.vat_rate for line in self.lines):
            raise WrongField("vat_in_euro", f"the currency is {self.currency}; add the total VAT in euro")
        if self.currency == "EUR" and self.vat_in_euro is not None:
            raise WrongField("vat_in_euro", "the currency is EUR itself; remove it, or write the other currency")
        if self.partial is not None and self.order is None and self.sales_order is None:
            raise WrongField("partial", "parts are numbered within an order; add order or sales_order")
        if self.is_credit_note:
            for field in ("partial", "cash_discount"):
                if getattr(self, field) is not None:
                    raise WrongField(field, "a credit note has none; remove it")
        return self


class ExportFile(Record):
    """The whole file."""

    format: Literal["voldaan-export/1"] = Field(description="Name and version of this format.")
    sellers: list[Seller] = Field(description="Who invoices.")
    customers: list[Customer] = Field(description="Who is invoiced.")
    documents: list[Document] = Field(description="Invoices and credit notes, each taken in or refused by itself.")
