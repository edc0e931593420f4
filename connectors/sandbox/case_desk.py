"""What the twins of Debitura and Payt keep of a claim, and the script by which it is collected."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.sandbox.state import State, next_number, receive

CENT = Decimal("0.01")
Script = Mapping[str, Sequence[tuple[int, Decimal]]]


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """`collections` and `asking` go by the debtor's name, which every partner gets."""

    state: State
    partner: str
    collections: Script = field(default_factory=dict)
    asking: Mapping[str, str] = field(default_factory=dict)

    def keep(self, key: str, prefix: str, body: Mapping[str, Any]) -> tuple[sqlite3.Row, bool]:
        """The record under `key`, written down now or before, and whether it is new. `receive` counts every call."""
        known = self.find(key)
        with self.state.write() as db:
            identity = known["id"] if known else f"{prefix}{next_number(db, 'partner_case'):05d}"
            receive(db, self.partner, key, identity, self.state.today())
            if known is None:
                values = (self.partner, identity, key, json.dumps(body), self.state.today().isoformat())
                db.execute("insert into partner_case values (?, ?, ?, ?, ?)", values)
        found = self.find(key)
        assert found is not None
        return found, known is None

    def replace(self, key: str, body: Mapping[str, Any]) -> None:
        with self.state.write() as db:
            where = "update partner_case set body = ? where partner = ? and key = ?"
            db.execute(where, (json.dumps(body), self.partner, key))

    def find(self, key: str) -> sqlite3.Row | None:
        return self.state.row("select * from partner_case where partner = ? and key = ?", self.partner, key)

    def by_id(self, identity: str) -> sqlite3.Row | None:
        return self.state.row("select * from partner_case where partner = ? and id = ?", self.partner, identity)

    def all(self) -> list[sqlite3.Row]:
        return self.state.rows("select * from partner_case where partner = ? order by id", self.partner)

    def add(self, case: str, kind: str, name: str, content: bytes) -> None:
        """One more item of a case: a file, a message. The same name again is one more, as at the real ones."""
        with self.state.write() as db:
            receive(db, self.partner, f"{case} {kind} {name}", case, self.state.today())
            db.execute("insert into partner_item values (?, ?, ?, ?, ?)", (self.partner, case, kind, name, content))

    def items(self, case: str, kind: str) -> list[sqlite3.Row]:
        where = "select * from partner_item where partner = ? and claim = ? and kind = ? order by rowid"
        return self.state.rows(where, self.partner, case, kind)

    def days(self, row: sqlite3.Row) -> int:
        return (self.state.today() - date.fromisoformat(row["taken_on"])).days

    def paid(self, row: sqlite3.Row, name: str, total: Decimal) -> list[Decimal]:
        """What the debtor paid to the partner so far, payment by payment."""
        days = self.days(row)
        shares = [share for after, share in self.collections.get(name, ()) if after <= days]
        return [(total * share).quantize(CENT, ROUND_HALF_UP) for share in shares]
