"""Policies: a ladder for every segment, a person's choice by name, and nothing that the law forbids."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from receivables.behaviour import Behaviour
from receivables.claims import DebtorKind, Step
from receivables.ladder import BadPolicy, Policy, load_policy, parse_policy
from tests.receivables.policies import ladder, policy, policy_text

LOYAL = Behaviour("friendly", True, 90, ())
USUAL = Behaviour("neutral", False, 60, ())
BUSINESS, CONSUMER = DebtorKind.BUSINESS, DebtorKind.CONSUMER
SHORT = ("reminder; wait = 3", "notice_of_default; wait = 8")


def named(found: Policy, **segment: object) -> str:
    return found.ladder_for("BE", BUSINESS, **segment).name


class TestSegments:
    """The first ladder whose conditions all fit, else the regime's own."""

    FOUND = policy(
        ladder("large", *SHORT, conditions='sizes = ["large"]'),
        ladder("slow", *SHORT, conditions='behaviour = ["firm"]'),
        ladder("dear", *SHORT, conditions='from_amount = "10000"'),
        ladder("cheap", *SHORT, conditions='below_amount = "50"'),
        ladder("never_by_itself", *SHORT, conditions="by_name_only = true"),
    )

    @pytest.mark.parametrize(
        ("segment", "expected"),
        [
            ({}, "be_business"),
            ({"size": "large"}, "large"),
            ({"tone": "firm"}, "slow"),
            ({"size": "large", "tone": "firm"}, "large"),
            ({"amount": Decimal("10000.00")}, "dear"),
            ({"amount": Decimal("9999.99")}, "be_business"),
            ({"amount": Decimal("49.99")}, "cheap"),
            ({"override": "never_by_itself"}, "never_by_itself"),
            ({"override": "nl_business"}, "be_business"),
        ],
    )
    def test_the_ladder_of_a_segment(self, segment: dict[str, object], expected: str) -> None:
        assert named(self.FOUND, **segment) == expected

    def test_consumers_keep_theirs(self) -> None:
        assert self.FOUND.ladder_for("BE", CONSUMER, size="large", tone="firm").name == "be_consumer"


class TestOverrides:
    FOUND = policy(
        ladder("gentle", *SHORT, conditions="by_name_only = true"),
        '[[override]]\ndebtor = "C-1"\nladder = "gentle"\ntone = "friendly"\nby = "Ann"\nwhy = "agreed"',
        '[[override]]\ninvoice = "2026-9"\nseller = "vdb"\nladder = "gentle"\nby = "Ann"\nwhy = "a mistake of ours"',
    )

    def test_by_debtor_and_by_invoice(self) -> None:
        by_debtor = self.FOUND.override_of("vdb", debtor="C-1")
        assert by_debtor is not None and (by_debtor.ladder, by_debtor.tone) == ("gentle", "friendly")
        assert self.FOUND.override_of("vdb", invoice="2026-9") is not None
        assert self.FOUND.override_of("other", invoice="2026-9") is None
        assert self.FOUND.override_of("vdb", debtor="C-2") is None

    @pytest.mark.parametrize(
        ("table", "sentence"),
        [
            ('debtor = "C-1"\nladder = "gone"\nby = "Ann"\nwhy = "x"', "there is no ladder 'gone'"),
            ('debtor = "C-1"\ntone = "furious"\nby = "Ann"\nwhy = "x"', "override.0.tone"),
            ('debtor = "C-1"\nby = "Ann"\nwhy = "x"', "say which ladder or which tone"),
            ('ladder = "be_business"\nby = "Ann"\nwhy = "x"', "name either a debtor or an invoice"),
            ('debtor = "C-1"\ntone = "firm"\nwhy = "x"', "override.0.by: Field required"),
            ('invoice = "1"\ntone = "firm"\nby = "Ann"\nwhy = "x"', "the tone is the debtor's"),
        ],
    )
    def test_one_that_says_too_little_is_refused_with_its_line(self, table: str, sentence: str) -> None:
        text = policy_text(f"[[override]]\n{table}")
        with pytest.raises(BadPolicy) as refused:
            parse_policy(text, "policy.toml")
        assert sentence in str(refused.value)
        first = text.splitlines().index("[[override]]") + 1
        line = int(str(refused.value).split("line ")[1].split(":")[0])
        assert first <= line <= first + table.count("\n") + 1


class TestRungs:
    @pytest.mark.parametrize(
        ("rung", "sentence"),
        [
            ("call; wait = 3; channel = 'email'", "a call does not go by 'email'; write phone"),
            ("reminder; wait = 3; channel = 'phone'", "a reminder does not go by 'phone'; write email or post"),
            ("call; wait = 3; owner = 'system'", "a call is a person's"),
            ("due_soon; wait = 3", "switch it on under [courtesy]"),
            ("reminder; wait = 3; role = 'gardener'", "role: Input should be 'invoice'"),
            ("reminder; wait = 3; minimum = '-1'", "minimum"),
            ("reminder; wait = 3; label = { xx = 'x' }", "label"),
        ],
    )
    def test_what_cannot_be_is_refused_at_load_with_the_line_of_the_rung(self, rung: str, sentence: str) -> None:
        text = policy_text(ladder("mine", rung, conditions="by_name_only = true"))
        with pytest.raises(BadPolicy) as refused:
            parse_policy(text, "policy.toml")
        assert sentence in str(refused.value)
        line = int(str(refused.value).split("line ")[1].split(":")[0])
        assert line >= text.splitlines().index('name = "mine"') + 1

    def test_what_a_rung_may_say(self) -> None:
        found = policy(
            ladder(
                "mine",
                "reminder; wait = 3; channel = 'post'; role = 'accounts'; label = { nl = 'Tweede' }; template = 'own'",
                "formal_reminder; wait = 5; count_from = 'due'; owner = 'person'; interest = true",
                "notice_of_default; wait = 9; accessories = true; fees = false",
            )
        )
        first, second, third = found.ladder_for("BE", BUSINESS, "mine").steps
        assert (first.by, first.role, first.label, first.template) == ("post", "accounts", {"nl": "Tweede"}, "own")
        assert second.needs_person and (second.asks_interest, second.asks_fees) == (True, False)
        assert (third.asks_interest, third.asks_fees) == (True, False)
        assert (load_policy().ladder_for("BE", BUSINESS).rung(Step.CALL).by, first.needs_person) == ("phone", False)


class TestTheLaw:
    """What the law requires cannot be left out, nor be made worthless."""

    def test_fees_before_the_dutch_letter_are_refused(self) -> None:
        mine = ladder(
            "mine",
            "reminder; wait = 3; fees = true",
            "fourteen_day_letter; wait = 9",
            country="NL",
            debtors="consumer",
        )
        with pytest.raises(BadPolicy, match="asks fees in 'reminder', and the law of NL allows none before"):
            policy(mine)

    def test_the_belgian_notice_is_free(self) -> None:
        with pytest.raises(BadPolicy, match="asks fees in 'book_xix_notice'"):
            policy(
                replace=('step = "book_xix_notice"\nwait = 5', 'step = "book_xix_notice"\nwait = 5\naccessories = true')
            )

    def test_a_segments_ladder_keeps_the_required_step_too(self) -> None:
        with pytest.raises(BadPolicy, match="ladder 'rich' lacks 'fourteen_day_letter'"):
            policy(
                ladder("rich", "reminder; wait = 3", country="NL", debtors="consumer", conditions="from_amount = '1'")
            )

    def test_a_regime_served_only_under_conditions_is_refused(self) -> None:
        with pytest.raises(BadPolicy, match="no ladder for consumer debtors under the law of NL"):
            policy(replace=('name = "nl_consumer"', 'name = "nl_consumer"\nsizes = ["large"]'))

    def test_a_required_step_that_was_jumped_over_comes_next(self) -> None:
        consumer = load_policy().ladder_for("NL", CONSUMER)
        assert consumer.after([Step.REMINDER]).step is Step.NOTICE_OF_DEFAULT
        assert consumer.after([Step.HANDOVER]).step is Step.FOURTEEN_DAY_LETTER
        assert consumer.after([Step.FOURTEEN_DAY_LETTER]).step is Step.HANDOVER

    def test_a_step_of_another_ladder_is_not_begun_below(self) -> None:
        short = policy(ladder("short", *SHORT)).ladder_for("BE", BUSINESS, "short")
        assert short.after([Step.REMINDER, Step.FORMAL_REMINDER]).step is Step.NOTICE_OF_DEFAULT
        assert short.after([Step.NOTICE_OF_DEFAULT]) is None


class TestALoyalCustomer:
    LADDER = load_policy().ladder_for("BE", BUSINESS)

    def test_is_called_before_the_first_letter_and_the_waits_keep_their_places(self) -> None:
        loyal = self.LADDER.for_behaviour(LOYAL, [])
        assert [rung.step for rung in loyal.steps[:3]] == [Step.CALL, Step.REMINDER, Step.FORMAL_REMINDER]
        assert [rung.wait for rung in loyal.steps] == [rung.wait for rung in self.LADDER.steps]

    def test_what_was_begun_stays_as_it_was_begun(self) -> None:
        assert self.LADDER.for_behaviour(LOYAL, [Step.REMINDER]) is self.LADDER
        begun = self.LADDER.for_behaviour(USUAL, [Step.CALL])
        assert begun.after([Step.CALL]).step is Step.REMINDER

    def test_the_laws_first_notice_stays_first(self) -> None:
        notice = load_policy().ladder_for("BE", CONSUMER)
        assert notice.for_behaviour(LOYAL, []) is notice

    def test_a_policy_may_want_the_letter_first(self) -> None:
        found = policy(replace=('name = "be_business"', 'name = "be_business"\ncall_loyal_first = false'))
        ours = found.ladder_for("BE", BUSINESS)
        assert ours.for_behaviour(LOYAL, []) is ours


def test_hours_and_courtesies() -> None:
    found = policy(contact="send_from = 09:00:00\nsend_until = 12:30:00", courtesy="note_days_before = 4")
    assert (found.contact.window.start, found.contact.window.end) == (time(9), time(12, 30))
    assert found.courtesy.note_days_before == 4
    assert load_policy().courtesy.note_days_before is None and load_policy().contact.window is None
    with pytest.raises(BadPolicy, match="let it end after it starts"):
        policy(contact="send_from = 19:00:00\nsend_until = 18:00:00")
    with pytest.raises(BadPolicy, match="give both"):
        policy(contact="send_from = 19:00:00")
