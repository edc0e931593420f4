"""What a mail service reports by a call instead of a mail: a small signed JSON of our own, `voldaan-mail-event/1`.

Services differ in what they call and sign; a few lines at the service, or a function beside it, write this form.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.mail.archive import bare_id
from connectors.mail.reports import Report, Verdict
from connectors.ports import BadWebhook

FORMAT = "voldaan-mail-event/1"
TIMESTAMP, SIGNATURE = "x-voldaan-timestamp", "x-voldaan-signature"
FRESH = timedelta(minutes=5)
EVENTS = {"delivered": Verdict.DELIVERED, "bounced": Verdict.FAILED, "complained": Verdict.COMPLAINT}
SHORTEST = 16  # characters of a secret


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256, in hex, over the timestamp (seconds since 1970), a dot and the body."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def read_event(headers: Mapping[str, str], body: bytes, secret: str, at: datetime) -> Report | None:
    """What a call reports; None for an event that settles nothing, such as a delay. `headers` in lower case.

    Raises BadWebhook for a call that is not signed with `secret`, older or newer than five minutes, or unreadable.
    """
    if len(secret) < SHORTEST:
        raise BadWebhook(f"the secret has fewer than {SHORTEST} characters")
    timestamp = headers.get(TIMESTAMP, "").strip()
    right = signature(secret, timestamp, body)
    if not hmac.compare_digest(right.encode(), headers.get(SIGNATURE, "").strip().encode()):
        raise BadWebhook("the signature does not fit the secret")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 11:
        raise BadWebhook("the timestamp is no number of seconds")
    if abs(at - datetime.fromtimestamp(int(timestamp), UTC)) > FRESH:
        raise BadWebhook("the call is older or newer than five minutes")
    return report_in(parsed(body), body)


def report_in(event: Mapping[str, Any], body: bytes) -> Report | None:
    verdict = EVENTS.get(text(event, "event"))
    name = bare_id(text(event, "message_id"))
    if verdict is None or not name:
        return None
    said = text(event, "reason")[:300]
    reasons = {Verdict.FAILED: f"the mail came back: {said}", Verdict.COMPLAINT: "the recipient complained"}
    return Report(
        names=(name,),
        recipient=text(event, "recipient"),
        verdict=verdict,
        reason=reasons.get(verdict),
        content=body,
        mime="application/json",
    )


def parsed(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise BadWebhook("the body is no JSON") from None
    if not isinstance(event, dict) or event.get("format") != FORMAT:
        raise BadWebhook(f'the body is no object with "format": "{FORMAT}"')
    return event


def text(event: Mapping[str, Any], field: str) -> str:
    """A short text on one line without control characters; empty for anything else."""
    value = event.get(field)
    words = " ".join(value[:500].split()) if isinstance(value, str) else ""
    return "".join(c for c in words if c.isprintable())
