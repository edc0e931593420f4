"""A statement matched and booked in a ledger with many open invoices: entries per second, how it grows, the memory.

Every entry is kept, matched and booked with its journal entry, in one transaction that is durable at its end.
The payers do as payers do: most give the reference, some the number, some nothing but their account, some pay a part,
some pay what is not ours.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, insert

from connectors.ports import Statement, StatementEntry
from receivables.ledger.database import migrate, open_ledger, writing
from receivables.ledger.money_in import match_and_book
from receivables.ledger.statements import keep_statement
from receivables.ledger.tables import claim_items, debtors, invoices
from ubl.references import ogm_compact, ogm_from_number

SIZES = ((10_000, 2_000), (100_000, 2_000), (100_000, 20_000))  # open invoices, entries
DEBTORS_PER_INVOICE = 20  # so many invoices has a debtor
DAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNT, SELLER, HASH = "BE68539007547034", "be", "0" * 64


def measure() -> dict[str, Any]:
    """One row for each size, each in a process of its own, so that the memory is its own; `growth`: how many times the
    seconds of the first take those of the second, whose ledger is ten times larger, for as many entries.
    """
    rows = []
    for open_invoices, entries in SIZES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            rows.append(process.submit(matched, open_invoices, entries).result())
    growth = round(rows[1]["seconds"] / rows[0]["seconds"], 1)
    return {"matching": rows, "matching_growth": {"invoices": SIZES[1][0] // SIZES[0][0], "seconds": growth}}


def matched(open_invoices: int, entries: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        engine = open_ledger(f"sqlite:///{Path(folder) / 'ledger.db'}")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            process.submit(filled, folder, open_invoices).result()
        statement = statement_of(open_invoices, entries)
        before = memory()
        start = perf_counter()
        with writing(engine) as connection:
            new = keep_statement(connection, statement, HASH, on=DAY, at=AT)
            states = match_and_book(connection, [SELLER], new, Decimal("0.05"), at=AT)
        seconds = perf_counter() - start
    return {
        "open_invoices": open_invoices,
        "entries": entries,
        "seconds": round(seconds, 2),
        "entries_per_second": round(entries / seconds),
        "matched": states["matched"],
        "memory_mb": round(memory() - before),
    }


def filled(folder: str, open_invoices: int) -> None:
    """The ledger, in a process of its own: what filling takes is not what matching takes."""
    engine = open_ledger(f"sqlite:///{Path(folder) / 'ledger.db'}")
    migrate(engine)
    with writing(engine) as connection:
        fill(connection, open_invoices)


def memory() -> float:
    """The most that this process had in memory, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(connection: Connection, count: int) -> None:
    """`count` open invoices of 100.00 and more, each with its OGM."""
    owners = [
        {
            "id": n,
            "seller": SELLER,
            "ref": f"C-{n}",
            "name": f"Klant {n} BV",
            "kind": "business",
            "country": "BE",
            "language": "nl",
            "preference": "email",
            "details": {},
        }
        for n in range(1, count // DEBTORS_PER_INVOICE + 1)
    ]
    connection.execute(insert(debtors), owners)
    connection.execute(insert(invoices), [invoice(n) for n in range(1, count + 1)])
    items = [{"invoice_id": n, "kind": "principal", "amount": cents(n), "waived": 0} for n in range(1, count + 1)]
    connection.execute(insert(claim_items), items)


def invoice(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "seller": SELLER,
        "number": f"2026-{number:06}",
        "kind": "invoice",
        "debtor_id": (number - 1) // DEBTORS_PER_INVOICE + 1,
        "currency": "EUR",
        "payable": cents(number),
        "issued": date(2026, 1, 5),
        "printed_due": date(2026, 2, 4),
        "lawful_due": date(2026, 2, 4),
        "insurer_due": date(2026, 2, 4),
        "reference": ogm_compact(ogm_from_number(number)),
        "preceding": [],
        "goods": False,
        "content_hash": HASH,
        "ubl": HASH,
        "paper": HASH,
        "flags": [],
        "taken_in": date(2026, 1, 5),
    }


def cents(number: int) -> int:
    return 10_000 + number * 7 % 90_000


def statement_of(open_invoices: int, entries: int) -> Statement:
    paid = list(payments(open_invoices, entries))
    total = sum((entry.amount for entry in paid), Decimal(0))
    return Statement(
        account=ACCOUNT,
        identification="2026/42",
        sequence=42,
        from_date=DAY,
        to_date=DAY,
        currency="EUR",
        opening=Decimal(0),
        closing=total,
        entries=tuple(paid),
    )


def payments(open_invoices: int, entries: int) -> Iterator[StatementEntry]:
    """Of ten: six with the reference, one with the number, one in part, one by account and name, one of a stranger."""
    step = open_invoices // entries
    for n in range(entries):
        number = n * step + 1
        way, owner = n % 10, (number - 1) // DEBTORS_PER_INVOICE + 1
        amount = Decimal(cents(number)) / 100
        stranger = way == 9
        yield StatementEntry(
            key=f"{DAY}:{n}",
            account=ACCOUNT,
            booked=DAY,
            amount=Decimal(50) if way == 7 else amount,
            currency="EUR",
            counterparty="Onbekend" if stranger else f"Klant {owner} BV",
            counterparty_iban=None if stranger else f"BE{owner:014}",
            reference=ogm_from_number(number) if way < 6 or way == 7 else None,
            text=f"betaling factuur 2026-{number:06}" if way == 6 else "betaling",
        )


if __name__ == "__main__":
    print(measure())
