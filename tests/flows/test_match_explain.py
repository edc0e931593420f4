"""Why an entry is booked or waits, and what a person does about it: voldaan match."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from flows.cli import FINE, UNUSABLE, run
from flows.match_explain import explained, match_again
from receivables.ledger import tables
from tests.connectors.exports import document, line
from tests.flows.house import BE_ACCOUNT, House

PAID_ON = date(2026, 1, 20)
BY = "Nadia Willems"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def billed(house: House) -> House:
    house.take_in(document(), document(number="2026-8"))
    house.go_to(PAID_ON)
    return house


def ask(house: House, capsys: Captured, *words: str, status: int = FINE) -> list[dict[str, Any]]:
    """`voldaan match …` as JSON."""
    assert run(["match", *words, "--root", str(house.root), "--format", "json"]) == status
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_explains_what_waits_step_by_step(billed: House, capsys: Captured) -> None:
    billed.pay("200.00", text="factuur 2026-8")
    billed.read_statements()
    (told,) = ask(billed, capsys, "--explain")
    assert (told["state"], told["confidence"]) == ("proposed", "0.6")
    assert told["proposed"] == [{"invoice": "2026-8", "kind": "principal", "amount": "200.00"}]
    assert [each["step"] for each in told["steps"]][-1] == "invoice number in the text"
    assert told["steps"][-1]["found"].startswith("for a person (0.6): invoice 2026-8 named, but 242.00 is open")


def test_explains_what_was_booked(billed: House, capsys: Captured) -> None:
    billed.pay("242.00", reference=billed.reference())
    billed.read_statements()
    assert ask(billed, capsys, "--explain") == []
    (told,) = ask(billed, capsys, "--explain", "1")
    assert told["allocated"] == [{"invoice": "2026-7", "kind": "principal", "amount": "242.00"}]
    assert (told["reason"], told["confidence"]) == (f"structured reference {billed.reference()}", "1")


def test_what_a_credit_note_holds_beyond_its_invoice_is_set_off_against_the_next_and_shown(
    billed: House, capsys: Captured
) -> None:
    first = {"number": "2026-7", "issued": "2026-01-05"}
    credit = document(number="2026-90", kind="credit_note", original_invoice=first, lines=[line(quantity=3)])
    assert billed.take_in(credit, name="credit.json").count("taken_in") == 1
    assert (billed.open(), billed.open("2026-8")) == ({}, {"principal": 242_00})
    billed.pay("121.00", text="2026-8 min 2026-90")
    billed.read_statements()
    (told,) = ask(billed, capsys, "--explain", "1")
    assert (told["state"], told["allocated"]) == (
        "matched",
        [{"invoice": "2026-8", "kind": "principal", "amount": "121.00"}],
    )
    assert told["netted"] == [{"credit_note": "2026-90", "invoice": "2026-8", "amount": "121.00"}]
    assert "less credit note 2026-90" in told["reason"] and billed.open("2026-8") == {}
    assert run(["match", "--explain", "1", "--root", str(billed.root)]) == FINE
    assert "netted    2026-90 on 2026-8 121.00" in capsys.readouterr().out


def test_what_banks_kept_is_shown_as_waived_and_why(billed: House, capsys: Captured) -> None:
    rows = [
        "account,booked,amount,currency,opening,closing,reference,charges",
        f"{BE_ACCOUNT},2026-01-20,232.00,EUR,0.00,232.00,{billed.reference()},10.00",
    ]
    (billed.workspace.folder("bank/inbox") / "kept.csv").write_text("\n".join(rows))
    billed.read_statements()
    (told,) = ask(billed, capsys, "--explain", "1")
    assert told["waived"] == [{"invoice": "2026-7", "kind": "principal", "amount": "10.00"}]
    assert run(["match", "--explain", "1", "--root", str(billed.root)]) == FINE
    assert "waived    2026-7 principal 10.00 (bank costs)" in capsys.readouterr().out


def test_accepting_books_the_proposal_by_name(billed: House, capsys: Captured) -> None:
    billed.pay("200.00", text="factuur 2026-8")
    billed.read_statements()
    (told,) = ask(billed, capsys, "accept", "1", "--by", BY)
    assert (told["state"], told["by"], billed.open("2026-8")) == ("matched", BY, {"principal": 42_00})
    assert BY not in str(billed.journal("entry.assigned")[0].facts)
    assert run(["match", "accept", "1", "--by", BY, "--root", str(billed.root)]) == UNUSABLE
    assert "entry 1 is matched and nothing is proposed" in capsys.readouterr().err


def test_assigning_says_what_an_entry_pays(billed: House, capsys: Captured) -> None:
    billed.pay("300.00", name="Iemand Anders", text="dank u")
    billed.read_statements()
    (told,) = ask(billed, capsys, "assign", "1", "2026-7=58.00", "2026-8", "--by", BY)
    assert (told["state"], billed.open(), billed.open("2026-8")) == ("matched", {"principal": 184_00}, {})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["assign", "9", "2026-7", "--by", BY], "there is no bank entry 9"),
        (["assign", "1", "2026-7=x", "--by", BY], "'2026-7=x' is no invoice and amount"),
        (["assign", "1", "2026-7=400.00", "--by", BY], "cannot be booked so"),
        (["assign", "1", "--by", BY], "name the invoices"),
        (["assign", "1", "2026-99", "--by", BY], "no invoice 2026-99"),
        (["undo", "1", "--by", BY], "is booked on no claim"),
        (["return", "1", "1", "--by", BY], "must be money out"),
        (["--explain", "7"], "there is no bank entry 7"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(billed: House, capsys: Captured, words: list[str], sentence: str) -> None:
    billed.pay("300.00", name="Iemand Anders", text="dank u")
    billed.read_statements()
    assert run(["match", *words, "--root", str(billed.root)]) == UNUSABLE
    assert sentence in capsys.readouterr().err
    assert billed.open() == {"principal": 242_00}


def test_a_wrong_match_is_undone_and_stays_undone(billed: House, capsys: Captured) -> None:
    billed.pay("242.00", reference=billed.reference())
    billed.read_statements()
    (told,) = ask(billed, capsys, "undo", "1", "--by", BY)
    assert (told["state"], told["allocated"], billed.open()) == ("unmatched", [], {"principal": 242_00})
    assert ask(billed, capsys) == [{}] and billed.open() == {"principal": 242_00}
    ask(billed, capsys, "assign", "1", "2026-8", "--by", BY)
    assert (billed.open(), billed.open("2026-8")) == ({"principal": 242_00}, {})


def test_money_out_that_a_person_knows_takes_a_payment_back(billed: House, capsys: Captured) -> None:
    billed.pay("300.00", reference=billed.reference())
    billed.pay("-300.00", text="terug", return_reason="MS03")
    billed.read_statements()
    assert billed.open() == {}
    ask(billed, capsys, "return", "2", "1", "--by", BY)
    assert billed.open() == {"principal": 242_00}
    assert run(["match", "assign", "1", "2026-8", "--by", BY, "--root", str(billed.root)]) == UNUSABLE


def test_an_invoice_that_came_after_its_payment_is_found_by_looking_again(billed: House) -> None:
    billed.pay("242.00", text="factuur 2026-9")
    billed.read_statements()
    assert billed.rows(tables.entries)[0].state != "matched"
    billed.take_in(document(number="2026-9"), name="later.json")
    assert match_again(billed.workspace) == {"matched": 1}
    assert (billed.open("2026-9"), explained(billed.workspace)) == ({}, [])


def test_a_discount_taken_in_time_settles_the_invoice(house: House) -> None:
    """242.00 with 2 % within 8 days (art. 28, 1° WBTW): 4.00 of the 200.00 without VAT."""
    house.take_in(document(cash_discount={"percent": 2, "days": 8}))
    house.go_to(date(2026, 1, 12))
    whole = house.open()["principal"]
    house.pay(f"{(whole - 400) / 100:.2f}", reference=house.reference())
    house.read_statements()
    (item,) = house.rows(tables.claim_items)
    assert (house.open(), item.waived, item.waived_why) == ({}, 4_00, "discount for prompt payment")


def test_a_credit_note_is_set_off_against_what_is_paid(billed: House) -> None:
    from tests.connectors.exports import line

    note = document(kind="credit_note", number="C-2026-1", lines=[line(quantity=1)], credits=None)
    taken = billed.take_in(note, name="note.json")
    assert taken.count("taken_in") == 1, taken.rows
    billed.pay("121.00", reference=billed.reference(), text="min creditnota C-2026-1")
    billed.read_statements()
    assert (billed.open(), billed.open("2026-8")) == ({}, {"principal": 242_00})
