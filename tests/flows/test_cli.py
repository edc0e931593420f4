"""The command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from flows.cli import FINE, NO, UNUSABLE, USERS, run
from tests.connectors.exports import document, file, line

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """One good row and one that is refused."""
    path = tmp_path / "export.json"
    path.write_bytes(file(document(), document(number="2026-8", lines=[line(quantity="two")])))
    return path


@pytest.fixture
def invoice(export: Path, tmp_path: Path, capsys: Captured) -> Path:
    """A valid UBL invoice, as `build` makes it."""
    run(["build", str(export), "--out", str(tmp_path)])
    capsys.readouterr()
    return tmp_path / "ubl" / "2026-7.xml"


@pytest.fixture
def wrong_invoice(invoice: Path) -> Path:
    """The same with a total that is a cent off: BR-CO-15."""
    path = invoice.with_name("wrong.xml")
    path.write_bytes(
        invoice.read_bytes().replace(b">242.00</cbc:TaxInclusiveAmount>", b">242.01</cbc:TaxInclusiveAmount>")
    )
    return path


def lines(captured: Captured) -> list[dict[str, Any]]:
    """Standard output as JSON, one object a line; nothing on standard error."""
    out, err = captured.readouterr()
    assert err == ""
    return [json.loads(each) for each in out.splitlines()]


class TestValidate:
    def test_json_is_one_object_a_line_in_the_order_of_the_files(
        self, invoice: Path, wrong_invoice: Path, capsys: Captured
    ) -> None:
        assert run(["validate", str(invoice), str(wrong_invoice), "--format", "json"]) == NO

        good, bad = lines(capsys)
        assert good == {"file": str(invoice), "valid": True, "schema_valid": True, "findings": []}
        assert (bad["file"], bad["valid"], bad["schema_valid"]) == (str(wrong_invoice), False, True)
        assert "BR-CO-15" in [finding["rule"] for finding in bad["findings"]]
        assert all(set(each) == {"rule", "severity", "path", "term", "message", "fix"} for each in bad["findings"])

    def test_a_valid_file_is_fine(self, invoice: Path, capsys: Captured) -> None:
        assert run(["validate", str(invoice)]) == FINE
        assert capsys.readouterr().out == f"{invoice}: valid\n"

    def test_text_names_rule_and_place(self, wrong_invoice: Path, capsys: Captured) -> None:
        assert run(["validate", str(wrong_invoice)]) == NO
        out = capsys.readouterr().out
        assert out.startswith(f"{wrong_invoice}: not valid, ")
        assert "BR-CO-15" in out and "at /Invoice" in out

    def test_findings_are_told_in_dutch_too(self, wrong_invoice: Path, capsys: Captured) -> None:
        run(["validate", str(wrong_invoice), "--format", "json"])
        run(["validate", str(wrong_invoice), "--format", "json", "--lang", "nl"])
        english, dutch = lines(capsys)
        assert [each["rule"] for each in english["findings"]] == [each["rule"] for each in dutch["findings"]]
        assert english["findings"][0]["message"] != dutch["findings"][0]["message"]

    def test_many_files_are_checked_in_processes_and_answered_in_order(
        self, invoice: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("flows.checking.FEW", 2)
        copies = [invoice.with_name(f"{number}.xml") for number in range(9)]
        for copy in copies:
            copy.write_bytes(invoice.read_bytes())
        assert run(["validate", *map(str, copies), "--format", "json"]) == FINE
        assert [each["file"] for each in lines(capsys)] == [str(path) for path in copies]

    def test_a_file_that_cannot_be_judged_is_one_sentence_and_the_others_go_on(
        self, invoice: Path, tmp_path: Path, capsys: Captured
    ) -> None:
        bomb = tmp_path / "bomb.xml"
        bomb.write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')

        assert run(["validate", str(tmp_path / "none.xml"), str(bomb), str(invoice), "--format", "json"]) == UNUSABLE

        out, err = capsys.readouterr()
        answers = [json.loads(each) for each in out.splitlines()]
        assert [each["valid"] for each in answers] == [False, False, True]
        assert [each["findings"][0]["rule"] for each in answers[:2]] == ["unreadable", "unreadable"]
        missing, refused = err.splitlines()
        assert "none.xml: The file cannot be read: No such file" in missing
        assert "DOCTYPE" in refused


class TestBuild:
    def test_json_has_one_line_for_each_row(self, export: Path, tmp_path: Path, capsys: Captured) -> None:
        assert run(["build", str(export), "--out", str(tmp_path / "out"), "--format", "json"]) == NO

        good, bad = lines(capsys)
        assert set(good) == set(bad) == {"number", "ok", "ubl", "pdf", "findings"}
        assert (good["number"], good["ok"], bad["number"], bad["ok"]) == ("2026-7", True, "2026-8", False)
        assert Path(good["ubl"]).is_file() and Path(good["pdf"]).is_file()
        assert "'two'" in bad["findings"][0]["message"]

    def test_text_says_where_the_files_are_and_why_a_row_is_refused(
        self, export: Path, tmp_path: Path, capsys: Captured
    ) -> None:
        run(["build", str(export), "--out", str(tmp_path / "out")])
        good, bad, why = capsys.readouterr().out.splitlines()
        assert good.startswith("2026-7: ") and good.endswith("2026-7.pdf")
        assert bad == "2026-8: refused"
        assert "documents[1].lines[0].quantity" in why


SETTINGS = """
today = 2026-01-05

[mail]
host = "127.0.0.1"
security = "none"

[[seller]]
ref = "be"
accounts = ["BE68539007547034"]
sender = "Dekade <facturen@dekade.example>"
reply_to = "facturen@dekade.example"
"""


class TestDaily:
    """The commands in a folder with settings; nothing here reaches a partner."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        folder = tmp_path / "house"
        folder.mkdir()
        (folder / "voldaan.toml").write_text(SETTINGS)
        return folder

    @pytest.fixture
    def taken(self, root: Path, export: Path, capsys: Captured) -> Path:
        run(["take-in", str(export), "--root", str(root)])
        capsys.readouterr()
        return root

    def test_take_in_answers_every_row_and_the_second_time_changes_nothing(
        self, root: Path, export: Path, capsys: Captured
    ) -> None:
        again = export.with_name("again.json")
        again.write_bytes(export.read_bytes())

        assert run(["take-in", str(export), "--root", str(root), "--format", "json"]) == NO
        assert [(row["number"], row["answer"]) for row in lines(capsys)] == [
            ("2026-7", "taken_in"),
            ("2026-8", "refused"),
        ]
        assert run(["take-in", str(again), "--root", str(root), "--format", "json"]) == NO
        assert [row["answer"] for row in lines(capsys)] == ["already_taken_in", "refused"]

    def test_take_in_as_text_says_why(self, root: Path, export: Path, capsys: Captured) -> None:
        run(["take-in", str(export), "--root", str(root)])
        good, bad = capsys.readouterr().out.splitlines()
        assert good.startswith("taken in  2026-7")
        assert bad.startswith("refused   2026-8  Row 2: documents[1].lines[0].quantity is 'two'")

    def test_a_file_that_is_no_export_is_unusable(self, root: Path, tmp_path: Path, capsys: Captured) -> None:
        file = tmp_path / "notes.json"
        file.write_text("[1, 2]")
        assert run(["take-in", str(file), "--root", str(root)]) == UNUSABLE
        out, err = capsys.readouterr()
        assert out == "" and "notes.json" in err

    def test_explain_tells_the_story_and_why_nothing_is_done(self, taken: Path, capsys: Captured) -> None:
        assert run(["explain", "2026-7", "--root", str(taken)]) == FINE
        text = capsys.readouterr().out
        assert "2026-7" in text and "242.00" in text
        assert run(["explain", "2026-7", "--root", str(taken), "--format", "json"]) == FINE
        (answer,) = lines(capsys)
        assert "How this customer pays:" in text and answer["behaviour"][0] == "neutral"
        assert answer["behaviour"][1:] == ["only 0 invoices were paid so far: neutral"]

    def test_an_invoice_that_is_not_there_is_unusable(self, taken: Path, capsys: Captured) -> None:
        assert run(["explain", "2026-99", "--root", str(taken)]) == UNUSABLE
        assert "2026-99" in capsys.readouterr().err

    def test_the_journal_holds_until_somebody_changes_it(self, taken: Path, capsys: Captured) -> None:
        from receivables.ledger.database import open_ledger
        from receivables.ledger.journal import seal

        seal(open_ledger(f"sqlite:///{taken}/ledger.db"))
        assert run(["journal", "verify", "--root", str(taken)]) == FINE
        assert "holds" in capsys.readouterr().out
        with closing(sqlite3.connect(taken / "ledger.db")) as ledger, ledger:
            ledger.execute("update journal set kind = 'nothing' where seq = 1")
        assert run(["journal", "verify", "--root", str(taken), "--format", "json"]) == NO
        (answer,) = lines(capsys)
        assert answer["first_broken"] == 1


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["nonsense"], "Unknown command"),
        (["validate"], "requires an argument"),
        (["validate", "x.xml", "--format", "yaml"], "yaml"),
        (["build", "x.json"], "--out"),
        (["build", "x.json", "--out", "o"], "x.json"),
        (["follow-up"], "--on"),
        (["follow-up", "--on", "yesterday"], "yesterday"),
        (["follow-up", "--on", "2026-03-02", "--root", "nowhere"], "voldaan.toml"),
        (["take-in", "x.json"], "x.json cannot be read"),
        (["explain", "2026-0107", "--root", "nowhere"], "voldaan.toml"),
        (["journal", "verify", "--root", "nowhere"], "voldaan.toml"),
        (["dossier", "verify", "x.zip"], "x.zip cannot be read"),
    ],
)
def test_what_the_user_got_wrong_is_one_sentence_on_standard_error(
    command: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(command) == UNUSABLE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("voldaan: ") and err.count("\n") == 1
    assert sentence in err


def test_an_export_that_is_none_is_told_by_line_and_column(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "export.json"
    path.write_text('{"format":\n nonsense}')
    assert run(["build", str(path), "--out", str(tmp_path)]) == UNUSABLE
    assert "export.json, line 2, column 2" in capsys.readouterr().err


def test_every_error_that_is_the_users_exists() -> None:
    """The command names these classes without importing them; a renamed one would become a traceback."""
    for module, name in USERS:
        assert issubclass(getattr(import_module(module), name), Exception), f"{module}.{name}"


def test_a_mistake_of_ours_is_not_dressed_up_as_the_users(
    monkeypatch: pytest.MonkeyPatch, export: Path, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("flows.build.build_export", broken)
    with pytest.raises(ZeroDivisionError):
        run(["build", str(export), "--out", str(tmp_path)])


def test_a_dossier_is_verified_and_a_changed_one_is_not(tmp_path: Path, capsys: Captured) -> None:
    from receivables.dossier import build
    from tests.receivables.test_dossier import FILES, claim_file

    whole, changed = tmp_path / "whole.zip", tmp_path / "changed.zip"
    whole.write_bytes(build(claim_file(), FILES))
    with zipfile.ZipFile(whole) as original, zipfile.ZipFile(changed, "w") as copy:
        for entry in original.infolist():
            copy.writestr(entry, original.read(entry).replace(b"<Invoice/>", b"<Invoice >"))

    assert run(["dossier", "verify", str(whole)]) == FINE
    assert "are there and unchanged" in capsys.readouterr().out
    assert run(["dossier", "verify", str(changed), "--format", "json"]) == NO
    (answer,) = lines(capsys)
    assert not answer["ok"] and answer["problems"]


COMMANDS = ["demo", "ui", "validate", "build", "take-in", "follow-up", "explain", "journal verify", "dossier verify"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_by_example(command: str, capsys: Captured) -> None:
    assert run([*command.split(), "--help"]) == FINE
    assert f"voldaan {command}" in capsys.readouterr().out.partition("For example:")[2]


def test_a_reader_that_goes_away_is_no_error(invoice: Path) -> None:
    """`voldaan validate … | head -1`"""
    command = [sys.executable, "-c", "from flows.cli import main; main()", "validate", *[str(invoice)] * 20]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.wait()
