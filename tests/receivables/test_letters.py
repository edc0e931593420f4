"""The letters of the ladder: each that can be asked for exists, says what the law wants, stays as it was written.

The goldens in `letters/` are the plain texts: `python -m tests.receivables.test_letters` writes them anew, to be read.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from receivables.law.letters import DUTCH_TERM_SENTENCE
from receivables.letters.compose import compose
from receivables.letters.derivation import derivation
from receivables.letters.elements import MissingElement, WrongSums
from receivables.letters.html_mail import payment_box
from receivables.letters.overview import cash
from receivables.letters.paper import letter_pdf
from receivables.letters.texts import COUNTRIES, LANGUAGES, MissingText, check_texts, label, reachable, wording
from tests.receivables.letter_cases import letter_facts

GOLDENS = Path(__file__).parent / "letters"
EVERY = sorted(set(reachable()))
READ = [row for row in EVERY if row[2] != "public" and (row[4] == "neutral" or row[0] == "reminder")]


def golden(row: tuple[str, str, str, str, str]) -> Path:
    step, country, kind, language, tone = row
    return GOLDENS / f"{step}.{country}.{kind}.{language}.{tone}.txt"


def written(row: tuple[str, str, str, str, str]) -> str:
    letter = compose(letter_facts(*row))
    return f"{letter.subject}\n\n{letter.text}"


def test_every_letter_that_a_ladder_can_reach_has_its_words():
    check_texts()
    assert {row[3] for row in EVERY} == set(LANGUAGES)
    assert {row[1] for row in EVERY} == set(COUNTRIES)


@pytest.mark.parametrize("row", EVERY, ids=".".join)
def test_every_letter_is_whole(row: tuple[str, str, str, str, str]):
    letter = compose(letter_facts(*row))
    for part in (letter.subject, letter.text, letter.html):
        assert part.strip() and "{number}" not in part and "{demanded}" not in part
    assert "2026-0003" in letter.text
    assert len(letter.subject) < 120


@pytest.mark.parametrize("row", READ, ids=".".join)
def test_no_letter_changes_unread(row: tuple[str, str, str, str, str]):
    assert written(row) == golden(row).read_text(encoding="utf-8")


def test_the_fourteen_day_letter_has_the_term_that_courts_ask_for_and_the_exact_costs():
    letter = compose(letter_facts("fourteen_day_letter", "NL", "consumer", "nl"))
    assert DUTCH_TERM_SENTENCE in letter.text.lower()
    assert "€ 150,00" in letter.text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("step", "country", "changes", "names"),
    [
        ("fourteen_day_letter", "NL", {"announced_costs": None}, "cost"),
        ("book_xix_notice", "BE", {"announced_costs": None}, "compensation|penalty"),
        ("book_xix_notice", "BE", {"pay_by": date(2026, 3, 20)}, "2026-03-26"),
        ("fourteen_day_letter", "NL", {"pay_by": date(2026, 3, 25)}, "2026-03-26"),
        ("notice_of_default", "NL", {"lines": ()}, "names no invoice"),
    ],
)
def test_a_letter_that_lacks_what_the_law_wants_is_not_written(step: str, country: str, changes: dict, names: str):
    with pytest.raises(MissingElement, match=names):
        compose(letter_facts(step, country, "consumer", "nl", **changes))


def test_the_seller_must_be_known_by_number_to_a_belgian_consumer():
    facts = letter_facts("book_xix_notice", "BE", "consumer", "nl")
    with pytest.raises(MissingElement):
        compose(replace(facts, seller=replace(facts.seller, registration=None)))


@pytest.mark.parametrize(
    "changes",
    [
        {"demanded": Decimal("1000.01")},
        {"principal": Decimal("999.00"), "demanded": Decimal("999.00")},
        {"credits": Decimal("1000.00"), "demanded": Decimal("0.00")},
    ],
)
def test_sums_that_do_not_add_up_are_refused(changes: dict):
    with pytest.raises(WrongSums):
        compose(letter_facts("reminder", "BE", "business", "nl", **changes))


def test_tones_differ_and_an_unknown_language_is_said_so():
    said = {
        compose(letter_facts("reminder", "BE", "business", "nl", tone)).text for tone in ("friendly", "neutral", "firm")
    }
    assert len(said) == 3
    with pytest.raises(MissingText):
        wording("reminder", "BE", "business", "it", "neutral")


def test_steps_have_their_names_in_every_language():
    names = {(c, lang): label("notice_of_default", c, lang) for c in COUNTRIES for lang in LANGUAGES}
    assert names["BE", "fr"] == "mise en demeure"
    assert names["NL", "nl"] == "ingebrekestelling"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_on_paper_pays_the_whole_sum_with_one_reference(language: str):
    facts = letter_facts("notice_of_default", "BE", "business", language)
    pdf = letter_pdf(facts, compose(facts))
    assert pdf == letter_pdf(facts, compose(facts))
    lines = code_in(pdf).split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[5:8] == ["Vandenbroecke Technische Groothandel NV", "BE15735041238930", "EUR1049.49"]
    assert lines[9] == "900000001025"


def test_a_payment_link_stands_beside_the_account():
    link = "https://pay.example.com/900000001025?amount=1000.00"
    letter = compose(letter_facts("reminder", "NL", "business", "nl", payment_link=link))
    assert f"Online betalen: {link}" in letter.text
    assert link in letter.html


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_the_code_in_the_mail_pays_what_the_letter_asks(language: str) -> None:
    """The picture beside the account pays the whole demanded sum under its one reference; words say the same."""
    facts = letter_facts("notice_of_default", "BE", "business", language)
    letter = compose(facts)
    assert letter.code is not None and f'src="cid:{letter.code.id}"' in letter.html
    lines = text_of(letter.code.png).split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[6:8] == ["BE15735041238930", f"EUR{facts.demanded}"] and lines[9] == "900000001025"
    (alt,) = re.findall(r'alt="([^"]+)"', letter.html)
    for said in (cash(facts, facts.demanded), "BE15 7350 4123 8930", "+++900/0000/01025+++"):
        assert said in html.unescape(alt) and said in letter.text


def test_a_letter_that_asks_nothing_shows_no_code() -> None:
    letter = compose(letter_facts("thank_you", "BE", "business", "nl"))
    assert letter.code is None and "<img" not in letter.html and "QR" not in letter.html


def test_hostile_names_stay_words():
    facts = letter_facts("reminder", "BE", "business", "en")
    name = '#import "x"; <script>alert(1)</script> & Söhne'
    hostile = replace(facts, debtor=replace(facts.debtor, name=name, contact=name))
    letter = compose(hostile)
    assert "<script>" not in letter.html
    assert letter_pdf(hostile, letter).startswith(b"%PDF-")
    assert "<b>" not in payment_box((("<b>", "<b>"),))


def test_a_derivation_names_days_rate_and_base():
    from receivables.demand import Demand
    from receivables.law.interest import interest

    found = interest(
        country="BE",
        debtor="business",
        principal=Decimal("1000.00"),
        due=date(2026, 2, 7),
        until=date(2026, 2, 7) + timedelta(days=33),
    )
    demand = Demand(interest=found, costs=None, lump_sum=Decimal("40.00"))
    first, second = derivation("2026-0003", demand, "en", "BE", "EUR")
    assert "33 days of interest" in first and "10.5 %" in first and "9.49" in first
    assert "40.00" in second


def code_in(pdf: bytes) -> str:
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    (found,) = zxingcpp.read_barcodes(page)
    return found.text


def text_of(png: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return str(found.text)


def write_goldens() -> None:
    GOLDENS.mkdir(exist_ok=True)
    for row in READ:
        golden(row).write_text(written(row), encoding="utf-8")


if __name__ == "__main__":
    write_goldens()
