"""Carries out what is planned: routes, sends, asks about lost answers, follows what is on its way. Each effect once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.ports import Answer, Finding, Found, Submission
from flows.blocked import UNSENDABLE, tell
from flows.channels import partner_for
from flows.looks import last_look_for
from flows.receipts import catch_up
from flows.routing import route
from flows.workspace import Workspace
from receivables.claims import DispatchState
from receivables.ledger import dispatch, evidence
from receivables.ledger.database import reading
from receivables.ledger.dispatch import Claimed, Dispatch
from receivables.ledger.evidence import Kept

CHANNELS = ("peppol", "email", "agency", "insurer", "post")
LEASE = timedelta(minutes=10)
BACKOFF = timedelta(minutes=15)
SETTLED = {
    Answer.SUBMITTED: DispatchState.SUBMITTED,
    Answer.DELIVERED: DispatchState.DELIVERED,
    Answer.NOT_DELIVERED: DispatchState.NOT_DELIVERED,
    Answer.REJECTED: DispatchState.REJECTED,
    Answer.UNKNOWN: DispatchState.UNKNOWN,
}
FINAL = frozenset({Answer.DELIVERED, Answer.NOT_DELIVERED, Answer.REJECTED})


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did: how many dispatches ended in each state."""

    on: date
    states: Counter[str]


def deliver(workspace: Workspace, on: date) -> Delivered:
    """One pass over the queue. Safe to run at any time, by several workers, and again after a crash."""
    states: Counter[str] = Counter()
    resolve(workspace, on)
    route(workspace, on)
    look = last_look_for(workspace, on)
    while claimed := dispatch.claim_next(
        workspace.engine, now=workspace.now(), lease=LEASE, channels=CHANNELS, last_look=look, on=on
    ):
        states[perform(workspace, claimed, on)] += 1
    states.update(follow(workspace, on))
    catch_up(workspace, on)
    return Delivered(on, states)


def perform(workspace: Workspace, claimed: Claimed, on: date) -> str:
    """Sends one claimed dispatch and settles it by the partner's answer. What cannot be sent holds up nothing else."""
    try:
        answer = attempt(workspace, claimed, on)
    except UNSENDABLE as problem:
        answer = Submission(answer=Answer.PRECONDITION, reason=str(problem))
    return settle(workspace, claimed, answer, on)


def attempt(workspace: Workspace, claimed: Claimed, on: date) -> Submission:
    """The partner's answer to one dispatch; where it keeps drafts, the draft's id is kept before the draft is sent."""
    partner = partner_for(workspace, claimed, on)
    prepared = claimed.prepared
    if prepared is None and (draft := partner.prepare()) is not None:
        if draft.partner_id is None:
            return draft
        prepared = draft.partner_id
        dispatch.remember_prepared(workspace.engine, claimed, prepared)
    return partner.submit(prepared)


def settle(workspace: Workspace, claimed: Claimed, answer: Submission, on: date) -> str:
    """Records `answer`. What was certainly not taken goes back to planned, later each time; a person is told why."""
    at = workspace.now()
    proofs = kept(workspace, answer)
    if answer.answer in (Answer.TRANSIENT, Answer.PRECONDITION):
        if answer.answer is Answer.PRECONDITION:
            tell(workspace, claimed, answer.reason or "the partner refuses us", on)
        wait = BACKOFF * 2 ** min(claimed.attempts, 6)
        if answer.retry_after is not None:
            wait = max(wait, timedelta(seconds=answer.retry_after))
        dispatch.release_transient(
            workspace.engine,
            claimed,
            not_before=at + wait,
            reason=answer.reason or "",
            on=on,
            at=at,
            proofs=proofs,
        )
        return "planned"
    state = SETTLED[answer.answer]
    proven = on if state is DispatchState.DELIVERED else None
    dispatch.settle(
        workspace.engine,
        claimed,
        state,
        on=on,
        at=at,
        partner_id=answer.partner_id,
        reason=answer.reason,
        proven=proven,
        proofs=proofs,
    )
    return state.value


def resolve(workspace: Workspace, on: date) -> None:
    """Asks the partner about every answer that was lost. What it cannot tell goes to a person; a partner that is out
    of reach now is asked again in the next pass.
    """
    at = workspace.now()
    dispatch.expire_leases(workspace.engine, at, on=on)
    with reading(workspace.engine) as connection:
        lost = dispatch.unknown_ones(connection)
    for one in lost:
        try:
            asked = partner_for(workspace, one, on).find(one.prepared)
        except UNSENDABLE as problem:
            tell(workspace, one, str(problem), on)
            continue
        if asked.found is not Found.NOT_ASKED:
            _resolve_one(workspace, one, asked, on)


def _resolve_one(workspace: Workspace, one: Dispatch, asked: Finding, on: date) -> None:
    verdicts = {
        Found.TAKEN: DispatchState.SUBMITTED,
        Found.NOT_TAKEN: DispatchState.PLANNED,
        Found.CANNOT_TELL: DispatchState.AWAITING_PERSON,
    }
    answer = asked.submission or Submission(answer=Answer.UNKNOWN, reason=f"asked the partner: {asked.found}")
    dispatch.resolve_unknown(
        workspace.engine,
        one.id,
        verdicts[asked.found],
        on=on,
        at=workspace.now(),
        proofs=kept(workspace, answer),
        partner_id=answer.partner_id,
        reason=answer.reason,
    )


def follow(workspace: Workspace, on: date) -> Counter[str]:
    """Asks how everything stands that a partner took and has not reported on."""
    states: Counter[str] = Counter()
    with reading(workspace.engine) as connection:
        under_way = dispatch.submitted_ones(connection)
    for one in under_way:
        try:
            answer = partner_for(workspace, one, on).status(one.partner_id or one.prepared or "")
        except UNSENDABLE as problem:
            tell(workspace, one, str(problem), on)
            continue
        if answer.answer not in FINAL:
            continue
        state = SETTLED[answer.answer]
        moved = dispatch.advance(
            workspace.engine,
            one.id,
            state,
            on=on,
            at=workspace.now(),
            proven=on if state is DispatchState.DELIVERED else None,
            reason=answer.reason,
            proofs=kept(workspace, answer),
        )
        if moved:
            states[state.value] += 1
    return states


def kept(workspace: Workspace, answer: Submission) -> tuple[Kept, ...]:
    return evidence.keep(workspace.store, answer.proofs, answer.reason)
