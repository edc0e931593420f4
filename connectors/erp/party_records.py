"""The sellers and customers of a `voldaan-export/1` file.

The JSON Schema is made from these classes, so every description is written for the person who fills the file.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, StrictBool, StringConstraints, model_validator

from connectors.erp.fields import (
    Bic,
    Country,
    CreditorId,
    Day,
    Email,
    Iban,
    Money,
    Number,
    Percent,
    Record,
    SellerRef,
    Text,
    Url,
    WrongField,
)
from connectors.erp.registration import check_dutch_address, check_endpoint, check_registration, check_seller
from receivables.law.e_invoicing import Ground
from receivables.rungs import Role

Language = Literal["nl", "fr", "de", "en"]


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


class TermsText(Record):
    """The general terms in one language: where they can be read, or the file itself."""

    language: Language = Field(description="Language of this text.")
    url: Url | None = Field(None, description="Where the terms can be read; named and linked on each invoice.")
    file: Base64Bytes | None = Field(
        None, max_length=4_000_000, description="The terms as PDF in base64; attached to each invoice where no url is."
    )


class Terms(Record):
    """General terms and conditions as the seller uses them now."""

    version: Number = Field(description="Version that customers accept by name, such as 2025-03.")
    url: Url | None = Field(None, description="Where the terms can be read; named and linked on each invoice.")
    date: Day = Field(description="Day from which this version holds.")
    language: Language | None = Field(None, description="Language of the text at url; left out: the seller's.")
    file: Base64Bytes | None = Field(
        None, max_length=4_000_000, description="The terms as PDF in base64; attached to each invoice where no url is."
    )
    translations: list[TermsText] = Field(
        default_factory=list, max_length=3, description="The same version in other languages."
    )


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


class TaxRepresentative(Record):
    """Who answers for the seller's VAT in the country of taxation, where the seller is not established there."""

    name: Text = Field(description="Legal name.")
    vat_number: Number = Field(description="VAT number with country.")
    address: Address = Field(description="Its address.")

    @model_validator(mode="after")
    def numbers_fit(self) -> TaxRepresentative:
        check_registration(self.address.country, None, self.vat_number)
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
    reference_kind: Literal["ogm", "rf", "betalingskenmerk"] | None = Field(
        None, description="Payment reference made for documents without one; left out: OGM in Belgium, RF elsewhere."
    )
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
    retention_law: Literal["BE", "NL", "DE", "FR"] | None = Field(
        None, description="Law that the clause on retention of title follows; else the law of the terms."
    )
    interest_percent: Percent | None = Field(None, description="Yearly interest that the terms agree; else the law's.")
    penalty: Penalty | None = Field(None, description="Penalty clause in the terms, for customers in business.")
    consumer_penalty: Penalty | None = Field(
        None,
        description="Penalty clause for consumers; in Belgium Book XIX caps it, and a clause above the cap is void.",
    )
    sepa_creditor_id: CreditorId | None = Field(
        None, description="SEPA creditor identifier; needed for documents collected by direct debit."
    )
    tax_representative: TaxRepresentative | None = Field(None, description="Tax representative, if there is one.")
    brand: Brand | None = Field(None, description="House colour and logo for the paper.")

    @model_validator(mode="after")
    def numbers_fit(self) -> Seller:
        check_seller(self.address.country, self.registration_number, self.vat_number)
        check_dutch_address("address", self.address, "NL-R-002")
        representative = self.tax_representative
        if representative is not None and self.address.country == "NL":
            check_dutch_address("tax_representative.address", representative.address, "NL-R-006")
        return self

    @property
    def governing_law(self) -> str:
        return self.law or self.address.country

    @property
    def title_law(self) -> str:
        return self.retention_law or self.governing_law


class TermsAccepted(Record):
    """Proof that the customer accepted the seller's terms: without it, retention of title and a penalty do not hold."""

    version: Number = Field(description="Version accepted.")
    on: Day = Field(description="Day of acceptance.")
    proof: Text | None = Field(None, description="How it is proven: signed order of 2025-03-01, web shop log 1234.")


class VatCheck(Record):
    """What VIES said of the customer's VAT number: an intra-Community supply without VAT rests on it."""

    on: Day = Field(description="Day of the check.")
    valid: StrictBool = Field(True, description="false where VIES said that the number is not valid.")
    number: Number | None = Field(None, description="The number that was checked, where it is not the present one.")
    reference: Number | None = Field(None, description="Consultation number that VIES gave.")


class Mandate(Record):
    """The customer's permission to collect by SEPA direct debit."""

    reference: Annotated[Number, StringConstraints(max_length=35)] = Field(description="Reference of the mandate.")
    iban: Iban | None = Field(None, description="The customer's account that is debited.")
    signed: Day | None = Field(None, description="Day on which the customer signed.")
    scheme: Literal["core", "b2b"] = Field("core", description="SEPA scheme of the mandate.")
    once: bool = Field(False, description="For one collection only.")
    last: Day | None = Field(None, description="Day of the final collection, where one is agreed.")
    notice_days: int = Field(
        14, ge=1, le=14, description="Days between the invoice and the collection, where fewer than 14 are agreed."
    )


class CopyTo(Record):
    """Somebody else who gets a copy, once the customer has the document: an accountant."""

    email: Email = Field(description="E-mail address that gets the copy.")
    of: tuple[Literal["invoice", "reminder", "formal_notice"], ...] = Field(
        ("invoice",), min_length=1, max_length=3, description="Copies of which documents."
    )


class Chosen(Record):
    """Who chose how this customer gets its documents, and when."""

    by: Text = Field(description="Name of the person at the customer or here.")
    on: Day = Field(description="Day of the choice.")
    reason: Text | None = Field(None, description="Why, or where it was said.")


class PeppolExemption(Record):
    """Why an invoice to this customer may go another way than by Peppol, where the law wants Peppol (Belgium)."""

    ground: Ground = Field(
        description="bankrupt; article_44: only exempt supplies; not_established in Belgium; flat_rate scheme (until "
        "2028); other_format: both agreed on another format that follows EN 16931."
    )
    by: Text = Field(description="Who established or agreed it.")
    on: Day = Field(description="Day on which it was established or agreed.")
    note: Text | None = Field(None, description="What it rests on.")


class RoleContact(Record):
    """Whom to write at the customer about one matter."""

    role: Role = Field(description="What this contact is for; a step of the policy may name it.")
    name: Text | None = Field(None, description="Name of the person or department.")
    email: Email | None = Field(None, description="E-mail address.")
    phone: Number | None = Field(None, description="Telephone number with country code.")
    language: Language | None = Field(None, description="Language of this contact; left out: the customer's.")


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
    vat_check: VatCheck | None = Field(None, description="The last check of that number with VIES.")
    mandate: Mandate | None = Field(None, description="SEPA mandate, for documents collected by direct debit.")
    peppol_endpoint: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}:[A-Za-z0-9.:_-]{1,50}$")] | None = Field(
        None, description="Peppol address as scheme:identifier; left out: derived from the registration number."
    )
    email: Email | None = Field(None, description="Address for invoices and reminders.")
    phone: Number | None = Field(None, description="Telephone number, for the step in which a person calls.")
    contact: Text | None = Field(None, description="Person or department at the customer.")
    contacts: list[RoleContact] = Field(
        default_factory=list,
        max_length=20,
        description="Others at the customer, by role; a step without a role goes to the general address.",
    )
    language: Language | None = Field(None, description="Language of the customer; left out: the seller's.")
    preference: Literal["peppol", "peppol_else_email", "email", "post"] = Field(
        "peppol_else_email",
        description="How this customer wants invoices. Between Belgian businesses the law wants Peppol: another wish "
        "is set aside, unless peppol_exemption says why it may stand.",
    )
    reminder_preference: Literal["email", "post"] | None = Field(
        None, description="How it wants reminders; left out: as the policy has it."
    )
    formal_preference: Literal["email", "post"] | None = Field(
        None, description="How it wants formal notices; left out: as the policy has it."
    )
    copies: list[CopyTo] = Field(default_factory=list, max_length=10, description="Who else gets a copy, by e-mail.")
    preference_chosen: Chosen | None = Field(None, description="Who chose these preferences, and when.")
    peppol_exemption: PeppolExemption | None = Field(
        None, description="Why invoices may go another way than by Peppol, where the law wants Peppol."
    )
    buyer_reference: Number | None = Field(None, description="Reference to print where a document names none.")
    terms_accepted: TermsAccepted | None = Field(None, description="Which terms this customer accepted, when and how.")
    term_days: int | None = Field(None, ge=0, le=365, description="Payment term where a document names none.")
    term_expressly_agreed: StrictBool = Field(
        False, description="true where a signed contract agrees that term by name (needed above 60 days)."
    )
    customer_since: Day | None = Field(None, description="First day of the relationship.")
    credit_limit: Money | None = Field(None, ge=0, description="Own credit limit, in euro.")
    ordered: Money | None = Field(None, ge=0, description="Ordered and not yet invoiced, VAT included, in euro.")
    authorised_signatory: Text | None = Field(None, description="Who may sign for this customer, and in what capacity.")

    @model_validator(mode="after")
    def numbers_fit(self) -> Customer:
        check_registration(self.address.country, self.registration_number, self.vat_number)
        check_endpoint(self.peppol_endpoint)
        if self.preference == "email" and not self.email:
            raise WrongField("email", "the preference is email, so add an e-mail address")
        if "post" in (self.preference, self.reminder_preference, self.formal_preference):
            for part in ("street", "city"):
                if not getattr(self.address, part):
                    raise WrongField(f"address.{part}", f"the preference is post, so add the {part}")
        return self
