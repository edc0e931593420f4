"""What proves an invoice: listed with what each item proves, taken out, and every way of tampering found and named."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.ports import Proof
from flows.cli import run
from receivables.ledger import journal, tables
from receivables.ledger.database import reading, writing
from receivables.ledger.verify import Verdict, verify_all
from tests.connectors.exports import document
from tests.flows.house import House

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def sent(house: House) -> House:
    return send(house)


def send(house: House) -> House:
    """An invoice that was delivered by Peppol, with all its evidence, sealed."""
    house.take_in(document())
    house.send()
    journal.seal(house.workspace.engine)
    return house


@pytest.fixture(scope="module")
def long_ago(kept_house: House) -> House:
    """The same, and the ladder after it."""
    send(kept_house).play_to(date(2026, 3, 20))
    return kept_house


def listed(house: House, capsys: Captured, *options: str) -> list[dict[str, Any]]:
    assert run(["evidence", "2026-7", "--root", str(house.root), "--format", "json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def verified(house: House) -> Verdict:
    with reading(house.workspace.engine) as connection:
        return verify_all(connection, house.workspace.store)


class TestListing:
    def test_every_kind_of_proof_with_what_it_proves(self, sent: House, capsys: Captured) -> None:
        proves = {item["kind"]: item["proves"] for item in listed(sent, capsys)}
        assert proves["document"] == "what we gave to the partner, byte for byte"
        assert proves["validation"].startswith("valid by our own check against EN 16931 UBL 1.3.16")
        assert proves["peppol_send"] == "accepted by the access point"
        assert "buyer's access point" in proves["peppol_state"]
        assert "the same bytes as ours" in proves["peppol_as_sent"]
        assert {"peppol_lookup", "exchange", "peppol_timeline"} <= proves.keys()

    def test_the_names_that_the_partner_gave(self, sent: House, capsys: Captured) -> None:
        assert listed(sent, capsys)[0]["ids"] == {"document": sent.dispatch().partner_id}

    def test_for_a_person(self, sent: House, capsys: Captured) -> None:
        assert run(["evidence", "2026-7", "--root", str(sent.root)]) == 0
        told = capsys.readouterr().out
        assert told.startswith("2026-7 of ") and "invoice by peppol: delivered" in told

    def test_a_reminder_is_part_of_it(self, long_ago: House, capsys: Captured) -> None:
        messages = {item["message"] for item in listed(long_ago, capsys)}
        assert {"invoice by peppol", "reminder by email"} <= messages

    def test_what_the_partner_rewrote_is_said(
        self, house: House, monkeypatch: pytest.MonkeyPatch, capsys: Captured
    ) -> None:
        truly = EInvoiceBe.evidence

        def rewritten(provider: EInvoiceBe, partner_id: str) -> tuple[Proof, ...]:
            return tuple(
                replace(proof, content=proof.content.replace(b"2026-7", b"2026-8"))
                if proof.kind == "peppol_as_sent"
                else proof
                for proof in truly(provider, partner_id)
            )

        monkeypatch.setattr(EInvoiceBe, "evidence", rewritten)
        house.take_in(document())
        house.send()
        (as_sent,) = [item for item in listed(house, capsys) if item["kind"] == "peppol_as_sent"]
        assert "differs from ours: /Invoice/ID[1]: ours is '2026-7', theirs is '2026-8'" in as_sent["proves"]

    def test_an_invoice_that_is_not_there(self, sent: House, capsys: Captured) -> None:
        assert run(["evidence", "2026-99", "--root", str(sent.root)]) == 2
        assert "no invoice 2026-99" in capsys.readouterr().err


class TestTakingOut:
    def test_a_folder_that_sha256sum_checks(self, sent: House, tmp_path: Path, capsys: Captured) -> None:
        out = tmp_path / "taken" / "out"
        items = listed(sent, capsys, "--out", str(out))
        subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=out, check=True, capture_output=True)
        for item in items:
            assert hashlib.sha256((out / item["file"]).read_bytes()).hexdigest() == item["sha256"]
        entries = [json.loads(line) for line in (out / "journal.jsonl").read_text().splitlines()]
        assert {"dispatch.planned", "dispatch.evidence", "dispatch.delivered"} <= {entry["kind"] for entry in entries}

    def test_a_zip_holds_the_same(self, sent: House, tmp_path: Path, capsys: Captured) -> None:
        items = listed(sent, capsys, "--out", str(tmp_path / "2026-7.zip"))
        with zipfile.ZipFile(tmp_path / "2026-7.zip") as archive:
            assert set(archive.namelist()) == {i["file"] for i in items} | {
                "index.jsonl",
                "journal.jsonl",
                "SHA256SUMS",
            }

    def test_nothing_is_overwritten(self, sent: House, tmp_path: Path, capsys: Captured) -> None:
        (tmp_path / "mine.zip").write_bytes(b"mine")
        assert run(["evidence", "2026-7", "--root", str(sent.root), "--out", str(tmp_path / "mine.zip")]) == 2
        assert run(["evidence", "2026-7", "--root", str(sent.root), "--out", str(tmp_path)]) == 2
        assert (tmp_path / "mine.zip").read_bytes() == b"mine"

    def test_a_kind_is_never_a_path(self, sent: House, tmp_path: Path, capsys: Captured) -> None:
        with writing(sent.workspace.engine) as connection:
            connection.execute(update(tables.evidence).values(kind="../../etc/x"))
        listed(sent, capsys, "--out", str(tmp_path / "out"))
        assert {path.name for path in tmp_path.iterdir()} == {"out", "house"}
        names = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*")]
        assert all(len(name.parts) <= 2 for name in names)


def row_of(house: House, kind: str) -> Any:
    return house.rows(tables.evidence, tables.evidence.c.kind == kind)[0]


def change_level(house: House) -> None:
    with writing(house.workspace.engine) as connection:
        where = tables.evidence.c.kind == "peppol_send"
        connection.execute(update(tables.evidence).where(where).values(level="received by the buyer"))


def add_row(house: House) -> None:
    content = house.workspace.store.put(b"we have your invoice, signed: the buyer")
    row = {"dispatch_id": 1, "kind": "receipt", "level": "answered by the buyer", "content": content}
    with writing(house.workspace.engine) as connection:
        connection.execute(insert(tables.evidence).values(**row, mime="text/plain", at=house.clock()))


def remove_row(house: House) -> None:
    with writing(house.workspace.engine) as connection:
        connection.execute(delete(tables.evidence).where(tables.evidence.c.kind == "peppol_send"))


def remove_dispatch(house: House) -> None:
    with writing(house.workspace.engine) as connection:
        connection.execute(delete(tables.evidence))
        connection.execute(delete(tables.dispatches))


def change_document(house: House) -> None:
    content = house.workspace.store.put(b"<another/>")
    with writing(house.workspace.engine) as connection:
        connection.execute(update(tables.dispatches).values(content=content))


def blob(house: House, content: str) -> Path:
    return house.root / "store" / content[:2] / content[2:]


def change_blob(house: House) -> None:
    blob(house, row_of(house, "peppol_send").content).write_bytes(b"changed")


def lose_blob(house: House) -> None:
    blob(house, row_of(house, "peppol_send").content).unlink()


def change_document_bytes(house: House) -> None:
    blob(house, house.dispatch().content).write_bytes(b"changed")


def change_entry(house: House) -> None:
    with writing(house.workspace.engine) as connection:
        where = tables.journal.c.kind == "dispatch.evidence"
        first = connection.scalar(select(tables.journal.c.id).where(where).limit(1))
        changed = update(tables.journal).where(tables.journal.c.id == first)
        connection.execute(changed.values(facts={"dispatch": 1, "proofs": []}))


def remove_entry(house: House) -> None:
    with writing(house.workspace.engine) as connection:
        connection.execute(delete(tables.journal).where(tables.journal.c.kind == "dispatch.submitted"))


Tamper = Callable[[House], None]
TAMPERING: list[tuple[Tamper, str]] = [
    (change_entry, "does not fit its hash"),
    (remove_entry, "is missing: the next one kept is"),
    (change_blob, "the bytes under"),
    (lose_blob, "holds nothing under"),
    (change_document_bytes, "the document of invoice 2026-7 (1) cannot be shown"),
    (add_row, "a receipt said to prove 'answered by the buyer', is covered by no entry"),
    (change_level, "a peppol_send said to prove 'received by the buyer', is covered by no entry"),
    (remove_row, "a peppol_send of invoice 2026-7 (1) that entry"),
    (remove_dispatch, "dispatch:1 of entry 4 was removed with all its proofs"),
    (change_document, "what invoice 2026-7 (1) sends is not what was planned"),
]


class TestVerifying:
    def test_what_is_as_it_was(self, sent: House, capsys: Captured) -> None:
        verdict = verified(sent)
        rows = len(sent.rows(tables.evidence))
        assert (verdict.ok, verdict.evidence, verdict.problems) == (True, rows + 1, ())
        assert run(["journal", "verify", "--root", str(sent.root)]) == 0
        assert f"entries holds; {rows + 1} proofs are as they were" in capsys.readouterr().out

    @pytest.mark.parametrize(("tamper", "named"), TAMPERING, ids=[tamper.__name__ for tamper, _ in TAMPERING])
    def test_every_kind_of_tampering_is_found_and_named(
        self, sent: House, tamper: Tamper, named: str, capsys: Captured
    ) -> None:
        tamper(sent)
        assert not verified(sent).ok
        assert run(["journal", "verify", "--root", str(sent.root)]) == 1
        assert named in capsys.readouterr().out

    def test_every_problem_is_told(self, sent: House, capsys: Captured) -> None:
        add_row(sent)
        lose_blob(sent)
        assert run(["journal", "verify", "--root", str(sent.root), "--format", "json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert (told["ok"], len(told["problems"])) == (False, 2)

    def test_the_chain_covers_every_row_of_a_long_story(self, long_ago: House) -> None:
        assert verified(long_ago).ok
        assert verified(long_ago).evidence > 20
