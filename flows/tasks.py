"""Work for people: what waits, what became of it, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from sqlalchemy import Connection

from flows.insurer_desk import ANSWER, SEND
from flows.post_envelope import POST
from flows.task_outcomes import Outcome
from flows.workspace import Workspace
from receivables.calendar import add_bank_days, add_business_days
from receivables.claims import NOT_POSTED, DebtorFacts, HoldKind
from receivables.decide import Action, Reason
from receivables.ledger import journal
from receivables.ledger.consents import CONSENT, consent_key
from receivables.ledger.database import reading, writing
from receivables.ledger.held import HELD
from receivables.ledger.holds import open_hold
from receivables.ledger.lookup import NotFound
from receivables.ledger.mail_reports import COMPLAINT, MAIL_AGAIN, decide_stop
from receivables.ledger.planning import IN_DOUBT, RECEIVED, decided_by_person
from receivables.ledger.tasks import Task, close_task, open_task, open_tasks, task

CallOutcome = Literal["reached_right_person", "promised", "disputes", "cannot_pay", "wrong_number"]
Verdict = Literal["approved", "refused"]
MailVerdict = Literal["mail_again", "no_more_mail"]
DISPUTE_DAYS, PLAN_DAYS, ANSWER_WITHIN = 30, 10, 5
FOR_PERSONS = ("no_address", "insolvency_unchecked")


class WrongOutcome(ValueError):
    """What was said does not fit the task, or says too little; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person brings back. `until`: the day promised, or until when a dispute keeps the ladder still."""

    outcome: Outcome
    by: str
    note: str = ""
    until: date | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What was closed, and what follows in one sentence."""

    tasks: tuple[int, ...]
    outcome: str
    follows: str


def listed(workspace: Workspace, kind: str | None = None) -> list[Task]:
    with reading(workspace.engine) as connection:
        return open_tasks(connection, kind)


def as_text(found: Task) -> str:
    about = " ".join(word for word in (found.debtor, found.number) if word)
    due = f", due {found.due}" if found.due else ""
    return f"{found.id:>5}  {found.kind:<14} since {found.opened}{due}  {about}: {found.text}"


def as_dict(found: Task) -> dict[str, Any]:
    shown = ("id", "kind", "text", "opened", "due", "seller", "debtor", "name", "number")
    return {name: getattr(found, name) for name in shown}


def answer(workspace: Workspace, task_id: int, said: Said, on: date) -> Answered:
    """Closes a task with its outcome and does what follows. A call is one for all the invoices it was about.

    Raises NotFound where no such task is open, WrongOutcome where the outcome does not fit or lacks something.
    """
    with writing(workspace.engine) as connection:
        found = task(connection, task_id)
        if found is None or found.done is not None:
            raise NotFound(f"there is no open task {task_id}" + (f": done on {found.done}" if found else ""))
        check(found, said, on)
        if found.kind == COMPLAINT:
            dispatch_id = int(found.key.partition(":")[2])
            decide_stop(connection, dispatch_id, said.outcome, by=said.by, on=on, at=workspace.now())
        if found.kind == IN_DOUBT and said.outcome == RECEIVED:
            dispatch_id = int(found.key.partition(":")[2])
            decided_by_person(connection, dispatch_id, received=True, by="desk", on=on, at=workspace.now())
        if found.kind != "call":
            return close(connection, workspace, [found], said, follows_other(found, said), on)
        calls = open_tasks(connection, "call", found.debtor_id)
        follows = follow_call(connection, workspace, calls, said, on)
        return close(connection, workspace, calls, said, follows, on)


def check(found: Task, said: Said, on: date) -> None:
    fits: tuple[str, ...] = ("done",)
    if found.kind == "call":
        fits = get_args(CallOutcome)
    elif found.kind in (CONSENT, ANSWER):
        fits = get_args(Verdict)
    elif found.kind == POST:
        fits = ("done", NOT_POSTED)
    elif found.kind == COMPLAINT:
        fits = get_args(MailVerdict)
    elif found.kind == IN_DOUBT:
        fits = (RECEIVED, "done")
    if said.outcome not in fits:
        raise WrongOutcome(f"task {found.id} is a {found.kind}, which ends in {', '.join(fits)}; not '{said.outcome}'")
    if said.outcome == "promised" and (said.until is None or said.until < on):
        raise WrongOutcome(f"say by which day the payment is promised, {on} or later (--until)")
    if said.outcome in ("disputes", "refused") and not said.note.strip():
        raise WrongOutcome("say what is disputed, or why it is refused (--note)")
    if said.until is not None and said.until < on:
        raise WrongOutcome(f"{said.until} has passed; give a later day")


def close(
    connection: Connection, workspace: Workspace, found: list[Task], said: Said, follows: str, on: date
) -> Answered:
    for one in found:
        close_task(connection, one.key, outcome=said.outcome, on=on)
        if one.seller and one.number:
            facts: dict[str, journal.Json] = {"outcome": said.outcome}
            subject = journal.about_invoice(one.seller, one.number)
            journal.append(connection, at=workspace.now(), on=on, kind=f"{one.kind}.done", subject=subject, facts=facts)
    return Answered(tuple(one.id for one in found), said.outcome, follows)


def follow_call(connection: Connection, workspace: Workspace, calls: list[Task], said: Said, on: date) -> str:
    """What a call leads to: a hold on each claim it was about, or the next piece of work."""
    if said.outcome == "promised" and said.until is not None:
        until = add_bank_days(said.until, workspace.policy.contact.promise_grace)
        sum_ = f"{said.amount} " if said.amount is not None else ""
        hold(connection, workspace, calls, HoldKind.PROMISE, said, f"{sum_}promised by {said.until}", until, on)
        return f"nothing is sent before {until}; what is not paid then goes on where it stood"
    if said.outcome == "disputes":
        until = said.until or on + timedelta(days=DISPUTE_DAYS)
        hold(connection, workspace, calls, HoldKind.DISPUTE, said, said.note, until, on)
        due = add_business_days("BE", on, ANSWER_WITHIN)
        next_task(connection, calls[0], "dispute", f"Answer the dispute of {calls[0].name}: {said.note}", on, due)
        return f"held for a dispute until {until}; a task asks for an answer by {due}"
    if said.outcome == "cannot_pay":
        until = said.until or on + timedelta(days=PLAN_DAYS)
        reason = said.note or "cannot pay at once; a plan is to be agreed"
        hold(connection, workspace, calls, HoldKind.MANUAL, said, reason, until, on)
        next_task(connection, calls[0], "plan", f"Agree a payment plan with {calls[0].name}: {reason}", on, until)
        return f"held until {until}; a task asks for a payment plan"
    if said.outcome == "wrong_number":
        text = f"Find the telephone number of {calls[0].name}: the one on file is wrong. {said.note}".strip()
        next_task(connection, calls[0], "number", text, on, add_business_days("BE", on, ANSWER_WITHIN))
        return "the ladder goes on in writing; a task asks for the right number"
    return "the ladder goes on, its next wait counted from today"


def hold(
    connection: Connection,
    workspace: Workspace,
    calls: list[Task],
    kind: HoldKind,
    said: Said,
    reason: str,
    until: date,
    on: date,
) -> None:
    details = {"amount": str(said.amount)} if said.amount is not None else {}
    for one in calls:
        if one.invoice_id is not None:
            open_hold(
                connection,
                one.invoice_id,
                kind,
                owner=said.by,
                reason=reason,
                since=on,
                until=until,
                at=workspace.now(),
                details=details,
            )


def next_task(connection: Connection, call: Task, kind: str, text: str, on: date, due: date) -> None:
    open_task(
        connection,
        key=f"{kind}:{call.key}",
        kind=kind,
        text=text,
        on=on,
        due=due,
        debtor_id=call.debtor_id,
        invoice_id=call.invoice_id,
    )


def follows_other(found: Task, said: Said) -> str:
    if said.outcome == NOT_POSTED:
        return "the letter does not count; it is written anew if it is due again"
    if said.outcome == RECEIVED:
        return "it counts as received from today, by your word: the ladder goes on"
    if found.kind == HELD:
        return "what it held goes out with the next delivery"
    if found.kind == COMPLAINT:
        again = said.outcome == MAIL_AGAIN
        return "what waited for that address goes out" if again else "nothing more is mailed to that address"
    if found.kind in (SEND, ANSWER):
        return "noted with the next delivery as the insurer's answer"
    if found.kind != CONSENT:
        return "done"
    if said.outcome == "approved":
        return "the letter goes out with the next follow-up, if it is still due then"
    return f"the letter does not go out: {said.note}"


def ask_consent(connection: Connection, facts: DebtorFacts, action: Action, on: date, why: str = "") -> None:
    """A task for each claim whose step a person must consent to, and `why` where the policy is not the reason."""
    for step in action.claims:
        open_task(
            connection,
            key=consent_key(step.invoice_id, step.step, step.occurrence),
            kind=CONSENT,
            text=f"May the {step.step.replace('_', ' ')} for {step.number} go to {facts.name}? {why}".strip(),
            on=on,
            debtor_id=facts.debtor_id,
            invoice_id=step.invoice_id,
        )


def tasks_from_reasons(connection: Connection, facts: DebtorFacts, reasons: tuple[Reason, ...], on: date) -> None:
    """What only a person can take out of the way: an address, a look in the insolvency register."""
    for reason in reasons:
        if reason.code in FOR_PERSONS:
            seen = facts.insolvency_checked if reason.code == "insolvency_unchecked" else f"{on:%Y-%m}"
            open_task(
                connection,
                key=f"{reason.code}:{facts.debtor_id}:{seen or 'never'}",
                kind=reason.code,
                text=f"{facts.name}: {reason.text}",
                on=on,
                debtor_id=facts.debtor_id,
            )
