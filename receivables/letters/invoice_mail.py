"""The mail that carries an invoice or a credit note to a client who wants it by e-mail."""

from __future__ import annotations

import html
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ubl.arithmetic import totals
from ubl.invoice import Invoice
from ubl.paper.words import day, locale_of, money

TEXTS = "invoice_mail.toml"


@dataclass(frozen=True, slots=True)
class InvoiceMail:
    """Subject, plain text, and the same text as simple HTML."""

    subject: str
    text: str
    html: str


def invoice_mail(invoice: Invoice, language: str) -> InvoiceMail:
    """The words around `invoice` in `language` (nl, fr, de, en); KeyError for another language."""
    words = _texts()[language]
    locale = locale_of(language, invoice.seller.address.country)
    kind = "credit_note" if invoice.type.is_credit_note else "invoice"
    contact = invoice.seller.contact
    values = {
        "seller": invoice.seller.name,
        "number": invoice.number,
        "amount": money(totals(invoice).payable, invoice.currency, locale),
        "due": day(invoice.due, locale) if invoice.due else "",
        "reference": next((p.reference for p in invoice.payment if p.reference), invoice.number),
        "contact": (contact.name if contact else None) or invoice.seller.name,
    }
    text = words[f"{kind}_text"].format_map(values).strip() + "\n"
    subject = " ".join(words[f"{kind}_subject"].format_map(values).split())
    return InvoiceMail(subject, text, as_html(text, language))


def as_html(text: str, language: str) -> str:
    """Paragraphs of plain text as a small HTML document."""
    paragraphs = "".join(
        f"<p>{'<br>'.join(html.escape(line) for line in block.splitlines())}</p>"
        for block in text.strip().split("\n\n")
    )
    style = "font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;color:#1c2430;max-width:40em"
    return f'<!DOCTYPE html><html lang="{language}"><body style="{style}">{paragraphs}</body></html>'


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("receivables.letters").joinpath(TEXTS).read_text(encoding="utf-8"))
