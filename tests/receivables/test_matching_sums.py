"""Sums over several invoices, less credit notes, bank costs or a discount, and paid by somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from receivables.matching import (
    Match,
    Netted,
    NoMatch,
    Proposal,
    match,
)
from receivables.open_items import OpenCredit, OpenItems, PaymentRequest, Share
from tests.receivables.payers import (
    IBAN,
    KORENBLOEM,
    MULDER,
    OGM_1,
    OGM_2,
    OPENS_1,
    invoice,
    paid,
    principal,
)


class TestSeveralInvoicesAtOnce:
    items = OpenItems.of(
        [
            invoice(1, "121.00", reference=OGM_1),
            invoice(2, "60.00", reference=OGM_2),
            invoice(3, "19.00"),
            invoice(4, "60.00", MULDER),
        ]
    )

    def test_by_two_references_and_their_sum(self) -> None:
        found = match(paid("181.00", text=f"+++123/4567/89002+++ en {OGM_2}"), self.items)
        assert isinstance(found, Match) and found.confidence == 1
        assert found.shares == (principal(1, "121.00"), principal(2, "60.00"))

    def test_by_a_reference_and_the_number_of_another(self) -> None:
        found = match(paid("140.00", reference=OGM_1, text="ook 2026-0003"), self.items)
        assert isinstance(found, Match) and found.shares == (principal(1, "121.00"), principal(3, "19.00"))

    def test_by_two_references_without_their_sum_is_for_a_person(self) -> None:
        found = match(paid("150.00", text=f"{OGM_1} {OGM_2}"), self.items)
        assert isinstance(found, Proposal) and sum(share.amount for share in found.shares) == 150

    def test_of_three_named_the_only_two_with_this_sum(self) -> None:
        found = match(paid("140.00", text="2026-0001 2026-0002 2026-0003"), self.items)
        assert isinstance(found, Match) and found.confidence == Decimal("0.9")
        assert found.shares == (principal(1, "121.00"), principal(3, "19.00"))

    def test_of_three_named_two_of_which_are_alike_is_for_a_person(self) -> None:
        items = OpenItems.of([invoice(n, "60.00") for n in (1, 2, 3)])
        assert isinstance(match(paid("60.00", text="2026-0001 2026-0002 2026-0003"), items), Proposal)

    def test_of_several_customers_by_one_payer_is_proposed_with_what_it_would_book(self) -> None:
        """A factor or a parent company pays for many: the sum is exact, the payer is no customer."""
        found = match(paid("79.00", text="2026-0003 2026-0004", counterparty="Factor NV"), self.items)
        assert isinstance(found, Proposal) and (found.debtor_id, found.confidence) == (None, Decimal("0.8"))
        assert found.shares == (principal(3, "19.00"), principal(4, "60.00"))


class TestWhatIsNotPaidInMoney:
    def test_an_overpayment_within_the_tolerance_needs_no_person(self) -> None:
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1)])
        found = match(paid("121.03", reference=OGM_1), items, tolerance=Decimal("0.05"))
        assert isinstance(found, Match) and (found.rest, found.small) == (Decimal("0.03"), True)
        beyond = match(paid("121.06", reference=OGM_1), items, tolerance=Decimal("0.05"))
        assert isinstance(beyond, Match) and (beyond.rest, beyond.small) == (Decimal("0.06"), False)

    def test_what_banks_kept_was_paid_all_the_same(self) -> None:
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1)])
        found = match(paid("113.50", reference=OGM_1, charges=Decimal("7.50")), items)
        assert isinstance(found, Match) and found.shares == (principal(1, "113.50"),)
        assert (found.waived, found.waived_why) == ((principal(1, "7.50"),), "bank costs")

    @pytest.mark.parametrize(("day", "waived"), [(14, ()), (13, (principal(1, "2.00"),)), (1, (principal(1, "2.00"),))])
    def test_the_discount_for_prompt_payment_holds_up_to_its_last_day(
        self, day: int, waived: tuple[Share, ...]
    ) -> None:
        granted = {"discount": Decimal("2.00"), "discount_until": date(2026, 1, 13)}
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1, **granted)])
        found = match(paid("119.00", reference=OGM_1, booked=date(2026, 1, day)), items)
        assert isinstance(found, Match) and found.shares == (principal(1, "119.00"),)
        assert found.waived == waived and ("lapsed" in found.reason) is (not waived)

    def credit(self, number: int, left: str, debtor: int = KORENBLOEM) -> OpenCredit:
        return OpenCredit(
            credit_note_id=number, number=f"C-{number:04}", debtor_id=debtor, currency="EUR", left=Decimal(left)
        )

    def test_a_credit_note_that_is_named_is_set_off(self) -> None:
        items = OpenItems.of([invoice(1, "121.00")], credits=[self.credit(91, "21.00"), self.credit(92, "50.00")])
        found = match(paid("100.00", text="2026-0001 min C-0091"), items)
        assert isinstance(found, Match) and found.shares == (principal(1, "100.00"),)
        assert found.netted == (Netted(91, 1, Decimal("21.00")),)
        items.book(found.shares)
        items.book_credit(91, 1, Decimal("21.00"))
        assert items.by_reference(OGM_1) == [] and items.numbered(["20260001"]) == []

    def test_a_credit_note_larger_than_one_invoice_is_set_off_against_several(self) -> None:
        items = OpenItems.of([invoice(1, "100.00"), invoice(2, "200.00")], credits=[self.credit(91, "150.00")])
        found = match(paid("150.00", text="2026-0001 2026-0002 C-0091"), items)
        assert isinstance(found, Match) and found.shares == (principal(2, "150.00"),)
        assert found.netted == (Netted(91, 1, Decimal("100.00")), Netted(91, 2, Decimal("50.00")))

    def test_what_is_short_by_exactly_one_credit_note_is_that_one(self) -> None:
        credits = [self.credit(91, "21.00"), self.credit(92, "50.00"), self.credit(93, "21.00", MULDER)]
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1)], credits=credits)
        found = match(paid("71.00", reference=OGM_1), items)
        assert isinstance(found, Match) and [part.credit_note_id for part in found.netted] == [92]
        other = match(paid("70.00", reference=OGM_1), items)
        assert isinstance(other, Match) and other.netted == ()

    def test_all_that_is_open_less_all_credit_notes_by_a_known_account(self) -> None:
        items = OpenItems.of(
            [invoice(1, "121.00"), invoice(2, "60.00")],
            credits=[self.credit(91, "11.00"), self.credit(92, "20.00")],
            debtors_by_iban={IBAN: {KORENBLOEM}},
        )
        found = match(paid("150.00", counterparty_iban=IBAN), items)
        assert isinstance(found, Match) and sum(part.amount for part in found.netted) == 31
        assert sum(share.amount for share in found.shares) == 150

    def test_the_principal_alone_on_a_payment_request_is_told(self) -> None:
        """Costs and interest come first by law (art. 5.210 BW/CC); the reason says where the money went."""
        demanded = {(1, kind): amount for kind, amount in OPENS_1.items()}
        request = PaymentRequest(reference=OGM_1, debtor_id=KORENBLOEM, currency="EUR", demanded=demanded)
        found = match(
            paid("100.00", reference=OGM_1), OpenItems.of([invoice(1, "0", open=OPENS_1)], requests=[request])
        )
        assert isinstance(found, Match) and "the principal alone: by law 45 went to costs" in found.reason
        assert found.shares[-1] == principal(1, "55")


class TestWhoPays:
    def test_for_another_with_the_right_reference_is_booked_and_told(self) -> None:
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1)])
        found = match(paid("121.00", reference=OGM_1, counterparty="Factor Nederland NV"), items)
        assert isinstance(found, Match) and found.reason.endswith("paid by Factor Nederland NV")

    def test_under_another_name_is_not_known_by_that_account_afterwards(self) -> None:
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1), invoice(2, "60.00")])
        entry = paid("121.00", reference=OGM_1, counterparty="Factor Nederland NV", counterparty_iban=IBAN)
        items.remember(1, entry, KORENBLOEM)
        assert isinstance(match(paid("60.00", counterparty_iban=IBAN), items), NoMatch)
        items.remember(2, replace(entry, counterparty="De Korenbloem"), KORENBLOEM)
        assert isinstance(match(paid("60.00", counterparty_iban=IBAN), items), Match)
