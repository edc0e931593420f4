"""Retention of title: one sentence for each law and language, inside the one note that Peppol allows."""

from __future__ import annotations

import pytest

from tests.ubl.conftest import broken_rules
from tests.ubl.samples import invoice
from ubl.invoice import DocumentType
from ubl.retention import LANGUAGES, LAWS, NoClause, clause, with_retention, without_subject_code
from ubl.write import write

ARTICLES = {"BE": "69-72", "NL": "3:92", "DE": "449", "FR": "L624-16"}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_law_has_its_sentence_in_each_language_with_article_and_source(law: str, language: str) -> None:
    found = clause(law, language, "the terms of 2025")
    assert ARTICLES[law] in found.text and "the terms of 2025" in found.text
    assert found.source and found.since and found.mark in ("V", "M")
    assert "#" not in found.text and "\n" not in found.text


def test_only_dutch_law_lets_title_cover_work_and_breach_of_the_same_contracts() -> None:
    """Article 3:92(2) BW."""
    assert "tekortschieten" in clause("NL", "nl").text
    assert "tekortschieten" not in clause("BE", "nl").text


def test_another_law_or_language_is_refused_with_what_there_is() -> None:
    with pytest.raises(NoClause, match="BE, NL, DE, FR in nl, fr, de, en"):
        clause("IT", "nl")
    with pytest.raises(NoClause):
        clause("BE", "it")


def test_the_sentence_follows_the_remark_in_the_one_note() -> None:
    """PEPPOL-EN16931-R002: a document has one note."""
    kept = with_retention(invoice(note="Tot ziens."), "BE", "nl", goods=True)
    assert (kept.note or "").startswith("Tot ziens.\nEigendomsvoorbehoud: ")
    assert write(kept).count(b"<cbc:Note>") == 1
    assert with_retention(kept, "BE", "nl", goods=True) == kept


def test_services_and_credit_notes_retain_nothing() -> None:
    assert with_retention(invoice(), "BE", "nl", goods=False) == invoice()
    credit = invoice(type=DocumentType.CREDIT_NOTE)
    assert with_retention(credit, "BE", "nl", goods=True) == credit


@pytest.mark.parametrize(
    ("note", "written"),
    [
        ("Dossier #123# bis", "Dossier # 123# bis"),
        ("#AAI#Algemeen", "# AAI#Algemeen"),
        ("Werf #12 en #34", "Werf #12 en #34"),
        ("#1# en #ABC#", "#1# en #ABC#"),
        ("geen", "geen"),
    ],
)
def test_a_hash_never_makes_a_subject_code(note: str, written: str) -> None:
    """BR-CL-08: three characters between the first two # are read as a code of UNTDID 4451."""
    assert without_subject_code(note) == written
    assert broken_rules(write(invoice(note=note))) == set()


def test_the_terms_that_the_buyer_accepted_cannot_break_the_line() -> None:
    assert "terms of\n2025" not in clause("BE", "en", "terms of\n2025").text
