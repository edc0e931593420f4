"""Whose money is it? What came in on the account is laid beside what is open, in the order of certainty.

Certain enough to book: a direct debit of our own, a structured reference with its check digits, an invoice's number in
the debtor's words with its amount, the debtor's known account with an exact amount. Everything less is proposed to a
person and never booked. The order of an allocation is that of contracts.md, 'Allocation of a payment'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from receivables.claims import ZERO, ItemKind
from receivables.match_results import BankEntry, Match, Netted, NoMatch, Proposal, Result, Return
from receivables.open_items import OpenInvoice, OpenItems, PaymentRequest, Share
from receivables.remittance import named_numbers, plain, same_name, structured_references
from receivables.returns import returned
from receivables.settling import LAWFUL_ORDER, PRINCIPAL, fit, only_subset, principal_of, settled, spread

__all__ = [
    "LAWFUL_ORDER",
    "PRINCIPAL",
    "BankEntry",
    "Match",
    "Netted",
    "NoMatch",
    "Proposal",
    "Result",
    "Return",
    "Tried",
    "explain",
    "match",
    "spread",
]


@dataclass(frozen=True, slots=True)
class Tried:
    """One step on the way to an answer, in words; `found` is what it came to, None where it came to nothing."""

    step: str
    found: Result | None


def match(entry: BankEntry, items: OpenItems, tolerance: Decimal = ZERO) -> Result:
    """What `entry` pays among `items` of one seller. `tolerance`: largest difference that is let go, in its currency.

    Afterwards tell `items.book(...)` what was booked, so that the next entry sees what is left.
    """
    return conclusion(entry, explain(entry, items, tolerance))


def explain(entry: BankEntry, items: OpenItems, tolerance: Decimal = ZERO) -> tuple[Tried, ...]:
    """The steps up to and with the one that answers."""
    if entry.amount < 0:
        return (Tried("earlier payment that went back", returned(entry, items)),)
    if entry.amount == 0:
        return ()
    tried = []
    for words, step in STEPS:
        tried.append(Tried(words, step(entry, items, tolerance)))
        if tried[-1].found is not None:
            break
    return tuple(tried)


def conclusion(entry: BankEntry, tried: Sequence[Tried]) -> Result:
    if entry.amount == 0:
        return NoMatch(reason="an entry of nothing", ours=False)
    found = tried[-1].found
    return found or NoMatch(reason="no reference, invoice number, account or name that is known")


def by_collection(entry: BankEntry, items: OpenItems, _tolerance: Decimal) -> Result | None:
    """Our own direct debits: by their end-to-end id, alone or as a batch in one sum, else by mandate and amount."""
    known = [c for c in items.collected.get(entry.end_to_end or "", ()) if c.state in ("submitted", "paid")]
    waiting = [c for c in known if open_of(c.invoice_id, items) > 0]
    amounts = [min(c.amount, open_of(c.invoice_id, items)) for c in waiting]
    if waiting and sum(amounts) == entry.amount:
        shares = tuple(
            Share(c.invoice_id, ItemKind.PRINCIPAL, amount) for c, amount in zip(waiting, amounts, strict=True)
        )
        debtors = {c.debtor_id for c in waiting}
        return Match(
            debtor_id=debtors.pop() if len(debtors) == 1 else None,
            shares=shares,
            reason=f"our direct debit {entry.end_to_end}",
            confidence=Decimal(1),
        )
    debtor_id = items.mandates.get(entry.mandate or "")
    if debtor_id is None:
        return None
    found = [i for i in items.of_debtor(debtor_id) if i.currency == entry.currency]
    exact = [i for i in found if items.open(i, ItemKind.PRINCIPAL) == entry.amount]
    if len(exact) == 1:
        return of_invoices(entry, exact, items, ZERO, f"mandate {entry.mandate} and the exact amount", "0.98")
    return None


def open_of(invoice_id: int, items: OpenItems) -> Decimal:
    return items.left.get((invoice_id, ItemKind.PRINCIPAL), ZERO)


def by_reference(entry: BankEntry, items: OpenItems, tolerance: Decimal) -> Result | None:
    """A payment request's reference, or the own references of one invoice or more."""
    found: list[tuple[str, OpenInvoice]] = []
    for reference in structured_references(entry.reference, entry.text, items.knows):
        requests = [r for r in items.requests_by_reference.get(reference, ()) if r.currency == entry.currency]
        invoices = [i for i in items.by_reference(reference) if i.currency == entry.currency]
        if not found and len(requests) + len(invoices) > 1:
            return several(entry, invoices, items, reference)
        if not found and requests:
            return of_request(entry, requests[0], items)
        found += [(reference, invoice) for invoice in invoices]
        if not found and (debtor_id := items.debtor_once_named(reference)) is not None:
            return Proposal(
                reason=f"reference {reference} is of an invoice that has nothing open: paid twice?",
                confidence=Decimal("0.9"),
                debtor_id=debtor_id,
            )
    return of_references(entry, found, items, tolerance) if found else None


def of_references(
    entry: BankEntry, found: Sequence[tuple[str, OpenInvoice]], items: OpenItems, tolerance: Decimal
) -> Result:
    """One reference pays its invoice, in part or too much as well; several, or more invoices named, pay their sum."""
    reference, first = found[0]
    named = [i for i in items.numbered(named_numbers(entry.text)) if i.currency == entry.currency]
    together = list({i.invoice_id: i for i in (*(i for _, i in found), *named)}.values())
    others = {invoice.debtor_id for invoice in together} - {first.debtor_id}
    if len(together) > 1 and not others and (fitting := fit(entry, together, items, tolerance)):
        why = f"references and numbers of {', '.join(i.number for i in together)}, {fitting.words}"
        return settled(entry, together, items, fitting, why, "1")
    if len(found) > 1:
        invoices = [invoice for _, invoice in found]
        return proposal(entry, invoices, items, "references of several invoices, but not their sum", "0.6")
    return of_invoices(entry, [first], items, tolerance, f"structured reference {reference}", "1")


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
    principal = sum((a for (_, kind), a in request.demanded.items() if kind is ItemKind.PRINCIPAL), ZERO)
    accessories = sum((share.amount for share in shares if share.kind is not ItemKind.PRINCIPAL), ZERO)
    alone = f", the principal alone: by law {accessories} went to costs and interest first"
    return Match(
        debtor_id=request.debtor_id,
        shares=shares,
        rest=rest,
        reason=f"payment request {request.reference}" + (alone if accessories and entry.amount == principal else ""),
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
    """To the principal of these invoices, oldest first; what differs is explained where it can be, else stays open."""
    payer = "" if same_name(entry.counterparty, invoices[0].debtor_name) else f", paid by {entry.counterparty}"
    fitting = fit(entry, invoices, items, tolerance)
    if fitting is not None:
        words = "" if fitting.words == "with its amount" else f", {fitting.words}"
        return settled(entry, invoices, items, fitting, f"{reason}{words}{payer}", confidence)
    shares, rest = spread(entry.amount, invoices, items, PRINCIPAL)
    late = ", less a discount that had lapsed" if lapsed(entry, invoices, items) else ""
    return Match(
        debtor_id=invoices[0].debtor_id,
        shares=shares,
        rest=rest,
        reason=f"{reason}{late}{payer}",
        confidence=Decimal(confidence),
    )


def lapsed(entry: BankEntry, invoices: Sequence[OpenInvoice], items: OpenItems) -> bool:
    short = principal_of(invoices, items) - entry.amount
    return any(i.discount == short > 0 and i.discount_until and entry.booked > i.discount_until for i in invoices)


def by_number(entry: BankEntry, items: OpenItems, tolerance: Decimal) -> Result | None:
    """The debtor's own words name invoices, and credit notes, and their sum is what was paid."""
    numbers = list(named_numbers(entry.text))
    found = [i for i in items.numbered(numbers) if i.currency == entry.currency]
    if not found:
        return None
    named = ", ".join(invoice.number for invoice in found)
    total = principal_of(found, items)
    if len({invoice.debtor_id for invoice in found}) > 1:
        sum_ = "with their sum" if total == entry.amount else f"but {total} is open there"
        confidence = "0.8" if total == entry.amount else "0.6"
        return proposal(entry, found, items, f"invoices {named} of several customers named, {sum_}", confidence)
    credits = [c for c in items.credits_numbered(numbers) if c.debtor_id == found[0].debtor_id]
    fitting = (fit(entry, found, items, ZERO, credits) if credits else None) or fit(entry, found, items, tolerance)
    if fitting is not None:
        return settled(entry, found, items, fitting, f"invoice {named} named, {fitting.words}", "0.95")
    if len(found) > 1 and (chosen := only_subset(entry.amount, found, items)):
        of = ", ".join(invoice.number for invoice in chosen)
        return of_invoices(entry, chosen, items, ZERO, f"of {named} named, the only ones with this sum: {of}", "0.9")
    return proposal(entry, found, items, f"invoice {named} named, but {total} is open there", "0.6")


def by_account(entry: BankEntry, items: OpenItems, _tolerance: Decimal) -> Result | None:
    """The debtor's known account, with exactly what is open on one invoice, or on all together, credit notes off."""
    debtors: Set[int] = items.debtors_by_iban.get(entry.counterparty_iban or "", frozenset())
    found = [i for debtor_id in sorted(debtors) for i in items.of_debtor(debtor_id) if i.currency == entry.currency]
    if not found:
        return None
    exact = [i for i in found if items.open(i, ItemKind.PRINCIPAL) == entry.amount]
    if len(debtors) == 1 and len(exact) == 1:
        return of_invoices(entry, exact, items, ZERO, "the debtor's known account and the exact amount", "0.9")
    fitting = fit(entry, found, items, ZERO) if len(debtors) == 1 and not exact else None
    if fitting is not None and not fitting.waived:
        less = "" if not fitting.netted else f", {fitting.words}"
        why = f"the debtor's known account and exactly all that is open{less}"
        return settled(entry, found, items, fitting, why, "0.9")
    return proposal(entry, exact or found, items, "a known account, but not one amount that fits", "0.5")


def by_estate(entry: BankEntry, items: OpenItems, _tolerance: Decimal) -> Result | None:
    """The proceeding's reference is named, or the administrator of one estate only pays: a dividend, likely."""
    named = (*named_numbers(entry.text), *named_numbers(entry.reference))
    referred = {debtor for key in named for debtor in items.estates.get(key, ())}
    debtors = referred or items.estates.get(plain(entry.counterparty or ""), set())
    if len(debtors) != 1:
        return None
    (debtor_id,) = debtors
    reason = "the administrator or the reference of an insolvency"
    found = [i for i in items.of_debtor(debtor_id) if i.currency == entry.currency]
    if found:
        return proposal(entry, found, items, reason, "0.7")
    return Proposal(
        reason=f"{reason}, and nothing is open any more: say which invoice it pays, also one that was written off",
        confidence=Decimal("0.7"),
        debtor_id=debtor_id,
    )


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
    """What a person may confirm, with the shares that booking it would give; for several debtors only a whole sum."""
    debtors: set[int] = {invoice.debtor_id for invoice in invoices}
    shares, rest = spread(entry.amount, invoices, items, PRINCIPAL)
    only = debtors.pop() if len(debtors) == 1 else None
    whole = rest == 0 and principal_of(invoices, items) == entry.amount
    return Proposal(
        reason=reason,
        confidence=Decimal(confidence),
        debtor_id=only,
        shares=shares if only is not None or whole else (),
    )


Step = Callable[[BankEntry, OpenItems, Decimal], Result | None]
STEPS: tuple[tuple[str, Step], ...] = (
    ("end-to-end id or mandate of our direct debits", by_collection),
    ("structured reference", by_reference),
    ("invoice number in the text", by_number),
    ("known account and amount", by_account),
    ("administrator or reference of an insolvency", by_estate),
    ("name and amount", by_name),
)
