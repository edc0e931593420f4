"""The sentences of tax law: present in four languages, dated and sourced, and the right one for seller and buyer."""

from datetime import date

import pytest

from ubl.statutory import LANGUAGES, NoSentence, credit_note_sentence, exemption_for, rows


@pytest.mark.parametrize("kind", ["exemption", "self_billed", "credit_note", "cash_discount"])
def test_every_row_says_since_when_and_from_where(kind):
    for row in rows()[kind]:
        assert isinstance(row["from"], date)
        assert row["source"]
        assert set(row["read"]) <= set(LANGUAGES)
        assert all(row[language].strip() for language in LANGUAGES)


def test_no_sentence_holds_the_hash_sign_that_a_note_may_not_begin_with():
    assert not any("#" in row[language] for kind in rows().values() for row in kind for language in LANGUAGES)


def test_belgian_work_for_a_belgian_customer_shifts_the_liability_as_the_royal_decree_words_it():
    exemption = exemption_for("AE", "BE", "nl")
    assert exemption.code == "VATEX-EU-AE"
    assert exemption.reason.startswith("Verlegging van heffing. Bij gebrek aan schriftelijke betwisting")


def test_a_belgian_service_abroad_and_a_dutch_one_say_only_that_vat_is_shifted():
    assert exemption_for("AE", "BE", "nl", buyer_country="DE").reason == "Btw verlegd"
    assert exemption_for("AE", "NL", "nl").reason == "Btw verlegd"
    assert exemption_for("AE", "NL", "de").reason == "Steuerschuldnerschaft des Leistungsempfängers"


def test_an_invoice_has_the_sentence_of_its_day():
    """The wording of royal decree no. 1, article 20, holds since 1 January 2023."""
    before, after = (exemption_for("AE", "BE", "nl", on=day) for day in (date(2022, 12, 31), date(2023, 1, 1)))
    assert before.reason == "Btw verlegd"
    assert after.reason.startswith("Verlegging van heffing")


@pytest.mark.parametrize(
    ("category", "code"),
    [("AE", "VATEX-EU-AE"), ("K", "VATEX-EU-IC"), ("G", "VATEX-EU-G"), ("O", "VATEX-EU-O"), ("E", None)],
)
def test_each_category_has_its_own_code(category, code):
    assert exemption_for(category, "NL", "en").code == code


def test_only_belgium_asks_for_a_sentence_on_credit_notes():
    assert credit_note_sentence("BE", "nl").startswith("Btw terug te storten aan de Staat")
    assert credit_note_sentence("NL", "nl") is None


def test_taxed_categories_and_other_languages_have_none():
    with pytest.raises(NoSentence, match="category S"):
        exemption_for("S", "BE", "nl")
    with pytest.raises(NoSentence, match="'it'"):
        exemption_for("AE", "BE", "it")
