"""How fast a document is judged: our rules beside two other engines and beside merely parsing the XML.

Run `make bench`, or `python -m benchmarks.validation`. Each row is one valid document of 3, 100 or 1,000 lines, made
here; every engine runs warm in this one process on the same bytes, in turns, and its best run counts. Ours is the
schema, EN 16931, Peppol BIS and the national rules, on a document of a kind met before (same elements and codes, any
words and numbers); `in_full` is the same on the first of its kind; `official` is the EN 16931 XSLT alone, compiled, in
Saxon; `verifyhash` is the package verifyhash-einvoice with its EN 16931 rules, no schema; `parse` is lxml reading the
bytes and nothing else.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from lxml import etree

from ubl import official, validation
from ubl.rules.kinds import ALONE

Run = Callable[[], object]
ENGINES = ("ours", "in_full", "official", "verifyhash", "parse")
TURNS = 8
TURN = 0.15  # seconds
SIZES = (3, 100, 1000)
FAULTY = (300, 3000)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
<cbc:ID>2026-0417</cbc:ID><cbc:IssueDate>2026-03-02</cbc:IssueDate><cbc:DueDate>2026-04-01</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cbc:BuyerReference>PO 4711</cbc:BuyerReference>
<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID="0208">0403170701</cbc:EndpointID>
<cac:PostalAddress><cbc:StreetName>Kaai 1</cbc:StreetName><cbc:CityName>Gent</cbc:CityName>
<cbc:PostalZone>9000</cbc:PostalZone><cac:Country><cbc:IdentificationCode>BE</cbc:IdentificationCode></cac:Country>
</cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>BE0403170701</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Voorbeeld NV</cbc:RegistrationName>
<cbc:CompanyID schemeID="0208">0403170701</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>
</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cbc:EndpointID schemeID="0106">12345678</cbc:EndpointID>
<cac:PostalAddress><cbc:StreetName>Dam 2</cbc:StreetName><cbc:CityName>Amsterdam</cbc:CityName>
<cbc:PostalZone>1012 NP</cbc:PostalZone><cac:Country><cbc:IdentificationCode>NL</cbc:IdentificationCode></cac:Country>
</cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>Klant BV</cbc:RegistrationName></cac:PartyLegalEntity>
</cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cbc:PaymentID>RF18539007547034</cbc:PaymentID>
<cac:PayeeFinancialAccount><cbc:ID>BE68539007547034</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="EUR">{net}</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">{gross}</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">{gross}</cbc:PayableAmount></cac:LegalMonetaryTotal>
"""
LINE = """<cac:InvoiceLine><cbc:ID>{number}</cbc:ID><cbc:InvoicedQuantity unitCode="C62">2</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">25.00</cbc:LineExtensionAmount>
<cac:Item><cbc:Description>Delivered in March</cbc:Description><cbc:Name>Article {number}</cbc:Name>
<cac:SellersItemIdentification><cbc:ID>A-{number}</cbc:ID></cac:SellersItemIdentification>
<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">12.50</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
"""


def document(lines: int) -> bytes:
    """A valid invoice of that many lines, 25.00 each at 21 %."""
    net = 25 * lines
    head = HEAD.format(net=f"{net}.00", tax=f"{net * 0.21:.2f}", gross=f"{net * 1.21:.2f}")
    return (head + "".join(LINE.format(number=n + 1) for n in range(lines)) + "</Invoice>").encode()


def measure() -> dict[str, Any]:
    """Per size: milliseconds of each engine, and the ratios that matter; `note` names an engine that is missing."""
    rows = [row_of(lines, best_of_each(engines_for(document(lines)))) for lines in SIZES]
    missing = [name for name in ("saxonche", "einvoice") if find_spec(name) is None]
    note = f"not measured, for want of {' and '.join(missing)}: make bench installs them" if missing else ""
    return {"validation": rows, "validation_note": note, "faulty": faulty()}


def faulty() -> list[dict[str, Any]]:
    """What one finding costs in a document of which every line has one: not more where there are ten times as many."""
    found: list[dict[str, Any]] = []
    for lines in (FAULTY[0], *FAULTY):  # the first only warms up
        data = document(lines).replace(b"<cac:InvoiceLine><cbc:ID>", b"<cac:InvoiceLine><cbc:ID> </cbc:ID><!-- ")
        data = data.replace(b"</cbc:ID><cbc:InvoicedQuantity", b" --><cbc:InvoicedQuantity")
        start = time.perf_counter()
        report = validation.validate(data)
        microseconds = (time.perf_counter() - start) * 1e6
        assert len(report.findings) >= lines, report.findings
        found.append({"findings": len(report.findings), "us_per_finding": round(microseconds / len(report.findings))})
    few = found[1]["us_per_finding"]
    return [row | {"over_few": round(row["us_per_finding"] / few, 1)} for row in found[1:]]


def engines_for(data: bytes) -> dict[str, Run]:
    """What is measured on one document: ours, the official XSLT and verifyhash where they are installed, lxml alone."""
    engines: dict[str, Run] = {
        "ours": lambda: judged_good(data),
        "in_full": lambda: judged_in_full(data),
        "parse": lambda: etree.fromstring(data),
    }
    if find_spec("saxonche"):
        stylesheet, text = official.european_stylesheet(), data.decode()
        engines["official"] = lambda: official.run_stylesheet(stylesheet, text)
    if find_spec("einvoice"):
        from einvoice import validate_bytes

        engines["verifyhash"] = lambda: validate_bytes(data, profile="en16931")
    return engines


def judged_good(data: bytes) -> None:
    report = validation.validate(data)
    assert report.valid and not report.findings, report.findings


def judged_in_full(data: bytes) -> None:
    """As the first document of its kind is: no earlier one answers for it."""
    with ALONE:
        judged_good(data)


def best_of_each(engines: dict[str, Run]) -> dict[str, float]:
    """Milliseconds of the fastest run of each engine. They take turns, so that a busy machine disturbs all alike."""
    best = dict.fromkeys(engines, float("inf"))
    gc.collect()
    for _ in range(TURNS):
        for name, run in engines.items():
            run()
            end = time.perf_counter() + TURN
            while (start := time.perf_counter()) < end:
                run()
                best[name] = min(best[name], time.perf_counter() - start)
    return {name: seconds * 1000 for name, seconds in best.items()}


def row_of(lines: int, ms: dict[str, float]) -> dict[str, Any]:
    ours = ms["ours"]
    row: dict[str, Any] = {"lines": lines}
    row |= {f"{name}_ms": round(ms[name], 3) for name in ENGINES if name in ms}
    row |= {f"{name}_over_ours": round(ms[name] / ours, 1) for name in ("official", "verifyhash") if name in ms}
    return row | {"ours_over_parse": round(ours / ms["parse"], 1), "ours_us_per_line": round(ours * 1000 / lines, 1)}


def main() -> None:
    figures = measure()
    rows = figures["validation"]
    print("  ".join(rows[0]))
    for row in rows:
        print("  ".join(f"{value:{len(name)}}" for name, value in row.items()))
    print(figures["validation_note"])
    for row in figures["faulty"]:
        print(row)


if __name__ == "__main__":
    main()
