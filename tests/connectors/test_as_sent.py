"""Is what an access point says that it sent the document that we gave it, and if not, what differs first?"""

from __future__ import annotations

import pytest

from connectors.peppol.as_sent import difference
from tests.connectors.samples import ubl

OURS = ubl("2026-001")
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def spaced(document: bytes) -> bytes:
    return document.replace(b"><", b">\n  <")


@pytest.mark.parametrize(
    "theirs",
    [
        OURS,
        spaced(OURS),
        OURS.replace(b"cbc:", b"b:").replace(b"xmlns:cbc", b"xmlns:b"),
        OURS.replace(b"'", b'"'),
        OURS.replace(b"<cbc:IssueDate>", b"<!-- made anew --><cbc:IssueDate>"),
        f"<s:StandardBusinessDocument xmlns:s='{SBDH}'><s:StandardBusinessDocumentHeader/>".encode()
        + OURS.removeprefix(b"<?xml version='1.0' encoding='UTF-8'?>")
        + b"</s:StandardBusinessDocument>",
    ],
    ids=["bytes", "white space", "prefixes", "quotes", "comment", "envelope"],
)
def test_the_same_document_in_other_bytes(theirs: bytes) -> None:
    assert difference(OURS, theirs) is None


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (
            OURS.replace(b"<cbc:PayableAmount currencyID='EUR'>121.00", b"<cbc:PayableAmount currencyID='EUR'>121.01"),
            "/Invoice/LegalMonetaryTotal[1]/PayableAmount[1]: ours is '121.00', theirs is '121.01'",
        ),
        (
            OURS.replace(b"<cbc:PayableAmount currencyID='EUR'", b"<cbc:PayableAmount currencyID='USD'"),
            "/Invoice/LegalMonetaryTotal[1]/PayableAmount[1]/@currencyID: ours is 'EUR', theirs is 'USD'",
        ),
        (
            OURS.replace(b"<cbc:DueDate>2026-02-04</cbc:DueDate>", b""),
            "/Invoice/DueDate[1]: ours is DueDate, theirs is DocumentCurrencyCode",
        ),
        (
            OURS.replace(b"</Invoice>", b"<cbc:Note>new</cbc:Note></Invoice>"),
            "/Invoice: Note stands only in theirs",
        ),
        (
            OURS.replace(b">2026-001<", b">2026-001 <"),
            "/Invoice/ID[1]: ours is '2026-001', theirs is '2026-001 '",
        ),
        (OURS.replace(b"Invoice", b"CreditNote"), "/Invoice: ours is Invoice, theirs is CreditNote"),
        (b"%PDF-1.7", "what came back cannot be read as XML: The file is not well-formed XML"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "what came back cannot be read as XML: The file has a DOCTYPE"),
    ],
)
def test_the_first_difference_is_named(theirs: bytes, said: str) -> None:
    assert (difference(OURS, theirs) or "").startswith(said)
