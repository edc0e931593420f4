"""What the insurer pays and what comes in afterwards, exact to the cent. Pure; amounts in whole minor units.

An indemnification pays no invoice. The debtor still owes all of it: for the part that was indemnified the right to it
goes to the insurer (subrogation), the rest is our own risk. So

    open = invoiced − credited − paid − collected − written off      (as on every invoice)
    what the insurer bore = indemnified − its share of what came in since
    our own loss          = open − what the insurer bore

Whatever comes in after an invoice was indemnified is shared in the proportion of what was indemnified to what was open
then, so that once all came in the insurer has all back and we have the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class InsurerClaimState(StrEnum):
    """How a claim stands at the insurer."""

    PREPARED = "prepared"
    FILED = "filed"
    ACCEPTED = "accepted"  # being examined
    NEEDS_INFO = "needs_info"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


CLAIM_ENDED = (InsurerClaimState.REJECTED, InsurerClaimState.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One invoice at the insurer. `shared`: the insurer's part of what came in since it was indemnified."""

    open: int
    indemnified: int
    shared: int

    @property
    def borne(self) -> int:
        """What the insurer bears of what is still open."""
        return self.indemnified - self.shared

    @property
    def own_risk(self) -> int:
        """What we bear of what is still open."""
        return self.open - self.borne


def expected(percentage: Decimal, claimed: int, limit: int | None) -> int:
    """What the policy should pay on a claim: the insured percentage of it, of at most `limit`; half-up."""
    covered = claimed if limit is None else min(claimed, limit)
    return _whole(Decimal(covered) * percentage / 100)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in proportion to `weights`; the parts add up to it exactly, the largest remainders get the odd cents.

    >>> split(100, [1, 1, 1])
    [34, 33, 33]

    ValueError where there is nothing to divide it by.
    """
    whole = sum(weights)
    if whole <= 0:
        raise ValueError(f"{amount} cannot be divided over {list(weights)}")
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def insurers_share(came: int, shared: int, indemnified: int, basis: int) -> int:
    """The part that the insurer must still get when `came` came in altogether and it has had `shared` of it.

    `basis`: what was open when it was indemnified. Counted on the sums, so that no cent is lost; negative where money
    went back. The insurer never gets more than it paid.

    >>> insurers_share(500, 0, 900, 1000), insurers_share(1000, 450, 900, 1000)
    (450, 450)
    """
    if basis <= 0:
        return -shared
    return max(0, min(indemnified, _whole(Decimal(came) * indemnified / basis))) - shared


def _whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))
