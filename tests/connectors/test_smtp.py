"""Mail over SMTP: what each moment of the conversation proves (RFC 5321), and reports by RFC 3461 and 3464."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.mail.archive import MailArchive
from connectors.mail.message import render
from connectors.mail.smtp import SmtpSender
from connectors.ports import Answer, Found
from connectors.sandbox import Fault, SandboxAddresses
from tests.connectors.conftest import Opened
from tests.connectors.samples import FolderReports, mail

Open = Callable[..., Opened]
PASSWORD = "word-that-nobody-may-read"
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


def sender_at(addresses: SandboxAddresses, *, complete: bool = True, timeout: float = 5, **login: str) -> SmtpSender:
    return SmtpSender(
        "127.0.0.1",
        addresses.ports["mail"],
        archive=MailArchive(addresses.sent_mail, complete=complete),
        reports=FolderReports(addresses.mail_reports),
        tls="none",
        timeout=timeout,
        username=login.get("username"),
        password=login.get("password"),
    )


def test_a_mail_is_taken_and_reported_delivered(opened: Open) -> None:
    sandbox, addresses = opened()
    sender = sender_at(addresses)
    taken = sender.submit(mail())
    assert (taken.answer, taken.partner_id) == (Answer.SUBMITTED, "2026-001.1@dekade.example")
    assert taken.proofs[0].content.startswith(b"250 2.0.0 OK queued as")
    state = sender.status(mail().message_id)
    assert state.answer is Answer.DELIVERED and "by the word of its mail server" in state.proofs[0].level
    (receipt,) = sandbox.received()
    assert receipt.key == "<2026-001.1@dekade.example> jan@zuid.example"


def test_the_exact_bytes_arrive_leading_dots_included(opened: Open) -> None:
    sandbox, addresses = opened()
    dotted = replace(mail(), text=".\n..\n.einde", html=None, attachments=())
    sender_at(addresses).submit(dotted)
    (receipt,) = sandbox.received()
    assert (sandbox.out / receipt.path).read_bytes() == render(dotted)
    assert MailArchive(addresses.sent_mail).copy(dotted.message_id) == render(dotted)


def test_an_address_that_bounces_is_not_delivered(opened: Open) -> None:
    sandbox, addresses = opened(bouncing=["weg@zuid.example"])
    sender = sender_at(addresses)
    gone = mail("<2@dekade.example>", "weg@zuid.example")
    assert sender.submit(gone).answer is Answer.SUBMITTED
    state = sender.status("<2@dekade.example>")
    assert state.answer is Answer.NOT_DELIVERED
    assert state.reason == "the mail came back: 5.1.1 550 5.1.1 mailbox does not exist"
    assert not (sandbox.out / "mail").exists(), "nobody received it"
    assert sender.find("<2@dekade.example>").found is Found.TAKEN


def test_a_recipient_refused_in_the_conversation_is_not_delivered(opened: Open) -> None:
    sandbox, addresses = opened(refused=["nee@zuid.example"])
    answer = sender_at(addresses).submit(mail(to="nee@zuid.example"))
    assert answer.answer is Answer.NOT_DELIVERED and "550" in (answer.reason or "")
    assert sandbox.received() == ()


@pytest.mark.parametrize("moment", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_transient(opened: Open, moment: str) -> None:
    sandbox, addresses = opened(faults=[Fault(partner="mail", kind="error", call=moment)])
    sender = sender_at(addresses)
    assert sender.submit(mail()).answer is Answer.TRANSIENT
    assert sender.find(mail().message_id).found is Found.NOT_TAKEN
    assert sender.submit(mail()).answer is Answer.SUBMITTED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


@pytest.mark.parametrize("kind", ["drop", "slow"])
def test_an_answer_lost_after_the_message_is_unknown_and_found_in_the_archive(opened: Open, kind: str) -> None:
    sandbox, addresses = opened(faults=[Fault(partner="mail", kind=kind, call="DATA", seconds=1)])  # type: ignore[arg-type]
    sender = sender_at(addresses, timeout=0.3)
    assert sender.submit(mail()).answer is Answer.UNKNOWN
    assert sender.find(mail().message_id).found is Found.TAKEN
    assert len(sandbox.received()) == 1


def test_only_an_archive_that_is_complete_proves_by_absence(opened: Open) -> None:
    _, addresses = opened()
    assert sender_at(addresses, complete=True).find("<no@where>").found is Found.NOT_TAKEN
    assert sender_at(addresses, complete=False).find("<no@where>").found is Found.CANNOT_TELL
    assert sender_at(addresses).status("<no@where>").answer is Answer.UNKNOWN


def test_the_account_is_tried_and_nothing_is_sent(opened: Open) -> None:
    sandbox, addresses = opened(smtp_password="right")
    assert sender_at(addresses, username="facturen", password="right").check() is None
    words = sender_at(addresses, username="facturen", password=PASSWORD).check() or ""
    assert "AUTH" in words and PASSWORD not in words
    assert sandbox.received() == ()
    sandbox.stop()
    assert "no connection" in (sender_at(addresses, username="facturen", password="right").check() or "")


def test_a_wrong_password_is_a_precondition_and_stays_secret(opened: Open) -> None:
    sandbox, addresses = opened(smtp_password="right")
    answer = sender_at(addresses, username="facturen", password=PASSWORD).submit(mail())
    assert answer.answer is Answer.PRECONDITION and PASSWORD not in repr(answer)
    assert sender_at(addresses, username="facturen", password="right").submit(mail()).answer is Answer.SUBMITTED
    assert len(sandbox.received()) == 1


def test_a_log_in_that_the_server_does_not_offer_is_a_precondition(opened: Open) -> None:
    _, addresses = opened()
    answer = sender_at(addresses, username="facturen", password=PASSWORD).submit(mail())
    assert answer.answer is Answer.PRECONDITION and PASSWORD not in repr(answer)


def test_the_same_mail_twice_is_counted_by_the_server(opened: Open) -> None:
    sandbox, addresses = opened()
    sender = sender_at(addresses)
    sender.submit(mail())
    sender.submit(mail())
    assert sandbox.duplicates() == 1


def test_a_server_that_is_down_took_nothing(tmp_path: Path) -> None:
    sender = SmtpSender("127.0.0.1", 1, archive=MailArchive(tmp_path), tls="none", timeout=1)
    assert sender.submit(mail()).answer is Answer.TRANSIENT


def test_unencrypted_mail_to_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be encrypted"):
        SmtpSender("mail.example", 25, archive=MailArchive(tmp_path), tls="none")


def test_encryption_that_the_server_does_not_offer_is_a_precondition(opened: Open) -> None:
    sandbox, addresses = opened()
    sender = SmtpSender("127.0.0.1", addresses.ports["mail"], archive=MailArchive(addresses.sent_mail), tls="starttls")
    assert sender.submit(mail()).answer is Answer.PRECONDITION
    assert sandbox.received() == ()


def test_a_mail_that_cannot_be_written_is_rejected(opened: Open) -> None:
    sandbox, addresses = opened()
    answer = sender_at(addresses).submit(mail(to="niemand"))
    assert answer.answer is Answer.REJECTED and "not one e-mail address" in (answer.reason or "")
    assert sandbox.received() == ()


# --- servers that the twin does not play ---------------------------------------------------------------------------


def scripted(*replies: bytes) -> int:
    """A server that says its greeting, then one reply per line it hears, then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener, connection.makefile("rb") as lines:
            for reply in replies:
                connection.sendall(reply)
                while reply[3:4] != b"-":
                    line = lines.readline()
                    if not line or (b"\r\n" in line and (not reply.startswith(b"354") or line == b".\r\n")):
                        break

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


GREETING, EHLO, OK, GO = b"220 hello\r\n", b"250 mail.example\r\n", b"250 OK\r\n", b"354 go on\r\n"


@pytest.mark.parametrize(
    ("replies", "meaning"),
    [
        ((b"554 no service\r\n",), Answer.TRANSIENT),
        ((GREETING, EHLO, b"550 sender not allowed\r\n"), Answer.PRECONDITION),
        ((GREETING, EHLO, b"552 too large\r\n"), Answer.REJECTED),
        ((GREETING, EHLO, OK, b"450 later\r\n"), Answer.TRANSIENT),
        ((GREETING, EHLO, OK, b"550 who\r\n"), Answer.NOT_DELIVERED),
        ((GREETING, EHLO, OK, OK, b"451 later\r\n"), Answer.TRANSIENT),
        ((GREETING, EHLO, OK, OK, b"554 no\r\n"), Answer.REJECTED),
        ((GREETING, EHLO, OK, OK), Answer.TRANSIENT),  # hangs up before the message
        ((GREETING, EHLO, OK, OK, GO), Answer.UNKNOWN),  # hangs up after it
        ((GREETING, EHLO, OK, OK, GO, b"554 spam\r\n"), Answer.REJECTED),
        ((GREETING, EHLO, OK, OK, GO, b"452 full\r\n"), Answer.TRANSIENT),
        ((GREETING, EHLO, OK, OK, GO, OK), Answer.SUBMITTED),  # hangs up instead of answering QUIT
        ((GREETING, EHLO, OK, OK, GO, OK, b"500 what\r\n"), Answer.SUBMITTED),
        ((GREETING, EHLO, OK, OK, GO, b"nonsense\r\n"), Answer.UNKNOWN),
    ],
)
def test_what_each_reply_means(tmp_path: Path, replies: tuple[bytes, ...], meaning: Answer) -> None:
    sender = SmtpSender("127.0.0.1", scripted(*replies), archive=MailArchive(tmp_path), tls="none", timeout=2)
    assert sender.submit(mail()).answer is meaning


def test_a_certificate_that_nobody_vouches_for_is_a_precondition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ssl.SSLCertVerificationError("self-signed certificate")

    monkeypatch.setattr("smtplib.SMTP_SSL", refuse)
    sender = SmtpSender("mail.example", 465, archive=MailArchive(tmp_path), tls="implicit")
    assert sender.submit(mail()).answer is Answer.PRECONDITION


# --- the archive ---------------------------------------------------------------------------------------------------


def test_an_archive_that_is_not_there_proves_nothing(tmp_path: Path) -> None:
    archive = MailArchive(tmp_path / "not-mounted", complete=True)
    assert SmtpSender("127.0.0.1", 1, archive=archive, tls="none").find("<a@b>").found is Found.NOT_ASKED


def test_a_copy_that_a_mail_program_moved_is_still_found(tmp_path: Path) -> None:
    archive = MailArchive(tmp_path, complete=True)
    for folder in ("new", "cur"):
        (tmp_path / folder).mkdir()
    assert archive.copy("<a@b>") is None
    (tmp_path / "new" / "1").write_bytes(b"Message-ID: <a@b>\r\n\r\nx")
    assert archive.copy("a@b") == b"Message-ID: <a@b>\r\n\r\nx"
    (tmp_path / "new" / "1").rename(tmp_path / "cur" / "1:2,S")
    assert archive.copy("<a@b>") is not None


def test_a_blind_copy_goes_to_the_mailbox_that_keeps_them_and_is_named_nowhere(opened: Open) -> None:
    sandbox, addresses = opened()
    sender = SmtpSender(
        "127.0.0.1",
        addresses.ports["mail"],
        archive=MailArchive(addresses.sent_mail),
        blind_copy="archief@dekade.example",
        tls="none",
    )
    assert sender.submit(mail()).answer is Answer.SUBMITTED
    to = sorted(receipt.key.split()[1] for receipt in sandbox.received())
    assert to == ["archief@dekade.example", "jan@zuid.example"]
    assert all(b"archief" not in (sandbox.out / one.path).read_bytes() for one in sandbox.received())


def test_without_its_copy_nothing_is_sent(opened: Open) -> None:
    sandbox, addresses = opened(refused=["archief@dekade.example"])
    archive = MailArchive(addresses.sent_mail)
    port = addresses.ports["mail"]
    sender = SmtpSender("127.0.0.1", port, archive=archive, blind_copy="archief@dekade.example", tls="none")
    assert sender.submit(mail()).answer is Answer.PRECONDITION
    assert sandbox.received() == ()
