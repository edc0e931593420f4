"""The exact bytes of a message: the same Mail gives the same bytes, so they can be hashed and kept before sending."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from pathlib import PurePosixPath

from connectors.ports import Mail

NOON = time(12, tzinfo=UTC)


def render(mail: Mail) -> bytes:
    """An RFC 5322 message with CRLF lines: text, HTML with its pictures (multipart/related) beside it, attachments.

    The date is noon UTC of `mail.date`; boundaries derive from the content. Raises ValueError for a missing date, an
    address that is not ASCII, or a header that holds a line break.
    """
    if mail.date is None:
        raise ValueError("the mail has no date; give the business date on which it is planned")
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(datetime.combine(mail.date, NOON))
    message["From"] = _checked(mail.sender, "sender")
    message["To"] = _checked(mail.to, "recipient")
    message["Reply-To"] = _checked(mail.reply_to, "reply address")
    message["Subject"] = mail.subject
    message["Message-ID"] = _bracketed(mail.message_id)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        _add_pictures(message, mail)
    for attachment in mail.attachments:
        maintype, _, subtype = attachment.mime.partition("/")
        name = PurePosixPath(attachment.filename.replace("\\", "/")).name
        message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=name)
    message["Content-Language"] = mail.language  # set last: composing moves Content-* into the first part
    _fix_boundaries(message, mail)
    return message.as_bytes()


def envelope_address(header: str) -> str:
    """The bare address of 'Name <a@b>'. Raises ValueError where there is not exactly one."""
    found = getaddresses([header])
    address = found[0][1] if len(found) == 1 else ""
    if address.count("@") != 1 or any(c.isspace() or c in "<>," for c in address):
        raise ValueError(f"{header!r} is not one e-mail address; write name@example.com or Name <name@example.com>")
    if not address.isascii():
        raise ValueError(f"the address {address!r} is not ASCII; use its ASCII form (xn--…)")
    return address


def _checked(header: str, what: str) -> str:
    if any(c in header for c in "\r\n\0"):
        raise ValueError(f"the {what} holds a line break")
    envelope_address(header)
    return header


def _bracketed(message_id: str) -> str:
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    if not bare.isascii() or "@" not in bare or any(c.isspace() or c in "<>" for c in bare):
        raise ValueError(f"{message_id!r} is not a Message-ID; write <something@domain>")
    return f"<{bare}>"


def _add_pictures(message: EmailMessage, mail: Mail) -> None:
    """Beside the HTML that shows them (RFC 2387), so that a mail program fetches nothing."""
    shown = message.get_body(("html",))
    if shown is not None:
        for picture in mail.pictures:
            shown.add_related(picture.png, "image", "png", cid=_bracketed(picture.id), disposition="inline")


def _fix_boundaries(message: EmailMessage, mail: Mail) -> None:
    digest = hashlib.sha256(mail.message_id.encode())
    for text in (mail.text, mail.html or "", *(attachment.filename for attachment in mail.attachments)):
        digest.update(text.encode())
    multiparts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"={digest.hexdigest()[:32]}-{number}=")
