"""The end of a relation: a blocked customer at intake, and the file for the court."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest

from flows.cli import NO, UNUSABLE, run
from flows.court_file import court_language
from flows.take_in import TakenIn
from receivables.dossier import verify
from receivables.ladder import Intake
from tests.connectors.exports import document
from tests.flows.house import MONDAY, After, House

Captured = pytest.CaptureFixture[str]
WHY = ["--by", "Nadia Willems", "--reason", "two write-offs in a year"]


@pytest.fixture
def known(after: After) -> House:
    return after(become_known)


def become_known(house: House) -> None:
    """One invoice, delivered, late and reminded."""
    house.take_in(document(due="2026-02-02", delivery={"date": "2026-01-05"}))
    for day in (MONDAY + timedelta(days=1), date(2026, 2, 9), date(2026, 2, 10)):
        house.go_to(day)
        house.play_day()


def command(house: House, *words: str) -> int:
    return run([*words, "--root", str(house.root), "--on", str(house.today)])


def second(house: House, **changes: object) -> TakenIn:
    new = {"number": "2026-8", "issued": str(house.today), "due": "2026-03-18"} | changes
    return house.take_in(document(**new), name="second.json")


class TestBlock:
    def test_a_new_invoice_is_taken_in_flagged_and_a_task(self, known: House) -> None:
        assert command(known, "block", "C-1", *WHY) == 0
        taken = second(known)
        assert taken.count("taken_in") == 1
        assert any("No more is sold to C-1 on account since 2026-02-10" in flag for flag in taken.rows[0].flags)
        assert ["2026-8: No more" in text for text in known.tasks("blocked")] == [True]

    def test_the_policy_may_refuse_it(self, known: House) -> None:
        policy = known.workspace.policy.model_copy(update={"intake": Intake(blocked="refuse")})
        object.__setattr__(known.workspace, "policy", policy)
        assert command(known, "block", "C-1", *WHY) == 0
        taken = second(known)
        assert taken.count("refused") == 1 and "voldaan unblock C-1" in taken.rows[0].sentence
        credit = second(
            known, kind="credit_note", due=None, original_invoice={"number": "2026-7", "issued": "2026-01-05"}
        )
        assert credit.count("taken_in") == 1, "a credit note always comes in"
        assert command(known, "unblock", "C-1", "--by", "Nadia") == 0
        assert second(known, number="2026-9").count("taken_in") == 1

    def test_the_erp_can_ask_who_is_blocked(self, known: House, capsys: Captured) -> None:
        assert command(known, "block", "C-1", *WHY) == 0 and command(known, "block", "C-1", *WHY) == NO
        capsys.readouterr()
        assert run(["blocked", "--root", str(known.root), "--format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["debtor"], told["reason"], told["since"]) == ("C-1", WHY[-1], "2026-02-10")
        assert (
            command(known, "unblock", "C-1", "--by", "N") == 0 and command(known, "unblock", "C-1", "--by", "N") == NO
        )
        assert [row.facts for row in known.journal("debtor.blocked")] == [{}], "no name stands in the journal"

    def test_the_erp_is_told_to_stop_deliveries_and_to_go_on(self, known: House) -> None:
        assert command(known, "block", "C-1", *WHY) == 0
        known.play_day()
        known.play_day()
        assert command(known, "unblock", "C-1", "--by", "Nadia") == 0
        known.go_to(known.today + timedelta(days=1))
        known.play_day()
        signals = [one for one in known.dispatches() if one.channel == "erp"]
        assert [(one.details["action"], one.details["reasons"]) for one in signals] == [
            ("stop", ["blocked"]),
            ("release", []),
        ]
        assert {one.state for one in signals} == {"delivered"}

    def test_an_unknown_customer_is_said_so(self, known: House, capsys: Captured) -> None:
        assert command(known, "block", "X-1", *WHY) == UNUSABLE
        assert "no debtor X-1" in capsys.readouterr().err

    def test_a_new_invoice_for_an_insolvent_customer_is_flagged(self, known: House) -> None:
        hit = ["--result", "insolvent", "--reference", "RegSol 1", "--by", "Nadia"]
        assert command(known, "insolvency", "note", "C-1", *hit) == 0
        assert any("is insolvent since 2026-02-10" in flag for flag in second(known).rows[0].flags)


@pytest.mark.parametrize(
    ("law", "debtor", "seller", "language"),
    [("NL", "fr", "nl", "nl"), ("BE", "fr", "nl", "fr"), ("BE", "de", "nl", "de"), ("BE", "en", "fr", "fr")],
)
def test_a_court_works_in_its_own_language(law: str, debtor: str, seller: str, language: str) -> None:
    assert court_language(law, debtor, seller) == language


def test_the_court_file_numbers_its_exhibits_in_order_of_time(known: House, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "court.zip"
    command(known, "court-file", "2026-7", "--out", str(out), "--language", "fr", "--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert [(e["number"], e["on"]) for e in told["exhibits"]] == [(1, "2026-01-05"), (2, "2026-02-09")]
    assert verify(out.read_bytes()).ok
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        names = archive.namelist()
        for exhibit in told["exhibits"]:
            assert exhibit["file"] in names
        sheets = pypdfium2.PdfDocument(archive.read("inventory.pdf"))
        assert archive.read("exhibits/01-2026-7.pdf") == archive.read("invoices/2026-7.pdf")
    said = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in sheets)
    assert "Inventaire des pièces" in said and "Facture 2026-7" in said and "exhibits/01-2026-7.pdf" in said


def test_a_court_file_of_what_is_paid_is_refused(known: House, tmp_path: Path, capsys: Captured) -> None:
    known.go_to(known.today + timedelta(days=1))
    known.pay("242.00", reference=known.reference())
    known.play_day()
    assert command(known, "court-file", "2026-7", "--out", str(tmp_path / "x.zip")) == UNUSABLE
    assert "nothing is open on 2026-7" in capsys.readouterr().err and not (tmp_path / "x.zip").exists()
