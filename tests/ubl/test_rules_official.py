"""Our engine beside the official one: the EN 16931 XSLT run by saxonche, on documents nobody wrote by hand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.ubl.rule_documents import base_documents, changed, rows
from ubl import official, schema, validation
from ubl.rules.book import engine
from ubl.safe_xml import UnreadableXml

pytest.importorskip("saxonche")

BASES = base_documents()
CHANGES = sorted({change.strip() for _, _, changes in rows("cases.txt") for change in changes.split(";")})
TEXTS = (
    "0",
    "-1",
    "1.005",
    " 12.00 ",
    ".5",
    "+3",
    "21",
    "-0.00",
    "S",
    "E",
    " AE ",
    "vat",
    "EUR",
    "130",
    "true",
    "1",
    "BE",
)
EUROPEAN = {rule.id for rule in engine().sets[0].rules()}


@st.composite
def documents(draw: Any) -> Any:
    """A quiet document with a few changes, copies, removals and other texts, still valid by the schema."""
    root = copy.deepcopy(BASES[draw(st.sampled_from(sorted(BASES)))])
    for _ in range(draw(st.integers(1, 4))):
        after = draw(st.sampled_from((_one_of_ours, _another_text, _a_copy, _one_less)))(draw, root)
        if after is not None and schema.is_valid(after):
            root = after
    return root


def _one_of_ours(draw: Any, root: Any) -> Any:
    try:
        return changed(root, draw(st.sampled_from(CHANGES)))
    except (AssertionError, AttributeError, IndexError, KeyError):
        return None


def _somewhere(draw: Any, root: Any) -> Any:
    root = copy.deepcopy(root)
    elements = list(root.iter())[1:]
    return root, elements[draw(st.integers(0, len(elements) - 1))]


def _another_text(draw: Any, root: Any) -> Any:
    root, element = _somewhere(draw, root)
    if len(element):
        return None
    element.text = draw(st.sampled_from((*TEXTS, f" {element.text}", (element.text or "").lower())))
    return root


def _a_copy(draw: Any, root: Any) -> Any:
    root, element = _somewhere(draw, root)
    element.addnext(copy.deepcopy(element))
    return root


def _one_less(draw: Any, root: Any) -> Any:
    root, element = _somewhere(draw, root)
    element.getparent().remove(element)
    return root


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_both_engines_find_the_same(root):
    try:
        theirs = official.validate(root)
    except official.OfficialEngineStopped:
        assume(False)
    ours = validation.validate(root)
    assert {(f.rule, f.severity) for f in ours.findings if f.rule in EUROPEAN} == {
        (f.rule, f.severity) for f in theirs.findings
    }
    assert ours.schema_valid == theirs.schema_valid


def test_the_official_report_has_the_same_shape():
    theirs = official.validate(etree.tostring(changed(BASES["invoice"], "-SELLER/cac:PostalAddress/cac:Country")))
    (finding,) = theirs.findings
    assert (finding.rule, finding.severity, finding.term) == ("BR-09", "fatal", "BT-40 seller country code")
    assert not theirs.valid and theirs.schema_valid and theirs.rules_run > 50
    assert finding.message and finding.fix and finding.path.startswith("/")


def test_where_the_official_engine_gives_up_ours_still_answers():
    """Two legal entities: the official test of BR-07 takes one name and stops at two."""
    twice = changed(BASES["invoice"], "*BUYER/ENTITY")
    with pytest.raises(official.OfficialEngineStopped):
        official.validate(twice)
    assert {"UBL-SR-15", "UBL-SR-17"} == {finding.rule for finding in validation.validate(twice).findings}


def test_a_further_stylesheet_is_run_by_its_path():
    sheet = official.european_stylesheet()
    once, twice = official.validate(BASES["nl"]), official.validate(BASES["nl"], stylesheets=(sheet,))
    assert twice.rules_run == 2 * once.rules_run


def test_the_official_engine_refuses_another_root_too():
    with pytest.raises(UnreadableXml):
        official.validate(b"<Order/>")
