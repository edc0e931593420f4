"""The credit insurers that Voldaan knows, by the name under which `voldaan.toml` chooses one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.filing import FilingKind
from connectors.insurance.allianz_trade import AllianzTrade
from connectors.insurance.atradius import Atradius
from connectors.insurance.coface import Coface
from connectors.insurance.file_export import FileInsurer
from connectors.insurance.insurer import HttpInsurer
from connectors.ports import Access, CreditInsurer

NOWHERE = Access(url="", key="")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInsurer:
    """One partner: how it is opened (access, policy, folder for files), what its account consists of, what goes how."""

    open: Callable[[Access, str, Path], CreditInsurer]
    url: str | None = None  # where it answers; None: the settings say so, or it has no address
    needs: tuple[str, ...] = ()  # of url, key, secret, account
    by_api: tuple[FilingKind, ...] = ()  # the rest is laid ready as files
    provisional: str | None = None  # what nobody has verified against the partner itself


INSURERS: Mapping[str, KnownInsurer] = {
    "voldaan": KnownInsurer(
        open=lambda access, policy, folder: HttpInsurer(access.url, access.key),
        needs=("url", "key"),
        by_api=("overdue", "claim", "cover", "goods"),
    ),
    "allianz-trade": KnownInsurer(
        open=lambda access, policy, folder: AllianzTrade(access, FileInsurer(folder)),
        url="https://api.allianz-trade.com",
        needs=("key", "account"),
        by_api=("overdue", "cover"),
        provisional="paths and fields of overdues, covers and jobs are those of others' descriptions",
    ),
    "atradius": KnownInsurer(
        open=lambda access, policy, folder: Atradius(access, FileInsurer(folder)),
        url="https://api.atradius.com",
        needs=("key", "secret", "account"),
        by_api=("cover",),
        provisional="covers as read in others' clients; the Non-Payments API is not public",
    ),
    "coface": KnownInsurer(
        open=lambda access, policy, folder: Coface(access, policy, FileInsurer(folder)),
        url="https://cofaserve-api.coface.com",
        needs=("key", "secret", "account"),
        provisional="token and company look-up as read in others' clients; overdues and limits are not public",
    ),
    "file": KnownInsurer(open=lambda access, policy, folder: FileInsurer(folder)),
}
