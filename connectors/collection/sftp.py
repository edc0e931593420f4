"""A drop on a partner's SFTP server: files in `in/`, each written under another name first and then renamed.

A file's name comes from our key, so the same again is the same file. Read back, name, size and hash prove that it lies
there. A partner may move away what it took: then only its word in `ack/NAME.json`, a claim as in our own contract,
proves anything, unless it promised to leave files where they are. The server's key is pinned; no other
server gets a byte.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from connectors.collection.access import AgencyAccess
from connectors.collection.agency_wire import Claim, packed_news
from connectors.http import NoAnswer, not_asked
from connectors.ports import AgencyStatus, Answer, BadWebhook, Event, Finding, Found, News, Proof, Submission

if TYPE_CHECKING:
    from asyncssh import SFTPClient

STORED = "stored on the partner's server, read back byte for byte"
SECONDS = 120
LARGEST_WORD = 100_000  # bytes of a file in ack/
Result = TypeVar("Result")


class SftpDrop:
    """A CollectionAgency. `access.url`: sftp://host:port/folder; `key`: our private key in PEM, or the password."""

    name = "sftp"

    def __init__(self, access: AgencyAccess) -> None:
        parts = urlsplit(access.url)
        if parts.scheme != "sftp" or not parts.hostname:
            raise ValueError(f"the address {access.url!r} must begin with sftp://")
        self._host, self._port = parts.hostname, parts.port or 22
        self._folder = parts.path.strip("/")
        self._user, self._key, self._host_key = access.client, access.key, access.host_key or ""
        self._keeps = access.keeps_files

    def submit(self, claim: bytes, filename: str, key: str) -> Submission:
        return self._put(stem(key), "claim", claim)

    def find(self, key: str, claim: bytes = b"") -> Finding:
        return self._look(stem(key), "claim", claim)

    def update(self, partner_id: str, news: News, key: str) -> Submission:
        return self._put(f"{partner_id}-{stem(key)}", news.update.kind, packed_news(news))

    def withdraw(self, partner_id: str, news: News, key: str) -> Submission:
        """Laid beside the claim; that it was given back the partner says in ack/, or a person."""
        put = self._put(f"{partner_id}-{stem(key)}", "recall", packed_news(news))
        if put.answer is not Answer.DELIVERED:
            return put
        return Submission(answer=Answer.SUBMITTED, partner_id=put.partner_id, proofs=put.proofs)

    def find_update(self, partner_id: str, news: News, key: str) -> Finding:
        return self._look(f"{partner_id}-{stem(key)}", news.update.kind, packed_news(news))

    def status(self, partner_id: str) -> AgencyStatus:
        """What the partner wrote in ack/. Raises NoAnswer where there is nothing, or nothing that can be read."""
        try:
            content = self._run(lambda sftp: _read(sftp, self._path(f"ack/{partner_id}.json"), LARGEST_WORD))
        except Failed as problem:
            raise NoAnswer(str(problem)) from problem
        if content is None:
            raise NoAnswer(f"{self._host} says nothing of {partner_id} by itself")
        try:
            said = Claim.model_validate_json(content)
        except ValidationError as problem:
            raise NoAnswer(f"{self._host} has an unreadable ack/{partner_id}.json") from problem
        proof = Proof(kind="claim_status", level="written by the collection agency", content=content)
        return AgencyStatus(
            partner_id=partner_id,
            state=said.state.value,
            word=said.state.value,
            collected=said.collected,
            fees=said.fees,
            message=said.message,
            proof=proof,
        )

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, at: datetime) -> Event:
        raise BadWebhook("a partner by SFTP makes no calls")

    def check(self) -> str | None:
        try:
            self._run(lambda sftp: sftp.listdir(self._path("in")))
        except Failed as problem:
            return str(problem)
        return None

    def _put(self, name: str, kind: str, content: bytes) -> Submission:
        """DELIVERED when the file, read back, is what was sent; again it changes nothing."""
        path, part = self._path(f"in/{name}-{kind}.zip"), self._path(f"in/.{name}-{kind}.part")

        async def lay(sftp: SFTPClient) -> bytes | None:
            if not await sftp.exists(path):
                async with sftp.open(part, "wb") as file:
                    await file.write(content)
                await sftp.rename(part, path)
            return await _read(sftp, path, len(content) + 1)

        try:
            there = self._run(lay)
        except Failed as problem:
            return Submission(answer=problem.answer, reason=str(problem))
        if there != content:
            return Submission(answer=Answer.UNKNOWN, reason=f"{path} on {self._host} is not what was sent")
        return Submission(answer=Answer.DELIVERED, partner_id=name, proofs=(_proof(path, content),))

    def _look(self, name: str, kind: str, content: bytes) -> Finding:
        path, part = self._path(f"in/{name}-{kind}.zip"), self._path(f"in/.{name}-{kind}.part")

        async def look(sftp: SFTPClient) -> tuple[bytes | None, bool, bool]:
            there = await _read(sftp, path, len(content) + 1)
            return there, await sftp.exists(part), await sftp.exists(self._path(f"ack/{name}.json"))

        try:
            there, begun, acknowledged = self._run(look)
        except Failed as problem:
            return not_asked(problem)
        if there == content or (there is None and acknowledged):
            answer = Answer.SUBMITTED if kind == "recall" else Answer.DELIVERED
            proofs = (_proof(path, content),)
            return Finding(found=Found.TAKEN, submission=Submission(answer=answer, partner_id=name, proofs=proofs))
        if there is None and (begun or self._keeps):
            return Finding(found=Found.NOT_TAKEN)  # what is renamed last was never renamed, or would still be there
        return Finding(found=Found.CANNOT_TELL)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name

    def _run(self, work: Callable[[SFTPClient], Awaitable[Result]]) -> Result:
        """One connection, in a thread of its own: the caller may run in an event loop. Raises Failed."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, asyncio.wait_for(self._connected(work), SECONDS)).result()

    async def _connected(self, work: Callable[[SFTPClient], Awaitable[Result]]) -> Result:
        import asyncssh

        begun = False
        try:
            trusted = asyncssh.import_known_hosts(f"[{self._host}]:{self._port} {self._host_key}\n")
            secret = "PRIVATE KEY" in self._key
            keys = [asyncssh.import_private_key(self._key)] if secret else []
            async with (
                asyncssh.connect(
                    self._host,
                    self._port,
                    username=self._user,
                    known_hosts=trusted,
                    client_keys=keys,
                    password=None if secret else self._key,
                    agent_path=None,
                    config=None,
                    connect_timeout=20,
                ) as connection,
                connection.start_sftp_client() as sftp,
            ):
                begun = True
                return await work(sftp)
        except (asyncssh.HostKeyNotVerifiable, asyncssh.PermissionDenied, asyncssh.KeyImportError) as problem:
            raise Failed(
                f"{self._host} is not the pinned server, or refuses us ({type(problem).__name__})", PRE
            ) from None
        except asyncssh.SFTPError as problem:
            raise Failed(f"{self._host} answered {problem.reason}", Answer.UNKNOWN) from problem
        except (OSError, asyncssh.Error, TimeoutError) as problem:
            answer = Answer.UNKNOWN if begun else Answer.TRANSIENT
            raise Failed(f"the connection to {self._host} failed ({type(problem).__name__})", answer) from problem


PRE = Answer.PRECONDITION


class Failed(Exception):
    """What could not be done, and what that means for a dispatch; one sentence without secrets."""

    def __init__(self, sentence: str, answer: Answer) -> None:
        super().__init__(sentence)
        self.answer = answer


async def _read(sftp: SFTPClient, path: str, most: int) -> bytes | None:
    """The file's first `most` bytes; None where there is none."""
    if not await sftp.exists(path):
        return None
    async with sftp.open(path, "rb") as file:
        content = await file.read(most)
    return content if isinstance(content, bytes) else content.encode()


def stem(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _proof(path: str, content: bytes) -> Proof:
    words = f"{path} {len(content)} bytes sha256 {hashlib.sha256(content).hexdigest()}\n"
    return Proof(kind="stored_file", level=STORED, content=words.encode(), mime="text/plain")
