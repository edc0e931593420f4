"""Every sum of an invoice (EN 16931-1, 6.5.2): each line rounded once, VAT once per category and rate, half up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ubl.invoice import ZERO, AllowanceCharge, Invoice, Line, Vat

CENT = Decimal("0.01")
UNTAXED = frozenset({"Z", "E", "AE", "K", "G", "O"})


def cents(amount: Decimal) -> Decimal:
    """`amount` with two decimals, half away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatSubtotal:
    """BG-23: what one VAT category and rate comes to."""

    category: str  # BT-118
    taxable: Decimal  # BT-116
    tax: Decimal  # BT-117
    rate: Decimal | None = None  # BT-119, None for category O
    reason: str | None = None  # BT-120
    reason_code: str | None = None  # BT-121


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22 with BG-23 beneath it, all in the invoice's currency."""

    lines: Decimal  # BT-106
    allowances: Decimal  # BT-107
    charges: Decimal  # BT-108
    without_vat: Decimal  # BT-109
    vat: Decimal  # BT-110
    with_vat: Decimal  # BT-112
    prepaid: Decimal  # BT-113
    rounding: Decimal  # BT-114
    payable: Decimal  # BT-115
    vat_breakdown: tuple[VatSubtotal, ...]


def line_net(line: Line) -> Decimal:
    """BT-131: quantity × (net price ÷ base quantity) + charges - allowances, rounded once (PEPPOL-EN16931-R120)."""
    base = line.price.base_quantity or Decimal(1)
    return cents(line.quantity * line.price.net / base) + signed_sum(line.allowances)


def signed_sum(items: Iterable[AllowanceCharge]) -> Decimal:
    """Charges minus allowances."""
    return sum((item.amount if item.charge else -item.amount for item in items), ZERO)


def vat_key(vat: Vat) -> tuple[str, Decimal | None]:
    """What one VAT subtotal gathers: the category with its rate; O has no rate, 21 and 21.00 are one."""
    return vat.category, None if vat.rate is None else vat.rate.normalize() + ZERO


def totals(invoice: Invoice) -> Totals:
    """All of BG-22 and BG-23; raises ValueError where an allowance or charge of the document has no VAT category."""
    nets = [line_net(line) for line in invoice.lines]
    breakdown = vat_breakdown(invoice, nets)
    lines = sum(nets, ZERO)
    allowances = sum((a.amount for a in invoice.allowances if not a.charge), ZERO)
    charges = sum((a.amount for a in invoice.allowances if a.charge), ZERO)
    without_vat = lines - allowances + charges
    vat = sum((subtotal.tax for subtotal in breakdown), ZERO)
    with_vat = without_vat + vat
    return Totals(
        lines=lines,
        allowances=allowances,
        charges=charges,
        without_vat=without_vat,
        vat=vat,
        with_vat=with_vat,
        prepaid=invoice.prepaid,
        rounding=invoice.rounding,
        payable=with_vat - invoice.prepaid + invoice.rounding,
        vat_breakdown=breakdown,
    )


def vat_breakdown(invoice: Invoice, nets: list[Decimal]) -> tuple[VatSubtotal, ...]:
    """BG-23 in the order in which categories and rates first appear. `nets` are the BT-131 of `invoice.lines`."""
    taxable: dict[tuple[str, Decimal | None], Decimal] = {}
    rates: dict[tuple[str, Decimal | None], Decimal | None] = {}
    parts = [(line.vat, net) for line, net in zip(invoice.lines, nets, strict=True)]
    parts += [(required_vat(a), a.amount if a.charge else -a.amount) for a in invoice.allowances]
    for vat, amount in parts:
        key = vat_key(vat)
        taxable[key] = taxable.get(key, ZERO) + amount
        rates.setdefault(key, vat.rate)
    reasons = {exemption.category: exemption for exemption in invoice.exemptions}
    subtotals = []
    for (category, rate), base in taxable.items():
        tax = ZERO if category in UNTAXED or rate is None else cents(base * rate / 100)
        why = reasons.get(category)
        subtotals.append(
            VatSubtotal(
                category=category,
                taxable=base,
                tax=tax,
                rate=rates[category, rate],
                reason=why.reason if why else None,
                reason_code=why.code if why else None,
            )
        )
    return tuple(subtotals)


def required_vat(item: AllowanceCharge) -> Vat:
    if item.vat is None:
        raise ValueError("an allowance or charge on the document needs a VAT category (BT-95, BT-102)")
    return item.vat
