"""A person's decision, proven: a named approver with a role, and a one-time code bound to what was shown.

Two kinds of code. One is mailed for each request and fits that request, that dossier and that person only. The other
comes from an authenticator (TOTP, RFC 6238) and is entered with the first characters of the hash of what was shown:
'123456 9f86d081'.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

DIGITS = 8
MOST_ATTEMPTS = 5
TAG = 8  # characters of the hash that are entered beside a TOTP code
TOTP_DIGITS, TOTP_SECONDS, TOTP_DRIFT = 6, 30, 1
MOST_POSTPONED = timedelta(days=60)

Decision = Literal["approve", "refuse", "postpone"]
Method = Literal["mail", "totp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the form carries: who decides what, why, until when, and the code that only that person can know."""

    decision: Decision
    approver: str
    code: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Who may decide. `secret` makes the codes: any words for mailed ones, base32 for an authenticator."""

    name: str
    role: str
    method: Method
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the decision is about: the request's key, the hash of what was shown, and the wrong codes so far."""

    key: str
    shown: str
    attempts: int
    on: date


class NotDecided(ValueError):
    """The sentence says why nothing was decided: wrong code, unknown approver, another dossier than was shown."""


def shown_hash(dossier: str, details: Mapping[str, Any]) -> str:
    """The hash of everything a person sees before deciding: the dossier (its SHA-256) and what is told beside it."""
    text = json.dumps({"dossier": dossier, "beside": dict(details)}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def one_time_code(secret: str, approver: str, approval: str, shown: str) -> str:
    """The code with which `approver`, who holds `secret`, decides `approval` (its key) as shown (a SHA-256).

    Another dossier, another approval or another person has another code; decided once, it is worth nothing.
    """
    digest = hmac.new(secret.encode(), f"{approver}\n{approval}\n{shown}".encode(), hashlib.sha256).digest()
    return str(int.from_bytes(digest[:8], "big") % 10**DIGITS).zfill(DIGITS)


def check(
    signature: Signature,
    approver: Approver | None,
    asked: Asked,
    *,
    roles: Collection[str],
    now: datetime,
    used: Collection[int] = (),
) -> int | None:
    """Raises NotDecided unless `signature` decides. `approver`: the one of that name; None: nobody has it.

    `roles`: which may decide, empty: all. `used`: the moments whose TOTP codes this approver has spent. Gives the
    moment of the TOTP code, to be remembered as spent; None for a mailed code.
    """
    if asked.attempts >= MOST_ATTEMPTS:
        raise NotDecided(f"{MOST_ATTEMPTS} wrong codes were entered: this request is closed and will be asked again")
    if approver is None:
        raise NotDecided("nobody of that name may approve; choose a name from the list")
    if roles and approver.role not in roles:
        raise NotDecided(f"the role '{approver.role}' may not decide a hand-over; {' or '.join(sorted(roles))} may")
    moment = _fitting(signature.code, approver, asked, now, used)
    if signature.decision != "approve" and not signature.reason.strip():
        raise NotDecided(f"to {signature.decision} needs a reason: write one, it is kept with the claim")
    if signature.decision == "postpone":
        _until(signature.until, asked.on)
    return moment


def _until(until: date | None, on: date) -> None:
    if until is None or not on < until <= on + MOST_POSTPONED:
        raise NotDecided(f"postpone until which day? Write one after {on} and not after {on + MOST_POSTPONED}")


def _fitting(code: str, approver: Approver, asked: Asked, now: datetime, used: Collection[int]) -> int | None:
    plain = unicodedata.normalize("NFKC", code).lower()
    if approver.method == "mail":
        given = "".join(c for c in plain if c.isdigit())
        if not hmac.compare_digest(given, one_time_code(approver.secret, approver.name, asked.key, asked.shown)):
            raise NotDecided("the code does not belong to this approver and this dossier; take it from the newest mail")
        return None
    entered = re.fullmatch(rf"\s*(\d{{{TOTP_DIGITS}}})\W*([0-9a-f]{{{TAG}}})\s*", plain)
    if entered is None or not hmac.compare_digest(entered[2], asked.shown[:TAG]):
        tag = f"the first {TAG} characters of the hash that is shown"
        raise NotDecided(f"enter the code of your authenticator and behind it {tag}: 123456 {'x' * TAG}")
    moment = _totp_moment(approver.secret, entered[1], now)
    if moment is None or moment in used:
        raise NotDecided("the code of the authenticator does not fit now, or was used before; wait for the next one")
    return moment


def _totp_moment(secret: str, code: str, now: datetime) -> int | None:
    """The number of the half minute whose code this is, of those around `now`; None where it is none of theirs."""
    import pyotp

    totp = pyotp.TOTP(secret, digits=TOTP_DIGITS, interval=TOTP_SECONDS)
    this = int(now.timestamp()) // TOTP_SECONDS
    try:
        fitting = [
            moment
            for moment in range(this - TOTP_DRIFT, this + TOTP_DRIFT + 1)
            if hmac.compare_digest(totp.at(moment * TOTP_SECONDS), code)
        ]
    except ValueError as problem:
        raise NotDecided(
            "the approver's secret in the settings is no base32 of 112 bits or more; make a new one"
        ) from problem
    return fitting[0] if fitting else None
