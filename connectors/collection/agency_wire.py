"""The wire of our own contract with a collection agency: its models, its signatures, and what a receipt must say."""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors.ports import BadWebhook, News
from receivables.claims import HandoverState

PATIENCE = 300  # seconds by which a signature's moment may differ
EPOCH = (1980, 1, 1, 0, 0, 0)
Money = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True)


class Claim(_Wire):
    """How a claim stands at the agency. `collected` and `fees` only ever grow; `fees` is what the agency keeps."""

    id: str = Field(min_length=1, max_length=100)
    key: str = Field(description="Idempotency-Key of the POST that brought it")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the dossier, byte for byte")
    state: HandoverState
    collected: Money = Decimal(0)
    fees: Money = Decimal(0)
    message: str | None = Field(None, max_length=2000, description="needs_info: the question; rejected: the reason")


class Claims(_Wire):
    items: list[Claim]


class UpdateReceipt(_Wire):
    """What the agency kept of an update or a recall."""

    id: str = Field(min_length=1, max_length=100)
    claim: str
    key: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the ZIP with update.json")


class UpdateReceipts(_Wire):
    items: list[UpdateReceipt]


class Problem(_Wire):
    detail: str


class Call(_Wire):
    """What the agency posts to the creditor's webhook when a claim has changed; the claim is then read again."""

    id: str = Field(min_length=1, max_length=100, description="the same event again bears the same id")
    type: Literal["claim.changed"] = "claim.changed"
    claim: str = Field(min_length=1, max_length=100)


def signature(secret: str, moment: int, method: str, target: str, key: str, body: bytes) -> str:
    """The X-Signature of a request at `moment` (unix seconds) for `target`, the path with its query."""
    signed = f"{moment}.{method}.{target}.{key}.".encode() + body
    return f"t={moment},v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def call_signature(secret: str, moment: int, body: bytes) -> str:
    """The X-Signature of a call to the creditor's webhook, over `<t>.` and the body."""
    return f"t={moment},v1=" + hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def check_call(secret: str, header: str, body: bytes, at: datetime) -> None:
    """Raises BadWebhook where the call was not signed with `secret` within PATIENCE of `at`."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment = parts.get("t", "")
    if not moment.isascii() or not moment.isdecimal() or abs(at.timestamp() - int(moment[:12])) > PATIENCE:
        raise BadWebhook("its signature is missing, or was made too long ago")
    if not hmac.compare_digest(call_signature(secret, int(moment), body).encode(), header.strip().encode()):
        raise BadWebhook("its signature is not made with our secret")


def packed_news(news: News) -> bytes:
    """The ZIP of an update: update.json and the files that it names, under files/. The same news, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        parts = [("update.json", news.content), *((f"files/{one.filename}", one.content) for one in news.files)]
        for path, content in parts:
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = 3
            archive.writestr(entry, content)
    return out.getvalue()
