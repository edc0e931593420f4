"""How a receiver is found on the sandbox's network: its directory (DNS) and its SMPs, with their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from connectors.sandbox.directory import ZONE, Directory
from connectors.sandbox.faults import Faults
from connectors.sandbox.network import Network
from connectors.sandbox.pki import pki
from connectors.sandbox.serve import HOST
from connectors.sandbox.smp import Listed, Smp
from connectors.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Finding:
    """Where the directory answers, and whom to trust there. `trust_anchors` signs SMPs, `authorities` HTTPS."""

    zone: str
    nameserver: str  # address:port
    smp_port: int
    trust_anchors: Path
    authorities: Path


class Discovery:
    """Goes on over `folder`: the same certificates, and the same port where it is free."""

    def __init__(self, folder: Path, state: State, faults: Faults, network: Network) -> None:
        self._state = state
        self._faults = faults
        self._participants = network.participants.values()
        self._pki = pki(folder)
        self._directory: Directory | None = None

    @property
    def certificate(self) -> Path:
        """Of the SMPs, for HTTPS, with its key."""
        return self._pki.path("https.pem")

    @property
    def partner(self) -> Path:
        """A certificate with an RSA key, for whoever is written to encrypted."""
        return self._pki.path("first.pem")

    def app(self, port: int) -> Starlette:
        """The SMPs, which answer on `port`."""
        return Smp({p.id: Listed(p.document_types, p.registered) for p in self._participants}, self._pki, port).app()

    def start(self, smp_port: int) -> Finding:
        """The directory answers from now on, until `stop`."""
        before = int(self._state.setting("port.dns") or 0)
        self._directory = Directory({p.id: p.registered for p in self._participants}, smp_port, self._faults, before)
        self._state.set("port.dns", str(self._directory.port))
        anchors, authorities = self._pki.path("smp-ca.pem"), self._pki.path("https-ca.pem")
        return Finding(ZONE, f"{HOST}:{self._directory.port}", smp_port, anchors, authorities)

    def stop(self) -> None:
        if self._directory:
            self._directory.stop()
            self._directory = None
