"""What mail servers report of a message: delivered, failed (RFC 3464), complained of (RFC 5965).

A report is not authenticated: it is a mail server's word. An automatic reply is none.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from enum import StrEnum
from typing import Protocol

from connectors.mail.archive import bare_id
from connectors.ports import Answer, Proof

LARGEST = 5 * 1024 * 1024
MOST_PARTS = 20
DELIVERY, FEEDBACK = "delivery-status", "feedback-report"
NO_COMPLAINT = frozenset({"not-spam"})  # RFC 5965, 7.3: the recipient says that it is no spam


class Verdict(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    COMPLAINT = "complaint"


ANSWERS = {Verdict.DELIVERED: Answer.DELIVERED, Verdict.FAILED: Answer.NOT_DELIVERED}
ACTIONS = {"delivered": Verdict.DELIVERED, "failed": Verdict.FAILED}
LEVELS = {
    Verdict.DELIVERED: "delivered to the recipient's mailbox, by the word of its mail server",
    Verdict.FAILED: "not delivered, by the word of a mail server",
    Verdict.COMPLAINT: "the recipient complained of it, by the word of its mail provider",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report says of one message. `reason` quotes the failure or the kind of complaint.

    `names`: what it may be known by, our envelope id (RFC 3461) before the Message-ID, which some relays rewrite.
    """

    names: tuple[str, ...]
    recipient: str
    verdict: Verdict
    reason: str | None
    content: bytes
    mime: str = "message/rfc822"

    @property
    def proof(self) -> Proof:
        return Proof(kind="mail_report", level=LEVELS[self.verdict], content=self.content, mime=self.mime)


class Reports(Protocol):
    """The reports that were read, by message: where they disagree on delivery the failure stands."""

    def about(self, message_id: str) -> Report | None: ...


def read_report(raw: bytes) -> tuple[Report, ...]:
    """What a message reports, one entry per recipient with a final verdict; empty where it is no such report.

    A report that only says 'delayed', 'relayed' or 'expanded' has no verdict: the message is still on its way.
    """
    if len(raw) > LARGEST:
        return ()
    try:
        message = email.message_from_bytes(raw, policy=compat32)
        kind, parts = _parts(message)
        if kind == DELIVERY:
            return tuple(_delivery(raw, parts))
        return tuple(_complaint(raw, parts)) if kind == FEEDBACK else ()
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError):
        return ()


def _delivery(raw: bytes, parts: list[Message]) -> Iterator[Report]:
    groups = [group for part in parts for group in _groups(part)]
    names = _names(_after_type(_value(groups[0], "Original-Envelope-Id")) if groups else "", parts)
    for group in groups:
        verdict = ACTIONS.get(_value(group, "Action").lower())
        if verdict is None or not names:
            continue
        said = " ".join(filter(None, (_value(group, "Status"), _after_type(_value(group, "Diagnostic-Code")))))
        yield Report(
            names=names,
            recipient=_after_type(_value(group, "Final-Recipient")),
            verdict=verdict,
            reason=f"the mail came back: {said[:300]}" if verdict is Verdict.FAILED else None,
            content=raw,
        )


def _complaint(raw: bytes, parts: list[Message]) -> Iterator[Report]:
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() != "message/feedback-report" or not isinstance(payload, list) or not payload:
            continue
        fields = payload[0]
        if not isinstance(fields, Message):
            continue
        names = _names(_value(fields, "Original-Envelope-Id"), parts)
        kind = _value(fields, "Feedback-Type").lower()
        if names and kind and kind not in NO_COMPLAINT:
            recipient = _value(fields, "Original-Rcpt-To").strip("<>")
            reason = f"the recipient complained ({kind[:40]})"
            yield Report(names=names, recipient=recipient, verdict=Verdict.COMPLAINT, reason=reason, content=raw)


def _parts(message: Message) -> tuple[str, list[Message]]:
    """The type of a multipart/report and its parts; nothing of anything else."""
    if message.get_content_type() != "multipart/report":
        return "", []
    payload = message.get_payload()
    parts = [part for part in payload if isinstance(part, Message)][:MOST_PARTS] if isinstance(payload, list) else []
    return str(message.get_param("report-type") or "").lower(), parts


def _groups(part: Message) -> list[Message]:
    """The groups of fields of a delivery status (RFC 3464, 2.1): the first about the message, then one a recipient."""
    payload = part.get_payload()
    kind = part.get_content_type()
    if not isinstance(payload, list) or kind not in ("message/delivery-status", "message/global-delivery-status"):
        return []
    groups = [group for group in payload[:1000] if isinstance(group, Message)]
    if kind == "message/global-delivery-status" and groups:  # RFC 6533: the parser splits only the older type
        rest = groups[0].get_payload()
        blocks = re.split(r"\r?\n\s*\r?\n", rest.strip()) if isinstance(rest, str) else []
        groups += [email.message_from_string(block, policy=compat32) for block in blocks[:1000]]
    return groups


def _names(envelope_id: str, parts: list[Message]) -> tuple[str, ...]:
    decoded = re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), envelope_id)  # xtext (RFC 3461, 4)
    return tuple(dict.fromkeys(name for name in (bare_id(decoded), _returned_id(parts)) if name))


def _returned_id(parts: list[Message]) -> str:
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


def _value(group: Message, name: str) -> str:
    """A field without comments in brackets and folded lines, printable characters only."""
    text = re.sub(r"\s+", " ", re.sub(r"\([^()]*\)", "", str(group.get(name, "")))).strip()
    return "".join(c for c in text if c.isprintable())


def _after_type(value: str) -> str:
    return value.partition(";")[2].strip() or value
