"""What users of other products complain about, one test for each, named after the complaint.

The whole chain (outbox, journal, bank) has its own tests; here is what the decision and the calendar answer for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from receivables.calendar import business_date, is_business_day, may_send, next_send_moment
from receivables.claims import ClaimFacts, DebtorFacts, DebtorKind, DispatchState, Hold, HoldKind, Notice, Step
from receivables.decide import Decision, claimable, decide, last_look
from receivables.demand import Agreed, demand
from receivables.foresee import look_ahead
from receivables.ladder import BadPolicy, load_policy
from receivables.law.letters import deadline_after
from receivables.law.regime import resolve
from tests.receivables.debtors import DUE, claim, debtor, notice
from tests.receivables.policies import ladder, policy

POLICY = load_policy()
LATE = date(2026, 3, 2)
BUSINESS = resolve("BE", "BE", "business")


def lawful(country: str, last: Notice) -> date | None:
    law = "BE" if country == "BE" else "NL"
    found = deadline_after(last.step, country=law, channel=last.channel, sent=last.on, received=last.proven)
    return found.earliest_next_step if found else None


def at(facts: DebtorFacts, on: date = LATE, law: str = "BE", rules=POLICY) -> Decision:
    return decide(facts, rules, law, lawful, on)


def codes(decision: Decision) -> list[str]:
    assert decision.actions == ()
    return [reason.code for reason in decision.reasons]


def steps(decision: Decision) -> list[Step]:
    return [action.step for action in decision.actions]


def held(kind: HoldKind, until: date = date(2026, 12, 31), **changes: object) -> ClaimFacts:
    return claim(holds=(Hold(kind=kind, owner="Ann", reason="said so", since=DUE, until=until, **changes),))


REMINDED = claim(notices=(notice(Step.REMINDER, date(2026, 2, 9), proven=date(2026, 2, 9)),))


class TestReminderAlthoughPaidOrInProcess:
    def test_a_paid_invoice_is_never_asked_for_also_not_at_the_last_moment(self) -> None:
        paid = debtor(claim(open_principal=Decimal(0)))
        assert codes(at(paid)) == ["nothing_open"]
        planned = at(debtor()).actions[0].claims
        assert last_look(paid, planned, POLICY, "BE", LATE).code == "nothing_open"

    def test_bank_data_that_is_too_old_stops_everything_and_says_so(self) -> None:
        assert codes(at(debtor(bank_data_until=date(2026, 2, 20)))) == ["data_stale"]
        planned = at(debtor()).actions[0].claims
        assert last_look(debtor(bank_data_until=date(2026, 2, 20)), planned, POLICY, "BE", LATE).code == "data_stale"

    def test_a_payment_that_came_in_part_stops_the_letter_that_asks_for_all(self) -> None:
        planned = at(debtor()).actions[0].claims
        asked = {1: Decimal("1210.00")}
        part = debtor(claim(open_principal=Decimal("210.00")))
        assert last_look(debtor(), planned, POLICY, "BE", LATE, asked=asked) is None
        assert last_look(part, planned, POLICY, "BE", LATE, asked=asked).code == "amount_changed"

    def test_a_collection_under_way_keeps_the_reminder_back(self) -> None:
        assert codes(at(debtor(held(HoldKind.DIRECT_DEBIT)))) == ["hold_direct_debit"]


class TestSentManyTimes:
    def test_however_often_the_day_is_run_a_step_is_taken_once(self) -> None:
        owed, contact, taken = claim(), None, []
        for _ in range(50):
            for action in at(debtor(owed, last_contact=contact)).actions:
                taken.append(action.step)
                sent = notice(action.step, LATE, state=DispatchState.PLANNED)
                owed, contact = replace(owed, notices=(*owed.notices, sent)), LATE
        assert taken == [Step.REMINDER]

    def test_the_same_step_again_has_the_same_key(self) -> None:
        assert at(debtor()).actions == at(debtor()).actions


class TestSilentlyNotSent:
    def test_a_week_without_a_run_loses_no_step(self) -> None:
        assert steps(at(debtor(), date(2026, 2, 9))) == steps(at(debtor(), date(2026, 3, 16))) == [Step.REMINDER]

    def test_every_claim_that_is_left_alone_says_why(self) -> None:
        several = [
            claim("2026-0001"),
            replace(held(HoldKind.DISPUTE), invoice_id=2),
            claim("2026-0003", printed_due=LATE),
        ]
        decision = at(debtor(*several))
        acted = {step.invoice_id for action in decision.actions for step in action.claims}
        assert acted | {reason.invoice_id for reason in decision.reasons} == {1, 2, 3}

    def test_a_customer_without_an_address_is_a_task_and_no_silence(self) -> None:
        assert codes(at(debtor(reachable=()))) == ["no_address"]


class TestDaysAndTimeZones:
    def test_nothing_happens_on_the_due_date_or_before(self) -> None:
        for day in (DUE - timedelta(days=60), DUE - timedelta(days=1), DUE):
            assert codes(at(debtor(), day)) == ["not_due"]

    def test_the_business_date_is_the_local_one_also_when_the_clocks_change(self) -> None:
        assert business_date(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), "BE") == date(2026, 3, 29)
        assert business_date(datetime(2026, 3, 29, 22, 30, tzinfo=UTC), "NL") == date(2026, 3, 30)
        assert business_date(datetime(2026, 10, 25, 22, 30, tzinfo=UTC), "BE") == date(2026, 10, 25)

    def test_what_would_fire_when_can_be_seen_beforehand(self) -> None:
        ahead = look_ahead(debtor(), POLICY, "BE", lawful, DUE, 60)
        assert [(one.on, one.step) for one in ahead[:2]] == [
            (date(2026, 2, 9), Step.REMINDER),
            (date(2026, 2, 16), Step.CALL),
        ]


class TestPartialPayments:
    def test_the_step_reached_survives_a_part_payment(self) -> None:
        part = replace(REMINDED, open_principal=Decimal("10.00"))
        assert steps(at(debtor(part), date(2026, 2, 16))) == [Step.CALL]

    def test_interest_is_reckoned_by_segment_between_the_payments(self) -> None:
        payments = [(date(2026, 3, 6), Decimal("1000.00"))]
        found = demand(claim(), BUSINESS, Agreed(), payments, Step.NOTICE_OF_DEFAULT, date(2026, 4, 5))
        assert found.interest is not None
        assert [line.base for line in found.interest.lines] == [Decimal("1210.00"), Decimal("210.00")]

    def test_every_invoice_keeps_its_own_balance(self) -> None:
        two = debtor(
            claim("2026-0001", open_principal=Decimal("1.00")), claim("2026-0002", open_principal=Decimal("2.00"))
        )
        (action,) = at(two).actions
        assert len(action.claims) == 2
        assert [claimable(c, LATE) for c in two.claims] == [Decimal("1.00"), Decimal("2.00")]


class TestInterestOrFeeLostOrWrong:
    def test_who_pays_the_principal_still_owes_the_rest(self) -> None:
        rest = claim(open_principal=Decimal(0), open_accessories=Decimal("52.13"))
        assert steps(at(debtor(rest))) == [Step.REMINDER]

    def test_an_agreed_interest_of_nothing_leaves_the_lump_sum(self) -> None:
        agreed = Agreed(interest_percent=Decimal(0))
        found = demand(claim(), BUSINESS, agreed, [], Step.NOTICE_OF_DEFAULT, date(2026, 4, 5))
        assert (found.interest_amount, found.total) == (Decimal(0), Decimal("40.00"))

    def test_a_step_asks_for_what_its_policy_says(self) -> None:
        mine = policy(
            ladder("mine", "reminder; wait = 3; interest = true; fees = false", conditions="sizes = ['large']")
        )
        (action,) = at(debtor(size="large"), rules=mine).actions
        assert (action.interest, action.fees, action.accessories) == (True, False, True)


class TestFeesBookedOverAndOver:
    def test_the_lump_sum_is_one_however_many_letters_were_sent(self) -> None:
        sent = claim(notices=tuple(notice(s, LATE, proven=LATE) for s in (Step.REMINDER, Step.NOTICE_OF_DEFAULT)))
        for one in (claim(), sent):
            found = demand(one, BUSINESS, Agreed(), [], Step.NOTICE_OF_DEFAULT, date(2026, 4, 5))
            assert found.lump_sum == Decimal("40.00")

    def test_a_first_reminder_asks_no_fee(self) -> None:
        (action,) = at(debtor()).actions
        assert not action.accessories


class TestLaw:
    def test_no_step_follows_before_the_lawful_day(self) -> None:
        sent = date(2026, 4, 1)
        letter = notice(Step.FOURTEEN_DAY_LETTER, sent, proven=sent)
        facts = debtor(claim(notices=(letter,)), kind=DebtorKind.CONSUMER, country="NL")
        eager = policy(replace=('step = "handover"\nwait = 15', 'step = "handover"\nwait = 0'))
        assert codes(at(facts, sent + timedelta(days=14), "NL", eager)) == ["waiting"]
        assert steps(at(facts, sent + timedelta(days=15), "NL", eager)) == [Step.HANDOVER]

    def test_a_call_in_between_does_not_shorten_the_lawful_term(self) -> None:
        mine = ladder(
            "mine",
            "fourteen_day_letter; wait = 5",
            "call; wait = 1",
            "handover; wait = 1",
            country="NL",
            debtors="consumer",
            conditions="sizes = ['large']",
        )
        letter = notice(Step.FOURTEEN_DAY_LETTER, date(2026, 4, 1), proven=date(2026, 4, 2))
        called = notice(Step.CALL, date(2026, 4, 3), proven=date(2026, 4, 3))
        facts = debtor(claim(notices=(letter, called)), kind=DebtorKind.CONSUMER, country="NL", size="large")
        (reason,) = at(facts, date(2026, 4, 8), "NL", policy(mine)).reasons
        assert reason.until == date(2026, 4, 17)

    def test_a_ladder_without_the_lawful_step_does_not_load(self) -> None:
        with pytest.raises(BadPolicy, match="which the law of BE requires"):
            policy(replace=('step = "book_xix_notice"', 'step = "reminder"'))


class TestGroupingPerCustomer:
    def test_one_message_for_all_with_each_invoice_at_its_own_step(self) -> None:
        called = notice(Step.CALL, date(2026, 2, 16), proven=date(2026, 2, 17))
        further = replace(REMINDED, notices=(*REMINDED.notices, called))
        (action,) = at(debtor(further, claim("2026-0002"), claim("2026-0003"))).actions
        assert action.step is Step.FORMAL_REMINDER
        assert [one.step for one in action.claims] == [Step.FORMAL_REMINDER, Step.REMINDER, Step.REMINDER]


class TestGroupingBreaksSelection:
    def test_reminding_one_invoice_does_not_hide_the_others_it_says_when_they_follow(self) -> None:
        (reason,) = at(debtor(claim("2026-0002"), last_contact=date(2026, 2, 27))).reasons
        assert (reason.code, reason.until) == ("contacted_recently", date(2026, 3, 4))
        assert steps(at(debtor(claim("2026-0002"), last_contact=date(2026, 2, 27)), date(2026, 3, 4))) == [
            Step.REMINDER
        ]


class TestCreditNotes:
    def test_credits_that_cover_the_debt_stop_the_reminder(self) -> None:
        assert codes(at(debtor(open_credits=Decimal("1210.00")))) == ["covered_by_credits"]
        assert steps(at(debtor(open_credits=Decimal("1209.99")))) == [Step.REMINDER]


class TestDisputesPausesOptOuts:
    @pytest.mark.parametrize("kind", list(HoldKind))
    def test_a_hold_stops_one_invoice_and_says_who_why_and_until_when(self, kind: HoldKind) -> None:
        decision = at(debtor(held(kind, until=date(2026, 3, 20)), claim("2026-0002")))
        (reason,) = decision.reasons
        assert reason.until == date(2026, 3, 21) and "said so" in reason.text and "Ann" in reason.text
        assert [one.number for action in decision.actions for one in action.claims] == ["2026-0002"]

    def test_a_hold_ends_on_its_day_by_itself(self) -> None:
        paused = debtor(held(HoldKind.MANUAL, until=date(2026, 3, 2)))
        assert codes(at(paused)) == ["hold_manual"] and steps(at(paused, date(2026, 3, 3))) == [Step.REMINDER]

    def test_what_is_not_disputed_goes_on(self) -> None:
        part = held(HoldKind.DISPUTE, amount=Decimal("210.00"))
        assert steps(at(debtor(part))) == [Step.REMINDER] and claimable(part, LATE) == Decimal("1000.00")


class TestRightRecipient:
    MINE = policy(ladder("mine", "reminder; wait = 3; role = 'management'", conditions="sizes = ['large']"))

    def test_a_step_names_the_role_that_it_addresses(self) -> None:
        (action,) = at(debtor(size="large"), rules=self.MINE).actions
        assert action.role == "management"

    def test_a_known_contact_is_enough_where_the_general_address_fails(self) -> None:
        contacts = (("management", "directie@klant.example"),)
        assert codes(at(debtor(size="large", reachable=()), rules=self.MINE)) == ["no_address"]
        assert at(debtor(size="large", reachable=(), contacts=contacts), rules=self.MINE).actions


class TestBouncedMail:
    def test_a_bounce_starts_no_clock_and_asks_a_person(self) -> None:
        lost = notice(Step.REMINDER, date(2026, 2, 9), state=DispatchState.NOT_DELIVERED)
        assert codes(at(debtor(claim(notices=(lost,))), date(2026, 6, 1))) == ["notice_bounced"]

    def test_a_mended_address_gets_the_same_step_again(self) -> None:
        lost = notice(Step.REMINDER, date(2026, 2, 9), state=DispatchState.NOT_DELIVERED, mended=True)
        (action,) = at(debtor(claim(notices=(lost,)))).actions
        assert (action.step, action.claims[0].occurrence) == (Step.REMINDER, 2)

    def test_what_only_left_the_house_starts_no_clock(self) -> None:
        sent = claim(notices=(notice(Step.REMINDER, date(2026, 2, 9)),))
        assert codes(at(debtor(sent), date(2026, 6, 1))) == ["awaiting_proof"]


class TestLanguage:
    def test_the_customers_language_does_not_change_what_is_decided(self) -> None:
        assert len({at(debtor(language=language)).actions for language in ("nl", "fr", "de", "en")}) == 1

    def test_every_letter_of_every_ladder_has_words_in_every_language(self) -> None:
        from receivables.letters.texts import check_texts

        check_texts()


class TestWeekendsAndHolidays:
    def test_a_step_on_a_closed_day_moves_later_and_what_follows_moves_with_it(self) -> None:
        assert codes(at(debtor(), date(2026, 4, 6))) == ["closed_day"]
        ahead = look_ahead(
            debtor(claim(printed_due=date(2026, 4, 1), lawful_due=date(2026, 4, 1))), POLICY, "BE", lawful, LATE, 90
        )
        assert ahead[0].on == date(2026, 4, 7)  # 6 April is Easter Monday
        assert ahead[1].on == date(2026, 4, 14)

    def test_a_weekend_burns_no_step(self) -> None:
        days = [one.on for one in look_ahead(debtor(), POLICY, "NL", lawful, DUE, 120)]
        assert all(is_business_day("NL", day) for day in days)
        assert all((later - earlier).days >= 3 for earlier, later in pairwise(days))

    def test_messages_leave_in_office_hours(self) -> None:
        window = policy(contact="send_from = 08:00:00\nsend_until = 18:00:00").contact.window
        assert may_send("BE", datetime(2026, 3, 2, 9, 0, tzinfo=UTC), window)
        assert not may_send("BE", datetime(2026, 3, 2, 20, 0, tzinfo=UTC), window)
        friday_night = datetime(2026, 4, 3, 20, 0, tzinfo=UTC)
        assert next_send_moment("BE", friday_night, window) == datetime(2026, 4, 7, 6, 0, tzinfo=UTC)


class TestHistoryAndProof:
    def test_each_invoice_remembers_every_notice_that_named_it(self) -> None:
        """A notice names many invoices and an invoice stands on many notices: the next step is each one's own."""
        first, second = REMINDED, claim("2026-0002", notices=REMINDED.notices)
        (action,) = at(debtor(first, second), date(2026, 2, 16)).actions
        assert [(one.number, one.step) for one in action.claims] == [("2026-0001", Step.CALL), ("2026-0002", Step.CALL)]


class TestLadderSemantics:
    def test_paying_the_oldest_invoice_skips_no_step_of_the_others(self) -> None:
        formal = notice(Step.FORMAL_REMINDER, date(2026, 2, 20), proven=date(2026, 2, 20))
        oldest = replace(REMINDED, open_principal=Decimal(0), notices=(*REMINDED.notices, formal))
        (action,) = at(debtor(oldest, claim("2026-0002"))).actions
        assert [(one.number, one.step) for one in action.claims] == [("2026-0002", Step.REMINDER)]

    def test_a_required_step_that_a_new_policy_brings_is_not_jumped_over(self) -> None:
        warned = claim(notices=(notice(Step.NOTICE_OF_DEFAULT, DUE, proven=DUE),))
        facts = debtor(warned, kind=DebtorKind.CONSUMER, country="BE")
        assert steps(at(facts)) == [Step.BOOK_XIX_NOTICE]


class TestEndOfTheLadder:
    def test_the_hand_over_is_a_persons_decision_and_is_asked_once(self) -> None:
        taken = [Step.REMINDER, Step.CALL, Step.FORMAL_REMINDER, Step.NOTICE_OF_DEFAULT]
        done = tuple(
            notice(step, DUE + timedelta(days=14 * i), proven=DUE + timedelta(days=14 * i))
            for i, step in enumerate(taken)
        )
        on = date(2026, 5, 11)
        (action,) = at(debtor(claim(notices=done)), on).actions
        assert (action.step, action.approval) == (Step.HANDOVER, True)
        asked = (*done, notice(Step.HANDOVER, on, state=DispatchState.PLANNED))
        assert codes(at(debtor(claim(notices=asked)), date(2026, 12, 1))) == ["awaiting_approval"]
        assert codes(at(debtor(claim(notices=done, handed_over=True)), date(2026, 12, 1))) == ["handed_over"]


class TestComplexity:
    def test_the_default_policy_works_untouched_with_five_steps_at_most(self) -> None:
        assert all(len(ladder.steps) <= 5 for ladder in POLICY.ladders)
        assert len(POLICY.ladders) == 4 and POLICY.overrides == ()
