"""What a claim needs before it is handed over, by the law of its debtor and by the partner that is to take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from receivables.claim_file import ClaimFile
from receivables.claims import DebtorKind, Step

Need = Literal[
    "debtor_address",
    "debtor_email",
    "debtor_phone",
    "debtor_registration",
    "creditor_iban",
    "terms",
    "order",
    "delivery_note",
    "proof_of_receipt",
]
IN_WORDS: dict[str, str] = {
    "debtor_address": "the debtor's address",
    "debtor_email": "the debtor's e-mail address",
    "debtor_phone": "the debtor's telephone number",
    "debtor_registration": "the debtor's enterprise or KvK number",
    "creditor_iban": "the creditor's account",
    "terms": "the terms that the debtor accepted, with the proof of it",
    "order": "the number of the order behind every invoice",
    "delivery_note": "the number of the delivery note of all goods",
    "proof_of_receipt": "proof that every invoice was received",
    "fourteen_day_letter": "a delivered fourteen-day letter: without it no costs can be claimed (art. 6:96 lid 6 BW)",
    "book_xix_notice": "the delivered free first reminder (art. XIX.2 WER)",
    "notice_of_default": "a delivered notice of default",
}


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing, by its code. `blocks`: the claim cannot be handed over before it is mended."""

    code: str
    blocks: bool = False

    @property
    def text(self) -> str:
        return IN_WORDS[self.code]


def lacks_by_law(
    law: str, kind: DebtorKind, proven: frozenset[Step], invoices_proven: bool, *, costs: bool = True
) -> tuple[Lack, ...]:
    """What the regime wants and the file lacks. `proven`: steps with proof of delivery; `costs`: some are claimed."""
    found = [] if invoices_proven else [Lack("proof_of_receipt")]
    if kind is not DebtorKind.CONSUMER and Step.NOTICE_OF_DEFAULT not in proven:
        found.append(Lack("notice_of_default"))
    if kind is DebtorKind.CONSUMER and law == "NL" and Step.FOURTEEN_DAY_LETTER not in proven:
        found.append(Lack("fourteen_day_letter", blocks=costs))
    if kind is DebtorKind.CONSUMER and law == "BE" and Step.BOOK_XIX_NOTICE not in proven:
        found.append(Lack("book_xix_notice", blocks=True))
    return tuple(found)


def lacks_for_partner(claim: ClaimFile, needs: Iterable[Need]) -> tuple[Lack, ...]:
    """What this partner cannot work without and `claim` does not have: each blocks."""
    return tuple(Lack(need, blocks=True) for need in needs if not _has(claim, need))


def _has(claim: ClaimFile, need: Need) -> bool:
    debtor, invoices = claim.debtor, claim.invoices
    answers: dict[Need, object] = {
        "debtor_address": debtor.address.strip(),
        "debtor_email": debtor.email,
        "debtor_phone": debtor.phone,
        "debtor_registration": debtor.registration or debtor.kind == "consumer",
        "creditor_iban": claim.creditor.iban,
        "terms": claim.terms and claim.terms.proof,
        "order": all(invoice.order for invoice in invoices),
        "delivery_note": all(invoice.delivery_note for invoice in invoices if invoice.goods),
        "proof_of_receipt": all(invoice.received for invoice in invoices),
    }
    return bool(answers[need])
