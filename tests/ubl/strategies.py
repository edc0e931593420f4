"""Hypothesis strategies for whole invoices that break no rule: `invoices()` for documents, the rest for their parts.

What they make is in the model's normal form, so that reading what was written gives an equal invoice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from ubl.arithmetic import cents, totals
from ubl.invoice import (
    Address,
    AllowanceCharge,
    Buyer,
    Card,
    Classification,
    Contact,
    CreditTransfer,
    Delivery,
    DirectDebit,
    DocumentType,
    Identifier,
    Invoice,
    Item,
    Line,
    Payee,
    PaymentMeans,
    Period,
    PrecedingInvoice,
    Price,
    Seller,
    SupportingDocument,
    TaxRepresentative,
    Vat,
    VatExemption,
)
from ubl.references import ogm_from_number, rf_from_text
from ubl.statutory import exemption_for

HUNDRED = Decimal(100)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
IBANS = st.sampled_from(["BE68539007547034", "NL91ABNA0417164300", "DE89370400440532013000", "LU280019400644750000"])
UNITS = st.sampled_from(["C62", "HUR", "KGM", "MTR", "LTR", "DAY", "XPP"])
VAT_RATES = {"BE": ("21", "12", "6"), "NL": ("21", "9"), "LU": ("17", "8", "3")}


@cache
def texts(most: int = 30) -> st.SearchStrategy[str]:
    """Any text that XML can carry, without white space around it and without the sign that marks a coded note."""
    characters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="#")
    return st.text(characters, min_size=1, max_size=most).map(str.strip).filter(bool)


@cache
def codes(most: int = 12) -> st.SearchStrategy[str]:
    return st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-", min_size=1, max_size=most).filter(lambda code: code != "NA")


@cache
def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


@cache
def decimals(least: str, most: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(least), Decimal(most), places=places, allow_nan=False, allow_infinity=False)


@cache
@st.composite
def kbo_numbers(draw: st.DrawFn) -> str:
    base = draw(st.integers(2_000_000, 19_999_999))
    return f"{base:08d}{97 - base % 97:02d}"


@cache
@st.composite
def vat_ids(draw: st.DrawFn, country: str) -> str:
    if country == "BE":
        return "BE" + draw(kbo_numbers())
    if country == "NL":
        return f"NL{draw(st.integers(1, 999_999_999)):09d}B{draw(st.integers(1, 99)):02d}"
    return f"{country}{draw(st.integers(10**8, 10**9 - 1))}"


@cache
@st.composite
def addresses(draw: st.DrawFn, country: str) -> Address:
    return Address(
        country=country,
        line_1=draw(texts()),
        line_2=draw(maybe(texts())),
        line_3=draw(maybe(texts())),
        city=draw(texts()),
        postal_code=draw(codes(8)),
        subdivision=draw(maybe(texts())),
    )


@cache
def contacts() -> st.SearchStrategy[Contact | None]:
    whole = st.builds(Contact, name=texts(), phone=st.just("+32 9 123 45 67"), email=st.just("boekhouding@example.be"))
    return maybe(whole | st.builds(Contact, name=texts()))


@cache
@st.composite
def registrations(draw: st.DrawFn, country: str) -> Identifier:
    if country == "BE":
        return Identifier(draw(kbo_numbers()), "0208")
    if country == "NL":
        return Identifier(f"{draw(st.integers(1, 99_999_999)):08d}", "0106")
    return Identifier(draw(codes()), None)


@cache
@st.composite
def endpoints(draw: st.DrawFn, country: str) -> Identifier:
    if country in ("BE", "NL"):
        return draw(registrations(country))
    return Identifier(draw(vat_ids(country)), {"DE": "9930", "LU": "9938", "FR": "9957"}[country])


@st.composite
def sellers(draw: st.DrawFn, taxed: bool = True) -> Seller:
    """A Belgian, Dutch or Luxembourg seller; without VAT number unless `taxed` (BR-O-02)."""
    country = draw(st.sampled_from(sorted(VAT_RATES)))
    return Seller(
        name=draw(texts()),
        address=draw(addresses(country)),
        endpoint=draw(endpoints(country)),
        trading_name=draw(maybe(texts())),
        identifiers=tuple(draw(st.lists(st.builds(Identifier, codes()), max_size=2))),
        legal_id=draw(registrations(country)),
        vat_id=draw(vat_ids(country)) if taxed else None,
        tax_registration=draw(maybe(codes())) if taxed else None,
        legal_information=draw(maybe(texts())),
        contact=draw(contacts()),
    )


@cache
@st.composite
def buyers(draw: st.DrawFn, countries: tuple[str, ...], taxed: bool) -> Buyer:
    country = draw(st.sampled_from(countries))
    return Buyer(
        name=draw(texts()),
        address=draw(addresses(country)),
        endpoint=draw(endpoints(country)),
        trading_name=draw(maybe(texts())),
        identifier=draw(maybe(st.builds(Identifier, codes()))),
        legal_id=draw(registrations(country)),
        vat_id=draw(vat_ids(country)) if taxed else None,
        contact=draw(contacts()),
    )


@st.composite
def allowances(draw: st.DrawFn, vats: list[Vat] | None = None) -> AllowanceCharge:
    """On a line, or with `vats` on the document; either a fixed amount or a percentage of a base."""
    charge = draw(st.booleans())
    base = draw(maybe(decimals("1.00", "2000.00", 2)))
    percentage = draw(decimals("0.5", "40", 1)) if base else None
    amount = cents(base * percentage / HUNDRED) if base and percentage else draw(decimals("0.01", "50.00", 2))
    return AllowanceCharge(
        charge=charge,
        amount=amount,
        base=base,
        percentage=percentage,
        vat=draw(st.sampled_from(vats)) if vats else None,
        reason=draw(texts()),
        reason_code=draw(maybe(st.sampled_from(["FC", "ABL"] if charge else ["95", "100"]))),
    )


@cache
@st.composite
def prices(draw: st.DrawFn) -> Price:
    net = draw(decimals("0", "5000", 4))
    discount = draw(maybe(decimals("0", "100", 2)))
    return Price(
        net=net,
        gross=None if discount is None else net + discount,
        discount=discount,
        base_quantity=draw(maybe(st.sampled_from([Decimal(1), Decimal(10), Decimal(1000)]))),
    )


@cache
@st.composite
def items(draw: st.DrawFn) -> Item:
    return Item(
        name=draw(texts()),
        description=draw(maybe(texts())),
        seller_id=draw(maybe(codes())),
        buyer_id=draw(maybe(codes())),
        standard_id=draw(maybe(st.just(Identifier("5400000000003", "0160")))),
        classifications=tuple(
            draw(
                st.lists(
                    st.builds(Classification, code=codes(), list_id=st.just("STI"), list_version=maybe(st.just("1"))),
                    max_size=2,
                )
            )
        ),
        origin=draw(maybe(st.sampled_from(["BE", "CN", "US"]))),
        attributes=tuple(draw(st.lists(st.tuples(texts(), texts()), max_size=2))),
    )


@st.composite
def periods(draw: st.DrawFn, around: Period | None = None) -> Period:
    """Within `around` when given (PEPPOL-EN16931-R110 and R111)."""
    least = around.start if around and around.start else date(2024, 1, 1)
    most = around.end if around and around.end else date(2028, 12, 31)
    start = draw(st.dates(least, most))
    return Period(start=start, end=draw(st.dates(start, most)))


@st.composite
def lines(draw: st.DrawFn, vats: list[Vat], period: Period | None) -> Line:
    return Line(
        id="0",
        quantity=draw(decimals("-100", "1000", 3)),
        unit=draw(UNITS),
        price=draw(prices()),
        vat=draw(st.sampled_from(vats)),
        item=draw(items()),
        note=draw(maybe(texts())),
        object_id=draw(maybe(st.builds(Identifier, codes(), maybe(st.just("AAB"))))),
        order_line=draw(maybe(codes())),
        accounting_reference=draw(maybe(codes())),
        period=draw(maybe(periods(period))),
        allowances=tuple(draw(st.lists(allowances(), max_size=2))),
    )


@cache
@st.composite
def payment_means(draw: st.DrawFn) -> PaymentMeans:
    reference = draw(
        maybe(
            st.integers(0, 10**10 - 1).map(ogm_from_number) | st.integers(1, 10**12).map(lambda n: rf_from_text(str(n)))
        )
    )
    text = draw(maybe(texts()))
    kind = draw(st.sampled_from(["transfer", "card", "debit"]))
    if kind == "card":
        return PaymentMeans(
            code="48", text=text, reference=reference, card=Card(number="1234", holder=draw(maybe(texts())))
        )
    if kind == "debit":
        debit = DirectDebit(
            mandate=draw(codes()),
            creditor_id=draw(maybe(st.just("BE68ZZZ0123456789"))),
            debited_iban=draw(maybe(IBANS)),
        )
        return PaymentMeans(code="59", text=text, reference=reference, debit=debit)
    transfers = st.builds(CreditTransfer, iban=IBANS, account_name=maybe(texts()), bic=maybe(st.just("KREDBEBB")))
    return PaymentMeans(
        code=draw(st.sampled_from(["30", "58"])),
        text=text,
        reference=reference,
        transfers=tuple(draw(st.lists(transfers, min_size=1, max_size=3))),
    )


@cache
@st.composite
def supporting_documents(draw: st.DrawFn) -> SupportingDocument:
    document = SupportingDocument(id=draw(codes()), description=draw(maybe(texts())))
    kind = draw(st.sampled_from(["embedded", "linked", "named"]))
    if kind == "embedded":
        content = draw(st.binary(min_size=1, max_size=60))
        return replace(document, content=content, mime="application/pdf", filename=f"{draw(codes())}.pdf")
    return replace(document, url="https://example.be/bijlage") if kind == "linked" else document


@cache
@st.composite
def deliveries(draw: st.DrawFn, country: str) -> Delivery:
    return Delivery(
        date=draw(DAYS),
        name=draw(maybe(texts())),
        location=draw(maybe(st.just(Identifier("5400000000003", "0088")))),
        address=draw(addresses(country)),
    )


@st.composite
def vat_schemes(draw: st.DrawFn, seller: Seller) -> tuple[list[Vat], tuple[VatExemption, ...], str]:
    """VAT of the lines, exemptions and the buyer's country for a supply at home, shifted, in the Union or beyond it."""
    home = seller.address.country
    kind = draw(st.sampled_from(["home", "home", "exempt", "AE", "K", "G"])) if seller.vat_id else "O"
    taxed = [Vat(category="S", rate=Decimal(rate)) for rate in VAT_RATES[home]]
    if kind == "home":
        return [*taxed, Vat(category="Z")], (), home
    country = {"exempt": home, "AE": home, "O": home, "K": "DE", "G": "FR"}[kind]
    category = "E" if kind == "exempt" else kind
    vats = [Vat(category=category)] + (taxed[:1] if kind in ("exempt", "AE") else [])
    return vats, (exemption_for(category, home, draw(st.sampled_from(["nl", "fr", "de", "en"])), country),), country


@st.composite
def invoices(draw: st.DrawFn, types: tuple[DocumentType, ...] = tuple(DocumentType), most_lines: int = 4) -> Invoice:
    """An invoice or credit note that EN 16931 and Peppol BIS Billing 3.0 accept."""
    seller = draw(sellers(taxed=draw(st.integers(0, 9)) > 0))
    vats, exemptions, country = draw(vat_schemes(seller))
    issued = draw(DAYS)
    period = draw(maybe(periods()))
    drawn = draw(st.lists(lines(vats, period), min_size=1, max_size=most_lines))
    numbered = tuple(replace(line, id=str(number)) for number, line in enumerate(drawn, start=1))
    means = draw(payment_means())
    invoice = Invoice(
        type=draw(st.sampled_from(types)),
        number=draw(codes(20)),
        issued=issued,
        currency="EUR",
        seller=seller,
        buyer=draw(buyers((country,), taxed=bool(seller.vat_id))),
        lines=numbered,
        due=issued + timedelta(days=draw(st.integers(0, 60))),
        buyer_reference=draw(codes()),
        purchase_order=draw(codes()),
        preceding=tuple(
            draw(st.lists(st.builds(PrecedingInvoice, number=codes(), issued=maybe(DAYS)), min_size=1, max_size=2))
        ),
        delivery=draw(deliveries(country)),
        period=period,
        payment=(means,),
        allowances=tuple(draw(st.lists(allowances(vats), max_size=2))),
        exemptions=exemptions,
        documents=tuple(draw(st.lists(supporting_documents(), max_size=2))),
        prepaid=draw(st.just(Decimal(0)) | decimals("0.01", "100.00", 2)),
        rounding=draw(st.just(Decimal(0)) | decimals("-0.05", "0.05", 2)),
    )
    return in_normal_form(draw(extras(invoice)))


@cache
def payees() -> st.SearchStrategy[Payee]:
    """Someone else than the seller (BR-17)."""
    name = texts().map("Factor {}".format)
    return st.builds(Payee, name=name, identifier=maybe(codes().map(lambda code: Identifier(f"FACTOR-{code}"))))


@st.composite
def extras(draw: st.DrawFn, invoice: Invoice) -> Invoice:
    """`invoice` with more of the groups and references that may be there or not."""
    home = invoice.seller.address.country
    foreign = draw(st.booleans())
    invoice = replace(
        invoice,
        vat_currency="USD" if foreign else None,
        project=draw(maybe(codes())),
        contract=draw(maybe(codes())),
        sales_order=draw(maybe(codes())),
        receiving_advice=draw(maybe(codes())),
        despatch_advice=draw(maybe(codes())),
        tender=draw(maybe(codes())),
        object_id=draw(maybe(st.builds(Identifier, codes(), maybe(st.just("ABT"))))),
        accounting_reference=draw(maybe(codes())),
        payment_terms=draw(maybe(texts(80))),
        note=draw(maybe(texts(80))),
        payee=draw(maybe(payees())),
    )
    if draw(st.booleans()):
        invoice = replace(invoice, tax_point=draw(DAYS))
    if invoice.seller.vat_id and draw(st.booleans()):
        representative = st.builds(TaxRepresentative, name=texts(), vat_id=vat_ids(home), address=addresses(home))
        invoice = replace(invoice, tax_representative=draw(representative))
    return replace(invoice, vat_in_vat_currency=totals(invoice).vat * 2) if foreign else invoice


def in_normal_form(invoice: Invoice) -> Invoice:
    """Exemptions only of categories in use, none of them twice."""
    used = {subtotal.category for subtotal in totals(invoice).vat_breakdown}
    return replace(invoice, exemptions=tuple(e for e in invoice.exemptions if e.category in used))
