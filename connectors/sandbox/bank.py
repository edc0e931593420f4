"""A bank on loopback's other side: books payments and writes statement files in CAMT.053, CODA or MT940.

One file per account and day, named `<format>-<iban>-<day>`. Balances join from day to day, also where the bank goes
over to another format; a day that is stated is closed, and the same day asked again gives the same bytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from connectors.sandbox.bank_formats import camt053, coda, mt940
from connectors.sandbox.bank_formats.sheet import Payment, Sheet
from connectors.sandbox.state import State, show

__all__ = ["Account", "Bank", "Format", "Payment"]

Format = Literal["camt.053", "coda", "mt940"]
WRITERS = {"camt.053": (camt053.write, "xml"), "coda": (coda.write, "cod"), "mt940": (mt940.write, "sta")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account. `formats`: what its statements are written in from which day on, oldest first; CAMT.053 else."""

    iban: str
    owner: str
    currency: str = "EUR"
    opening: Decimal = Decimal("0.00")
    formats: tuple[tuple[date, Format], ...] = ()


@dataclass(frozen=True, slots=True)
class Bank:
    """Writes into `folder`. All bookings and statements are in the sandbox's database."""

    state: State
    folder: Path

    def open(self, *accounts: Account) -> None:
        with self.state.write() as db:
            for account in accounts:
                formats = json.dumps(account.formats, default=str)
                db.execute(
                    "insert or ignore into account values (?, ?, ?, ?, ?)",
                    (account.iban, account.owner, account.currency, str(account.opening), formats),
                )

    def book(self, payments: Iterable[Payment]) -> None:
        """Raises ValueError for an unknown account or a day that was already stated."""
        with self.state.write() as db:
            for payment in payments:
                if db.execute("select 1 from payment where id = ?", (payment.id,)).fetchone():
                    continue
                if not db.execute("select 1 from account where iban = ?", (payment.account,)).fetchone():
                    raise ValueError(f"the bank has no account {payment.account}")
                later = "select 1 from statement where iban = ? and day >= ?"
                if db.execute(later, (payment.account, payment.booked.isoformat())).fetchone():
                    raise ValueError(f"{payment.booked} of {payment.account} is stated already; book on a later day")
                seq = int(db.execute("select count(*) from payment").fetchone()[0]) + 1
                fields = json.dumps(asdict(payment), default=str)
                values = (payment.id, seq, payment.account, payment.booked.isoformat(), fields)
                db.execute("insert into payment values (?, ?, ?, ?, ?)", values)

    def write_statements(self, on: date) -> tuple[Path, ...]:
        """The statement files of `on`, one per account, also where nothing was booked."""
        written = []
        for account in self.state.rows("select * from account order by iban"):
            row = self._stated(account, on)
            path = self.folder / row["name"]
            show(path, row["content"])
            written.append(path)
        return tuple(written)

    def _stated(self, account: sqlite3.Row, on: date) -> sqlite3.Row:
        iban, day = account["iban"], on.isoformat()
        query = "select * from statement where iban = ? and day = ?"
        with self.state.write() as db:
            if not db.execute(query, (iban, day)).fetchone():
                last = db.execute("select max(day), count(*) from statement where iban = ?", (iban,)).fetchone()
                if last[0] and last[0] > day:
                    raise ValueError(f"{iban} is stated up to {last[0]} already; {day} is over")
                rows = db.execute(
                    "select * from payment where iban = ? and booked <= ? order by booked, seq", (iban, day)
                )
                sheet = _sheet(account, on, last[0], int(last[1]) + 1, [_payment(row) for row in rows.fetchall()])
                format_ = _format(json.loads(account["formats"]), day)
                write, ending = WRITERS[format_]
                name = f"{format_.replace('.', '')}-{iban}-{day}.{ending}"
                values = (iban, day, sheet.sequence, name, write(sheet))
                db.execute("insert into statement values (?, ?, ?, ?, ?)", values)
            row: sqlite3.Row = db.execute(query, (iban, day)).fetchone()
        return row


def _payment(row: sqlite3.Row) -> Payment:
    fields = json.loads(row["fields"])
    return Payment(**fields | {"booked": date.fromisoformat(fields["booked"]), "amount": Decimal(fields["amount"])})


def _sheet(account: sqlite3.Row, on: date, last: str | None, sequence: int, payments: list[Payment]) -> Sheet:
    """The `payments` up to `on`: those up to the day that was stated `last` make the balance at the beginning."""
    before = date.fromisoformat(last) if last else None
    stated = [payment for payment in payments if before and payment.booked <= before]
    return Sheet(
        iban=account["iban"],
        owner=account["owner"],
        currency=account["currency"],
        day=on,
        before=before or on,
        sequence=sequence,
        opening=sum((payment.amount for payment in stated), Decimal(account["opening"])),
        payments=tuple(payments[len(stated) :]),
    )


def _format(formats: list[list[Any]], day: str) -> Format:
    return next((format_ for since, format_ in reversed(formats) if since <= day), "camt.053")
