"""The fields of a UBL that an access point shows in its answers, read without any of the house's own UBL code."""

from __future__ import annotations

from typing import Any

from lxml import etree

CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
ROOTS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": "INVOICE",
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": "CREDIT_NOTE",
}
Fields = dict[str, Any]


class NotUbl(ValueError):
    """What was given is no UBL invoice or credit note."""


def read_fields(content: bytes) -> Fields:
    """The DocumentResponse fields of a UBL invoice or credit note. Raises NotUbl."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotUbl("not well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotUbl("a document type declaration is not allowed")
    if root.tag not in ROOTS:
        raise NotUbl(f"the root element is {root.tag}")
    number = _text(root, "cbc:ID")
    if not number:
        raise NotUbl("the document has no number (cbc:ID)")
    seller, buyer = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
    return {
        "document_type": ROOTS[root.tag],
        "invoice_id": number,
        "invoice_date": _text(root, "cbc:IssueDate"),
        "due_date": _text(root, "cbc:DueDate"),
        "currency": _text(root, "cbc:DocumentCurrencyCode") or "EUR",
        "subtotal": _text(root, "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
        "invoice_total": _text(root, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        "amount_due": _text(root, "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        **_party(root, seller, "vendor"),
        **_party(root, buyer, "customer"),
    }


def _party(root: etree._Element, path: str, prefix: str) -> Fields:
    return {
        f"{prefix}_name": _text(root, f"{path}/cac:PartyLegalEntity/cbc:RegistrationName"),
        f"{prefix}_tax_id": _text(root, f"{path}/cac:PartyTaxScheme/cbc:CompanyID"),
        f"{prefix}_company_id": _text(root, f"{path}/cac:PartyLegalEntity/cbc:CompanyID"),
        f"{prefix}_peppol_id": _endpoint(root, path),
    }


def _endpoint(root: etree._Element, path: str) -> str | None:
    found = root.find(f"{path}/cbc:EndpointID", {"cbc": CBC, "cac": CAC})
    return f"{found.get('schemeID')}:{found.text}" if found is not None and found.get("schemeID") else None


def _text(root: etree._Element, path: str) -> str | None:
    found = root.find(path, {"cbc": CBC, "cac": CAC})
    return found.text if found is not None else None
