"""The reader of ERP exports: one bad row never refuses its neighbours, and every refusal says what to write instead."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp.export import MAX_BYTES, Ready, Refused, UnreadableExport, content_hash, read_export
from tests.connectors.exports import (
    BELGIAN_SELLER,
    BUSINESS,
    CONSUMER,
    DUTCH_SELLER,
    document,
    file,
    line,
    read,
    ready,
    sentence,
)


def test_a_good_document_comes_with_its_parties() -> None:
    row = ready()
    assert (row.row, row.number, row.seller.name, row.customer.name) == (1, "2026-7", "Dekade NV", "Zuid BV")
    assert row.document.lines[0].unit_price == Decimal("100.00")
    assert row.seller.iban == "BE68539007547034"


def test_amounts_are_exact_as_numbers_and_as_text() -> None:
    """0.1 + 0.2 is 0.3 here: no amount ever passes through a float."""
    export = read_export(file(document()).replace(b'"100.00"', b"0.30000000"), "export.json")
    assert export.ready[0].document.lines[0].unit_price == Decimal("0.30000000")
    assert str(export.ready[0].document.lines[0].unit_price) == "0.30000000"


def test_one_bad_row_leaves_the_others_alone() -> None:
    export = read(document(number="1"), document(number="2", issued="soon"), document(number="3"), "no document")
    assert [row.number for row in export.ready] == ["1", "3"]
    assert [(row.row, row.number) for row in export.refused] == [(2, "2"), (4, "row 4")]


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (document(isued="x"), "documents[0].isued is no field of this format; write issued."),
        (document(seller=None), "documents[0].seller is missing; write ref of the seller."),
        (
            document(kind="factuur"),
            "documents[0].kind is 'factuur'; write one of invoice, credit_note, deposit_invoice",
        ),
        (document(issued=20260105), "documents[0].issued is 20260105: write a day as year-month-day between quotes"),
        (document(issued="2026-02-30"), "documents[0].issued is '2026-02-30': there is no such day in the calendar"),
        (document(number=7), "documents[0].number is 7; write it between quotes: number of the document"),
        (document(term_days=30.5), "documents[0].term_days is 30.5; write a whole number such as 30."),
        (document(due="2026-01-01"), "documents[0].due is '2026-01-01': that lies before the day of issue, 2026-01-05"),
        (document(kind="final_invoice"), "documents[0].prepaid is missing: a final_invoice subtracts a deposit"),
        (document(currency="USD"), "documents[0].vat_in_euro is missing: the currency is USD; add the total VAT"),
        (document(currency="euro"), "documents[0].currency is 'euro'; write currency as three capitals (ISO 4217)"),
        (document(lines=[]), "documents[0].lines is an empty list; write what is billed."),
        (
            document(lines=[line(unit_price="12,50")]),
            "documents[0].lines[0].unit_price is '12,50'; write a number such",
        ),
        (document(lines=[line(unit_price=True)]), "documents[0].lines[0].unit_price is true; write a number such"),
        (
            document(lines=[line(unit_price=-3)]),
            "documents[0].lines[0].unit_price is -3; write a number of at least 0.",
        ),
        (
            document(lines=[line(unit_price="1e400")]),
            "documents[0].lines[0].unit_price is '1e400'; write a smaller num",
        ),
        (
            document(lines=[line(quantity="NaN")]),
            "documents[0].lines[0].quantity is 'NaN'; write a number such as 12.5",
        ),
        (document(lines=[line(unit="stuk")]), "documents[0].lines[0].unit is 'stuk': write one of piece, hour, day"),
        (
            document(lines=[line(), line(vat_category="AE")]),
            "documents[0].lines[1].vat_rate is 21: vat_category AE charges no VAT; write 0, or vat_category S where",
        ),
        (
            document(lines=[line(vat_rate=0)]),
            "documents[0].lines[0].vat_rate is 0: vat_category S needs a rate above 0",
        ),
        (
            document(lines=[line(discount={"percent": 5, "amount": 5})]),
            "documents[0].lines[0].discount.percent is 5: write either percent or amount",
        ),
        (document(customer="C-9"), "documents[0].customer is 'C-9', which is not among the customers; add it there."),
        (document(note="a\x00b"), "documents[0].note is 'a�b': write plain text"),
        (document(note="\ud800"), "documents[0].note is '�'; write whole characters"),
        (
            document(attachments=[{"filename": "../x.pdf", "content": "AAAA"}]),
            "documents[0].attachments[0].filename is '../x.pdf': write a file name without a folder",
        ),
        (None, "documents[0] is null; write an object between { and }."),
    ],
)
def test_a_refusal_names_the_field_what_stands_there_and_what_to_write(bad: object, expected: str) -> None:
    assert sentence(bad).startswith(f"Row 1: {expected}")


def test_further_problems_of_a_row_are_counted_not_listed() -> None:
    assert sentence(document(kind="x", issued="y")).endswith(" 1 more problem in this row.")


def test_a_field_written_twice_is_refused_and_not_silently_overwritten() -> None:
    export = read_export(file(document()).replace(b'"number":', b'"number": "1", "number":'), "export.json")
    assert export.refused[0].sentence == (
        "Row 1: documents[0].number is written twice in one object; keep one of the two."
    )


@pytest.mark.parametrize("digits", ["1" * 5000, "1e99999999999999999999", "1e9999999", "NaN", "-Infinity"])
def test_a_senseless_number_refuses_its_row_only(digits: str) -> None:
    data = file(document(number="1"), document(number="2")).replace(b'"100.00"', digits.encode(), 1)
    export = read_export(data, "export.json")
    assert [type(row) for row in export.documents] == [Refused, Ready]
    assert ".lines[0].unit_price is " in export.refused[0].sentence and len(export.refused[0].sentence) < 200


def test_a_bad_customer_refuses_its_documents_and_no_others() -> None:
    broken = BUSINESS | {"vat_number": "BE0903456714"}
    export = read(document(number="1"), document(number="2", customer="C-2"), customers=[broken, CONSUMER])
    assert [row.number for row in export.ready] == ["2"]
    assert export.refused[0].sentence.startswith(
        "Row 1: documents[0].customer 'C-1' cannot be used: customers[0].vat_number is 'BE0903456714': "
    )


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("registration_number", "0901.234.523", "sellers[0].registration_number is '0901.234.523': "),
        ("iban", "BE69 5390 0754 7034", "sellers[0].iban is 'BE69 5390 0754 7034': its check digits do not fit"),
        ("email", "facturen at dekade", "sellers[0].email is 'facturen at dekade': write one e-mail address"),
        ("retention_of_title", "yes", "sellers[0].retention_of_title is 'yes'; write true or false, without quotes."),
    ],
)
def test_a_seller_s_numbers_are_checked_by_their_check_digits(field: str, value: str, expected: str) -> None:
    assert expected in sentence(document(), sellers=[BELGIAN_SELLER | {field: value}])


def test_a_logo_that_is_no_picture_is_refused_with_its_seller() -> None:
    assert "sellers[0].brand.logo" in sentence(document(), sellers=[BELGIAN_SELLER | {"brand": {"logo": "SGVsbG8="}}])
    (seller,) = read(sellers=[BELGIAN_SELLER | {"brand": {"logo": "PHN2Zy8+"}}]).sellers
    assert seller.brand is not None and seller.brand.logo == b"<svg/>"


def test_two_customers_with_one_ref_are_no_customer() -> None:
    twins = [BUSINESS, BUSINESS | {"name": "Noord BV"}]
    assert "customers[1] has the ref 'C-1' of another with other content" in sentence(document(), customers=twins)


def test_the_seller_s_own_customer_comes_before_one_of_all_sellers() -> None:
    own = BUSINESS | {"seller": "nl", "name": "Zuid, as the Dutch know it"}
    export = read(document(number="1"), document(number="2", seller="nl"), customers=[BUSINESS, own])
    assert [row.customer.name for row in export.ready] == ["Zuid BV", "Zuid, as the Dutch know it"]


def test_the_same_document_twice_counts_once() -> None:
    assert len(read(document(), document()).documents) == 1
    assert len(read(document(kind="x"), document(kind="x")).documents) == 1


def test_the_same_number_with_other_content_is_a_conflict() -> None:
    export = read(document(), document(number="2026-8"), document(note="changed"))
    assert [row.number for row in export.ready] == ["2026-7", "2026-8"]
    assert export.refused[0].sentence == (
        "Row 3: documents[2].number is '2026-7', which row 1 bears with other content; "
        "give this document a number of its own, or remove it."
    )


def test_one_number_may_be_used_by_two_sellers() -> None:
    assert len(read(document(), document(seller="nl")).ready) == 2


def test_the_content_hash_looks_at_meaning_not_at_writing() -> None:
    plain = ready().content_hash
    assert ready(lines=[line(unit_price=100, quantity="2.000", vat_rate="21.00")]).content_hash == plain
    assert ready(currency="EUR", allowances=[]).content_hash == plain
    assert ready(lines=[dict(reversed(line().items()))]).content_hash == plain
    assert ready(lines=[line(unit_price="100.01")]).content_hash != plain
    assert ready(note="x").content_hash != plain
    assert content_hash(ready().document) == plain


@given(st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False), st.integers(0, 3))
def test_trailing_zeros_never_change_the_content_hash(price: Decimal, zeros: int) -> None:
    longer = f"{price:f}" + "0" * zeros
    assert (
        ready(lines=[line(unit_price=longer)]).content_hash == ready(lines=[line(unit_price=f"{price:f}")]).content_hash
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"{", "export.json, line 1, column 2: this is not JSON"),
        (b'{\n "format": "voldaan-export/1"\n "sellers": []}', "export.json, line 3, column 2: this is not JSON"),
        (b'{"format":\n"\xff"}', "export.json, line 2: this is not UTF-8 text"),
        (b"[]", "export.json holds no JSON object"),
        (b'{"format": "voldaan-export/2"}', "export.json: format is 'voldaan-export/2'; write"),
        (b'{"format": "voldaan-export/1", "sellers": []}', "export.json: customers is missing or no list"),
        (
            b'{"format": "voldaan-export/1", "document": []}',
            "export.json: 'document' is no field of an export; write doc",
        ),
        (b"[" * 100_000, "export.json is nested too deeply to be an export."),
        (b" " * (MAX_BYTES + 1), "export.json holds 64,000,001 bytes, more than 64,000,000; split it"),
    ],
)
def test_a_file_that_is_no_export_is_refused_whole_with_its_place(data: bytes, expected: str) -> None:
    with pytest.raises(UnreadableExport) as refusal:
        read_export(data, "export.json")
    assert str(refusal.value).startswith(expected)


def test_a_byte_order_mark_is_no_reason_to_refuse() -> None:
    assert len(read_export(b"\xef\xbb\xbf" + file(document()), "export.json").ready) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*document(), "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_a_row_it_is_answered_in_one_printable_line(anything: object) -> None:
    export = read_export(file(anything, document(number="good")), "export.json")
    assert export.ready[-1].number == "good"
    for row in export.refused:
        assert row.sentence.startswith("Row ") and row.sentence.isprintable() and len(row.sentence) < 1000
        json.dumps([row.number, row.seller, row.customer]).encode()


def test_both_sellers_of_the_sample_read_well() -> None:
    assert [seller.ref for seller in read(sellers=[BELGIAN_SELLER, DUTCH_SELLER]).sellers] == ["be", "nl"]
