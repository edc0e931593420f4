"""What is open at one seller, with the indexes that find it by reference, number, account and name in constant time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from string import ascii_uppercase
from typing import Protocol

from receivables.claims import ZERO, ItemKind
from receivables.remittance import compact_number, plain, same_name

SHORTEST_REFERENCE = 6  # of a proceeding
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
    discount: Decimal = ZERO  # for prompt payment, up to and with `discount_until`
    discount_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCredit:
    """A credit note and what it still holds."""

    credit_note_id: int
    number: str
    debtor_id: int
    currency: str
    left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One direct debit of ours that the bank has not paid yet, or paid: `batch` is the sum it may be booked with."""

    end_to_end: str
    batch: str
    invoice_id: int
    debtor_id: int
    amount: Decimal
    state: str  # submitted, paid, returned, refused, void


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
    invoice_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """An insolvent debtor: under which `reference` its proceeding runs, and who administers it."""

    debtor_id: int
    reference: str
    administrator: str | None

    @property
    def keys(self) -> set[str]:
        """By what a payment of the estate may be known: the reference, also without the register's name, the person."""
        whole = compact_number(self.reference)
        found = {whole, whole.lstrip(ascii_uppercase)}
        return {key for key in found if len(key) >= SHORTEST_REFERENCE} | {plain(self.administrator or "")} - {""}


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
    def counterparty(self) -> str | None: ...
    @property
    def counterparty_iban(self) -> str | None: ...


@dataclass(slots=True)
class OpenItems:
    """Built once per statement; `book` keeps it true while its entries are booked one after the other."""

    invoices: dict[int, OpenInvoice]
    requests_by_reference: dict[str, list[PaymentRequest]]
    debtors_by_iban: dict[str, set[int]]
    settled: Mapping[str, int]  # references with nothing open any more, to their debtor
    booked: dict[int, BookedEntry] = field(default_factory=dict)
    mandates: Mapping[str, int] = field(default_factory=dict)  # to their debtor
    estates: Mapping[str, set[int]] = field(default_factory=dict)  # by compact reference and by plain administrator
    collected: dict[str, list[Collected]] = field(default_factory=lambda: defaultdict(list))
    left: dict[tuple[int, ItemKind], Decimal] = field(default_factory=dict)
    ids_by_reference: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ids_by_number: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ids_by_debtor: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    debtors_by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    names: dict[int, str] = field(default_factory=dict)
    credits: dict[int, OpenCredit] = field(default_factory=dict)
    credits_by_number: dict[str, int] = field(default_factory=dict)
    credits_by_debtor: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    credit_left: dict[int, Decimal] = field(default_factory=dict)
    entries_by_sum: dict[tuple[Decimal, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    entries_by_id: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(
        cls,
        invoices: Iterable[OpenInvoice],
        *,
        requests: Iterable[PaymentRequest] = (),
        debtors_by_iban: Mapping[str, Set[int]] | None = None,
        settled: Mapping[str, int] | None = None,
        booked: Iterable[BookedEntry] = (),
        credits: Iterable[OpenCredit] = (),
        collected: Iterable[Collected] = (),
        mandates: Mapping[str, int] | None = None,
        estates: Iterable[Estate] = (),
    ) -> OpenItems:
        """`debtors_by_iban`: whom each account is known to belong to."""
        by_reference: dict[str, list[PaymentRequest]] = defaultdict(list)
        for request in requests:
            by_reference[request.reference].append(request)
        accounts = {iban: set(owners) for iban, owners in (debtors_by_iban or {}).items()}
        administered: dict[str, set[int]] = defaultdict(set)
        for estate in estates:
            for key in estate.keys:
                administered[key].add(estate.debtor_id)
        items = cls({}, by_reference, accounts, settled or {}, mandates=mandates or {}, estates=administered)
        for invoice in invoices:
            items.add(invoice)
        for entry in booked:
            items.keep(entry)
        for credit in credits:
            items.add_credit(credit)
        for one in collected:
            items.collected[one.end_to_end].append(one)
            items.collected[one.batch].append(one)
        return items

    def add(self, invoice: OpenInvoice) -> None:
        """An open invoice; one that is known already stands now as it is given."""
        known = invoice.invoice_id in self.invoices
        self.invoices[invoice.invoice_id] = invoice
        self.left |= {(invoice.invoice_id, kind): amount for kind, amount in invoice.open.items()}
        if known:
            return
        self.ids_by_debtor[invoice.debtor_id].append(invoice.invoice_id)
        if invoice.debtor_id not in self.names:
            self.names[invoice.debtor_id] = invoice.debtor_name
            self.debtors_by_name[plain(invoice.debtor_name)].add(invoice.debtor_id)
        number = compact_number(invoice.number)
        if len(number) >= SHORTEST_NUMBER:
            self.ids_by_number[number].append(invoice.invoice_id)
        if invoice.reference:
            self.ids_by_reference[invoice.reference].append(invoice.invoice_id)

    def add_credit(self, credit: OpenCredit) -> None:
        self.credits[credit.credit_note_id] = credit
        self.credit_left[credit.credit_note_id] = credit.left
        self.credits_by_debtor[credit.debtor_id].append(credit.credit_note_id)
        number = compact_number(credit.number)
        if len(number) >= SHORTEST_NUMBER:
            self.credits_by_number[number] = credit.credit_note_id

    def open(self, invoice: OpenInvoice, kind: ItemKind) -> Decimal:
        """What is left of this item now."""
        return self.left.get((invoice.invoice_id, kind), ZERO)

    def held(self, credit: OpenCredit) -> Decimal:
        """What this credit note still holds now."""
        return self.credit_left.get(credit.credit_note_id, ZERO)

    def book(self, shares: Iterable[Share]) -> None:
        """Takes off what was allocated or waived; a negative share reopens."""
        for share in shares:
            key = (share.invoice_id, share.kind)
            self.left[key] = self.left.get(key, ZERO) - share.amount

    def book_credit(self, credit_note_id: int, invoice_id: int, amount: Decimal) -> None:
        self.credit_left[credit_note_id] -= amount
        self.book([Share(invoice_id, ItemKind.PRINCIPAL, amount)])

    def keep(self, entry: BookedEntry) -> None:
        self.booked[entry.entry_id] = entry
        self.entries_by_sum[entry.amount, entry.currency].append(entry.entry_id)
        if entry.end_to_end:
            self.entries_by_id[entry.end_to_end].append(entry.entry_id)

    def forget(self, entry_id: int) -> None:
        """An entry that went back as a whole cannot go back again."""
        entry = self.booked.pop(entry_id)
        self.entries_by_sum[entry.amount, entry.currency].remove(entry_id)
        if entry.end_to_end:
            self.entries_by_id[entry.end_to_end].remove(entry_id)

    def of_sum(self, amount: Decimal, currency: str) -> list[BookedEntry]:
        """The booked entries of just this sum."""
        return [self.booked[i] for i in self.entries_by_sum.get((amount, currency), ())]

    def with_id(self, *end_to_end: str) -> list[BookedEntry]:
        """The booked entries that bear one of these end-to-end ids."""
        return [self.booked[i] for i in dict.fromkeys(i for id_ in end_to_end for i in self.entries_by_id.get(id_, ()))]

    def remember(self, entry_id: int, entry: Payment, debtor_id: int | None, invoice_ids: Iterable[int] = ()) -> None:
        """A payment that was booked: it may be returned. With `debtor_id`, its account is known from now on, unless it
        bears another's name: a factor or a parent company pays for many.
        """
        self.keep(
            BookedEntry(
                entry_id=entry_id,
                amount=entry.amount,
                currency=entry.currency,
                end_to_end=entry.end_to_end,
                reference=entry.reference,
                invoice_ids=frozenset(invoice_ids),
            )
        )
        if debtor_id is None or not entry.counterparty_iban:
            return
        if same_name(entry.counterparty, self.names.get(debtor_id)):
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

    def credits_numbered(self, numbers: Iterable[str]) -> list[OpenCredit]:
        """The credit notes with one of these compact numbers that still hold something."""
        ids = dict.fromkeys(self.credits_by_number[n] for n in numbers if n in self.credits_by_number)
        return [self.credits[i] for i in ids if self.credit_left[i] > 0]

    def credits_of(self, debtor_id: int) -> list[OpenCredit]:
        return [self.credits[i] for i in self.credits_by_debtor.get(debtor_id, ()) if self.credit_left[i] > 0]
