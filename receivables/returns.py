"""Money that went back: which earlier payment a returned direct debit or credit transfer undoes."""

from __future__ import annotations

from decimal import Decimal

from receivables.claims import ZERO
from receivables.match_results import BankEntry, NoMatch, Proposal, Result, Return
from receivables.open_items import OpenItems


def returned(entry: BankEntry, items: OpenItems) -> Result:
    """By the end-to-end id of our own direct debit, by that of the payment, or by its reference, always with the sum.

    What the bank charges for the return may be in the sum; it is no part of what came in.
    """
    sums = {-entry.amount, -entry.amount - (entry.charges or ZERO)}
    known = entry.end_to_end if entry.end_to_end not in (None, "", "NOTPROVIDED") else None
    if known and (found := of_collection(known, sums, items)):
        return found
    same_sum = [booked for sum_ in sums for booked in items.of_sum(sum_, entry.currency)]
    by_id = [b for b in same_sum if known and b.end_to_end == known]
    if len(by_id) == 1:
        return Return(entry_id=by_id[0].entry_id, reason="returned: same end-to-end id and sum", confidence=Decimal(1))
    by_ref = [b for b in same_sum if entry.reference and b.reference == entry.reference]
    if len(by_ref) == 1 and entry.return_reason:
        return Return(
            entry_id=by_ref[0].entry_id, reason="returned: same reference and sum", confidence=Decimal("0.95")
        )
    if not entry.return_reason:
        return NoMatch(reason="money out without a return reason", ours=False)
    return Proposal(
        reason=f"returned ({entry.return_reason}), but {len(same_sum)} earlier payments of this sum fit",
        confidence=Decimal("0.3"),
    )


def of_collection(end_to_end: str, sums: set[Decimal], items: OpenItems) -> Return | None:
    """Our direct debit of that id, which the bank paid alone or with others in one sum."""
    ours = [c for c in items.collected.get(end_to_end, ()) if c.end_to_end == end_to_end and c.amount in sums]
    if len(ours) != 1:
        return None
    paying = [b for b in items.with_id(end_to_end, ours[0].batch) if ours[0].invoice_id in b.invoice_ids]
    if len(paying) != 1:
        return None
    return Return(
        entry_id=paying[0].entry_id,
        reason=f"our direct debit {end_to_end} came back",
        confidence=Decimal(1),
        invoice_ids=(ours[0].invoice_id,),
    )
