"""What the twins remember: one SQLite file that a power cut or a SIGKILL does not shorten."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

TABLES = """
create table if not exists setting (name text primary key, value text not null);
create table if not exists receipt (
    seq integer primary key, partner text not null, key text not null, reference text not null,
    taken_on text not null, path text not null);
create table if not exists fault_hit (fault integer primary key, count integer not null);
create table if not exists document (
    id text primary key, seq integer not null, account text not null, number text not null, ubl blob not null,
    fields text not null, created_at text not null, sender text, receiver text, sent_on text, sent_at text);
create table if not exists transmission (
    seq integer primary key, partner text not null, id text not null, account text not null, number text not null,
    sender text not null, receiver text not null, document_type text not null, ubl blob not null, facts text not null,
    sent_on text not null, path text not null unique, announced text not null default '', unique (partner, id));
create table if not exists arrival (
    seq integer primary key, partner text not null, id text not null, sender text not null, receiver text not null,
    document blob not null, arrived_on text not null, announced integer not null default 0,
    confirmed integer not null default 0, unique (partner, id));
create table if not exists webhook (
    id text primary key, partner text not null, account text not null, url text not null, events text not null,
    enabled integer not null, secret text not null);
create table if not exists webhook_event (
    id text primary key, webhook text not null, event text not null, body text not null, headers text not null,
    attempts integer not null default 0, status integer not null default 0);
create table if not exists queue (seq integer primary key, partner text not null, guid text not null,
    body text not null);
create table if not exists mail (
    seq integer primary key, message_id text not null, sender text not null, recipient text not null,
    name text not null, content blob not null, bounced integer not null, report blob, taken_on text);
create table if not exists claim (
    id text primary key, key text not null unique, reference text not null, amount text not null,
    currency text not null, sha256 text not null, filename text not null, content blob not null,
    taken_on text not null);
create table if not exists filing (
    id text primary key, seq integer not null, partner text not null, kind text not null, key text not null,
    sha256 text not null, body blob not null, taken_on text not null, unique (partner, key));
create table if not exists claim_update (
    id text primary key, claim text not null, key text not null unique, sha256 text not null, kind text not null,
    content blob not null, taken_on text not null);
create table if not exists partner_case (
    partner text not null, id text not null, key text not null, body text not null, taken_on text not null,
    unique (partner, id), unique (partner, key));
create table if not exists partner_item (
    partner text not null, claim text not null, kind text not null, name text not null, content blob not null);
create table if not exists account (iban text primary key, owner text not null, currency text not null,
    opening text not null, formats text not null);
create table if not exists payment (
    id text primary key, seq integer not null, iban text not null, booked text not null, fields text not null);
create table if not exists statement (
    iban text not null, day text not null, sequence integer not null, name text not null, content blob not null,
    primary key (iban, day));
"""
START = date(2026, 1, 1)


class State:
    """The twins' database. Every `write` is on the disk when its block ends; an answer is given only after that."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "sandbox.sqlite", check_same_thread=False, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(TABLES)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when the block ends, undone when it raises."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def close(self) -> None:
        self._db.close()

    def setting(self, name: str) -> str | None:
        row = self.row("select value from setting where name = ?", name)
        return str(row["value"]) if row else None

    def set(self, name: str, value: str) -> None:
        with self.write() as db:
            db.execute("insert or replace into setting values (?, ?)", (name, value))

    def today(self) -> date:
        """The sandbox's business date."""
        value = self.setting("date")
        return date.fromisoformat(value) if value else START


def receive(db: sqlite3.Connection, partner: str, key: str, reference: str, taken_on: date, path: str = "") -> None:
    """Count one thing that a partner received under `key`; the same key again is what 'twice' means."""
    db.execute(
        "insert into receipt (partner, key, reference, taken_on, path) values (?, ?, ?, ?, ?)",
        (partner, key, reference, taken_on.isoformat(), path),
    )


def next_number(db: sqlite3.Connection, table: str) -> int:
    """The number of the next row of `table`, which this transaction is about to insert."""
    return int(db.execute(f"select count(*) from {table}").fetchone()[0]) + 1  # noqa: S608 - names of our own


def safe_name(text: str) -> str:
    """`text` as part of a file name: no separators, no leading dot, never empty."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.@") else "_" for c in text)[:100].lstrip(".") or "_"


def show(path: Path, content: bytes) -> None:
    """Write a file that shows what the database holds, unless it stands there already: whole, or not at all."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)
