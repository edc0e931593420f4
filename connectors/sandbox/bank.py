"""A bank on loopback's other side: books payments and writes statement files in CAMT.053.001.08.

One file per account and day, named `camt053-<iban>-<day>.xml`. Balances join from day to day, a day that is stated is
closed, and the same day asked again gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.sandbox.state import State, show

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    iban: str
    owner: str
    currency: str = "EUR"
    opening: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One booking on `account`. `id` tells it from all others: booking it again changes nothing.

    `amount` is positive for money in; `reference` is an OGM or RF given in the structured field, `text` free text.
    """

    id: str
    account: str
    booked: date
    amount: Decimal
    name: str
    iban: str | None = None
    reference: str | None = None
    text: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    return_reason: str | None = None  # an ISO code like AM04: `amount` takes back what was received


@dataclass(frozen=True, slots=True)
class Bank:
    """Writes into `folder`. All bookings and statements are in the sandbox's database."""

    state: State
    folder: Path

    def open(self, *accounts: Account) -> None:
        with self.state.write() as db:
            for account in accounts:
                db.execute(
                    "insert or ignore into account values (?, ?, ?, ?)",
                    (account.iban, account.owner, account.currency, str(account.opening)),
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
                payments = [(row, json.loads(row["fields"])) for row in rows.fetchall()]
                before = [fields for row, fields in payments if last[0] and row["booked"] <= last[0]]
                now = [(row, fields) for row, fields in payments if not last[0] or row["booked"] > last[0]]
                opening = sum((Decimal(fields["amount"]) for fields in before), Decimal(account["opening"]))
                content = _camt(account, on, int(last[1]) + 1, opening, now)
                name = f"camt053-{iban}-{day}.xml"
                db.execute("insert into statement values (?, ?, ?, ?, ?)", (iban, day, int(last[1]) + 1, name, content))
            row: sqlite3.Row = db.execute(query, (iban, day)).fetchone()
        return row


def _camt(
    account: sqlite3.Row, on: date, sequence: int, opening: Decimal, payments: list[tuple[sqlite3.Row, dict[str, Any]]]
) -> bytes:
    currency, day = account["currency"], on.isoformat()
    namespaces: Any = {None: NAMESPACE}
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap=namespaces)
    report = _add(document, "BkToCstmrStmt")
    head = _add(report, "GrpHdr")
    identification = f"{account['iban'][-8:]}-{sequence:05d}"
    _add(head, "MsgId", f"SANDBOX-{identification}")
    _add(head, "CreDtTm", f"{day}T23:30:00+01:00")
    statement = _add(report, "Stmt")
    _add(statement, "Id", identification)
    _add(statement, "ElctrncSeqNb", str(sequence))
    _add(statement, "CreDtTm", f"{day}T23:30:00+01:00")
    owner = _add(statement, "Acct")
    _add(_add(owner, "Id"), "IBAN", account["iban"])
    _add(owner, "Ccy", currency)
    _add(_add(owner, "Ownr"), "Nm", account["owner"])
    closing = opening + sum((Decimal(fields["amount"]) for _, fields in payments), Decimal(0))
    for code, amount in (("OPBD", opening), ("CLBD", closing)):
        balance = _add(statement, "Bal")
        _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", code)
        _money(balance, amount, currency)
        _add(_add(balance, "Dt"), "Dt", day)
    for number, (row, fields) in enumerate(payments, start=1):
        _entry(statement, number, row["booked"], fields, currency)
    content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _entry(statement: Any, number: int, booked: str, fields: dict[str, Any], currency: str) -> None:
    amount = Decimal(fields["amount"])
    bank_reference = "SBX" + hashlib.sha256(fields["id"].encode()).hexdigest()[:16].upper()
    entry = _add(statement, "Ntry")
    _add(entry, "NtryRef", str(number))
    _money(entry, amount, currency)
    if fields["return_reason"]:
        _add(entry, "RvslInd", "true")
    _add(_add(entry, "Sts"), "Cd", "BOOK")
    _add(_add(entry, "BookgDt"), "Dt", booked)
    _add(_add(entry, "ValDt"), "Dt", booked)
    _add(entry, "AcctSvcrRef", bank_reference)
    code = _add(_add(entry, "BkTxCd"), "Domn")
    _add(code, "Cd", "PMNT")
    family = _add(code, "Fmly")
    _add(family, "Cd", "RCDT" if amount > 0 else "ICDT")
    _add(family, "SubFmlyCd", "ESCT")
    detail = _add(_add(entry, "NtryDtls"), "TxDtls")
    references = _add(detail, "Refs")
    _add(references, "EndToEndId", fields["end_to_end"] or "NOTPROVIDED")
    if fields["mandate"]:
        _add(references, "MndtId", fields["mandate"])
    other = "Dbtr" if (amount > 0) != bool(fields["return_reason"]) else "Cdtr"
    parties = _add(detail, "RltdPties")
    _add(_add(_add(parties, other), "Pty"), "Nm", fields["name"])
    if fields["iban"]:
        _add(_add(_add(parties, f"{other}Acct"), "Id"), "IBAN", fields["iban"])
    _remittance(detail, fields)
    if fields["return_reason"]:
        _add(_add(_add(detail, "RtrInf"), "Rsn"), "Cd", fields["return_reason"])


def _remittance(detail: Any, fields: dict[str, Any]) -> None:
    if not fields["reference"] and not fields["text"]:
        return
    information = _add(detail, "RmtInf")
    if fields["text"]:
        _add(information, "Ustrd", fields["text"][:140])
    if fields["reference"]:
        is_rf = fields["reference"].startswith("RF")
        reference = _add(_add(information, "Strd"), "CdtrRefInf")
        kind = _add(reference, "Tp")
        _add(_add(kind, "CdOrPrtry"), "Cd", "SCOR")
        _add(kind, "Issr", "ISO" if is_rf else "BBA")
        bare = fields["reference"].replace(" ", "")
        _add(reference, "Ref", bare if is_rf else "".join(c for c in bare if c.isdecimal()))


def _money(parent: Any, amount: Decimal, currency: str) -> None:
    _add(parent, "Amt", f"{abs(amount):.2f}").set("Ccy", currency)
    _add(parent, "CdtDbtInd", "DBIT" if amount < 0 else "CRDT")


def _add(parent: Any, tag: str, text: str | None = None) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    element.text = text
    return element
