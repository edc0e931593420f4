"""The mail that carries an invoice or a credit note to a client who gets it by e-mail."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from receivables.letters.code_image import CodeImage, code_image
from receivables.letters.html_mail import page, paragraph, payment_box
from receivables.letters.plain_mail import columns
from ubl.arithmetic import totals
from ubl.invoice import Invoice
from ubl.paper.payment_view import payment_code, payment_panel
from ubl.paper.words import labels, locale_of, money

TEXTS = "invoice_mail.toml"
BOX = "{payment}"  # where the payment box stands in a text


@dataclass(frozen=True, slots=True)
class InvoiceMail:
    """Subject, plain text, and the same as HTML, which shows `code` where there is one."""

    subject: str
    text: str
    html: str
    code: CodeImage | None = None


def invoice_mail(invoice: Invoice, language: str) -> InvoiceMail:
    """The words around `invoice` in `language` (nl, fr, de, en); KeyError for another language.

    Amount, account and reference stand in words beside the code; what is collected, paid or a credit has no code.
    """
    words = _texts()[language]
    locale = locale_of(language, invoice.seller.address.country)
    kind = "credit_note" if invoice.type.is_credit_note else "invoice"
    seller = invoice.seller
    signed = dict.fromkeys([seller.contact.name or seller.name if seller.contact else seller.name, seller.name])
    payable = totals(invoice).payable
    values = {
        "seller": seller.name,
        "number": invoice.number,
        "amount": money(payable, invoice.currency, locale),
        "signature": "\n".join(signed),
    }
    before, _, after = (part.strip() for part in words[f"{kind}_text"].partition(BOX))
    before, after = before.format_map(values), after.format_map(values)
    subject = " ".join(words[f"{kind}_subject"].format_map(values).split())
    if not after:
        return InvoiceMail(subject, before + "\n", page(language, paragraphs(before)))
    panel = payment_panel(invoice, payable, labels(language), locale)
    said, box, code = payment(panel, invoice, words["code"])
    text = f"{before}\n\n{said}\n\n{after}\n"
    return InvoiceMail(subject, text, page(language, paragraphs(before) + box + paragraphs(after)), code)


def payment(panel: dict[str, Any], invoice: Invoice, hint: str) -> tuple[str, str, CodeImage | None]:
    """How it is paid, as text and as HTML, and the code where there is one; or the sentence that nothing need be."""
    if panel["sentence"]:
        return panel["sentence"], paragraph(panel["sentence"]), None
    rows, code = payment_rows(panel), code_image(payment_code(invoice))
    return columns(rows), payment_box(rows, hint, code, panel["qr_alt"]), code


def payment_rows(panel: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Amount, last day, beneficiary, account and reference, each with its label."""
    rows = [(panel["amount_label"], panel["amount"])]
    if panel["by"]:
        rows.append((panel["by_label"][:1].upper() + panel["by_label"][1:], panel["by"]))
    return (*rows, *((label, value) for label, value in panel["rows"]))


def paragraphs(text: str) -> str:
    return "".join(map(paragraph, text.split("\n\n")))


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("receivables.letters").joinpath(TEXTS).read_text(encoding="utf-8"))
