"""Whose money is it: booked only where it is certain, in the lawful order, and otherwise shown to a person."""

from __future__ import annotations

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
    NoMatch,
    Proposal,
    explain,
    match,
    spread,
)
from receivables.open_items import OpenInvoice, OpenItems, PaymentRequest, Share
from receivables.remittance import structured_references
from tests.receivables.payers import (
    IBAN,
    KORENBLOEM,
    MULDER,
    OGM_1,
    OGM_2,
    OPENS_1,
    OPENS_2,
    RF,
    amounts,
    invoice,
    paid,
    principal,
)


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


def test_every_step_tells_what_it_found() -> None:
    items = OpenItems.of([invoice(1, "121.00")])
    tried = explain(paid("100.00", text="2026-0001"), items)
    assert [one.step for one in tried][-1] == "invoice number in the text"
    assert [one.found is None for one in tried] == [True, True, False]


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for reference in structured_references(text, text, lambda _: False):
        assert reference.isascii()


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
