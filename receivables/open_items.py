"""What is open at one seller, with the indexes that find it by reference, number, account and name in constant time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from receivables.claims import ZERO, ItemKind
from receivables.remittance import compact_number, plain

SHORTEST_NUMBER = 4  # letters and digits: '12' in a payer's words says nothing


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a payment for one item of one invoice, in the invoice's currency."""

    invoice_id: int
    kind: ItemKind
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """An invoice and what stood open on it, by kind, when it was read."""

    invoice_id: int
    number: str
    debtor_id: int
    debtor_name: str
    currency: str
    issued: date
    due: date
    reference: str | None  # compact
    open: Mapping[ItemKind, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """One reference for one demanded sum: `demanded` by invoice and kind."""

    reference: str  # compact
    debtor_id: int
    currency: str
    demanded: Mapping[tuple[int, ItemKind], Decimal]

    @property
    def invoice_ids(self) -> list[int]:
        return list(dict.fromkeys(invoice_id for invoice_id, _ in self.demanded))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedEntry:
    """Money that came in and was booked: what a return may undo."""

    entry_id: int
    amount: Decimal
    currency: str
    end_to_end: str | None
    reference: str | None


class Payment(Protocol):
    """What a booked bank entry is remembered by."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def end_to_end(self) -> str | None: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def counterparty_iban(self) -> str | None: ...


@dataclass(slots=True)
class OpenItems:
    """Built once per statement; `book` keeps it true while its entries are booked one after the other."""

    invoices: dict[int, OpenInvoice]
    requests_by_reference: dict[str, list[PaymentRequest]]
    debtors_by_iban: dict[str, set[int]]
    settled: Mapping[str, int]  # references with nothing open any more, to their debtor
    booked: list[BookedEntry]
    left: dict[tuple[int, ItemKind], Decimal] = field(default_factory=dict)
    ids_by_reference: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ids_by_number: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ids_by_debtor: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    debtors_by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(
        cls,
        invoices: Iterable[OpenInvoice],
        *,
        requests: Iterable[PaymentRequest] = (),
        debtors_by_iban: Mapping[str, Set[int]] | None = None,
        settled: Mapping[str, int] | None = None,
        booked: Iterable[BookedEntry] = (),
    ) -> OpenItems:
        """`debtors_by_iban`: whom each account is known to belong to."""
        by_reference: dict[str, list[PaymentRequest]] = defaultdict(list)
        for request in requests:
            by_reference[request.reference].append(request)
        accounts = {iban: set(owners) for iban, owners in (debtors_by_iban or {}).items()}
        items = cls({}, by_reference, accounts, settled or {}, list(booked))
        for invoice in invoices:
            items.add(invoice)
        return items

    def add(self, invoice: OpenInvoice) -> None:
        self.invoices[invoice.invoice_id] = invoice
        self.left |= {(invoice.invoice_id, kind): amount for kind, amount in invoice.open.items()}
        self.ids_by_debtor[invoice.debtor_id].append(invoice.invoice_id)
        self.debtors_by_name[plain(invoice.debtor_name)].add(invoice.debtor_id)
        number = compact_number(invoice.number)
        if len(number) >= SHORTEST_NUMBER:
            self.ids_by_number[number].append(invoice.invoice_id)
        if invoice.reference:
            self.ids_by_reference[invoice.reference].append(invoice.invoice_id)

    def open(self, invoice: OpenInvoice, kind: ItemKind) -> Decimal:
        """What is left of this item now."""
        return self.left.get((invoice.invoice_id, kind), ZERO)

    def book(self, shares: Iterable[Share]) -> None:
        """Takes off what was allocated or waived; a negative share reopens."""
        for share in shares:
            key = (share.invoice_id, share.kind)
            self.left[key] = self.left.get(key, ZERO) - share.amount

    def remember(self, entry_id: int, entry: Payment, debtor_id: int | None) -> None:
        """A payment that was booked: it may be returned; with `debtor_id`, its account is known from now on."""
        self.booked.append(
            BookedEntry(
                entry_id=entry_id,
                amount=entry.amount,
                currency=entry.currency,
                end_to_end=entry.end_to_end,
                reference=entry.reference,
            )
        )
        if debtor_id is not None and entry.counterparty_iban:
            self.debtors_by_iban.setdefault(entry.counterparty_iban, set()).add(debtor_id)

    def knows(self, reference: str) -> bool:
        return (
            reference in self.ids_by_reference or reference in self.requests_by_reference or reference in self.settled
        )

    def debtor_once_named(self, reference: str) -> int | None:
        """Whose invoice had this reference, though nothing is open on it any more."""
        ids = self.ids_by_reference.get(reference)
        return self.invoices[ids[0]].debtor_id if ids else self.settled.get(reference)

    def by_reference(self, reference: str) -> list[OpenInvoice]:
        return self.still_open(self.ids_by_reference.get(reference, ()))

    def numbered(self, numbers: Iterable[str]) -> list[OpenInvoice]:
        """The open invoices that have one of these compact numbers, each once."""
        ids = dict.fromkeys(i for number in numbers for i in self.ids_by_number.get(number, ()))
        return self.still_open(ids)

    def of_debtor(self, debtor_id: int) -> list[OpenInvoice]:
        return self.still_open(self.ids_by_debtor.get(debtor_id, ()))

    def still_open(self, ids: Iterable[int]) -> list[OpenInvoice]:
        return [self.invoices[i] for i in ids if self.left.get((i, ItemKind.PRINCIPAL), ZERO) > 0]
