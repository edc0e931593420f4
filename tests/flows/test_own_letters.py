"""The house's own letters go before the embedded ones, one by one, and what is wrong in them is said when they load."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flows.settings import FILE, BadSettings
from flows.workspace import open_workspace
from tests.connectors.exports import document
from tests.flows.house import House
from tests.receivables.policies import ladder, policy_text

OWN = '''
[[letter]]
step = "{step}"
subject = "Dag van Dekade: {{invoices}}"
before = """
Er staat nog {{demanded}} open{more}.
"""
after = """
Graag tegen {{pay_by}}.
"""
'''


def write(house: House, name: str, step: str, more: str = "") -> None:
    folder = house.root / "letters"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(OWN.format(step=step, more=more))
    settings = (house.root / FILE).read_text()
    if "letters =" not in settings:
        (house.root / FILE).write_text(f'letters = "letters"\n{settings}')


def reopen(house: House) -> None:
    house.workspace = open_workspace(house.root, now=house.clock)


def subject_sent(house: House) -> str:
    house.take_in(document(due="2026-02-02"))
    house.play_day()
    house.go_to(date(2026, 2, 9))
    house.play_day()
    return str(house.dispatch("notice").details["subject"])


def test_a_text_of_the_house_goes_before_ours(house: House) -> None:
    write(house, "nl_BE.toml", "reminder")
    reopen(house)
    assert subject_sent(house) == "Dag van Dekade: factuur 2026-7"


def test_other_steps_and_languages_keep_our_texts(house: House) -> None:
    write(house, "nl_BE.toml", "formal_reminder")
    write(house, "fr.toml", "reminder")
    reopen(house)
    assert "Dag van Dekade" not in subject_sent(house)


def test_a_letter_of_the_house_under_its_own_name(house: House) -> None:
    for name in ("nl_BE.toml", "fr.toml", "de.toml", "en.toml"):
        write(house, name, "greeting")
    text = policy_text(ladder("ours", "reminder; wait = 5; template = 'greeting'", conditions='sizes = ["sme"]'))
    (house.root / "policy.toml").write_text(text)
    reopen(house)
    assert subject_sent(house) == "Dag van Dekade: factuur 2026-7"


@pytest.mark.parametrize(
    ("name", "step", "more", "sentence"),
    [
        ("nl_BE.toml", "reminder", " {colour}", "letters/nl_BE.toml, letter 1 asks for {colour}, which no letter has"),
        ("nl_BE.toml", "reminder", " {", "the braces do not match"),
        ("nl.toml", "reminder", "", "letters/nl.toml: letters stand in de.toml"),
        ("nl_NL.toml", "fourteen_day_letter", " {costs_sentence}", "lacks {term_sentence}, which the law wants in it"),
        ("fr.toml", "book_xix_notice", " {term_sentence} {registration}", "lacks {penalty_sentence}"),
    ],
)
def test_what_is_wrong_is_one_sentence_when_they_load(
    house: House, name: str, step: str, more: str, sentence: str
) -> None:
    write(house, name, step, more)
    with pytest.raises(BadSettings) as refused:
        reopen(house)
    assert sentence in str(refused.value)


def test_a_folder_that_is_not_there_is_said(house: House, tmp_path: Path) -> None:
    (house.root / FILE).write_text('letters = "letters"\n' + (house.root / FILE).read_text())
    with pytest.raises(BadSettings, match="there is no folder letters"):
        reopen(house)
