"""Our own direct debits, and money that goes back."""

from __future__ import annotations

from decimal import Decimal

from receivables.matching import (
    Match,
    NoMatch,
    Proposal,
    Return,
    match,
)
from receivables.open_items import BookedEntry, Collected, OpenItems
from tests.receivables.payers import (
    KORENBLOEM,
    MULDER,
    OGM_1,
    OGM_2,
    invoice,
    paid,
    principal,
)


class TestOurDirectDebits:
    def items(self, *states: str) -> OpenItems:
        collected = [
            Collected(
                end_to_end=f"E-{n}", batch="B-1", invoice_id=n, debtor_id=debtor, amount=Decimal(amount), state=state
            )
            for (n, debtor, amount), state in zip(
                ((1, KORENBLOEM, "121.00"), (2, MULDER, "60.00")), states, strict=True
            )
        ]
        claims = [invoice(1, "121.00"), invoice(2, "60.00", MULDER)]
        return OpenItems.of(claims, collected=collected, mandates={"M-1": KORENBLOEM})

    def test_are_known_by_their_end_to_end_id(self) -> None:
        found = match(paid("121.00", end_to_end="E-1", text="2026-0002"), self.items("submitted", "submitted"))
        assert isinstance(found, Match) and (found.shares, found.confidence) == ((principal(1, "121.00"),), 1)

    def test_come_as_a_batch_for_several_debtors(self) -> None:
        found = match(paid("181.00", end_to_end="B-1"), self.items("submitted", "submitted"))
        assert isinstance(found, Match) and found.debtor_id is None and len(found.shares) == 2

    def test_that_came_back_are_not_in_the_batch_any_more(self) -> None:
        found = match(paid("121.00", end_to_end="B-1"), self.items("submitted", "returned"))
        assert isinstance(found, Match) and found.shares == (principal(1, "121.00"),)

    def test_are_known_by_mandate_and_amount(self) -> None:
        found = match(paid("121.00", mandate="M-1"), self.items("submitted", "submitted"))
        assert isinstance(found, Match) and found.confidence == Decimal("0.98")
        assert not isinstance(match(paid("120.00", mandate="M-1"), self.items("submitted", "submitted")), Match)


class TestMoneyThatGoesBack:
    items = OpenItems.of(
        [],
        booked=[
            BookedEntry(entry_id=1, amount=Decimal(100), currency="EUR", end_to_end="E2E-1", reference=OGM_1),
            BookedEntry(entry_id=2, amount=Decimal(100), currency="EUR", end_to_end="E2E-2", reference=OGM_2),
        ],
    )

    def test_is_found_by_its_end_to_end_id(self) -> None:
        found = match(paid("-100", end_to_end="E2E-2", return_reason="MD06"), self.items)
        assert isinstance(found, Return) and found.entry_id == 2

    def test_is_found_by_its_reference(self) -> None:
        found = match(paid("-100", reference=OGM_1, return_reason="AC04"), self.items)
        assert isinstance(found, Return) and found.entry_id == 1

    def test_less_what_the_bank_charges_for_it_is_the_same_payment(self) -> None:
        found = match(paid("-103.50", end_to_end="E2E-2", return_reason="AM04", charges=Decimal("3.50")), self.items)
        assert isinstance(found, Return) and found.entry_id == 2

    def test_that_fits_two_payments_is_for_a_person(self) -> None:
        found = match(paid("-100", return_reason="AC04"), self.items)
        assert isinstance(found, Proposal) and "2 earlier payments" in found.reason

    def test_of_another_sum_is_not_that_payment(self) -> None:
        assert isinstance(match(paid("-99", end_to_end="E2E-2", return_reason="MD06"), self.items), Proposal)

    def test_without_a_return_reason_is_our_own_spending(self) -> None:
        found = match(paid("-850", text="huur maart"), self.items)
        assert isinstance(found, NoMatch) and not found.ours
