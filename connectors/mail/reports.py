"""Delivery reports (RFC 3464) read from a mailbox. A report is not authenticated: it is a mail server's word."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from pathlib import Path

from connectors.mail.archive import bare_id, message_files
from connectors.ports import Answer, Proof

LARGEST = 5 * 1024 * 1024
MOST_PARTS = 20
VERDICTS = {"delivered": Answer.DELIVERED, "failed": Answer.NOT_DELIVERED}
LEVELS = {
    Answer.DELIVERED: "delivered to the recipient's mailbox, by the word of its mail server",
    Answer.NOT_DELIVERED: "not delivered, by the word of a mail server",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one delivery report says of one message. `reason` quotes status and diagnostic of the failure."""

    message_id: str
    recipient: str
    answer: Answer
    reason: str | None
    proof: Proof


class DeliveryReports:
    """The reports in one mailbox folder, each file read once. Where reports disagree the failure stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: set[str] = set()
        self._reports: dict[str, Report] = {}

    def about(self, message_id: str) -> Report | None:
        for file in message_files(self.path, self._read):
            self._read.add(str(file))
            if file.stat().st_size <= LARGEST:
                for report in read_report(file.read_bytes()):
                    self._keep(report)
        return self._reports.get(bare_id(message_id))

    def _keep(self, report: Report) -> None:
        before = self._reports.get(report.message_id)
        if before is None or report.answer is Answer.NOT_DELIVERED:
            self._reports[report.message_id] = report


def read_report(raw: bytes) -> tuple[Report, ...]:
    """What a message reports, one entry per recipient with a final verdict; empty where it is no such report.

    A report that only says 'delayed', 'relayed' or 'expanded' has no verdict: the message is still on its way.
    """
    if len(raw) > LARGEST:
        return ()
    try:
        message = email.message_from_bytes(raw, policy=compat32)
        parts = _parts(message)
        message_id = _reported_id(parts)
        groups = list(_recipients(parts))
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError):
        return ()
    return tuple(_report(raw, message_id, group) for group in groups if message_id and _action(group) in VERDICTS)


def _report(raw: bytes, message_id: str, group: Message) -> Report:
    answer = VERDICTS[_action(group)]
    said = " ".join(filter(None, (_value(group, "Status"), _after_type(_value(group, "Diagnostic-Code")))))
    return Report(
        message_id=message_id,
        recipient=_after_type(_value(group, "Final-Recipient")),
        answer=answer,
        reason=f"the mail came back: {said[:300]}" if answer is Answer.NOT_DELIVERED else None,
        proof=Proof(kind="mail_report", level=LEVELS[answer], content=raw, mime="message/rfc822"),
    )


def _parts(message: Message) -> list[Message]:
    """The parts of a multipart/report of type delivery-status; none of anything else."""
    kind = str(message.get_param("report-type") or "").lower()
    if message.get_content_type() != "multipart/report" or kind != "delivery-status":
        return []
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)][:MOST_PARTS] if isinstance(payload, list) else []


def _recipients(parts: list[Message]) -> Iterator[Message]:
    """The per-recipient groups of fields (RFC 3464, 2.3): every group after the first, which is about the message."""
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status") and isinstance(
            payload, list
        ):
            yield from (group for group in payload[:1000] if isinstance(group, Message) and group.get("Action"))


def _reported_id(parts: list[Message]) -> str:
    """The Message-ID of the message that is reported on, from the returned message or its headers."""
    for part in parts:
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind in ("message/rfc822", "message/global") and isinstance(payload, list) and payload:
            returned = payload[0]
            return bare_id(str(returned.get("Message-ID", ""))) if isinstance(returned, Message) else ""
        if kind in ("text/rfc822-headers", "message/rfc822-headers"):
            decoded = part.get_payload(decode=True)
            content = decoded if isinstance(decoded, bytes) else b""
            return bare_id(str(email.message_from_bytes(content, policy=compat32).get("Message-ID", "")))
    return ""


def _action(group: Message) -> str:
    return _value(group, "Action").lower()


def _value(group: Message, name: str) -> str:
    """A field without comments in brackets and folded lines, printable characters only."""
    text = re.sub(r"\s+", " ", re.sub(r"\([^()]*\)", "", str(group.get(name, "")))).strip()
    return "".join(c for c in text if c.isprintable())


def _after_type(value: str) -> str:
    return value.partition(";")[2].strip() or value
