"""One ladder and its rungs: which step follows which, how long after, by whom. What the law forbids is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from receivables.behaviour import Behaviour, Tone
from receivables.claims import DebtorKind, Step

Country = Literal["BE", "NL"]
Channel = Literal["email", "post", "phone", "agency"]
Size = Literal["sme", "large"]
Language = Literal["nl", "fr", "de", "en"]
Role = Literal["invoice", "dunning", "accounts", "management", "purchasing", "legal"]

MANDATORY: Mapping[tuple[str, DebtorKind], Step] = {
    ("NL", DebtorKind.CONSUMER): Step.FOURTEEN_DAY_LETTER,  # art. 6:96 lid 6 BW
    ("BE", DebtorKind.CONSUMER): Step.BOOK_XIX_NOTICE,  # art. XIX.2 WER
}
MESSAGES = frozenset(
    {
        Step.REMINDER,
        Step.FORMAL_REMINDER,
        Step.NOTICE_OF_DEFAULT,
        Step.FOURTEEN_DAY_LETTER,
        Step.BOOK_XIX_NOTICE,
    }
)
FORMAL = frozenset({Step.FORMAL_REMINDER, Step.NOTICE_OF_DEFAULT, Step.FOURTEEN_DAY_LETTER, Step.HANDOVER})
LETTER_CHANNELS: tuple[Channel, ...] = ("email", "post")
CHANNELS: Mapping[Step, tuple[Channel, ...]] = {Step.CALL: ("phone",), Step.HANDOVER: ("agency",)}
COURTESIES = frozenset({Step.DUE_SOON, Step.THANK_YOU})
SEVERITY: Mapping[Step, int] = {
    step: number
    for number, step in enumerate(
        (
            Step.THANK_YOU,
            Step.DUE_SOON,
            Step.REMINDER,
            Step.BOOK_XIX_NOTICE,
            Step.CALL,
            Step.FORMAL_REMINDER,
            Step.NOTICE_OF_DEFAULT,
            Step.FOURTEEN_DAY_LETTER,
            Step.HANDOVER,
        )
    )
}


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LadderStep(Part):
    """One rung. `wait`: calendar days after the due date (first rung) or after the previous step's proven delivery."""

    step: Step
    wait: int = Field(ge=0, le=365)
    count_from: Literal["proof", "due"] = (
        "proof"  # of the step before; due: of the invoice, and never before that proof
    )
    channel: Channel | None = None  # left out: phone for a call, agency for a hand-over, else email
    label: Mapping[Language, str] = {}  # the house's own name for it, by language
    template: str | None = Field(default=None, min_length=1, max_length=60)  # another letter than the step's own
    owner: Literal["system", "person"] | None = None  # left out: a person calls and hands over, the system writes
    role: Role | None = None  # whom it addresses at the customer; left out, or not known: the general address
    approval: bool = False  # a person approves before it goes out
    accessories: bool = False  # interest, lump sum and costs are demanded from this step on
    interest: bool | None = None  # of these only one: overrules `accessories`
    fees: bool | None = None
    minimum: Decimal = Field(default=Decimal(0), ge=0)  # a smaller open sum waits here

    @model_validator(mode="after")
    def possible(self) -> LadderStep:
        if self.step in COURTESIES:
            raise ValueError(f"'{self.step}' is no step of a ladder; switch it on under [courtesy]")
        fits = CHANNELS.get(self.step, LETTER_CHANNELS)
        if self.channel is not None and self.channel not in fits:
            raise ValueError(f"a {self.step} does not go by '{self.channel}'; write {' or '.join(fits)}")
        if self.step in (Step.CALL, Step.HANDOVER) and self.owner == "system":
            raise ValueError(f'a {self.step} is a person\'s; write owner = "person", or leave it out')
        return self

    @property
    def by(self) -> Channel:
        return self.channel or CHANNELS.get(self.step, LETTER_CHANNELS)[0]

    def name_in(self, language: str) -> str | None:
        """The house's own name for the step, where it gave one in this language."""
        return next((name for known, name in self.label.items() if known == language), None)

    @property
    def needs_person(self) -> bool:
        """Whether a message waits for a person's consent. Calls and hand-overs are a person's anyway."""
        return self.step in MESSAGES and (self.approval or self.owner == "person")

    @property
    def asks_interest(self) -> bool:
        return self.accessories if self.interest is None else self.interest

    @property
    def asks_fees(self) -> bool:
        return self.accessories if self.fees is None else self.fees


class Ladder(Part):
    """The rungs for one legal regime, in the order in which they are climbed; with conditions, for a segment of it."""

    name: str
    country: Country
    debtors: tuple[DebtorKind, ...]
    sizes: tuple[Size, ...] = ()  # conditions: empty or None for all
    behaviour: tuple[Tone, ...] = ()
    from_amount: Decimal | None = None  # what the debtor owes in all, included
    below_amount: Decimal | None = None
    by_name_only: bool = False  # only for the debtors and invoices that an [[override]] names
    call_loyal_first: bool = True  # a loyal customer is called before the first letter
    steps: tuple[LadderStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def lawful(self) -> Ladder:
        codes = [rung.step for rung in self.steps]
        if len(set(codes)) != len(codes):
            raise ValueError(f"ladder '{self.name}' has a step twice; name each step once")
        if Step.HANDOVER in codes and codes[-1] is not Step.HANDOVER:
            raise ValueError(f"ladder '{self.name}' goes on after 'handover'; put it last")
        for kind in self.debtors:
            self._require(codes, MANDATORY.get((self.country, kind)))
        if self.country == "BE" and DebtorKind.CONSUMER in self.debtors and codes[0] is not Step.BOOK_XIX_NOTICE:
            raise ValueError(f"ladder '{self.name}' must begin with 'book_xix_notice': it is the free first reminder")
        return self

    def _require(self, codes: list[Step], step: Step | None) -> None:
        if step is None:
            return
        if step not in codes:
            raise ValueError(f"ladder '{self.name}' lacks '{step}', which the law of {self.country} requires; add it")
        early = [rung.step for rung in self.steps[: codes.index(step) + 1] if rung.asks_fees]
        if early:
            raise ValueError(
                f"ladder '{self.name}' asks fees in '{early[0]}', and the law of {self.country} allows none before the "
                f"term of '{step}' has passed; leave `fees` and `accessories` out there"
            )

    @property
    def required(self) -> frozenset[Step]:
        return frozenset(s for kind in self.debtors if (s := MANDATORY.get((self.country, kind))))

    @property
    def conditional(self) -> bool:
        amounts = self.from_amount is not None or self.below_amount is not None
        return bool(self.sizes or self.behaviour or amounts or self.by_name_only)

    def fits(self, size: str, tone: str, amount: Decimal | None) -> bool:
        """Whether a debtor of this size and behaviour, who owes `amount` in all (None: unknown), is in the segment."""
        if (
            self.by_name_only
            or (self.sizes and size not in self.sizes)
            or (self.behaviour and tone not in self.behaviour)
        ):
            return False
        if amount is None:
            return self.from_amount is None and self.below_amount is None
        return (self.from_amount or Decimal(0)) <= amount and (self.below_amount is None or amount < self.below_amount)

    def rung(self, step: Step) -> LadderStep:
        return next(rung for rung in self.steps if rung.step is step)

    def after(self, taken: Iterable[Step]) -> LadderStep | None:
        """The rung above the highest one taken; a step that the law requires is never jumped over. None at the top.

        A step that was taken on another ladder counts as the rung here that it is at least as severe as.
        """
        done = frozenset(taken) - COURTESIES
        reached = [i for i, rung in enumerate(self.steps) if rung.step in done]
        elsewhere = done - {rung.step for rung in self.steps}
        if elsewhere:
            height = max(SEVERITY[step] for step in elsewhere)
            reached += [i for i, rung in enumerate(self.steps) if SEVERITY[rung.step] <= height]
        above = max(reached, default=-1) + 1
        skipped = [rung for rung in self.steps[:above] if rung.step in self.required - done]
        if skipped:
            return skipped[0]
        return self.steps[above] if above < len(self.steps) else None

    def for_behaviour(self, behaviour: Behaviour, taken: Iterable[Step]) -> Ladder:
        """The same rungs, with the call before the first letter for a loyal customer whom nobody wrote to yet.

        Whether the call came first stays as it was begun. The waits keep their places, the law's first notice too.
        """
        done = list(taken)
        first = done[0] if done else None
        codes = [rung.step for rung in self.steps]
        wanted = first is Step.CALL or (first is None and behaviour.loyal)
        if not (self.call_loyal_first and wanted and Step.CALL in codes[1:]) or codes[0] in self.required:
            return self
        others = [rung for rung in self.steps if rung.step is not Step.CALL]
        order = [self.rung(Step.CALL), *others]
        waits = [(rung.wait, rung.count_from) for rung in self.steps]
        steps = tuple(
            rung.model_copy(update={"wait": wait, "count_from": start})
            for rung, (wait, start) in zip(order, waits, strict=True)
        )
        return self.model_copy(update={"steps": steps})
