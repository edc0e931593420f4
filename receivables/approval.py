"""A person's decision, proven: a named approver with a role, and a one-time code bound to what was shown."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from typing import Literal

DIGITS = 8
MOST_ATTEMPTS = 5

Decision = Literal["approve", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the form carries: who decides what, why, and the code that only that person can know."""

    decision: Decision
    approver: str
    code: str
    reason: str


class NotDecided(ValueError):
    """The sentence says why nothing was decided: wrong code, unknown approver, another dossier than was shown."""


def one_time_code(secret: str, approver: str, approval: str, shown: str) -> str:
    """The code with which `approver`, who holds `secret`, decides `approval` (its key) as shown (a SHA-256).

    Another dossier, another approval or another person has another code; decided once, it is worth nothing.
    """
    digest = hmac.new(secret.encode(), f"{approver}\n{approval}\n{shown}".encode(), hashlib.sha256).digest()
    return str(int.from_bytes(digest[:8], "big") % 10**DIGITS).zfill(DIGITS)


def check(signature: Signature, *, secret: str | None, approval: str, shown: str, attempts: int) -> None:
    """Raises NotDecided unless `signature` decides. `secret` is the named approver's; None: nobody has that name."""
    if attempts >= MOST_ATTEMPTS:
        raise NotDecided(f"{MOST_ATTEMPTS} wrong codes were entered: this request is closed and will be asked again")
    if secret is None:
        raise NotDecided("nobody of that name may approve; choose a name from the list")
    given = "".join(c for c in unicodedata.normalize("NFKC", signature.code) if c.isdigit())
    if not hmac.compare_digest(given, one_time_code(secret, signature.approver, approval, shown)):
        raise NotDecided("the code does not belong to this approver and this dossier; take it from the newest message")
    if signature.decision == "refuse" and not signature.reason.strip():
        raise NotDecided("a refusal needs a reason: write one, it is kept with the claim")
