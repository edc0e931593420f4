"""What is put before a person, and what the person decided. The ledger holds the truth of it, whatever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from receivables.approval import MOST_ATTEMPTS, Approver, Asked, NotDecided, Signature, check
from receivables.claims import GIVEN_BACK, HoldKind
from receivables.ledger import journal
from receivables.ledger.amounts import open_amounts
from receivables.ledger.holds import open_hold, standing
from receivables.ledger.tables import approval_votes, approvals, debtors, handover_items, handovers

PENDING, APPROVED, REFUSED, POSTPONED, VOID = "pending", "approved", "refused", "postponed", "void"
STATES = {"approve": APPROVED, "refuse": REFUSED, "postpone": POSTPONED}
CHANGED, INSOLVENT = "the claim changed", "the customer is insolvent"  # why a request is void
REFUSAL_HOLDS = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One request. `shown` is the hash of what the approver sees, `content` the dossier in the store."""

    id: int
    key: str
    debtor_id: int
    shown: str
    content: str
    details: Mapping[str, Any]
    requested: date
    state: str
    attempts: int
    seller: str
    debtor_ref: str
    reason: str | None = None  # of the decision, or why it is void

    @property
    def invoice_ids(self) -> tuple[int, ...]:
        return tuple(self.details["invoices"])

    @property
    def persons(self) -> int:
        """How many different persons must approve."""
        return int(self.details.get("persons", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one person decided about a request, and what that person had seen."""

    approver: str
    role: str
    decision: str
    reason: str
    shown: str
    at: datetime


def ask(
    connection: Connection,
    *,
    debtor_id: int,
    key: str,
    shown: str,
    content: str,
    details: Mapping[str, Any],
    on: date,
    at: datetime,
) -> int:
    """Puts a hand-over before a person, once per key; returns its id. `details`: invoices (ids), partner, demanded …"""
    known = connection.scalar(select(approvals.c.id).where(approvals.c.key == key))
    if known is not None:
        return int(known)
    values = {"key": key, "kind": "handover", "debtor_id": debtor_id, "shown": shown, "content": content}
    row = insert(approvals).values(**values, details=dict(details), requested=on, state=PENDING, attempts=0)
    found = int(connection.execute(row.returning(approvals.c.id)).scalar_one())
    _note(connection, "approval.asked", key, {"id": found, "shown": shown}, on, at)
    return found


def next_key(connection: Connection, seller: str, debtor_ref: str) -> str:
    """The key of the next request about a debtor: a new number once the one before was decided."""
    stem = f"handover/{seller}/{debtor_ref}/"
    asked = connection.scalar(select(func.count()).where(approvals.c.key.startswith(stem, autoescape=True)))
    return f"{stem}{(asked or 0) + 1}"


def approval(connection: Connection, approval_id: int) -> Approval:
    """One request; LookupError where there is none."""
    found = _load(connection, approvals.c.id == approval_id)
    if not found:
        raise LookupError(f"there is no request {approval_id} for approval")
    return found[0]


def pending(connection: Connection) -> list[Approval]:
    """What waits for a person, oldest first."""
    return _load(connection, approvals.c.state == PENDING)


def decide(
    connection: Connection,
    asked: Approval,
    signature: Signature,
    approver: Approver | None,
    roles: Sequence[str],
    *,
    on: date,
    at: datetime,
) -> str:
    """One person's vote, and where it suffices the decision; the request's state then.

    Approved by as many as it needs, its hand-over is prepared; refused or postponed by one, the claims are held, with
    the reason. Raises NotDecided, and changes nothing, where `receivables.approval.check` refuses, the same person
    approved before, or the request was decided before.
    """
    state = connection.scalar(select(approvals.c.state).where(approvals.c.id == asked.id).with_for_update())
    question = Asked(key=asked.key, shown=asked.shown, attempts=asked.attempts, on=on)
    used = spent(connection, approver.name) if approver else ()
    moment = check(signature, approver, question, roles=roles, now=at, used=used)
    assert approver is not None
    if state != PENDING:
        raise NotDecided("this request was decided before")
    cast_vote(connection, asked, signature, approver, moment, at)
    given = [vote for vote in votes(connection, asked.id) if vote.decision == "approve"]
    facts: dict[str, journal.Json] = {"id": asked.id, "shown": asked.shown, "role": approver.role}
    if signature.decision == "approve" and len(given) < asked.persons:
        _note(connection, "approval.first_of_two", asked.key, facts | {"method": approver.method}, on, at)
        return PENDING
    state = STATES[signature.decision]
    names = " and ".join(vote.approver for vote in given) if state == APPROVED else approver.name
    values = {"state": state, "approver": names, "role": approver.role, "reason": signature.reason, "decided": at}
    connection.execute(update(approvals).where(approvals.c.id == asked.id).values(**values))
    _note(connection, f"approval.{state}", asked.key, facts | {"method": approver.method}, on, at)
    if state == APPROVED:
        _prepare(connection, asked, on)
    else:
        _hold(connection, asked, signature, on, at)
    return state


def cast_vote(
    connection: Connection, asked: Approval, signature: Signature, approver: Approver, moment: int | None, at: datetime
) -> None:
    before = {vote.decision for vote in votes(connection, asked.id) if vote.approver == approver.name}
    if signature.decision in before:
        raise NotDecided(f"{approver.name} has approved this already: another person must decide too")
    connection.execute(
        insert(approval_votes).values(
            approval_id=asked.id,
            approver=approver.name,
            role=approver.role,
            method=approver.method,
            moment=moment,
            decision=signature.decision,
            reason=signature.reason,
            shown=asked.shown,
            at=at,
        )
    )


def votes(connection: Connection, approval_id: int) -> list[Vote]:
    """Who decided what about a request, in order."""
    rows = connection.execute(
        select(approval_votes).where(approval_votes.c.approval_id == approval_id).order_by(approval_votes.c.id)
    )
    return [
        Vote(
            approver=row.approver,
            role=row.role,
            decision=row.decision,
            reason=row.reason,
            shown=row.shown,
            at=row.at,
        )
        for row in rows
    ]


def spent(connection: Connection, approver: str) -> set[int]:
    """The moments whose TOTP codes this approver has used."""
    where = (approval_votes.c.approver == approver) & approval_votes.c.moment.is_not(None)
    return set(connection.scalars(select(approval_votes.c.moment).where(where)))


def open_sum(connection: Connection, invoice_ids: Sequence[int]) -> int:
    """All that is open on the invoices, accessories included, in minor units."""
    return sum(sum(kinds.values()) for kinds in open_amounts(connection, invoice_ids).values())


def void_if_outdated(connection: Connection, asked: Approval, *, on: date, at: datetime) -> str | None:
    """Takes back a pending request that nobody can decide any more; CHANGED or INSOLVENT, None where it stands.

    After a change of the claim the ladder asks anew; an insolvent customer's claims it leaves alone.
    """
    insolvent = any(standing(connection, one, HoldKind.INSOLVENCY) for one in asked.invoice_ids)
    if not insolvent and open_sum(connection, asked.invoice_ids) == asked.details["open"]:
        return None
    why = INSOLVENT if insolvent else CHANGED
    where = (approvals.c.id == asked.id) & (approvals.c.state == PENDING)
    if not connection.execute(update(approvals).where(where).values(state=VOID, reason=why)).rowcount:
        return None
    _note(connection, "approval.void", asked.key, {"id": asked.id, "why": why}, on, at)
    return why


def count_wrong(connection: Connection, asked: Approval, *, on: date, at: datetime) -> None:
    """Counts a try that decided nothing; after too many the request is void and will be asked again."""
    tries = asked.attempts + 1
    state = VOID if tries >= MOST_ATTEMPTS else PENDING
    where = (approvals.c.id == asked.id) & (approvals.c.state == PENDING)
    connection.execute(update(approvals).where(where).values(attempts=tries, state=state))
    _note(connection, "approval.wrong_code", asked.key, {"id": asked.id, "attempts": tries}, on, at)


def _prepare(connection: Connection, asked: Approval, on: date) -> None:
    row = insert(handovers).values(
        debtor_id=asked.debtor_id,
        approval_id=asked.id,
        partner=asked.details["partner"],
        state="prepared",
        currency=asked.details["currency"],
        demanded=asked.details["demanded"],
        collected=0,
        fees=0,
        on=on,
    )
    handover_id = connection.execute(row.returning(handovers.c.id)).scalar_one()
    given_back = select(handovers.c.id).where(handovers.c.state.in_(GIVEN_BACK))
    again = handover_items.c.invoice_id.in_(asked.invoice_ids) & handover_items.c.handover_id.in_(given_back)
    connection.execute(delete(handover_items).where(again))
    items = [{"handover_id": handover_id, "invoice_id": i} for i in asked.invoice_ids]
    connection.execute(insert(handover_items), items)


def _hold(connection: Connection, asked: Approval, signature: Signature, on: date, at: datetime) -> None:
    until = signature.until if signature.decision == "postpone" and signature.until else on + REFUSAL_HOLDS
    for invoice_id in asked.invoice_ids:
        open_hold(
            connection,
            invoice_id,
            HoldKind.MANUAL,
            owner=signature.approver,
            reason=f"hand-over {STATES[signature.decision]}: {signature.reason.strip()}",
            since=on,
            until=until,
            at=at,
            details={"approval": asked.id},
        )


def _load(connection: Connection, where: Any) -> list[Approval]:
    rows: Sequence[Any] = connection.execute(
        select(approvals, debtors.c.seller, debtors.c.ref)
        .join(debtors, debtors.c.id == approvals.c.debtor_id)
        .where(where)
        .order_by(approvals.c.id)
    ).all()
    return [
        Approval(
            id=row.id,
            key=row.key,
            debtor_id=row.debtor_id,
            shown=row.shown,
            content=row.content,
            details=row.details,
            requested=row.requested,
            state=row.state,
            attempts=row.attempts,
            seller=row.seller,
            debtor_ref=row.ref,
            reason=row.reason,
        )
        for row in rows
    ]


def _note(
    connection: Connection, kind: str, subject: str, facts: Mapping[str, journal.Json], on: date, at: datetime
) -> None:
    journal.append(connection, at=at, on=on, kind=kind, subject=f"approval:{subject}", facts=facts)
