"""How much a document may weigh on a channel, attachments measured as they travel: in base64."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

Channel = Literal["peppol", "email"]


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` is in bytes of the whole document; `mark` is V where the channel itself says so, U where others do."""

    channel: Channel
    most: int
    since: date
    source: str
    mark: str


@cache
def limit_of(channel: Channel) -> Limit:
    """The limit of `channel` (limits.toml)."""
    rows = tomllib.loads(files("connectors").joinpath("limits.toml").read_text("utf-8"))["limit"]
    row = next(row for row in rows if row["channel"] == channel)
    return Limit(row["channel"], row["most"], row["from"], row["source"], row["mark"])


def attachment_budget(channel: Channel, rest: int) -> int:
    """How many bytes of files fit beside the `rest` (in bytes) of a document; never less than 0.

    >>> attachment_budget("peppol", 10_000_000 - 400)
    300
    """
    return max(0, limit_of(channel).most - rest) // 4 * 3


def base64_size(length: int) -> int:
    """What `length` bytes come to in base64.

    >>> base64_size(300), base64_size(301)
    (400, 404)
    """
    return -(-length // 3) * 4
