"""Facts for letters: one overdue invoice of a heat pump, and what each step asks of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from receivables.letters.model import Instalment, LetterFacts, LetterLine, LetterParty

SELLER = LetterParty(
    name="Vandenbroecke Technische Groothandel NV",
    address_lines=("Wiedauwkaai 118", "9000 Gent"),
    registration="0901234522",
    email="facturen@vdb-techniek.example",
    phone="+32 9 000 12 30",
    contact="Nadia Willems",
    iban="BE15735041238930",
)
DEBTOR = LetterParty(
    name="Installatiebedrijf Claes BV",
    address_lines=("Kempische Steenweg 305", "3500 Hasselt"),
    reference="C-1004",
)
LINE = LetterLine(
    number="2026-0003",
    issued=date(2026, 1, 8),
    due=date(2026, 2, 7),
    received=date(2026, 1, 8),
    step="reminder",
    open=Decimal("1000.00"),
    interest=Decimal(0),
    description="Warmtepomp lucht-water 12 kW",
    supplied=date(2026, 1, 7),
)
WITH_INTEREST = {
    "lines": (LetterLine(**{n: getattr(LINE, n) for n in LINE.__slots__} | {"interest": Decimal("9.49")}),),
    "interest": Decimal("9.49"),
    "lump_sum": Decimal("40.00"),
    "demanded": Decimal("1049.49"),
    "derivation": ("2026-0003: 33 days at 10.5 % on 1,000.00: 9.49",),
}


def letter_facts(
    step: str, country: str, kind: str, language: str, tone: str = "neutral", **changes: Any
) -> LetterFacts:
    """What a `step` needs: interest for a business in default, announced costs for a consumer, a plan's instalments."""
    values: dict[str, Any] = {
        "step": step,
        "country": country,
        "debtor_kind": kind,
        "language": language,
        "tone": tone,
        "on": date(2026, 3, 12),
        "currency": "EUR",
        "seller": SELLER,
        "debtor": DEBTOR,
        "lines": (LINE,),
        "credits": Decimal(0),
        "principal": Decimal("1000.00"),
        "interest": Decimal(0),
        "lump_sum": Decimal(0),
        "costs": Decimal(0),
        "demanded": Decimal("1000.00"),
        "derivation": (),
        "announced_costs": None,
        "announced_costs_vat": None,
        "reference": "+++900/0000/01025+++" if country == "BE" else "RF18539007547034",
        "pay_by": date(2026, 3, 31),
        "provisional": False,
    }
    if step == "notice_of_default" and kind != "consumer":
        values |= WITH_INTEREST
    if step in ("fourteen_day_letter", "book_xix_notice"):
        values |= {"announced_costs": Decimal("150.00"), "announced_costs_vat": Decimal("0.00")}
    if step == "plan_agreement":
        halves = (Instalment(due=date(2026, 3, 31), amount=Decimal("500.00")),)
        values |= {"instalments": (*halves, Instalment(due=date(2026, 4, 30), amount=Decimal("500.00")))}
    if step == "due_soon":
        values |= {"on": date(2026, 2, 3), "pay_by": LINE.due, "lines": (replace(LINE, step=step),)}
    if step == "thank_you":
        values |= {"paid": Decimal("1000.00")}
    return LetterFacts(**(values | changes))
