"""A letter beside the ladder, under a key of its own: by mail with what is enclosed, or on paper by post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection

from connectors.ports import Attachment, Mail
from flows.envelope import message_id, pack, pictures
from flows.post_envelope import POST, envelope
from flows.workspace import Workspace
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.dispatch import plan
from receivables.letters.code_image import CodeImage

ByHand = Literal["email", "post"]


class NoAddress(ValueError):
    """There is no address for the letter by that channel; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLetter:
    """What goes out. `enclosed` goes with the mail, `sheets` on paper; `details` stay beside what the channel needs."""

    kind: str
    about: str  # the dispatch's subject
    occurrence: str
    subject: str
    text: str
    html: str | None = None
    code: CodeImage | None = None
    enclosed: tuple[Attachment, ...]
    sheets: tuple[Attachment, ...]
    details: Mapping[str, Any]


def plan_side_letter(
    connection: Connection,
    workspace: Workspace,
    letter: SideLetter,
    to: DebtorRecord,
    channel: ByHand,
    country: str,
    on: date,
) -> int:
    """The letter's dispatch. Raises NoAddress, or MissingElement where a letter by post lacks street or town."""
    if channel == POST:
        kept = envelope(to.name, to.details["address"], country, letter.sheets, on, workspace.store)
        receiver, content = ", ".join((kept["to"], *kept["address"])), kept["sheets"][0]["content"]
    else:
        mail = mail_of(workspace, letter, to, on)
        receiver = mail.to
        content, kept = pack(mail, workspace.store)
    return plan(
        connection,
        seller=to.seller,
        kind=letter.kind,
        subject=letter.about,
        occurrence=letter.occurrence,
        channel=channel,
        receiver=receiver,
        content=content,
        details=kept | dict(letter.details),
        on=on,
        at=workspace.now(),
    )


def mail_of(workspace: Workspace, letter: SideLetter, to: DebtorRecord, on: date) -> Mail:
    if not to.email:
        raise NoAddress(f"there is no e-mail address of {to.name}: use --channel post")
    settings = workspace.settings.seller(to.seller)
    return Mail(
        message_id=message_id(to.seller, letter.kind, letter.about, letter.occurrence, settings.sender),
        sender=settings.sender,
        reply_to=settings.reply_to,
        to=to.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        pictures=pictures(letter.code),
        attachments=letter.enclosed,
        language=to.language,
        date=on,
    )
