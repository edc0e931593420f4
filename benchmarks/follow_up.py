"""Deciding about a whole ledger in one run: seconds and memory for 10,000 and 100,000 open invoices, and the growth.

Read, decided and the reasons noted in one process, each size in its own; five invoices to a debtor, a quarter of them
reminded before, half of the debtors with a year of payments behind them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, insert

from flows.follow_up import lawful_clock
from receivables.decide import Reason, decide
from receivables.ladder import load_policy
from receivables.ledger import tables
from receivables.ledger.database import migrate, open_ledger, reading, writing
from receivables.ledger.facts import debtor_facts
from receivables.ledger.notices import note_reasons

SIZES = (10_000, 100_000)
PER_DEBTOR = 5
PAID_BEFORE = 6
ON = date(2026, 6, 1)
ACCOUNT = "BE68539007547034"
HASH = "0" * 64
BATCH = 2_000
Rows = Iterator[dict[str, Any]]


def measure() -> dict[str, Any]:
    """One row for each size; `growth`: how many times the seconds of the smaller one the larger one takes."""
    rows = []
    for size in SIZES:
        with TemporaryDirectory() as folder:
            fill(Path(folder), size)
            command = [sys.executable, "-m", "benchmarks.follow_up", folder]
            rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    growth = round(rows[-1]["seconds"] / rows[0]["seconds"], 1)
    return {"follow_up": rows, "follow_up_growth": {"invoices": SIZES[-1] // SIZES[0], "seconds": growth}}


def decided(folder: Path) -> dict[str, Any]:
    """Every debtor of the ledger in `folder`, read and decided."""
    engine = open_ledger(f"sqlite:///{folder}/ledger.db")
    policy, before = load_policy(), memory()
    actions = invoices = debtors = 0
    reasons: list[Reason] = []
    started = perf_counter()
    with reading(engine) as connection:
        for facts in debtor_facts(connection, ON, accounts={"BE-A": [ACCOUNT]}):
            decision = decide(facts, policy, "BE", lawful_clock, ON)
            debtors += 1
            invoices += len(facts.claims)
            actions += len(decision.actions)
            reasons += decision.reasons
    seconds = perf_counter() - started
    with writing(engine) as connection:
        note_reasons(connection, reasons, on=ON, at=datetime.combine(ON, time(9), UTC))
    noted = perf_counter() - started - seconds
    return {
        "open_invoices": invoices,
        "debtors": debtors,
        "actions": actions,
        "seconds": round(seconds, 2),
        "reasons_noted": len(reasons),
        "seconds_to_note": round(noted, 2),
        "invoices_per_second": round(invoices / seconds),
        "memory_mb": round(memory()),
        "memory_grown_mb": round(memory() - before),
    }


def memory() -> float:
    """The most that this process held so far, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def fill(folder: Path, size: int) -> None:
    engine = open_ledger(f"sqlite:///{folder}/ledger.db")
    migrate(engine)
    people = size // PER_DEBTOR
    known = {"ref": "BE-A", "name": "Groothandel NV", "country": "BE", "law": "BE", "details": {}}
    reached = {"account": ACCOUNT, "identification": "1", "to_date": ON, "currency": "EUR", "file": HASH}
    with writing(engine) as connection:
        connection.execute(insert(tables.sellers).values(**known))
        connection.execute(insert(tables.statements).values(id=1, **reached))
        for table, rows in (
            (tables.debtors, debtor_rows(people)),
            (tables.invoices, invoice_rows(people)),
            (tables.claim_items, item_rows(people)),
            (tables.dispatches, dispatch_rows(people)),
            (tables.notice_items, notice_rows(people)),
            (tables.allocations, allocation_rows(people)),
        ):
            write(connection, table, rows)
    vacuum(engine)


def vacuum(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def write(connection: Connection, table: Any, rows: Rows) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)


def debtor_rows(people: int) -> Rows:
    for n in range(1, people + 1):
        kind = "consumer" if n % 4 == 0 else "business"
        yield {
            "id": n, "seller": "BE-A", "ref": f"C-{n}", "name": f"Klant {n}", "kind": kind, "country": "BE",
            "language": "nl", "email": f"c{n}@klant.example", "preference": "email", "details": {},
            "customer_since": date(2015 + n % 11, 1, 1),
        }  # fmt: skip


def numbered(people: int) -> Iterator[tuple[int, int, bool]]:
    """(invoice, debtor, open): the open ones first, then what half of the debtors paid before."""
    number = 0
    for debtor in range(1, people + 1):
        for _ in range(PER_DEBTOR):
            number += 1
            yield number, debtor, True
    for debtor in range(1, people + 1, 2):
        for _ in range(PAID_BEFORE):
            number += 1
            yield number, debtor, False


def due_of(number: int, is_open: bool) -> date:
    return ON - timedelta(days=number % 90 - 20) if is_open else ON - timedelta(days=60 + number % 300)


def invoice_rows(people: int) -> Rows:
    for number, debtor, is_open in numbered(people):
        due = due_of(number, is_open)
        issued = due - timedelta(days=30)
        yield {
            "id": number, "seller": "BE-A", "number": f"F{number}", "kind": "invoice", "debtor_id": debtor,
            "currency": "EUR", "payable": 10_000 + number % 900_000, "issued": issued, "printed_due": due,
            "lawful_due": due, "insurer_due": due, "received": issued, "reference": f"{number:012d}", "preceding": [],
            "goods": True, "content_hash": HASH, "ubl": HASH, "paper": HASH, "flags": [], "taken_in": issued,
        }  # fmt: skip


def item_rows(people: int) -> Rows:
    for number, _, _ in numbered(people):
        yield {"invoice_id": number, "kind": "principal", "amount": 10_000 + number % 900_000, "waived": 0}


def dispatch_rows(people: int) -> Rows:
    """Every open invoice went out and arrived; one in four was reminded of."""
    for number, debtor, is_open in numbered(people):
        if is_open:
            went = due_of(number, True) - timedelta(days=30)
            yield sent(number, "invoice", f"F{number}", f"c{debtor}@klant.example", went)
            if reminded(number):
                on = due_of(number, True) + timedelta(days=6)
                yield sent(10_000_000 + number, "notice", f"debtor/C-{debtor}", f"c{debtor}@klant.example", on)


def sent(key: int, kind: str, subject: str, receiver: str, on: date) -> dict[str, Any]:
    return {
        "id": key, "seller": "BE-A", "kind": kind, "subject": subject, "occurrence": str(key), "channel": "email",
        "receiver": receiver, "content": HASH, "details": {}, "state": "delivered", "planned": on, "token": 1,
        "attempts": 1, "submitted": on, "settled": on, "proven": on,
    }  # fmt: skip


def reminded(number: int) -> bool:
    return number % 4 == 0 and number % 90 > 40


def notice_rows(people: int) -> Rows:
    for number, _, is_open in numbered(people):
        if is_open and reminded(number):
            yield {"dispatch_id": 10_000_000 + number, "invoice_id": number, "step": "reminder", "occurrence": 1}


def allocation_rows(people: int) -> Rows:
    for number, _, is_open in numbered(people):
        if not is_open:
            on = due_of(number, False) + timedelta(days=number % 25 - 3)
            amount = 10_000 + number % 900_000
            yield {"claim_item_id": number, "source": "payment", "source_id": number, "amount": amount, "on": on}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(decided(Path(sys.argv[1]))))
