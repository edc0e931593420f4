"""`voldaan validate` as a user meets it: two engines, and files nobody should have to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from flows.checking import Judged, by_both, checked, differences
from flows.cli import FINE, NO, UNUSABLE, run
from tests.ubl.rule_documents import base_documents, changed
from ubl.validation import Finding, Report

Captured = pytest.CaptureFixture[str]
INVOICE = etree.tostring(base_documents()["invoice"])
CENT_OFF = etree.tostring(changed(base_documents()["invoice"], "TOTAL/cbc:TaxInclusiveAmount=1.00"))
NO_REFERENCE = etree.tostring(changed(base_documents()["invoice"], "-cbc:BuyerReference; -cac:OrderReference"))
"""Valid by EN 16931; Peppol rule R003 asks for a reference."""

PEPPOL = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:i="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <xsl:template match="/"><svrl:schematron-output><svrl:fired-rule/>
  <xsl:if test="not(i:Invoice/cbc:BuyerReference)"><svrl:failed-assert id="PEPPOL-EN16931-R003" flag="{severity}"
   location="/*:Invoice[namespace-uri()='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'][1]">
   <svrl:text>A buyer reference is wanted.</svrl:text></svrl:failed-assert></xsl:if>
 </svrl:schematron-output></xsl:template></xsl:stylesheet>"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VOLDAAN_ROOT", raising=False)
    for name, data in (("good.xml", INVOICE), ("wrong.xml", CENT_OFF), ("unreferenced.xml", NO_REFERENCE)):
        (tmp_path / name).write_bytes(data)
    return tmp_path


def with_peppol(folder: Path, severity: str = "fatal") -> None:
    (folder / "peppol.xslt").write_text(PEPPOL.replace("{severity}", severity))
    (folder / "voldaan.toml").write_text('[validation]\npeppol_xslt = "peppol.xslt"\n')


def answered(capsys: Captured) -> dict[str, Any]:
    (line,) = capsys.readouterr().out.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.mark.usefixtures("folder")
class TestOfficialEngine:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        pytest.importorskip("saxonche")

    def test_its_answer_has_the_same_shape(self, capsys: Captured) -> None:
        answers = {}
        for engine in ("native", "official"):
            assert run(["validate", "wrong.xml", "--engine", engine, "--format", "json"]) == NO
            answers[engine] = answered(capsys)
        native, official = answers["native"], answers["official"]
        assert native.keys() == official.keys()
        assert [each.keys() for each in official["findings"]] == [each.keys() for each in native["findings"]]
        assert {(each["rule"], each["severity"]) for each in official["findings"]} == {
            (each["rule"], each["severity"]) for each in native["findings"]
        }
        assert all(each["term"] and each["fix"] and "*" not in each["path"] for each in official["findings"])

    def test_its_fixes_are_told_in_dutch_too(self, capsys: Captured) -> None:
        run(["validate", "wrong.xml", "--engine", "official", "--lang", "nl", "--format", "json"])
        assert answered(capsys)["findings"][0]["term"] == "BT-112 totaal met btw"

    def test_it_knows_peppol_where_the_settings_name_its_rules(self, folder: Path, capsys: Captured) -> None:
        assert run(["validate", "unreferenced.xml", "--engine", "official"]) == FINE
        with_peppol(folder)
        assert run(["validate", "unreferenced.xml", "--engine", "official"]) == NO
        assert "PEPPOL-EN16931-R003 (BT-10 " in capsys.readouterr().out

    def test_the_settings_may_stand_elsewhere(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        with_peppol(tmp_path / "elsewhere")
        assert run(["validate", "unreferenced.xml", "--engine", "official", "--root", "elsewhere"]) == NO

    def test_both_agree(self, folder: Path, capsys: Captured) -> None:
        assert run(["validate", "good.xml", "--engine", "both"]) == FINE
        assert capsys.readouterr().out == "good.xml: valid\n  both engines agree on EN 16931\n"
        with_peppol(folder)
        assert run(["validate", "unreferenced.xml", "--engine", "both", "--format", "json"]) == NO
        answer = answered(capsys)
        assert (answer["compared"], answer["differences"]) == ("all rules", [])

    def test_without_peppols_own_rules_ours_are_not_held_against_it(self, capsys: Captured) -> None:
        assert run(["validate", "unreferenced.xml", "--engine", "both"]) == NO
        assert "both engines agree on EN 16931" in capsys.readouterr().out

    def test_another_severity_is_a_difference_on_both_sides(self, folder: Path, capsys: Captured) -> None:
        with_peppol(folder, severity="warning")
        assert run(["validate", "unreferenced.xml", "--engine", "both", "--format", "json"]) == NO
        assert [(each["only"], each["severity"]) for each in answered(capsys)["differences"]] == [
            ("native", "fatal"),
            ("official", "warning"),
        ]

    def test_where_it_gives_up_ours_still_answers_and_says_so(self) -> None:
        """Two legal entities: the official test of BR-07 stops at two names."""
        twice = etree.tostring(changed(base_documents()["invoice"], "*BUYER/ENTITY"))
        judged = by_both(twice, lang="en", stylesheets=())
        assert isinstance(judged, Judged) and len(judged.differences) == 1
        assert "gave up on this document" in judged.differences[0]["message"]
        assert not checked(Path("twice.xml"), judged).fine

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ('[validation]\npeppol_xslt = "none.xslt"', "There is no stylesheet"),
            ('[validation]\npeppol_xslt = "voldaan.toml"', "is no XSLT; a Schematron must be compiled to XSLT first."),
            ('[validation]\npeppol = "x"', "voldaan.toml: validation.peppol: Extra inputs are not permitted"),
            ("[validation", "voldaan.toml cannot be read"),
        ],
    )
    def test_rules_that_cannot_be_run_are_one_sentence(
        self, settings: str, sentence: str, folder: Path, capsys: Captured
    ) -> None:
        (folder / "voldaan.toml").write_text(settings)
        assert run(["validate", "good.xml", "--engine", "official"]) == UNUSABLE
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and sentence in err


def test_a_difference_in_severity_or_rule_is_seen_from_both_sides() -> None:
    def report(*found: tuple[str, str]) -> Report:
        return Report(True, True, tuple(Finding(rule, severity, "/", "", "", "") for rule, severity in found), 1, ())

    ours, theirs = report(("BR-01", "fatal"), ("NL-R-001", "fatal")), report(("BR-02", "fatal"), ("BR-02", "fatal"))
    named = [(each["rule"], each["only"]) for each in differences(ours, theirs, everything=False)]
    assert named == [("BR-01", "native"), ("BR-02", "official")]
    assert ("NL-R-001", "native") in [
        (each["rule"], each["only"]) for each in differences(ours, theirs, everything=True)
    ]


def test_without_the_extra_it_is_one_sentence(folder: Path) -> None:
    code = "import sys; sys.modules['saxonche'] = None; from flows.cli import main; main()"
    command = [sys.executable, "-c", code, "validate", "good.xml", "--engine", "official"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (UNUSABLE, "")
    assert (
        done.stderr
        == 'voldaan: The official engine needs saxonche; install it with: pip install "voldaan[official]".\n'
    )


ENVELOPE = (
    b'<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
    b"<StandardBusinessDocumentHeader/>%s</StandardBusinessDocument>"
)
LAUGHS = b'<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10) for name in range(ord("b"), ord("k"))
)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<!DOCTYPE Invoice [" + LAUGHS + b"]><Invoice>&j;</Invoice>", "has a DOCTYPE"),
        (b'<!DOCTYPE Invoice [<!ENTITY e SYSTEM "file:///etc/passwd">]><Invoice>&e;</Invoice>', "has a DOCTYPE"),
        (b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/invoice.dtd"><Invoice/>', "has a DOCTYPE"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "nested more than 256 deep"),
        (INVOICE.replace(b"2026-0417", b"Caf\xe9"), "not well-formed"),
        (b'<?xml version="1.0" encoding="UTF-7"?>' + INVOICE, 'the encoding "UTF-7"'),
        (b'<?xml version="1.0" encoding="UTF-8"?>'.decode().encode("utf-16") + INVOICE, "not well-formed"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "is a <Order>"),
        (ENVELOPE % b"<Order/>", "is a <Order>"),
        (ENVELOPE % b"", "holds 0 documents"),
        (ENVELOPE % (INVOICE * 2), "holds 2 documents"),
        (b"", "is empty"),
        (b"%PDF-1.7", "not well-formed"),
    ],
)
@pytest.mark.parametrize("engine", ["native", "official"])
def test_hostile_xml_is_one_sentence(
    engine: str, data: bytes, sentence: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "official":
        pytest.importorskip("saxonche")
    monkeypatch.chdir(tmp_path)
    Path("hostile.xml").write_bytes(data)
    assert run(["validate", "hostile.xml", "--engine", engine]) == UNUSABLE
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith("voldaan: hostile.xml: ") and sentence in err and "root:" not in err


def test_two_hundred_megabytes_are_refused_unread(tmp_path: Path, capsys: Captured) -> None:
    big = tmp_path / "big.xml"
    with big.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    assert run(["validate", str(big)]) == UNUSABLE
    assert "209,715,200 bytes; more than 104,857,600 is not read" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "status"), [(INVOICE, FINE), (CENT_OFF, NO)])
def test_an_envelope_is_opened_and_its_content_judged(content: bytes, status: int, tmp_path: Path) -> None:
    wrapped = tmp_path / "wrapped.xml"
    wrapped.write_bytes(ENVELOPE % content)
    assert run(["validate", str(wrapped)]) == status


def test_answers_stream_while_later_files_are_still_judged(tmp_path: Path) -> None:
    """The second file is a pipe that nobody has written to yet: the first answer is there all the same."""

    first, later = tmp_path / "first.xml", tmp_path / "later.xml"
    first.write_bytes(INVOICE)
    os.mkfifo(later)
    command = [sys.executable, "-c", "from flows.cli import main; main()", "validate", str(first), str(later)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{first}: valid\n"
        later.write_bytes(INVOICE)
        assert process.stdout.readline() == f"{later}: valid\n"
