"""What mail servers reported, kept once each; how far a mailbox was read; and the addresses that complained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Select, insert, or_, select, update

from receivables.ledger import journal
from receivables.ledger.evidence import Kept, record
from receivables.ledger.life import AWAITING, ENDS, SUBMITTED
from receivables.ledger.mail_tables import mail_reports, mail_stops, mailboxes
from receivables.ledger.outbox import whom
from receivables.ledger.tables import dispatches
from receivables.ledger.tasks import open_task

COMPLAINT = "complaint"  # the verdict, and the kind of the task
MAIL_AGAIN, NO_MORE_MAIL = "mail_again", "no_more_mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReport:
    """One report on one message of ours. `verdict`: delivered, failed, complaint; `content`: its blob."""

    message_id: str
    verdict: str
    recipient: str
    reason: str | None
    content: str
    mime: str


OUT = (SUBMITTED, AWAITING, *ENDS)  # of anything else it is not settled yet whether it left
FIELDS = tuple(MailReport.__dataclass_fields__)


def keep_report(connection: Connection, report: MailReport, *, on: date) -> bool:
    """Writes a report down; False where the same was read before."""
    values = {name: getattr(report, name) for name in FIELDS}
    same = [mail_reports.c[name] == values[name] for name in ("message_id", "verdict", "content")]
    if connection.scalar(select(mail_reports.c.id).where(*same)) is not None:
        return False
    connection.execute(insert(mail_reports).values(**values, read=on))
    return True


def reports_on(connection: Connection, message_id: str) -> list[MailReport]:
    """Everything that was reported of one message, in the order of reading."""
    rows = select(mail_reports).where(mail_reports.c.message_id == message_id).order_by(mail_reports.c.id)
    return [MailReport(**{name: getattr(row, name) for name in FIELDS}) for row in connection.execute(rows)]


def unsettled(connection: Connection) -> list[tuple[int, int, MailReport]]:
    """(report, dispatch, what it says) of every report from which nothing followed yet: failures first.

    A report on a message that the ledger does not hold as taken waits until it does.
    """
    rows = connection.execute(
        select(mail_reports, dispatches.c.id.label("dispatch_id"))
        .join(dispatches, dispatches.c.partner_id == mail_reports.c.message_id)
        .where(mail_reports.c.settled.is_(None), dispatches.c.channel == "email", dispatches.c.state.in_(OUT))
    ).all()
    found = [(row.id, row.dispatch_id, MailReport(**{name: getattr(row, name) for name in FIELDS})) for row in rows]
    return sorted(found, key=lambda one: (one[2].verdict != "failed", one[0]))


def mark_settled(connection: Connection, report_id: int, *, on: date) -> None:
    connection.execute(update(mail_reports).where(mail_reports.c.id == report_id).values(settled=on))


def read_until(connection: Connection, mailbox: str) -> tuple[int, int] | None:
    """(validity, UID) up to which a mailbox was read."""
    row = connection.execute(select(mailboxes).where(mailboxes.c.name == mailbox)).one_or_none()
    return None if row is None else (row.validity, row.uid)


def mark_read(connection: Connection, mailbox: str, validity: int, uid: int) -> None:
    where = mailboxes.c.name == mailbox
    known = connection.execute(update(mailboxes).where(where).values(validity=validity, uid=uid))
    if known.rowcount == 0:
        connection.execute(insert(mailboxes).values(name=mailbox, validity=validity, uid=uid))


def note_complaint(connection: Connection, dispatch_id: int, proof: Kept, *, on: date, at: datetime) -> None:
    """The recipient complained: nothing more is mailed to that address until a person decides. Once per message."""
    record(connection, dispatch_id, (proof,), at)
    row = connection.execute(select(dispatches).where(dispatches.c.id == dispatch_id)).one()
    address = row.receiver.lower()
    same = (mail_stops.c.address == address) & (mail_stops.c.dispatch_id == dispatch_id)
    if connection.scalar(select(mail_stops.c.id).where(same)) is not None:
        return
    connection.execute(insert(mail_stops).values(address=address, dispatch_id=dispatch_id, since=on))
    text = (
        f"{row.receiver} complained of the mail with {row.kind} {row.subject}. Nothing more is mailed to that address: "
        f"call the customer, then close this with {MAIL_AGAIN} or {NO_MORE_MAIL}."
    )
    found = connection.execute(whom(dispatch_id)).one_or_none()
    key = f"{COMPLAINT}:{dispatch_id}"
    debtor_id = None if found is None else found.id
    open_task(connection, key=key, kind=COMPLAINT, text=text, on=on, debtor_id=debtor_id)
    facts: dict[str, journal.Json] = {"dispatch": dispatch_id, "proof": proof.content}
    subject = journal.about_dispatch(dispatch_id)
    journal.append(connection, at=at, on=on, kind="dispatch.complaint", subject=subject, facts=facts)


def stopped() -> Select[tuple[str]]:
    """The addresses, in small letters, to which nothing is mailed: somebody complained and nobody allowed it since."""
    return select(mail_stops.c.address).where(or_(mail_stops.c.decided.is_(None), mail_stops.c.outcome == NO_MORE_MAIL))


def stopped_for(connection: Connection, address: str) -> bool:
    return connection.scalar(stopped().where(mail_stops.c.address == address.lower()).limit(1)) is not None


def decide_stop(connection: Connection, dispatch_id: int, outcome: str, *, by: str, on: date, at: datetime) -> None:
    """A person's word on the address that complained of this message: `mail_again` or `no_more_mail`.

    `mail_again` lifts every stop of that address.
    """
    of_this = mail_stops.c.dispatch_id == dispatch_id
    address = connection.scalar(select(mail_stops.c.address).where(of_this))
    which = mail_stops.c.address == address if outcome == MAIL_AGAIN else of_this
    connection.execute(update(mail_stops).where(which).values(decided=on, outcome=outcome, by=by))
    facts: dict[str, journal.Json] = {"dispatch": dispatch_id, "outcome": outcome}
    subject = journal.about_dispatch(dispatch_id)
    journal.append(connection, at=at, on=on, kind="mail.decided", subject=subject, facts=facts)
