"""A mail server on loopback: a real SMTP conversation that offers DSN, a mailbox that keeps a copy, delivery reports.

What it takes is kept three times: as delivered (`mail/*.eml`), as copy of what was sent (`mailbox/sent/`), and, where
the sender asked for it (RFC 3461 NOTIFY), with a report (RFC 3464) in `mailbox/reports/`: a success, or for an
address that bounces a failure.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import re
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage, Message
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session, syntax

from connectors.sandbox.faults import Faults
from connectors.sandbox.state import State, next_number, receive, safe_name, show

HOSTNAME = "mail.sandbox.example"
LARGEST = 30 * 1024 * 1024
DSN_OF_MAIL = re.compile(r"\s+(RET|ENVID)=(\S+)", re.IGNORECASE)
DSN_OF_RCPT = re.compile(r"\s+(NOTIFY|ORCPT)=(\S+)", re.IGNORECASE)


@dataclass(slots=True)
class MailServer:
    """`bouncing` addresses are accepted and bounce; `refused` addresses are refused in the conversation."""

    state: State
    out: Path
    mailbox: Path
    bouncing: Collection[str] = ()
    refused: Collection[str] = ()

    @property
    def sent(self) -> Path:
        return self.mailbox / "sent"

    @property
    def reports(self) -> Path:
        return self.mailbox / "reports"

    def take(self, sender: str, recipients: list[str], content: bytes, notify: str) -> str:
        """Keep a message durably for each recipient and give the queue id that the client is told.

        It counts as taken from the moment its copy stands in the mailbox: a client that lost the answer looks there.
        """
        message_id = _message_id(content)
        today = self.state.today()
        with self.state.write() as db:
            first = next_number(db, "mail")
            for number, recipient in enumerate(recipients, start=first):
                name = f"{today.isoformat()}-{number:04d}-{safe_name(recipient)}.eml"
                bounces = recipient.lower() in {address.lower() for address in self.bouncing}
                report = None
                if ("FAILURE" in notify or not notify) if bounces else "SUCCESS" in notify:
                    at = datetime.combine(today, time(9), UTC) + timedelta(seconds=number)
                    report = delivery_report(content, sender, recipient, delivered=not bounces, at=at, number=number)
                values = (number, message_id, sender, recipient, name, content, bounces, report, None)
                db.execute("insert into mail values (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        rows = self.state.rows("select * from mail where seq >= ? order by seq", first)
        for row in rows:
            show(self.sent / row["name"], row["content"])
        self._taken(rows, today)
        return f"sandbox-{first:06d}"

    def repair(self) -> None:
        """After a stop at any line: what has its copy in the mailbox was taken, what has none was not."""
        for folder in (self.sent, self.reports):
            folder.mkdir(parents=True, exist_ok=True)
        begun = self.state.rows("select * from mail where taken_on is null")
        self._taken([row for row in begun if (self.sent / row["name"]).exists()], self.state.today())
        with self.state.write() as db:
            db.execute("delete from mail where taken_on is null")
        for row in self.state.rows("select * from mail order by seq"):
            self._show(row)

    def _taken(self, rows: list[sqlite3.Row], on: date) -> None:
        with self.state.write() as db:
            for row in rows:
                key = f"{row['message_id']} {row['recipient']}"
                path = "" if row["bounced"] else f"mail/{row['name']}"
                receive(db, "mail", key, row["message_id"], on, path)
                db.execute("update mail set taken_on = ? where seq = ?", (on.isoformat(), row["seq"]))
        for row in rows:
            self._show(row)

    def _show(self, row: sqlite3.Row) -> None:
        show(self.sent / row["name"], row["content"])
        if not row["bounced"]:
            show(self.out / "mail" / row["name"], row["content"])
        if row["report"]:
            show(self.reports / row["name"], row["report"])


class Conversation(SMTP):
    """aiosmtpd's server, with the parameters of RFC 3461 read off MAIL and RCPT, and failures where they are asked."""

    def __init__(self, mailserver: MailServer, faults: Faults, password: str | None) -> None:
        super().__init__(
            _Handler(mailserver, faults),
            hostname=HOSTNAME,
            ident="sandbox",
            data_size_limit=LARGEST,
            auth_required=password is not None,
            auth_require_tls=False,
            authenticator=_authenticator(password, faults) if password is not None else None,
            loop=asyncio.get_running_loop(),
        )

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:
        await super().smtp_MAIL(DSN_OF_MAIL.sub("", arg) if arg else arg)

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:
        for name, value in DSN_OF_RCPT.findall(arg or ""):
            if name.upper() == "NOTIFY" and self.envelope is not None:
                self.envelope.rcpt_options.append(f"NOTIFY={value.upper()}")
        await super().smtp_RCPT(DSN_OF_RCPT.sub("", arg) if arg else arg)


class _Handler:
    """The hooks of aiosmtpd. The answer to DATA is given when the message is on the disk."""

    def __init__(self, mailserver: MailServer, faults: Faults) -> None:
        self._mailserver = mailserver
        self._faults = faults

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._faults.strike("mail", "RCPT")
        if fault and fault.kind == "error":
            return "451 4.3.0 Try again later"
        if address.lower() in {refused.lower() for refused in self._mailserver.refused}:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._faults.strike("mail", "DATA")
        kind = fault.kind if fault else None
        if kind == "error":
            return "451 4.3.0 Try again later"
        content = envelope.original_content or b""
        notify = " ".join(envelope.rcpt_options)
        queued = self._mailserver.take(envelope.mail_from or "", envelope.rcpt_tos, content, notify)
        if kind == "drop" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if fault and kind == "slow":
            await asyncio.sleep(fault.seconds)
        return f"250 2.0.0 OK queued as {queued}"


def _authenticator(password: str, faults: Faults) -> Any:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        struck = faults.strike("mail", "AUTH")
        right = getattr(data, "password", b"") == password.encode() and struck is None
        return AuthResult(success=right, handled=False)

    return check


def delivery_report(
    content: bytes, sender: str, recipient: str, *, delivered: bool, at: datetime, number: int
) -> bytes:
    """A delivery status notification by RFC 3464: words for a person, fields for a program, the headers returned."""
    status, action = ("2.0.0", "delivered") if delivered else ("5.1.1", "failed")
    diagnostic = "smtp; 250 2.1.5 OK" if delivered else "smtp; 550 5.1.1 mailbox does not exist"
    words = "was delivered" if delivered else "could not be delivered: the mailbox does not exist"
    fields = (
        f"Reporting-MTA: dns; {HOSTNAME}\r\n"
        f"Arrival-Date: {format_datetime(at)}\r\n\r\n"
        f"Original-Recipient: rfc822; {recipient}\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnostic}\r\n"
    )
    boundary = "report-" + hashlib.sha256(content + recipient.encode()).hexdigest()[:24]
    headers = content.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].replace(b"\n", b"\r\n") + b"\r\n"
    top = (
        f"From: Mail Delivery Subsystem <mailer-daemon@{HOSTNAME}>\r\nTo: {sender}\r\nDate: {format_datetime(at)}\r\n"
        f"Subject: Delivery status of your message\r\nMessage-ID: <report-{number}@{HOSTNAME}>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n\r\n'
    )
    parts = (
        ("text/plain; charset=us-ascii", f"Your message to {recipient} {words}.\r\n".encode()),
        ("message/delivery-status", fields.encode()),
        ("text/rfc822-headers", headers),
    )
    body = b"".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + part + b"\r\n" for kind, part in parts)
    return top.encode() + body + f"--{boundary}--\r\n".encode()


def _message_id(content: bytes) -> str:
    message: Message | EmailMessage = email.message_from_bytes(content, policy=email.policy.compat32)
    return str(message.get("Message-ID", "")).strip()
