"""A document of a kind met before is asked less, and the verdict is the one it gets in full."""

from __future__ import annotations

import copy
import decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ubl.rule_documents import base_documents, changed
from ubl.rules.book import engine
from ubl.rules.engine import Engine
from ubl.rules.kinds import ALONE, Kinds, Look

BASES = base_documents()
TEXTS = (
    "0",
    "-1",
    "1.005",
    "0.01",
    "",
    " ",
    "1e3",
    "99999999.99",
    "x",
    "\xa0",
    "2026-02-30",
    "2026-03-31",
    "BE68",
    "VAT",
)
"""Texts that no element is at home with; where a number or word may break a rule, one of them does."""


@pytest.fixture(scope="module")
def learnt() -> Engine:
    """The engine after it has met every base document often enough to know its kind."""
    judge = engine()
    for root in BASES.values():
        for _ in range(3):
            assert judge.run(root) == []
    return judge


def known(judge: Engine, root: Any) -> bool:
    with decimal.localcontext(decimal.Context(prec=100)):
        return judge._kinds.well(Look(root))


def in_full(judge: Engine, root: Any) -> set[tuple[str, str]]:
    """The verdict while the specimens are taken: nothing is left out."""
    with ALONE:
        return {(each.rule.id, each.leaf) for each in judge.run(root)}


def test_every_base_document_is_known_after_the_second_time(learnt: Engine) -> None:
    assert [name for name, root in BASES.items() if not known(learnt, root)] == []


def test_other_words_and_numbers_are_of_the_same_kind(learnt: Engine) -> None:
    other = changed(BASES["invoice"], "cbc:ID=2026-9; LINE/cac:Item/cbc:Name=Another article; cbc:IssueDate=2026-01-31")
    assert known(learnt, other) and in_full(learnt, other) == set()


def test_a_lone_attachment_may_have_any_name(learnt: Engine) -> None:
    renamed = changed(BASES["invoice"], "OTHERDOC//cbc:EmbeddedDocumentBinaryObject@filename=2026-9.csv")
    assert known(learnt, renamed) and in_full(learnt, renamed) == set()


def test_two_attachments_of_one_name_are_no_kind_of_two_that_differ() -> None:
    """BR-DE-22 (DE-R-022 at Peppol): the names of embedded documents differ."""
    root = copy.deepcopy(BASES["de"])
    reference = BASES["invoice"].find("{*}AdditionalDocumentReference[{*}Attachment]")
    place = root.find("{*}AccountingSupplierParty")
    for name in ("a.csv", "b.csv"):
        place.addprevious(copy.deepcopy(reference))
        next(place.getprevious().iter("{*}EmbeddedDocumentBinaryObject")).set("filename", name)
    judge = engine()
    assert [judge.run(root) for _ in range(3)] == [[], [], []]
    next(place.getprevious().iter("{*}EmbeddedDocumentBinaryObject")).set("filename", "a.csv")
    assert [each.rule.id for each in judge.run(root)] == ["DE-R-022"]


@pytest.mark.parametrize(
    "change",
    [
        "TOTAL/cbc:PayableAmount=1.00",
        "LINE/cbc:LineExtensionAmount=1.00",
        "cbc:ID=_",
        "BUYER/COUNTRY=XX",
        "LINE/cbc:InvoicedQuantity@unitCode=ZZ9",
        "cbc:IssueDate=2026-02-30",
        "SELLER/SCHEME/cbc:CompanyID=XX1",
        "+cbc:UUID",
        "*cbc:Note",
        "-cbc:BuyerReference",
    ],
)
def test_what_breaks_a_rule_is_found_as_before(change: str, learnt: Engine) -> None:
    try:
        root = changed(BASES["invoice"], change)
    except (AssertionError, AttributeError, IndexError, KeyError):
        pytest.skip("the base document has nothing to change there")
    found = in_full(learnt, root)
    assert {(each.rule.id, each.leaf) for each in learnt.run(root)} == found
    assert not (found and known(learnt, root))


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_text_of_a_base_document_changed_gets_the_verdict_it_gets_in_full(learnt: Engine, every: int) -> None:
    for root in BASES.values():
        leaves = [position for position, element in enumerate(root.iter()) if not len(element)]
        for position in leaves[::every]:
            other = copy.deepcopy(root)
            list(other.iter())[position].text = TEXTS[position % len(TEXTS)]
            assert {(each.rule.id, each.leaf) for each in learnt.run(other)} == in_full(learnt, other)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(BASES)), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(TEXTS)), max_size=4))
def test_any_texts_get_the_verdict_they_get_in_full(name: str, texts: list[tuple[int, str]]) -> None:
    root = copy.deepcopy(BASES[name])
    leaves = [element for element in root.iter() if not len(element)]
    for position, text in texts:
        leaves[position % len(leaves)].text = text
    judge = engine()
    assert {(each.rule.id, each.leaf) for each in judge.run(root)} == in_full(judge, root)


def test_a_document_judged_between_leaves_no_trace(learnt: Engine) -> None:
    """The specimen is written over by each document of its kind; a bad one must not spoil the next."""
    bad = changed(BASES["invoice"], "TOTAL/cbc:PayableAmount=1.00")
    assert learnt.run(bad) and learnt.run(BASES["invoice"]) == [] and learnt.run(bad)


def test_findings_point_into_their_own_document(learnt: Engine) -> None:
    bad = changed(BASES["invoice"], "LINE/cbc:LineExtensionAmount=7.77")
    (fired, *_) = [each for each in learnt.run(bad) if each.rule.id == "PEPPOL-EN16931-R120"]
    learnt.run(BASES["invoice"])
    assert fired.group["cbc:LineExtensionAmount"] == "7.77"


def pointing_to(schema: str) -> Any:
    root = copy.deepcopy(BASES["nl"])
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", schema)
    return root


def test_only_so_many_kinds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ubl.rules.kinds.MOST_KINDS", 5)
    kinds = Kinds(engine().active)
    monkeypatch.setattr(engine(), "_kinds", kinds)
    for number in range(12):
        root = pointing_to(f"urn:x {number}.xsd")
        assert engine().run(root) == engine().run(root) == []
        assert known(engine(), root)
        assert kinds._count == sum(map(len, kinds._kinds.values())) <= 5


def test_a_document_unlike_all_others_is_not_learnt() -> None:
    root = pointing_to("urn:x only-once.xsd")
    assert engine().run(root) == []
    assert not known(engine(), root)
