"""How fast a document is judged: our rules beside the official XSLT and beside merely parsing the XML.

Run `python benchmarks/validation.py`. Each row is one document of 3, 100 or 1,000 lines, made here; every engine runs
warm in this one process and the best of several runs counts. The official column is EN 16931 alone, without the
schema and without Peppol; ours is schema, EN 16931, Peppol and national rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lxml import etree

from ubl import official, validation

SIZES = (3, 100, 1000)

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
    """Per size: milliseconds of each engine, and the ratios that matter."""
    stylesheet = official.european_stylesheet()
    rows: list[dict[str, Any]] = []
    for lines in SIZES:
        data = document(lines)
        text = data.decode()
        native = _best(lambda data=data: _native(data), 3000 // lines)
        parsing = _best(lambda data=data: etree.fromstring(data), 6000 // lines)
        xslt = _best(lambda text=text: official.run_stylesheet(stylesheet, text), 120 // lines + 2)
        rows.append(
            {
                "lines": lines,
                "native_ms": round(native, 3),
                "official_xslt_ms": round(xslt, 3),
                "parse_ms": round(parsing, 3),
                "faster_than_official": round(xslt / native, 1),
                "times_the_parse": round(native / parsing, 1),
                "native_us_per_line": round(native * 1000 / lines, 1),
            }
        )
    return {"validation": rows}


def _native(data: bytes) -> None:
    report = validation.validate(data)
    assert report.valid and not report.findings, report.findings


def _best(run: Callable[[], object], times: int) -> float:
    """Milliseconds of the fastest of several runs, the first one not counted."""
    run()
    best = float("inf")
    for _ in range(max(times, 3)):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def main() -> None:
    print("lines   ours ms   official ms   parse ms   official/ours   ours/parse   µs per line")
    for row in measure()["validation"]:
        print(
            f"{row['lines']:5}  {row['native_ms']:8.3f}  {row['official_xslt_ms']:11.2f}  {row['parse_ms']:9.3f}"
            f"  {row['faster_than_official']:13.1f}  {row['times_the_parse']:11.1f}  {row['native_us_per_line']:12.1f}"
        )


if __name__ == "__main__":
    main()
