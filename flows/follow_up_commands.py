"""The commands of following up: the day's work and what lies ahead, work for people, interest, another policy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows.console import FINE, BusinessDay, Format, Number, Root, Unusable, readable, say
from flows.task_outcomes import Outcome

Seller = Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")]

tasks = App(name="tasks", help="Work for people: calls, consents, what only a person can mend.")


def follow_up(
    *,
    on: Annotated[
        date | None, Parameter(help="Business day as YYYY-MM-DD; a preview begins today where it is left out.")
    ] = None,
    preview: Annotated[
        str | None, Parameter(help="Show what would go out in so many days (60d, 8w), and do nothing.")
    ] = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Does a day's work: reads bank statements, sends what is planned, reminds who is due, asks for approval.

    Says for every other claim why nothing is done. What a missed day left undone is done now, once; the same day twice
    does nothing twice.

    For example:
      voldaan follow-up --on 2026-03-02
      voldaan follow-up --preview 60d
    """
    if on is None and preview is None:
        raise Unusable("name the business day whose work is to be done, as in --on 2026-03-02")
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    day_of_work = on or workspace.today
    if preview is not None:
        return show_preview(workspace, day_of_work, preview, format)
    from flows.daily import play
    from flows.telling import day_as_dict, day_as_text

    day = play(workspace, day_of_work)
    say(day_as_dict(day) if format == "json" else day_as_text(day))
    return FINE


def show_preview(workspace: object, on: date, span: str, format: str) -> int:
    from flows.preview import BadSpan, as_dict, as_text, days_of, preview
    from flows.workspace import Workspace

    assert isinstance(workspace, Workspace)
    try:
        days = days_of(span)
    except BadSpan as problem:
        raise Unusable(str(problem)) from problem
    found = preview(workspace, on, days)
    if format == "json":
        for one in found:
            say(as_dict(one))
    else:
        say(as_text(found, on, days))
    return FINE


@tasks.default
@tasks.command(name="list")
def list_tasks(
    *,
    kind: Annotated[str | None, Parameter(help="Only of this kind, such as call or consent.")] = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Lists what waits for a person, what is due first on top.

    For example:
      voldaan tasks
      voldaan tasks list --kind call
    """
    from flows.tasks import as_dict, as_text, listed
    from flows.workspace import open_workspace

    found = listed(open_workspace(root), kind)
    for one in found:
        say(as_dict(one) if format == "json" else as_text(one))
    if not found and format == "text":
        say("Nothing waits for a person.")
    return FINE


@tasks.command(name="script")
def script_of_call(task: Annotated[int, Parameter(help="Number of the call.")], /, *, root: Root = None) -> int:
    """Shows what to say in a call, in the customer's language.

    For example:
      voldaan tasks script 12
    """
    from flows.call_script import script
    from flows.workspace import open_workspace
    from receivables.ledger.database import reading
    from receivables.ledger.tasks import task as find

    workspace = open_workspace(root)
    with reading(workspace.engine) as connection:
        found = find(connection, task)
        if found is None or found.kind != "call":
            raise Unusable(f"there is no call {task}; voldaan tasks lists them")
        words = script(connection, workspace, found)
    say(words or f"Nothing is open any more: close it with voldaan tasks done {task} --outcome reached_right_person")
    return FINE


@tasks.command(name="done")
def task_done(
    task: Annotated[int, Parameter(help="Number of the task.")],
    /,
    *,
    outcome: Annotated[Outcome, Parameter(help="What came of it; each kind of task has its own.")],
    by: Annotated[str, Parameter(help="Who did it.")],
    note: Annotated[str, Parameter(help="What was said.")] = "",
    until: Annotated[date | None, Parameter(help="Day promised, or until when a dispute holds the ladder.")] = None,
    amount: Annotated[Number | None, Parameter(help="Sum promised.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Notes what came of a task, and does what follows from it: a promise or a dispute holds the ladder still.

    For example:
      voldaan tasks done 12 --outcome promised --until 2026-03-20 --by "Nadia Willems"
      voldaan tasks done 12 --outcome disputes --note "two boxes were missing" --by "Nadia Willems"
    """
    from flows.tasks import Said, WrongOutcome, answer
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    said = Said(outcome=outcome, by=by, note=note, until=until, amount=amount)
    try:
        answered = answer(workspace, task, said, on or workspace.today)
    except WrongOutcome as problem:
        raise Unusable(str(problem)) from problem
    say(answered if format == "json" else f"{', '.join(map(str, answered.tasks))} {outcome}: {answered.follows}")
    return FINE


def interest(
    invoice: Annotated[str, Parameter(help="Number of the invoice.")],
    /,
    *,
    on: BusinessDay = None,
    seller: Seller = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Interest on one invoice until a day, line by line, with the regime, the articles and when the claim lapses.

    For example:
      voldaan interest 2026-0107 --on 2026-06-19
    """
    from flows.reckoning import reckon_invoice
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = reckon_invoice(workspace, invoice, seller, on or workspace.today)
    say(found.as_dict() if format == "json" else found.text)
    return FINE


def replay(
    *,
    policy: Annotated[Path, Parameter(help="The other policy, a TOML file.")],
    start: Annotated[date, Parameter(name="--from", help="First day.")],
    end: Annotated[date, Parameter(name="--to", help="Last day.")],
    root: Root = None,
    format: Format = "text",
) -> int:
    """Plays another policy over the recorded past and shows what would have been different. Sends nothing.

    For example:
      voldaan replay --policy gentler.toml --from 2026-01-05 --to 2026-06-19
    """
    from flows.replay import replay as play
    from flows.workspace import open_workspace
    from receivables.ladder import load_policy

    other = load_policy(readable(policy))
    if end < start:
        raise Unusable(f"--to {end} lies before --from {start}: turn them round")
    found = play(open_workspace(root), other, start, end)
    say(found.as_dict() if format == "json" else found.text)
    return FINE
