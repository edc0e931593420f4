"""How a debtor is addressed, from how it paid: a deterministic score with its reasons, and never a secret.

From 70 points (of 100) on the tone is friendly, below 40 firm, between them neutral. Three invoices paid are the least
from which anything is concluded. A person's word goes before the score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from receivables.claims import ZERO, ClaimFacts, History, PaidInvoice

Tone = Literal["friendly", "neutral", "firm"]

START = 75
FRIENDLY_FROM, FIRM_BELOW = 70, 40
LEAST_PAID = 3
LOYAL_YEARS, LOYAL_PAID = 2, 5
HALF_WEIGHT_DAYS = 180  # an invoice of half a year ago weighs half as much as one of today
FINEST = Decimal("0.000001")  # the part of a euro to which a weight is kept
MOST_DAYS_LATE = 120
POINTS_PER_DAY_LATE, MOST_FOR_LATENESS = Decimal("1.5"), 60
KEPT, MOST_FOR_KEPT = 3, 9
BROKEN, MOST_FOR_BROKEN = 8, 24
DISPUTED, MOST_FOR_DISPUTES = 2, 6
TREND_DAYS, TREND = 5, 8
MOST_FOR_YEARS = 10


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`score` from 0 to 100, None where too little is known. `loyal`: rather called than written to first."""

    tone: Tone
    loyal: bool
    score: int | None
    reasons: tuple[str, ...]


UNKNOWN = Behaviour("neutral", False, None, ("nothing is known of earlier payments: neutral",))


def assess(
    history: History | None,
    opened: Iterable[ClaimFacts],
    customer_since: date | None,
    on: date,
    *,
    said: tuple[Tone, str] | None = None,
) -> Behaviour:
    """The behaviour of a debtor as it looks on `on`. `opened`: what is open now, of which the overdue part counts.

    `said`: the tone that a person chose, and why; it overrules the score, whose reasons stay visible.
    """
    found = judge(history, opened, customer_since, on)
    if said is None:
        return found
    tone, why = said
    return Behaviour(tone, found.loyal, found.score, (f"{tone}, chosen by a person: {why}", *found.reasons))


def judge(history: History | None, opened: Iterable[ClaimFacts], customer_since: date | None, on: date) -> Behaviour:
    if history is None:
        return UNKNOWN
    if len(history.paid) < LEAST_PAID:
        return Behaviour("neutral", False, None, (f"only {len(history.paid)} invoices were paid so far: neutral",))
    parts = [
        lateness((*history.paid, *overdue(opened, on)), on),
        trend(history.paid),
        counted(history.promises_kept, KEPT, MOST_FOR_KEPT, "promises kept"),
        counted(history.promises_broken, -BROKEN, MOST_FOR_BROKEN, "promises broken"),
        counted(history.disputes, -DISPUTED, MOST_FOR_DISPUTES, "disputes"),
        relation(customer_since, on),
    ]
    score = max(0, min(100, START + sum(points for points, _ in parts)))
    tone: Tone = "friendly" if score >= FRIENDLY_FROM else "firm" if score < FIRM_BELOW else "neutral"
    loyal = tone == "friendly" and years(customer_since, on) >= LOYAL_YEARS and len(history.paid) >= LOYAL_PAID
    words = tuple(f"{text}: {points:+d}" for points, text in parts if points)
    end = f"score {score} of 100: {tone}" + (", a loyal customer" if loyal else "")
    return Behaviour(tone, loyal, score, (f"every customer starts with {START}", *words, end))


def lateness(invoices: Sequence[PaidInvoice], on: date) -> tuple[int, str]:
    """Points off for the mean days late, each invoice weighted by its amount and by how recent it is."""
    weighted, weight = ZERO, ZERO
    for one in invoices:
        share = one.amount * HALF_WEIGHT_DAYS / (HALF_WEIGHT_DAYS + max((on - one.paid).days, 0))
        share = share.quantize(FINEST)  # so that the sums are exact, whatever the order
        weighted, weight = weighted + share * days_late(one), weight + share
    mean = weighted / weight if weight else ZERO
    off = whole(weighted * POINTS_PER_DAY_LATE / weight) if weight else 0
    points = -min(MOST_FOR_LATENESS, off)
    return points, f"{mean.quantize(Decimal('0.1'))} days late, weighted by amount and age"


def overdue(opened: Iterable[ClaimFacts], on: date) -> tuple[PaidInvoice, ...]:
    """What is late now counts as if it were paid today; a dispute is no lateness."""
    return tuple(
        PaidInvoice(number=claim.number, due=claim.printed_due, paid=on, amount=claim.open_principal)
        for claim in opened
        if claim.printed_due < on and claim.open_principal > ZERO and not any(h.covers(on) for h in claim.holds)
    )


def trend(paid: Sequence[PaidInvoice]) -> tuple[int, str]:
    """The later half of the payments beside the earlier half, in plain mean days late."""
    ordered = sorted(paid, key=lambda one: (one.paid, one.number))
    half = len(ordered) // 2
    earlier, later = mean_late(ordered[:half]), mean_late(ordered[-half:])
    change = whole(later - earlier)
    if abs(change) < TREND_DAYS:
        return 0, ""
    return (
        (-TREND, f"lately {change} days later than before")
        if change > 0
        else (
            TREND,
            f"lately {-change} days sooner than before",
        )
    )


def counted(number: int, each: int, most: int, what: str) -> tuple[int, str]:
    points = max(-most, min(most, number * each))
    return points, f"{number} {what}"


def relation(customer_since: date | None, on: date) -> tuple[int, str]:
    length = years(customer_since, on)
    return min(MOST_FOR_YEARS, length), f"customer for {length} years"


def years(since: date | None, on: date) -> int:
    """Full years from `since` to `on`."""
    if since is None or since > on:
        return 0
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def days_late(one: PaidInvoice) -> int:
    return min(MOST_DAYS_LATE, max((one.paid - one.due).days, 0))


def mean_late(some: Sequence[PaidInvoice]) -> Decimal:
    return Decimal(sum(days_late(one) for one in some)) / len(some)


def whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))
