"""The lines, allowances and charges of an export's document as those of an invoice (BG-20, BG-21, BG-25)."""

from __future__ import annotations

from connectors.erp import records
from connectors.erp.fields import UNITS
from ubl.arithmetic import cents
from ubl.invoice import AllowanceCharge, Item, Line, Period, Price, Vat

DISCOUNT = "95"  # UNTDID 5189


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
        item=Item(name=record.description, description=record.details, seller_id=record.item_number),
        note=record.note,
        order_line=record.order_line,
        accounting_reference=record.cost_centre,
        period=period(record.period),
        allowances=(discount(record),) if record.discount else (),
    )


def discount(record: records.Line) -> AllowanceCharge:
    """BG-27: the discount as an amount, with its percentage and base where it was given as a percentage."""
    given = record.discount
    assert given is not None
    if given.amount is not None:
        return AllowanceCharge(charge=False, amount=given.amount, reason=given.reason, reason_code=DISCOUNT)
    percent = given.percent
    assert percent is not None
    base = cents(record.quantity * record.unit_price / (record.price_per or 1))
    return AllowanceCharge(
        charge=False,
        amount=cents(base * percent / 100),
        base=base,
        percentage=percent,
        reason=given.reason,
        reason_code=DISCOUNT,
    )


def adjustments(document: records.Document) -> tuple[AllowanceCharge, ...]:
    """BG-20 and BG-21, allowances first."""
    both = [(False, record) for record in document.allowances] + [(True, record) for record in document.charges]
    return tuple(
        AllowanceCharge(charge=charge, amount=record.amount, vat=vat(record), reason=record.reason)
        for charge, record in both
    )


def vat(record: records.Taxed) -> Vat:
    return Vat(category=record.vat_category, rate=None if record.vat_category == "O" else record.vat_rate)


def period(record: records.Period | None) -> Period | None:
    return Period(start=record.start, end=record.end) if record else None
