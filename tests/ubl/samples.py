"""One Belgian seller, a few buyers, and lines to build an invoice from in a test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ubl.invoice import (
    Address,
    Buyer,
    Contact,
    CreditTransfer,
    DocumentType,
    Identifier,
    Invoice,
    Item,
    Line,
    PaymentMeans,
    Price,
    Seller,
    Vat,
)

GHENT = Address(country="BE", line_1="Kouter 12", city="Gent", postal_code="9000")
UTRECHT = Address(country="NL", line_1="Oudegracht 99", city="Utrecht", postal_code="3511 AB")
AACHEN = Address(country="DE", line_1="Markt 4", city="Aachen", postal_code="52062")
GENEVA = Address(country="CH", line_1="Rue du Rhône 8", city="Genève", postal_code="1204")

BELGIAN_SELLER = Seller(
    name="Houtbouw Verlinden BV",
    trading_name="Verlinden",
    address=GHENT,
    endpoint=Identifier("0123456749", "0208"),
    legal_id=Identifier("0123456749", "0208"),
    vat_id="BE0123456749",
    legal_information="RPR Gent",
    contact=Contact(name="Els Peeters", phone="+32 9 123 45 67", email="boekhouding@verlinden.example"),
)
DUTCH_SELLER = Seller(
    name="Van Dijk Techniek B.V.",
    address=UTRECHT,
    endpoint=Identifier("12345678", "0106"),
    legal_id=Identifier("12345678", "0106"),
    vat_id="NL123456782B90",
)
BELGIAN_BUYER = Buyer(
    name="Meubelzaak Claes NV",
    address=Address(country="BE", line_1="Grote Markt 1", city="Leuven", postal_code="3000"),
    endpoint=Identifier("0202239951", "0208"),
    legal_id=Identifier("0202239951", "0208"),
    vat_id="BE0202239951",
)
DUTCH_BUYER = Buyer(
    name="Bouwbedrijf De Vries B.V.",
    address=Address(country="NL", line_1="Havenstraat 7", city="Rotterdam", postal_code="3011 AA"),
    endpoint=Identifier("87654321", "0106"),
    legal_id=Identifier("87654321", "0106"),
    vat_id="NL004495445B01",
)
GERMAN_BUYER = Buyer(
    name="Holzhandel Krüger GmbH",
    address=AACHEN,
    endpoint=Identifier("DE136695976", "9930"),
    legal_id=Identifier("HRB 1234"),
    vat_id="DE136695976",
)
SWISS_BUYER = Buyer(name="Menuiserie Favre SA", address=GENEVA, endpoint=Identifier("5400000000003", "0088"))

TO_GHENT = PaymentMeans(
    code="30",
    reference="+++090/9337/55493+++",
    transfers=(CreditTransfer(iban="BE68539007547034", account_name="Houtbouw Verlinden BV"),),
)
TO_UTRECHT = PaymentMeans(
    code="58",
    reference="RF18539007547034",
    transfers=(CreditTransfer(iban="NL91ABNA0417164300", account_name="Van Dijk Techniek B.V."),),
)


def vat(rate: str | None, category: str = "S") -> Vat:
    return Vat(category=category, rate=None if rate is None else Decimal(rate))


def line(
    number: int, quantity: str, price: str | Price, rate: str | None = "21", category: str = "S", **more: object
) -> Line:
    """A line of an article of its own; `more` overrules or adds fields of `Line`."""
    fields: dict[str, object] = {
        "id": str(number),
        "quantity": Decimal(quantity),
        "unit": "C62",
        "price": price if isinstance(price, Price) else Price(net=Decimal(price)),
        "vat": vat(rate, category),
        "item": Item(name=f"Artikel {number}", seller_id=f"A-{number}"),
    }
    return Line(**(fields | more))  # type: ignore[arg-type]


def invoice(*lines: Line, **more: object) -> Invoice:
    """A Belgian invoice that breaks no rule, with `lines` or one line of 100.00; `more` overrules or adds fields."""
    fields: dict[str, object] = {
        "type": DocumentType.INVOICE,
        "number": "2026-0001",
        "issued": date(2026, 1, 5),
        "due": date(2026, 2, 4),
        "currency": "EUR",
        "seller": BELGIAN_SELLER,
        "buyer": BELGIAN_BUYER,
        "buyer_reference": "Afdeling 7",
        "payment": (TO_GHENT,),
        "lines": lines or (line(1, "1", "100"),),
    }
    return Invoice(**(fields | more))  # type: ignore[arg-type]
