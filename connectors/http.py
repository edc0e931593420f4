"""One careful HTTP call: bounded in time and size, never redirected, and honest about what a failure proves."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from connectors.exchange import note
from connectors.ports import Answer, Finding, Found, Proof, Submission

MAX_ANSWER = 10 * 1024 * 1024
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MAX_SECONDS = 120.0
TIMEOUT = httpx.Timeout(30.0, connect=10.0)

# Before a byte of the request can have left: the partner has certainly not taken anything.
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

Model = TypeVar("Model", bound=BaseModel)
Secret = str | tuple[str, ...]


class NoAnswer(Exception):
    """The partner could not be asked; the message is one sentence without secrets."""


class NotSent(NoAnswer):
    """The request certainly did not reach the partner."""


class Lost(NoAnswer):
    """The request may have reached the partner, its answer did not reach us."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the partner answered. `retry_after` is in seconds."""

    status: int
    content: bytes
    retry_after: int | None = None

    def read(self, model: type[Model]) -> Model | None:
        """The body as `model`, or None where it is something else."""
        try:
            return model.model_validate_json(self.content)
        except ValidationError:
            return None


def client(base_url: str) -> httpx.Client:
    """A client for one partner. Proxies of the environment do not apply to partners on this machine.

    No connection is used twice: an answer that arrives doubled would be taken for the answer to the next question.
    """
    on_this_machine = urlsplit(base_url).hostname in LOOPBACK
    once = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(
        timeout=TIMEOUT, limits=once, follow_redirects=False, trust_env=not on_this_machine, verify=trusted()
    )


@cache
def trusted() -> ssl.SSLContext:
    """The machine's certificate authorities, read once: that costs more than a request."""
    return ssl.create_default_context()


def base(url: str) -> str:
    """The partner's address without a slash at its end. Raises ValueError where secrets would travel in the open."""
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and (parts.scheme, parts.hostname in LOOPBACK) != ("http", True)):
        raise ValueError(f"the address {url!r} of a partner must begin with https://")
    return url.rstrip("/")


def call(
    http: httpx.Client,
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    limit: int = MAX_ANSWER,
    seconds: float = MAX_SECONDS,
    **kwargs: Any,
) -> Reply:
    """Make one request, without following redirects. Raises NotSent or Lost; an HTTP error status is a Reply."""
    headers = {"Accept-Encoding": "identity", **headers}
    until = monotonic() + seconds
    content = bytearray()
    try:
        with http.stream(method, url, headers=headers, follow_redirects=False, **kwargs) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Lost(f"{_host(url)} answers compressed, which was not asked for")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > limit or monotonic() > until:
                    raise Lost(f"{_host(url)} answers with more than {limit} bytes or for more than {seconds:.0f} s")
            note(response.request, response, bytes(content), None)
            return Reply(response.status_code, bytes(content), _retry_after(response.headers))
    except httpx.RequestError as error:
        problem = type(error).__name__
        note(error.request, None, b"", problem)
        if isinstance(error, _BEFORE_SENDING):
            raise NotSent(f"no connection to {_host(url)} ({problem})") from error
        raise Lost(f"{_host(url)} gave no complete answer ({problem})") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Lost(f"{_host(url)} gave no complete answer ({type(error).__name__})") from error


def outcome(table: Mapping[int, Answer], status: int, otherwise: Answer) -> Answer:
    """The class of an HTTP status: by the partner's own table, then by family. `otherwise` is for 5xx and surprises."""
    if status in table:
        return table[status]
    if 300 <= status < 400:
        return Answer.PRECONDITION  # a redirect is never followed: the address in the settings is wrong
    return otherwise


def sentence(name: str, reply: Reply, secret: Secret) -> str:
    """One sentence of the status and the partner's own words, cut short and without our secrets."""
    told = " ".join(without(secret, words(reply.content).encode()).decode(errors="replace").split())[:300]
    return f"{name} answered {reply.status}" + (f": {told}" if told else "")


def refusal(name: str, reply: Reply, meaning: Answer, *, secret: Secret, partner_id: str | None = None) -> Submission:
    """The submission that was not accepted, with the partner's answer as proof."""
    proof = Proof(kind="refusal", level=f"said by {name}", content=without(secret, reply.content))
    return Submission(
        answer=meaning,
        partner_id=partner_id,
        reason=sentence(name, reply, secret),
        retry_after=reply.retry_after,
        proofs=(proof,),
    )


def without(secret: Secret, content: bytes) -> bytes:
    """`content` with our secrets made unreadable, in case the partner repeats them."""
    for one in (secret,) if isinstance(secret, str) else secret:
        content = content.replace(one.encode(), b"***") if one else content
    return content


def words(content: bytes) -> str:
    """What a JSON error says, in the shapes that partners have for one; empty where it is none of them."""
    try:
        return _told(json.loads(content))
    except (ValueError, RecursionError):
        return ""


def _told(said: object) -> str:
    match said:
        case str():
            return said
        case list():
            return "; ".join(filter(None, map(_told, said[:3])))
        case {"loc": list(place), "msg": str(text)}:
            return ".".join(map(str, place)) + f": {text}"
        case {"source": str(place), "details": str(text)}:
            return f"{place}: {text}"
        case {"defaultFormat": str(text), **more}:
            return "; ".join(filter(None, [_filled(text, more.get("parameters")), _told(more.get("innerErrors"))]))
        case {"errors": dict(fields)}:
            told = ((field, _told(text)) for field, text in list(fields.items())[:3])
            return "; ".join(text if field == "root" else f"{field}: {text}" for field, text in told)
        case dict():
            return next((_told(said[name]) for name in ("detail", "errors", "error", "message") if name in said), "")
    return ""


def _filled(text: str, parameters: object) -> str:
    for number, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        text = text.replace(f"{{{number}}}", str(parameter))
    return text


def answered(name: str, reply: Reply, secret: Secret) -> Reply:
    """`reply` where the partner dealt with the question; raises Lost for refused access, too many calls and 5xx."""
    if reply.status in (401, 403, 429) or reply.status >= 500:
        raise Lost(sentence(name, reply, secret))
    return reply


def not_asked(error: Exception) -> Finding:
    """The finding of a question that got no answer."""
    return Finding(found=Found.NOT_ASKED, submission=Submission(answer=Answer.UNKNOWN, reason=str(error)))


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the partner"


def _retry_after(headers: httpx.Headers) -> int | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3), given as seconds or as a date beside the Date header.

    Where there is none, the moment (UNIX) of x-ratelimit-reset, which some partners give instead.
    """
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(int(value[:9]), 86_400)
    try:
        now = parsedate_to_datetime(headers["date"])
        reset = headers.get("x-ratelimit-reset", "")[:12]
        until = parsedate_to_datetime(value) if value or not reset else datetime.fromtimestamp(int(reset), UTC)
        return max(0, min(int((until - now).total_seconds()), 86_400))
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
