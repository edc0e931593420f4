"""How a sum settles the invoices it is meant for: in full, less bank costs, less the discount, less credit notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from receivables.claims import ZERO, ItemKind
from receivables.match_results import SMALL_REST, BankEntry, Match, Netted
from receivables.open_items import OpenCredit, OpenInvoice, OpenItems, Share

LAWFUL_ORDER = ((ItemKind.COSTS, ItemKind.LUMP_SUM), (ItemKind.INTEREST,), (ItemKind.PRINCIPAL,))
PRINCIPAL = ((ItemKind.PRINCIPAL,),)
BANK_COSTS = "bank costs"
DISCOUNT = "discount for prompt payment"
ROUNDING = Decimal("0.05")
MOST_IN_SUBSET = 12  # invoices among which a sum is sought: 4096 sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Why a sum is just what these invoices ask: `words` for the reason, and what is not paid in money."""

    words: str
    waived: tuple[Share, ...] = ()
    why: str = SMALL_REST
    netted: tuple[Netted, ...] = ()


def principal_of(invoices: Iterable[OpenInvoice], items: OpenItems) -> Decimal:
    return sum((items.open(invoice, ItemKind.PRINCIPAL) for invoice in invoices), ZERO)


def fit(
    entry: BankEntry,
    invoices: Sequence[OpenInvoice],
    items: OpenItems,
    tolerance: Decimal,
    credits: Sequence[OpenCredit] = (),
) -> Fit | None:
    """How the entry's sum settles exactly these invoices of one debtor; None where it does not.

    `credits`: the credit notes that the payer named; else those of the debtor are tried, one alone or all together.
    """
    total = principal_of(invoices, items)
    if credits:
        return with_credits(entry, invoices, items, credits)
    if entry.amount == total:
        return Fit(words="with its amount")
    short = total - entry.amount
    if entry.charges and short == entry.charges:
        waived = waive_from(short, invoices, items)
        return Fit(words=f"with its amount, of which banks kept {short}", waived=waived, why=BANK_COSTS)
    exact = with_discount(entry, invoices, short) or with_debtors_credits(entry, invoices, items)
    if exact is None and abs(short) <= tolerance:
        waived = waive_from(short, invoices, items) if short > 0 else ()
        return Fit(words=f"with its amount but for {abs(short)}", waived=waived)
    return exact


def with_discount(entry: BankEntry, invoices: Sequence[OpenInvoice], short: Decimal) -> Fit | None:
    """The discount for prompt payment (escompte), taken on the last day at the latest, but for rounding."""
    granted = [i for i in invoices if i.discount and i.discount_until and entry.booked <= i.discount_until]
    allowed = sum((i.discount for i in granted), ZERO)
    if not granted or abs(short - allowed) > ROUNDING:
        return None
    waived = [Share(i.invoice_id, ItemKind.PRINCIPAL, i.discount) for i in granted]
    last = waived[-1]
    waived[-1] = Share(last.invoice_id, last.kind, last.amount + short - allowed)
    return Fit(words=f"with its amount less the discount of {short}, in time", waived=tuple(waived), why=DISCOUNT)


def with_debtors_credits(entry: BankEntry, invoices: Sequence[OpenInvoice], items: OpenItems) -> Fit | None:
    """What is short is exactly one credit note of the debtor, or all of them together."""
    open_ = [c for c in items.credits_of(invoices[0].debtor_id) if c.currency == entry.currency]
    total = principal_of(invoices, items)
    exact = [credit for credit in open_ if total - items.held(credit) == entry.amount]
    if len(exact) == 1:
        return with_credits(entry, invoices, items, exact)
    return with_credits(entry, invoices, items, open_) if len(open_) > 1 and not exact else None


def with_credits(
    entry: BankEntry, invoices: Sequence[OpenInvoice], items: OpenItems, credits: Sequence[OpenCredit]
) -> Fit | None:
    set_off = sum((items.held(credit) for credit in credits), ZERO)
    if not set_off or principal_of(invoices, items) - set_off != entry.amount:
        return None
    left = {i.invoice_id: items.open(i, ItemKind.PRINCIPAL) for i in invoices}
    netted = []
    for credit in credits:
        rest = items.held(credit)
        for invoice_id, open_ in left.items():
            part = min(rest, open_)
            if part > 0:
                netted.append(Netted(credit.credit_note_id, invoice_id, part))
                left[invoice_id] -= part
                rest -= part
    named = ", ".join(credit.number for credit in credits)
    return Fit(words=f"with its amount less credit note {named}", netted=tuple(netted))


def waive_from(amount: Decimal, invoices: Sequence[OpenInvoice], items: OpenItems) -> tuple[Share, ...]:
    """Forgone on the youngest invoices, so that the oldest are paid."""
    found = []
    for invoice in reversed(oldest_first(invoices)):
        part = min(items.open(invoice, ItemKind.PRINCIPAL), amount)
        if part > 0:
            found.append(Share(invoice.invoice_id, ItemKind.PRINCIPAL, part))
            amount -= part
    return tuple(found)


def settled(
    entry: BankEntry, invoices: Sequence[OpenInvoice], items: OpenItems, found: Fit, reason: str, confidence: str
) -> Match:
    """The match that `found` makes: money first to what neither credit note nor waiver settles."""
    taken: dict[int, Decimal] = {}
    unpaid = [(s.invoice_id, s.amount) for s in found.waived] + [(n.invoice_id, n.amount) for n in found.netted]
    for invoice_id, amount in unpaid:
        taken[invoice_id] = taken.get(invoice_id, ZERO) + amount
    shares = []
    rest = entry.amount
    for invoice in oldest_first(invoices):
        amount = min(items.open(invoice, ItemKind.PRINCIPAL) - taken.get(invoice.invoice_id, ZERO), rest)
        if amount > 0:
            shares.append(Share(invoice.invoice_id, ItemKind.PRINCIPAL, amount))
            rest -= amount
    return Match(
        debtor_id=invoices[0].debtor_id,
        shares=tuple(shares),
        rest=rest,
        small=rest > 0,
        waived=found.waived,
        waived_why=found.why,
        netted=found.netted,
        reason=reason,
        confidence=Decimal(confidence),
    )


def only_subset(amount: Decimal, invoices: Sequence[OpenInvoice], items: OpenItems) -> list[OpenInvoice]:
    """The one combination of these invoices whose principal is `amount`; empty where there is none, or several."""
    if len(invoices) > MOST_IN_SUBSET:
        return []
    found = [
        chosen
        for count in range(1, len(invoices) + 1)
        for chosen in combinations(invoices, count)
        if principal_of(chosen, items) == amount
    ]
    return list(found[0]) if len(found) == 1 else []


def oldest_first(invoices: Iterable[OpenInvoice]) -> list[OpenInvoice]:
    return sorted(invoices, key=lambda invoice: (invoice.due, invoice.issued, invoice.invoice_id))


def spread(
    amount: Decimal,
    invoices: Iterable[OpenInvoice],
    items: OpenItems,
    order: Sequence[Sequence[ItemKind]],
    limits: Mapping[tuple[int, ItemKind], Decimal] | None = None,
) -> tuple[tuple[Share, ...], Decimal]:
    """`amount` over `invoices`, by kind in `order`, oldest first within, up to `limits`: the shares and the rest."""
    in_order = oldest_first(invoices)
    shares = []
    for kinds in order:
        for invoice in in_order:
            for kind in kinds:
                most = items.open(invoice, kind)
                if limits is not None:
                    most = min(most, limits.get((invoice.invoice_id, kind), ZERO))
                part = min(most, amount)
                if part > 0:
                    shares.append(Share(invoice.invoice_id, kind, part))
                    amount -= part
    return tuple(shares), amount
