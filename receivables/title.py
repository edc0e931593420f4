"""Whether goods are still the seller's: retention of title holds only as it was agreed, at or before delivery.

An invoice that comes after the delivery cannot create it (NL art. 3:92 BW; BE art. 69 Pledge Act).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Standing(StrEnum):
    PROTECTED = "protected"
    DOUBTFUL = "doubtful"  # agreed in time by the record, but nothing proves it
    NOT_PROTECTED = "not_protected"
    NO_CLAUSE = "no_clause"
    NO_GOODS = "no_goods"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What decides about title. `retained`: the seller's terms keep it; `law`: what governs them; `accepted`: the day
    on which the customer accepted the terms, `proof` how that is shown; `delivered`: when the goods were handed over.
    """

    goods: bool
    retained: bool
    law: str
    accepted: date | None
    proof: str | None
    delivered: date


@dataclass(frozen=True, slots=True)
class Title:
    standing: Standing
    why: str  # one sentence

    @property
    def flag(self) -> str | None:
        """The sentence where the operator should know; None where all is well or nothing is retained."""
        return self.why if self.standing in (Standing.NOT_PROTECTED, Standing.DOUBTFUL) else None


class Basis(StrEnum):
    CLAUSE = "clause"
    RIGHT_OF_RECLAIM = "right_of_reclaim"  # art. 7:39 BW: needs no clause, and dissolves the sale


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """On what ground the goods can be taken back today: the best one first, none where they cannot; `why` in words."""

    grounds: tuple[Basis, ...]
    why: str


def reclaimable(
    found: Title, due: date, reclaim_until: date | None, on: date, *, insolvent: bool = False
) -> Reclaimable:
    """Whether unpaid goods can be taken back on `on`. `due`: of their price; insolvency makes it due at once.

    `reclaim_until`: the last day of the statutory right (art. 7:44 BW), None where the law has none.
    """
    if found.standing is Standing.NO_GOODS:
        return Reclaimable((), found.why)
    if on <= due and not insolvent:
        return Reclaimable((), f"The price is not due before {due}: nothing can be taken back yet.")
    grounds, reasons = [], [found.why]
    if found.standing is Standing.PROTECTED:
        grounds.append(Basis.CLAUSE)
    if reclaim_until is not None and on <= reclaim_until:
        grounds.append(Basis.RIGHT_OF_RECLAIM)
        reasons.append(f"The right of reclaim (art. 7:39 BW) lasts until {reclaim_until}.")
    elif reclaim_until is not None:
        reasons.append(f"The right of reclaim (art. 7:39 BW) ended on {reclaim_until}.")
    return Reclaimable(tuple(grounds), " ".join(reasons))


def title(sale: Sale, laws: tuple[str, ...]) -> Title:
    """How title to the goods of `sale` stands. `laws`: those for which there is a clause."""
    if not sale.goods:
        return Title(Standing.NO_GOODS, "No goods were sold: services cannot stay the seller's.")
    if not sale.retained:
        return Title(Standing.NO_CLAUSE, "The seller's terms do not keep the goods the seller's until they are paid.")
    if sale.law not in laws:
        reason = f"Retention of title is not printed: there is no clause here for the law of {sale.law}."
        return Title(Standing.NOT_PROTECTED, reason)
    if sale.accepted is None:
        reason = "Retention of title is not protected: there is no proof that the customer accepted the terms."
        return Title(Standing.NOT_PROTECTED, reason)
    if sale.accepted > sale.delivered:
        reason = (
            f"Retention of title is not protected: the terms were accepted on {sale.accepted}, "
            f"after the delivery of {sale.delivered}."
        )
        return Title(Standing.NOT_PROTECTED, reason)
    if sale.proof is None:
        reason = (
            f"Retention of title may not be protected: nothing proves that the terms were accepted on {sale.accepted}."
        )
        return Title(Standing.DOUBTFUL, reason)
    reason = f"The terms were accepted on {sale.accepted}, before the delivery of {sale.delivered} ({sale.proof})."
    return Title(Standing.PROTECTED, reason)
