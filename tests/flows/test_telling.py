"""What the daily commands tell a person and a program."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

from flows.cli import plain
from flows.daily import Day
from flows.follow_up import Done, FollowedUp
from flows.telling import day_as_dict, day_as_text
from receivables.decide import Reason

ON = date(2026, 3, 2)


def busy_day() -> Day:
    done = Done(debtor="C-1", name="Zuid BV", step="reminder", invoices=("2026-7", "2026-9"))
    reason = Reason(4, "promise", "payment is promised for 2026-03-10", date(2026, 3, 10))
    followed = FollowedUp(ON, [done], [("C-2", reason)])
    return Day(ON, sent=Counter(delivered=2, unknown=1), followed=followed, asked=[11])


def test_a_day_tells_what_was_done_what_was_not_and_who_is_waited_for() -> None:
    assert day_as_text(busy_day()).splitlines() == [
        "done  C-1 Zuid BV: reminder for 2026-7, 2026-9",
        "not   C-2: payment is promised for 2026-03-10",
        "sent  2 delivered, 1 unknown",
        "ask   a hand-over waits for an approver: decide in Prefect",
    ]


def test_a_quiet_day_says_so() -> None:
    assert day_as_text(Day(ON)) == "Nothing is due on 2026-03-02."


def test_a_program_gets_the_same_as_plain_values() -> None:
    told = json.loads(json.dumps(day_as_dict(busy_day()), default=plain))
    assert told["on"] == "2026-03-02"
    assert told["actions"] == [
        {"debtor": "C-1", "name": "Zuid BV", "step": "reminder", "invoices": ["2026-7", "2026-9"]}
    ]
    assert (told["reasons"][0]["debtor"], told["reasons"][0]["until"]) == ("C-2", "2026-03-10")
    assert told["awaiting_approval"] == [11]
