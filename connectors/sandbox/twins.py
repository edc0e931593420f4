"""The access points whose twins the sandbox plays beside that of e-invoice.be, by the provider's name.

A new twin is one file and one line here. The name is the twin's partner in `Fault`, in `SandboxAddresses.urls` and in
every receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.applications import Starlette

from connectors.sandbox.case_desk import CaseDesk
from connectors.sandbox.debitura import DebituraTwin
from connectors.sandbox.network import Network
from connectors.sandbox.payt import PaytTwin
from connectors.sandbox.peppyrus import PeppyrusTwin
from connectors.sandbox.phoss_ap import PhossApTwin
from connectors.sandbox.recommand import RecommandTwin
from connectors.sandbox.scrada import ScradaTwin
from connectors.sandbox.storecove import StorecoveTwin


class Twin(Protocol):
    """What it was told it keeps in `Network.state` before it answers."""

    def app(self) -> Starlette: ...

    def settle(self) -> None:
        """It is another day, or something arrived: write down for the webhooks what is new."""

    def complaint(self, words: str) -> object:
        """These words as the body of an error."""


ACCESS_POINTS: Mapping[str, Callable[[Network], Twin]] = {
    "recommand": RecommandTwin,
    "scrada": ScradaTwin,
    "peppyrus": PeppyrusTwin,
    "storecove": StorecoveTwin,
    "phoss-ap": PhossApTwin,
}


class Collector(Protocol):
    """A collection partner's twin."""

    def app(self) -> Starlette: ...

    def complaint(self, words: str) -> object:
        """These words as the body of an error."""


COLLECTORS: Mapping[str, Callable[[CaseDesk], Collector]] = {"debitura": DebituraTwin, "payt": PaytTwin}
