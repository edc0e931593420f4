"""The Peppol network of the sandbox: who can receive what, and all that was sent over it, by whichever access point."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from lxml import etree

from connectors.sandbox.answers import Says, answer
from connectors.sandbox.registration import Registered
from connectors.sandbox.state import State, next_number, receive, safe_name, show

BILLING = "##urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f"{UBL}Invoice-2::Invoice{BILLING}"
CREDIT_NOTE = f"{UBL}CreditNote-2::CreditNote{BILLING}"
SCHEME = "busdox-docid-qns::"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A receiver on the sandbox network. `id` is 'scheme:id'; days are counted from the day of sending."""

    id: str
    document_types: tuple[str, ...] = (INVOICE, CREDIT_NOTE)
    delivered_after: int = 0
    fails_after: int | None = None  # a late rejection: under way until then, failed from then on
    never: bool = False  # stays under way
    mailed: bool = False  # registered by its government only: what is sent there ends as a PDF in a mail
    rewritten: bool = False  # the access point sends a UBL of its own making
    answers: tuple[Says, ...] = ()  # what it says of every invoice that it got
    registered: Registered = "properly"  # how the network's directory and SMP speak of it


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a document today, how many days after it was sent, and why where it failed."""

    word: Literal["under_way", "delivered", "failed"]
    after: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One document on the network. `id` is the access point's own, `facts` is what its API shows beside these."""

    id: str
    account: str
    number: str
    sender: str
    receiver: str
    document_type: str
    ubl: bytes
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Network:
    """Every access point of the sandbox sends over it. `out` shows what was sent: `peppol/<number>.xml`, an index."""

    state: State
    out: Path
    participants: Mapping[str, Participant]

    def take(self, db: sqlite3.Connection, partner: str, sent: Sent) -> int:
        """Within the transaction: `partner` puts `sent` on the network. Its number in the order of sending."""
        today = self.state.today()
        path = _path(db, sent.number, sent.sender)
        seq = next_number(db, "receipt")
        receive(db, partner, f"{sent.sender} {sent.number}", sent.id, today, path)
        db.execute(
            "insert into transmission (id, seq, partner, account, number, sender, receiver, document_type, ubl, facts,"
            " sent_on, path) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sent.id,
                seq,
                partner,
                sent.account,
                sent.number,
                sent.sender,
                sent.receiver,
                sent.document_type.removeprefix(SCHEME),
                sent.ubl,
                json.dumps(dict(sent.facts)),
                today.isoformat(),
                path,
            ),
        )
        return seq

    def show(self, partner: str, identity: str) -> None:
        """Once the transaction is done: lay the document in the folder."""
        if row := self.find(partner, identity):
            self._keep(row)

    def find(self, partner: str, identity: str) -> sqlite3.Row | None:
        return self.state.row("select * from transmission where partner = ? and id = ?", partner, identity)

    def sent_by(self, partner: str, account: str) -> list[sqlite3.Row]:
        """Everything of this account, the newest first."""
        return self.state.rows(
            "select * from transmission where partner = ? and account = ? order by seq desc", partner, account
        )

    def fate(self, receiver: str, document_type: str, sent_on: date) -> Fate:
        """What has become today of a document sent on that day."""
        found = self.participants.get(receiver)
        if found is None or document_type.removeprefix(SCHEME) not in found.document_types:
            return Fate("failed", 0, "Receiver is not registered for this document")
        days = (self.state.today() - sent_on).days
        if found.fails_after is not None and not found.never and days >= found.fails_after:
            return Fate("failed", found.fails_after, "Rejected by the receiver's access point")
        if found.never or found.fails_after is not None or days < found.delivered_after:
            return Fate("under_way")
        return Fate("delivered", found.delivered_after)

    def fate_of(self, row: sqlite3.Row) -> Fate:
        """`fate` of a row of `find` or `sent_by`."""
        return self.fate(row["receiver"], row["document_type"], date.fromisoformat(row["sent_on"]))

    def as_sent(self, row: sqlite3.Row) -> bytes:
        """The bytes that the access point put on the network."""
        found = self.participants.get(row["receiver"])
        return _rewritten(row["ubl"]) if found is not None and found.rewritten else bytes(row["ubl"])

    def news(self, db: sqlite3.Connection, partner: str) -> Iterator[tuple[sqlite3.Row, Fate]]:
        """Documents of `partner` that came to an end since the last time somebody asked for news."""
        for row in db.execute("select * from transmission where partner = ? order by seq", (partner,)).fetchall():
            fate = self.fate_of(row)
            if fate.word != "under_way" and fate.word != row["announced"]:
                db.execute("update transmission set announced = ? where seq = ?", (fate.word, row["seq"]))
                yield row, fate

    def answer(self) -> None:
        """Every buyer that has something to say by today says it, once."""
        for row in self.state.rows("select * from transmission where document_type = ? order by seq", INVOICE):
            fate = self.fate_of(row)
            buyer = self.participants.get(row["receiver"])
            if buyer is None or fate.word != "delivered":
                continue
            for says in buyer.answers:
                said_on = date.fromisoformat(row["sent_on"]) + timedelta(days=fate.after + says.after)
                if said_on <= self.state.today():
                    self._say(row, says, said_on)

    def _say(self, row: sqlite3.Row, says: Says, on: date) -> None:
        document = answer(
            row["number"],
            says.code,
            sender=row["receiver"],
            receiver=row["sender"],
            issued=on,
            reasons=says.reasons,
            words=says.words,
        )
        known = "select 1 from arrival where partner = ? and receiver = ? and document = ?"
        if self.state.row(known, row["partner"], row["sender"], document) is None:
            self.arrive(row["partner"], document, row["receiver"], row["sender"])

    def arrive(self, partner: str, document: bytes, sender: str, receiver: str) -> str:
        """The network brings `partner` a document: an Invoice Response, an MLS, an invoice. Its id there."""
        with self.state.write() as db:
            seq = next_number(db, "arrival")
            identity = str(uuid5(NAMESPACE_OID, f"{partner} {seq}"))
            db.execute(
                "insert into arrival (seq, partner, id, sender, receiver, document, arrived_on)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (seq, partner, identity, sender, receiver, document, self.state.today().isoformat()),
            )
        return identity

    def inbox(self, partner: str) -> list[sqlite3.Row]:
        """What arrived at `partner` and was not confirmed, in order."""
        return self.state.rows("select * from arrival where partner = ? and confirmed = 0 order by seq", partner)

    def arrival(self, partner: str, identity: str) -> sqlite3.Row | None:
        return self.state.row("select * from arrival where partner = ? and id = ?", partner, identity)

    def confirm(self, partner: str, identity: str) -> None:
        with self.state.write() as db:
            db.execute("update arrival set confirmed = 1 where partner = ? and id = ?", (partner, identity))

    def arrivals(self, db: sqlite3.Connection, partner: str) -> Iterator[sqlite3.Row]:
        """What arrived since the last time somebody asked."""
        found = db.execute("select * from arrival where partner = ? and announced = 0 order by seq", (partner,))
        for row in found.fetchall():
            db.execute("update arrival set announced = 1 where seq = ?", (row["seq"],))
            yield row

    def repair(self) -> None:
        """After a stop at any line: everything that was sent stands in the folder again."""
        (self.out / "peppol" / "index.jsonl").unlink(missing_ok=True)
        for row in self.state.rows("select * from transmission order by seq"):
            self._keep(row)

    def _keep(self, row: sqlite3.Row) -> None:
        target = self.out / row["path"]
        show(target, row["ubl"])
        line = {
            "number": row["number"],
            "id": row["id"],
            "sender": row["sender"],
            "receiver": row["receiver"],
            "sent_on": row["sent_on"],
            "sha256": hashlib.sha256(row["ubl"]).hexdigest(),
            "file": target.name,
        }
        with (target.parent / "index.jsonl").open("a", encoding="utf-8") as index:
            index.write(json.dumps(line, ensure_ascii=False) + "\n")


def _rewritten(ubl: bytes) -> bytes:
    """The same invoice as another hand writes it: laid out anew, without what that hand thinks superfluous."""
    root = etree.fromstring(ubl, etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True))
    for note in root.findall("{*}Note") + root.findall("{*}DueDate"):
        root.remove(note)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")


def clock(on: date, seq: int) -> datetime:
    """A time within the sandbox day that only the order of events decides."""
    return datetime.combine(on, time(8), UTC) + timedelta(seconds=seq)


def _path(db: sqlite3.Connection, number: str, sender: str) -> str:
    """`peppol/<number>.xml`; another sender's same number and a second receipt get names of their own."""
    name = safe_name(number)
    own = f"{name}@{safe_name(sender)}"
    for candidate in (name, own, *(f"{own}.{n}" for n in range(2, 99))):
        path = f"peppol/{candidate}.xml"
        if not db.execute("select 1 from transmission where path = ?", (path,)).fetchone():
            return path
    raise OSError(f"the sandbox holds 99 documents {number} of {sender}")
