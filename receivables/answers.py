"""What the buyer's side says of a document over the network, and what follows from it. Pure.

An Invoice Response has no legal power by itself and takes no debt away (BIS 63, OP-BR111-R008 to R011): it is heard,
kept and acted upon, never booked. A refusal by the buyer's access point (MLS, MLR) means that it did not arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum

from receivables.disputes import Reason
from ubl.response import Kind, Response

BUYER, ACCESS_POINT = "answered by the buyer", "answered by the buyer's access point"
ENTERPRISE = ("0208:", "9925:be")  # one Belgian company under its enterprise number, and under its VAT number
MEANINGS = {
    "AB": "received and readable",
    "IP": "being looked at",
    "UQ": "a question first",
    "CA": "accepted on a condition",
    "RE": "refused",
    "AP": "accepted",
    "PD": "paid, by the buyer's word",
}
REASONS = {
    "NON": "no reason",
    "REF": "a reference is missing or wrong",
    "LEG": "legal details are wrong",
    "REC": "wrong receiver",
    "QUA": "quality",
    "DEL": "delivery",
    "PRI": "price",
    "QTY": "quantity",
    "ITM": "wrong items",
    "PAY": "payment terms",
    "UNR": "not recognised",
    "FIN": "financing terms",
    "PPD": "paid in part",
    "OTH": "another reason",
    "BV": "breaks a rule",
    "BW": "a warning",
    "SV": "breaks the syntax",
    "FD": "could not be handed to the buyer",
}
ACTIONS = {
    "NOA": "nothing to be done",
    "PIN": "send what is missing",
    "NIN": "send a new invoice",
    "CNF": "credit it in full",
    "CNP": "credit it in part",
    "CNA": "credit the amount",
    "OTH": "something else",
}
DISPUTES = {
    "REF": Reason.MISSING_REFERENCE,
    "REC": Reason.WRONG_ADDRESSEE,
    "QUA": Reason.QUALITY,
    "DEL": Reason.NOT_DELIVERED,
    "QTY": Reason.NOT_DELIVERED,
    "PRI": Reason.PRICE,
    "ITM": Reason.NOT_ORDERED,
    "UNR": Reason.NOT_ORDERED,
}


class Effect(StrEnum):
    """What an answer leads to. Never a booking."""

    DISPUTE = "dispute"
    NOT_DELIVERED = "not_delivered"
    NONE = "none"


def effect(response: Response) -> Effect:
    """UQ, CA and RE of the buyer stop the ladder; RE of its access point says that the document did not arrive."""
    if response.kind is Kind.INVOICE_RESPONSE:
        return Effect.DISPUTE if response.code in ("UQ", "CA", "RE") else Effect.NONE
    return Effect.NOT_DELIVERED if response.code == "RE" else Effect.NONE


def level(kind: Kind) -> str:
    """What an answer of this kind proves, in the words of the evidence."""
    return BUYER if kind is Kind.INVOICE_RESPONSE else ACCESS_POINT


def dispute_reason(reasons: Sequence[str]) -> Reason:
    """Why the buyer does not agree; the first code that says it, OTHER where none does.

    >>> dispute_reason(("NON", "PRI"))
    <Reason.PRICE: 'price'>
    """
    return next((DISPUTES[code] for code in reasons if code in DISPUTES), Reason.OTHER)


def in_words(response: Response) -> str:
    """'refused (RE); delivery; asks: credit it in part; "Send a credit note for 3 units."'"""
    parts = [f"{MEANINGS[response.code]} ({response.code})", *(REASONS[code] for code in response.reasons)]
    if response.actions:
        parts.append("asks: " + ", ".join(ACTIONS[code] for code in response.actions))
    if response.words:
        parts.append('"' + " ".join(response.words) + '"')
    return "; ".join(parts)


def same_participant(one: str, other: str) -> bool:
    """Whether two Peppol participants ('scheme:id') are one; their values know no case.

    >>> same_participant("0208:0903456713", "9925:BE0903456713"), same_participant("0208:0903456713", "0208:0903456714")
    (True, False)
    """
    return _plain(one) == _plain(other)


def _plain(participant: str) -> str:
    text = participant.strip().lower()
    for prefix in ENTERPRISE:
        if text.startswith(prefix):
            return "be" + text.removeprefix(prefix)
    return text


def older(response_at: datetime | None, issued: date, than_at: datetime | None, than_issued: date) -> bool:
    """Whether an answer was given before another; of the same day without both times: no, the order of arrival counts.

    A time without a zone counts as UTC.
    """
    if response_at is None or than_at is None:
        return issued < than_issued
    return _utc(response_at) < _utc(than_at)


def said_at(response: Response) -> datetime | None:
    """The moment of the answer in UTC, where it gives a time."""
    return _utc(response.at) if response.at else None


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
