"""Handing over: a person decides with a code for this very dossier, the agency gets it once, its money is booked."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sandbox.faults import Fault
from flows import hand_over
from flows.deciding import page
from flows.deliver import GRACE, LEASE
from flows.demo_settings import SECRETS
from flows.hand_over import Decided
from flows.insolvency import keep_looks
from receivables.approval import MOST_ATTEMPTS, Signature, one_time_code
from receivables.claims import HoldKind
from receivables.dossier import verify
from receivables.insolvency import Look
from receivables.ledger import approvals, tables
from receivables.ledger.approvals import Approval
from receivables.ledger.database import reading
from tests.connectors.exports import document
from tests.flows.house import APPROVER, House, opened

BuildHouse = Callable[..., House]
ASKED = date(2026, 4, 1)  # the day on which the last step's wait is over


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None) -> Path:
    """A house in which one invoice of 242.00 has gone up the whole ladder and its hand-over waits; kept to copy."""
    root = tmp_path_factory.mktemp("played")
    (root / "ledger.db").write_bytes(blank_ledger)
    with opened(root) as house:
        house.take_in(document(due="2026-02-02"))
        house.play_day()
        house.go_to(date(2026, 2, 6))
        house.play_to(ASKED)
        assert len(house.rows(tables.approvals)) == 1
        house.workspace.engine.dispose()
    return root


@pytest.fixture
def build(tmp_path: Path, played: Path) -> Iterator[BuildHouse]:
    """The house where a hand-over waits; the arguments are the sandbox's."""
    shutil.copytree(played, tmp_path / "house")
    with ExitStack() as stack:
        yield lambda **sandbox: stack.enter_context(opened(tmp_path / "house", on=ASKED, **sandbox))


@pytest.fixture
def waiting(build: BuildHouse) -> House:
    return build()


def request(house: House, number: int = 1) -> Approval:
    with reading(house.workspace.engine) as connection:
        return approvals.approval(connection, number)


def code(asked: Approval, *, shown: str | None = None) -> str:
    """The code in the mail to the approver."""
    return one_time_code(SECRETS["VOLDAAN_SANDBOX_APPROVER"], APPROVER, asked.key, shown or asked.shown)


def sign(house: House, decision: str = "approve", number: int = 1, **changes: str) -> Decided:
    asked = request(house, number)
    given = {"approver": APPROVER, "code": code(asked), "reason": "no answer to three letters", **changes}
    signature = Signature(decision=decision, **given)  # type: ignore[arg-type]
    return hand_over.decide(house.workspace, asked.id, signature, house.today)


def handovers(house: House) -> list[tuple[str, int]]:
    return [(row.state, row.collected) for row in house.rows(tables.handovers)]


class TestAsking:
    def test_the_approver_gets_the_code_by_mail_and_nobody_else_sees_it(self, waiting: House) -> None:
        message, *reminders = waiting.dispatches("approval")
        assert [one.occurrence for one in reminders] == ["Nadia-Willems-1", "Nadia-Willems-2"], "one a week"
        assert message.state == "delivered" and message.receiver == "nadia.willems@approvers.example"
        mails = [mail.read_bytes() for mail in (waiting.root / "mail").glob("*nadia*")]
        assert len(mails) == 3 and all(code(request(waiting)).encode() in mail for mail in mails)
        journal = " ".join(str(row.facts) for row in waiting.rows(tables.journal))
        assert code(request(waiting)) not in journal
        assert waiting.received_by("agency") == []

    def test_without_a_decision_nothing_happens_for_weeks(self, waiting: House) -> None:
        for weeks in (1, 2, 3):
            waiting.go_to(ASKED + timedelta(weeks=weeks))
            waiting.play_day()
        assert len(waiting.rows(tables.approvals)) == 1
        assert len(waiting.dispatches("approval")) == 3 + 3, "only reminders to decide"
        assert waiting.received_by("agency") == []

    def test_the_dossier_can_be_checked_without_us(self, waiting: House) -> None:
        archive = waiting.workspace.store.get(request(waiting).content)
        assert verify(archive).ok
        with zipfile.ZipFile(io.BytesIO(archive)) as opened_zip:
            names = set(opened_zip.namelist())
        assert {"claim.json", "invoices.csv", "README.txt", "SHA256SUMS", "invoices/2026-7.xml"} <= names
        assert len([name for name in names if name.startswith("notices/")]) == 3


class TestDeciding:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"code": "00000000"}, "the code does not belong to this approver and this dossier"),
            ({"code": ""}, "the code does not belong"),
            ({"approver": "Piet"}, "nobody of that name may approve"),
        ],
    )
    def test_a_wrong_signature_decides_nothing_and_is_counted(
        self, waiting: House, changes: dict[str, str], sentence: str
    ) -> None:
        decided = sign(waiting, **changes)
        assert decided.state == "pending" and sentence in decided.sentence
        assert (request(waiting).state, request(waiting).attempts) == ("pending", 1)
        waiting.play_day()
        assert handovers(waiting) == [] and waiting.received_by("agency") == []
        assert len(waiting.journal("approval.wrong_code")) == 1

    def test_the_code_of_another_dossier_decides_nothing(self, waiting: House) -> None:
        """The code is bound to the hash of what was shown: a changed dossier has another."""
        asked = request(waiting)
        other = "0" * 64
        assert sign(waiting, code=code(asked, shown=other)).state == "pending"
        assert handovers(waiting) == []

    def test_after_five_wrong_codes_the_request_is_closed_and_asked_again(self, waiting: House) -> None:
        for _ in range(MOST_ATTEMPTS):
            sign(waiting, code="00000000")
        assert request(waiting).state == "void"
        assert sign(waiting).state != "approved", "even the right code comes too late"
        waiting.go_to(ASKED + timedelta(days=14))
        waiting.play_day()
        assert request(waiting, 2).state == "pending"
        assert code(request(waiting, 2)) != code(request(waiting))

    def test_a_named_approver_with_the_right_code_approves(self, waiting: House) -> None:
        assert sign(waiting) == Decided("approved")
        (row,) = waiting.rows(tables.approvals)
        assert (row.approver, row.role, row.decided) == (APPROVER, "credit controller", waiting.clock())
        assert handovers(waiting) == [("prepared", 0)]

    def test_decided_once_the_code_is_worth_nothing(self, waiting: House) -> None:
        sign(waiting)
        again = sign(waiting, "refuse")
        assert again.state == "approved" and "decided before" in again.sentence
        assert handovers(waiting) == [("prepared", 0)]

    def test_a_refusal_needs_a_reason(self, waiting: House) -> None:
        decided = sign(waiting, "refuse", reason=" ")
        assert decided.state == "pending" and "needs a reason" in decided.sentence

    def test_refused_the_claim_is_held_with_the_reason_and_nothing_is_sent(self, waiting: House) -> None:
        assert sign(waiting, "refuse", reason="a good customer; I call myself") == Decided("refused")
        waiting.go_to(ASKED + timedelta(days=20))
        waiting.play_day()
        (reason,) = waiting.rows(tables.reasons)
        assert reason.reason == "hold_manual" and "a good customer; I call myself" in reason.text
        assert waiting.received_by("agency") == [] and len(waiting.rows(tables.approvals)) == 1


class TestSending:
    def test_approved_the_agency_gets_exactly_what_was_shown_once(self, waiting: House) -> None:
        sign(waiting)
        for _ in range(3):
            waiting.play_day()
        assert len(waiting.received_by("agency")) == 1
        (received,) = (waiting.root / "partners" / "agency").glob("*.zip")
        assert received.read_bytes() == waiting.workspace.store.get(request(waiting).content)
        assert waiting.story().outcome == "handed_over" and waiting.story().steps[-1].step == "handover"
        (reason,) = waiting.rows(tables.reasons)
        assert reason.reason == "handed_over"
        waiting.assert_each_once()

    def test_a_claim_whose_principal_was_paid_since_the_decision_stays_home(self, waiting: House) -> None:
        """What interest grew since the last letter is open still; an agency is not asked for that."""
        sign(waiting)
        waiting.go_to(ASKED + timedelta(days=1))
        waiting.pay("1000.00", reference=waiting.rows(tables.payment_requests)[-1].reference)
        waiting.play_day()
        assert "principal" not in waiting.open()
        assert waiting.dispatch("handover").state == "withdrawn"
        assert waiting.received_by("agency") == []
        assert handovers(waiting) == [("withdrawn", 0)]
        assert waiting.story().outcome == "paid_after_reminder"

    def test_a_part_payment_since_the_decision_keeps_the_old_dossier_home_and_it_is_asked_again(
        self, waiting: House
    ) -> None:
        sign(waiting)
        waiting.go_to(ASKED + timedelta(days=1))
        waiting.pay("100.00", reference=waiting.rows(tables.payment_requests)[-1].reference)
        waiting.play_day()
        assert waiting.dispatch("handover").state == "withdrawn"
        assert waiting.received_by("agency") == []
        waiting.go_to(ASKED + timedelta(days=2))
        waiting.play_day()
        again = request(waiting, 2)
        assert again.state == "pending" and again.shown != request(waiting).shown
        assert again.details["open"] < request(waiting).details["open"]

    def test_a_part_payment_before_the_decision_takes_the_request_back(self, waiting: House) -> None:
        waiting.go_to(ASKED + timedelta(days=1))
        waiting.pay("100.00", reference=waiting.rows(tables.payment_requests)[-1].reference)
        waiting.read_statements()
        decided = sign(waiting)
        assert decided.state == "void" and "no longer what you were shown" in decided.sentence
        assert handovers(waiting) == []

    def test_an_insolvency_before_the_decision_takes_the_request_back_for_good(self, waiting: House) -> None:
        waiting.go_to(ASKED + timedelta(days=1))
        keep_looks(waiting.workspace, [Look("C-1", waiting.today, True, "RegSol 2026/114")], APPROVER)
        asked = request(waiting)
        assert (asked.state, asked.reason) == ("void", "the customer is insolvent")
        assert [row.facts["why"] for row in waiting.journal("approval.void")] == ["the customer is insolvent"]
        assert "the customer is insolvent" in page(waiting.workspace, asked.id)
        decided = sign(waiting)
        assert not decided.taken and handovers(waiting) == []
        mails = len(waiting.dispatches("approval"))
        for weeks in (1, 3):
            waiting.go_to(ASKED + timedelta(weeks=weeks))
            waiting.play_day()
        assert len(waiting.rows(tables.approvals)) == 1 and len(waiting.dispatches("approval")) == mails
        assert waiting.received_by("agency") == []

    def test_a_claim_that_is_held_as_insolvent_decides_nothing(self, waiting: House) -> None:
        """Also where the hold came another way than by a look."""
        waiting.hold("2026-7", HoldKind.INSOLVENCY, date(2027, 1, 1))
        decided = sign(waiting)
        assert decided.state == "void" and "insolvent" in decided.sentence and handovers(waiting) == []

    @pytest.mark.parametrize("kind", ["drop", "garbage", "error", "too_many"])
    def test_an_answer_of_the_agency_that_is_lost_is_asked_for(self, build: BuildHouse, kind: str) -> None:
        fault = Fault(partner="agency", kind=kind, call="POST /claims")  # type: ignore[arg-type]
        house = build(faults=[fault])
        sign(house)
        for _ in range(4):
            house.play_day()
            house.clock.later += timedelta(hours=1)
        assert len(house.received_by("agency")) == 1
        assert house.dispatch("handover").state in ("submitted", "delivered")
        house.assert_each_once()

    def test_a_crash_between_the_decision_and_its_planning_loses_nothing(
        self, waiting: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(*_: object, **__: object) -> None:
            raise Killed

        with monkeypatch.context() as struck:
            struck.setattr("flows.hand_over.plan_handovers", die)
            with pytest.raises(Killed):
                sign(waiting)
        assert request(waiting).state == "approved" and waiting.dispatches("handover") == []
        waiting.play_day()
        waiting.play_day()
        assert len(waiting.received_by("agency")) == 1
        waiting.assert_each_once()

    @pytest.mark.parametrize("boundary", ["dispatch.settle", "perform"])
    def test_a_crash_while_sending_sends_once(
        self, waiting: House, boundary: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(*_: object, **__: object) -> None:
            raise Killed

        sign(waiting)
        with monkeypatch.context() as struck:
            struck.setattr(f"flows.deliver.{boundary}", die)
            with pytest.raises(Killed):
                waiting.send()
        waiting.clock.later = LEASE + timedelta(minutes=1)
        waiting.play_day()
        waiting.clock.later += GRACE
        waiting.play_day()
        assert len(waiting.received_by("agency")) == 1
        waiting.assert_each_once()


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a SIGKILL."""


class TestCollecting:
    def test_what_the_agency_says_is_followed_and_its_money_booked_once(self, build: BuildHouse) -> None:
        house = build(collections={"C-1": [(10, Decimal("0.40")), (20, Decimal("0.60"))]})
        sign(house)
        house.play_day()
        states = []
        for days in (1, 2, 10, 20, 20):
            house.go_to(ASKED + timedelta(days=days))
            house.play_day()
            states.append(handovers(house)[0][0])
        assert states == ["accepted", "active", "paid_partly", "paid", "paid"]
        demanded = house.rows(tables.handovers)[0].demanded
        assert handovers(house) == [("paid", demanded)]
        assert house.open() == {} and house.story().outcome == "collected"
        booked = [row.amount for row in house.rows(tables.allocations) if row.source == "collected"]
        assert sum(booked) == demanded
        house.assert_each_once()

    def test_costs_and_interest_are_paid_before_principal(self, build: BuildHouse) -> None:
        """art. 5.210 BW"""
        house = build(collections={"C-1": [(1, Decimal("0.30"))]})
        before = house.open()
        sign(house)
        house.play_day()
        house.go_to(ASKED + timedelta(days=1))
        house.play_day()
        collected = handovers(house)[0][1]
        accessories = sum(amount for kind, amount in before.items() if kind != "principal")
        assert collected > accessories
        assert house.open() == {"principal": 242_00 - (collected - accessories)}

    def test_an_agency_that_does_not_answer_is_asked_again(self, build: BuildHouse) -> None:
        house = build(faults=[Fault(partner="agency", kind="error", call="GET /claims/", last=6)])
        sign(house)
        house.play_day()
        house.go_to(ASKED + timedelta(days=1))
        for _ in range(6):
            house.play_day()
        assert handovers(house)[0][0] == "accepted"

    def test_a_claim_that_the_agency_turns_down_is_ours_again(self, build: BuildHouse) -> None:
        house = build(rejecting=["C-1"])
        sign(house)
        house.play_day()
        house.go_to(ASKED + timedelta(days=1))
        house.play_day()
        assert handovers(house) == [("rejected", 0)]
        assert house.story().outcome == "open"

    def test_a_claim_that_was_turned_down_can_be_handed_over_once_more(self, build: BuildHouse) -> None:
        house = build(rejecting=["C-1"])
        sign(house)
        house.play_day()
        for days in (1, 14):
            house.go_to(ASKED + timedelta(days=days))
            house.play_day()
        assert request(house, 2).state == "pending"
        assert sign(house, number=2) == Decided("approved")
        house.play_day()
        assert [state for state, _ in handovers(house)] == ["rejected", "handed_over"]
        assert len(house.received_by("agency")) == 2
        house.assert_each_once()


def test_without_an_agency_that_may_take_it_a_person_is_told(build: BuildHouse) -> None:
    """The seller names none: no request is put before anybody."""
    house = build()
    settings = house.workspace.settings
    bare = settings.model_copy(
        update={"sellers": tuple(s.model_copy(update={"agency": None}) for s in settings.sellers)}
    )
    object.__setattr__(house.workspace, "settings", bare)
    for _ in range(MOST_ATTEMPTS):
        sign(house, code="00000000")
    house.go_to(ASKED + timedelta(days=14))
    house.play_day()
    assert len(house.rows(tables.approvals)) == 1
    (task,) = house.tasks("no_agency")
    assert "Zuid BV" in task
