"""The signal to the ERP that deliveries to a customer must stop, or may go on: `voldaan-stop/1`.

Laid as a file in `erp/out/`, or posted to the ERP:

    POST {stop_url}          the signal as JSON, Idempotency-Key, Bearer token   -> 200, 201 or 204
    GET  {stop_url}?key=KEY  200 where the ERP has it, 404 where it has not
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field

from connectors.http import Lost, NoAnswer, NotSent, Reply, base, call, client, not_asked, outcome, refusal
from connectors.insurance.insurer import SUBMIT
from connectors.laid_folder import LaidFolder, mark_of
from connectors.ports import Answer, Finding, Found, Proof, Submission

COLUMNS = ("key", "file")
Reason = Literal["extension_over", "limit_withdrawn", "insolvency", "blocked"]


class StopSignal(BaseModel):
    """Deliveries to one customer stop, or may go on. One signal per change; the newest one counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["voldaan-stop/1"] = Field("voldaan-stop/1", description="Name and version of this format.")
    id: str = Field(description="Unique and stable: the same signal again has the same id.")
    seller: str = Field(description="ref of the seller, as in the export.")
    customer: str = Field(description="Customer number in the ERP.")
    action: Literal["stop", "release"] = Field(description="stop: deliver no more on credit; release: deliver again.")
    effective: date = Field(description="First day on which the action holds.")
    on: date = Field(description="Day of the signal.")
    reasons: list[Reason] = Field(
        description="extension_over: the oldest invoice is past the insurer's maximum extension period; "
        "limit_withdrawn: the insurer covers no further deliveries; insolvency. Empty for a release."
    )
    policies: list[str] = Field(description="Numbers of the credit insurance policies concerned.")
    text: str = Field(description="The same in a sentence, for a person.")


class StopFolder:
    """The folder that the ERP empties; `index`, beside it, remembers what was laid."""

    name = "the ERP's folder"

    def __init__(self, path: Path, index: Path) -> None:
        self._laid = LaidFolder(path, COLUMNS, index)

    def submit(self, signal: bytes, key: str) -> Submission:
        mark = mark_of(key)
        name = f"{inert_name(key)}-{mark[:8]}.json"
        try:
            return laid(mark, self._laid.lay(mark, {name: signal}, (name,)))
        except OSError as problem:
            return Submission(answer=Answer.TRANSIENT, reason=f"erp/out cannot be used: {problem.strerror}")

    def find(self, key: str) -> Finding:
        known = self._laid.line(mark_of(key))
        if known is None:
            return Finding(
                found=Found.NOT_TAKEN, submission=Submission(answer=Answer.UNKNOWN, reason="not in the index")
            )
        return Finding(found=Found.TAKEN, submission=laid(mark_of(key), known))


class StopPost:
    """The ERP's address; `token` is the bearer token that it expects."""

    name = "the ERP"

    def __init__(self, url: str, token: str, http: httpx.Client | None = None) -> None:
        self._url, self._token, self._http = base(url), token, http or client(url)

    def submit(self, signal: bytes, key: str) -> Submission:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            reply = self._call("POST", self._url, headers, signal)
        except NotSent as error:
            return Submission(answer=Answer.TRANSIENT, reason=str(error))
        except Lost as error:
            return Submission(answer=Answer.UNKNOWN, reason=str(error))
        if reply.status not in (200, 201, 204):
            return refusal(self.name, reply, outcome(SUBMIT, reply.status, Answer.UNKNOWN), secret=self._token)
        return _taken(key, reply)

    def find(self, key: str) -> Finding:
        try:
            reply = self._call("GET", f"{self._url}?key={quote(key, safe='')}", {}, b"")
        except NoAnswer as error:
            return not_asked(error)
        if reply.status == 200:
            return Finding(found=Found.TAKEN, submission=_taken(key, reply))
        proof = Proof(kind="stop_signal", level="said by the ERP", content=reply.content or str(reply.status).encode())
        told = Submission(answer=Answer.UNKNOWN, reason=f"the ERP answered {reply.status}", proofs=(proof,))
        return Finding(found=Found.NOT_TAKEN if reply.status == 404 else Found.NOT_ASKED, submission=told)

    def _call(self, method: str, url: str, headers: dict[str, str], content: bytes) -> Reply:
        return call(self._http, method, url, {**headers, "Authorization": f"Bearer {self._token}"}, content=content)


def inert_name(key: str) -> str:
    """The key as part of a file name: letters, digits and dashes only."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in key)[:80].strip("-")


def laid(mark: str, entry: str) -> Submission:
    proof = Proof(kind="stop_signal", level="laid in erp/out for the ERP", content=entry.encode(), mime="text/csv")
    return Submission(answer=Answer.DELIVERED, partner_id=mark, proofs=(proof,))


def _taken(key: str, reply: Reply) -> Submission:
    proof = Proof(kind="stop_signal", level="taken by the ERP", content=reply.content or str(reply.status).encode())
    return Submission(answer=Answer.DELIVERED, partner_id=mark_of(key), proofs=(proof,))
