"""Formal letters to consumers: when their term ends, and what they must say.

Netherlands: the 14-day letter, art. 6:96(6) BW, as read in ECLI:NL:HR:2016:2704. Belgium: the first reminder of
Book XIX Code of economic law, art. XIX.2. A letter that lacks an element, or words its term wrongly, gives no claim to
costs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, cast, get_args

from receivables.calendar import add_business_days, add_dutch_post_days
from receivables.law.interest import Debtor
from receivables.law.rates import Country

Channel = Literal["post", "email"]

TERM_DAYS = 14
DUTCH_POST_DELIVERY_DAYS = 2
DUTCH_POST_MINIMUM_DAYS = 16
BELGIAN_WORKING_DAYS_AFTER_POSTING = 3

DUTCH_TERM_SENTENCE = "binnen veertien dagen vanaf de dag nadat deze brief bij u is bezorgd"

_TOO_SHORT_TERMS = (
    r"(veertien|14|vijftien|15)\s+dagen\s+(na\s+heden|na\s+dagtekening|na\s+(de\s+)?(datum|verzending|dagtekening))",
    r"(within|in)\s+(fourteen|14)\s+days\s+(of|from)\s+(today|the date of this|sending|dispatch)",
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """`last_day`: the last day on which payment keeps the debtor free of costs; the next step may be the day after."""

    earliest_next_step: date
    derivation: tuple[str, ...]
    last_day: date
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """Something a letter must say: `key` as it is named in the letter's data, `what` in words, `article` of the law."""

    key: str
    what: str
    article: str


def letter_deadline(*, country: Country, channel: Channel, sent: date, received: date | None = None) -> Deadline:
    """When the term of the consumer letter ends that was sent on `sent`.

    `received`, if known, decides in the Netherlands; in Belgium the term counts from sending. Raises ValueError for a
    receipt before the sending.
    """
    if received is not None and received < sent:
        raise ValueError(f"Received on {received}, sent on {sent}: a letter is not received before it is sent.")
    return _belgian(channel, sent) if country == "BE" else _dutch(channel, sent, received)


def deadline_after(
    step_code: str, *, country: Country, channel: str, sent: date, received: date | None = None
) -> Deadline | None:
    """The term that the law ties to a sent step: see `letter_deadline`. None for a step that carries no such term.

    Raises ValueError when the letter went by a channel for which the law has no count.
    """
    if (country, step_code) not in (("NL", "fourteen_day_letter"), ("BE", "book_xix_notice")):
        return None
    if channel not in get_args(Channel):
        raise ValueError(f"A {step_code} sent by {channel!r}: the law counts a term for post and email only.")
    return letter_deadline(country=country, channel=cast(Channel, channel), sent=sent, received=received)


def _dutch(channel: Channel, sent: date, received: date | None) -> Deadline:
    if received is not None:
        arrival, how = received, f"received on {received}"
    elif channel == "email":
        arrival, how = sent, f"taken as received on the day of sending, {sent}"
    else:
        arrival = add_dutch_post_days(sent, DUTCH_POST_DELIVERY_DAYS)
        how = f"taken as delivered on {arrival}, the second post day (no Sunday, Monday or holiday)"
    last = arrival + timedelta(days=TERM_DAYS)
    steps = [
        f"sent on {sent} by {channel}",
        how,
        f"14 days, from the day after receipt: {arrival + timedelta(days=1)} up to and including {last}",
    ]
    floor = sent + timedelta(days=DUTCH_POST_MINIMUM_DAYS)
    if channel == "post" and last < floor:
        last = floor
        steps.append(f"by post never shorter than 16 days after sending: up to and including {last}")
    return _deadline(last, steps, ("6:96(6) BW", "ECLI:NL:HR:2016:2704"))


def _belgian(channel: Channel, sent: date) -> Deadline:
    if channel == "post":
        first = add_business_days("BE", sent, BELGIAN_WORKING_DAYS_AFTER_POSTING)
        how = f"the term starts on the third working day after posting (Saturdays do not count): {first}"
    else:
        first = sent + timedelta(days=1)
        how = f"the term starts on the calendar day after electronic sending: {first}"
    last = first + timedelta(days=TERM_DAYS - 1)
    steps = [f"sent on {sent} by {channel}", how, f"14 calendar days: {first} up to and including {last}"]
    return _deadline(last, steps, ("XIX.2 Code of economic law", "1.7 Civil Code"))


def _deadline(last: date, steps: list[str], articles: tuple[str, ...]) -> Deadline:
    earliest = last + timedelta(days=1)
    return Deadline(earliest, (*steps, f"next step from {earliest}"), last, articles)


def belgian_consumer_interest_from(*, channel: Channel, sent: date, creditor_is_sme: bool) -> date:
    """First day that may bear agreed interest after the first reminder (art. XIX.4 Code of economic law).

    A small or medium-sized creditor: the day after sending. Any other: the day after the waiting period.
    """
    return sent + timedelta(days=1) if creditor_is_sme else _belgian(channel, sent).earliest_next_step


_IDENTITY = (
    Element("creditor_name", "the name of the creditor", "6:82 BW"),
    Element("invoices", "which invoices are meant", "6:82 BW"),
    Element("amount_due", "the amount due", "6:82 BW"),
    Element("term_end", "the day by which payment is asked", "6:82 BW"),
)
_DUTCH_14_DAYS = (
    Element("creditor_name", "the name of the creditor", "6:96(6) BW"),
    Element("invoices", "which invoices are meant", "6:96(6) BW"),
    Element("amount_due", "the principal that is open", "6:96(6) BW"),
    Element("costs_amount", "the exact amount of the costs that follow", "6:96(6) BW"),
    Element("costs_vat", "the VAT on those costs, zero where none is claimed", "BIK, art. 2(3)"),
    Element("term_sentence", f"the term: {DUTCH_TERM_SENTENCE}", "6:96(6) BW; ECLI:NL:HR:2016:2704"),
    Element("consequence", "what follows if payment does not come", "6:96(6) BW"),
)
_BOOK_XIX = (
    Element("amount_due", "the amount due", "XIX.2 Code of economic law"),
    Element(
        "penalty_amount", "the penalty that will be claimed, zero where none is agreed", "XIX.2 Code of economic law"
    ),
    Element("creditor_name", "the name of the creditor", "XIX.2 Code of economic law"),
    Element("creditor_number", "the creditor's enterprise number", "XIX.2 Code of economic law"),
    Element("description", "what was supplied (an invoice number is not enough)", "XIX.2 Code of economic law"),
    Element("supply_date", "when it was supplied", "XIX.2 Code of economic law"),
    Element("due_date", "the day on which the debt fell due", "XIX.2 Code of economic law"),
    Element("term_sentence", "the term of 14 calendar days and how it counts", "XIX.2 Code of economic law"),
)

_RECLAIM = (
    Element("creditor_name", "the name of the seller", "7:39(1) BW"),
    Element("invoices", "which sale is meant", "7:39(1) BW"),
    Element("goods", "which goods are taken back", "7:39(1) BW"),
    Element("statement", "the written statement that takes them back", "7:39(1) BW"),
)
_TITLE = (
    Element("creditor_name", "the name of the seller", "3:92 BW; 69 Pledge Act"),
    Element("invoices", "which sale is meant", "3:92 BW; 69 Pledge Act"),
    Element("goods", "which goods are the seller's", "3:92 BW; 69 Pledge Act"),
    Element("clause", "the clause that was agreed", "3:92 BW; 69 Pledge Act"),
)
_GOODS = {
    "retention_reclaim": _TITLE,
    "reclaim_estate": _TITLE,
    "right_of_reclaim": _RECLAIM,
    "right_of_reclaim_estate": _RECLAIM,
}


def mandatory_elements(step_code: str, country: Country, debtor: Debtor) -> tuple[Element, ...]:
    """What the letter of this step must say; empty for steps on which the law puts no demands."""
    if step_code in _GOODS:
        return _GOODS[step_code]
    if debtor == "consumer":
        if (country, step_code) == ("NL", "fourteen_day_letter"):
            return _DUTCH_14_DAYS
        if (country, step_code) == ("BE", "book_xix_notice"):
            return _BOOK_XIX
    if step_code != "notice_of_default":
        return ()
    if country == "NL":
        return _IDENTITY
    return tuple(Element(element.key, element.what, "5.231 Civil Code") for element in _IDENTITY)


def missing_elements(
    step_code: str, country: Country, debtor: Debtor, data: Mapping[str, object]
) -> tuple[Element, ...]:
    """The mandatory elements that `data` lacks: absent, None, or empty text or list. Zero amounts count as said."""
    return tuple(
        element for element in mandatory_elements(step_code, country, debtor) if _is_blank(data.get(element.key))
    )


def lint_text(step_code: str, country: Country, debtor: Debtor, text: str, language: str) -> tuple[str, ...]:
    """Sentences saying what is wrong with the words of a letter; empty when nothing was found.

    Guards the wording of the Dutch term: from the day after delivery, never from the date of the letter or its sending.
    """
    if (country, debtor, step_code) != ("NL", "consumer", "fourteen_day_letter"):
        return ()
    flat = re.sub(r"\s+", " ", text).lower()
    findings = [
        f"The term is counted from the wrong day ({match.group(0)!r}); write: {DUTCH_TERM_SENTENCE}."
        for pattern in _TOO_SHORT_TERMS
        if (match := re.search(pattern, flat))
    ]
    if language == "nl" and DUTCH_TERM_SENTENCE not in flat:
        findings.append(f"The term is not worded as the court asks; write: {DUTCH_TERM_SENTENCE}.")
    return tuple(findings)


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple)) and not value)
