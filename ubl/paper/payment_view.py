"""The panel of a paper that says how much is due, until when, to whom and under which reference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel import Locale

from ubl.invoice import ZERO, Invoice
from ubl.paper.words import day, in_fours, money
from ubl.payment_qr import NoPaymentQr, invoice_payload, is_ogm, is_structured, paying_account


def payment_panel(invoice: Invoice, payable: Decimal, words: dict[str, Any], locale: Locale) -> dict[str, Any]:
    """The panel's data; `qr` says whether a payment code belongs in it."""
    amount = money(payable, invoice.currency, locale)
    if invoice.type.is_credit_note:
        return panel(words["amount_credit"], amount, sentence=words["credit_sentence"])
    if payable <= ZERO:
        return panel(words["nothing_due"], amount, sentence=words["paid_sentence"])
    settled = without_transfer(invoice, words)
    if settled:
        return panel(words["amount_due"], amount, by=due(invoice, words, locale), sentence=settled)
    transfer, reference = paying_account(invoice)
    rows = [] if transfer is None else transfer_rows(invoice, words)
    data = panel(words["amount_due"], amount, by=due(invoice, words, locale), rows=rows)
    if transfer is not None and payment_code(invoice) is not None:
        told = {"amount": amount, "iban": in_fours(transfer.iban), "reference": reference or invoice.number}
        data |= {"qr": True, "qr_hint": words["qr_hint"], "qr_alt": words["qr_alt"].format(**told)}
    return data


def payment_code(invoice: Invoice) -> bytes | None:
    """The data of the code; None where nothing is to be paid by transfer or what the invoice says makes no code."""
    try:
        return invoice_payload(invoice)
    except NoPaymentQr:
        return None


def panel(
    label: str,
    amount: str,
    *,
    by: tuple[str, str] | None = None,
    sentence: str | None = None,
    rows: list[list[str]] | None = None,
) -> dict[str, Any]:
    """A panel without a code."""
    return {
        "amount_label": label,
        "amount": amount,
        "by_label": by[0] if by else "",
        "by": by[1] if by else None,
        "sentence": sentence,
        "rows": rows or [],
        "qr": False,
        "qr_hint": "",
        "qr_alt": "",
    }


def due(invoice: Invoice, words: dict[str, Any], locale: Locale) -> tuple[str, str] | None:
    return (words["by"], day(invoice.due, locale)) if invoice.due else None


def without_transfer(invoice: Invoice, words: dict[str, Any]) -> str | None:
    """The sentence for an invoice that is collected or was paid by card."""
    for means in invoice.payment:
        if means.debit:
            return str(words["debit_sentence"].format(mandate=means.debit.mandate))
        if means.card:
            return str(words["card_sentence"].format(digits=means.card.number[-4:]))
    return None


def transfer_rows(invoice: Invoice, words: dict[str, Any]) -> list[list[str]]:
    transfer, reference = paying_account(invoice)
    if transfer is None:
        return []
    name = transfer.account_name or (invoice.payee.name if invoice.payee else invoice.seller.name)
    rows = [[words["beneficiary"], name], [words["iban"], in_fours(transfer.iban)]]
    if transfer.bic:
        rows.append([words["bic"], transfer.bic])
    rows.append([words["reference"], printed_reference(reference or invoice.number)])
    return rows


def printed_reference(reference: str) -> str:
    """An RF reference in groups of four; an OGM and anything else as it stands."""
    return in_fours(reference) if is_structured(reference) and not is_ogm(reference) else reference
