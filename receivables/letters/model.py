"""What a letter is written from, and what it becomes. Amounts are in the letter's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from receivables.letters.code_image import CodeImage

Channel = Literal["email", "post"]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterParty:
    """Who writes or who is written to. `registration`: a Belgian enterprise number (10 digits), a Dutch KvK number (8),
    or any other number with its own label; `reference`: the number under which the seller knows the customer.
    """

    name: str
    address_lines: tuple[str, ...] = ()
    registration: str | None = None
    vat: str | None = None
    email: str | None = None
    phone: str | None = None
    contact: str | None = None
    iban: str | None = None
    bic: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """One invoice, with its own step. `description`: what was supplied, and when if `supplied` is not given."""

    number: str
    issued: date
    due: date
    received: date | None
    step: str
    open: Decimal
    interest: Decimal
    description: str
    supplied: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One payment of a plan."""

    due: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """All that a letter says. `country` is the law (BE, NL).

    `demanded` is the open sums less `credits`, with interest, lump sum and costs. `announced_costs`: what will be
    claimed if payment does not come (the Dutch collection costs, the Belgian penalty), with `announced_costs_vat` on
    top. `derivation`: how interest and costs were reckoned, sentence by sentence, in the letter's language.
    `labels`: the house's own names of steps, where it has any.
    `instalments`, `conditions` and `grace_days` belong to a plan, `paid` to a thank-you. A reclaim of goods has `terms`
    (which terms, in words), `clause_law` (the law of the clause, where it is not `country`), `goods` (each line of
    goods, in words), and towards an administrator `buyer`, who is insolvent.
    """

    step: str
    country: str
    debtor_kind: str
    language: str
    tone: str = "neutral"
    on: date
    currency: str
    seller: LetterParty
    debtor: LetterParty
    lines: tuple[LetterLine, ...]
    credits: Decimal
    principal: Decimal
    interest: Decimal
    lump_sum: Decimal
    costs: Decimal
    demanded: Decimal
    derivation: tuple[str, ...]
    announced_costs: Decimal | None
    announced_costs_vat: Decimal | None
    reference: str
    pay_by: date
    provisional: bool
    channel: Channel = "email"
    invoices_enclosed: bool = True
    payment_link: str | None = None  # where the demanded sum can be paid online
    instalments: tuple[Instalment, ...] = ()
    conditions: tuple[str, ...] = ()  # in the words in which they were agreed
    grace_days: int = 8
    paid: Decimal = ZERO
    terms: str | None = None
    clause_law: str | None = None
    goods: tuple[str, ...] = ()
    buyer: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """`text` and `html` are the whole letter as mail; `before` and `after` its paragraphs on paper.

    `code`: the payment code that the HTML shows; None where nothing is to be paid at once.
    """

    subject: str
    text: str
    html: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    closing: tuple[str, ...]
    code: CodeImage | None = None
