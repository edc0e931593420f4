"""What the law makes of a document that is taken in: sentences for the operator. Nothing on the document is changed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from connectors.erp.mapping import sells_goods
from connectors.erp.party_records import Customer, Seller
from connectors.erp.payment import due_date
from connectors.erp.records import Document
from connectors.erp.terms import clauses, regime_of, version_flag
from receivables.law.regime import RegimeError
from receivables.law.terms import LawfulDue, lawful_due
from receivables.title import Sale, title
from ubl.identifiers import BARE
from ubl.retention import LAWS


def flags(
    document: Document, seller: Seller, customer: Customer, payable: Decimal, received: date | None = None
) -> tuple[str, ...]:
    """The sentences that go with the invoice into the ledger.

    `payable` is what is due on it, in its currency; `received` is the proven day of receipt, if any.
    """
    if document.is_credit_note:
        return ()
    found = (
        *term_flags(document, seller, customer, received),
        retention_flag(document, seller, customer),
        terms_flag(seller, customer),
        version_flag(seller, customer),
        *clause_flags(document, seller, customer, payable),
        reference_flag(document, customer),
        vat_check_flag(document, customer),
        *paid_otherwise_flags(document),
    )
    return tuple(sentence for sentence in found if sentence)


def lawful_term(document: Document, seller: Seller, customer: Customer, received: date | None = None) -> LawfulDue:
    """The last day that is in time by law. Raises RegimeError where neither Belgian nor Dutch law governs."""
    regime = regime_of(document, seller, customer)
    return lawful_due(
        country=regime.country,
        debtor=regime.debtor,
        issue_date=document.issued,
        printed_due=due_date(document, customer),
        received=received,
        performed=document.delivery.date if document.delivery else None,
        expressly_agreed=customer.term_expressly_agreed,
        seller_is_sme=seller.size == "sme",
        buyer_is_large=customer.size == "large",
    )


def term_flags(document: Document, seller: Seller, customer: Customer, received: date | None) -> tuple[str, ...]:
    """A payment term that does not stand as printed, with what the law puts in its place; or that no law here rules."""
    try:
        doubts = regime_of(document, seller, customer).doubts
        lawful = lawful_term(document, seller, customer, received)
    except RegimeError as problem:
        return (str(problem),)
    return (*doubts, f"{lawful.consequence} ({'; '.join(lawful.articles)})") if lawful.flagged else doubts


def retention_flag(document: Document, seller: Seller, customer: Customer) -> str | None:
    """Retention of title holds only if it was agreed at or before delivery; an invoice alone never creates it."""
    accepted = customer.terms_accepted
    delivered = document.delivery.date if document.delivery and document.delivery.date else document.issued
    sale = Sale(
        goods=sells_goods(document),
        retained=seller.retention_of_title,
        law=seller.title_law,
        accepted=accepted.on if accepted else None,
        proof=accepted.proof if accepted else None,
        delivered=delivered,
    )
    return title(sale, LAWS).flag


def terms_flag(seller: Seller, customer: Customer) -> str | None:
    """A penalty or contractual interest is worth as much as the proof that it was agreed."""
    clause = seller.consumer_penalty if customer.kind == "consumer" else seller.penalty
    if customer.terms_accepted is None and (clause or seller.interest_percent):
        return "Penalty and contractual interest cannot be demanded: no acceptance of the terms is on record."
    return None


def reference_flag(document: Document, customer: Customer) -> str | None:
    if document.buyer_reference is None and document.order is None and customer.buyer_reference is not None:
        return f"The buyer reference is the customer's default, {customer.buyer_reference!r}."
    return None


def clause_flags(document: Document, seller: Seller, customer: Customer, payable: Decimal) -> tuple[str, ...]:
    """What of the terms the law does not let stand on this invoice."""
    found = clauses(document, seller, customer, payable)
    return found.flags if found else ()


def vat_check_flag(document: Document, customer: Customer) -> str | None:
    """The proof that the buyer's VAT number was valid, which an intra-Community supply rests on.

    Directive 2006/112/EC, article 138(1)(b), as changed by directive (EU) 2018/1910.
    """
    if all(line.vat_category != "K" for line in document.lines):
        return None
    check, number = customer.vat_check, customer.vat_number
    if check is None:
        return (
            f"No check of the VAT number {number} with VIES is on record, and the supply is exempt only if it is valid."
        )
    if check.number is not None and number is not None and check.number.translate(BARE) != number.translate(BARE):
        return f"VIES was asked about {check.number}, and the invoice names {number}; check that number."
    proof = f"consultation {check.reference}" if check.reference else "no consultation number was kept"
    return f"The VAT number {number} was valid in VIES on {check.on} ({proof})."


def paid_otherwise_flags(document: Document) -> tuple[str, ...]:
    """Where the money or the document does not come the usual way."""
    said = []
    if document.payee is not None:
        said.append(f"To be paid to {document.payee.name}: the payment does not reach the seller's accounts.")
    if document.payment is not None and document.payment.by == "direct_debit":
        said.append("Collected by direct debit: remind only when the collection failed.")
    if document.payment is not None and document.payment.by == "card" and document.prepaid is None:
        said.append("Paid by card, but nothing is prepaid: the invoice stays open for its whole sum.")
    if document.cash_discount is not None:
        last = document.issued + timedelta(days=document.cash_discount.days)
        said.append(
            f"Until {last} the customer may deduct {document.cash_discount.percent} % of the price without VAT."
        )
    if document.kind == "self_billed_invoice":
        said.append("The customer issued this invoice in the seller's name: it is kept and followed, not sent.")
    return tuple(said)
