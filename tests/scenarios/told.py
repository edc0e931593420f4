"""What a played demo left behind, in the words of a bookkeeper."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, select

from connectors.sandbox.sandbox import Sandbox
from flows.demo import EXAMPLES
from flows.script import Script, load_script
from receivables.ledger import tables
from receivables.ledger.database import open_ledger, reading
from receivables.ledger.store import Store


@dataclass(frozen=True)
class Told:
    """A folder in which the demo was played to its end."""

    out: Path

    @cached_property
    def script(self) -> Script:
        return load_script(EXAMPLES / "demo" / "script.toml")

    @cached_property
    def export(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((EXAMPLES / "erp-export.json").read_text(encoding="utf-8"))
        return found

    @cached_property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_text())
        return found

    @cached_property
    def invoices(self) -> dict[str, dict[str, Any]]:
        return {one["number"]: one for one in self.summary["invoices"]}

    @cached_property
    def engine(self) -> Engine:
        return open_ledger(f"sqlite:///{self.out}/ledger.db")

    @cached_property
    def store(self) -> Store:
        return Store(str(self.out / "store"))

    @cached_property
    def sandbox(self) -> Sandbox:
        return Sandbox(self.out / ".state", out=self.out)

    # one invoice

    def outcome(self, number: str) -> str:
        return str(self.invoices[number]["outcome"])

    def open(self, number: str) -> Decimal:
        return Decimal(self.invoices[number]["open"])

    def steps(self, number: str) -> list[str]:
        return [step["step"] for step in self.invoices[number]["steps"]]

    def day_of(self, number: str, step: str) -> date:
        return next(date.fromisoformat(s["on"]) for s in self.invoices[number]["steps"] if s["step"] == step)

    def reason(self, number: str) -> tuple[str, str]:
        """Why nothing is being done about it: the code and the sentence."""
        row = self.row(tables.reasons, tables.reasons.c.invoice_id == self.id_of(number))
        return row.reason, row.text

    def due(self, number: str) -> date:
        found: date = self.row(tables.invoices, tables.invoices.c.number == number).printed_due
        return found

    def allocated(self, number: str) -> dict[str, Decimal]:
        """What was paid on it, by kind."""
        items = {row.id: row.kind for row in self.rows(tables.claim_items, self.of(tables.claim_items, number))}
        found: dict[str, Decimal] = {}
        for row in self.rows(tables.allocations, tables.allocations.c.claim_item_id.in_(items)):
            kind = items[row.claim_item_id]
            found[kind] = found.get(kind, Decimal(0)) + Decimal(row.amount) / 100
        return found

    def asked(self, number: str, step: str) -> dict[str, Decimal]:
        """What the message of that step asked on it, by kind."""
        where = self.of(tables.notice_items, number) & (tables.notice_items.c.step == step)
        notice = self.row(tables.notice_items, where)
        kinds = {row.id: row.kind for row in self.rows(tables.claim_items, self.of(tables.claim_items, number))}
        parts = tables.payment_request_items
        rows = self.rows(parts, parts.c.payment_request_id == notice.payment_request_id)
        return {kinds[r.claim_item_id]: Decimal(r.amount) / 100 for r in rows if r.claim_item_id in kinds}

    # what went out

    @cached_property
    def mails(self) -> list[EmailMessage]:
        """Every message that reached a mailbox, in order."""
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(path.read_bytes()) for path in sorted((self.out / "mail").glob("*.eml"))]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]

    def claim(self, debtor: str) -> dict[str, Any]:
        """claim.json of the dossier that the agency has about a debtor."""
        (path,) = (self.out / "claims").glob(f"*{debtor}*.zip")
        with zipfile.ZipFile(path) as archive:
            found: dict[str, Any] = json.loads(archive.read("claim.json"))
        return found

    # the ledger

    def rows(self, table: Table, *where: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(table).where(*where).order_by(table.c.id)))

    def row(self, table: Table, *where: Any) -> Any:
        (only,) = self.rows(table, *where)
        return only

    def id_of(self, number: str) -> int:
        return int(self.row(tables.invoices, tables.invoices.c.number == number).id)

    def of(self, table: Table, number: str) -> Any:
        return table.c.invoice_id == self.id_of(number)
