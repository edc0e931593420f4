"""What the tests of the ledger share: a fresh ledger in a folder, a fixed moment, a dispatch to play with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, insert

from receivables.ledger.database import migrate, open_ledger, writing
from receivables.ledger.dispatch import Claimed, claim_next, plan
from receivables.ledger.tables import claim_items, debtors, invoices

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
HASH = "0" * 64


@cache
def blank_ledger() -> bytes:
    """A migrated ledger with nothing in it; made once, since Alembic takes half a second."""
    with TemporaryDirectory() as folder:
        engine = open_ledger(f"sqlite:///{folder}/ledger.db")
        migrate(engine)
        engine.dispose()
        return (Path(folder) / "ledger.db").read_bytes()


def fresh_ledger(folder: Path) -> Engine:
    (folder / "ledger.db").write_bytes(blank_ledger())
    return open_ledger(f"sqlite:///{folder}/ledger.db")


def planned(engine: Engine, **changed: Any) -> int:
    """A planned e-mail to debtor 7, of which `changed` may differ."""
    usual = {
        "seller": "BE-A",
        "kind": "notice",
        "subject": "7",
        "occurrence": "reminder/1",
        "channel": "email",
        "receiver": "boekhouding@klant.example",
        "content": HASH,
        "details": {"message_id": "<1@voldaan.example>"},
        "on": MONDAY,
        "at": NOW,
    }
    with writing(engine) as connection:
        return plan(connection, **usual | changed)


def claimed(engine: Engine, now: datetime = NOW) -> Claimed:
    found = claim_next(engine, now=now, lease=LEASE)
    assert found is not None
    return found


def add_debtor(connection: Connection, ref: str = "K1", **changed: Any) -> int:
    usual = {
        "seller": "BE-A",
        "ref": ref,
        "name": "Bakkerij De Korenbloem",
        "kind": "business",
        "country": "BE",
        "language": "nl",
        "email": f"{ref.lower()}@klant.example",
        "preference": "email",
        "details": {},
    }
    row = insert(debtors).values(**usual | changed).returning(debtors.c.id)
    return int(connection.execute(row).scalar_one())


def add_invoice(connection: Connection, debtor_id: int, number: str, payable: int, **changed: Any) -> int:
    """An invoice of `payable` cents issued on 5 January 2026, due 4 February; a credit note with kind='credit_note'."""
    due = date(2026, 2, 4)
    usual: dict[str, Any] = {
        "seller": "BE-A",
        "number": number,
        "kind": "invoice",
        "debtor_id": debtor_id,
        "currency": "EUR",
        "payable": payable,
        "issued": date(2026, 1, 5),
        "printed_due": due,
        "lawful_due": due,
        "insurer_due": due,
        "preceding": [],
        "goods": False,
        "content_hash": HASH,
        "ubl": HASH,
        "paper": HASH,
        "flags": [],
        "taken_in": date(2026, 1, 5),
    }
    values = usual | changed
    found = int(connection.execute(insert(invoices).values(**values).returning(invoices.c.id)).scalar_one())
    if values["kind"] == "invoice":
        connection.execute(insert(claim_items).values(invoice_id=found, kind="principal", amount=payable, waived=0))
    return found
