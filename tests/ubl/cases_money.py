"""Invoices with every kind of amount: allowances, charges, prices, what was paid before; each becomes a golden."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.ubl.samples import invoice, line, vat
from ubl.arithmetic import fit_rounding, price_for, totals
from ubl.invoice import AllowanceCharge, Invoice, Price

D = Decimal

FREIGHT = AllowanceCharge(charge=True, amount=D("35.00"), vat=vat("21"), reason="Vracht", reason_code="FC")
LOYALTY = AllowanceCharge(
    charge=False, amount=D("50.00"), base=D("1000.00"), percentage=D(5), vat=vat("21"), reason="Klantenkorting"
)
DAMAGE = AllowanceCharge(charge=False, amount=D("12.50"), reason="Beschadigd", reason_code="95")
QUANTITY = AllowanceCharge(charge=False, amount=D("24.00"), base=D("240.00"), percentage=D(10), reason="Staffelkorting")
CUTTING = AllowanceCharge(charge=True, amount=D("8.00"), reason="Zaagkosten", reason_code="ABL")
WHOLE = invoice(line(1, "10", "100", "21"))

CASES: dict[str, Invoice] = {
    "allowances_and_charges_of_the_document": invoice(line(1, "10", "100", "21"), allowances=(LOYALTY, FREIGHT)),
    "allowances_and_charges_of_a_line": invoice(
        line(1, "20", "12", allowances=(QUANTITY, CUTTING)), line(2, "1", "60", allowances=(DAMAGE,))
    ),
    "price_with_many_decimals": invoice(line(1, "278362.5", "0.00346"), line(2, "3", price_for(D("85.62"), D(3)))),
    "price_for_a_base_quantity": invoice(
        line(1, "2500", Price(net=D("18.40"), base_quantity=D(1000), base_unit="C62")),
        line(2, "7", price_for(D("0.01"), D(7))),
    ),
    "gross_price_with_discount": invoice(line(1, "6", Price(net=D("42.50"), gross=D("50.00")))),
    "negative_line": invoice(line(1, "10", "80"), line(2, "-2", "80")),
    "net_of_a_return_below_zero": invoice(line(1, "1", "10"), line(2, "-3", "10"), payment_terms="Wij storten terug."),
    "fully_prepaid": replace(WHOLE, prepaid=totals(WHOLE).with_vat),
    "partly_prepaid": replace(WHOLE, prepaid=D("210.00")),
    "rounded_to_the_erp": fit_rounding(invoice(line(1, "3", "33.333", "21")), D("121.01")),
    "rounded_down": fit_rounding(invoice(line(1, "1", "99.98", "6")), D("105.95")),
}
