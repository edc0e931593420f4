"""Invoices with everyone and everything that may stand on one besides goods and money; each becomes a golden."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.ubl.samples import (
    BELGIAN_BUYER,
    BELGIAN_SELLER,
    DUTCH_BUYER,
    DUTCH_SELLER,
    GERMAN_BUYER,
    TO_GHENT,
    TO_UTRECHT,
    UTRECHT,
    invoice,
    line,
)
from ubl.invoice import (
    Address,
    Card,
    Classification,
    Contact,
    CreditTransfer,
    Delivery,
    DirectDebit,
    Identifier,
    Invoice,
    Item,
    Payee,
    PaymentMeans,
    Period,
    PrecedingInvoice,
    SupportingDocument,
    TaxRepresentative,
)
from ubl.retention import with_retention

YEAR = Period(start=date(2026, 1, 1), end=date(2026, 12, 31))
MARCH = Period(start=date(2026, 3, 1), end=date(2026, 3, 31))
SITE = Address(
    country="BE",
    line_1="Industrieweg 40",
    line_2="Poort 3",
    line_3="Loods B",
    city="Genk",
    postal_code="3600",
    subdivision="Limburg",
)
FACTOR = Payee(
    name="Factor Bank NV",
    identifier=Identifier("5400000000003", "0088"),
    legal_id=Identifier("0202239951", "0208"),
)
DEBIT = PaymentMeans(
    code="59",
    reference="RF18539007547034",
    debit=DirectDebit(mandate="M-2024-17", creditor_id="BE68ZZZ0123456789", debited_iban="NL91ABNA0417164300"),
)
TWO_ACCOUNTS = replace(
    TO_GHENT,
    text="Overschrijving",
    transfers=(*TO_GHENT.transfers, CreditTransfer(iban="LU280019400644750000", bic="BCEELULL")),
)
OAK = Item(
    name="Eiken balk",
    description="Gezaagd, 200 x 20 cm",
    seller_id="EB-200",
    buyer_id="78-1",
    standard_id=Identifier("5412345000013", "0160"),
    classifications=(Classification(code="30103600", list_id="TST", list_version="19.05.01"),),
    origin="FR",
    attributes=(("Vochtgehalte", "12 %"), ("Klasse", "QF1")),
)

CASES: dict[str, Invoice] = {
    "payee_factor": invoice(
        payee=FACTOR, payment=(replace(TO_GHENT, transfers=(CreditTransfer(iban="BE71096123456769"),)),)
    ),
    "tax_representative": invoice(
        tax_representative=TaxRepresentative(name="Fiscalis BV", vat_id="BE0202239951", address=SITE),
    ),
    "delivery_elsewhere": invoice(
        delivery=Delivery(
            date=date(2026, 1, 2), name="Werf Genk", location=Identifier("5400000000003", "0088"), address=SITE
        )
    ),
    "sepa_direct_debit": invoice(payment=(DEBIT,)),
    "sepa_direct_debit_by_a_factor": invoice(payment=(DEBIT,), payee=FACTOR),
    "card": invoice(payment=(PaymentMeans(code="48", card=Card(number="4242", holder="J. Claes", network="VISA")),)),
    "two_accounts": invoice(payment=(TWO_ACCOUNTS,)),
    "paid_in_cash_on_terms_alone": invoice(payment=(), due=None, payment_terms="Contant bij levering"),
    "references": invoice(
        line(1, "1", "100", order_line="10", accounting_reference="KP-1", object_id=Identifier("T-5", "AKG")),
        buyer_reference="KP 4711",
        project="P-12",
        contract="C-2025-3",
        purchase_order="PO-998",
        sales_order="VO-55",
        receiving_advice="OB-1",
        despatch_advice="LB-2",
        tender="Perceel 2",
        object_id=Identifier("541448820000000000", "AVE"),
        accounting_reference="600100",
        preceding=(
            PrecedingInvoice(number="2025-0099", issued=date(2025, 11, 3)),
            PrecedingInvoice(number="2025-0100"),
        ),
    ),
    "sales_order_without_purchase_order": invoice(sales_order="VO-56"),
    "attachments": invoice(
        documents=(
            SupportingDocument(
                id="2026-0001",
                description="Factuur als PDF",
                content=b"%PDF-1.7\n%%EOF\n",
                mime="application/pdf",
                filename="2026-0001.pdf",
            ),
            SupportingDocument(id="Voorwaarden 2025", url="https://verlinden.example/voorwaarden-2025.pdf"),
            SupportingDocument(id="Werkbon 17", description="Ligt ter inzage"),
        )
    ),
    "terms_linked_with_interest_and_penalty": invoice(
        payment_terms="Bij te late betaling is zonder ingebrekestelling een rente van 10 % per jaar verschuldigd. "
        "Wat op de vervaldag niet is betaald, wordt verhoogd met een schadebeding van 10 %, minstens € 50,00. "
        "Onze algemene voorwaarden, versie 2025-03 (Nederlands), zijn van toepassing; "
        "u leest ze op https://verlinden.example/voorwaarden-2025-03.pdf.",
        documents=(
            SupportingDocument(
                id="Algemene voorwaarden 2025-03", url="https://verlinden.example/voorwaarden-2025-03.pdf"
            ),
        ),
    ),
    "retention_of_title_beside_a_remark": with_retention(
        invoice(note="Dossier #123# bis"),
        "BE",
        "nl",
        goods=True,
        reference_to_terms="onze voorwaarden (versie 2025-03)",
    ),
    "retention_of_title_netherlands": with_retention(
        invoice(seller=DUTCH_SELLER, buyer=DUTCH_BUYER, payment=(TO_UTRECHT,)), "NL", "nl", goods=True
    ),
    "retention_of_title_germany": with_retention(invoice(buyer=GERMAN_BUYER), "DE", "de", goods=True),
    "retention_of_title_france": with_retention(invoice(), "FR", "fr", goods=True),
    "item_in_full": invoice(line(1, "12", "38", item=OAK, note="Te zagen op maat", unit="MTR")),
    "periods": invoice(
        line(1, "1", "100", period=MARCH), line(2, "1", "250", period=Period(start=date(2026, 2, 1))), period=YEAR
    ),
    "tax_point": invoice(tax_point=date(2026, 1, 31)),
    "tax_point_code": invoice(tax_point_code="35"),
    "parties_in_full": invoice(
        seller=replace(
            BELGIAN_SELLER,
            address=SITE,
            identifiers=(Identifier("5400000000003", "0088"), Identifier("K-1")),
            tax_registration="F-77",
        ),
        buyer=replace(
            BELGIAN_BUYER,
            trading_name="Claes Meubelen",
            identifier=Identifier("KL-0042"),
            address=replace(SITE, line_1="Dorpsplein 1"),
            contact=Contact(name="Jan Claes", phone="+32 16 12 34 56", email="jan@claes.example"),
        ),
    ),
    "other_scripts_and_markup": invoice(
        line(1, "1", "10", item=Item(name='Schroef 3/8" & moer <M8> – "π"')),
        buyer=GERMAN_BUYER,
        note="Žluťoučký, 漢字, Ελλάδα",
    ),
    "dutch_buyer_of_a_belgian_seller": invoice(
        delivery=Delivery(date=date(2026, 1, 2), address=UTRECHT), prepaid=Decimal("21.00")
    ),
}
