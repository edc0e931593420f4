"""A mailbox on loopback that answers IMAP (RFC 3501): as much of it as is needed to read folders, over TLS or not.

The messages are files in folders; each keeps the UID that it was first seen under, also after another start.
"""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import json
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from connectors.sandbox.faults import Faults
from connectors.sandbox.serve import HOST
from connectors.sandbox.state import show

UIDS = ".uids.json"
CAPABILITY = "CAPABILITY IMAP4rev1 AUTH=PLAIN"


@dataclass(frozen=True, slots=True)
class Folder:
    """`validity` changes where a mailbox was made anew: every UID before means nothing then."""

    path: Path
    validity: int = 1

    def messages(self) -> dict[int, Path]:
        """The messages by UID, in the order of arrival."""
        file = self.path / UIDS
        known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        if known.get("validity") != self.validity:
            known = {"validity": self.validity, "next": 1, "uids": {}}
        for path in sorted(p for p in self.path.glob("*") if p.is_file() and p.name[0] != "."):
            if path.name not in known["uids"]:
                known["uids"][path.name] = known["next"]
                known["next"] += 1
        if self.path.is_dir():
            show(file, json.dumps(known).encode())
        found = {uid: self.path / name for name, uid in known["uids"].items() if (self.path / name).exists()}
        return dict(sorted(found.items()))


@dataclass(frozen=True, kw_only=True)
class Account:
    folders: Mapping[str, Folder]
    user: str
    password: str
    faults: Faults | None = None
    context: ssl.SSLContext | None = None  # for STARTTLS
    asked: Callable[[str], None] = lambda line: None  # told every command, without its tag


class ImapServer:
    """Answers for one account as long as the block lasts; `port` is where. `implicit`: TLS from the first byte."""

    def __init__(self, account: Account, *, implicit: ssl.SSLContext | None = None) -> None:
        self._server = Listener((HOST, 0), Session)
        self._server.account, self._server.implicit = account, implicit
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> ImapServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="imap", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    account: Account
    implicit: ssl.SSLContext | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell."""


class Gone(Exception):
    """The conversation is over."""


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True  # else every answer of two lines waits 40 ms for the first to be acknowledged
    server: Listener
    folder: Folder | None = None
    trusted = False

    def handle(self) -> None:
        if self.server.implicit is not None:
            self.encrypt(self.server.implicit)
        with contextlib.suppress(Gone, OSError):
            self.say(f"* OK [{self.capability}] sandbox")
            while line := self.rfile.readline(70_000):
                tag, _, rest = line.decode(errors="replace").strip().partition(" ")
                self.answer(tag, rest)

    @property
    def capability(self) -> str:
        return CAPABILITY + (" STARTTLS" if self.server.account.context is not None else "")

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def answer(self, tag: str, command: str) -> None:
        account = self.server.account
        account.asked(command)
        fault = account.faults.strike("imap", command) if account.faults else None
        kind = fault.kind if fault else None
        if kind == "drop":
            raise Gone
        if kind == "error":
            return self.say(f"{tag} NO not now")
        if kind == "garbage":
            return self.say("* 1 FETCH (UID x {99999999999999999999}")
        verb, _, rest = command.partition(" ")
        said = VERBS.get(verb.upper())
        outcome = said(self, rest) if said else "BAD unknown command"
        self.say(f"{tag} {outcome}")
        if verb.upper() == "LOGOUT":
            raise Gone
        if verb.upper() == "STARTTLS" and account.context is not None:
            self.encrypt(account.context)

    def log_in(self, user: str, password: str) -> str:
        self.trusted = (user, password) == (self.server.account.user, self.server.account.password)
        return "OK logged in" if self.trusted else "NO [AUTHENTICATIONFAILED] refused"

    def login(self, rest: str) -> str:
        words = [re.sub(r"\\(.)", r"\1", quoted) for quoted in re.findall(r'"((?:[^"\\]|\\.)*)"', rest)]
        return self.log_in(*words) if len(words) == 2 else "BAD login"

    def authenticate(self, rest: str) -> str:
        self.say("+ ")
        told = base64.b64decode(self.rfile.readline().strip()).decode().split("\0")
        return self.log_in(told[-2], told[-1])

    def examine(self, rest: str) -> str:
        self.folder = self.server.account.folders.get(rest.strip('"')) if self.trusted else None
        if self.folder is None:
            return "NO no such mailbox"
        self.say(f"* {len(self.folder.messages())} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.folder.validity}] valid")
        return "OK [READ-ONLY] examined"

    def uid(self, rest: str) -> str:
        verb, _, asked = rest.partition(" ")
        if self.folder is None:
            return "BAD nothing is selected"
        messages = self.folder.messages()
        if verb.upper() == "SEARCH":
            self.say(" ".join(["* SEARCH", *map(str, found(messages, asked))]))
            return "OK searched"
        numbers, _, items = asked.partition(" ")
        for place, (uid, path) in enumerate(messages.items(), start=1):
            if uid in within(numbers, max(messages)):
                name, content = item(items, path.read_bytes())
                self.wfile.write(f"* {place} FETCH ({name} {{{len(content)}}}\r\n".encode() + content)
                self.say(f" UID {uid})")  # after the literal, as some servers do
        return "OK fetched"


VERBS: dict[str, Callable[[Session, str], str]] = {
    "CAPABILITY": lambda session, _: session.say(f"* {session.capability}") or "OK done",  # type: ignore[func-returns-value]
    "NOOP": lambda session, _: "OK done",
    "STARTTLS": lambda session, _: "OK begin",
    "LOGOUT": lambda session, _: session.say("* BYE") or "OK done",  # type: ignore[func-returns-value]
    "LOGIN": Session.login,
    "AUTHENTICATE": Session.authenticate,
    "EXAMINE": Session.examine,
    "UID": Session.uid,
}


def found(messages: Mapping[int, Path], asked: str) -> list[int]:
    """What fits UID a:*, SINCE day or HEADER name part."""
    verb, _, rest = asked.partition(" ")
    if verb == "UID":
        numbers = within(rest, max(messages, default=0))
        return [uid for uid in messages if uid in numbers]
    heads = {uid: email.message_from_bytes(path.read_bytes()) for uid, path in messages.items()}
    if verb == "SINCE":
        since = datetime.strptime(rest, "%d-%b-%Y").replace(tzinfo=UTC).date()
        return [uid for uid, head in heads.items() if day_of(head.get("Date")) >= since]
    name, _, part = rest.partition(" ")
    return [uid for uid, head in heads.items() if part.strip('"').lower() in str(head.get(name, "")).lower()]


def day_of(header: str | None) -> date:
    try:
        return parsedate_to_datetime(header or "").date()
    except ValueError:
        return date.max


def within(numbers: str, last: int) -> set[int]:
    """'5:*' and '3,4,9' as numbers; the last message is always in 'n:*' (RFC 3501, 6.4.8)."""
    if numbers.endswith(":*"):
        first = int(numbers[:-2])
        return set(range(min(first, last), max(first, last) + 1))
    return {int(number) for number in numbers.split(",")}


def item(items: str, content: bytes) -> tuple[str, bytes]:
    """The name under which the asked item is given, and its bytes."""
    if "HEADER.FIELDS" in items:
        kind = email.message_from_bytes(content, policy=email.policy.compat32).get("Content-Type", "")
        return "BODY[HEADER.FIELDS (CONTENT-TYPE)]", f"Content-Type: {kind}\r\n\r\n".encode()
    part = re.search(r"<0\.(\d+)>", items)
    return ("BODY[]<0>", content[: int(part[1])]) if part else ("BODY[]", content)
