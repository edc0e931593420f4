"""Mailboxes over IMAP (RFC 3501), only ever read: the reports that came, and the copies of what was sent."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Any, Literal

from connectors.http import NoAnswer
from connectors.mail.archive import bare_id
from connectors.mail.reports import LARGEST

AT_ONCE = 200  # messages whose heads are asked for in one command
LARGEST_COPY = 64 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccess:
    """How an account is reached. `security`: 'implicit', 'starttls' or, on loopback only, 'none'."""

    host: str
    port: int = 993
    user: str
    password: str = field(repr=False)
    security: Literal["implicit", "starttls", "none"] = "implicit"
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError(f"mail of {self.host} must be read encrypted: set security to 'implicit' or 'starttls'")


class Bounded(imaplib.IMAP4):
    """Reads no more at once than a mail can hold, whatever the server announces."""

    def read(self, size: int) -> bytes:
        if size > LARGEST_COPY:
            raise self.abort("the server announces too much")
        return super().read(size)


class BoundedTls(imaplib.IMAP4_SSL, Bounded):
    """The same over TLS from the first byte."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mailbox was read: its UIDVALIDITY and the last UID; under another validity the UIDs mean nothing."""

    validity: int
    uid: int


class ImapReports:
    """The folder that gets reports. Of anything that is not marked as a report only the head is looked at."""

    def __init__(self, access: ImapAccess, folder: str) -> None:
        self._access, self._folder = access, folder
        self.name = f"imap://{access.user}@{access.host}/{folder}"

    def unread(self, mark: Mark | None, since: date) -> Iterator[tuple[Mark, bytes | None]]:
        """The messages after `mark`, oldest first: each with the new mark and, where it is a report, its bytes.

        Without a mark, or where the mailbox was made anew, those that came since the day `since`. Of a report over 5 MB
        the first 5 MB. Raises NoAnswer, also halfway: what was given before counts.
        """
        with opened(self._access, self._folder) as imap:
            validity = validity_of(imap)
            last = mark.uid if mark is not None and mark.validity == validity else 0
            new = [uid for uid in wanted(imap, last, since) if uid > last]
            for start in range(0, len(new), AT_ONCE):
                some = new[start : start + AT_ONCE]
                heads = fetch(imap, some, "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]")
                for uid in some:
                    report = b"multipart/report" in heads.get(uid, b"").lower()
                    content = fetch(imap, [uid], f"BODY.PEEK[]<0.{LARGEST}>").get(uid) if report else None
                    yield Mark(validity, uid), content


class ImapArchive:
    """An Archive (`connectors.mail.archive`): the folder in which the server keeps what was sent."""

    def __init__(self, access: ImapAccess, folder: str, *, complete: bool = False) -> None:
        self._access, self._folder, self.complete = access, folder, complete

    def copy(self, message_id: str) -> bytes | None:
        identity = bare_id(message_id)
        with opened(self._access, self._folder) as imap:
            for uid in search(imap, "HEADER", "Message-ID", quoted(identity)):
                content = fetch(imap, [uid], f"BODY.PEEK[]<0.{LARGEST_COPY}>").get(uid, b"")
                if message_id_of(content) == identity:  # servers search for a part of it
                    return content
        return None

    def reachable(self) -> bool:
        try:
            with opened(self._access, self._folder):
                return True
        except NoAnswer:
            return False


@contextmanager
def opened(access: ImapAccess, folder: str) -> Iterator[imaplib.IMAP4]:
    """A session that has examined `folder`; whatever goes wrong in it becomes NoAnswer, without a password."""
    step = "is not reached"
    imap: imaplib.IMAP4 | None = None
    try:
        imap = connected(access)
        step = "refuses the user name or password"
        log_in(imap, access)
        step = f"shows no folder {folder!r}"
        expect(imap.select(quoted(folder), readonly=True))
        step = "broke off while it was read"
        yield imap
    except (OSError, ValueError, imaplib.IMAP4.error) as problem:
        if isinstance(problem, OSError | imaplib.IMAP4.abort) and imap is not None:
            step = "broke off"
        said = f" ({type(problem).__name__})" if isinstance(problem, OSError) else ""
        raise NoAnswer(f"the mailbox at {access.host} {step}{said}") from problem
    finally:
        if imap is not None:
            leave(imap)


def connected(access: ImapAccess) -> imaplib.IMAP4:
    if access.security == "implicit":
        context = ssl.create_default_context()
        return BoundedTls(access.host, access.port, ssl_context=context, timeout=access.timeout)
    imap = Bounded(access.host, access.port, timeout=access.timeout)
    if access.security == "starttls":
        try:
            imap.starttls(ssl.create_default_context())
        except BaseException:
            imap.shutdown()
            raise
    return imap


def log_in(imap: imaplib.IMAP4, access: ImapAccess) -> None:
    if "AUTH=PLAIN" in imap.capabilities:
        said = f"\0{access.user}\0{access.password}".encode()
        expect(imap.authenticate("PLAIN", lambda _: said))
    else:
        expect(imap.login(quoted(access.user), access.password))


def leave(imap: imaplib.IMAP4) -> None:
    """LOGOUT; what it is answered changes nothing."""
    try:
        imap.logout()
    except (OSError, imaplib.IMAP4.error):
        imap.shutdown()


def validity_of(imap: imaplib.IMAP4) -> int:
    _, found = imap.response("UIDVALIDITY")
    return int(found[0]) if found and found[0] else 0


def wanted(imap: imaplib.IMAP4, last: int, since: date) -> list[int]:
    if last:
        return search(imap, "UID", f"{last + 1}:*")  # the last message is always in it, even where it is not new
    return search(imap, "SINCE", f"{since.day}-{MONTHS[since.month - 1]}-{since.year}")


def search(imap: imaplib.IMAP4, *criteria: str) -> list[int]:
    found = expect(imap.uid("SEARCH", *criteria))
    return sorted(int(uid) for line in found if line for uid in line.split() if uid.isdigit())


def fetch(imap: imaplib.IMAP4, uids: Sequence[int], item: str) -> dict[int, bytes]:
    """The literal that the server gives for `item`, by UID; a message that is gone by now is missing."""
    found = expect(imap.uid("FETCH", ",".join(map(str, uids)), f"(UID {item})"))
    given: dict[int, bytes] = {}
    for number, part in enumerate(found):
        if isinstance(part, tuple):
            after = found[number + 1] if number + 1 < len(found) else b""
            told = part[0] + (after if isinstance(after, bytes) else b"")
            if named := re.search(rb"\bUID (\d+)", told):
                given[int(named[1])] = part[1]
    return given


def expect(answer: tuple[str, Any]) -> Any:
    """The data of an answer; an IMAP error for anything but OK."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(kind)
    return data


def quoted(text: str) -> str:
    """A quoted string (RFC 3501, 4.3). Raises ValueError for what cannot stand in one."""
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"{text!r} cannot be said to an IMAP server; write it in ASCII")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def message_id_of(content: bytes) -> str:
    head = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0]
    return bare_id(str(BytesHeaderParser(policy=compat32).parsebytes(head).get("Message-ID", "")))
