"""The syntax binding: which business term of EN 16931 stands where in UBL 2.1, for Peppol BIS Billing 3.0.

Written once, as data. `ubl.write`, `ubl.read` and the findings of a validation all go by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ubl.binding_line import DOCUMENT_ALLOWANCES, LINES, period
from ubl.binding_nodes import (
    BINARY,
    CREDIT_NOTE_TYPE,
    DATE,
    INVOICE_TYPE,
    Attribute,
    Constant,
    Group,
    Leaf,
    Node,
    for_root,
    has,
    has_not,
    identifier,
)
from ubl.binding_party import PARTIES, address
from ubl.binding_payment import MEANS, TERMS, TOTALS, VAT_TOTAL, VAT_TOTAL_IN_VAT_CURRENCY
from ubl.invoice import Delivery, PrecedingInvoice, SupportingDocument
from ubl.terms import name_of

INVOICED_OBJECT = "130"  # UNTDID 1001 in cac:AdditionalDocumentReference/cbc:DocumentTypeCode
PROJECT = "50"

HEAD: tuple[Node, ...] = (
    Leaf("cbc:CustomizationID", "customization", "BT-24"),
    Leaf("cbc:ProfileID", "profile", "BT-23"),
    Leaf("cbc:ID", "number", "BT-1"),
    Leaf("cbc:IssueDate", "issued", "BT-2", DATE),
    Leaf("cbc:DueDate", "due", "BT-9", DATE, only="Invoice"),
    Leaf("cbc:TaxPointDate", "tax_point", "BT-7", DATE, only="CreditNote"),
    Leaf("cbc:InvoiceTypeCode", "type", "BT-3", INVOICE_TYPE, only="Invoice"),
    Leaf("cbc:CreditNoteTypeCode", "type", "BT-3", CREDIT_NOTE_TYPE, only="CreditNote"),
    Leaf("cbc:Note", "note", "BT-22"),
    Leaf("cbc:TaxPointDate", "tax_point", "BT-7", DATE, only="Invoice"),
    Leaf("cbc:DocumentCurrencyCode", "currency", "BT-5"),
    Leaf("cbc:TaxCurrencyCode", "vat_currency", "BT-6"),
    Leaf("cbc:AccountingCost", "accounting_reference", "BT-19"),
    Leaf("cbc:BuyerReference", "buyer_reference", "BT-10"),
    Group(
        "cac:InvoicePeriod",
        (period("BG-14", "BT-73", "BT-74"), Leaf("cbc:DescriptionCode", "tax_point_code", "BT-8")),
    ),
)

SUPPORTING_DOCUMENTS = Group(
    "cac:AdditionalDocumentReference",
    (
        Leaf("cbc:ID", "id", "BT-122"),
        Leaf("cbc:DocumentDescription", "description", "BT-123"),
        Leaf(
            "cac:Attachment/cbc:EmbeddedDocumentBinaryObject",
            "content",
            "BT-125",
            BINARY,
            (Attribute("mimeCode", "mime"), Attribute("filename", "filename")),
        ),
        Leaf("cac:Attachment/cac:ExternalReference/cbc:URI", "url", "BT-124"),
    ),
    "documents",
    SupportingDocument,
    "BG-24",
    repeated=True,
    where=has_not("cbc:DocumentTypeCode", INVOICED_OBJECT, PROJECT),
)

REFERENCES: tuple[Node, ...] = (
    Leaf("cac:OrderReference/cbc:ID", "purchase_order", "BT-13"),
    Leaf("cac:OrderReference/cbc:SalesOrderID", "sales_order", "BT-14"),
    Group(
        "cac:BillingReference",
        (
            Leaf("cac:InvoiceDocumentReference/cbc:ID", "number", "BT-25"),
            Leaf("cac:InvoiceDocumentReference/cbc:IssueDate", "issued", "BT-26", DATE),
        ),
        "preceding",
        PrecedingInvoice,
        "BG-3",
        repeated=True,
    ),
    Leaf("cac:DespatchDocumentReference/cbc:ID", "despatch_advice", "BT-16"),
    Leaf("cac:ReceiptDocumentReference/cbc:ID", "receiving_advice", "BT-15"),
    Leaf("cac:OriginatorDocumentReference/cbc:ID", "tender", "BT-17", only="Invoice"),
    Leaf("cac:ContractDocumentReference/cbc:ID", "contract", "BT-12"),
    Group(
        "cac:AdditionalDocumentReference",
        (identifier("cbc:ID", "object_id", "BT-18"), Constant("cbc:DocumentTypeCode", INVOICED_OBJECT)),
        where=has("cbc:DocumentTypeCode", INVOICED_OBJECT),
    ),
    Group(
        "cac:AdditionalDocumentReference",
        (Leaf("cbc:ID", "project", "BT-11"), Constant("cbc:DocumentTypeCode", PROJECT)),
        where=has("cbc:DocumentTypeCode", PROJECT),
        only="CreditNote",
    ),
    SUPPORTING_DOCUMENTS,
    Leaf("cac:OriginatorDocumentReference/cbc:ID", "tender", "BT-17", only="CreditNote"),
    Leaf("cac:ProjectReference/cbc:ID", "project", "BT-11", only="Invoice"),
)

DELIVERY = Group(
    "cac:Delivery",
    (
        Leaf("cbc:ActualDeliveryDate", "date", "BT-72", DATE),
        identifier("cac:DeliveryLocation/cbc:ID", "location", "BT-71"),
        address("cac:DeliveryLocation/cac:Address", "BG-15", "BT-75 BT-76 BT-77 BT-78 BT-79 BT-80 BT-165"),
        Leaf("cac:DeliveryParty/cac:PartyName/cbc:Name", "name", "BT-70"),
    ),
    "delivery",
    Delivery,
    "BG-13",
)

DOCUMENT: tuple[Node, ...] = (
    *HEAD,
    *REFERENCES,
    *PARTIES,
    DELIVERY,
    MEANS,
    TERMS,
    DOCUMENT_ALLOWANCES,
    VAT_TOTAL,
    VAT_TOTAL_IN_VAT_CURRENCY,
    TOTALS,
    *LINES,
)

BINDING: dict[str, tuple[Node, ...]] = {root: for_root(DOCUMENT, root) for root in ("Invoice", "CreditNote")}


def term_at(path: str, language: str = "en") -> str | None:
    """The business term at a UBL path without indexes, such as 'BT-48 buyer VAT identifier'.

    Prefixes do not matter. Where one path serves several terms, all are named; an unknown path gets the term of the
    nearest known group around it, or None. `language` is en or nl.
    """
    root, *parts = [step.partition("@")[2] or step.rpartition(":")[2] for step in path.strip("/").split("/")]
    known = terms_by_path(root)
    while parts:
        if terms := known.get("/".join(parts)):
            return " / ".join(f"{term} {name_of(term, language)}" for term in terms)
        parts.pop()
    return None


@lru_cache(maxsize=4)
def terms_by_path(root: str) -> dict[str, tuple[str, ...]]:
    """Every bound path below `root`, prefixes left away, with the terms that stand there."""
    found: dict[str, tuple[str, ...]] = {}
    for path, term in bound_terms(BINDING.get(root, ())):
        bare = "/".join(step.rpartition(":")[2] for step in path.split("/"))
        found[bare] = tuple(dict.fromkeys((*found.get(bare, ()), *term.split())))
    return found


def bound_terms(nodes: tuple[Node, ...], above: str = "") -> Iterator[tuple[str, str]]:
    """(path, terms) of every node that has a term, parents first."""
    for node in nodes:
        if isinstance(node, Constant):
            continue
        path = "/".join(part for part in (above, node.path) if part)
        if node.term and path:
            yield path, node.term
        if isinstance(node, Leaf):
            yield from ((f"{path}/{one.name}", one.term) for one in node.attributes if one.term)
        if isinstance(node, Group):
            yield from bound_terms(node.children, path)
