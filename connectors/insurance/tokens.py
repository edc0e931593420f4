"""An access token that an insurer gives for a while: fetched when it is needed, kept until shortly before its end."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from pydantic import BaseModel, Field

from connectors.http import Lost, NotSent, Reply, sentence

MARGIN = 60.0  # seconds before its end at which a token is no longer used
SHORTEST = 300  # seconds that a token is kept where the insurer does not say how long


class Refused(NotSent):
    """The insurer gave no token: the credentials are wrong. Nothing was sent."""


class Token(BaseModel):
    """A token as its insurer writes it; `expires_in` in seconds."""

    access_token: str = Field(min_length=1)
    expires_in: int = SHORTEST


class Tokens:
    """`fetch` asks for a token; `read` finds it in the answer, None where there is none."""

    def __init__(self, name: str, fetch: Callable[[], Reply], read: Callable[[Reply], Token | None]) -> None:
        self._name, self._fetch, self._read = name, fetch, read
        self._token, self._until = "", 0.0

    def get(self, secret: str) -> str:
        """The token. Raises Refused for wrong credentials, NotSent where none could be had; never Lost."""
        if monotonic() < self._until:
            return self._token
        try:
            reply = self._fetch()
        except Lost as problem:
            raise NotSent(str(problem)) from problem  # a token files nothing: asking again is harmless
        if reply.status in (400, 401, 403):
            raise Refused(sentence(self._name, reply, secret))
        found = self._read(reply) if reply.status in (200, 201) else None
        if found is None:
            raise NotSent(sentence(self._name, reply, secret))
        self._token, self._until = found.access_token, monotonic() + max(found.expires_in - MARGIN, 0)
        return self._token

    def using(self, send: Callable[[str], Reply], secret: str) -> Reply:
        """What `send` answers with the token; once more with a new one where the insurer no longer takes the old."""
        reply = send(self.get(secret))
        if reply.status != 401:
            return reply
        self._until = 0.0
        return send(self.get(secret))
