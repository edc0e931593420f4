"""The partners of the house on loopback: they answer like the real ones and remember through a SIGKILL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.access_point import AccessPoint
from connectors.sandbox.agency import Agency, Script
from connectors.sandbox.bank import Bank
from connectors.sandbox.calls import deliver
from connectors.sandbox.case_desk import CaseDesk
from connectors.sandbox.discovery import Discovery, Finding
from connectors.sandbox.faults import Fault, Faults, FaultyApp, detail
from connectors.sandbox.insurer import Insurer
from connectors.sandbox.insurers import InsurerScript
from connectors.sandbox.mailserver import Conversation, MailServer
from connectors.sandbox.network import Network, Participant
from connectors.sandbox.serve import HOST, Service, bind
from connectors.sandbox.state import State
from connectors.sandbox.twins import ACCESS_POINTS, COLLECTORS

if TYPE_CHECKING:
    from connectors.sandbox.sftp import SftpTwin

API_KEY = "sandbox-key"
AGENCY_CLIENT, AGENCY_SECRET = "voldaan", "sandbox-agency-secret"
INSURER_TOKEN = "sandbox-insurer-token"  # noqa: S105 - opens nothing but the twin


@dataclass(frozen=True, slots=True)
class SandboxAddresses:
    """Where the partners answer. `urls`: access_point, agency, insurer, those of `twins`; `ports`: with mail, sftp."""

    urls: Mapping[str, str]
    ports: Mapping[str, int]
    sent_mail: Path  # the mailbox that keeps a copy of every message taken: complete
    mail_reports: Path  # the mailbox with the delivery reports
    finding: Finding  # how receivers are found on the network
    certificate: Path  # of a partner that is written to under it
    host_key: str = ""  # of the SFTP server, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One thing that a partner received. The same partner and key twice is what must never happen."""

    partner: str  # access_point, mail, agency, insurer, a name of `twins`
    key: str  # 'sender number', 'message-id recipient', the idempotency key
    reference: str  # the partner's own id
    taken_on: date
    path: str


class Sandbox:
    """All twins over one folder. What they hold is on the disk before they answer; another start goes on from there.

    `out` is where `peppol/` and `mail/` are shown, by default the folder itself; with `sftp` an SFTP server is among
    them. Business time stands still until `set_date`, or POST /sandbox/date {"date": "2026-01-05"} to any of the HTTP
    partners.
    """

    def __init__(
        self,
        folder: Path,
        *,
        participants: Iterable[Participant | str] = (),
        bouncing: Collection[str] = (),
        refused: Collection[str] = (),
        faults: Sequence[Fault] = (),
        accounts: Mapping[str, Iterable[str]] | None = None,
        collections: Script | None = None,
        rejecting: Collection[str] = (),
        insurance: InsurerScript | None = None,
        asking: Mapping[str, str] | None = None,
        smtp_password: str | None = None,
        sftp: bool = False,
        out: Path | None = None,
    ) -> None:
        known = [entry if isinstance(entry, Participant) else Participant(id=entry) for entry in participants]
        self.folder = folder
        self.out = out or folder
        self._state = State(folder)
        self._faults = Faults(self._state, faults)
        self._password = smtp_password
        self._network = Network(self._state, self.out, {entry.id: entry for entry in known})
        self._access_points = {
            "access_point": AccessPoint(self._network, accounts or {API_KEY: ()}),
            **{name: twin(self._network) for name, twin in ACCESS_POINTS.items()},
        }
        self._mailserver = MailServer(self._state, self.out, folder / "mailbox", bouncing, refused)
        self._agency = Agency(
            self._state,
            self.folder / "agency",
            AGENCY_CLIENT,
            AGENCY_SECRET,
            collections or {},
            rejecting,
            asking=asking or {},
        )
        self._collectors = {
            name: twin(CaseDesk(self._state, name, collections or {}, asking or {}))
            for name, twin in COLLECTORS.items()
        }
        self._insurer = Insurer(self._state, INSURER_TOKEN, insurance or InsurerScript())
        self.bank = Bank(self._state, self.folder / "bank")
        self._discovery = Discovery(folder / "network", self._state, self._faults, self._network)
        self._service: Service | None = None
        self._sftp = sftp_server(folder / "sftp", self._state, self._faults) if sftp else None

    def start(self) -> SandboxAddresses:
        """Answer on loopback, on the ports of the last time where they are free."""
        self._network.repair()
        self._mailserver.repair()
        self._agency.repair()
        apps = {
            **{name: twin.app() for name, twin in self._access_points.items()},
            "agency": self._agency.app(),
            **{name: twin.app() for name, twin in self._collectors.items()},
            "insurer": self._insurer.app(),
        }
        listeners = {name: bind(self._last_port(name)) for name in (*apps, "mail", "smp")}
        ports = {name: int(listener.getsockname()[1]) for name, listener in listeners.items()}
        for name, port in ports.items():
            self._state.set(f"port.{name}", str(port))
        apps["smp"] = self._discovery.app(ports["smp"])
        for app in apps.values():
            app.router.routes.append(Route("/sandbox/date", self._date, methods=["GET", "POST"]))
        complaints = {name: twin.complaint for name, twin in {**self._access_points, **self._collectors}.items()}
        served = {
            name: (FaultyApp(app, name, self._faults, complaints.get(name, detail)), listeners[name])
            for name, app in apps.items()
        }
        conversation = partial(Conversation, self._mailserver, self._faults, self._password)
        https = {"smp": self._discovery.certificate}
        self._service = Service(served, (conversation, listeners["mail"]), self._background, https)
        urls = {name: f"http://{HOST}:{ports[name]}" for name in apps if name not in https}
        finding = self._discovery.start(ports["smp"])
        if self._sftp:
            ports["sftp"] = self._sftp.start().port
        return SandboxAddresses(
            urls,
            ports,
            self._mailserver.sent,
            self._mailserver.reports,
            finding,
            self._discovery.partner,
            self._sftp.host_key if self._sftp else "",
        )

    def stop(self) -> None:
        self._discovery.stop()
        if self._sftp:
            self._sftp.stop()
        if self._service:
            self._service.stop()
            self._service = None

    def __enter__(self) -> SandboxAddresses:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def set_date(self, on: date) -> None:
        """Let it be `on` for every partner."""
        self._state.set("date", on.isoformat())
        self._network.answer()
        for twin in self._access_points.values():
            twin.settle()
        self._agency.settle()

    def arrive(self, partner: str, document: bytes, *, sender: str, receiver: str) -> str:
        """The network brings an access point `document`, such as the buyer's answer; its id there."""
        identity = self._network.arrive(partner, document, sender, receiver)
        self._access_points[partner].settle()
        return identity

    def bouncing(self, *addresses: str) -> None:
        """From now on these addresses, and no others, are accepted and bounce."""
        self._mailserver.bouncing = addresses

    def today(self) -> date:
        return self._state.today()

    def received(self) -> tuple[Receipt, ...]:
        """Everything that the partners received, in order."""
        return tuple(
            Receipt(
                partner=row["partner"],
                key=row["key"],
                reference=row["reference"],
                taken_on=date.fromisoformat(row["taken_on"]),
                path=row["path"],
            )
            for row in self._state.rows("select * from receipt order by seq")
        )

    def duplicates(self) -> int:
        """How many things reached a partner although it already had one under the same key."""
        row = self._state.row("select count(*) - count(distinct partner || ' ' || key) as twice from receipt")
        return int(row["twice"]) if row else 0

    def _last_port(self, name: str) -> int | None:
        value = self._state.setting(f"port.{name}")
        return int(value) if value else None

    async def _background(self) -> None:
        await deliver(self._state, self._faults)

    async def _date(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self.set_date(date.fromisoformat((await request.json())["date"]))
            except (ValueError, KeyError, TypeError):
                return JSONResponse({"detail": 'write {"date": "2026-01-05"}'}, 422)
        return JSONResponse({"date": self.today().isoformat()})


def sftp_server(folder: Path, state: State, faults: Faults) -> SftpTwin:
    """Its library is loaded where it is wanted only: that takes longer than all other partners."""
    from connectors.sandbox.sftp import SftpTwin

    return SftpTwin(folder, state, faults)
