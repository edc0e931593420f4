"""Every sum of an invoice (EN 16931-1, 6.5.2): each line rounded once, VAT once per category and rate, half up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from ubl.invoice import ZERO, AllowanceCharge, Invoice, Line, Price, Vat

CENT = Decimal("0.01")
MOST_ROUNDING = Decimal("0.05")  # what one invoice may differ from the ERP by rounding alone; more is another invoice
PRICE_DECIMALS = 8
UNTAXED = frozenset({"Z", "E", "AE", "K", "G", "O"})


class TotalsDiffer(ValueError):
    """The ERP's total and the derived one are further apart than rounding explains; the message has both."""


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


def fit_rounding(invoice: Invoice, stated_payable: Decimal) -> Invoice:
    """`invoice` with as much rounding (BT-114) as makes its payable amount (BT-115) the one that the ERP states.

    Lines are never touched. Raises TotalsDiffer where more than five cents (MOST_ROUNDING) would be needed.
    """
    derived = totals(invoice).payable
    difference = stated_payable - derived
    if abs(difference) > MOST_ROUNDING or cents(difference) != difference:
        raise TotalsDiffer(
            f"Invoice {invoice.number} states {stated_payable} {invoice.currency} to pay, but its lines come to "
            f"{derived} {invoice.currency}; correct the lines or the total (up to {MOST_ROUNDING} goes to rounding)."
        )
    return replace(invoice, rounding=invoice.rounding + difference)


def price_for(net: Decimal, quantity: Decimal) -> Price:
    """The price at which `quantity` comes to exactly `net` (two decimals), with as few decimals as do it, at least two.

    Where eight are not enough, the price is that of the whole quantity (BT-149). Raises ValueError where no price that
    is zero or more (BR-27) does it.
    """
    if net and (not quantity or (net < 0) != (quantity < 0)):
        raise ValueError(f"no price makes {quantity} pieces come to {net}: a price is never negative (BR-27)")
    if not quantity:
        return Price(net=ZERO)
    for decimals in range(2, PRICE_DECIMALS + 1):
        price = (net / quantity).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        if cents(quantity * price) == net:
            return Price(net=price)
    return Price(net=abs(net), base_quantity=abs(quantity))
