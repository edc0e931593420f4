"""Mailboxes over IMAP: each report given once, over breaks and renewals; copies found; of other mail the head alone."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.http import NoAnswer
from connectors.mail.imap import ImapAccess, ImapArchive, ImapReports, Mark
from connectors.mail.message import render
from connectors.mail.smtp import SmtpSender
from connectors.ports import Found
from connectors.sandbox.faults import Fault, Faults
from connectors.sandbox.imapserver import Account, Folder, ImapServer
from connectors.sandbox.state import State
from tests.connectors.samples import complaint, mail
from tests.connectors.test_smtp_tls import self_signed

LONG_AGO = date(2026, 1, 1)
USER, PASSWORD = "facturen@dekade.example", 'pass "word" \\ é'
REPORT = complaint(render(mail()))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


Serve = Callable[..., ImapAccess]


@pytest.fixture
def serve(tmp_path: Path, inbox: Path) -> Iterator[Serve]:
    """A server over the folder `inbox`, shown as INBOX and, with a space in its name, as Sent Items."""
    running: list[ImapServer] = []

    def start(*faults: Fault, validity: int = 1, asked: Callable[[str], None] = lambda _: None) -> ImapAccess:
        folders = {name: Folder(inbox, validity) for name in ("INBOX", "Sent Items")}
        struck = Faults(State(tmp_path / f"state-{len(running)}"), faults)
        server = ImapServer(Account(folders=folders, user=USER, password=PASSWORD, faults=struck, asked=asked))
        running.append(server)
        server.__enter__()
        return ImapAccess(host="127.0.0.1", port=server.port, user=USER, password=PASSWORD, security="none", timeout=2)

    yield start
    for server in running:
        server.__exit__(None, None, None)


def read(access: ImapAccess, mark: Mark | None = None) -> list[tuple[Mark, bytes | None]]:
    return list(ImapReports(access, "INBOX").unread(mark, LONG_AGO))


def test_each_message_is_given_once_and_only_reports_are_read(serve: Serve, inbox: Path) -> None:
    said: list[str] = []
    access = serve(asked=said.append)
    (inbox / "1.eml").write_bytes(REPORT)
    (inbox / "2.eml").write_bytes(render(mail()))
    assert read(access) == [(Mark(1, 1), REPORT), (Mark(1, 2), None)]
    assert read(access, Mark(1, 2)) == [], "n:* always names the last message, even an old one"
    (inbox / "3.eml").write_bytes(REPORT)
    assert read(access, Mark(1, 2)) == [(Mark(1, 3), REPORT)]
    fetched = [line for line in said if line.startswith("UID FETCH 2 ")]
    assert fetched == [] and not any(line.startswith(("STORE", "SELECT", "UID STORE")) for line in said)


def test_a_mailbox_made_anew_is_read_again_from_its_beginning(serve: Serve, inbox: Path) -> None:
    (inbox / "1.eml").write_bytes(REPORT)
    assert [mark for mark, _ in read(serve(validity=7), Mark(1, 40))] == [Mark(7, 1)]


def test_the_first_look_goes_back_only_so_far(serve: Serve, inbox: Path) -> None:
    (inbox / "1.eml").write_bytes(b"Date: Mon, 01 Dec 2025 09:00:00 +0000\r\n" + REPORT)
    (inbox / "2.eml").write_bytes(b"Date: Mon, 05 Jan 2026 09:00:00 +0000\r\n" + REPORT)
    assert [mark for mark, _ in read(serve())] == [Mark(1, 2)]


def test_what_came_before_a_break_counts_and_the_rest_comes_later(serve: Serve, inbox: Path) -> None:
    for number in (1, 2, 3):
        (inbox / f"{number}.eml").write_bytes(REPORT)
    box = ImapReports(serve(Fault(partner="imap", kind="drop", call="UID FETCH 2 ")), "INBOX")
    given: list[Mark] = []
    with pytest.raises(NoAnswer, match="broke off"):
        given.extend(mark for mark, _ in box.unread(None, LONG_AGO))
    assert given == [Mark(1, 1)]
    assert [mark for mark, _ in box.unread(given[-1], LONG_AGO)] == [Mark(1, 2), Mark(1, 3)]


@pytest.mark.parametrize("kind", ["drop", "error", "garbage"])
@pytest.mark.parametrize("call", ["AUTHENTICATE", "EXAMINE", "SEARCH", "FETCH", "CAPABILITY"])
def test_whatever_goes_wrong_is_no_answer_and_no_secret(serve: Serve, inbox: Path, kind: str, call: str) -> None:
    (inbox / "1.eml").write_bytes(REPORT)
    access = serve(Fault(partner="imap", kind=kind, call=call))  # type: ignore[arg-type]
    with pytest.raises(NoAnswer) as told:
        read(access)
    assert PASSWORD not in str(told.value) and "127.0.0.1" in str(told.value)
    assert PASSWORD not in repr(access)


def test_a_wrong_password_and_a_folder_that_is_not_there_are_told_apart(serve: Serve) -> None:
    access = serve()
    with pytest.raises(NoAnswer, match="shows no folder 'Reports'"):
        list(ImapReports(access, "Reports").unread(None, LONG_AGO))
    wrong = ImapAccess(host="127.0.0.1", port=access.port, user=USER, password="no", security="none")
    with pytest.raises(NoAnswer, match="refuses the user name or password"):
        read(wrong)


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    access = ImapAccess(host="127.0.0.1", port=port, user=USER, password=PASSWORD, security="none", timeout=1)
    with pytest.raises(NoAnswer, match="is not reached"):
        read(access)


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"* BYE no\r\n",
        b"\x00\xff\r\n" * 9,
        b"* OK \xff\xfe\r\n* CAPABILITY IMAP4rev1\r\n",
        b"* OK " + b"x" * 2_000_000,
    ],
)
def test_a_server_that_talks_nonsense_is_no_answer(greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(greeting)

        threading.Thread(target=talk, daemon=True).start()
        port = listener.getsockname()[1]
        access = ImapAccess(host="127.0.0.1", port=port, user=USER, password=PASSWORD, security="none", timeout=1)
        with pytest.raises(NoAnswer):
            read(access)


class TestArchive:
    def test_a_copy_is_found_by_its_message_id(self, serve: Serve, inbox: Path) -> None:
        access = serve()
        (inbox / "1.eml").write_bytes(render(mail("<2026-001.11@dekade.example>")))
        (inbox / "2.eml").write_bytes(render(mail()))
        archive = ImapArchive(access, "Sent Items", complete=True)
        assert archive.copy("<2026-001.1@dekade.example>") == render(mail())
        assert archive.copy("<2026-001@dekade.example>") is None, "a part of an id is not the id"

    def test_absence_proves_where_it_is_complete_and_reached(self, serve: Serve) -> None:
        access = serve(Fault(partner="imap", kind="drop", call="SEARCH"))

        def ask(complete: bool) -> Found:
            archive = ImapArchive(access, "Sent Items", complete=complete)
            return SmtpSender("127.0.0.1", 1, archive=archive, tls="none").find("<a.1@b.example>").found

        assert ask(complete=True) is Found.NOT_ASKED, "the first search breaks off"
        assert ask(complete=True) is Found.NOT_TAKEN
        assert ask(complete=False) is Found.CANNOT_TELL

    def test_an_archive_that_is_not_reached_was_not_asked(self, serve: Serve) -> None:
        access = serve()
        gone = ImapAccess(host="127.0.0.1", port=1, user=USER, password=PASSWORD, security="none", timeout=1)
        for archive in (ImapArchive(gone, "Sent Items", complete=True), ImapArchive(access, "Elsewhere")):
            found = SmtpSender("127.0.0.1", 1, archive=archive, tls="none").find("<a.1@b.example>")
            assert found.found is Found.NOT_ASKED


class TestEncryption:
    @pytest.mark.parametrize("security", ["implicit", "starttls"])
    def test_only_a_server_that_is_vouched_for_gets_the_password(
        self, security: str, tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("cryptography")
        certificate, key = self_signed(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        (inbox / "1.eml").write_bytes(REPORT)
        said: list[str] = []
        account = Account(
            folders={"INBOX": Folder(inbox)}, user=USER, password=PASSWORD, context=context, asked=said.append
        )
        with ImapServer(account, implicit=context if security == "implicit" else None) as server:
            access = ImapAccess(
                host="127.0.0.1",
                port=server.port,
                user=USER,
                password=PASSWORD,
                security=security,  # type: ignore[arg-type]
                timeout=2,
            )
            with pytest.raises(NoAnswer):
                read(access)
            assert not any("AUTHENTICATE" in line or "LOGIN" in line for line in said)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert read(access) == [(Mark(1, 1), REPORT)]

    def test_a_far_server_is_never_read_in_the_clear(self) -> None:
        with pytest.raises(ValueError, match="must be read encrypted"):
            ImapAccess(host="imap.example", user=USER, password=PASSWORD, security="none")
