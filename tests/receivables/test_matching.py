"""Whose money is it: booked only where it is certain, in the lawful order, and otherwise shown to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.claims import ItemKind
from receivables.matching import (
    LAWFUL_ORDER,
    PRINCIPAL,
    Match,
    Netted,
    NoMatch,
    Proposal,
    Return,
    explain,
    match,
    spread,
)
from receivables.open_items import BookedEntry, Collected, OpenCredit, OpenInvoice, OpenItems, PaymentRequest, Share
from receivables.remittance import structured_references

OGM_1, OGM_2 = "123456789002", "090933755493"  # modulo 97 in the last two digits
RF = "RF18539007547034"  # the example of ISO 11649
KORENBLOEM, MULDER = 7, 8
IBAN = "BE71096123456769"


@dataclass(frozen=True)
class Entry:
    amount: Decimal
    booked: date = date(2026, 3, 2)
    currency: str = "EUR"
    counterparty: str | None = None
    counterparty_iban: str | None = None
    reference: str | None = None
    text: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    return_reason: str | None = None
    charges: Decimal = Decimal(0)


def paid(amount: str, **how: Any) -> Entry:
    return Entry(Decimal(amount), **how)


def invoice(number: int, amount: str, debtor: int = KORENBLOEM, **more: Any) -> OpenInvoice:
    usual: dict[str, Any] = {
        "invoice_id": number,
        "number": f"2026-{number:04}",
        "debtor_id": debtor,
        "debtor_name": {KORENBLOEM: "Bakkerij De Korenbloem BV", MULDER: "Mulder & Zn."}[debtor],
        "currency": "EUR",
        "issued": date(2026, 1, number),
        "due": date(2026, 2, number),
        "reference": None,
        "open": {ItemKind.PRINCIPAL: Decimal(amount)},
    }
    return OpenInvoice(**usual | more)


def principal(number: int, amount: str) -> Share:
    return Share(number, ItemKind.PRINCIPAL, Decimal(amount))


class TestAnInvoicesOwnReference:
    items = OpenItems.of([invoice(1, "121.00", reference=OGM_1), invoice(2, "121.00", reference=RF)])

    @pytest.mark.parametrize(
        "how",
        [
            {"reference": OGM_1},
            {"reference": "+++123/4567/89002+++"},
            {"text": "betaling +++123/4567/89002+++ dank u"},
            {"text": "***123/4567/89002***"},
            {"text": "factuur 123456789002"},
        ],
    )
    def test_pays_that_invoice_however_it_is_written(self, how: dict[str, str]) -> None:
        found = match(paid("121.00", **how), self.items)
        assert isinstance(found, Match)
        assert (found.shares, found.rest, found.confidence) == ((principal(1, "121.00"),), 0, 1)
        assert found.reason == f"structured reference {OGM_1}"

    @pytest.mark.parametrize(
        "how",
        [{"reference": RF}, {"reference": "RF18 5390 0754 7034"}, {"text": "uw ref RF18 5390 0754 7034 mei huur"}],
    )
    def test_may_be_an_rf_reference(self, how: dict[str, str]) -> None:
        found = match(paid("121.00", **how), self.items)
        assert isinstance(found, Match) and found.shares == (principal(2, "121.00"),)

    def test_pays_a_part(self) -> None:
        found = match(paid("50.00", reference=OGM_1), self.items)
        assert isinstance(found, Match) and found.shares == (principal(1, "50.00"),) and found.waived == ()

    def test_pays_too_much_and_the_rest_stays_over(self) -> None:
        found = match(paid("150.00", reference=OGM_1), self.items)
        assert isinstance(found, Match) and (found.shares, found.rest) == ((principal(1, "121.00"),), Decimal("29.00"))

    @pytest.mark.parametrize(("amount", "waived"), [("120.98", "0.02"), ("120.95", "0.05")])
    def test_a_shortfall_within_the_tolerance_is_waived(self, amount: str, waived: str) -> None:
        found = match(paid(amount, reference=OGM_1), self.items, tolerance=Decimal("0.05"))
        assert isinstance(found, Match) and found.waived == (principal(1, waived),)

    def test_a_shortfall_beyond_the_tolerance_stays_open(self) -> None:
        found = match(paid("120.94", reference=OGM_1), self.items, tolerance=Decimal("0.05"))
        assert isinstance(found, Match) and found.waived == ()

    def test_with_a_wrong_check_digit_is_no_reference(self) -> None:
        assert isinstance(match(paid("121.00", reference="123456789003"), self.items), NoMatch)

    def test_in_another_currency_is_not_booked(self) -> None:
        assert not isinstance(match(paid("121.00", reference=OGM_1, currency="USD"), self.items), Match)

    def test_goes_to_the_principal_even_where_interest_was_demanded(self) -> None:
        opens = {ItemKind.PRINCIPAL: Decimal(100), ItemKind.INTEREST: Decimal(7)}
        items = OpenItems.of([invoice(1, "100", reference=OGM_1, open=opens)])
        found = match(paid("107.00", reference=OGM_1), items)
        assert isinstance(found, Match) and (found.shares, found.rest) == ((principal(1, "100"),), Decimal("7.00"))

    def test_a_second_payment_of_the_same_invoice_is_shown_not_booked(self) -> None:
        items = OpenItems.of([invoice(1, "121.00", reference=OGM_1)])
        first = match(paid("121.00", reference=OGM_1), items)
        assert isinstance(first, Match)
        items.book(first.shares)
        second = match(paid("121.00", reference=OGM_1), items)
        assert isinstance(second, Proposal) and second.debtor_id == KORENBLOEM and "paid twice?" in second.reason

    def test_of_an_invoice_settled_long_ago_is_known_too(self) -> None:
        found = match(paid("10", reference=OGM_2), OpenItems.of([], settled={OGM_2: MULDER}))
        assert isinstance(found, Proposal) and found.debtor_id == MULDER

    def test_shared_by_several_invoices_goes_to_the_only_one_with_this_amount(self) -> None:
        items = OpenItems.of([invoice(1, "100.00", reference=OGM_1), invoice(2, "60.00", reference=OGM_1)])
        exact, doubtful = match(paid("60.00", reference=OGM_1), items), match(paid("70.00", reference=OGM_1), items)
        assert isinstance(exact, Match) and exact.shares == (principal(2, "60.00"),)
        assert isinstance(doubtful, Proposal)


OPENS_1 = {ItemKind.PRINCIPAL: Decimal(100), ItemKind.INTEREST: Decimal(5), ItemKind.COSTS: Decimal(40)}
OPENS_2 = {ItemKind.PRINCIPAL: Decimal(200), ItemKind.INTEREST: Decimal(3), ItemKind.LUMP_SUM: Decimal(40)}


class TestAPaymentRequest:
    def items(self) -> OpenItems:
        claims = [invoice(2, "0", open=OPENS_2), invoice(1, "0", open=OPENS_1)]
        demanded = {(1, kind): amount for kind, amount in OPENS_1.items()}
        demanded |= {(2, kind): amount for kind, amount in OPENS_2.items()}
        request = PaymentRequest(reference=OGM_1, debtor_id=KORENBLOEM, currency="EUR", demanded=demanded)
        return OpenItems.of(claims, requests=[request])

    def test_paid_in_full_settles_all_it_demanded(self) -> None:
        found = match(paid("388.00", reference=OGM_1), self.items())
        assert isinstance(found, Match) and found.rest == 0
        assert sum(share.amount for share in found.shares) == 388

    def test_paid_in_part_goes_to_costs_then_interest_then_principal_oldest_first(self) -> None:
        found = match(paid("98.00", reference=OGM_1), self.items())
        assert isinstance(found, Match)
        assert found.shares == (
            Share(1, ItemKind.COSTS, Decimal(40)),
            Share(2, ItemKind.LUMP_SUM, Decimal(40)),
            Share(1, ItemKind.INTEREST, Decimal(5)),
            Share(2, ItemKind.INTEREST, Decimal(3)),
            Share(1, ItemKind.PRINCIPAL, Decimal("10.00")),
        )

    def test_gives_nothing_to_interest_that_it_did_not_demand(self) -> None:
        items = self.items()
        items.left[1, ItemKind.INTEREST] += 20  # ran on after the letter
        found = match(paid("388.00", reference=OGM_1), items)
        assert isinstance(found, Match)
        assert Share(1, ItemKind.INTEREST, Decimal(5)) in found.shares

    def test_of_which_one_claim_was_paid_meanwhile_leaves_a_rest(self) -> None:
        items = self.items()
        items.book([Share(1, ItemKind.PRINCIPAL, Decimal(100))])
        found = match(paid("388.00", reference=OGM_1), items)
        assert isinstance(found, Match) and found.rest == 100

    def test_paid_a_second_time_is_shown(self) -> None:
        items = self.items()
        first = match(paid("388.00", reference=OGM_1), items)
        assert isinstance(first, Match)
        items.book(first.shares)
        assert isinstance(match(paid("388.00", reference=OGM_1), items), Proposal)


class TestTheDebtorsWords:
    items = OpenItems.of([invoice(1, "121.00"), invoice(2, "60.00"), invoice(3, "60.00", MULDER)])

    @pytest.mark.parametrize("text", ["factuur 2026-0001", "FACT. 2026/0001", "20260001", "2026 0001 bedankt"])
    def test_name_an_invoice_with_its_amount(self, text: str) -> None:
        found = match(paid("121.00", text=text), self.items)
        assert isinstance(found, Match) and found.shares == (principal(1, "121.00"),)
        assert found.reason == "invoice 2026-0001 named, with its amount"

    def test_name_several_invoices_with_their_sum(self) -> None:
        found = match(paid("181.00", text="2026-0001 en 2026-0002"), self.items)
        assert isinstance(found, Match) and found.shares == (principal(1, "121.00"), principal(2, "60.00"))

    def test_with_another_amount_are_proposed(self) -> None:
        found = match(paid("100.00", text="2026-0001"), self.items)
        assert isinstance(found, Proposal) and found.shares == (principal(1, "100.00"),)

    def test_that_name_invoices_of_two_debtors_are_proposed(self) -> None:
        found = match(paid("120.00", text="2026-0002 2026-0003"), self.items)
        assert isinstance(found, Proposal) and found.debtor_id is None


class TestTheAccount:
    def items(self, *invoices: OpenInvoice, owners: frozenset[int] = frozenset({KORENBLOEM})) -> OpenItems:
        return OpenItems.of(invoices, debtors_by_iban={IBAN: owners})

    def test_with_the_exact_amount_of_one_invoice_is_booked(self) -> None:
        found = match(paid("60", counterparty_iban=IBAN), self.items(invoice(1, "121"), invoice(2, "60")))
        assert isinstance(found, Match) and found.shares == (principal(2, "60"),)

    def test_with_exactly_all_that_is_open_is_booked(self) -> None:
        found = match(paid("181", counterparty_iban=IBAN), self.items(invoice(1, "121"), invoice(2, "60")))
        assert isinstance(found, Match) and found.shares == (principal(1, "121"), principal(2, "60"))

    def test_with_an_amount_that_two_invoices_have_is_proposed(self) -> None:
        found = match(paid("60", counterparty_iban=IBAN), self.items(invoice(1, "60"), invoice(2, "60")))
        assert isinstance(found, Proposal) and found.shares == (principal(1, "60"),)

    def test_of_somebody_who_pays_for_two_debtors_is_proposed(self) -> None:
        items = self.items(invoice(1, "60"), invoice(2, "70", MULDER), owners=frozenset({KORENBLOEM, MULDER}))
        assert isinstance(match(paid("60", counterparty_iban=IBAN), items), Proposal)

    def test_with_another_amount_is_proposed(self) -> None:
        found = match(paid("59", counterparty_iban=IBAN), self.items(invoice(1, "60")))
        assert isinstance(found, Proposal) and found.debtor_id == KORENBLOEM


class TestTheName:
    items = OpenItems.of([invoice(1, "121.00")])

    @pytest.mark.parametrize(
        "name", ["BAKKERIJ DE KORENBLOEM", "Bakkerij de Korenbloem B.V.", "bakkerij  de kórenbloem"]
    )
    def test_with_the_amount_is_only_ever_proposed(self, name: str) -> None:
        found = match(paid("121.00", counterparty=name), self.items)
        assert isinstance(found, Proposal) and found.shares == (principal(1, "121.00"),)

    def test_of_a_stranger_is_nothing(self) -> None:
        assert match(paid("121.00", counterparty="Iemand Anders"), self.items) == NoMatch(
            reason="no reference, invoice number, account or name that is known"
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


def test_every_step_tells_what_it_found() -> None:
    items = OpenItems.of([invoice(1, "121.00")])
    tried = explain(paid("100.00", text="2026-0001"), items)
    assert [one.step for one in tried][-1] == "invoice number in the text"
    assert [one.found is None for one in tried] == [True, True, False]


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


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for reference in structured_references(text, text, lambda _: False):
        assert reference.isascii()


amounts = st.decimals(min_value=0, max_value=1000, places=2)


@given(
    payment=st.decimals(min_value=Decimal("0.01"), max_value=5000, places=2),
    opens=st.lists(st.dictionaries(st.sampled_from(list(ItemKind)), amounts), min_size=1, max_size=5),
    order=st.sampled_from([LAWFUL_ORDER, PRINCIPAL]),
)
def test_a_payment_is_spread_without_loss_and_never_beyond_what_is_open(
    payment: Decimal, opens: list[dict[ItemKind, Decimal]], order: Any
) -> None:
    invoices = [invoice(n, "0", open=left) for n, left in enumerate(opens, start=1)]
    items = OpenItems.of(invoices)
    shares, rest = spread(payment, invoices, items, order)
    assert sum(share.amount for share in shares) + rest == payment
    items.book(shares)
    assert all(left >= 0 for left in items.left.values())
    wanted = [kind for kinds in order for kind in kinds]
    if rest:
        assert not any(left for (_, kind), left in items.left.items() if kind in wanted)
