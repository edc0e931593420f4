"""Carries out what is planned: routes, sends, asks about lost answers, follows what is on its way. Each effect once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from connectors.exchange import watched
from connectors.ports import Answer, Finding, Found, Reach, Submission
from flows.answers import collect
from flows.blocked import UNSENDABLE, tell, tell_of_partner
from flows.channels import partner_for
from flows.copies import plan_copies
from flows.following import SETTLED, follow, follow_hints, kept
from flows.handover_news import tell_partners
from flows.looks import last_look_for
from flows.mail_reports import hear
from flows.proofs import fetch_proofs, noted
from flows.receipts import catch_up
from flows.routing import look_again, route, route_again
from flows.workspace import Workspace
from receivables.claims import DispatchState
from receivables.ledger import dispatch
from receivables.ledger.database import reading
from receivables.ledger.dispatch import Claimed, Dispatch
from receivables.ledger.outbox import is_of_another

if TYPE_CHECKING:
    from connectors.peppol.verdict import Verdict

CHANNELS = ("peppol", "email", "agency", "insurer", "post", "erp")
LEASE = timedelta(minutes=15)  # outlasts the longest call, its time-out included
GRACE = timedelta(minutes=5)  # so long after an answer was lost, the call may still be under way: a no is no proof yet
BACKOFF = timedelta(minutes=15)
IN_A_ROW = 3  # so many failures one after another end a partner's turn in this pass
BLOCKED = "blocked"  # still planned: it could not even be attempted
UNREACHED = "unreached"  # still planned: its receiver could not take it any more when it was to be sent
STALE = "stale"
FAILED = frozenset({DispatchState.PLANNED.value, DispatchState.UNKNOWN.value})


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did: how many dispatches ended in each state."""

    on: date
    states: Counter[str]


def deliver(workspace: Workspace, on: date) -> Delivered:
    """One pass over the queue. Safe to run at any time, by several workers, and again after a crash."""
    states = hear(workspace, on)
    resolve(workspace, on)
    collect(workspace, on)
    route(workspace, on)
    plan_copies(workspace, on)
    tell_partners(workspace, on)
    look = last_look_for(workspace, on)
    failures: Counter[tuple[str, str]] = Counter()
    while claimed := dispatch.claim_next(
        workspace.engine,
        now=workspace.now(),
        lease=LEASE,
        channels=CHANNELS,
        passing_over=[partner for partner, number in failures.items() if number >= IN_A_ROW],
        last_look=look,
        on=on,
    ):
        state = perform(workspace, claimed, on)
        states[state] += 1
        partner = (claimed.seller, claimed.channel)
        failures[partner] = failures[partner] + 1 if state in FAILED else 0
    states.update(follow_hints(workspace, on))
    states.update(hear(workspace, on))
    states.update(follow(workspace, on))
    fetch_proofs(workspace, on)
    catch_up(workspace, on)
    return Delivered(on, states)


def perform(workspace: Workspace, claimed: Claimed, on: date) -> str:
    """Sends one claimed dispatch and settles it by the partner's answer. What cannot be sent holds up nothing else.

    The state it is in then; BLOCKED for what is still planned because of something here, UNREACHED because of its
    receiver, STALE where another worker took it over meanwhile: what the partner answered was kept.
    """
    try:
        if unreached := look_again(workspace, claimed):
            return put_off(workspace, claimed, unreached, on)
        with watched() as exchanges:
            answer = attempt(workspace, claimed, on)
    except UNSENDABLE as problem:
        tell(workspace, claimed, str(problem), on)
        answer = Submission(answer=Answer.TRANSIENT, reason=str(problem))
        settle(workspace, claimed, answer, on)
        return BLOCKED
    except dispatch.StaleClaim:
        return STALE
    proofs = (*answer.proofs, *noted(exchanges, workspace.now()))
    try:
        return settle(workspace, claimed, replace(answer, proofs=proofs), on)
    except dispatch.StaleClaim:
        return STALE


def put_off(workspace: Workspace, claimed: Claimed, unreached: Verdict, on: date) -> str:
    """The receiver cannot take the document now: nothing is sent. After a definite no the channel is chosen anew."""
    answer = Submission(answer=Answer.TRANSIENT, reason=unreached.sentence, proofs=unreached.proofs)
    settle(workspace, claimed, answer, on)
    if unreached.reach is not Reach.UNKNOWN:
        route_again(workspace, claimed, on)
    return UNREACHED


def attempt(workspace: Workspace, claimed: Claimed, on: date) -> Submission:
    """The partner's answer to one dispatch; where it keeps drafts, the draft's id is kept before the draft is sent."""
    partner = partner_for(workspace, claimed, on)
    prepared = claimed.prepared
    if prepared is None and (draft := partner.prepare()) is not None:
        if draft.partner_id is None:
            return draft
        prepared = draft.partner_id
        dispatch.remember_prepared(workspace.engine, claimed, prepared, lease_until=workspace.now() + LEASE)
    return partner.submit(prepared)


def settle(workspace: Workspace, claimed: Claimed, answer: Submission, on: date) -> str:
    """Records `answer`. What was certainly not taken goes back to planned, later each time; a person is told why."""
    at = workspace.now()
    proofs = kept(workspace, answer)
    if answer.answer in (Answer.TRANSIENT, Answer.PRECONDITION):
        if answer.answer is Answer.PRECONDITION:
            tell_of_partner(workspace, claimed, answer.reason or "the partner refuses us", on)
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
        ids=answer.ids,
        doubt_until=at + GRACE if state is DispatchState.UNKNOWN else None,
    )
    return state.value


def resolve(workspace: Workspace, on: date) -> None:
    """Asks the partner about every answer that was lost. What it cannot tell goes to a person; a partner that is out
    of reach now is asked again in the next pass. Its yes counts at once, anything else only after GRACE.
    """
    at = workspace.now()
    dispatch.expire_leases(workspace.engine, at, on=on, doubt_until=at + GRACE)
    with reading(workspace.engine) as connection:
        lost = dispatch.unknown_ones(connection)
    for one in lost:
        try:
            asked = partner_for(workspace, one, on).find(one.prepared)
        except UNSENDABLE as problem:
            tell(workspace, one, str(problem), on)
            continue
        asked = without_earlier(workspace, one, asked)
        early = one.not_before is not None and one.not_before > at
        if asked.found is Found.TAKEN or (asked.found is not Found.NOT_ASKED and not early):
            _resolve_one(workspace, one, asked, on)


def without_earlier(workspace: Workspace, one: Dispatch, asked: Finding) -> Finding:
    """A document that is sent again may be found under its first send, which did not arrive: that proves nothing."""
    if asked.found is not Found.TAKEN or asked.submission is None:
        return asked
    with reading(workspace.engine) as connection:
        if not is_of_another(connection, one, asked.submission.partner_id):
            return asked
    reason = f"the partner shows {asked.submission.partner_id} alone, the send before this one"
    return Finding(found=Found.CANNOT_TELL, submission=replace(asked.submission, partner_id=None, reason=reason))


def _resolve_one(workspace: Workspace, one: Dispatch, asked: Finding, on: date) -> None:
    verdicts = {
        Found.TAKEN: DispatchState.SUBMITTED,
        Found.NOT_TAKEN: DispatchState.PLANNED,
        Found.CANNOT_TELL: DispatchState.AWAITING_PERSON,
    }
    answer = asked.submission or Submission(answer=Answer.UNKNOWN)
    if not answer.proofs and not answer.reason:
        answer = replace(answer, reason=f"asked the partner: {asked.found}")
    dispatch.resolve_unknown(
        workspace.engine,
        one.id,
        verdicts[asked.found],
        on=on,
        at=workspace.now(),
        proofs=kept(workspace, answer),
        partner_id=answer.partner_id,
        reason=answer.reason,
        ids=answer.ids,
    )
