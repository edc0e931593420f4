"""The cases of Belgian and Dutch invoicing, written as on file and judged by both engines.

After a wanted change of the writer: `python -m tests.ubl.test_goldens` writes the files anew; look at the difference.
"""

from pathlib import Path

import pytest

from tests.ubl import cases_money, cases_parties, cases_types, cases_vat
from tests.ubl.conftest import broken_rules
from tests.ubl.samples import invoice, line
from ubl.invoice import Invoice
from ubl.read import read
from ubl.write import write

GOLDENS = Path(__file__).parent / "goldens"
CASES: dict[str, Invoice] = cases_vat.CASES | cases_money.CASES | cases_parties.CASES | cases_types.CASES


@pytest.mark.parametrize("name", CASES)
def test_the_case_is_written_as_on_file(name):
    assert write(CASES[name]) == (GOLDENS / f"{name}.xml").read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_the_file_is_read_back_as_the_case(name):
    assert read((GOLDENS / f"{name}.xml").read_bytes()) == CASES[name]


@pytest.mark.parametrize("name", CASES)
def test_the_file_breaks_no_rule(name, official):
    data = (GOLDENS / f"{name}.xml").read_bytes()
    assert broken_rules(data) == set()
    assert official(data) == set()


def test_no_file_is_left_over():
    assert {path.stem for path in GOLDENS.glob("*.xml")} == set(CASES)


def test_a_thousand_lines_break_no_rule(official):
    rates = ("21", "6", "12")
    many = invoice(
        *(line(number, f"{number % 7 + 1}", f"{number * 0.37:.3f}", rates[number % 3]) for number in range(1, 1001))
    )
    data = write(many)
    assert read(data) == many
    assert broken_rules(data) == set()
    assert official(data) == set()


if __name__ == "__main__":
    for old in GOLDENS.glob("*.xml"):
        old.unlink()
    for name, case in CASES.items():
        (GOLDENS / f"{name}.xml").write_bytes(write(case))
