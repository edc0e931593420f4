"""The bytes of a message: always the same, and what a mail program finds in them."""

from __future__ import annotations

import email
import email.policy
import subprocess
import sys
from dataclasses import replace
from email.message import EmailMessage

import pytest

from connectors.mail.message import envelope_address, render
from connectors.ports import Attachment, Picture
from tests.connectors.samples import mail


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_program_finds_what_was_given() -> None:
    message = parsed(render(mail()))
    assert message["Subject"] == "Factuur 2026-001 – € 121,00"
    assert message["Message-ID"] == "<2026-001.1@dekade.example>"
    assert message["From"] == "Brouwerij De Kade <facturen@dekade.example>"
    assert message["Reply-To"] == "boekhouding@dekade.example"
    assert message["Date"] == "Mon, 05 Jan 2026 12:00:00 +0000"
    assert message["Content-Language"] == "nl"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and plain.get_content().replace("\r\n", "\n").rstrip("\n") == mail().text
    assert html is not None and html.get_content().strip() == mail().html
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "factuur 2026-001.pdf"
    assert attachment.get_content() == mail().attachments[0].content


PICTURE = Picture(id="code.1@voldaan", png=b"\x89PNG\r\n\x1a\n...")


def test_a_picture_stands_beside_the_html_that_shows_it_and_is_no_attachment() -> None:
    """multipart/mixed [ alternative [ text, related [ html, image ] ], attachments ] (RFC 2387, RFC 2392)."""
    message = parsed(render(replace(mail(), html='<img src="cid:code.1@voldaan">', pictures=(PICTURE,))))
    alternative = next(message.iter_parts())
    plain, related = alternative.iter_parts()
    html, picture = related.iter_parts()
    kinds = [part.get_content_type() for part in (message, alternative, plain, related, html, picture)]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert picture["Content-ID"] == "<code.1@voldaan>" and picture.get_content_disposition() == "inline"
    assert picture.get_content() == PICTURE.png
    assert [part.get_filename() for part in message.iter_attachments()] == ["factuur 2026-001.pdf"]
    shown = message.get_body(("related", "html"))
    assert shown is not None and shown.get_content_type() == "multipart/related"


def test_a_picture_in_a_mail_without_html_is_left_out() -> None:
    assert b"image/png" not in render(replace(mail(), html=None, pictures=(PICTURE,)))


def test_an_id_of_a_picture_forges_no_header() -> None:
    with pytest.raises(ValueError):
        render(replace(mail(), pictures=(replace(PICTURE, id="a@b>\r\nBcc: z@z.example"),)))


def test_the_same_mail_is_the_same_bytes_in_another_process() -> None:
    program = "from tests.connectors.samples import mail; from connectors.mail.message import render; import sys;"
    program += "sys.stdout.buffer.write(render(mail()))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    assert other == render(mail())


def test_lines_end_and_fit_as_smtp_wants_them() -> None:
    content = render(replace(mail(), text="x" * 5000, subject="Herinnering " * 40))
    lines = content.split(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"") and content.isascii()
    assert max(len(line) for line in lines) <= 998


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Factuur\r\nBcc: spy@evil.example"},
        {"to": "jan@zuid.example\r\nBcc: spy@evil.example"},
        {"to": "jan@zuid.example, spy@evil.example"},
        {"to": "jan"},
        {"to": "jän@zuid.example"},
        {"reply_to": "a@b.example\nX: y"},
        {"message_id": "<a b@c>"},
        {"message_id": "<x@y>\r\nBcc: z@z.example"},
        {"date": None},
        {"language": "nl\r\nBcc: spy@evil.example"},
    ],
)
def test_what_would_forge_a_header_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        render(replace(mail(), **changes))  # type: ignore[arg-type]


def test_a_path_in_an_attachment_name_is_only_a_name() -> None:
    attachment = Attachment(filename="..\\..\\etc/passwd", mime="text/plain", content=b"x")
    (found,) = parsed(render(replace(mail(), attachments=(attachment,)))).iter_attachments()
    assert found.get_filename() == "passwd"


def test_the_envelope_takes_the_bare_address() -> None:
    assert envelope_address("Jan Peeters <jan@zuid.example>") == "jan@zuid.example"
