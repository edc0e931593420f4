"""Documents for the rules: a base invoice, and small changes written as text, each put where the schema wants it.

A change is one of
    PATH=text          set the text of the first match       PATH@name=value   set an attribute
    -PATH              take every match away                 PATH@name-        take an attribute away
    *PATH              put a copy of the first match beside it
    +PATH=text         add one more element (its parents too, and what they must have)
    !category=Z 0      recompute the invoice with one VAT category and rate ("-" for none)
    !extension=name    an element from outside UBL in an extension, with an attribute of that name
    !credit            make it a credit note
Capitals abbreviate: SELLER/cbc:EndpointID is cac:AccountingSupplierParty/cac:Party/cbc:EndpointID.
"""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from ubl.schema import standards

CASES = Path(__file__).parent / "rule_cases"
NS = {
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
}
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
XSD = "{http://www.w3.org/2001/XMLSchema}"
SHORT = {
    "SELLER": "cac:AccountingSupplierParty/cac:Party",
    "BUYER": "cac:AccountingCustomerParty/cac:Party",
    "PAYEE": "cac:PayeeParty",
    "REP": "cac:TaxRepresentativeParty",
    "MEANS": "cac:PaymentMeans",
    "ACCOUNT": "cac:PaymentMeans/cac:PayeeFinancialAccount",
    "VAT": "cac:TaxTotal/cac:TaxSubtotal",
    "TOTAL": "cac:LegalMonetaryTotal",
    "ALLOWANCE": "cac:AllowanceCharge[1]",
    "CHARGE": "cac:AllowanceCharge[2]",
    "COUNTRY": "cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    "ENTITY": "cac:PartyLegalEntity",
    "SCHEME": "cac:PartyTaxScheme",
    "OTHERDOC": "cac:AdditionalDocumentReference",
}
REASONED = {"E", "AE", "K", "G", "O"}


def changed(base: Any, changes: str) -> Any:
    """A copy of `base` after every change, separated by semicolons."""
    root = copy.deepcopy(base)
    for change in filter(None, (part.strip() for part in changes.split(";"))):
        root = _apply(root, change)
    return root


def base_documents() -> dict[str, Any]:
    """The quiet documents: invoice.xml and those that `bases.txt` derives from it."""
    documents = {"invoice": etree.parse(CASES / "invoice.xml", etree.XMLParser(remove_blank_text=True)).getroot()}
    for name, parent, changes in rows("bases.txt"):
        documents[name] = changed(documents[parent], changes)
    return documents


def rows(name: str) -> list[tuple[str, str, str]]:
    """(first, second, changes) of each entry of a data file; an indented line continues the one above."""
    text = re.sub(r"\n[ ]+", " ", (CASES / name).read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(cell.strip() for cell in (line + " | | ").split(" | ")[:3]) for line in lines]  # type: ignore[misc]


def add(root: Any, path: str, text: str | None = None) -> Any:
    """One more element at `path`; parents that are missing are made, with what the schema requires in them."""
    *parents, name = _long(root, path).split("/")
    here = root
    for step in parents:
        found = here.xpath(step, namespaces=NS)
        here = found[0] if found else _insert(here, _element(step.partition("[")[0]))
    return _insert(here, _element(name, text))


def _apply(root: Any, change: str) -> Any:
    if change.startswith("!"):
        name, _, value = change[1:].partition("=")
        return SPECIAL[name](root, value)
    operation, rest = (change[0], change[1:]) if change[0] in "+-*" else ("", change)
    path, has_text, text = rest.partition("=")
    path, _, attribute = path.partition("@")
    text = text.replace("\\n", "\n").replace("_", " ") if has_text else text
    if operation == "+":
        add(root, path, text if has_text else None)
        return root
    matches = root.xpath(_long(root, path), namespaces=NS)
    assert matches, f"{change}: nothing at {path}"
    if operation == "-":
        for match in matches:
            match.getparent().remove(match)
    elif operation == "*":
        matches[0].addnext(copy.deepcopy(matches[0]))
    elif attribute.endswith("-"):
        del matches[0].attrib[attribute[:-1]]
    elif attribute:
        matches[0].set(attribute, text)
    else:
        matches[0].text = text
    return root


def _long(root: Any, path: str) -> str:
    """The path with its abbreviations written out."""
    line = "cac:CreditNoteLine" if root.tag.endswith("}CreditNote") else "cac:InvoiceLine"
    words = {**SHORT, "LINE": line}
    return re.sub(r"(?<![\w:])[A-Z]+(?![\w:])", lambda word: words.get(word[0], word[0]), path)


def _with_category(root: Any, value: str) -> Any:
    """Every VAT category and rate replaced, and the totals that follow from them."""
    code, rate = value.split()
    for category in root.xpath("//cac:TaxCategory | //cac:ClassifiedTaxCategory", namespaces=NS):
        category.find("cbc:ID", NS).text = code
        percent = category.find("cbc:Percent", NS)
        if rate == "-":
            category.remove(percent)
        else:
            percent.text = rate
    if code in REASONED:
        add(root, "VAT/cac:TaxCategory/cbc:TaxExemptionReason", "Reason in law")
    tax = Decimal(200) * (Decimal(0) if rate == "-" else Decimal(rate)) / 100
    for amount in root.xpath("cac:TaxTotal//cbc:TaxAmount", namespaces=NS):
        amount.text = f"{tax:.2f}"
    total = root.find("cac:LegalMonetaryTotal", NS)
    for name in ("cbc:PrepaidAmount", "cbc:PayableRoundingAmount"):
        total.remove(total.find(name, NS))
    for name in ("cbc:TaxInclusiveAmount", "cbc:PayableAmount"):
        total.find(name, NS).text = f"{200 + tax:.2f}"
    return root


def _with_extension(root: Any, attribute: str) -> Any:
    extensions = _insert(root, _element("ext:UBLExtensions"))
    content = extensions.find("ext:UBLExtension/ext:ExtensionContent", NS)
    foreign = etree.SubElement(content, "{urn:example:own}NoteBinaryObject")
    foreign.text = "eA=="
    for name in (
        {attribute, "mimeCode", "filename"} - {"no mimeCode"} - ({"mimeCode"} if attribute == "no mimeCode" else set())
    ):
        foreign.set(name, "x")
    return root


def _as_credit_note(root: Any, _: str) -> Any:
    note = etree.Element(
        f"{{{CREDIT_NOTE}}}CreditNote", nsmap={None: CREDIT_NOTE, **{k: NS[k] for k in ("cbc", "cac")}}
    )
    renamed = {
        "InvoiceTypeCode": "CreditNoteTypeCode",
        "InvoiceLine": "CreditNoteLine",
        "InvoicedQuantity": "CreditedQuantity",
    }
    for element in list(root.iter()):
        name = etree.QName(element)
        if name.localname in renamed:
            element.tag = f"{{{name.namespace}}}{renamed[name.localname]}"
    for child in list(root):
        if etree.QName(child).localname not in ("DueDate", "ProjectReference"):
            _insert(note, child)
    note.find("cbc:CreditNoteTypeCode", NS).text = "381"
    return note


SPECIAL = {"category": _with_category, "extension": _with_extension, "credit": _as_credit_note}


def _insert(parent: Any, child: Any) -> Any:
    """`child` among the children of `parent`, after the last that may come before it."""
    order = [name for name, _ in _children(_type_of(parent))]
    rank = {name: place for place, name in enumerate(order)}
    own = rank.get(_short(child), len(order))
    place = sum(1 for other in parent if rank.get(_short(other), -1) <= own)
    parent.insert(place, child)
    return child


def _element(name: str, text: str | None = None) -> Any:
    prefix, local = name.split(":")
    element = etree.Element(f"{{{NS[prefix]}}}{local}", nsmap={prefix: NS[prefix]})
    if prefix == "cbc":
        sample, attributes = _sample(local)
        element.text = sample if text is None else text
        for key, value in attributes.items():
            element.set(key, value)
    for child, required in _children(_type_of(element)):
        if required:
            element.append(_element(child))
    return element


def _sample(local: str) -> tuple[str, dict[str, str]]:
    """A text the schema takes for a leaf of that name."""
    for ending, sample, attributes in (
        ("Amount", "1.00", {"currencyID": "EUR"}),
        ("Measure", "1", {"unitCode": "C62"}),
        ("Quantity", "1", {"unitCode": "C62"}),
        ("Date", "2026-03-02", {}),
        ("Time", "10:00:00", {}),
        ("Indicator", "true", {}),
        ("Numeric", "1", {}),
        ("Percent", "1", {}),
        ("Rate", "1", {}),
        ("BinaryObject", "eA==", {"mimeCode": "text/csv", "filename": "x.csv"}),
    ):
        if local.endswith(ending):
            return sample, attributes
    return "x", {}


def _short(element: Any) -> str:
    name = etree.QName(element)
    prefix = next((prefix for prefix, uri in NS.items() if uri == name.namespace), "")
    return f"{prefix}:{name.localname}"


def _type_of(element: Any) -> str:
    local = etree.QName(element).localname
    return _types()[1].get(local, f"{local}Type")


@cache
def _types() -> tuple[dict[str, list[tuple[str, bool]]], dict[str, str]]:
    """Of the UBL schemas: the children of each type in order (and whether required), and the type of each element."""
    children: dict[str, list[tuple[str, bool]]] = {}
    types: dict[str, str] = {}
    folder = standards()
    for file in (
        folder / "maindoc" / "UBL-Invoice-2.1.xsd",
        folder / "maindoc" / "UBL-CreditNote-2.1.xsd",
        folder / "common" / "UBL-CommonAggregateComponents-2.1.xsd",
        folder / "common" / "UBL-CommonExtensionComponents-2.1.xsd",
    ):
        for node in etree.parse(file).getroot():
            if node.tag == f"{XSD}element":
                types[node.get("name")] = node.get("type").rpartition(":")[2]
            elif node.tag == f"{XSD}complexType":
                refs = node.iter(f"{XSD}element")
                children[node.get("name")] = [
                    (_prefixed(ref.get("ref"), file), ref.get("minOccurs", "1") != "0")
                    for ref in refs
                    if ref.get("ref")
                ]
    return children, types


def _prefixed(ref: str, file: Path) -> str:
    return ref if ":" in ref else f"ext:{ref}"


def _children(type_name: str) -> list[tuple[str, bool]]:
    return _types()[0].get(type_name, [])
