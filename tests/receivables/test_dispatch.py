"""The life of a dispatch: one key, one send; nothing moves but along the declared transitions; every doubt asks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from receivables.claims import DispatchState
from receivables.ledger import evidence
from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import (
    Dispatch,
    StaleClaim,
    advance,
    claim_next,
    counts,
    decided_by_person,
    expire_leases,
    plan_again,
    release_transient,
    remember_prepared,
    resolve_unknown,
    settle,
    submitted_ones,
    unknown_ones,
    withdraw,
)
from receivables.ledger.evidence import Kept
from receivables.ledger.life import TRANSITIONS, Moved, Undeclared, path
from receivables.ledger.tables import dispatches, journal, tasks
from tests.receivables.ledgers import HASH, LEASE, MONDAY, NOW, claimed, fresh_ledger, planned

WHEN: Any = {"on": MONDAY, "at": NOW}
PROOF = (Kept("answer", "accepted by the provider", "a" * 64, "application/json"),)
STATES = list(DispatchState)
DECLARED = {
    ("planned", "submitting"),
    ("planned", "withdrawn"),
    ("submitting", "submitted"),
    ("submitting", "unknown"),
    ("submitted", "delivered"),
    ("submitted", "not_delivered"),
    ("submitted", "rejected"),
    ("unknown", "submitted"),
    ("unknown", "planned"),
    ("unknown", "awaiting_person"),
}


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    return fresh_ledger(tmp_path)


def row(ledger: Engine, dispatch_id: int) -> Any:
    with reading(ledger) as connection:
        return connection.execute(select(dispatches).where(dispatches.c.id == dispatch_id)).one()


def told(ledger: Engine, dispatch_id: int) -> list[str]:
    with reading(ledger) as connection:
        about = (journal.c.subject == f"dispatch:{dispatch_id}") & (journal.c.kind != evidence.ENTRY)
        return list(connection.scalars(select(journal.c.kind).where(about).order_by(journal.c.id)))


def open_tasks(ledger: Engine) -> list[str]:
    with reading(ledger) as connection:
        return list(connection.scalars(select(tasks.c.kind).where(tasks.c.done.is_(None))))


def unknown(ledger: Engine) -> Dispatch:
    """A dispatch whose worker went silent."""
    planned(ledger)
    mine = claimed(ledger)
    assert expire_leases(ledger, NOW + LEASE + timedelta(seconds=1)) == [mine.id]
    return mine


class TestTheDeclaredLife:
    def test_is_the_contract_and_nothing_else(self) -> None:
        assert {(start, end) for start, ends in TRANSITIONS.items() for end in ends} == DECLARED

    @pytest.mark.parametrize("start", STATES)
    @pytest.mark.parametrize("end", STATES)
    def test_every_path_uses_declared_steps_only(self, start: DispatchState, end: DispatchState) -> None:
        try:
            steps = path(start, end)
        except Undeclared:
            assert (start, end) not in DECLARED
        else:
            assert steps[-1] == end
            assert all(step in DECLARED for step in zip((start, *steps), steps, strict=False))

    def test_a_claim_never_returns_to_planned_by_itself(self) -> None:
        with pytest.raises(Undeclared, match="does not go from submitting to planned"):
            path(DispatchState.SUBMITTING, DispatchState.PLANNED)


class TestPlanning:
    def test_the_same_again_changes_nothing(self, ledger: Engine) -> None:
        first = planned(ledger)
        assert planned(ledger) == first
        assert told(ledger, first) == ["dispatch.planned"]

    @pytest.mark.parametrize(
        "changed",
        [{"content": "b" * 64}, {"receiver": "new@klant.example"}, {"channel": "peppol"}, {"details": {"other": 1}}],
    )
    def test_a_change_before_the_claim_replans_under_the_same_key(
        self, ledger: Engine, changed: dict[str, Any]
    ) -> None:
        first = planned(ledger)
        assert planned(ledger, **changed) == first
        ((name, value),) = changed.items()
        assert getattr(row(ledger, first), name) == value
        assert told(ledger, first) == ["dispatch.planned", "dispatch.replanned"]
        assert open_tasks(ledger) == []

    def test_a_change_after_the_claim_is_for_a_person_once_and_never_a_second_send(self, ledger: Engine) -> None:
        first = planned(ledger)
        claimed(ledger)
        for _ in range(3):
            assert planned(ledger, content="b" * 64) == first
        assert row(ledger, first).content == HASH
        assert open_tasks(ledger) == ["conflict"]
        assert told(ledger, first).count("dispatch.conflict") == 1
        assert claim_next(ledger, now=NOW, lease=LEASE) is None

    def test_another_occurrence_is_another_dispatch(self, ledger: Engine) -> None:
        assert planned(ledger) != planned(ledger, occurrence="reminder/2")

    def test_what_was_withdrawn_stays_withdrawn(self, ledger: Engine) -> None:
        first = planned(ledger)
        with writing(ledger) as connection:
            withdraw(connection, first, reason="paid yesterday", **WHEN)
        assert planned(ledger, content="b" * 64) == first
        assert row(ledger, first).state == "withdrawn"
        assert open_tasks(ledger) == []

    def test_a_draft_of_the_old_content_is_forgotten_when_replanned(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        with writing(ledger) as connection:
            connection.execute(dispatches.update().values(prepared="draft-of-old"))
        resolve_unknown(ledger, mine.id, "planned", proofs=PROOF, **WHEN)
        planned(ledger, content="b" * 64)
        assert row(ledger, mine.id).prepared is None


class TestClaiming:
    def test_takes_the_oldest_and_nobody_else_gets_it(self, ledger: Engine) -> None:
        first, second = planned(ledger), planned(ledger, occurrence="reminder/2")
        assert [claimed(ledger).id, claimed(ledger).id] == [first, second]
        assert claim_next(ledger, now=NOW, lease=LEASE) is None

    def test_raises_the_token_and_dates_the_lease(self, ledger: Engine) -> None:
        planned(ledger)
        mine = claimed(ledger)
        assert (mine.token, mine.attempts, mine.state) == (1, 1, "submitting")
        assert mine.lease_until == NOW + LEASE
        assert mine.key == "BE-A/notice/7/reminder/1"

    def test_can_be_limited_to_kinds_and_channels(self, ledger: Engine) -> None:
        planned(ledger, kind="invoice", channel="peppol")
        assert claim_next(ledger, now=NOW, lease=LEASE, channels=["email"]) is None
        assert claim_next(ledger, now=NOW, lease=LEASE, kinds=["notice"]) is None
        assert claim_next(ledger, now=NOW, lease=LEASE, kinds=["invoice"], channels=["peppol"]) is not None

    def test_the_last_look_withdraws_and_goes_on_to_the_next(self, ledger: Engine) -> None:
        paid, due = planned(ledger), planned(ledger, occurrence="reminder/2")

        def last_look(_connection: Connection, dispatch: Dispatch) -> str | None:
            return "paid an hour ago" if dispatch.id == paid else None

        found = claim_next(ledger, now=NOW, lease=LEASE, last_look=last_look)
        assert found is not None and found.id == due
        assert (row(ledger, paid).state, row(ledger, paid).reason) == ("withdrawn", "paid an hour ago")
        assert told(ledger, paid) == ["dispatch.planned", "dispatch.withdrawn"]

    def test_a_claimed_dispatch_cannot_be_withdrawn(self, ledger: Engine) -> None:
        first = planned(ledger)
        claimed(ledger)
        with writing(ledger) as connection, pytest.raises(Moved, match="is no longer planned"):
            withdraw(connection, first, reason="too late", **WHEN)


class TestSettling:
    def test_accepted_is_not_delivered(self, ledger: Engine) -> None:
        planned(ledger)
        settle(ledger, claimed(ledger), "submitted", partner_id="doc_1", proofs=PROOF, **WHEN)
        with reading(ledger) as connection:
            (one,) = submitted_ones(connection, "email")
        assert (one.partner_id, one.submitted, one.proven, one.settled) == ("doc_1", MONDAY, None, None)

    @pytest.mark.parametrize("end", ["delivered", "not_delivered", "rejected"])
    def test_an_immediate_end_passes_through_submitted(self, ledger: Engine, end: str) -> None:
        first = planned(ledger)
        settle(ledger, claimed(ledger), end, partner_id="doc_1", proven=MONDAY, **WHEN)
        assert told(ledger, first)[-2:] == ["dispatch.submitted", f"dispatch.{end}"]
        assert (row(ledger, first).settled, row(ledger, first).proven) == (MONDAY, MONDAY)

    @pytest.mark.parametrize("state", ["planned", "withdrawn", "awaiting_person", "submitting"])
    def test_an_answer_cannot_put_it_anywhere_else(self, ledger: Engine, state: str) -> None:
        planned(ledger)
        with pytest.raises(Undeclared):
            settle(ledger, claimed(ledger), state, **WHEN)

    def test_proof_is_kept_once(self, ledger: Engine) -> None:
        first = planned(ledger)
        settle(ledger, claimed(ledger), "submitted", proofs=PROOF + PROOF, **WHEN)
        advance(ledger, first, "delivered", proofs=PROOF, **WHEN)
        with reading(ledger) as connection:
            assert evidence.of_dispatch(connection, first) == list(PROOF)

    def test_a_stale_worker_is_refused_and_its_answer_kept(self, ledger: Engine) -> None:
        slow = unknown(ledger)
        resolve_unknown(ledger, slow.id, "planned", proofs=PROOF, **WHEN)
        fast = claimed(ledger)
        assert fast.token == slow.token + 1
        late = (Kept("answer", "accepted by the provider", "c" * 64, "application/json"),)
        with pytest.raises(StaleClaim, match="no longer held under token 1"):
            settle(ledger, slow, "submitted", partner_id="doc_1", proofs=late, **WHEN)
        assert row(ledger, slow.id).state == "submitting"
        assert open_tasks(ledger) == ["stale_answer"]
        with reading(ledger) as connection:
            assert late[0] in evidence.of_dispatch(connection, slow.id)

    def test_taken_twice_is_counted_and_told(self, ledger: Engine) -> None:
        slow = unknown(ledger)
        resolve_unknown(ledger, slow.id, "planned", proofs=PROOF, **WHEN)
        fast = claimed(ledger)
        settle(ledger, fast, "submitted", partner_id="doc_2", **WHEN)
        with pytest.raises(StaleClaim):
            settle(ledger, slow, "submitted", partner_id="doc_1", **WHEN)
        with reading(ledger) as connection:
            assert counts(connection)["twice"] == 1

    def test_a_partner_that_knows_our_key_answers_with_the_same_id_and_nothing_was_twice(self, ledger: Engine) -> None:
        slow = unknown(ledger)
        resolve_unknown(ledger, slow.id, "planned", proofs=PROOF, **WHEN)
        settle(ledger, claimed(ledger), "submitted", partner_id="doc_1", **WHEN)
        with pytest.raises(StaleClaim):
            settle(ledger, slow, "submitted", partner_id="doc_1", **WHEN)
        with reading(ledger) as connection:
            assert counts(connection)["twice"] == 0

    def test_a_late_answer_under_the_same_token_resolves_the_doubt(self, ledger: Engine) -> None:
        slow = unknown(ledger)
        settle(ledger, slow, "submitted", partner_id="doc_1", proofs=PROOF, **WHEN)
        assert row(ledger, slow.id).state == "submitted"

    def test_a_draft_is_remembered_only_by_who_holds_the_dispatch(self, ledger: Engine) -> None:
        slow = unknown(ledger)
        with pytest.raises(StaleClaim, match="do not send it"):
            remember_prepared(ledger, slow, "draft-1")
        resolve_unknown(ledger, slow.id, "planned", proofs=PROOF, **WHEN)
        remember_prepared(ledger, claimed(ledger), "draft-2")
        assert row(ledger, slow.id).prepared == "draft-2"


class TestDoubt:
    def test_a_worker_that_went_silent_leaves_an_unknown(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        with reading(ledger) as connection:
            assert [one.id for one in unknown_ones(connection)] == [mine.id]
        assert claim_next(ledger, now=NOW + timedelta(days=9), lease=LEASE) is None

    def test_a_lease_that_still_runs_is_left_alone(self, ledger: Engine) -> None:
        planned(ledger)
        claimed(ledger)
        assert expire_leases(ledger, NOW + LEASE) == []

    @pytest.mark.parametrize("verdict", ["submitted", "planned"])
    def test_without_proof_nothing_is_resolved(self, ledger: Engine, verdict: str) -> None:
        mine = unknown(ledger)
        with pytest.raises(ValueError, match="only with the partner's answer as proof"):
            resolve_unknown(ledger, mine.id, verdict, **WHEN)
        assert row(ledger, mine.id).state == "unknown"

    def test_proven_taken_it_goes_on_as_submitted(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        assert resolve_unknown(ledger, mine.id, "submitted", partner_id="doc_1", proofs=PROOF, **WHEN)
        assert (row(ledger, mine.id).state, row(ledger, mine.id).partner_id) == ("submitted", "doc_1")
        assert not resolve_unknown(ledger, mine.id, "planned", proofs=PROOF, **WHEN)

    def test_proven_not_taken_it_is_sent_again(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        resolve_unknown(ledger, mine.id, "planned", proofs=PROOF, **WHEN)
        assert claimed(ledger).id == mine.id

    def test_where_nobody_can_tell_a_person_decides_and_it_is_named(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        resolve_unknown(ledger, mine.id, "awaiting_person", reason="no mailbox keeps a copy", **WHEN)
        with reading(ledger) as connection:
            assert counts(connection)["awaiting_person"] == ["BE-A/notice/7/reminder/1"]
        assert open_tasks(ledger) == ["unknown"]

    def test_the_person_found_it_received(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        resolve_unknown(ledger, mine.id, "awaiting_person", **WHEN)
        with writing(ledger) as connection:
            assert decided_by_person(connection, mine.id, received=True, by="controller", **WHEN) is None
            assert counts(connection)["awaiting_person"] == []
        assert claim_next(ledger, now=NOW, lease=LEASE) is None

    def test_the_person_found_it_not_received_and_a_linked_copy_goes_out(self, ledger: Engine) -> None:
        mine = unknown(ledger)
        resolve_unknown(ledger, mine.id, "awaiting_person", **WHEN)
        with writing(ledger) as connection:
            copy = decided_by_person(connection, mine.id, received=False, by="controller", **WHEN)
        assert (claimed(ledger).id, row(ledger, mine.id).state) == (copy, "awaiting_person")
        assert row(ledger, copy or 0).occurrence == "reminder/1~2"

    def test_a_refusal_for_now_waits_and_leaves_its_proof(self, ledger: Engine) -> None:
        first = planned(ledger)
        later = NOW + timedelta(minutes=10)
        release_transient(ledger, claimed(ledger), not_before=later, reason="429", proofs=PROOF, **WHEN)
        assert claim_next(ledger, now=NOW, lease=LEASE) is None
        assert claimed(ledger, later).attempts == 2
        assert told(ledger, first)[2:4] == ["dispatch.unknown", "dispatch.planned"]
        with reading(ledger) as connection:
            assert evidence.of_dispatch(connection, first) == list(PROOF)

    def test_a_refusal_for_now_without_proof_is_no_refusal(self, ledger: Engine) -> None:
        planned(ledger)
        with pytest.raises(ValueError, match="only with proof"):
            release_transient(ledger, claimed(ledger), not_before=NOW, reason="?", proofs=(), **WHEN)


class TestLaterWord:
    def submitted(self, ledger: Engine) -> int:
        first = planned(ledger)
        settle(ledger, claimed(ledger), "submitted", partner_id="doc_1", **WHEN)
        return first

    def test_delivery_is_proven_on_its_day(self, ledger: Engine) -> None:
        first = self.submitted(ledger)
        tuesday = date(2026, 3, 3)
        assert advance(ledger, first, "delivered", proven=tuesday, on=tuesday, at=NOW)
        assert row(ledger, first).proven == tuesday

    def test_the_same_word_twice_is_said_once(self, ledger: Engine) -> None:
        first = self.submitted(ledger)
        assert advance(ledger, first, "delivered", **WHEN)
        assert not advance(ledger, first, "delivered", **WHEN)
        assert told(ledger, first).count("dispatch.delivered") == 1

    def test_a_bounce_after_delivery_is_for_a_person(self, ledger: Engine) -> None:
        first = self.submitted(ledger)
        advance(ledger, first, "delivered", **WHEN)
        assert not advance(ledger, first, "not_delivered", **WHEN)
        assert row(ledger, first).state == "delivered"
        assert open_tasks(ledger) == ["contradiction"]

    def test_what_may_still_go_out_is_not_planned_again(self, ledger: Engine) -> None:
        first = self.submitted(ledger)
        with writing(ledger) as connection, pytest.raises(Undeclared, match="may still go out"):
            plan_again(connection, first, by="controller", **WHEN)

    def test_copies_of_a_bounced_mail_are_numbered(self, ledger: Engine) -> None:
        first = self.submitted(ledger)
        advance(ledger, first, "not_delivered", **WHEN)
        with writing(ledger) as connection:
            second = plan_again(connection, first, by="controller", receiver="other@klant.example", **WHEN)
        settle(ledger, claimed(ledger), "not_delivered", **WHEN)
        with writing(ledger) as connection:
            third = plan_again(connection, second, by="controller", **WHEN)
        assert [row(ledger, one).occurrence for one in (second, third)] == ["reminder/1~2", "reminder/1~3"]
        assert row(ledger, third).receiver == "other@klant.example"


def test_the_report_counts_every_state(ledger: Engine) -> None:
    for n in range(3):
        planned(ledger, occurrence=f"reminder/{n}")
    settle(ledger, claimed(ledger), "delivered", **WHEN)
    claimed(ledger)
    with reading(ledger) as connection:
        found = counts(connection)
    assert (found["delivered"], found["twice"], found["unfinished"], found["awaiting_person"]) == (1, 0, 2, [])
    assert found["states"]["submitting"] == 1
    assert set(found["states"]) == set(DispatchState)
