"""A mail as a dispatch keeps it: the exact bytes in the store, and what is needed to send the same bytes once more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from connectors.mail.message import render
from connectors.ports import Attachment, Mail, Picture
from receivables.ledger.store import Store
from receivables.letters.code_image import CodeImage


class Altered(ValueError):
    """The message made from the kept parts is not the one that was planned."""


OURS = re.compile(r"[a-z_]{1,16}\.[0-9a-f]{24}@[^@\s]{1,200}")


def ours(message_id: str) -> bool:
    """Whether it is made as `message_id` makes them; the ledger knows which of those we sent."""
    return OURS.fullmatch(message_id) is not None


def message_id(seller: str, kind: str, subject: str, occurrence: str, sender: str) -> str:
    """A Message-ID that depends on the dispatch's key alone, so that a copy can be found by it after a crash."""
    digest = hashlib.sha256(f"{seller}/{kind}/{subject}/{occurrence}".encode()).hexdigest()[:24]
    domain = sender.rsplit("@", 1)[-1].rstrip(">").strip()
    return f"<{kind}.{digest}@{domain}>"


def pictures(code: CodeImage | None) -> tuple[Picture, ...]:
    """The payment code as a mail carries it."""
    return () if code is None else (Picture(id=code.id, png=code.png),)


def pack(mail: Mail, store: Store) -> tuple[str, dict[str, Any]]:
    """The hash of the message's exact bytes, and its parts with every content by hash. ValueError for a bad address."""
    content = store.put(render(mail))
    return content, {
        "message_id": mail.message_id,
        "sender": mail.sender,
        "reply_to": mail.reply_to,
        "to": mail.to,
        "subject": mail.subject,
        "text": store.put(mail.text.encode()),
        "html": None if mail.html is None else store.put(mail.html.encode()),
        "attachments": [
            {"filename": a.filename, "mime": a.mime, "content": store.put(a.content)} for a in mail.attachments
        ],
        "pictures": [{"id": p.id, "content": store.put(p.png)} for p in mail.pictures],
        "language": mail.language,
        "date": None if mail.date is None else mail.date.isoformat(),
    }


def unpack(content: str, details: Mapping[str, Any], store: Store) -> Mail:
    """The mail again. Raises Altered where it no longer has the planned bytes."""
    html = details["html"]
    mail = Mail(
        message_id=details["message_id"],
        sender=details["sender"],
        reply_to=details["reply_to"],
        to=details["to"],
        subject=details["subject"],
        text=store.get(details["text"]).decode(),
        html=None if html is None else store.get(html).decode(),
        attachments=tuple(
            Attachment(filename=a["filename"], mime=a["mime"], content=store.get(a["content"]))
            for a in details["attachments"]
        ),
        language=details["language"],
        date=None if details["date"] is None else date.fromisoformat(details["date"]),
        pictures=tuple(Picture(id=p["id"], png=store.get(p["content"])) for p in details.get("pictures", ())),
    )
    if hashlib.sha256(render(mail)).hexdigest() != content:
        raise Altered(f"the mail {mail.message_id} no longer has the bytes that were planned; it was not sent")
    return mail
