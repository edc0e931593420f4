"""How an export's document is paid (BG-10, BG-16, BT-9) and what it says of that (BT-20)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from connectors.erp.fields import WrongField
from connectors.erp.party_records import Customer, Language, Seller
from connectors.erp.records import Document
from connectors.erp.terms import clause_sentences, clauses, named_terms, terms_document, terms_sentence
from connectors.erp.wording import day, money, percentage, words
from ubl.arithmetic import totals
from ubl.cash_discount import with_cash_discount
from ubl.identifiers import legal_registration
from ubl.invoice import ZERO, Card, CreditTransfer, DirectDebit, Invoice, Payee, PaymentMeans
from ubl.references import (
    kenmerk_from_number,
    kenmerk_is_valid,
    ogm_format,
    ogm_is_valid,
    payment_reference,
    rf_compact,
    rf_is_valid,
)

STATUTORY_TERM = 30  # days, where nothing is agreed: directive 2011/7/EU, article 3
CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER, SEPA_DIRECT_DEBIT, BANK_CARD = "30", "58", "59", "48"  # UNTDID 4461


def due_date(document: Document, customer: Customer) -> date:
    """BT-9: as stated, else counted from the document's term, the customer's, or the statutory 30 days.

    A credit note falls due on its own date: it is set off, not waited for.
    """
    if document.due is not None:
        return document.due
    if document.is_credit_note:
        return document.issued
    agreed = document.term_days if document.term_days is not None else customer.term_days
    return document.issued + timedelta(days=STATUTORY_TERM if agreed is None else agreed)


def payment_means(document: Document, seller: Seller, customer: Customer) -> PaymentMeans:
    """BG-16: a transfer to the seller or the payee unless it is collected (BG-19) or was paid by card (BG-18)."""
    by = document.payment.by if document.payment else "transfer"
    if by == "direct_debit":
        return direct_debit(document, seller, customer)
    if by == "card":
        card = document.payment.card if document.payment else None
        assert card is not None
        return PaymentMeans(
            code=BANK_CARD,
            reference=reference(document, seller),
            card=Card(number=card.last_digits, holder=card.holder, network=card.network),
        )
    return transfer(document, seller)


def transfer(document: Document, seller: Seller) -> PaymentMeans:
    """BG-17; SEPA needs no BIC with its IBAN."""
    sepa = document.currency == "EUR"
    account = CreditTransfer(iban=seller.iban, account_name=seller.account_name, bic=None if sepa else seller.bic)
    if document.payee is not None:
        account = CreditTransfer(iban=document.payee.iban, account_name=document.payee.name)
    code = SEPA_CREDIT_TRANSFER if sepa else CREDIT_TRANSFER
    return PaymentMeans(code=code, reference=reference(document, seller), transfers=(account,))


def direct_debit(document: Document, seller: Seller, customer: Customer) -> PaymentMeans:
    """BG-19: SEPA direct debit under the document's mandate, else the customer's."""
    mandate = (document.payment.mandate if document.payment else None) or customer.mandate
    if document.currency != "EUR":
        raise WrongField("payment", f"SEPA direct debit collects euros, and the currency is {document.currency}")
    if mandate is None:
        raise WrongField("payment", "there is no mandate to collect by; add it there, or to the customer")
    if seller.sepa_creditor_id is None:
        raise WrongField("seller", "that seller has no sepa_creditor_id, without which nothing is collected; add it")
    debit = DirectDebit(mandate=mandate.reference, creditor_id=seller.sepa_creditor_id, debited_iban=mandate.iban)
    return PaymentMeans(code=SEPA_DIRECT_DEBIT, reference=reference(document, seller), debit=debit)


def payee(document: Document) -> Payee | None:
    """BG-10."""
    given = document.payee
    if given is None:
        return None
    number = given.registration_number
    return Payee(name=given.name, legal_id=legal_registration(given.country, number) if number else None)


def reference(document: Document, seller: Seller) -> str:
    """BT-83: the ERP's structured reference, else one made from the number (OGM in Belgium, RF elsewhere)."""
    given = document.payment_reference
    if given is None:
        try:
            return made_reference(document.number, seller)
        except ValueError as problem:
            raise WrongField(
                "payment_reference", f"none can be made from the number: {str(problem).rstrip('.')}; write one"
            ) from None
    if ogm_is_valid(given):
        return ogm_format(given)
    if rf_is_valid(given):
        return rf_compact(given)
    if seller.address.country == "NL" and kenmerk_is_valid(given):
        return given
    raise WrongField(
        "payment_reference", "that is no OGM, RF reference or betalingskenmerk; correct it, or leave it out to get one"
    )


def made_reference(number: str, seller: Seller) -> str:
    """A reference of the seller's kind around `number`; raises ValueError where it does not fit."""
    if seller.reference_kind == "betalingskenmerk":
        return kenmerk_from_number(re.sub(r"[\s./-]", "", number))
    country = {"ogm": "BE", "rf": ""}.get(seller.reference_kind or "", seller.address.country)
    return payment_reference(country, "", number)


def with_discount(invoice: Invoice, document: Document, seller: Seller, language: Language) -> Invoice:
    """`invoice` with the Belgian discount for prompt payment, if the document gives one (article 28, 1° WBTW)."""
    given = document.cash_discount
    if given is None:
        return invoice
    if seller.address.country != "BE":
        raise WrongField("cash_discount", "only Belgian VAT law knows it; write it in payment_terms")
    return with_cash_discount(invoice, given.percent, language)


def with_terms(
    invoice: Invoice, plain: Invoice, document: Document, seller: Seller, customer: Customer, language: Language
) -> Invoice:
    """`invoice` with its payment terms (BT-20), and the seller's general terms linked or attached (BG-24).

    `plain` is the invoice without its discount for prompt payment. A credit note and a self-billed invoice have the
    ERP's own words alone: the terms there are not the seller's.
    """
    said = [document.payment_terms] if document.payment_terms else []
    if document.is_credit_note or invoice.type.is_self_billed:
        return replace(invoice, payment_terms=" ".join(said) or None)
    payable = totals(invoice).payable
    if document.cash_discount is not None:
        said.append(discount_sentence(invoice, plain, document, language))
    found = clauses(document, seller, customer, payable)
    if found is not None:
        said += clause_sentences(found, language)
    terms = named_terms(seller, customer, language)
    enclosed = terms_document(terms, language) if terms else None
    if terms is not None:
        said.append(terms_sentence(terms, language))
    return replace(
        invoice,
        payment_terms=" ".join(said) or None,
        documents=(*invoice.documents, enclosed) if enclosed else invoice.documents,
    )


def discount_sentence(invoice: Invoice, plain: Invoice, document: Document, language: Language) -> str:
    """Until when the discount holds, and what is then to be paid."""
    given = document.cash_discount
    assert given is not None
    added = invoice.allowances[len(plain.allowances) :]
    discount: Decimal = sum((item.amount for item in added if not item.charge), ZERO)
    return words(
        "cash_discount",
        language,
        date=day(document.issued + timedelta(days=given.days), language),
        percent=percentage(given.percent, language),
        amount=money(totals(invoice).payable - discount, document.currency, language),
    )
