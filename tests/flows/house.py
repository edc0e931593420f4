"""A whole house for tests: a ledger and a store in one folder, the partners' twins beside it, and a day that is set."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from connectors.sandbox.bank import Account, Bank, Payment
from connectors.sandbox.sandbox import Sandbox, SandboxAddresses
from connectors.sandbox.state import State
from flows import daily
from flows.deliver import deliver
from flows.demo_settings import demo_settings, iban_of
from flows.files import waiting
from flows.follow_up import FollowedUp, follow_up
from flows.reconcile import Reconciled, reconcile_file
from flows.script import Script
from flows.settings import FILE, Settings
from flows.take_in import TakenIn, take_in_file
from flows.workspace import Workspace, open_workspace
from receivables.claims import HoldKind
from receivables.ledger import journal, lookup, tables
from receivables.ledger.book import open_amounts
from receivables.ledger.database import reading, writing
from receivables.ledger.holds import open_hold
from receivables.ledger.outbox import Dispatch, dispatch_of
from receivables.ledger.stories import Story, stories
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, CONSUMER, DUTCH_SELLER, GERMAN, file

EXAMPLES = Path(__file__).parents[2] / "examples"
APPROVER = "Nadia Willems"
SELLERS = (BELGIAN_SELLER, DUTCH_SELLER)
BE_ACCOUNT = iban_of(BELGIAN_SELLER)
CUSTOMERS = (BUSINESS, CONSUMER, GERMAN)
ZUID = "0208:0903456713"  # the Belgian business customer on the network
MONDAY = date(2026, 1, 5)
SCRIPT = {
    "first_day": MONDAY,
    "last_day": date(2026, 6, 30),
    "payment": [],
    "decision": [
        {
            "debtor": "C-1",
            "decision": "approve",
            "after_days": 1,
            "reason": "",
            "approver": APPROVER,
            "role": "credit controller",
        }
    ],
    "sandbox": {
        "bouncing": [],
        "participants": [],
        "agency": [],
        "cover": [{"debtor": "C-1", "buyer_id": "BUYER-1", "limit": "20000.00"}],
    },
    "expected": {},
    "expected_channel": {},
}


@dataclass
class Clock:
    """Nine o'clock UTC on the day that is set, and as much later as the test says."""

    day: date = MONDAY
    later: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.combine(self.day, time(9), UTC) + self.later


@dataclass
class House:
    root: Path
    sandbox: Sandbox
    bank: Bank
    clock: Clock
    workspace: Workspace
    addresses: SandboxAddresses
    _payments: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def today(self) -> date:
        return self.clock.day

    def go_to(self, day: date) -> None:
        """Let it be `day`, in the house and at every partner."""
        self.clock.day = day
        self.clock.later = timedelta()
        self.sandbox.set_date(day)

    def set_settings(self, settings: Settings) -> None:
        """Lets the house go on under other settings, as if voldaan.toml had been changed."""
        self.workspace = replace(self.workspace, settings=settings)

    # what the outside brings

    def take_in(self, *documents: Any, customers: Sequence[Any] = CUSTOMERS, name: str = "export.json") -> TakenIn:
        """An export with these documents is dropped and taken in."""
        return self.take_in_bytes(file(*documents, sellers=list(SELLERS), customers=list(customers)), name)

    def take_in_bytes(self, data: bytes, name: str = "export.json") -> TakenIn:
        path = self.workspace.folder("inbox") / name
        path.write_bytes(data)
        return take_in_file(self.workspace, path, self.today)

    def pay(self, amount: str, *, account: str = BE_ACCOUNT, **details: Any) -> None:
        """Somebody pays today; the house knows it when it reads the next statement."""
        number = next(self._payments)
        given = {"name": "Zuid BV", "iban": "BE28363118774520", **details}
        payment = Payment(id=f"payment-{number}", account=account, booked=self.today, amount=Decimal(amount), **given)
        self.bank.book([payment])

    def read_statements(self) -> list[Reconciled]:
        """Today's statement of every account is fetched and read."""
        self.bank.write_statements(self.today)
        files = waiting(self.workspace.folder("bank/inbox"), "")
        return [reconcile_file(self.workspace, path, self.today) for path in files]

    def hold(self, number: str, kind: HoldKind, until: date, reason: str = "said so on the telephone") -> None:
        at = self.clock()
        with writing(self.workspace.engine) as connection:
            found = lookup.invoice(connection, number)
            open_hold(connection, found.id, kind, owner=APPROVER, reason=reason, since=self.today, until=until, at=at)

    # what the house does

    def send(self) -> Counter[str]:
        return deliver(self.workspace, self.today).states

    def follow_up(self) -> FollowedUp:
        """Decides on what the statements up to today say; nothing is sent yet."""
        self.read_statements()
        return follow_up(self.workspace, self.today)

    def play_day(self) -> daily.Day:
        self.bank.write_statements(self.today)
        return daily.play(self.workspace, self.today)

    def play_to(self, day: date, every: int = 1) -> daily.Day:
        """Every weekday after today, up to `day`, with its statements; of a long wait only each `every`th day."""
        played = None
        while self.today < day:
            self.go_to(min(self.today + timedelta(days=every), day))
            if self.today.weekday() < 5:
                played = self.play_day()
        assert played is not None
        return played

    # what stands in the ledger and at the partners

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with reading(self.workspace.engine) as connection:
            return list(connection.execute(select(table).where(*where).order_by(table.c.id)))

    def dispatches(self, kind: str | None = None) -> list[Dispatch]:
        where = [] if kind is None else [tables.dispatches.c.kind == kind]
        return [dispatch_of(row) for row in self.rows(tables.dispatches, *where)]

    def dispatch(self, kind: str = "invoice") -> Dispatch:
        (only,) = self.dispatches(kind)
        return only

    def notices(self) -> list[tuple[str, str, str]]:
        """(step, number, state) of every step that was taken by message."""
        states = {one.id: one.state.value for one in self.dispatches("notice")}
        numbers = {row.id: row.number for row in self.rows(tables.invoices)}
        return [(row.step, numbers[row.invoice_id], states[row.dispatch_id]) for row in self.rows(tables.notice_items)]

    def tasks(self, kind: str | None = None) -> list[str]:
        where = [] if kind is None else [tables.tasks.c.kind == kind]
        return [row.text for row in self.rows(tables.tasks, *where)]

    def journal(self, kind: str) -> list[Any]:
        return self.rows(tables.journal, tables.journal.c.kind == kind)

    def evidence(self, dispatch: Dispatch) -> list[tuple[str, bytes]]:
        """(what it proves, the bytes) of all that is kept about a dispatch."""
        found = self.rows(tables.evidence, tables.evidence.c.dispatch_id == dispatch.id)
        return [(row.level, self.workspace.store.get(row.content)) for row in found]

    def open(self, number: str = "2026-7") -> dict[str, int]:
        """What is open on an invoice, in cents by kind."""
        with reading(self.workspace.engine) as connection:
            found = lookup.invoice(connection, number)
            return {str(k): v for k, v in open_amounts(connection, [found.id]).get(found.id, {}).items() if v}

    def story(self, number: str = "2026-7") -> Story:
        with reading(self.workspace.engine) as connection:
            return next(story for story in stories(connection, self.today) if story.number == number)

    def reference(self, number: str = "2026-7") -> str:
        with reading(self.workspace.engine) as connection:
            return lookup.invoice(connection, number).reference or ""

    def received_by(self, partner: str) -> list[str]:
        return [receipt.key for receipt in self.sandbox.received() if receipt.partner == partner]

    def assert_each_once(self) -> None:
        """Nothing reached a partner twice, and the journal's chain holds."""
        assert self.sandbox.duplicates() == 0
        journal.seal(self.workspace.engine)
        with reading(self.workspace.engine) as connection:
            assert journal.verify(connection).ok


def settings_file(addresses: SandboxAddresses) -> str:
    return demo_settings(addresses, SELLERS, Script.model_validate_json(json.dumps(SCRIPT, default=str)))


Live = Callable[[House], object]
After = Callable[[Live], House]


@contextmanager
def copied(house: House, root: Path) -> Iterator[House]:
    """Another house in the folder `root` that has lived as `house` has."""
    house.workspace.engine.dispose()
    shutil.copytree(house.root, root)
    with opened(root, on=house.today) as again:
        yield again


@contextmanager
def opened(root: Path, on: date = MONDAY, lookup: str = "network", **sandbox: Any) -> Iterator[House]:
    """The house in the folder `root`, which holds its ledger, with the twins as `sandbox` says; it is the day `on`.

    `lookup`: who is asked whether a receiver can take a document, the network or the provider.
    """
    twins = Sandbox(root / "partners", out=root, **{"participants": [ZUID], **sandbox})
    bank = Bank(State(root / "partners" / "bank"), root / "bank" / "inbox")
    bank.open(*(Account(iban=iban_of(seller), owner=seller["name"]) for seller in SELLERS))
    with twins as addresses:
        if not (root / "policy.toml").exists():
            (root / "policy.toml").write_bytes((EXAMPLES / "policy.toml").read_bytes())
        asked = f'[peppol_network]\nlookup = "{lookup}"'
        (root / FILE).write_text(settings_file(addresses).replace("[peppol_network]", asked))
        clock = Clock()
        house = House(root, twins, bank, clock, open_workspace(root, now=clock), addresses)
        house.go_to(on)
        yield house
