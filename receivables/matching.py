"""Whose money is it? What came in on the account is laid beside what is open, in the order of certainty.

Certain enough to book: a structured reference with its check digits, an invoice's number in the debtor's words with its
amount, the debtor's known account with an exact amount. Everything less is proposed to a person and never booked.
The order of an allocation is that of contracts.md, 'Allocation of a payment'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from receivables.claims import ZERO, ItemKind
from receivables.open_items import OpenInvoice, OpenItems, PaymentRequest, Share
from receivables.remittance import named_numbers, plain, structured_references

LAWFUL_ORDER = ((ItemKind.COSTS, ItemKind.LUMP_SUM), (ItemKind.INTEREST,), (ItemKind.PRINCIPAL,))
PRINCIPAL = ((ItemKind.PRINCIPAL,),)


class BankEntry(Protocol):
    """One booked transaction, as `connectors.ports.StatementEntry` brings it. Amount is positive for money in."""

    @property
    def booked(self) -> date: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def counterparty(self) -> str | None: ...
    @property
    def counterparty_iban(self) -> str | None: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def end_to_end(self) -> str | None: ...
    @property
    def mandate(self) -> str | None: ...
    @property
    def return_reason(self) -> str | None: ...
    @property
    def charges(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Certain enough to book. `shares` are allocated, `waived` is the small rest that is forgone, `rest` stays over."""

    debtor_id: int
    shares: tuple[Share, ...]
    reason: str
    confidence: Decimal  # 0 to 1
    rest: Decimal = ZERO
    waived: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Money that came in earlier went back: the booking of `entry_id` is reversed."""

    entry_id: int
    reason: str
    confidence: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """For a person: likely, not certain. `shares` is what booking it would do; nothing is booked."""

    reason: str
    confidence: Decimal
    debtor_id: int | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch:
    """Nothing known fits; it stays visible as unmatched. `ours` is False for money out that was never a receivable."""

    reason: str
    ours: bool = True


Result = Match | Return | Proposal | NoMatch


def match(entry: BankEntry, items: OpenItems, tolerance: Decimal = ZERO) -> Result:
    """What `entry` pays among `items` of one seller. `tolerance`: largest underpayment waived, in the entry's currency.

    Afterwards tell `items.book(...)` what was booked, so that the next entry sees what is left.
    """
    if entry.amount < 0:
        return returned(entry, items)
    if entry.amount == 0:
        return NoMatch(reason="an entry of nothing", ours=False)
    for step in (by_reference, by_number, by_account, by_name):
        found = step(entry, items, tolerance)
        if found is not None:
            return found
    return NoMatch(reason="no reference, invoice number, account or name that is known")


def returned(entry: BankEntry, items: OpenItems) -> Result:
    """A returned direct debit or credit transfer finds the entry that it undoes."""
    same_sum = [b for b in items.booked if b.amount == -entry.amount and b.currency == entry.currency]
    known = entry.end_to_end if entry.end_to_end not in (None, "", "NOTPROVIDED") else None
    by_id = [b for b in same_sum if known and b.end_to_end == known]
    if len(by_id) == 1:
        return Return(entry_id=by_id[0].entry_id, reason="returned: same end-to-end id and sum", confidence=Decimal(1))
    by_ref = [b for b in same_sum if entry.reference and b.reference == entry.reference]
    if len(by_ref) == 1 and entry.return_reason:
        return Return(
            entry_id=by_ref[0].entry_id, reason="returned: same reference and sum", confidence=Decimal("0.95")
        )
    if not entry.return_reason:
        return NoMatch(reason="money out without a return reason", ours=False)
    return Proposal(
        reason=f"returned ({entry.return_reason}), but {len(same_sum)} earlier payments of this sum fit",
        confidence=Decimal("0.3"),
    )


def by_reference(entry: BankEntry, items: OpenItems, tolerance: Decimal) -> Result | None:
    """A payment request's reference, or an invoice's own."""
    for reference in structured_references(entry.reference, entry.text, items.knows):
        requests = [r for r in items.requests_by_reference.get(reference, ()) if r.currency == entry.currency]
        invoices = [i for i in items.by_reference(reference) if i.currency == entry.currency]
        if len(requests) + len(invoices) > 1:
            return several(entry, invoices, items, reference)
        if requests:
            return of_request(entry, requests[0], items)
        if invoices:
            return of_invoices(entry, invoices, items, tolerance, f"structured reference {reference}", "1")
        if (debtor_id := items.debtor_once_named(reference)) is not None:
            return Proposal(
                reason=f"reference {reference} is of an invoice that has nothing open: paid twice?",
                confidence=Decimal("0.9"),
                debtor_id=debtor_id,
            )
    return None


def several(entry: BankEntry, invoices: Sequence[OpenInvoice], items: OpenItems, reference: str) -> Result:
    """One reference on several open invoices: the one with exactly this amount, else a person says."""
    exact = [invoice for invoice in invoices if items.open(invoice, ItemKind.PRINCIPAL) == entry.amount]
    if len(exact) == 1:
        why = f"structured reference {reference}, and the only one of its invoices with this amount"
        return of_invoices(entry, exact, items, ZERO, why, "0.95")
    return proposal(entry, invoices, items, f"reference {reference} stands on several open demands", "0.6")


def of_request(entry: BankEntry, request: PaymentRequest, items: OpenItems) -> Result:
    """Costs, then interest, then principal, each over its claims oldest first, up to what was demanded and is open."""
    claims = [items.invoices[i] for i in request.invoice_ids if i in items.invoices]
    shares, rest = spread(entry.amount, claims, items, LAWFUL_ORDER, request.demanded)
    if not shares:
        return Proposal(
            reason=f"payment request {request.reference} has nothing open any more: paid twice?",
            confidence=Decimal("0.9"),
            debtor_id=request.debtor_id,
        )
    return Match(
        debtor_id=request.debtor_id,
        shares=shares,
        rest=rest,
        reason=f"payment request {request.reference}",
        confidence=Decimal(1),
    )


def of_invoices(
    entry: BankEntry,
    invoices: Sequence[OpenInvoice],
    items: OpenItems,
    tolerance: Decimal,
    reason: str,
    confidence: str,
) -> Match:
    """To the principal of these invoices, oldest first. An underpayment within `tolerance` is waived by policy."""
    shares, rest = spread(entry.amount, invoices, items, PRINCIPAL)
    paid = {share.invoice_id: share.amount for share in shares}
    short = [
        Share(i.invoice_id, ItemKind.PRINCIPAL, items.open(i, ItemKind.PRINCIPAL) - paid.get(i.invoice_id, ZERO))
        for i in invoices
    ]
    missing = sum((share.amount for share in short), ZERO)
    waived = tuple(s for s in short if s.amount) if 0 < missing <= tolerance else ()
    return Match(
        debtor_id=invoices[0].debtor_id,
        shares=shares,
        rest=rest,
        waived=waived,
        reason=reason,
        confidence=Decimal(confidence),
    )


def by_number(entry: BankEntry, items: OpenItems, tolerance: Decimal) -> Result | None:
    """The debtor's own words name invoices, and their sum is what was paid."""
    found = [i for i in items.numbered(named_numbers(entry.text)) if i.currency == entry.currency]
    if not found:
        return None
    named = ", ".join(invoice.number for invoice in found)
    total = sum((items.open(invoice, ItemKind.PRINCIPAL) for invoice in found), ZERO)
    if ZERO <= total - entry.amount <= tolerance and len({invoice.debtor_id for invoice in found}) == 1:
        return of_invoices(entry, found, items, tolerance, f"invoice {named} named, with its amount", "0.95")
    return proposal(entry, found, items, f"invoice {named} named, but {total} is open there", "0.6")


def by_account(entry: BankEntry, items: OpenItems, _tolerance: Decimal) -> Result | None:
    """The debtor's known account, with exactly what is open on one invoice, or on all together."""
    debtors: Set[int] = items.debtors_by_iban.get(entry.counterparty_iban or "", frozenset())
    found = [i for debtor_id in sorted(debtors) for i in items.of_debtor(debtor_id) if i.currency == entry.currency]
    if not found:
        return None
    exact = [i for i in found if items.open(i, ItemKind.PRINCIPAL) == entry.amount]
    total = sum((items.open(i, ItemKind.PRINCIPAL) for i in found), ZERO)
    if len(debtors) == 1 and len(exact) == 1:
        return of_invoices(entry, exact, items, ZERO, "the debtor's known account and the exact amount", "0.9")
    if len(debtors) == 1 and not exact and total == entry.amount:
        return of_invoices(entry, found, items, ZERO, "the debtor's known account and exactly all that is open", "0.9")
    return proposal(entry, exact or found, items, "a known account, but not one amount that fits", "0.5")


def by_name(entry: BankEntry, items: OpenItems, _tolerance: Decimal) -> Result | None:
    """The same name and amount: likely, never certain."""
    debtors: Set[int] = items.debtors_by_name.get(plain(entry.counterparty or ""), frozenset())
    found = [i for debtor_id in sorted(debtors) for i in items.of_debtor(debtor_id) if i.currency == entry.currency]
    exact = [i for i in found if items.open(i, ItemKind.PRINCIPAL) == entry.amount]
    if exact:
        return proposal(entry, exact, items, "the debtor's name and the exact amount", "0.5")
    return proposal(entry, found, items, "the debtor's name", "0.3") if found else None


def proposal(
    entry: BankEntry, invoices: Sequence[OpenInvoice], items: OpenItems, reason: str, confidence: str
) -> Proposal:
    """What a person may confirm; for one debtor only, with the shares that booking it would give."""
    debtors: set[int] = {invoice.debtor_id for invoice in invoices}
    shares, _ = spread(entry.amount, invoices, items, PRINCIPAL)
    only = debtors.pop() if len(debtors) == 1 else None
    return Proposal(
        reason=reason, confidence=Decimal(confidence), debtor_id=only, shares=shares if only is not None else ()
    )


def spread(
    amount: Decimal,
    invoices: Iterable[OpenInvoice],
    items: OpenItems,
    order: Sequence[Sequence[ItemKind]],
    limits: Mapping[tuple[int, ItemKind], Decimal] | None = None,
) -> tuple[tuple[Share, ...], Decimal]:
    """`amount` over `invoices`, by kind in `order`, oldest first within, up to `limits`: the shares and the rest."""
    oldest_first = sorted(invoices, key=lambda invoice: (invoice.due, invoice.issued, invoice.invoice_id))
    shares = []
    for kinds in order:
        for invoice in oldest_first:
            for kind in kinds:
                most = items.open(invoice, kind)
                if limits is not None:
                    most = min(most, limits.get((invoice.invoice_id, kind), ZERO))
                part = min(most, amount)
                if part > 0:
                    shares.append(Share(invoice.invoice_id, kind, part))
                    amount -= part
    return tuple(shares), amount
