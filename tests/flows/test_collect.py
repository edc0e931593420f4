"""Direct debit from the mandate in the export to the money on the account, or its return: EPC016-06, EPC222-07."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from flows.collect import Collected, collect
from flows.insure import insure
from receivables.claims import HoldKind
from receivables.ledger import tables
from tests.connectors import exports
from tests.connectors.exports import BELGIAN_SELLER, BUSINESS, CONSUMER, DUTCH_SELLER, document
from tests.flows.house import House

CREDITOR = "BE68ZZZ0123456789"
PAYER = "NL91ABNA0417164300"
MANDATE = {"reference": "M-1", "iban": PAYER, "signed": "2025-06-01"}
DUE, IN_TIME = date(2026, 2, 4), date(2026, 1, 29)
NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}


def collected(number: str = "2026-7", **changes: Any) -> dict[str, Any]:
    return document(number=number, payment={"by": "direct_debit"}, **changes)


Bill = Callable[..., House]


@pytest.fixture
def bill(house: House) -> Bill:
    """Invoices that are to be collected under `mandate`, taken in, sent on 5 January and due on 4 February."""

    def do(*documents: dict[str, Any], **mandate: Any) -> House:
        customers = [BUSINESS | {"mandate": exports.changed(MANDATE, mandate)}, CONSUMER]
        sellers = [BELGIAN_SELLER | {"sepa_creditor_id": CREDITOR}, DUTCH_SELLER]
        data = exports.file(*(documents or (collected(),)), sellers=sellers, customers=customers)
        taken = house.take_in_bytes(data)
        assert not taken.problem and taken.count("taken_in") == len(documents or (1,)), taken.rows
        house.send()
        house.go_to(IN_TIME)
        return house

    return do


def run(house: House) -> Collected:
    return collect(house.workspace, house.today, house.root / "debits")


def message(path: Path) -> Any:
    return etree.parse(path).getroot()


def texts(root: Any, path: str) -> list[str]:
    return [found.text for found in root.iterfind(f".//p:{path.replace('/', '/p:')}", NAMESPACE)]


def test_what_is_due_goes_into_a_valid_message_with_structured_addresses(bill: Bill) -> None:
    done = run(bill())
    root = message(done.files[0])
    assert texts(root, "CtrlSum")[0] == "242.00" and texts(root, "SeqTp") == ["FRST"]
    assert texts(root, "LclInstrm/Cd") == ["CORE"]
    assert texts(root, "ReqdColltnDt") == [DUE.isoformat()]
    assert texts(root, "MndtId") == ["M-1"] and texts(root, "DtOfSgntr") == ["2025-06-01"]
    assert texts(root, "CdtrSchmeId/Id/PrvtId/Othr/Id") == [CREDITOR]
    assert texts(root, "DbtrAcct/Id/IBAN") == [PAYER]
    address = root.find(".//p:Dbtr/p:PstlAdr", NAMESPACE)
    assert [(etree.QName(each).localname, each.text) for each in address] == [
        ("StrtNm", "Plein"),
        ("BldgNb", "2"),
        ("PstCd", "2800"),
        ("TwnNm", "Mechelen"),
        ("Ctry", "BE"),
    ]
    assert texts(root, "EndToEndId") == [done.new[0].end_to_end]
    assert texts(root, "PmtInfId") == [done.new[0].batch] and len(done.new[0].batch) <= 35


def test_the_same_day_again_collects_nothing_twice_and_writes_the_same_file(bill: Bill) -> None:
    house = bill()
    (path,) = run(house).files
    before = path.read_bytes()
    path.unlink()
    again = run(house)
    assert (again.new, again.files, path.read_bytes()) == ([], [path], before)
    house.go_to(date(2026, 1, 30))
    assert (run(house).new, run(house).files) == ([], [])


@pytest.mark.parametrize(
    ("mandate", "why"),
    [
        ({"signed": None}, "has no day of signature"),
        ({"iban": None}, "has no IBAN"),
        ({"signed": "2022-06-01"}, "was not used for 36 months"),
        ({"signed": "2026-03-01"}, "is signed on 2026-03-01, after"),
    ],
)
def test_a_mandate_that_may_not_be_used_is_told(bill: Bill, mandate: dict[str, Any], why: str) -> None:
    done = run(bill(**mandate))
    assert done.files == [] and why in done.waiting[0].why


def test_nothing_is_collected_before_it_was_announced(house: House, bill: Bill) -> None:
    """Fourteen days from the invoice, which names mandate, creditor, sum and day, unless fewer are agreed."""
    bill(collected(due="2026-01-07"))
    house.go_to(date(2026, 1, 14))
    assert run(house).new[0].collected == date(2026, 1, 19)


def test_fewer_days_of_notice_may_be_agreed(house: House, bill: Bill) -> None:
    bill(collected(due="2026-01-07"), notice_days=2)
    house.go_to(date(2026, 1, 6))
    assert run(house).new[0].collected == date(2026, 1, 7)


def test_what_is_due_later_waits(house: House, bill: Bill) -> None:
    bill()
    house.go_to(date(2026, 1, 20))
    (waiting,) = run(house).waiting
    assert waiting.why == "to be collected on 2026-02-04"


def test_a_disputed_invoice_is_not_collected(bill: Bill) -> None:
    house = bill()
    house.hold("2026-7", HoldKind.DISPUTE, date(2026, 3, 1))
    assert run(house).new == []


def test_b2b_and_core_are_messages_of_their_own_and_once_is_ooff(bill: Bill) -> None:
    own = {"by": "direct_debit", "mandate": MANDATE | {"reference": "M-2", "scheme": "b2b", "once": True}}
    done = run(bill(collected(), document(number="2026-8", payment=own)))
    kinds = {texts(message(path), "LclInstrm/Cd")[0]: texts(message(path), "SeqTp") for path in done.files}
    assert kinds == {"CORE": ["FRST"], "B2B": ["OOFF"]}


def test_the_second_collection_is_rcur_and_the_last_fnal(bill: Bill) -> None:
    house = bill(
        collected(), collected("2026-8", due="2026-02-05"), collected("2026-9", due="2026-02-06"), last="2026-02-06"
    )
    house.go_to(date(2026, 2, 2))
    assert {one.number: one.sequence for one in run(house).new} == {
        "2026-7": "FRST",
        "2026-8": "RCUR",
        "2026-9": "FNAL",
    }


class TestTheBanksAnswer:
    def submitted(self, bill: Bill) -> tuple[House, str]:
        house = bill()
        end_to_end = run(house).new[0].end_to_end
        house.go_to(DUE)
        return house, end_to_end

    def test_pays_by_end_to_end_id_and_ends_the_hold(self, bill: Bill) -> None:
        house, end_to_end = self.submitted(bill)
        house.pay("242.00", end_to_end=end_to_end, mandate="M-1", name="Z.")
        house.read_statements()
        assert house.open() == {}
        (entry,) = house.rows(tables.entries)
        assert entry.match["reason"] == f"our direct debit {end_to_end}"
        (hold,) = house.rows(tables.holds)
        assert (hold.ended, hold.outcome, house.rows(tables.collections)[0].state) == (DUE, "paid", "paid")

    def test_pays_a_whole_batch_in_one_sum(self, bill: Bill) -> None:
        house = bill(collected(), collected("2026-8"))
        batches = {one.batch for one in run(house).new if one.sequence == "FRST"}
        assert len(batches) == 1  # the second of the same mandate is RCUR and stands apart
        house.go_to(DUE)
        for one in house.rows(tables.collections):
            house.pay("242.00", end_to_end=one.batch)
        house.read_statements()
        assert (house.open(), house.open("2026-8")) == ({}, {})

    def test_by_mandate_and_amount_where_the_id_was_lost(self, bill: Bill) -> None:
        house, _ = self.submitted(bill)
        house.pay("242.00", mandate="M-1", name="Z.", iban=None)
        house.read_statements()
        assert house.open() == {} and "mandate M-1" in house.rows(tables.entries)[0].match["reason"]
        assert house.rows(tables.collections)[0].state == "paid"

    @pytest.mark.parametrize(("code", "ends"), [("AM04", False), ("MD01", True), ("AC04", True)])
    def test_a_return_reopens_the_claim_with_its_reason(self, bill: Bill, code: str, ends: bool) -> None:
        house, end_to_end = self.submitted(bill)
        house.pay("242.00", end_to_end=end_to_end)
        house.read_statements()
        house.go_to(date(2026, 2, 9))
        house.pay("-242.00", end_to_end=end_to_end, return_reason=code)
        house.read_statements()
        assert house.open() == {"principal": 242_00}
        (collection,) = house.rows(tables.collections)
        assert (collection.state, collection.reason, collection.returned) == ("returned", code, house.today)
        (mandate,) = house.rows(tables.mandates)
        assert bool(mandate.ended) is ends
        (told,) = house.tasks("debit_returned")
        assert code in told and ("new mandate" in told) is ends

    def test_a_return_counts_for_the_insurer_at_once(self, bill: Bill) -> None:
        house = bill(collected(lines=[exports.line(quantity=20)]))
        end_to_end = run(house).new[0].end_to_end
        house.go_to(DUE)
        house.pay("2420.00", end_to_end=end_to_end)
        house.read_statements()
        house.go_to(date(2026, 2, 9))
        assert insure(house.workspace, house.today).planned == []
        house.pay("-2420.00", end_to_end=end_to_end, return_reason="AM04")
        house.read_statements()
        assert insure(house.workspace, house.today).planned == ["C-1"]

    def test_a_refund_of_one_in_a_batch_reopens_that_one_alone(self, bill: Bill) -> None:
        own = {"by": "direct_debit", "mandate": MANDATE | {"reference": "M-2"}}
        house = bill(collected(), document(number="2026-8", payment=own))
        new = run(house).new
        assert len({one.batch for one in new}) == 1
        house.go_to(DUE)
        house.pay("484.00", end_to_end=new[0].batch)
        house.read_statements()
        assert (house.open(), house.open("2026-8")) == ({}, {})
        house.go_to(date(2026, 2, 20))
        house.pay("-242.00", end_to_end=new[1].end_to_end, return_reason="MD06")
        house.read_statements()
        assert (house.open(), house.open("2026-8")) == ({}, {"principal": 242_00})
        assert sum(row.amount for row in house.rows(tables.allocations)) == 242_00

    def test_the_hold_lasts_until_the_bank_has_returned_what_failed(self, bill: Bill) -> None:
        house, _ = self.submitted(bill)
        assert house.rows(tables.holds)[0].until == date(2026, 2, 14)
        assert Decimal(house.rows(tables.collections)[0].amount) == 242_00
