"""What a letter of the ladder says, gathered from the ledger: parties, invoices, sums and how they were reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from flows.claim_files import address_lines
from flows.demands import Reckoning, agreed_terms
from flows.recipient import Recipient, recipient
from receivables.claims import ZERO, ItemKind, Step
from receivables.decide import Action
from receivables.law.costs import Costs, costs
from receivables.law.letters import deadline_after
from receivables.law.regime import Regime
from receivables.ledger.claim_data import DebtorRecord, InvoiceRecord, SellerRecord
from receivables.ledger.notices import PaymentRequest
from receivables.ledger.store import Store
from receivables.letters.derivation import derivation
from receivables.letters.model import LetterFacts, LetterLine, LetterParty
from ubl.read import read

ANNOUNCES_COSTS = (Step.FOURTEEN_DAY_LETTER, Step.BOOK_XIX_NOTICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Everything about one message: who asks whom for what, and under which law."""

    action: Action
    to: Recipient | None = None  # else the debtor's general address
    labels: Mapping[str, str] = field(default_factory=dict)  # the house's own names of steps
    regime: Regime
    seller: SellerRecord
    debtor: DebtorRecord
    reckoned: Sequence[Reckoning]
    records: Sequence[InvoiceRecord]
    request: PaymentRequest
    credits_open: Decimal
    next_step_after: int  # days of the ladder's next wait
    payment_link: str | None = None  # the seller's template, with {reference} and {amount}
    on: date


def letter_facts(subject: Subject, store: Store) -> LetterFacts:
    """The facts of the letter. The sums are those of the payment request, less the debtor's open credits."""
    request, debtor = subject.request, subject.debtor
    to = subject.to or recipient(debtor, None, ())
    sums = {kind: sum((k.get(kind, ZERO) for k in request.amounts.values()), ZERO) for kind in ItemKind}
    announced = announced_costs(subject)
    return LetterFacts(
        step=subject.action.step,
        country=subject.regime.country,
        debtor_kind=subject.regime.debtor,
        language=to.language,
        tone=subject.action.tone,
        on=subject.on,
        currency=request.currency,
        seller=seller_party(subject.seller),
        debtor=_debtor(debtor, to),
        lines=tuple(_line(subject, record, store) for record in subject.records),
        credits=subject.credits_open,
        principal=sums[ItemKind.PRINCIPAL],
        interest=sums[ItemKind.INTEREST],
        lump_sum=sums[ItemKind.LUMP_SUM],
        costs=sums[ItemKind.COSTS],
        demanded=request.demanded - subject.credits_open,
        derivation=tuple(
            sentence
            for one in subject.reckoned
            for sentence in derivation(
                one.claim.number, one.demand, to.language, subject.seller.country, request.currency
            )
        ),
        announced_costs=announced.costs if announced else None,
        announced_costs_vat=announced.vat if announced else None,
        reference=request.reference,
        pay_by=pay_by(subject),
        provisional=any(r.demand.provisional for r in subject.reckoned),
        channel="post" if subject.action.channel == "post" else "email",
        labels=subject.labels,
        payment_link=online(subject),
    )


def online(subject: Subject) -> str | None:
    """Where the demanded sum can be paid online: the seller's template, filled."""
    if subject.payment_link is None:
        return None
    bare = "".join(c for c in subject.request.reference if c.isalnum())
    return subject.payment_link.format(reference=bare, amount=f"{subject.request.demanded - subject.credits_open:.2f}")


def announced_costs(subject: Subject) -> Costs | None:
    """The exact costs that a consumer will owe after the letter's term: the letter must name them."""
    if subject.action.step not in ANNOUNCES_COSTS:
        return None
    agreed = agreed_terms(subject.seller.details, subject.debtor.details)
    return costs(
        country=subject.regime.country,
        debtor=subject.regime.debtor,
        principal=sum((r.claim.open_principal for r in subject.reckoned), ZERO),
        clause=agreed.penalty,
        penalty_agreed=agreed.penalty is not None,
    )


def pay_by(subject: Subject) -> date:
    """The day by which payment is asked: before the ladder's next step, and never before the end of a lawful term."""
    if subject.action.step is Step.DUE_SOON:
        return min(record.printed_due for record in subject.records)
    asked = subject.on + timedelta(days=max(subject.next_step_after, 7))
    channel = "post" if subject.action.channel == "post" else "email"
    term = deadline_after(subject.action.step, country=subject.regime.country, channel=channel, sent=subject.on)
    return max(asked, term.last_day) if term else asked


def _line(subject: Subject, record: InvoiceRecord, store: Store) -> LetterLine:
    invoice = read(store.get(record.ubl))
    supplied = invoice.delivery.date if invoice.delivery and invoice.delivery.date else invoice.issued
    amounts = subject.request.amounts[record.id]
    step = next(claim.step for claim in subject.action.claims if claim.invoice_id == record.id)
    return LetterLine(
        number=record.number,
        issued=record.issued,
        due=record.printed_due,
        received=record.received,
        step=step,
        open=amounts.get(ItemKind.PRINCIPAL, ZERO),
        interest=amounts.get(ItemKind.INTEREST, ZERO),
        description=invoice.lines[0].item.name + (" …" if len(invoice.lines) > 1 else ""),
        supplied=supplied,
    )


def seller_party(seller: SellerRecord) -> LetterParty:
    details = seller.details
    contact = details.get("contact") or {}
    return LetterParty(
        name=seller.name,
        address_lines=address_lines(details["address"]),
        registration=details.get("registration_number"),
        vat=details.get("vat_number"),
        email=details.get("email"),
        phone=contact.get("phone"),
        contact=contact.get("name"),
        iban=details.get("iban"),
        bic=details.get("bic"),
    )


def _debtor(debtor: DebtorRecord, to: Recipient) -> LetterParty:
    return LetterParty(
        name=debtor.name,
        address_lines=address_lines(debtor.details["address"]),
        reference=debtor.ref,
        email=to.email,
        contact=to.name,
    )
