"""`voldaan evidence`: all that proves what was sent for one invoice, listed and taken out as files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from connectors.peppol.as_sent import AS_SENT, difference
from flows.files import write_answer
from flows.workspace import Workspace
from receivables.dossier import MANIFEST, archive_name, packed
from receivables.ledger import journal, lookup
from receivables.ledger.database import reading
from receivables.ledger.proofs import Sent, sent_for
from receivables.ledger.store import Store

OURS = "what we gave to the partner, byte for byte"
SUFFIXES = {
    "application/json": ".json",
    "application/xml": ".xml",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "text/csv": ".csv",
    "text/xml": ".xml",
}
DOCUMENTS = {"peppol": "application/xml", "to_route": "application/xml", "email": "message/rfc822"}
DOCUMENTS |= {"agency": "application/zip", "insurer": "application/json", "post": "application/pdf"}
SAID = {
    "same_bytes": "the same bytes as ours",
    "same_document": "the same document as ours, written in other bytes",
}


class NotEmpty(ValueError):
    """The place for the files holds something already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of evidence; `proves` says what it does."""

    message: str  # what was sent: the invoice, a reminder, a hand-over
    channel: str
    at: datetime
    kind: str
    proves: str
    mime: str
    bytes: int
    sha256: str
    file: str  # its name when it is taken out


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that was sent, its proofs in order of arrival, the exact bytes first."""

    sent: Sent
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The evidence of one invoice, and what the journal says of it all."""

    seller: str
    number: str
    messages: tuple[Message, ...]
    entries: tuple[journal.Entry, ...]


def evidence_of(workspace: Workspace, number: str, seller: str | None = None) -> Bundle:
    """Everything that is kept about document `number`. Raises NotFound, and Missing or Corrupt for lost bytes."""
    with reading(workspace.engine) as connection:
        found = lookup.invoice(connection, number, seller)
        sent = sent_for(connection, found.id)
        entries = entries_of(connection, found.seller, number, sent)
    messages = tuple(
        Message(one, tuple(items_of(workspace.store, one, place))) for place, one in enumerate(sent, start=1)
    )
    return Bundle(found.seller, number, messages, entries)


def entries_of(connection: Connection, seller: str, number: str, sent: Sequence[Sent]) -> tuple[journal.Entry, ...]:
    subjects = [journal.about_dispatch(one.dispatch.id) for one in sent]
    return tuple(journal.entries_about(connection, journal.about_invoice(seller, number), *subjects))


def items_of(store: Store, sent: Sent, place: int) -> Iterator[Item]:
    """The exact bytes first, then every proof in order of arrival."""
    ours = store.get(sent.dispatch.content)
    mime = DOCUMENTS.get(sent.dispatch.channel, "application/octet-stream")
    yield item(sent, place, 0, "document", OURS, mime, ours, sent.planned_at)
    for order, proof in enumerate(sent.proofs, start=1):
        content = store.get(proof.content)
        proves = proof.level
        if proof.kind == AS_SENT:
            said = SAID.get(sent.as_sent or "") or f"differs from ours: {difference(ours, content)}"
            proves = f"{proves}; {said}"
        yield item(sent, place, order, proof.kind, proves, proof.mime, content, proof.at)


def item(sent: Sent, place: int, order: int, kind: str, proves: str, mime: str, content: bytes, at: datetime) -> Item:
    folder = archive_name(f"{place:02}-{sent.label}", "")
    name = archive_name(f"{order:02}-{kind}", SUFFIXES.get(mime, ".txt" if mime.startswith("text/") else ".bin"))
    return Item(
        message=sent.label,
        channel=sent.dispatch.channel,
        at=at,
        kind=kind,
        proves=proves,
        mime=mime,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        file=f"{folder}/{name}",
    )


def lines(bundle: Bundle) -> list[str]:
    """For a person: what was sent, the names it has elsewhere, and what each item proves."""
    told = [f"{bundle.number} of {bundle.seller}"]
    for message in bundle.messages:
        told += ["", f"{message.sent.label}: {message.sent.dispatch.state}"]
        told += [f"  {name:<16}  {value}" for name, value in message.sent.ids.items()]
        told += [
            f"  {one.at:%Y-%m-%d %H:%M}  {one.kind:<20}  {one.bytes:>8}  {one.sha256[:12]}  {one.proves}"
            for one in message.items
        ]
    return told


def as_dicts(bundle: Bundle) -> Iterator[dict[str, object]]:
    """One object per item."""
    for message in bundle.messages:
        state, ids = message.sent.dispatch.state.value, dict(message.sent.ids)
        for one in message.items:
            shown = asdict(one) | {"at": one.at.isoformat(), "state": state, "ids": ids}
            yield {"seller": bundle.seller, "number": bundle.number, **shown}


def take_out(workspace: Workspace, bundle: Bundle, out: Path) -> int:
    """Writes every item, an index, the journal's entries and SHA256SUMS to `out`, a new folder or a .zip; how many.

    Raises NotEmpty where something is there already.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise NotEmpty(f"{out} is there already; name a new folder or file")
    contents = files_of(workspace.store, bundle)
    if out.suffix.lower() == ".zip":
        out.parent.mkdir(parents=True, exist_ok=True)
        write_answer(out, packed(contents))
    else:
        for name, content in contents.items():
            write_answer(out / name, content)
    return len(contents)


def files_of(store: Store, bundle: Bundle) -> dict[str, bytes]:
    contents = {one.file: store.get(one.sha256) for message in bundle.messages for one in message.items}
    index = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in as_dicts(bundle))
    contents["index.jsonl"] = index.encode()
    contents["journal.jsonl"] = "".join(entry_line(entry) for entry in bundle.entries).encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(contents.items()))
    return contents | {MANIFEST: sums.encode()}


def entry_line(entry: journal.Entry) -> str:
    shown = {name: value for name, value in asdict(entry).items() if name not in ("at", "on")}
    return json.dumps({"at": entry.at.isoformat(), "on": entry.on.isoformat(), **shown}, ensure_ascii=False) + "\n"
