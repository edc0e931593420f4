"""Reads what mail servers report, and does what follows: a bounce, a complaint, proof of delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from connectors.http import NoAnswer
from connectors.mail.imap import ImapReports, Mark
from connectors.mail.reports import ANSWERS, LARGEST, LEVELS, Report, Verdict, read_report
from flows.envelope import ours
from flows.workspace import Workspace
from receivables.ledger import dispatch
from receivables.ledger import mail_reports as kept
from receivables.ledger.database import reading, writing
from receivables.ledger.evidence import Kept
from receivables.ledger.mail_reports import MailReport
from receivables.ledger.tasks import close_task, open_task, open_tasks

FIRST_LOOK = timedelta(days=30)  # how far back a mailbox is read that was never read before
UNREAD = "mailbox"  # the kind of the task


def hear(workspace: Workspace, on: date) -> Counter[str]:
    """Reads what came, and does what follows from all that was read: how many dispatches moved to which state.

    Again at any time: each report counts once.
    """
    read_reports(workspace, on)
    return settle_reports(workspace, on)


def read_reports(workspace: Workspace, on: date) -> None:
    """Every message that came to the mailboxes for reports is read once, and what it reports of our mail is kept.

    After a crash at any line the next run goes on: a message counts as read in the transaction that keeps its report.
    A mailbox that cannot be read is a task for a person until it can.
    """
    if workspace.report_folder is not None:
        for _, content in workspace.report_folder.unread(LARGEST):
            keep(workspace, read_report(content), on)
    if (box := workspace.report_mailbox) is None:
        return
    try:
        read_mailbox(workspace, box, on)
    except NoAnswer as problem:
        say_unread(workspace, f"{problem}: no bounce is seen until it can be read. Mend [mail.imap], or wait.", on)
    else:
        say_unread(workspace, None, on)


def say_unread(workspace: Workspace, problem: str | None, on: date) -> None:
    """One open task as long as the mailbox cannot be read."""
    with reading(workspace.engine) as connection:
        known = open_tasks(connection, UNREAD)
    if bool(known) == bool(problem):
        return
    with writing(workspace.engine) as connection:
        if problem is not None:
            open_task(connection, key=f"{UNREAD}:{on}", kind=UNREAD, text=problem, on=on)
        for one in known:
            close_task(connection, one.key, outcome="read again", on=on)


def read_mailbox(workspace: Workspace, box: ImapReports, on: date) -> None:
    with reading(workspace.engine) as connection:
        known = kept.read_until(connection, box.name)
    mark = Mark(*known) if known else None
    for at, content in box.unread(mark, on - FIRST_LOOK):
        reports = read_report(content) if content is not None else ()
        with writing(workspace.engine) as connection:
            for one in to_keep(workspace, reports):
                kept.keep_report(connection, one, on=on)
            kept.mark_read(connection, box.name, at.validity, at.uid)


def keep(workspace: Workspace, reports: Iterable[Report], on: date) -> int:
    """Keeps what `reports` say of messages of ours; how many were new."""
    own = list(to_keep(workspace, reports))
    if not own:
        return 0
    with writing(workspace.engine) as connection:
        return sum(kept.keep_report(connection, one, on=on) for one in own)


def to_keep(workspace: Workspace, reports: Iterable[Report]) -> Iterator[MailReport]:
    for report in reports:
        name = next((name for name in report.names if ours(name)), None)
        if name is not None:
            yield MailReport(
                message_id=name,
                verdict=report.verdict,
                recipient=report.recipient,
                reason=report.reason,
                content=workspace.store.put(report.content),
                mime=report.mime,
            )


def settle_reports(workspace: Workspace, on: date) -> Counter[str]:
    """Does what follows from each report, once: delivered, not delivered, a contradiction, a complaint."""
    states: Counter[str] = Counter()
    with reading(workspace.engine) as connection:
        waiting = kept.unsettled(connection)
    for report_id, dispatch_id, report in waiting:
        verdict = Verdict(report.verdict)
        proof = Kept("mail_report", LEVELS[verdict], report.content, report.mime)
        if verdict is Verdict.COMPLAINT:
            with writing(workspace.engine) as connection:
                kept.note_complaint(connection, dispatch_id, proof, on=on, at=workspace.now())
        elif delivery(workspace, dispatch_id, report, proof, on):
            states[ANSWERS[verdict].value] += 1
        with writing(workspace.engine) as connection:
            kept.mark_settled(connection, report_id, on=on)
    return states


def delivery(workspace: Workspace, dispatch_id: int, report: MailReport, proof: Kept, on: date) -> bool:
    """The mail server's word on a message that was submitted; True where it moved. A contradiction is for a person."""
    return dispatch.advance(
        workspace.engine,
        dispatch_id,
        ANSWERS[Verdict(report.verdict)].value,
        on=on,
        at=workspace.now(),
        proven=on if report.verdict == Verdict.DELIVERED else None,
        reason=report.reason,
        proofs=(proof,),
    )
