"""What an ERP writes into a `voldaan-export/1` file: sellers, their customers, and documents.

The JSON Schema is made from these classes, so every description is written for the person who fills the file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, StrictBool, StringConstraints, model_validator

from connectors.erp.fields import (
    Bic,
    Country,
    Currency,
    Day,
    Email,
    FileName,
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
    WrongField,
)
from connectors.erp.registration import check_endpoint, check_registration, check_seller

Language = Literal["nl", "fr", "de", "en"]
VatCategory = Literal["S", "Z", "E", "AE", "K", "G", "O"]
UNTAXED: tuple[VatCategory, ...] = ("Z", "E", "AE", "K", "G", "O")


class Address(Record):
    """A postal address."""

    street: Text | None = Field(None, description="Street and number.")
    street_2: Text | None = Field(None, description="Building, department or box.")
    postal_code: Number | None = Field(None, description="Postal code.")
    city: Text | None = Field(None, description="Town.")
    region: Text | None = Field(None, description="Province or state, where the address needs one.")
    country: Country = Field(description="Country as two capitals (ISO 3166-1), such as BE.")


class Contact(Record):
    """Whom to call or write."""

    name: Text | None = Field(None, description="Name of the person or department.")
    phone: Number | None = Field(None, description="Telephone number with country code, such as +32 9 123 45 67.")
    email: Email | None = Field(None, description="E-mail address.")


class Terms(Record):
    """General terms and conditions as the seller uses them now."""

    version: Number = Field(description="Version that customers accept by name, such as 2025-03.")
    url: Text | None = Field(None, description="Where the terms can be read.")
    date: Day = Field(description="Day from which this version holds.")


class Penalty(Record):
    """Compensation for late payment that the terms agree (schadebeding, clause pénale)."""

    percent: Percent = Field(description="Percentage of the unpaid sum, such as 10.")
    minimum: Money = Field(Decimal(0), ge=0, description="At least this amount.")
    maximum: Money | None = Field(None, ge=0, description="At most this amount.")


class Brand(Record):
    """How the seller's paper looks."""

    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = Field(
        None, description="House colour as #RRGGBB."
    )
    logo: Base64Bytes | None = Field(
        None, max_length=500_000, description="PNG, JPEG or SVG file as base64, at most 500 kB."
    )

    @model_validator(mode="after")
    def readable_logo(self) -> Brand:
        if self.logo is not None:
            from ubl.paper.look import (
                logo_format,
            )  # brings the typesetter with it, which reading an export does not need

            try:
                logo_format(self.logo)
            except ValueError:
                raise WrongField("logo", "that is neither PNG, JPEG nor SVG; write such a file as base64") from None
        return self


class Seller(Record):
    """Who invoices. Everything here appears on the invoice or decides what the law allows when it is not paid."""

    ref: SellerRef = Field(description="Short name by which documents point to this seller, such as vdb.")
    name: Text = Field(description="Legal name, as registered.")
    trading_name: Text | None = Field(None, description="Name the customers know, where it differs.")
    address: Address = Field(description="Registered address.")
    registration_number: Number = Field(description="Enterprise number (KBO, 10 digits) or KvK number (8 digits).")
    vat_number: Number = Field(description="VAT number with country, such as BE0403170701 or NL004495445B01.")
    iban: Iban = Field(description="Account on which customers pay.")
    bic: Bic | None = Field(None, description="BIC of that account; only needed outside SEPA.")
    account_name: Text | None = Field(None, description="Holder of the account, where it is not the legal name.")
    email: Email = Field(description="Address from which invoices and reminders are sent and answered.")
    contact: Contact | None = Field(None, description="Whom customers call about an invoice.")
    legal_information: Text | None = Field(None, description="Court of registration, licences: printed below the name.")
    language: Language = Field(description="Language of letters where the customer's own is not known.")
    size: Literal["sme", "large"] = Field("sme", description="A small or medium seller has shorter terms by law.")
    law: Literal["BE", "NL"] | None = Field(None, description="Law that governs the terms; else that of the address.")
    terms: Terms | None = Field(None, description="General terms in force.")
    retention_of_title: StrictBool = Field(
        False, description="true where the terms keep the goods the seller's until they are paid."
    )
    interest_percent: Percent | None = Field(None, description="Yearly interest that the terms agree; else the law's.")
    penalty: Penalty | None = Field(None, description="Penalty clause in the terms, for customers in business.")
    consumer_penalty: Penalty | None = Field(
        None,
        description="Penalty clause for consumers; in Belgium Book XIX caps it, and a clause above the cap is void.",
    )
    brand: Brand | None = Field(None, description="House colour and logo for the paper.")

    @model_validator(mode="after")
    def numbers_fit(self) -> Seller:
        check_seller(self.address.country, self.registration_number, self.vat_number)
        return self

    @property
    def governing_law(self) -> str:
        return self.law or self.address.country


class TermsAccepted(Record):
    """Proof that the customer accepted the seller's terms: without it, retention of title and a penalty do not hold."""

    version: Number = Field(description="Version accepted.")
    on: Day = Field(description="Day of acceptance.")
    proof: Text | None = Field(None, description="How it is proven: signed order of 2025-03-01, web shop log 1234.")


class Customer(Record):
    """Who is invoiced."""

    ref: Number = Field(description="Customer number in the ERP.")
    seller: SellerRef | None = Field(None, description="Seller whose customer this is; left out: of every seller here.")
    name: Text = Field(description="Legal name, or first and last name of a consumer.")
    kind: Literal["business", "consumer", "public"] = Field(
        description="A consumer buys outside a trade; public is a government body. The law protects each differently."
    )
    size: Literal["sme", "large"] = Field("sme", description="A large buyer may not take more than 30 days (NL).")
    address: Address = Field(description="Address on the invoice.")
    registration_number: Number | None = Field(None, description="Enterprise number (KBO), KvK number, or the like.")
    vat_number: Number | None = Field(None, description="VAT number with country; needed where VAT is reversed.")
    peppol_endpoint: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}:[A-Za-z0-9.:_-]{1,50}$")] | None = Field(
        None, description="Peppol address as scheme:identifier; left out: derived from the registration number."
    )
    email: Email | None = Field(None, description="Address for invoices and reminders.")
    phone: Number | None = Field(None, description="Telephone number, for the step in which a person calls.")
    contact: Text | None = Field(None, description="Person or department at the customer.")
    language: Language | None = Field(None, description="Language of the customer; left out: the seller's.")
    preference: Literal["peppol", "peppol_else_email", "email"] = Field(
        "peppol_else_email", description="How this customer wants invoices."
    )
    buyer_reference: Number | None = Field(None, description="Reference to print where a document names none.")
    terms_accepted: TermsAccepted | None = Field(None, description="Which terms this customer accepted, when and how.")
    term_days: int | None = Field(None, ge=0, le=365, description="Payment term where a document names none.")
    term_expressly_agreed: StrictBool = Field(
        False, description="true where a signed contract agrees that term by name (needed above 60 days)."
    )
    customer_since: Day | None = Field(None, description="First day of the relationship.")
    credit_limit: Money | None = Field(None, ge=0, description="Own credit limit, in euro.")

    @model_validator(mode="after")
    def numbers_fit(self) -> Customer:
        check_registration(self.address.country, self.registration_number, self.vat_number)
        check_endpoint(self.peppol_endpoint)
        if self.preference == "email" and not self.email:
            raise WrongField("email", "the preference is email, so add an e-mail address")
        return self


class Discount(Record):
    """A discount on one line: an amount or a percentage."""

    percent: Percent | None = Field(None, description="Percentage of quantity times price.")
    amount: Money | None = Field(None, gt=0, description="Amount without VAT.")
    reason: Text = Field("Discount", description="Why, as the customer reads it.")

    @model_validator(mode="after")
    def one_of_two(self) -> Discount:
        if (self.percent is None) == (self.amount is None):
            raise WrongField("percent", "write either percent or amount, one of the two")
        return self


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
    nature: Literal["goods", "service"] = Field(description="Goods can stay the seller's until paid, services cannot.")
    quantity: Quantity = Field(description="How many; negative takes back on an invoice.")
    unit: Unit = Field("piece", description="piece, hour, kg, m2 … or a code of UN/ECE recommendation 20.")
    unit_price: Price = Field(description="Price of one unit (or of price_per units) without VAT, before discount.")
    price_per: Quantity | None = Field(None, gt=0, description="Units that unit_price is for, such as 100.")
    discount: Discount | None = Field(None, description="Discount on this line.")
    period: Period | None = Field(None, description="When it was supplied.")
    cost_centre: Number | None = Field(None, description="Account of the customer for this line.")
    order_line: Number | None = Field(None, description="Line number of the customer's order.")
    note: Text | None = Field(None, description="A remark on this line.")


class Adjustment(Taxed):
    """An allowance or a charge on the whole document."""

    amount: Money = Field(gt=0, description="Amount without VAT, always positive.")
    reason: Text = Field(description="Why, as the customer reads it.")


class Period(Record):
    """From the first to the last day, both included."""

    start: Day = Field(description="First day.")
    end: Day = Field(description="Last day.")

    @model_validator(mode="after")
    def in_order(self) -> Period:
        if self.end < self.start:
            raise WrongField("end", f"that lies before the start, {self.start}; exchange the two")
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
    """A supporting document that travels inside the invoice."""

    filename: FileName = Field(description="File name without folder.")
    description: Text | None = Field(None, description="What it is.")
    mime: Literal[
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    ] = Field("application/pdf", description="Kind of file; EN 16931 allows these.")
    content: Base64Bytes = Field(max_length=10_000_000, description="The file as base64, at most 10 MB.")


class Document(Record):
    """One invoice or credit note. Amounts on a credit note are positive."""

    kind: Literal["invoice", "credit_note", "deposit_invoice", "final_invoice"] = Field(
        description="deposit_invoice asks for money in advance; final_invoice subtracts it again (see prepaid)."
    )
    number: Number = Field(description="Number of the document, unique for the seller.")
    seller: SellerRef = Field(description="ref of the seller.")
    customer: Number = Field(description="ref of the customer.")
    issued: Day = Field(description="Date of the document.")
    due: Day | None = Field(None, description="Last day of payment; left out: counted from term_days.")
    term_days: int | None = Field(None, ge=0, le=365, description="Payment term in days from the document's date.")
    currency: Currency = Field("EUR", description="Currency as three capitals (ISO 4217), such as EUR.")
    vat_in_euro: Money | None = Field(None, ge=0, description="Total VAT in euro, where the currency is another.")
    buyer_reference: Number | None = Field(None, description="Reference the customer asked for; Peppol requires one.")
    order: Number | None = Field(None, description="Number of the customer's purchase order.")
    sales_order: Number | None = Field(None, description="Number of the seller's own order.")
    contract: Number | None = Field(None, description="Number of the contract.")
    project: Number | None = Field(None, description="Number of the project.")
    cost_centre: Number | None = Field(None, description="Cost centre or account of the customer.")
    delivery_note: Number | None = Field(None, description="Number of the delivery note.")
    delivery: Delivery | None = Field(None, description="Delivery; its date is needed with VAT category K.")
    period: Period | None = Field(None, description="Period that the document bills.")
    lines: list[Line] = Field(min_length=1, max_length=10_000, description="What is billed.")
    allowances: list[Adjustment] = Field(default_factory=list, description="Discounts on the whole document.")
    charges: list[Adjustment] = Field(default_factory=list, description="Charges on the whole document: freight, …")
    prepaid: Prepaid | None = Field(None, description="What was already paid; required on a final_invoice.")
    original_invoice: DocumentRef | None = Field(None, description="The invoice that a credit note corrects.")
    vat_exemption_reason: Text | None = Field(None, description="Why no VAT is due; needed with category E or O.")
    payment_reference: Number | None = Field(
        None, description="Structured reference (OGM, RF); left out: made for you."
    )
    note: LongText | None = Field(None, description="A remark to the customer.")
    totals: StatedTotals | None = Field(None, description="The ERP's own sums, to be checked.")
    attachments: list[Attachment] = Field(default_factory=list, max_length=20, description="Supporting documents.")

    @model_validator(mode="after")
    def hangs_together(self) -> Document:
        if self.due is not None and self.due < self.issued:
            raise WrongField("due", f"that lies before the day of issue, {self.issued}; write the last day of payment")
        if self.kind == "final_invoice" and self.prepaid is None:
            raise WrongField("prepaid", "a final_invoice subtracts a deposit; add prepaid, or write kind invoice")
        if self.kind != "credit_note" and self.original_invoice is not None:
            raise WrongField("original_invoice", "only a credit_note names one; remove it, or write kind credit_note")
        if self.currency != "EUR" and self.vat_in_euro is None and any(line.vat_rate for line in self.lines):
            raise WrongField("vat_in_euro", f"the currency is {self.currency}; add the total VAT in euro")
        return self


class ExportFile(Record):
    """The whole file."""

    format: Literal["voldaan-export/1"] = Field(description="Name and version of this format.")
    sellers: list[Seller] = Field(description="Who invoices.")
    customers: list[Customer] = Field(description="Who is invoiced.")
    documents: list[Document] = Field(description="Invoices and credit notes, each taken in or refused by itself.")
