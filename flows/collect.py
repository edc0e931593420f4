"""Collects by direct debit: chooses what is due, writes the file for the bank once, and says why the rest waits."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from connectors.bank.direct_debit import Creditor, Debit, batch_id, message
from flows.files import write_answer
from flows.take_in import RETURNED_WITHIN
from flows.workspace import Workspace
from receivables.calendar import add_bank_days
from receivables.ledger import claim_data
from receivables.ledger.database import writing
from receivables.ledger.mandates import Candidate, NewCollection, attempts, candidates, files_of, keep_collections
from receivables.mandates import collection_day, sequence, unusable
from receivables.money import to_minor

AHEAD = 5  # bank days before the collection that it is handed in at most: a payment or credit note may still come


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invoice that is not collected today, and why."""

    number: str
    why: str


@dataclass(slots=True)
class Collected:
    """What one run wrote: the files of the day, the collections new in them, and what waits."""

    on: date
    files: list[Path] = field(default_factory=list)
    new: list[NewCollection] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        new = [
            {
                "number": one.number,
                "amount": f"{one.amount / 100:.2f}",
                "collected": one.collected,
                "sequence": one.sequence,
                "end_to_end": one.end_to_end,
            }
            for one in self.new
        ]
        waiting = [{"number": one.number, "why": one.why} for one in self.waiting]
        return {"on": self.on, "files": [str(path) for path in self.files], "collected": new, "waiting": waiting}

    @property
    def text(self) -> str:
        lines = [f"{path}" for path in self.files]
        lines += [f"{c.number}: {c.amount / 100:.2f} on {c.collected}, {c.sequence}" for c in self.new]
        lines += [f"{one.number} waits: {one.why}" for one in self.waiting]
        return "\n".join(lines) or f"Nothing is to be collected on {self.on}."


def collect(workspace: Workspace, on: date, out: Path) -> Collected:
    """Writes into `out` every direct-debit file of `on`. The same day again collects nothing twice and writes the same
    files. Raises BadCollection.
    """
    done = Collected(on)
    for seller in workspace.settings.sellers:
        with writing(workspace.engine) as connection:
            ready = []
            for one in candidates(connection, seller.ref, on):
                day, why = when(one, on)
                if why is None and day is not None:
                    ready.append((one, day))
                else:
                    done.waiting.append(Waiting(one.invoice.number, why or f"to be collected on {day}"))
            ready.sort(key=lambda pair: group_of(pair[0]))
            for (creditor_id, scheme), group in groupby(ready, key=lambda pair: group_of(pair[0])):
                done.new += submit(connection, workspace, seller.ref, creditor_id, scheme, list(group), on)
    out.mkdir(parents=True, exist_ok=True)
    with writing(workspace.engine) as connection:
        for name, blob in sorted(files_of(connection, on).items()):
            path = out / f"{name}.xml"
            write_answer(path, workspace.store.get(blob))
            done.files.append(path)
    return done


def group_of(one: Candidate) -> tuple[str, str]:
    """One message for each creditor identifier and scheme."""
    return one.mandate.creditor_id, one.mandate.scheme


def when(one: Candidate, on: date) -> tuple[date | None, str | None]:
    """The day of collection, or why there is none yet."""
    if why := unusable(one.mandate, on):
        return None, why
    if one.invoice.currency != "EUR":
        return None, f"SEPA direct debit collects euros, not {one.invoice.currency}"
    if one.invoice.notified is None:
        return None, "the invoice, which announces the collection, has not left yet"
    day = collection_day(one.mandate, one.invoice, on)
    return day, f"to be collected on {day}" if day > add_bank_days(on, AHEAD) else None


def submit(
    connection: Connection,
    workspace: Workspace,
    seller: str,
    creditor_id: str,
    scheme: str,
    group: list[tuple[Candidate, date]],
    on: date,
) -> list[NewCollection]:
    """Bytes first, then the rows that say so, in the transaction of the caller."""
    ids = {one.invoice.invoice_id: end_to_end(connection, one) for one, _ in group}
    digest = hashlib.sha256("\n".join(sorted(ids.values())).encode()).hexdigest()[:10]
    name = f"DD{on:%y%m%d}-{digest}"
    at = workspace.now()
    types = sequences(group)
    new = [
        NewCollection(
            mandate_id=one.mandate.id,
            invoice_id=one.invoice.invoice_id,
            seller=seller,
            number=one.invoice.number,
            batch=batch_id(name, types[one.invoice.invoice_id], day),
            end_to_end=ids[one.invoice.invoice_id],
            amount=to_minor(one.invoice.open, one.invoice.currency),
            sequence=types[one.invoice.invoice_id],
            collected=day,
        )
        for one, day in group
    ]
    debits = [debit_of(one, collection) for (one, _), collection in zip(group, new, strict=True)]
    content = message(creditor_of(connection, workspace, seller, creditor_id), scheme, debits, id=name, at=at)
    held = {one.invoice_id: one.collected + RETURNED_WITHIN for one in new}
    keep_collections(connection, new, name, workspace.store.put(content), held, on=on, at=at)
    return new


def sequences(group: list[tuple[Candidate, date]]) -> dict[int, str]:
    """The sequence type of each collection: of a new mandate only the first in the file is the first."""
    found: dict[int, str] = {}
    begun: set[int] = set()
    for one, day in sorted(group, key=lambda pair: (pair[1], pair[0].invoice.invoice_id)):
        kind = sequence(one.mandate, day)
        if kind == "FRST" and one.mandate.id in begun:
            kind = "RCUR"
        begun.add(one.mandate.id)
        found[one.invoice.invoice_id] = kind
    return found


def end_to_end(connection: Connection, one: Candidate) -> str:
    """An id that no other collection has, and that people recognise: number, our id, which attempt it is."""
    number = re.sub(r"[^A-Za-z0-9-]", "-", one.invoice.number)[:20]
    return f"{number}-{one.invoice.invoice_id}-{attempts(connection, one.invoice.invoice_id) + 1}"


def debit_of(one: Candidate, collection: NewCollection) -> Debit:
    assert one.mandate.signed is not None and one.mandate.iban is not None
    return Debit(
        end_to_end=collection.end_to_end,
        cents=collection.amount,
        sequence=collection.sequence,
        collected=collection.collected,
        mandate=one.mandate.reference,
        signed=one.mandate.signed,
        name=one.debtor_name,
        iban=one.mandate.iban,
        address=one.details.get("address") or {},
        text=f"{one.invoice.number} {collection.end_to_end}",
    )


def creditor_of(connection: Connection, workspace: Workspace, seller: str, creditor_id: str) -> Creditor:
    known = claim_data.seller(connection, seller)
    account = known.details.get("iban") or workspace.settings.seller(seller).accounts[0]
    return Creditor(
        name=known.name, iban=str(account), creditor_id=creditor_id, address=known.details.get("address") or {}
    )
