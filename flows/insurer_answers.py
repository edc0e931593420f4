"""What the credit insurer answers on a claim: its state, what it paid, asks or refuses; by API or by a person."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from connectors.http import NoAnswer
from connectors.ports import ClaimStatus
from flows.workspace import Workspace
from receivables.claims import DispatchState, HoldKind
from receivables.cover import WARN_DAYS
from receivables.indemnity import CLAIM_ENDED, InsurerClaimState
from receivables.ledger import agreements, evidence, indemnities, insurer_claims
from receivables.ledger.database import reading, writing
from receivables.ledger.holds import end_one
from receivables.ledger.insurer_claims import InsurerClaim
from receivables.ledger.tasks import open_task
from receivables.money import from_minor, to_minor

FINISHED = (InsurerClaimState.PAID,)
TAKEN = (DispatchState.DELIVERED, DispatchState.REJECTED, DispatchState.WITHDRAWN)


class NotNoted(ValueError):
    """What was said of a claim cannot be noted as it is; one sentence."""


def follow_claims(workspace: Workspace, on: date) -> list[str]:
    """Asks how every claim stands and books what was paid; the customers on whom something was paid now."""
    with reading(workspace.engine) as connection:
        carried = insurer_claims.partner_ids(connection)
        under_way = [c for c in insurer_claims.claims(connection) if c.state not in (*CLAIM_ENDED, *FINISHED)]
    paid = []
    for one in under_way:
        state, partner_id, deadline = carried.get(one.id, ("", None, None))
        if deadline is not None and state not in TAKEN:
            watch(workspace, one, deadline, on)
        if state in (DispatchState.REJECTED, DispatchState.WITHDRAWN):
            give_back(workspace, one, InsurerClaimState(state), "it did not take it", on)
        elif partner_id is not None and follow_one(workspace, one, partner_id, on):
            paid.append(one.debtor_ref)
    return paid


def watch(workspace: Workspace, one: InsurerClaim, deadline: date, on: date) -> None:
    """A claim that the insurer has not taken: a task from ten days before the deadline, an alarm when it passed."""
    if on < deadline - timedelta(days=WARN_DAYS):
        return
    late = on > deadline
    text = f"{one.name}: claim {one.id} ({one.oldest}) must be with the insurer by {deadline} and is not yet. " + (
        "The right to it may have lapsed: call the insurer." if late else "Find out what keeps it."
    )
    kind = "insurer_missed" if late else "insurer_claim"
    with writing(workspace.engine) as connection:
        key = f"{kind}:{one.policy}:{one.debtor_id}:{one.oldest}:{one.id}"
        open_task(connection, key=key, kind=kind, text=text, on=on, due=deadline, debtor_id=one.debtor_id)


def follow_one(workspace: Workspace, one: InsurerClaim, partner_id: str, on: date) -> bool:
    """Whether the insurer paid something on one claim; one that does not answer is asked again at the next run."""
    try:
        said = workspace.insurer(one.policy).claim(partner_id)
    except NoAnswer:
        return False
    if said is None:  # only a person can ask
        with writing(workspace.engine) as connection:
            if one.state is InsurerClaimState.PREPARED:
                state = InsurerClaimState.FILED
                insurer_claims.note_state(connection, one, state, partner_id=partner_id, on=on, at=workspace.now())
        return False
    if said.state == InsurerClaimState.REJECTED:
        give_back(workspace, one, InsurerClaimState.REJECTED, said.message or "no reason given", on)
        return False
    return book(workspace, one, said, partner_id, on)


def book(workspace: Workspace, one: InsurerClaim, said: ClaimStatus, partner_id: str, on: date) -> bool:
    """What the insurer says now, its proof, and what it paid since the last time."""
    at = workspace.now()
    approved = None if said.approved is None else to_minor(said.approved, one.currency)
    proofs = evidence.keep(workspace.store, (said.proof,) if said.proof else (), None)
    with writing(workspace.engine) as connection:
        state = InsurerClaimState(said.state)
        moved = insurer_claims.note_state(
            connection, one, state, approved=approved, partner_id=partner_id, on=on, at=at
        )
        before = indemnities.paid_so_far(connection, one.id)
        more = to_minor(said.paid, one.currency) - before
        if moved and one.dispatch_id is not None:
            evidence.record(connection, one.dispatch_id, proofs, at)
        if state is InsurerClaimState.NEEDS_INFO and moved:
            needs_info(connection, one, said.message or "", on)
        if more < 0:
            contradiction(connection, one, f"it paid {said.paid}, less than was booked", on)
        if more > 0:
            indemnities.book_indemnification(connection, one, more, reference=partner_id, on=on, at=at)
        if state is InsurerClaimState.PAID and before + max(more, 0) != one.expected:
            paid = from_minor(before + max(more, 0), one.currency)
            owed = from_minor(one.expected, one.currency)
            contradiction(connection, one, f"it paid {paid}, the policy should pay {owed} {one.currency}", on)
    return more > 0


def note_paid(
    workspace: Workspace, claim_id: int, amount: Decimal, *, reference: str, last: bool, on: date
) -> InsurerClaim:
    """A person says what the insurer paid on a claim. `last`: nothing more is to come. Raises NotNoted."""
    with writing(workspace.engine) as connection:
        known = {c.id: c for c in insurer_claims.claims(connection)}
        one = known.get(claim_id)
        if one is None or one.state in CLAIM_ENDED:
            listed = ", ".join(str(c.id) for c in known.values() if c.state not in CLAIM_ENDED) or "none"
            raise NotNoted(f"there is no claim {claim_id} that stands at an insurer; those that do: {listed}")
        minor = to_minor(amount, one.currency)
        before = indemnities.paid_so_far(connection, one.id)
        if not 0 < minor <= one.claimed - before:
            left = from_minor(one.claimed - before, one.currency)
            raise NotNoted(f"{amount} cannot be paid on claim {claim_id}: at most {left} {one.currency} is left of it")
        indemnities.book_indemnification(connection, one, minor, reference=reference or None, on=on, at=workspace.now())
        state = InsurerClaimState.PAID if last else InsurerClaimState.APPROVED
        insurer_claims.note_state(
            connection, one, state, approved=before + minor if last else None, on=on, at=workspace.now()
        )
        return insurer_claims.claim(connection, claim_id)


def give_back(workspace: Workspace, one: InsurerClaim, state: InsurerClaimState, why: str, on: date) -> None:
    """The insurer does not pay: the claim is ours again, its hold ends, and a person is told."""
    with writing(workspace.engine) as connection:
        insurer_claims.note_state(connection, one, state, on=on, at=workspace.now())
        for invoice_id, _ in one.items:
            for held in agreements.standing(connection, HoldKind.MANUAL, invoice_id=invoice_id):
                if held.details.get("insurer_claim") == one.id:
                    end_one(connection, held.hold_ids[0], outcome="not_paid", on=on, at=workspace.now())
        if state is InsurerClaimState.REJECTED:
            text = f"{one.name}: the insurer refused claim {one.id} ({one.oldest}): {why}. It is ours again."
            key = f"insurer_claim_refused:{one.id}"
            open_task(connection, key=key, kind="insurer_rejected", text=text, on=on, debtor_id=one.debtor_id)


def needs_info(connection: Connection, one: InsurerClaim, message: str, on: date) -> None:
    text = f"{one.name}: the insurer asks about claim {one.id} ({one.partner_id or one.oldest}): {message}".strip()
    key = f"insurer_info:{one.id}:{on}"
    open_task(connection, key=key, kind="insurer_info", text=text, on=on, debtor_id=one.debtor_id)


def contradiction(connection: Connection, one: InsurerClaim, what: str, on: date) -> None:
    text = f"{one.name}: claim {one.id} ({one.partner_id or one.oldest}) at the insurer: {what}. Ask the insurer why."
    key = f"insurer_difference:{one.id}"
    open_task(connection, key=key, kind="insurer_difference", text=text, on=on, debtor_id=one.debtor_id)
