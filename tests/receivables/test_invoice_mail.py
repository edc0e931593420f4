"""The mail around an invoice: what is to be paid stands in words and in a code that a telephone reads."""

from __future__ import annotations

import html
import io
import re
from datetime import date
from decimal import Decimal

import pytest
import zxingcpp
from PIL import Image

from connectors.erp.mapping import build
from receivables.letters.instalment_mail import Missed, instalment_mail
from receivables.letters.invoice_mail import InvoiceMail, invoice_mail
from tests.connectors.exports import BELGIAN_SELLER, ready
from ubl.invoice import Invoice

MISSED = Missed(
    numbers=("2026-7",),
    due=date(2026, 3, 31),
    missing=Decimal("121.00"),
    balance=Decimal("242.00"),
    currency="EUR",
    pay_by=date(2026, 4, 8),
    grace_days=8,
    reference="+++090/9337/55493+++",
    iban="BE68539007547034",
    seller="Dekade NV",
    contact="Nadia",
    country="BE",
)


def mail_of(language: str = "nl", **changes: object) -> InvoiceMail:
    sellers = [BELGIAN_SELLER | {"sepa_creditor_id": "BE68ZZZ0123456789"}]
    invoice = build(ready(sellers=sellers, **changes))
    assert isinstance(invoice, Invoice)
    return invoice_mail(invoice, language)


def code_in(mail: InvoiceMail) -> list[str]:
    assert mail.code is not None and f"cid:{mail.code.id}" in mail.html
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(mail.code.png)).convert("L"))
    return str(found.text).split("\n")


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_the_code_and_the_words_say_the_same(language: str) -> None:
    mail = mail_of(language)
    lines = code_in(mail)
    assert lines[5:8] == ["Dekade NV", "BE68539007547034", "EUR242.00"] and lines[9] == "000002026791"
    (alt,) = re.findall(r'alt="([^"]+)"', mail.html)
    for shown in (mail.text, html.unescape(mail.html), html.unescape(alt)):
        assert "BE68 5390 0754 7034" in shown and "+++000/0020/26791+++" in shown and "242" in shown


def test_the_same_invoice_makes_the_same_picture() -> None:
    assert mail_of() == mail_of()


def test_what_is_collected_by_direct_debit_asks_for_nothing() -> None:
    mail = mail_of(payment={"by": "direct_debit", "mandate": {"reference": "M-1"}})
    assert mail.code is None and "<img" not in mail.html and "QR" not in mail.text
    assert "M-1" in mail.text and "M-1" in mail.html and "IBAN" not in mail.text


def test_a_credit_note_shows_no_code() -> None:
    mail = mail_of(kind="credit_note", original_invoice={"number": "2026-1", "issued": "2026-01-02"})
    assert mail.code is None and "<img" not in mail.html and "IBAN" not in mail.text


def test_another_currency_than_the_euro_has_words_and_no_code() -> None:
    mail = mail_of(currency="USD", vat_in_euro="38.00")
    assert mail.code is None and "QR" not in mail.html and "BE68 5390 0754 7034" in mail.text


def test_a_missed_instalment_is_paid_by_its_code() -> None:
    mail = instalment_mail(MISSED, "nl")
    assert code_in(mail)[7] == "EUR121.00" and code_in(mail)[9] == "090933755493"
    assert "BE68 5390 0754 7034" in mail.text
