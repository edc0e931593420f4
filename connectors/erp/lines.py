"""The lines, allowances and charges of an export's document as those of an invoice (BG-20, BG-21, BG-25)."""

from __future__ import annotations

from decimal import Decimal

from connectors.erp import records
from connectors.erp.fields import UNITS
from ubl.arithmetic import cents, line_net, vat_key
from ubl.invoice import ZERO, AllowanceCharge, Identifier, Item, Line, Period, Price, Vat

DISCOUNT = "95"  # UNTDID 5189
GTIN = "0160"  # ISO 6523


def invoice_line(record: records.Line, position: int) -> Line:
    """BG-25; `position` counts from 1 and numbers a line that has no id."""
    unit = UNITS.get(record.unit, record.unit)
    return Line(
        id=record.id or str(position),
        quantity=record.quantity,
        unit=unit,
        price=Price(
            net=record.unit_price, base_quantity=record.price_per, base_unit=unit if record.price_per else None
        ),
        vat=vat(record),
        item=Item(
            name=record.description,
            description=record.details,
            seller_id=record.item_number,
            buyer_id=record.buyer_item_number,
            standard_id=Identifier(record.gtin, GTIN) if record.gtin else None,
            origin=record.origin,
        ),
        note=record.note,
        order_line=record.order_line,
        accounting_reference=record.cost_centre,
        period=period(record.period),
        allowances=line_allowances(record),
    )


def line_allowances(record: records.Line) -> tuple[AllowanceCharge, ...]:
    """BG-27 and BG-28: the discount and the charges, each an amount, or a percentage of quantity times price."""
    price = cents(record.quantity * record.unit_price / (record.price_per or 1))
    given = record.discount
    found = [share(given, price, charge=False, reason=given.reason, code=DISCOUNT)] if given else []
    found += [share(charge, price, charge=True, reason=charge.reason) for charge in record.charges]
    return tuple(found)


def share(
    given: records.Share, base: Decimal, *, charge: bool, reason: str | None, code: str | None = None
) -> AllowanceCharge:
    """An amount as it was given, or a percentage with its base."""
    if given.amount is not None:
        return AllowanceCharge(charge=charge, amount=given.amount, reason=reason, reason_code=code)
    percent = given.percent
    assert percent is not None
    return AllowanceCharge(
        charge=charge,
        amount=cents(base * percent / 100),
        base=base,
        percentage=percent,
        reason=reason,
        reason_code=code,
    )


def adjustments(document: records.Document, lines: tuple[Line, ...]) -> tuple[AllowanceCharge, ...]:
    """BG-20 and BG-21, allowances first. `lines` are the document's own, in the model."""
    both = [(False, record) for record in document.allowances] + [(True, record) for record in document.charges]
    return tuple(adjustment(record, lines, charge=charge) for charge, record in both)


def adjustment(record: records.Adjustment, lines: tuple[Line, ...], *, charge: bool) -> AllowanceCharge:
    """A percentage without base is of all lines that bear the same VAT."""
    if record.amount is not None:
        return AllowanceCharge(charge=charge, amount=record.amount, vat=vat(record), reason=record.reason)
    same = sum((line_net(line) for line in lines if vat_key(line.vat) == vat_key(vat(record))), ZERO)
    base = same if record.base is None else record.base
    assert record.percent is not None
    return AllowanceCharge(
        charge=charge,
        amount=cents(base * record.percent / 100),
        base=base,
        percentage=record.percent,
        vat=vat(record),
        reason=record.reason,
    )


def vat(record: records.Taxed) -> Vat:
    return Vat(category=record.vat_category, rate=None if record.vat_category == "O" else record.vat_rate)


def period(record: records.Period | None) -> Period | None:
    return Period(start=record.start, end=record.end) if record else None
