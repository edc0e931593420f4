"""What a document is called on the Peppol network: document type and process, as the eDEC code lists write them."""

from __future__ import annotations

from ubl.binding_document import BILLING, SELF_BILLING
from ubl.invoice import DocumentType, OtherType

UBL = "urn:oasis:names:specification:ubl:schema:xsd:{root}-2::{root}##{customization}::2.1"


def document_type_id(kind: DocumentType | OtherType) -> str:
    """The document type identifier of `kind`, with its scheme.

    >>> document_type_id(DocumentType.CREDIT_NOTE).split("##")[0]
    'busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2::CreditNote'
    """
    root = "CreditNote" if kind.is_credit_note else "Invoice"
    customization, _ = SELF_BILLING if kind.is_self_billed else BILLING
    return "busdox-docid-qns::" + UBL.format(root=root, customization=customization)


def process_id(kind: DocumentType | OtherType) -> str:
    """The process identifier of `kind`, with its scheme."""
    _, profile = SELF_BILLING if kind.is_self_billed else BILLING
    return f"cenbii-procid-ubl::{profile}"
