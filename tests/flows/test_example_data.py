"""The example export and the demo's script: real-looking, valid, and one fits the other."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from stdnum import iban
from stdnum.be import vat as belgian

from connectors.erp.checks import flags
from connectors.erp.export import Export, Ready, read_export
from connectors.erp.mapping import build
from connectors.erp.parties import peppol_address
from receivables.claims import Outcome
from receivables.law.reclaim import right_of_reclaim
from ubl import official
from ubl.arithmetic import totals
from ubl.invoice import DocumentType, Invoice
from ubl.write import write

ROOT = Path(__file__).parents[2]
DATA = (ROOT / "examples" / "erp-export.json").read_bytes()
SCRIPT: dict[str, Any] = tomllib.loads((ROOT / "examples" / "demo" / "script.toml").read_text(encoding="utf-8"))
EVENTS = ("payment", "dispute", "promise", "plan")


@cache
def example() -> Export:
    return read_export(DATA, "erp-export.json")


@cache
def invoices() -> dict[str, Invoice]:
    built = {row.number: build(row) for row in example().ready}
    assert all(isinstance(one, Invoice) for one in built.values()), built
    return {number: one for number, one in built.items() if isinstance(one, Invoice)}


def row(number: str) -> Ready:
    return next(row for row in example().ready if row.number == number)


def test_the_example_keeps_the_schema() -> None:
    schema = json.loads((ROOT / "schemas" / "invoice-export.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(DATA))


def test_one_belgian_and_one_dutch_seller_and_more_than_enough_customers() -> None:
    sellers, customers = example().sellers, example().customers
    assert [seller.address.country for seller in sellers] == ["BE", "NL"]
    assert len(customers) >= 13 and len(example().documents) >= 24
    assert {customer.kind for customer in customers} == {"business", "consumer", "public"}
    assert Counter(customer.address.country for customer in customers)["DE"] == 1
    assert {(customer.address.country, customer.kind) for customer in customers} >= {
        ("BE", "consumer"),
        ("NL", "consumer"),
    }


def test_the_documents_show_every_kind_of_vat_and_of_document() -> None:
    vat = {(line.vat.category, int(line.vat.rate or 0)) for one in invoices().values() for line in one.lines}
    assert vat >= {("S", 21), ("S", 9), ("S", 6), ("AE", 0), ("K", 0)}
    assert {one.type for one in invoices().values()} == {
        DocumentType.INVOICE,
        DocumentType.CREDIT_NOTE,
        DocumentType.PREPAYMENT_INVOICE,
    }
    assert {line.nature for row in example().ready for line in row.document.lines} == {"goods", "service"}


def test_the_final_invoice_subtracts_what_the_deposit_invoice_asked() -> None:
    final = invoices()["2026-0014"]
    (deposit,) = final.preceding
    assert final.prepaid == totals(invoices()[deposit.number]).payable == Decimal("6001.60")
    assert totals(final).payable == totals(final).with_vat - final.prepaid


def test_exactly_one_row_is_wrong_and_the_sentence_says_what_to_write() -> None:
    (refused,) = example().refused
    assert (refused.number, refused.seller, refused.customer) == ("2026-0010", "vdb", "C-1009")
    assert refused.sentence == (
        "Row 14: documents[13].lines[1].vat_rate is 21: vat_category AE charges no VAT; "
        "write 0, or vat_category S where VAT is due."
    )


def test_every_number_has_its_check_digits() -> None:
    for seller in example().sellers:
        assert iban.is_valid(seller.iban)
    for customer in example().customers:
        if customer.address.country == "BE" and customer.registration_number:
            assert belgian.is_valid(customer.registration_number), customer.ref
    for payment in SCRIPT["payment"]:
        assert iban.is_valid(payment["iban"]), payment


@pytest.mark.parametrize("number", [row.number for row in example().ready])
def test_every_document_passes_the_official_rules(number: str) -> None:
    """EN 16931 1.3.16, as its own stylesheet judges."""
    report = official.validate(write(invoices()[number]))
    assert report.valid and not report.findings, report.findings


def test_the_flags_show_what_the_law_says_of_terms_and_title() -> None:
    def said(number: str) -> str:
        one = row(number)
        return " ".join(flags(one.document, one.seller, one.customer, Decimal("500.00")))

    assert "75 days exceeds the maximum of 60" in said("2026-0016")
    assert "after the delivery of 2026-03-18" in said("2026-0015")
    assert "no proof that the customer accepted the terms" in said("2026-0005")
    assert said("2026-0001") == ""


def test_every_document_has_an_expected_end() -> None:
    assert set(SCRIPT["expected"]) == {row.number for row in example().documents}
    assert set(SCRIPT["expected"].values()) <= {outcome.value for outcome in Outcome}
    assert set(SCRIPT["expected"].values()) >= {
        "paid_on_time",
        "paid_late",
        "paid_after_reminder",
        "disputed",
        "on_plan",
        "credited",
        "handed_over",
        "collected",
        "indemnified",
        "written_off",
        "refused",
        "open",
    }


def test_the_script_speaks_of_documents_and_customers_that_exist_by_then() -> None:
    customers = {customer.ref for customer in example().customers}
    for event in (event for kind in EVENTS for event in SCRIPT[kind]):
        assert SCRIPT["first_day"] <= event["on"] <= SCRIPT["last_day"] and event["on"].weekday() < 5, event
        if "invoice" in event:
            assert invoices()[event["invoice"]].issued < event["on"], event
        elif "demand" in event:
            assert event["demand"] in customers
        else:
            assert event["seller"] in {"vdb", "nol"} and event["amount"]
    decided = [*SCRIPT["decision"], *SCRIPT["sandbox"]["agency"], *SCRIPT["sandbox"]["cover"]]
    assert {one["debtor"] for one in decided} <= customers


def test_the_dates_of_the_payments_fit_the_expected_ends() -> None:
    """By the printed due date; the first reminder of every ladder comes five days after it."""
    last = {payment["invoice"]: payment["on"] for payment in SCRIPT["payment"] if "invoice" in payment}
    for number, end in SCRIPT["expected"].items():
        due = invoices()[number].due if number in invoices() else None
        if end == "paid_on_time":
            assert due and last[number] <= due, number
        elif end == "paid_late":
            assert due and due < last[number] < due + timedelta(days=5), number
        elif end == "paid_after_reminder" and number in last:
            assert due and last[number] > due + timedelta(days=5), number
        elif end not in ("paid_after_reminder", "on_plan"):
            assert number not in last, number


def test_credit_notes_leave_nothing_where_the_invoice_is_credited() -> None:
    open_sums = {number: totals(one).payable for number, one in invoices().items() if not one.type.is_credit_note}
    for credit in (one for one in invoices().values() if one.type.is_credit_note):
        open_sums[credit.preceding[0].number] -= totals(credit).payable
    assert open_sums["2026-0011"] == 0 and SCRIPT["expected"]["2026-0011"] == "credited"
    assert open_sums["N26-009"] > 0 and SCRIPT["expected"]["N26-009"] == "paid_on_time"


def test_the_plan_covers_the_invoice_and_is_not_over_when_the_demo_ends() -> None:
    first, after_refusal = SCRIPT["plan"]
    whole = sum(Decimal(one["amount"]) for one in first["instalments"])
    assert whole == totals(invoices()[first["invoice"]]).payable
    assert "amount" not in after_refusal["instalments"][-1], "the rest: interest and costs are known then"
    (refused,) = [one for one in SCRIPT["decision"] if one["debtor"] == row(after_refusal["invoice"]).customer.ref]
    assert refused["decision"] == "refuse"
    for plan, named in ((first, ("invoice", first["invoice"])), (after_refusal, ("demand", refused["debtor"]))):
        instalments = plan["instalments"]
        assert instalments[-1]["on"] > SCRIPT["last_day"]
        paid = [(one["on"], one["amount"]) for one in SCRIPT["payment"] if one.get(named[0]) == named[1]]
        assert paid == [(one["on"], one["amount"]) for one in instalments[:-1]]


def test_the_goods_of_the_insolvent_are_reclaimed_in_time_and_credited_before_the_rest_is_filed() -> None:
    """art. 7:44 BW: six weeks after the due date, or sixty days after delivery where that is later."""
    (insolvency,) = SCRIPT["insolvency"]
    (number,) = insolvency["reclaim"]
    invoice = invoices()[number]
    assert invoice.due is not None and invoice.delivery is not None and invoice.delivery.date is not None
    reclaim = right_of_reclaim("NL", invoice.due, invoice.delivery.date)
    assert reclaim is not None and invoice.due < insolvency["opened"] < insolvency["on"] <= reclaim.last_day
    (credit,) = [one for one in invoices().values() if one.preceding and one.preceding[0].number == number]
    assert insolvency["on"] < credit.issued < insolvency["file_on"]
    assert [name for name in row(number).document.lines if name.nature == "service"], "something is left to file"


def test_a_part_paid_invoice_is_not_paid_by_its_part() -> None:
    (part,) = [one for one in SCRIPT["payment"] if one.get("invoice") == "2026-0008" and "amount" in one]
    assert Decimal(part["amount"]) < totals(invoices()["2026-0008"]).payable


def test_who_is_on_peppol_is_who_receives_there() -> None:
    participants = set(SCRIPT["sandbox"]["participants"])
    addresses = {str(address) for one in example().customers if (address := peppol_address(one))}
    assert participants < addresses
    for customer in example().customers:
        on_peppol = str(peppol_address(customer)) in participants
        channel = "peppol" if on_peppol and customer.preference != "email" else "email"
        assert SCRIPT["expected_channel"][customer.ref] == channel, customer.ref
        assert channel == "peppol" or customer.email, customer.ref


def test_one_prefers_e_mail_one_is_not_on_peppol_and_one_bounces() -> None:
    by_ref = {customer.ref: customer for customer in example().customers}
    participants = SCRIPT["sandbox"]["participants"]
    assert by_ref["D-202"].preference == "email" and str(peppol_address(by_ref["D-202"])) in participants
    assert by_ref["D-203"].preference == "peppol_else_email"
    assert str(peppol_address(by_ref["D-203"])) not in participants
    assert [by_ref["C-1008"].email] == SCRIPT["sandbox"]["bouncing"]


def test_the_insured_claim_reaches_sixty_days_and_the_others_reach_their_step_before_the_end() -> None:
    """Atradius: the maximum extension period usually ends 60 days after the original due date."""
    hotel = invoices()["2026-0007"]
    assert hotel.due is not None and hotel.due + timedelta(days=60) < SCRIPT["last_day"]
    waiting = invoices()["2026-0015"]
    assert waiting.due == date(2026, 4, 19)
    assert "C-1009" not in {decision["debtor"] for decision in SCRIPT["decision"]}
