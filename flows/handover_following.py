"""Follows claims at their partners: what they say becomes a state, money that is booked, or a task for a person."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import Connection

from connectors.http import NoAnswer
from connectors.ports import AgencyStatus
from flows.handover_news import ASKED, ask_person
from flows.settings import BadSettings
from flows.workspace import Workspace
from receivables.claims import DispatchState, HandoverState
from receivables.ledger import approvals, evidence, handovers
from receivables.ledger.collected import book_collected
from receivables.ledger.database import writing
from receivables.ledger.handover_news import RECALL, UPDATE, told
from receivables.ledger.handovers import Handover, SaysLess
from receivables.money import from_minor

DONE_UNPAID = (HandoverState.UNCOLLECTABLE, HandoverState.CLOSED)


def take_back(workspace: Workspace, on: date) -> None:
    """A claim that never reached its agency, or that came back from it after a recall, is with us."""
    with writing(workspace.engine) as connection:
        for one, state in handovers.never_taken(connection):
            handovers.note_state(connection, one, state, on=on, at=workspace.now())
        for one in handovers.under_way(connection):
            sent = told(connection, one)
            recalls = [known for known in sent if known.kind == RECALL]
            for known in sent:
                if known.kind == UPDATE and known.state is DispatchState.REJECTED:
                    text = f"{one.partner} does not take '{known.occurrence}' about {one.debtor_ref}: {known.reason}."
                    ask_person(connection, one, "update_refused", str(known.id), text, on)
            if any(known.state is DispatchState.DELIVERED for known in recalls):
                handovers.note_state(connection, one, HandoverState.WITHDRAWN, on=on, at=workspace.now())
            for known in recalls:
                if known.state is DispatchState.REJECTED:
                    text = f"{one.partner} does not give {one.debtor_ref} back: {known.reason}. Call it."
                    ask_person(connection, one, "recall_refused", str(known.id), text, on)


def follow_one(workspace: Workspace, one: Handover, partner_id: str | None, on: date) -> bool:
    """What the agency says of one claim; an agency that does not answer is asked again at the next run."""
    if partner_id is None:
        return False
    try:
        said = workspace.agency(one.partner, one.seller).status(partner_id)
    except (NoAnswer, BadSettings):
        return False
    return note(workspace, one, said, on)


def note(workspace: Workspace, one: Handover, said: AgencyStatus, on: date) -> bool:
    """Writes down what was said of a claim, by its agency or by a person; whether anything moved."""
    with writing(workspace.engine) as connection:
        state = HandoverState(said.state) if said.state else one.state
        if not said.state and said.word:
            text = (
                f"{one.partner} says '{said.word}' of {one.debtor_ref} ({said.partner_id}), which is no word that is "
                f"known here. Ask what it means, then say it: voldaan handovers note {one.id} STATE --by NAME"
            )
            ask_person(connection, one, "agency_word", said.word, text, on)
        try:
            collected = handovers.note_state(
                connection,
                one,
                state,
                on=on,
                at=workspace.now(),
                partner_id=said.partner_id,
                collected=said.collected,
                fees=said.fees,
            )
        except SaysLess as problem:
            ask_person(
                connection, one, "says_less", str(said.collected), f"{problem}. Nothing was changed: ask it.", on
            )
            return False
        if collected:
            book_collected(connection, one, collected, on=on, at=workspace.now())
        if state != one.state or collected:
            keep_proof(connection, workspace, one, said)
        ask(connection, one, state, said, on)
    return bool(collected) or state != one.state


def keep_proof(connection: Connection, workspace: Workspace, one: Handover, said: AgencyStatus) -> None:
    if said.proof is not None and one.dispatch_id is not None:
        kept = evidence.keep(workspace.store, (said.proof,))
        evidence.record(connection, one.dispatch_id, kept, workspace.now())


def ask(connection: Connection, one: Handover, state: HandoverState, said: AgencyStatus, on: date) -> None:
    """What a person must do about where the claim stands now: once for each question, once for each end."""
    words = said.message or "it does not say what"
    if state is HandoverState.NEEDS_INFO:
        answers = sum(known.occurrence.startswith("answer") for known in told(connection, one))
        digest = hashlib.sha256(words.encode()).hexdigest()[:12]
        text = f"{one.partner} asks about {one.debtor_ref}: {words}. Answer: voldaan handovers answer {one.id} --text …"
        ask_person(connection, one, ASKED, f"{digest}:{answers}", text, on)
    left = approvals.open_sum(connection, one.invoice_ids)
    if state in DONE_UNPAID and left > 0:
        text = (
            f"{one.partner} is done with {one.debtor_ref} ({state}), and {from_minor(left, one.currency)} "
            f"{one.currency} is open: {words}. Write it off (voldaan write-off), or take it back to go on "
            f"(voldaan handovers recall {one.id})."
        )
        ask_person(connection, one, "handover_ended", state.value, text, on)
