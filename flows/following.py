"""Follows what is on its way: asks the partner how it stands, by itself and when something hints that it has moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from connectors.ports import Answer, Submission
from flows import agency_calls
from flows.answers import collect_of
from flows.blocked import UNSENDABLE, tell
from flows.channels import partner_for
from flows.workspace import Workspace
from receivables.claims import DispatchState
from receivables.ledger import dispatch, evidence, hints
from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import Dispatch
from receivables.ledger.evidence import Kept
from receivables.ledger.hints import Hint
from receivables.ledger.life import ENDS, SUBMITTED

SETTLED = {
    Answer.SUBMITTED: DispatchState.SUBMITTED,
    Answer.DELIVERED: DispatchState.DELIVERED,
    Answer.NOT_DELIVERED: DispatchState.NOT_DELIVERED,
    Answer.REJECTED: DispatchState.REJECTED,
    Answer.UNKNOWN: DispatchState.UNKNOWN,
}
FINAL = frozenset({Answer.DELIVERED, Answer.NOT_DELIVERED, Answer.REJECTED})
FORGET = timedelta(days=7)  # so long a hint waits for its document to be known here, or for the partner's answer


def follow(workspace: Workspace, on: date) -> Counter[str]:
    """Asks how everything stands that a partner took and has not reported on."""
    states: Counter[str] = Counter()
    with reading(workspace.engine) as connection:
        under_way = dispatch.submitted_ones(connection)
    for one in under_way:
        states.update(follow_one(workspace, one, on))
    return states


def follow_one(workspace: Workspace, one: Dispatch, on: date) -> list[str]:
    """Asks about one; the state that it came to, if it moved."""
    answer = ask(workspace, one, on)
    return told(workspace, one, answer, on) if answer else []


def ask(workspace: Workspace, one: Dispatch, on: date) -> Submission | None:
    """The partner's answer; None where something here stands in the way, which a person is told."""
    try:
        return partner_for(workspace, one, on).status(one.partner_id or one.prepared or "")
    except UNSENDABLE as problem:
        tell(workspace, one, str(problem), on)
        return None


def told(workspace: Workspace, one: Dispatch, answer: Submission, on: date) -> list[str]:
    return advance(workspace, one, answer.answer, answer.reason, kept(workspace, answer), answer.ids, on)


def advance(
    workspace: Workspace,
    one: Dispatch,
    answer: Answer,
    reason: str | None,
    proofs: tuple[Kept, ...],
    ids: Mapping[str, str],
    on: date,
) -> list[str]:
    if answer not in FINAL:
        return []
    state = SETTLED[answer]
    moved = dispatch.advance(
        workspace.engine,
        one.id,
        state,
        on=on,
        at=workspace.now(),
        proven=on if state is DispatchState.DELIVERED else None,
        reason=reason,
        proofs=proofs,
        ids=ids,
    )
    return [state.value] if moved else []


def follow_hints(workspace: Workspace, on: date) -> Counter[str]:
    """Reads the truth behind every hint that waits. Again, or by two workers at once, it does nothing twice."""
    states: Counter[str] = Counter()
    with reading(workspace.engine) as connection:
        waiting = hints.waiting(connection)
    for hint in waiting:
        states.update(follow_hint(workspace, hint, on))
    return states


def follow_hint(workspace: Workspace, hint: Hint, on: date) -> list[str]:
    """A hint that cannot be followed now waits, FORGET long."""
    if agency_calls.is_of_agency(hint):
        return _done(workspace, hint, "followed", agency_calls.look_into(workspace, hint, on))
    with reading(workspace.engine) as connection:
        one = hints.about(connection, hint.seller, hint.partner_id) if hint.partner_id else None
    if hint.partner_id is None and hint.said is not None:
        return _done(workspace, hint, "not_ours")  # it says nothing of a document of ours
    if one is None and hint.said is None:
        collect_of(workspace, hint.seller, on)
        return _done(workspace, hint, "inbox")
    if one is None or one.state not in {SUBMITTED, *ENDS}:
        return _wait(workspace, hint)
    with writing(workspace.engine) as connection:
        evidence.record(connection, one.id, call_of(hint), workspace.now())
    if hint.said is not None:
        said = tuple(Kept(*proof) for proof in hint.said["proofs"])
        answer, reason, ids = Answer(hint.said["answer"]), hint.said["reason"], hint.said["ids"]
        return _done(workspace, hint, "followed", advance(workspace, one, answer, reason, said, ids, on))
    found = ask(workspace, one, on)
    if found is None or found.answer is Answer.UNKNOWN:
        return _wait(workspace, hint)
    return _done(workspace, hint, "followed", told(workspace, one, found, on))


def call_of(hint: Hint) -> tuple[Kept, ...]:
    """The call itself as evidence. It is a hint that was checked, no more: what counts is what was read after it."""
    if hint.headers is None:
        return (Kept("queue", f"said by {hint.provider} in its queue", hint.content, "application/json"),)
    level = f"a call that {hint.provider} proved to be its own; a hint"
    return (
        Kept("webhook", level, hint.content, "application/octet-stream"),
        Kept("webhook_headers", level, hint.headers, "application/json"),
    )


def _wait(workspace: Workspace, hint: Hint) -> list[str]:
    return _done(workspace, hint, "forgotten") if workspace.now() - hint.at > FORGET else []


def _done(workspace: Workspace, hint: Hint, outcome: str, moved: list[str] | None = None) -> list[str]:
    with writing(workspace.engine) as connection:
        hints.done(connection, hint.id, outcome, workspace.now())
    return moved or []


def kept(workspace: Workspace, answer: Submission) -> tuple[Kept, ...]:
    return evidence.keep(workspace.store, answer.proofs, answer.reason)
