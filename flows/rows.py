"""One row of an ERP export in the ledger's words: the seller, the debtor, the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connectors.erp.checks import lawful_term
from connectors.erp.export import Ready
from connectors.erp.mapping import sells_goods
from connectors.erp.parties import peppol_address
from connectors.erp.party_records import Customer
from flows.issue import Issued
from receivables.law.e_invoicing import mandate
from receivables.law.regime import RegimeError
from receivables.ledger.intake import KnownSeller, NewDebtor, NewInvoice
from receivables.ledger.mandates import NewMandate
from receivables.preferences import KINDS, Preference, Route, route
from ubl.arithmetic import totals
from ubl.cash_discount import DISCOUNT_CODE
from ubl.invoice import ZERO
from ubl.payment_qr import is_structured, structured

ERP = "ERP"  # who chose, where the export names nobody
TERMS_FILES: Mapping[str, Any] = {"terms": {"file": True, "translations": {"__all__": {"file"}}}}


def known_seller(row: Ready) -> KnownSeller:
    """The seller of `row`, with its brand: letters look like its invoices. The files of its terms are in the export."""
    seller = row.seller
    details = seller.model_dump(mode="json", exclude_none=True, exclude=TERMS_FILES)
    return KnownSeller(
        ref=seller.ref,
        name=seller.name,
        country=seller.address.country,
        law=seller.governing_law,
        details=details,
    )


def new_debtor(seller: str, customer: Customer, language: str) -> NewDebtor:
    """A customer of `seller`, with its electronic address as an invoice to it has it."""
    endpoint = peppol_address(customer)
    return NewDebtor(
        seller=seller,
        ref=customer.ref,
        name=customer.name,
        kind=customer.kind,
        country=customer.address.country,
        language=language,
        email=customer.email,
        endpoint=str(endpoint) if endpoint else None,
        preference=customer.preference,
        details=customer.model_dump(mode="json"),
        customer_since=customer.customer_since,
    )


def wishes(customer: Customer, on: date) -> tuple[Preference, ...]:
    """How the customer wants its documents, as the ERP says it on the day `on`."""
    said = customer.preference_chosen
    exempt = customer.peppol_exemption
    ways = {"invoice": customer.preference, "reminder": customer.reminder_preference}
    ways["formal_notice"] = customer.formal_preference
    return tuple(
        Preference(
            kind=kind,
            way=ways[kind],
            by=said.by if said else exempt.by if exempt and kind == "invoice" else ERP,
            on=said.on if said else exempt.on if exempt and kind == "invoice" else on,
            source="erp",
            reason=said.reason if said else None,
            copies=tuple(copy.email for copy in customer.copies if kind in copy.of),
            exemption=exempt.ground if exempt and kind == "invoice" else None,
        )
        for kind in KINDS
    )


def route_of(row: Ready, wish: Preference) -> Route:
    """How the invoice of `row` goes by that wish and by law."""
    seller, customer = row.seller, row.customer
    law = mandate(
        seller=seller.address.country,
        buyer=customer.address.country,
        kind=customer.kind,
        registered=bool(customer.registration_number or customer.vat_number),
        issued=row.document.issued,
    )
    return route(wish, law, ref=customer.ref, issued=row.document.issued)


def new_invoice(row: Ready, issued: Issued, stored: tuple[str, str], flags: Sequence[str]) -> NewInvoice:
    """The document of `row`; `stored` are the hashes of its UBL and paper. The printed due date is never rewritten."""
    invoice = issued.invoice
    due = invoice.due or invoice.issued
    reference = next((p.reference for p in invoice.payment if p.reference), None)
    if reference and is_structured(reference):
        reference = structured(reference)
    return NewInvoice(
        seller=row.document.seller,
        number=invoice.number,
        kind="credit_note" if invoice.type.is_credit_note else "invoice",
        currency=invoice.currency,
        payable=totals(invoice).payable,
        issued=invoice.issued,
        printed_due=due,
        lawful_due=lawful_day(row, due),
        insurer_due=due,
        reference=reference,
        preceding=tuple(p.number for p in invoice.preceding),
        goods=sells_goods(row.document),
        goods_lines=goods_lines(row, issued),
        content_hash=row.content_hash,
        ubl=stored[0],
        paper=stored[1],
        flags=tuple(flags),
    )


def goods_lines(row: Ready, issued: Issued) -> tuple[str, ...]:
    """BT-126 of the lines that are goods."""
    pairs = zip(row.document.lines, issued.invoice.lines, strict=False)
    return tuple(line.id for sold, line in pairs if sold.nature == "goods")


def discount(row: Ready, issued: Issued) -> tuple[Decimal, date] | None:
    """The discount for prompt payment that the invoice grants, and the last day on which it may be taken."""
    given = row.document.cash_discount
    if given is None:
        return None
    taken_off = (a.amount for a in issued.invoice.allowances if not a.charge and a.reason_code == DISCOUNT_CODE)
    return sum(taken_off, ZERO), issued.invoice.issued + timedelta(days=given.days)


def new_mandate(row: Ready, issued: Issued) -> NewMandate | None:
    """The mandate under which the invoice is collected (BG-19), with what the ERP knows of it."""
    debit = next((means.debit for means in issued.invoice.payment if means.debit), None)
    if debit is None or debit.mandate is None or debit.creditor_id is None:
        return None
    known = (row.document.payment.mandate if row.document.payment else None) or row.customer.mandate
    if known is None:
        return None
    return NewMandate(
        seller=row.document.seller,
        reference=debit.mandate,
        creditor_id=debit.creditor_id,
        iban=known.iban,
        signed=known.signed,
        scheme=known.scheme,
        once=known.once,
        notice_days=known.notice_days,
        last=known.last,
    )


def lawful_day(row: Ready, printed_due: date) -> date:
    """What the law makes of the printed term while receipt is only presumed; it moves later when receipt is proven."""
    try:
        return lawful_term(row.document, row.seller, row.customer).due
    except RegimeError:
        return printed_due
