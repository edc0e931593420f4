"""Where the parties of an invoice stand in UBL: seller, buyer, payee, tax representative (BG-4 to BG-12)."""

from __future__ import annotations

from ubl.binding_nodes import Attribute, Constant, Group, Leaf, Node, has, has_not, identifier
from ubl.invoice import Address, Buyer, Contact, Identifier, Payee, Seller, TaxRepresentative

VAT_SCHEME = Constant("cac:TaxScheme/cbc:ID", "VAT")
is_vat = has("cac:TaxScheme/cbc:ID", "VAT")
is_other_tax = has_not("cac:TaxScheme/cbc:ID", "VAT")
is_sepa = has("cbc:ID/@schemeID", "SEPA")
is_not_sepa = has_not("cbc:ID/@schemeID", "SEPA")


def address(path: str, group: str, terms: str) -> Group:
    """An address; `terms` are those of line 1, line 2, city, postal code, subdivision, country and line 3."""
    line_1, line_2, city, postal_code, subdivision, country, line_3 = terms.split()
    return Group(
        path,
        (
            Leaf("cbc:StreetName", "line_1", line_1),
            Leaf("cbc:AdditionalStreetName", "line_2", line_2),
            Leaf("cbc:CityName", "city", city),
            Leaf("cbc:PostalZone", "postal_code", postal_code),
            Leaf("cbc:CountrySubentity", "subdivision", subdivision),
            Leaf("cac:AddressLine/cbc:Line", "line_3", line_3),
            Leaf("cac:Country/cbc:IdentificationCode", "country", country),
        ),
        "address",
        Address,
        group,
    )


def contact(group: str, name: str, phone: str, email: str) -> Group:
    return Group(
        "cac:Contact",
        (
            Leaf("cbc:Name", "name", name),
            Leaf("cbc:Telephone", "phone", phone),
            Leaf("cbc:ElectronicMail", "email", email),
        ),
        "contact",
        Contact,
        group,
    )


def creditor(field: str) -> Group:
    """The SEPA creditor identifier stands among the identifiers of the party that collects, under its own scheme."""
    leaf = Leaf("cbc:ID", f"/{field}", "BT-90", attributes=(Attribute("schemeID", "=SEPA"),))
    return Group("cac:PartyIdentification", (leaf,), where=is_sepa)


SELLER = Group(
    "cac:AccountingSupplierParty/cac:Party",
    (
        identifier("cbc:EndpointID", "endpoint", "BT-34"),
        Group(
            "cac:PartyIdentification",
            (Leaf("cbc:ID", "value", "BT-29", attributes=(Attribute("schemeID", "scheme"),)),),
            "identifiers",
            Identifier,
            repeated=True,
            where=is_not_sepa,
        ),
        creditor("creditor_at_seller"),
        Leaf("cac:PartyName/cbc:Name", "trading_name", "BT-28"),
        address("cac:PostalAddress", "BG-5", "BT-35 BT-36 BT-37 BT-38 BT-39 BT-40 BT-162"),
        Group("cac:PartyTaxScheme", (Leaf("cbc:CompanyID", "vat_id", "BT-31"), VAT_SCHEME), where=is_vat),
        Group(
            "cac:PartyTaxScheme",
            (Leaf("cbc:CompanyID", "tax_registration", "BT-32"), Constant("cac:TaxScheme/cbc:ID", "TAX")),
            where=is_other_tax,
        ),
        Leaf("cac:PartyLegalEntity/cbc:RegistrationName", "name", "BT-27"),
        identifier("cac:PartyLegalEntity/cbc:CompanyID", "legal_id", "BT-30"),
        Leaf("cac:PartyLegalEntity/cbc:CompanyLegalForm", "legal_information", "BT-33"),
        contact("BG-6", "BT-41", "BT-42", "BT-43"),
    ),
    "seller",
    Seller,
    "BG-4",
)

BUYER = Group(
    "cac:AccountingCustomerParty/cac:Party",
    (
        identifier("cbc:EndpointID", "endpoint", "BT-49"),
        identifier("cac:PartyIdentification/cbc:ID", "identifier", "BT-46"),
        Leaf("cac:PartyName/cbc:Name", "trading_name", "BT-45"),
        address("cac:PostalAddress", "BG-8", "BT-50 BT-51 BT-52 BT-53 BT-54 BT-55 BT-163"),
        Group("cac:PartyTaxScheme", (Leaf("cbc:CompanyID", "vat_id", "BT-48"), VAT_SCHEME), where=is_vat),
        Leaf("cac:PartyLegalEntity/cbc:RegistrationName", "name", "BT-44"),
        identifier("cac:PartyLegalEntity/cbc:CompanyID", "legal_id", "BT-47"),
        contact("BG-9", "BT-56", "BT-57", "BT-58"),
    ),
    "buyer",
    Buyer,
    "BG-7",
)

PAYEE = Group(
    "cac:PayeeParty",
    (
        Group(
            "cac:PartyIdentification",
            (identifier("cbc:ID", "identifier", "BT-60"),),
            where=is_not_sepa,
        ),
        creditor("creditor_at_payee"),
        Leaf("cac:PartyName/cbc:Name", "name", "BT-59"),
        identifier("cac:PartyLegalEntity/cbc:CompanyID", "legal_id", "BT-61"),
    ),
    "payee",
    Payee,
    "BG-10",
)

TAX_REPRESENTATIVE = Group(
    "cac:TaxRepresentativeParty",
    (
        Leaf("cac:PartyName/cbc:Name", "name", "BT-62"),
        address("cac:PostalAddress", "BG-12", "BT-64 BT-65 BT-66 BT-67 BT-68 BT-69 BT-164"),
        Group("cac:PartyTaxScheme", (Leaf("cbc:CompanyID", "vat_id", "BT-63"), VAT_SCHEME)),
    ),
    "tax_representative",
    TaxRepresentative,
    "BG-11",
)

PARTIES: tuple[Node, ...] = (SELLER, BUYER, PAYEE, TAX_REPRESENTATIVE)
