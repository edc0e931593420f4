"""What a creditor may claim for collecting a debt, on top of principal and interest. Amounts are euros.

Netherlands: art. 6:96(4)-(7) BW and the Besluit vergoeding voor buitengerechtelijke incassokosten (BIK).
Belgium: law of 2 August 2002, art. 6 (business, public bodies); art. XIX.4 Code of economic law (consumers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from receivables.law.interest import Debtor
from receivables.law.rates import Country
from receivables.money import cents

LUMP_SUM = Decimal("40.00")
BIK_SLICES = (
    (Decimal(2500), Decimal("0.15")),
    (Decimal(2500), Decimal("0.10")),
    (Decimal(5000), Decimal("0.05")),
    (Decimal(190000), Decimal("0.01")),
    (Decimal("Infinity"), Decimal("0.005")),
)
BIK_MINIMUM, BIK_MAXIMUM = Decimal(40), Decimal(6775)
SMALL_INSTALMENT_BELOW, INSTALMENTS_CAP = Decimal("266.67"), Decimal(140)
BIK = "Besluit vergoeding voor buitengerechtelijke incassokosten, art. 2"


@dataclass(frozen=True, slots=True)
class PenaltyClause:
    """What the signed terms say: a percentage of the principal, with a minimum and a maximum in euros."""

    pct: Decimal
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None

    def on(self, principal: Decimal) -> Decimal:
        """The amount of the clause for this principal, in whole cents."""
        amount = max(self.minimum, principal * self.pct / 100)
        return cents(amount if self.maximum is None else min(amount, self.maximum))


@dataclass(frozen=True, slots=True)
class Costs:
    """Claimable collection costs. `costs` is without VAT and includes `lump_sum`, the part owed without any reminder;
    `vat` comes on top. `void_clause`: the agreed penalty exceeds what the law allows and falls away.
    """

    costs: Decimal
    vat: Decimal
    lump_sum: Decimal
    articles: tuple[str, ...]
    explanation: str
    void_clause: bool = False

    @property
    def total(self) -> Decimal:
        """Costs and VAT together, in whole cents."""
        return self.costs + self.vat


def costs(
    *,
    country: Country,
    debtor: Debtor,
    principal: Decimal,
    clause: PenaltyClause | None = None,
    penalty_agreed: bool = True,
    vat_deductible: bool = True,
    agency_charges_vat: bool = True,
    vat_pct: Decimal = Decimal(21),
    recurring: bool = False,
    charged_last_six_months: Decimal = Decimal(0),
) -> Costs:
    """The collection costs over `principal` (what is still open when they fall due).

    `clause`: the penalty clause of the signed terms. `penalty_agreed=False`: the Belgian consumer agreed to none, so
    nothing may be asked. The Dutch VAT uplift needs a creditor who cannot deduct VAT (`vat_deductible=False`) and an
    agency that charges it. `recurring`: the principal is one instalment of a recurring debt; costs over small ones are
    capped per six months, `charged_last_six_months` counting against the cap. Raises ValueError for a negative amount.
    """
    if principal < 0 or charged_last_six_months < 0:
        raise ValueError("Collection costs are over what is open: write zero or more.")
    if principal == 0:
        return Costs(Decimal("0.00"), Decimal("0.00"), Decimal("0.00"), (), "Nothing is open, so there are no costs.")
    if country == "BE":
        return (
            _belgian_consumer(principal, clause, penalty_agreed)
            if debtor == "consumer"
            else _belgian(principal, clause)
        )
    uplift = vat_pct if not vat_deductible and agency_charges_vat else Decimal(0)
    cap = INSTALMENTS_CAP - charged_last_six_months if recurring and principal < SMALL_INSTALMENT_BELOW else None
    if debtor == "consumer":
        return _dutch_consumer(principal, clause, uplift, cap)
    return _dutch(principal, clause, uplift, cap)


def bik_scale(principal: Decimal) -> Decimal:
    """The Dutch scale over a principal: at least 40, at most 6,775, without VAT (BIK, art. 2(1)-(2))."""
    amount, rest = Decimal(0), principal
    for width, share in BIK_SLICES:
        in_slice = min(rest, width)
        amount, rest = amount + in_slice * share, rest - in_slice
    return cents(min(BIK_MAXIMUM, max(BIK_MINIMUM, amount)))


def belgian_consumer_cap(principal: Decimal) -> Decimal:
    """The highest penalty that may be agreed with a Belgian consumer (art. XIX.4 Code of economic law)."""
    if principal <= 150:
        return cents(Decimal(20))
    if principal <= 500:
        return cents(30 + (principal - 150) * Decimal("0.10"))
    return cents(min(Decimal(2000), 65 + (principal - 500) * Decimal("0.05")))


def reminder_fee_cap(*, free_reminders_sent: int, regular_deliveries: bool, postage: Decimal = Decimal(0)) -> Decimal:
    """What a reminder to a Belgian consumer may cost (art. XIX.2 Code of economic law).

    The first is free; for regular deliveries the reminders of three due dates per calendar year are. After that at
    most 7.50 and the postage.
    """
    free = 3 if regular_deliveries else 1
    return Decimal("0.00") if free_reminders_sent < free else cents(Decimal("7.50") + postage)


def _dutch_consumer(principal: Decimal, clause: PenaltyClause | None, uplift: Decimal, cap: Decimal | None) -> Costs:
    amount, notes = _capped(bik_scale(principal), cap)
    if clause is not None and clause.on(principal) < amount:
        amount = clause.on(principal)
        notes.append("The signed terms ask less than the scale.")
    articles = ("6:96(5)-(7) BW", BIK)
    return _with_vat(
        amount, uplift, Decimal(0), articles, ["Dutch scale; owed only after a valid 14-day letter.", *notes]
    )


def _dutch(principal: Decimal, clause: PenaltyClause | None, uplift: Decimal, cap: Decimal | None) -> Costs:
    if clause is None:
        amount, notes = _capped(bik_scale(principal), cap)
        amount = max(LUMP_SUM, amount)
        notes = ["Dutch scale, of which 40 is owed without a reminder.", *notes]
    else:
        amount = max(LUMP_SUM, clause.on(principal))
        notes = ["Agreed costs, at least 40; a judge may moderate what exceeds the Dutch scale."]
    return _with_vat(amount, uplift, LUMP_SUM, ("6:96(2)(c) and (4) BW", BIK), notes)


def _capped(amount: Decimal, cap: Decimal | None) -> tuple[Decimal, list[str]]:
    if cap is None or amount <= cap:
        return amount, []
    return cents(max(Decimal(0), cap)), ["Recurring instalments below 266.67: at most 140 per six months."]


def _with_vat(
    amount: Decimal, uplift: Decimal, lump_sum: Decimal, articles: tuple[str, ...], notes: Sequence[str]
) -> Costs:
    vat = cents(amount * uplift / 100)
    if vat:
        notes = [*notes, f"Raised by {uplift} % VAT that the creditor cannot deduct; say so in the letter."]
        articles = (*articles, "BIK, art. 2(3)")
    return Costs(amount, vat, lump_sum, articles, " ".join(notes))


def _belgian(principal: Decimal, clause: PenaltyClause | None) -> Costs:
    """The fixed sum, or the agreed penalty where that is more: never both, so that nothing is asked twice."""
    articles: tuple[str, ...] = ("Law of 2 August 2002, art. 6",)
    if clause is None:
        text = "Fixed sum of 40, owed without a reminder; further reasonable costs need proof."
        return Costs(LUMP_SUM, Decimal("0.00"), LUMP_SUM, articles, text)
    amount = max(LUMP_SUM, clause.on(principal))
    text = "Agreed penalty, at least the fixed sum of 40; a judge moderates a manifestly excessive clause."
    return Costs(amount, Decimal("0.00"), LUMP_SUM, (*articles, "5.88 Civil Code"), text)


def _belgian_consumer(principal: Decimal, clause: PenaltyClause | None, penalty_agreed: bool) -> Costs:
    zero, articles = Decimal("0.00"), ("XIX.2 Code of economic law", "XIX.4 Code of economic law")
    cap = belgian_consumer_cap(principal)
    if not penalty_agreed:
        return Costs(zero, zero, zero, articles, "No penalty was agreed, so none may be asked.")
    if clause is None:
        text = "Highest penalty the law allows; owed only if agreed, and after the free first reminder and its term."
        return Costs(cap, zero, zero, articles, text)
    if clause.on(principal) > cap:
        text = f"The agreed penalty of {clause.on(principal)} exceeds the cap of {cap}: the clause is void."
        return Costs(zero, zero, zero, articles, text, void_clause=True)
    text = f"Agreed penalty, below the cap of {cap}; owed only after the free first reminder and its term."
    return Costs(clause.on(principal), zero, zero, articles, text)
