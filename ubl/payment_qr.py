"""The payment QR code of EPC069-12 (version 002, UTF-8, SEPA credit transfer).

A pure function makes the data, a thin one draws it.
"""

from __future__ import annotations

import io
import unicodedata
from decimal import Decimal
from functools import lru_cache

import segno
from stdnum import bic as bic_code
from stdnum import iban as iban_code
from stdnum import iso11649
from stdnum.be import ogm_vcs

from ubl.arithmetic import CENT, totals
from ubl.invoice import ZERO, CreditTransfer, Invoice

LEAST = Decimal("0.01")
MOST = Decimal("999999999.99")
NAME_LENGTH = 70
TEXT_LENGTH = 140
MOST_BYTES = 331
HIGHEST_VERSION = 13


class NoPaymentQr(ValueError):
    """No code can be made; the message is one sentence that says why."""


def epc_payload(
    name: str,
    iban: str,
    amount: Decimal,
    reference: str | None,
    text: str | None,
    bic: str | None = None,
    *,
    currency: str = "EUR",
) -> bytes:
    """The data of the code for `amount` in euro to `name` at `iban`.

    `reference` is an OGM ('+++090/9337/55493+++', written as its 12 digits, as Belgian banks read it) or an RF
    reference (ISO 11649); both go to the structured line, and then `text` is left out, since EPC069-12 allows one of
    the two. Raises NoPaymentQr.
    """
    lines = [
        "BCD",
        "002",
        "1",
        "SCT",
        checked_bic(bic),
        checked_name(name),
        checked_iban(iban),
        checked_amount(amount, currency),
        "",
        structured(reference) if reference else "",
    ]
    if text and not reference:
        used = len("\n".join(lines).encode()) + 1
        lines.append(cut(clean(text), TEXT_LENGTH, MOST_BYTES - used))
    return "\n".join(lines).rstrip("\n").encode()


def invoice_payload(invoice: Invoice) -> bytes | None:
    """The code that pays `invoice`, or None where nothing is to be paid by credit transfer.

    That is a credit note, nothing due, a direct debit or a card. A reference that is neither OGM nor RF (a Dutch
    betalingskenmerk) goes to the text line; without any the invoice number does. Raises NoPaymentQr.
    """
    due = totals(invoice).payable
    transfer, reference = paying_account(invoice)
    if invoice.type.is_credit_note or due <= ZERO or transfer is None:
        return None
    name = transfer.account_name or (invoice.payee.name if invoice.payee else invoice.seller.name)
    return epc_payload(
        name,
        transfer.iban,
        due,
        reference if reference and is_structured(reference) else None,
        reference or invoice.number,
        transfer.bic,
        currency=invoice.currency,
    )


def paying_account(invoice: Invoice) -> tuple[CreditTransfer | None, str | None]:
    """The first account that takes a credit transfer, and the reference (BT-83) to pay with."""
    for means in invoice.payment:
        if means.transfers and means.debit is None and means.card is None:
            return means.transfers[0], means.reference
    return None, None


def qr_svg(payload: bytes) -> bytes:
    """`payload` as SVG with the quiet zone of four modules, error correction M, at most version 13 (EPC069-12)."""
    drawing = io.BytesIO()
    drawn(payload).save(drawing, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, nl=False)
    return drawing.getvalue()


def qr_png(payload: bytes) -> bytes:
    """The same code as a black and white PNG, six pixels a module: for mail, where SVG is shown by few programs."""
    drawing = io.BytesIO()
    drawn(payload).save(drawing, kind="png", border=4, scale=6)
    return drawing.getvalue()


@lru_cache(maxsize=64)
def drawn(payload: bytes) -> segno.QRCode:
    """The code itself; kept, since the same one stands in the UBL, on the paper and in the mail."""
    code = segno.make_qr(payload.decode(), error="m", encoding="utf-8", boost_error=False)
    if int(code.version) > HIGHEST_VERSION:
        raise NoPaymentQr(f"The payment code would need QR version {code.version}; EPC069-12 allows at most 13.")
    return code


def is_ogm(reference: str) -> bool:
    """Whether it is a Belgian structured communication with right check digits, between '+++', '***' or nothing."""
    return bool(ogm_vcs.is_valid(reference.replace("*", "+")))


def is_structured(reference: str) -> bool:
    """Whether it can stand in the structured line: an OGM or an RF reference."""
    return is_ogm(reference) or bool(iso11649.is_valid(reference))


def structured(reference: str) -> str:
    """OGM as 12 bare digits, RF in electronic format."""
    if is_ogm(reference):
        return str(ogm_vcs.compact(reference.replace("*", "+")))
    if iso11649.is_valid(reference):
        return str(iso11649.compact(reference))
    raise NoPaymentQr(
        f"The reference '{reference}' is neither a Belgian OGM nor an RF reference with right check digits; "
        "pass it as text."
    )


def checked_amount(amount: Decimal, currency: str) -> str:
    if currency != "EUR":
        raise NoPaymentQr(f"The payment code knows euro only, and this amount is in {currency}.")
    if not amount.is_finite() or not LEAST <= amount <= MOST:
        raise NoPaymentQr(f"The payment code takes 0.01 to 999999999.99 euro, not {amount}.")
    if amount != amount.quantize(CENT):
        raise NoPaymentQr(f"The payment code takes whole cents, not {amount}.")
    return f"EUR{amount.quantize(CENT)}"


def checked_iban(iban: str) -> str:
    if not iban_code.is_valid(iban, check_country=False):
        raise NoPaymentQr(f"'{iban}' is no valid IBAN: its country, length or check digits are wrong.")
    return str(iban_code.compact(iban))


def checked_bic(bic: str | None) -> str:
    if not bic:
        return ""
    if not bic_code.is_valid(bic):
        raise NoPaymentQr(f"'{bic}' is no valid BIC.")
    return str(bic_code.compact(bic))


def checked_name(name: str) -> str:
    cleaned = cut(clean(name), NAME_LENGTH, 2 * NAME_LENGTH)
    if not cleaned:
        raise NoPaymentQr("The payment code needs the name of the beneficiary, and it is empty.")
    return cleaned


def clean(text: str) -> str:
    """`text` on one line without control characters, so that it can never start a line of the code."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in composed)
    return " ".join(visible.split())


def cut(text: str, characters: int, size: int) -> str:
    """The beginning of `text` that has at most `characters` characters and `size` bytes in UTF-8."""
    return text[:characters].encode()[: max(size, 0)].decode(errors="ignore").rstrip()
