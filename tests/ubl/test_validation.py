"""`validate`: one verdict with findings a bookkeeper can act on."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest
from lxml import etree

from tests.ubl.rule_documents import base_documents, changed
from ubl.batch import validate_files
from ubl.rules.book import engine
from ubl.rules.engine import Engine
from ubl.rules.rule import fatal, never
from ubl.safe_xml import UnreadableXml
from ubl.validation import NoRuleRan, report_as_dict, validate

BASES = base_documents()


def judged(changes: str = "", base: str = "invoice", lang: str = "en"):
    return validate(etree.tostring(changed(BASES[base], changes)), lang=lang)


def test_a_good_invoice_is_valid_and_every_rule_was_asked():
    report = judged()
    assert report.valid and report.schema_valid and report.findings == ()
    assert report.rules_run == len(engine().rules) == 1144
    assert dict(report.rule_versions) == {"EN 16931 UBL": "1.3.16", "Peppol BIS Billing": "3.0.21"}


def test_a_finding_says_what_where_and_how_to_mend_it():
    (finding,) = judged("-SELLER/cac:PostalAddress/cac:Country").findings
    assert finding.rule == "BR-09"
    assert finding.severity == "fatal"
    assert finding.path == "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress"
    assert finding.term == "BT-40 seller country code"
    assert "missing" in finding.message
    assert "cac:Country/cbc:IdentificationCode" in finding.fix


def test_the_same_in_dutch():
    (finding,) = judged("-SELLER/cac:PostalAddress/cac:Country", lang="nl").findings
    assert finding.term.startswith("BT-40 ")
    assert "ontbreekt" in finding.message
    assert finding.fix.startswith("Zet het in")


def test_a_language_without_texts_is_refused():
    with pytest.raises(ValueError, match="fr"):
        judged(lang="fr")


def test_a_warning_alone_leaves_the_document_valid():
    report = judged("+cbc:UUID")
    assert [finding.severity for finding in report.findings] == ["warning"]
    assert report.valid


def test_a_path_counts_only_where_there_are_several():
    paths = {finding.path for finding in judged("LINE[2]/cbc:LineExtensionAmount=82.00").findings}
    assert "/Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount" in paths
    assert "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount" in paths


def test_an_attribute_at_fault_is_named_with_its_value():
    (finding,) = [f for f in judged("LINE/cbc:InvoicedQuantity@unitCode=ZZ9").findings if f.rule == "BR-CL-23"]
    assert finding.path.endswith("/cac:InvoiceLine[1]/cbc:InvoicedQuantity/@unitCode")
    assert '"ZZ9"' in finding.message


def test_a_document_against_the_schema_is_explained_and_still_judged_by_the_rules():
    report = judged("-cbc:IssueDate")
    assert not report.schema_valid and not report.valid
    assert {"UBL-XSD", "BR-03"} <= {finding.rule for finding in report.findings}


def test_a_number_the_schema_refuses_silences_only_the_rules_that_need_it():
    rules = {finding.rule for finding in judged("TOTAL/cbc:PayableAmount=ten; cbc:BuyerReference=_").findings}
    assert {"UBL-XSD", "PEPPOL-EN16931-R008"} <= rules
    assert "BR-CO-16" not in rules


def test_comments_change_nothing():
    with_comments = etree.tostring(BASES["invoice"]).replace(b"2026-0417", b"2026<!-- no -->-0417")
    assert validate(with_comments).valid
    assert validate(etree.fromstring(with_comments)).valid


def test_an_element_built_in_memory_and_left_empty_is_empty():
    root = changed(BASES["invoice"], "cbc:AccountingCost=")
    assert [finding.rule for finding in validate(root).findings] == ["PEPPOL-EN16931-R008"]


@pytest.mark.parametrize("data", [b"<Order/>", b'<Invoice xmlns="urn:example"/>', b"<Invoice/>"])
def test_another_root_is_refused_in_a_sentence(data):
    with pytest.raises(UnreadableXml, match="Invoice or CreditNote is expected"):
        validate(data)


def test_a_run_without_rules_is_an_error(monkeypatch):
    empty = Engine((), blank=fatal("none", never))
    empty.rules = []
    monkeypatch.setattr("ubl.validation.engine", lambda: empty)
    with pytest.raises(NoRuleRan):
        judged()


def test_the_printed_shape():
    printed = report_as_dict("a.xml", judged("-SELLER/cac:PostalAddress/cac:Country"))
    assert list(printed) == ["file", "valid", "schema_valid", "findings"]
    assert list(printed["findings"][0]) == ["rule", "severity", "path", "term", "message", "fix"]
    assert json.loads(json.dumps(printed)) == printed


def test_many_files_are_judged_in_order_by_several_processes(tmp_path):
    good, bad = etree.tostring(BASES["invoice"]), etree.tostring(changed(BASES["invoice"], "cbc:ID=_"))
    paths = []
    for number in range(220):
        path = tmp_path / f"{number}.xml"
        path.write_bytes(b"<Order/>" if number == 7 else bad if number % 2 else good)
        paths.append(path)
    judgements = list(validate_files([*paths, tmp_path / "missing.xml"], jobs=2, few=100))
    assert [path for path, _ in judgements] == [*paths, tmp_path / "missing.xml"]
    assert judgements[7][1].startswith("The document is a <Order>")
    assert judgements[-1][1].startswith("The file cannot be read")
    assert [report.valid for _, report in judgements[:6]] == [True, False] * 3


def test_nothing_heavy_is_loaded_to_judge_a_good_document():
    heavy = ("prefect", "pydantic", "xmlschema", "facturx", "saxonche")
    code = f"import sys, ubl.validation; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_absurd_values_are_answered():
    for changes in (
        "TOTAL/cbc:PayableAmount=1e999999999",
        "LINE/cac:Price/cbc:PriceAmount=" + "9" * 5000,
        "cac:InvoicePeriod/cbc:EndDate=" + "9" * 5000 + "-01-01",
        "SELLER/cac:Contact/cbc:Telephone=" + "x" * 200_000,
    ):
        judged(changes, base="de")
    judged("cbc:ID=123456783|02/03/2026|" + "9" * 5000 + "|1.1|A|1", base="gr")


def test_every_one_of_thousands_of_findings_is_told():
    root = changed(BASES["invoice"], "LINE/cbc:ID=_")
    line = root.find("{*}InvoiceLine")
    for _ in range(3000):
        root.append(copy.deepcopy(line))
    findings = validate(root).findings
    assert sum(finding.rule == "BR-21" for finding in findings) == 3001
    assert findings[-1].path.startswith("/Invoice/cac:InvoiceLine[")


def test_a_document_of_endless_new_names_is_judged():
    root = changed(BASES["invoice"], "!extension=mimeCode")
    content = root.find(".//{*}ExtensionContent")[0].getparent()
    for number in range(20_000):
        etree.SubElement(content[0], f"{{urn:example}}n{number}").text = "x"
    assert {finding.rule for finding in validate(root).findings} == {"UBL-CR-001"}
