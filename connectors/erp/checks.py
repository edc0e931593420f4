"""What the law makes of a document that is taken in: sentences for the operator. Nothing on the document is changed."""

from __future__ import annotations

from datetime import date

from connectors.erp.mapping import due_date, sells_goods
from connectors.erp.records import Customer, Document, Seller
from receivables.law.regime import Regime, RegimeError, resolve
from receivables.law.terms import LawfulDue, lawful_due


def flags(document: Document, seller: Seller, customer: Customer, received: date | None = None) -> tuple[str, ...]:
    """The sentences that go with the invoice into the ledger; `received` is the proven day of receipt, if any."""
    if document.kind == "credit_note":
        return ()
    try:
        doubts = regime_of(document, seller, customer).doubts
    except RegimeError as problem:
        return (str(problem),)
    found = (
        *doubts,
        term_flag(document, seller, customer, received),
        retention_flag(document, seller, customer),
        terms_flag(seller, customer),
        reference_flag(document, customer),
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


def regime_of(document: Document, seller: Seller, customer: Customer) -> Regime:
    return resolve(
        seller.address.country, customer.address.country, customer.kind, document.issued, governing_law=seller.law
    )


def term_flag(document: Document, seller: Seller, customer: Customer, received: date | None) -> str | None:
    """A payment term that does not stand as printed, with what the law puts in its place."""
    lawful = lawful_term(document, seller, customer, received)
    return f"{lawful.consequence} ({'; '.join(lawful.articles)})" if lawful.flagged else None


def retention_flag(document: Document, seller: Seller, customer: Customer) -> str | None:
    """Retention of title holds only if it was agreed at or before delivery; an invoice alone never creates it."""
    if not seller.retention_of_title or not sells_goods(document):
        return None
    accepted = customer.terms_accepted
    delivered = document.delivery.date if document.delivery and document.delivery.date else document.issued
    if accepted is None:
        return "Retention of title is not protected: there is no proof that the customer accepted the terms."
    if accepted.on > delivered:
        return (
            f"Retention of title is not protected: the terms were accepted on {accepted.on}, "
            f"after the delivery of {delivered}."
        )
    if accepted.proof is None:
        return f"Retention of title may not be protected: nothing proves that the terms were accepted on {accepted.on}."
    return None


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
