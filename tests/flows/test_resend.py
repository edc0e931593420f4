"""Sending a document again that did not arrive: once, to the right address, by a person's word, and never twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.ports import Answer as PartnerAnswer
from connectors.ports import Finding, Found, Proof, Submission
from connectors.sandbox import answer as invoice_response
from connectors.sandbox.faults import Fault
from connectors.sandbox.network import Participant
from flows.channels import AccessPoint, MailServer
from flows.cli import run
from flows.console import FINE, NO, UNUSABLE
from flows.resend import NotSentAgain, Wish, resend
from flows.tasks import Said, WrongOutcome, answer, listed
from receivables.ledger import dispatch, evidence, tables
from receivables.ledger.database import writing
from receivables.ledger.evidence import Kept
from receivables.ledger.mail_reports import note_complaint
from tests.connectors.exports import BUSINESS, CONSUMER, document
from tests.flows.house import ZUID, House
from ubl.read import read

BuildHouse = Callable[..., House]
JAN, NEW = "jan@peeters.example", "jan@nieuw.example"
NADIA = {"by": "Nadia Willems", "reason": "spelt over the telephone"}


def again(house: House, **wish: Any) -> Any:
    return resend(house.workspace, "2026-7", Wish(**wish), house.today)


@pytest.fixture
def bounced(build_house: BuildHouse) -> House:
    """A consumer's invoice came back."""
    house = build_house(bouncing=[JAN])
    house.take_in(document(customer="C-2"))
    house.send()
    house.send()
    assert house.dispatch().state == "not_delivered"
    return house


class TestWhatCameBack:
    def test_it_goes_out_once_to_the_address_given_and_the_task_is_closed(self, bounced: House) -> None:
        (task,) = listed(bounced.workspace, "undelivered")
        assert "Then: voldaan resend 2026-7" in task.text
        done = again(bounced, to=NEW, **NADIA)
        assert (done.state, done.occurrence, done.channel, done.receiver) == ("not_delivered", "1~2", "email", NEW)
        assert done.tasks == 1 and listed(bounced.workspace, "undelivered") == []
        for _ in range(3):
            bounced.send()
        first, second = bounced.dispatches()
        assert (first.state, second.state, second.receiver) == ("not_delivered", "delivered", NEW)
        assert second.content != first.content and second.details["message_id"] != first.details["message_id"]
        assert len(bounced.received_by("mail")) == 2, "the one that came back, and the one that arrived"
        assert listed(bounced.workspace, "undelivered") == []
        bounced.assert_each_once()

    def test_the_reminders_go_on_where_it_arrived(self, bounced: House) -> None:
        again(bounced, to=NEW)
        bounced.play_to(date(2026, 2, 20))
        (row,) = bounced.rows(tables.invoices)
        assert row.received == date(2026, 1, 6)
        assert bounced.rows(tables.reasons)[0].reason != "not_delivered"

    def test_who_and_why_are_kept_as_evidence_and_no_name_is_in_the_journal(self, bounced: House) -> None:
        again(bounced, to=NEW, **NADIA)
        copy = bounced.dispatches()[-1]
        (said,) = [json.loads(content) for level, content in bounced.evidence(copy) if level.startswith("a person's")]
        assert (said["by"], said["reason"], said["send_before"]) == (
            *NADIA.values(),
            {"occurrence": "1", "state": "not_delivered"},
        )
        (entry,) = bounced.journal("dispatch.planned_again")
        assert entry.facts["copy"] == copy.id
        everything = json.dumps([row.facts for row in bounced.rows(tables.journal)])
        assert "Nadia" not in everything and NEW not in everything

    def test_no_task_asks_for_what_was_done_already(self, build_house: BuildHouse) -> None:
        """Sent again between the word that it came back and the pass that would ask a person."""
        house = build_house(bouncing=[JAN])
        house.take_in(document(customer="C-2"))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("flows.deliver.catch_up", lambda *_: None)
            house.send()
            house.send()
        again(house, to=NEW)
        house.send()
        assert house.dispatches()[0].state == "not_delivered" and house.tasks("undelivered") == []

    def test_to_the_same_address_only_where_a_person_names_it(self, bounced: House) -> None:
        with pytest.raises(NotSentAgain, match=f"it came back from {JAN}"):
            again(bounced)
        assert len(bounced.dispatches()) == 1
        assert again(bounced, to=JAN).receiver == JAN

    def test_it_may_go_by_post_in_its_place(self, bounced: House) -> None:
        assert again(bounced, channel="post").channel == "post"
        bounced.send()
        assert [one.state for one in bounced.dispatches()] == ["not_delivered", "submitted"]
        assert len(listed(bounced.workspace, "post")) == 1

    def test_a_letter_that_was_not_posted_goes_by_mail(self, house: House) -> None:
        house.take_in(document(customer="C-2"), customers=[{**CONSUMER, "preference": "post"}])
        house.send()
        (task,) = listed(house.workspace, "post")
        answer(house.workspace, task.id, Said(outcome="not_posted", by="Nadia"), house.today)
        house.send()
        assert again(house, channel="email").receiver == JAN
        house.send()
        assert [one.state for one in house.dispatches()] == ["not_delivered", "delivered"]

    def test_nothing_is_mailed_to_who_complained(self, bounced: House) -> None:
        proof = Kept("mail_report", "complained", bounced.workspace.store.put(b"ARF"), "text/plain")
        with writing(bounced.workspace.engine) as connection:
            note_complaint(connection, bounced.dispatch().id, proof, on=bounced.today, at=bounced.clock())
        with pytest.raises(NotSentAgain, match="complained of an earlier mail"):
            again(bounced, to=JAN)


class TestNeverTwice:
    def test_the_same_command_again_is_refused(self, bounced: House) -> None:
        again(bounced, to=NEW)
        for state in ("planned", "delivered by e-mail"):
            with pytest.raises(NotSentAgain, match=state):
                again(bounced)
            bounced.send()
            bounced.send()
        assert len(bounced.dispatches()) == 2

    def test_two_at_the_same_moment_plan_one(self, bounced: House) -> None:
        with ThreadPoolExecutor(4) as pool:
            assert {one.occurrence for one in pool.map(lambda _: again(bounced, to=NEW), range(4))} == {"1~2"}
        assert len(bounced.dispatches()) == 2 and len(bounced.journal("dispatch.planned_again")) == 1

    def test_what_was_delivered_is_refused(self, house: House) -> None:
        house.take_in(document())
        house.send()
        house.send()
        with pytest.raises(NotSentAgain, match="was delivered by Peppol on 2026-01-05 and is not sent twice"):
            again(house, to="other@zuid.example", **NADIA)
        assert len(house.dispatches()) == 1

    def test_what_is_under_way_is_refused(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[Participant(id=ZUID, never=True)])
        house.take_in(document())
        house.send()
        with pytest.raises(NotSentAgain, match="was taken by Peppol on 2026-01-05 and its delivery is not settled"):
            again(house, to="other@zuid.example", **NADIA)

    def test_what_nobody_knows_yet_is_refused(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind="drop", call="/send")])
        house.take_in(document())
        house.send()
        with pytest.raises(NotSentAgain, match="is not known yet"):
            again(house, **NADIA)

    def test_word_that_it_arrived_after_all_stops_the_new_one(self, bounced: House) -> None:
        first = bounced.dispatch()
        proof = Proof(kind="mail_report", level="delivered, by the word of a mail server", content=b"late")
        again(bounced, to=NEW)
        dispatch.advance(
            bounced.workspace.engine,
            first.id,
            "delivered",
            on=bounced.today,
            at=bounced.clock(),
            proofs=evidence.keep(bounced.workspace.store, [proof]),
        )
        bounced.send()
        second = bounced.dispatches()[-1]
        assert second.state == "withdrawn" and "says that it was delivered" in (second.reason or "")
        with pytest.raises(NotSentAgain, match="may have arrived"):
            again(bounced, to=NEW, **NADIA)
        (task,) = listed(bounced.workspace, "contradiction")
        answer(bounced.workspace, task.id, Said(outcome="done", by="Nadia"), bounced.today)
        assert again(bounced, to=NEW, **NADIA).occurrence == "1~3"

    def test_a_lost_answer_is_not_found_under_the_send_before(
        self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A partner that lists by number shows the first, which did not arrive: that is no answer about the second."""
        house = build_house(participants=[Participant(id=ZUID, fails_after=0)])
        house.take_in(document())
        house.play_to(date(2026, 1, 6))
        first = house.dispatch()
        assert first.state in ("not_delivered", "rejected")
        again(house)

        def shows_the_first(*_: object) -> Finding:
            proof = Proof(kind="peppol_state", level="in its list", content=b"{}")
            shown = Submission(answer=PartnerAnswer.SUBMITTED, partner_id=first.partner_id, proofs=(proof,))
            return Finding(found=Found.TAKEN, submission=shown)

        def lost(*_: object) -> Submission:
            return Submission(answer=PartnerAnswer.UNKNOWN, reason="no answer")

        monkeypatch.setattr(AccessPoint, "submit", lost)
        monkeypatch.setattr(AccessPoint, "find", shows_the_first)
        house.send()
        house.clock.later = timedelta(minutes=10)
        house.send()
        second = house.dispatches()[-1]
        assert (second.occurrence, second.state) == ("1~2", "awaiting_person")
        assert "the send before this one" in (second.reason or "")


class TestWhatNobodyCanProve:
    @pytest.fixture
    def in_doubt(self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch) -> House:
        house = build_house(faults=[Fault(partner="access_point", kind="drop", call="/send")])
        house.take_in(document())
        with monkeypatch.context() as patched:
            patched.setattr(AccessPoint, "find", lambda *_: Finding(found=Found.CANNOT_TELL))
            house.send()
            house.clock.later = timedelta(minutes=10)
            house.send()
        assert house.dispatch().state == "awaiting_person"
        return house

    def test_a_person_says_so_by_name_and_reason(self, in_doubt: House) -> None:
        (task,) = listed(in_doubt.workspace, "unknown")
        assert "voldaan resend 2026-7 --by NAME --reason WHY" in task.text
        for wish in ({}, {"by": "Nadia"}, {"reason": "they have nothing"}):
            with pytest.raises(NotSentAgain, match="ask the receiver"):
                again(in_doubt, **wish)
        assert again(in_doubt, by="Nadia", reason="they have nothing").state == "awaiting_person"
        assert listed(in_doubt.workspace, "unknown") == []
        assert in_doubt.journal("dispatch.decided")[0].facts["received"] is False
        in_doubt.send()
        in_doubt.send()
        assert in_doubt.dispatches()[-1].state == "delivered"

    def test_the_receiver_has_it_so_the_ladder_goes_on_and_it_is_not_sent_again(self, in_doubt: House) -> None:
        in_doubt.play_to(date(2026, 2, 13))
        assert in_doubt.rows(tables.reasons)[0].reason == "not_delivered" and in_doubt.notices() == []
        (task,) = listed(in_doubt.workspace, "unknown")
        with pytest.raises(WrongOutcome, match="received, done"):
            answer(in_doubt.workspace, task.id, Said(outcome="approved", by="Nadia"), in_doubt.today)
        answer(in_doubt.workspace, task.id, Said(outcome="received", by="Nadia"), in_doubt.today)
        assert in_doubt.journal("dispatch.decided")[0].facts["received"] is True
        with pytest.raises(NotSentAgain, match="a person noted that the receiver has it"):
            again(in_doubt, **NADIA)
        in_doubt.play_to(date(2026, 3, 6))
        assert [step for step, _, _ in in_doubt.notices()][:1] == ["reminder"]
        assert in_doubt.rows(tables.invoices)[0].received is None, "no day of receipt is proven by that"
        assert len(in_doubt.dispatches("invoice")) == 1

    def test_a_letter_that_the_receiver_has_counts_from_the_day_it_was_said(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The law's fourteen days of a Belgian consumer begin then, not on the day of a send that nobody can prove."""
        house.take_in(document(customer="C-2"))
        house.send()
        house.send()
        house.go_to(date(2026, 2, 9))
        house.follow_up()
        with monkeypatch.context() as patched:
            patched.setattr(MailServer, "submit", lambda *_: Submission(answer=PartnerAnswer.UNKNOWN, reason="lost"))
            patched.setattr(MailServer, "find", lambda *_: Finding(found=Found.CANNOT_TELL))
            house.send()
            house.clock.later = timedelta(minutes=10)
            house.send()
        assert house.dispatch("notice").state == "awaiting_person"
        house.play_to(date(2026, 2, 18))
        (task,) = listed(house.workspace, "unknown")
        answer(house.workspace, task.id, Said(outcome="received", by="Nadia"), house.today)
        house.play_to(date(2026, 3, 4))
        assert [step for step, _, _ in house.notices()] == ["book_xix_notice"]
        house.play_to(date(2026, 3, 9))
        assert [step for step, _, _ in house.notices()] == ["book_xix_notice", "notice_of_default"]


class TestByPeppol:
    @pytest.fixture
    def failed(self, build_house: BuildHouse) -> House:
        """The buyer moved: its old address fails, the new one works."""
        house = build_house(participants=[Participant(id=ZUID, fails_after=0), Participant(id="0088:5412345000013")])
        house.take_in(document())
        house.play_to(date(2026, 1, 6))
        assert house.dispatch().state in ("not_delivered", "rejected")
        return house

    def test_to_another_participant_the_document_bears_that_address_and_is_else_the_same(self, failed: House) -> None:
        done = again(failed, to="0088:5412345000013", **NADIA)
        assert done.receiver == "0088:5412345000013" and done.follows.startswith("goes by Peppol to 0088:5412345000013")
        failed.send()
        failed.send()
        first, second = failed.dispatches()
        assert (second.channel, second.receiver, second.state) == ("peppol", "0088:5412345000013", "delivered")
        before, after = (read(failed.workspace.store.get(one.content)) for one in (first, second))
        assert str(after.buyer.endpoint) == second.receiver and str(before.buyer.endpoint) == ZUID
        assert (after.number, after.lines, after.payment) == (before.number, before.lines, before.payment)
        assert len(failed.received_by("access_point")) == 2, "the one that failed, and the one that arrived"

    def test_not_where_the_buyer_has_answered_it(self, failed: House) -> None:
        """Whatever the access point says: the buyer has the document."""
        ours = "0208:0901234522"
        content = invoice_response("2026-7", "UQ", sender=ZUID, receiver=ours, issued=failed.today)
        failed.sandbox.arrive("access_point", content, sender=ZUID, receiver=ours)
        failed.send()
        with pytest.raises(NotSentAgain, match="the buyer has answered it"):
            again(failed, **NADIA)

    def test_where_the_law_wants_peppol_another_way_is_the_second_one(self, failed: House) -> None:
        done = again(failed, channel="email")
        assert done.channel == "to_route" and "by e-mail only where the network says" in done.follows

    def test_an_address_of_another_kind_is_refused(self, failed: House, capsys: pytest.CaptureFixture[str]) -> None:
        root = ["--root", str(failed.root)]
        assert run(["resend", "2026-7", "--to", "nobody", *root]) == UNUSABLE
        assert run(["resend", "2026-7", "--to", "a@b.example", "--channel", "peppol", *root]) == UNUSABLE
        assert run(["resend", "2026-99", *root]) == UNUSABLE
        told = capsys.readouterr().err
        assert "nobody is neither" in told and "is no address for Peppol" in told and "no invoice 2026-99" in told
        assert len(failed.dispatches()) == 1


class TestWhatHasNotLeft:
    def test_it_takes_another_way_under_its_own_key(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[])
        abroad = {
            **BUSINESS,
            "preference": "peppol",
            "address": {"street": "Plein 2", "postal_code": "3511 AB", "city": "Utrecht", "country": "NL"},
            "registration_number": "99887766",
            "vat_number": None,
        }
        house.take_in(document(), customers=[abroad])
        house.send()
        assert len(listed(house.workspace, "unreachable")) == 1
        with pytest.raises(NotSentAgain, match="has not left"):
            again(house)
        assert again(house, channel="email", **NADIA).channel == "email"
        house.send()
        house.send()
        assert (house.dispatch().occurrence, house.dispatch().state) == ("1", "delivered")
        assert listed(house.workspace, "unreachable") == []


def test_the_command_answers_in_both_forms(bounced: House, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["resend", "2026-7", "--to", NEW, "--by", "Nadia", "--root", str(bounced.root)]
    assert run([*words, "--format", "json"]) == FINE
    told = json.loads(capsys.readouterr().out)
    assert (told["number"], told["channel"], told["receiver"], told["tasks"]) == ("2026-7", "email", NEW, 1)
    assert run([*words[:2], *words[-2:], "--format", "json"]) == NO
    captured = capsys.readouterr()
    assert "has not left" in json.loads(captured.out)["problem"] and captured.err == ""
    bounced.send()
    bounced.send()
    assert run(words) == NO
    captured = capsys.readouterr()
    assert captured.out == "" and "was delivered by e-mail" in captured.err


def test_what_the_customer_issued_itself_was_never_to_be_sent(house: House) -> None:
    house.take_in(document(kind="self_billed_invoice"))
    with pytest.raises(NotSentAgain, match="the customer issued it itself"):
        again(house)
