"""Taking an export in: every row is booked once or answered with a sentence, whatever happens in between."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows import take_in
from receivables.ledger import tables
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, document, file, line
from tests.flows.house import CUSTOMERS, SELLERS, House

GOOD, BAD = document(), document(number="2026-8", lines=[line(quantity="two")])


def everything(house: House) -> dict[str, int]:
    """How many rows each table holds."""
    return {name: len(house.rows(table)) for name, table in tables.metadata.tables.items()}


def answers(house: House, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((house.root / path).read_text())
    return found


def test_a_row_is_booked_with_its_documents_and_its_dispatch(house: House) -> None:
    taken = house.take_in(GOOD)
    assert [(row.number, row.answer) for row in taken.rows] == [("2026-7", "taken_in")]
    assert house.open() == {"principal": 242_00}
    (row,) = house.rows(tables.invoices)
    assert (
        house.workspace.store.get(row.ubl).startswith(b"<?xml") and house.workspace.store.get(row.paper)[:4] == b"%PDF"
    )
    assert (house.dispatch().subject, house.dispatch().state) == ("2026-7", "planned")


def test_the_same_file_again_changes_nothing(house: House) -> None:
    house.take_in(GOOD, BAD)
    before = everything(house)
    again = house.take_in(GOOD, BAD, name="again.json")
    assert [row.answer for row in again.rows] == ["already_taken_in", "refused"]
    assert everything(house) == before


def test_the_same_number_with_other_content_is_a_conflict_and_never_an_overwrite(house: House) -> None:
    house.take_in(GOOD)
    other = house.take_in(document(lines=[line(unit_price="99.00")]), name="other.json")
    assert other.rows[0].answer == "refused"
    assert "2026-7 was taken in before with other content" in other.rows[0].sentence
    assert "credit note" in other.rows[0].sentence
    assert house.open() == {"principal": 242_00}
    assert house.story().outcome == "open", "the refusal does not hide the invoice that was taken in"


def test_one_bad_row_does_not_stop_the_others(house: House) -> None:
    taken = house.take_in(GOOD, BAD, document(number="2026-9"))
    assert [(row.row, row.number, row.answer) for row in taken.rows] == [
        (1, "2026-7", "taken_in"),
        (2, "2026-8", "refused"),
        (3, "2026-9", "taken_in"),
    ]
    assert house.story("2026-8").outcome == "refused"
    assert "documents[1].lines[0].quantity is 'two'" in house.story("2026-8").sentence


def test_a_corrected_row_is_taken_in_and_its_refusal_is_over(house: House) -> None:
    house.take_in(BAD)
    house.take_in(document(number="2026-8"), name="corrected.json")
    assert (house.story("2026-8").outcome, house.story("2026-8").sentence) == ("open", "")


def test_a_seller_without_settings_is_refused_with_what_to_add(house: House) -> None:
    stranger = {**BELGIAN_SELLER, "ref": "other"}
    taken = house.take_in_bytes(file(document(seller="other"), sellers=[stranger]))
    assert "[[seller]]" in taken.rows[0].sentence and taken.rows[0].answer == "refused"


def test_the_answer_lies_beside_the_file_with_a_sentence_for_each_refused_row(house: House) -> None:
    house.take_in(GOOD, BAD)
    assert sorted(path.name for path in (house.root / "done").iterdir()) == ["export.answer.json", "export.json"]
    assert not list((house.root / "inbox").iterdir())
    answer = answers(house, "done/export.answer.json")
    assert (answer["file"], answer["problem"]) == ("export.json", None)
    good, bad = answer["rows"]
    assert set(good) == set(bad) == {"row", "seller", "number", "answer", "sentence", "flags"}
    assert (good["answer"], good["sentence"]) == ("taken_in", "")
    assert (bad["answer"], bad["number"]) == ("refused", "2026-8") and "'two'" in bad["sentence"]


def test_the_erp_may_read_the_answer_where_it_may_read_the_folder(house: House) -> None:
    house.workspace.folder("done").chmod(0o775)
    house.take_in(GOOD)
    assert (house.root / "done" / "export.answer.json").stat().st_mode & 0o777 == 0o664


def test_a_file_of_refused_rows_only_goes_to_refused(house: House) -> None:
    house.take_in(BAD)
    assert answers(house, "refused/export.answer.json")["rows"][0]["answer"] == "refused"


@pytest.mark.parametrize("data", [b"", b"{", b"[1, 2]", b"\xff\xfe", b'{"format": "other/1"}'])
def test_a_file_that_is_no_export_goes_to_refused_with_the_reason(house: House, data: bytes) -> None:
    taken = house.take_in_bytes(data)
    assert taken.problem and "export.json" in taken.problem and taken.rows == ()
    assert (house.root / "refused" / "export.json").read_bytes() == data
    assert answers(house, "refused/export.answer.json")["problem"] == taken.problem
    assert not (house.root / "inbox" / "export.json").exists()


def test_a_file_that_is_too_large_is_not_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_in, "MAX_FILE", 100)
    taken = house.take_in(GOOD)
    assert "the most that is read is 100" in (taken.problem or "")
    assert (house.root / "refused" / "export.json").stat().st_size > 100
    assert not house.rows(tables.invoices)


def test_two_files_of_one_name_both_stay(house: House) -> None:
    house.take_in(GOOD)
    house.take_in(document(number="2026-9"))
    assert len(list((house.root / "done").glob("export*.answer.json"))) == 2
    assert len([p for p in (house.root / "done").glob("export*.json") if ".answer." not in p.name]) == 2


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a SIGKILL."""


@pytest.mark.parametrize(
    "boundary", ["intake.keep_seller", "intake.keep_invoice", "plan_invoice", "move_aside", "write_answer"]
)
def test_a_crash_at_any_boundary_loses_and_doubles_nothing(
    house: House, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are stored first, then everything is booked in one transaction, then the file is moved."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as struck:
        struck.setattr(f"flows.take_in.{boundary}", die)
        with pytest.raises(Killed):
            house.take_in(GOOD)
    booked = len(house.rows(tables.invoices))
    assert booked == len(house.dispatches()) == len(house.rows(tables.claim_items)) in (0, 1)

    taken = house.take_in(GOOD)
    assert taken.rows[0].answer == ("already_taken_in" if booked else "taken_in")
    assert len(house.rows(tables.invoices)) == len(house.dispatches()) == 1
    assert house.open() == {"principal": 242_00}
    assert answers(house, "done/export.answer.json")["rows"][0]["number"] == "2026-7"


def test_a_credit_note_leaves_nothing_open_on_its_invoice(house: House) -> None:
    credit = document(
        kind="credit_note", number="2026-C1", original_invoice={"number": "2026-7", "issued": "2026-01-05"}
    )
    house.take_in(GOOD, credit)
    assert house.open() == {}
    assert house.story().outcome == house.story("2026-C1").outcome == "credited"


def test_what_the_customer_issued_itself_is_followed_and_not_sent(house: House) -> None:
    (row,) = house.take_in(document(kind="self_billed_invoice")).rows
    assert row.answer == "taken_in" and any("not sent" in flag for flag in row.flags)
    assert house.open() == {"principal": 242_00}
    assert house.rows(tables.dispatches) == []


def test_what_is_collected_is_held_until_the_bank_would_have_returned_it(house: House) -> None:
    """SEPA core rulebook: a debit is returned within five banking days."""
    collected = document(payment={"by": "direct_debit", "mandate": {"reference": "M-1"}})
    seller = BELGIAN_SELLER | {"sepa_creditor_id": "BE68ZZZ0123456789"}
    house.take_in_bytes(file(collected, sellers=[seller]), "collected.json")
    (hold,) = house.rows(tables.holds)
    assert (hold.kind, hold.until) == ("direct_debit", date(2026, 2, 14))


def test_a_finding_on_the_e_invoice_names_the_field_of_the_export(house: House) -> None:
    stranger = BUSINESS | {"peppol_endpoint": "0000:123"}
    (row,) = house.take_in(GOOD, customers=[stranger]).rows
    assert row.answer == "refused"
    assert "from customers[C-1].peppol_endpoint" in row.sentence


def test_a_file_from_outside_the_installation_stays_where_its_owner_has_it(house: House, tmp_path: Path) -> None:
    given = tmp_path / "elsewhere" / "export.json"
    given.parent.mkdir()
    given.write_bytes(file(document(), sellers=list(SELLERS), customers=list(CUSTOMERS)))
    take_in.take_in_file(house.workspace, given, house.today)
    assert given.exists()
    assert (house.root / "done" / "export.json").read_bytes() == given.read_bytes()
