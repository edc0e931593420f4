"""What a claim needs before it is handed over, by its law and by the partner."""

from __future__ import annotations

from datetime import date

import pytest

from receivables.claim_file import ClaimFile, Terms
from receivables.claims import DebtorKind, Step
from receivables.completeness import Lack, Need, lacks_by_law, lacks_for_partner
from tests.receivables.test_dossier import claim_file

EVERY = frozenset(Step)
TERMS = Terms(version="2025-03", accepted=date(2025, 3, 1), proof="signed order of 1 March 2025")


def test_a_complete_file_lacks_nothing() -> None:
    for law in ("BE", "NL"):
        for kind in DebtorKind:
            assert lacks_by_law(law, kind, EVERY, True) == ()


@pytest.mark.parametrize(
    ("law", "kind", "lack"),
    [
        ("NL", DebtorKind.CONSUMER, Lack("fourteen_day_letter", blocks=True)),
        ("BE", DebtorKind.CONSUMER, Lack("book_xix_notice", blocks=True)),
        ("BE", DebtorKind.BUSINESS, Lack("notice_of_default")),
        ("NL", DebtorKind.PUBLIC, Lack("notice_of_default")),
    ],
)
def test_each_regime_wants_its_own_step(law: str, kind: DebtorKind, lack: Lack) -> None:
    assert lacks_by_law(law, kind, frozenset(), True) == (lack,)


def test_a_dutch_consumer_claim_goes_without_its_letter_only_where_no_costs_are_claimed() -> None:
    (with_costs,) = lacks_by_law("NL", DebtorKind.CONSUMER, frozenset(), True, costs=True)
    (without,) = lacks_by_law("NL", DebtorKind.CONSUMER, frozenset(), True, costs=False)
    assert (with_costs.blocks, without.blocks) == (True, False)


def test_unproven_receipt_is_told_but_does_not_block() -> None:
    (lack,) = lacks_by_law("BE", DebtorKind.BUSINESS, EVERY, False)
    assert lack.text == "proof that every invoice was received" and not lack.blocks


@pytest.mark.parametrize(
    ("need", "change"),
    [
        ("debtor_email", {"debtor": {"email": "a@b.example"}}),
        ("debtor_phone", {"debtor": {"phone": "+32 9 123"}}),
        ("debtor_registration", {"debtor": {"registration": "0403.019.261"}}),
        ("creditor_iban", {"creditor": {"iban": "BE15735041238930"}}),
    ],
)
def test_a_partner_names_what_it_cannot_work_without(need: Need, change: dict[str, dict[str, str]]) -> None:
    claim = claim_file()
    assert lacks_for_partner(claim, [need]) == (Lack(need, blocks=True),)
    mended = {part: getattr(claim, part).model_copy(update=values) for part, values in change.items()}
    assert lacks_for_partner(claim.model_copy(update=mended), [need]) == ()


def with_order(claim: ClaimFile) -> ClaimFile:
    invoices = tuple(i.model_copy(update={"order": "PO-1", "delivery_note": "D-1"}) for i in claim.invoices)
    return claim.model_copy(update={"invoices": invoices, "terms": TERMS})


def test_papers_of_the_sale_can_be_wanted() -> None:
    needs: tuple[Need, ...] = ("terms", "order", "delivery_note")
    assert [lack.code for lack in lacks_for_partner(claim_file(), needs)] == list(needs)
    assert lacks_for_partner(with_order(claim_file()), needs) == ()


def test_terms_without_proof_of_acceptance_are_none() -> None:
    unproven = with_order(claim_file()).model_copy(update={"terms": TERMS.model_copy(update={"proof": None})})
    assert lacks_for_partner(unproven, ["terms"]) == (Lack("terms", blocks=True),)
