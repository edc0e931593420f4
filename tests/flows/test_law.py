"""The calculators of `voldaan law`: published figures to the cent, in the shapes that other programs read.

Figures: art. 6:119a, 6:119 and 6:96 BW, the BIK decree, the Belgian law of
2 August 2002, Book XIX Code of economic law.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.cli import FINE, UNUSABLE, run
from tests.receivables.test_law_costs import PUBLISHED_CAPS, PUBLISHED_SCALE

Captured = pytest.CaptureFixture[str]


def ask(captured: Captured, *command: str) -> Any:
    """The answer of `voldaan law …` as JSON; nothing else on either stream."""
    assert run(["law", *command, "--format", "json"]) == FINE
    out, err = captured.readouterr()
    assert err == ""
    (line,) = out.splitlines()
    return json.loads(line)


def interest(captured: Captured, country: str, debtor: str, principal: str, due: str, until: str, *more: str) -> Any:
    period = ("--principal", principal, "--due", due, "--until", until)
    return ask(captured, "interest", "--country", country, "--debtor", debtor, *period, *more)


def refused(captured: Captured, *command: str) -> str:
    assert run(["law", *command]) == UNUSABLE
    out, err = captured.readouterr()
    assert out == ""
    (sentence,) = err.splitlines()
    return sentence


@pytest.mark.parametrize(
    ("country", "debtor", "principal", "due", "until", "expected"),
    [
        ("NL", "business", "1000.00", "2024-11-30", "2025-08-15", "78.49"),
        ("BE", "business", "1000.00", "2024-11-30", "2025-08-15", "80.88"),
        ("NL", "consumer", "1000.00", "2024-11-30", "2025-08-15", "43.26"),
        ("NL", "business", "1000.00", "2024-01-14", "2026-01-15", "243.09"),  # a year's interest bears interest
        ("BE", "business", "1000.00", "2024-01-14", "2026-01-15", "234.82"),  # simple
        ("NL", "business", "5000.00", "2025-07-31", "2025-10-29", "125.14"),  # go-figure.nl
        ("NL", "business", "1000.00", "2025-08-15", "2025-08-15", "0.00"),
        ("NL", "business", "0", "2024-11-30", "2025-08-15", "0.00"),
    ],
)
def test_interest(
    country: str, debtor: str, principal: str, due: str, until: str, expected: str, capsys: Captured
) -> None:
    assert interest(capsys, country, debtor, principal, due, until)["interest"] == expected


def test_interest_has_a_line_for_every_rate_and_the_lines_add_up(capsys: Captured) -> None:
    answer = interest(capsys, "NL", "business", "1000.00", "2024-11-30", "2025-08-15")
    assert set(answer) == {"interest", "lines", "articles", "provisional"}
    first, second, third = answer["lines"]
    assert first == {
        "from": "2024-12-01",
        "to": "2024-12-31",
        "days": 31,
        "rate": "12.25",
        "base": "1000.00",
        "amount": "10.4041",
    }
    assert [(line["days"], line["rate"]) for line in (second, third)] == [(181, "11.15"), (46, "10.15")]
    total = sum(Decimal(line["amount"]) for line in answer["lines"])
    assert total.quantize(Decimal("0.01")) == Decimal(answer["interest"])
    assert answer["articles"] == ["6:119a BW", "6:120(2) BW"]
    assert answer["provisional"] is False


def test_an_example_that_rounds_every_line_is_reproduced_when_asked_for(capsys: Captured) -> None:
    rounded = interest(capsys, "NL", "business", "1000.00", "2024-11-30", "2025-08-15", "--rounding", "per_period")
    assert rounded["interest"] == "78.48"  # 10.40 + 55.29 + 12.79


@pytest.mark.parametrize(
    ("country", "debtor", "due", "until", "periods", "total"),
    [
        ("NL", "business", "2024-11-30", "2025-08-15", ["10.40", "55.29", "12.79"], "78.48"),
        ("BE", "business", "2024-11-30", "2025-08-15", ["10.62", "57.03", "13.23"], "80.88"),
        ("NL", "consumer", "2024-11-30", "2025-08-15", ["5.95", "37.32"], "43.27"),
        ("BE", "business", "2024-01-14", "2026-01-15", None, "234.83"),
    ],
)
def test_published_sums_that_round_every_period(
    country: str, debtor: str, due: str, until: str, periods: list[str] | None, total: str, capsys: Captured
) -> None:
    answer = interest(capsys, country, debtor, "1000.00", due, until, "--rounding", "per_period")
    assert answer["interest"] == total
    if periods is not None:
        assert [f"{Decimal(line['amount']):.2f}" for line in answer["lines"]] == periods


def test_the_official_dutch_example_of_ten_years(capsys: Captured) -> None:
    """Ministry of Finance, vergoedingsns.nl: 100.00 from 1-2-2013 to 30-10-2023 becomes 128.94."""
    assert interest(capsys, "NL", "consumer", "100.00", "2013-01-31", "2023-10-29")["interest"] == "28.94"


def test_past_the_last_confirmed_half_year_the_answer_is_provisional(capsys: Captured) -> None:
    answer = interest(capsys, "NL", "business", "1000.00", "2026-06-20", "2026-07-10")
    assert answer["provisional"] is True
    assert [line["to"] for line in answer["lines"]] == ["2026-06-30", "2026-07-10"]


@pytest.mark.parametrize(
    ("country", "debtor", "principal", "deductible", "costs", "vat"),
    [
        ("NL", "consumer", "100", "yes", "40.00", "0.00"),
        ("NL", "consumer", "266.67", "no", "40.00", "8.40"),
        ("NL", "consumer", "1648.58", "yes", "247.29", "0.00"),
        ("NL", "business", "4000", "yes", "525.00", "0.00"),
        ("NL", "business", "25000", "no", "1025.00", "215.25"),
        ("NL", "business", "1000000", "yes", "6775.00", "0.00"),
        ("BE", "business", "1000", "yes", "40.00", "0.00"),
        ("BE", "consumer", "150", "yes", "20.00", "0.00"),
        ("BE", "consumer", "300", "yes", "45.00", "0.00"),
        ("BE", "consumer", "39200", "yes", "2000.00", "0.00"),
    ],
)
def test_costs(
    country: str, debtor: str, principal: str, deductible: str, costs: str, vat: str, capsys: Captured
) -> None:
    given = ("--country", country, "--debtor", debtor, "--principal", principal, "--vat-deductible", deductible)
    answer = ask(capsys, "costs", *given)
    assert set(answer) == {"costs", "vat", "articles"}
    assert (answer["costs"], answer["vat"]) == (costs, vat)
    assert answer["articles"]


@pytest.mark.parametrize(("principal", "amount"), PUBLISHED_SCALE.items())
def test_the_published_dutch_scale(principal: str, amount: str, capsys: Captured) -> None:
    """BIK decree, art. 2: bosveld.nl, nova-incasso."""
    answer = ask(capsys, "costs", "--country", "NL", "--debtor", "consumer", "--principal", principal)
    assert (answer["costs"], answer["vat"]) == (f"{Decimal(amount):.2f}", "0.00")


@pytest.mark.parametrize(("principal", "amount"), PUBLISHED_CAPS.items())
def test_the_published_belgian_caps(principal: str, amount: str, capsys: Captured) -> None:
    """Art. XIX.4 Code of economic law."""
    answer = ask(capsys, "costs", "--country", "BE", "--debtor", "consumer", "--principal", principal)
    assert answer["costs"] == f"{Decimal(amount):.2f}"


@pytest.mark.parametrize(
    ("given", "earliest"),
    [
        (("BE", "post", "2023-09-18"), "2023-10-05"),  # the published Belgian example
        (("BE", "email", "2023-09-18"), "2023-10-03"),
        (("BE", "post", "2026-04-30"), "2026-05-20"),  # 1 May and the weekend are no working days
        (("NL", "email", "2026-03-02"), "2026-03-17"),
        (("NL", "post", "2026-03-03", "2026-03-04"), "2026-03-20"),  # by post 16 days, though received the next day
        (("NL", "post", "2026-03-02"), "2026-03-19"),  # never before 16 days are over
        (("NL", "post", "2026-03-02", "2026-03-09"), "2026-03-24"),  # receipt proven on the ninth
    ],
)
def test_letter_deadline(given: tuple[str, ...], earliest: str, capsys: Captured) -> None:
    named = zip(("--country", "--channel", "--sent", "--received"), given, strict=False)
    answer = ask(capsys, "letter-deadline", *(word for pair in named for word in pair))
    assert set(answer) == {"earliest_next_step", "derivation"}
    assert answer["earliest_next_step"] == earliest
    assert answer["derivation"][-1] == f"next step from {earliest}"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("interest --country NL --debtor business --principal -1 --due 2025-01-01 --until 2025-02-01", "zero or more"),
        (
            "interest --country NL --debtor business --principal 1 --due 1990-01-01 --until 2025-02-01",
            "known from 2007",
        ),
        ("costs --country BE --debtor business --principal -1", "zero or more"),
        ("letter-deadline --country NL --channel post --sent 2026-03-02 --received 2026-03-01", "not received before"),
        ("interest --country DE --debtor business --principal 1 --due 2025-01-01 --until 2025-02-01", "DE"),
        ("costs --country NL --debtor business --principal a-lot", "a-lot"),
    ],
)
def test_what_cannot_be_reckoned_is_one_sentence(command: str, sentence: str, capsys: Captured) -> None:
    assert sentence in refused(capsys, *command.split())


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    (tmp_path / "voldaan.toml").write_text("")
    return tmp_path


NEW_RATE = ("--country", "NL", "--regime", "trade", "--from", "2026-07-01", "--pct", "10.40")


def test_an_added_rate_makes_a_provisional_figure_certain(installation: Path, capsys: Captured) -> None:
    late = ("NL", "business", "1000.00", "2026-06-30", "2026-07-31")
    added = ask(capsys, "add-rate", *NEW_RATE, "--source", "Staatscourant 2026, 1", "--root", str(installation))
    assert added["from"] == "2026-07-01"
    answer = interest(capsys, *late, "--root", str(installation))
    assert (answer["provisional"], answer["lines"][0]["rate"]) == (False, "10.40")
    assert interest(capsys, *late)["provisional"] is True  # another installation knows nothing of it


def test_a_rate_is_added_once_and_stands_among_the_others_with_its_source(installation: Path, capsys: Captured) -> None:
    for _ in range(2):
        ask(capsys, "add-rate", *NEW_RATE, "--source", 'A "quoted" page', "--root", str(installation))
    assert (installation / "rates.toml").read_text().count("[[rate]]") == 1
    run(["law", "rates", "--country", "NL", "--regime", "trade", "--root", str(installation), "--format", "json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (rows[-1]["pct"], rows[-1]["source"], rows[-1]["confirmed_until"]) == (
        "10.40",
        'A "quoted" page',
        "2026-12-31",
    )


def test_a_rate_needs_a_source_a_sane_figure_and_an_installation(installation: Path, capsys: Captured) -> None:
    here = ("--root", str(installation))
    assert "source" in refused(capsys, "add-rate", *NEW_RATE, "--source", " ", *here)
    assert "between 0 and 100" in refused(capsys, "add-rate", *NEW_RATE[:-1], "1040", "--source", "x", *here)
    assert "voldaan.toml" in refused(capsys, "add-rate", *NEW_RATE, "--source", "x", "--root", str(installation / "no"))
    assert not (installation / "rates.toml").exists()
