"""Each partner's words for how a claim stands, and what they are here. A word that is not in a table is never guessed.

The words were read in the partners' published clients and documentation in November 2026; none was tried with a
contract. An unknown word leaves the claim's state as it was and becomes a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from receivables.claims import HandoverState

S = HandoverState

# Debitura: `lifecycle` of a case (client 1.0.0, filter `statuses` of GET /cases). Closed is told apart below.
DEBITURA: Mapping[str, HandoverState] = {
    "PendingContractSigning": S.NEEDS_INFO,
    "PendingVerificationInternal": S.HANDED_OVER,
    "PendingVerification": S.HANDED_OVER,
    "NeedsAdditionalDetails": S.NEEDS_INFO,
    "Leads": S.ACCEPTED,
    "LeadsQuoteGiven": S.NEEDS_INFO,
    "Active": S.ACTIVE,
    "Paused": S.PAUSED,
    "Merged": S.CLOSED,
}
# Debitura: `closeCode` of a closed case. Only these two are named in its client; anything else is asked of a person.
DEBITURA_CLOSED: Mapping[str, HandoverState] = {"Paid": S.PAID, "NoPayment": S.UNCOLLECTABLE}
DEBITURA_DISPUTED = "Yes, the claim is disputed"

# Payt: the moments of a credit case, the latest stage first. A moment that is set says that the stage was reached.
PAYT: tuple[tuple[str, HandoverState], ...] = (
    ("forwarded_to_bailiff_at", S.LEGAL),
    ("pre_judicial_at", S.ACTIVE),
    ("notice_of_default_at", S.ACTIVE),
    ("summons_4_at", S.ACTIVE),
    ("summons_3_at", S.ACTIVE),
    ("summons_2_at", S.ACTIVE),
    ("summons_1_at", S.ACTIVE),
    ("first_summons_at", S.ACTIVE),
    ("latest_summons_at", S.ACTIVE),
    ("pre_summons_at", S.ACTIVE),
    ("started_at", S.ACCEPTED),
)


def of_debitura(lifecycle: str, close_code: str | None, disputed: str | None, paid: bool) -> HandoverState | None:
    """The state of a case; `paid`: something was recovered. None for words that are not known."""
    word = "".join(lifecycle.split())
    if word == "Closed":
        return DEBITURA_CLOSED.get("".join((close_code or "").split()))
    state = DEBITURA.get(word)
    if state is S.ACTIVE:
        if disputed == DEBITURA_DISPUTED:
            return S.DISPUTED
        return S.PAID_PARTLY if paid else S.ACTIVE
    return state


def of_payt(moments: Mapping[str, object], opened: Decimal, total: Decimal) -> HandoverState | None:
    """The state of a credit case by its moments and its sums; None where no moment says anything."""
    if moments.get("deactivated_at"):
        return S.PAID if opened <= 0 else S.CLOSED
    if moments.get("paused_at"):
        return S.PAUSED
    state = next((state for name, state in PAYT if moments.get(name)), None)
    if state is not None and state is not S.LEGAL and 0 < opened < total:
        return S.PAID_PARTLY
    return state
