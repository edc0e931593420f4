"""What the buyer answers over the network: a refusal stops the ladder the same day, and nobody else can say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.sandbox import Participant, Says, answer
from flows import answers
from flows.answers import hear
from flows.cli import run
from flows.explain import explain
from receivables.ledger import tables
from receivables.ledger.answers import Verdict
from tests.connectors.exports import document, line
from tests.flows.house import MONDAY, ZUID, After, House

BuildHouse = Callable[..., House]
Captured = pytest.CaptureFixture[str]
OURS = "0208:0901234522"
DUE = date(2026, 1, 19)
REMINDED = date(2026, 1, 26)  # the reminder is due on Saturday the 24th


def said(house: House, code: str = "RE", **more: Any) -> bytes:
    about = more.pop("about", "2026-7")
    given = {"sender": ZUID, "receiver": OURS, "issued": house.today, **more}
    return answer(about, code, **given)


def arrive(house: House, code: str = "RE", **more: Any) -> bytes:
    """The network brings the answer; the house hears it in its next pass."""
    content = said(house, code, **more)
    house.sandbox.arrive("access_point", content, sender=more.get("sender", ZUID), receiver=OURS)
    return content


def verdicts(house: House) -> list[str]:
    return [row.verdict for row in house.rows(tables.answers)]


@pytest.fixture
def sent(after: After) -> House:
    return after(send)


def send(house: House) -> None:
    """One invoice of 242.00, delivered by Peppol, due on the 19th."""
    house.take_in(document(due=DUE.isoformat()))
    house.send()
    assert house.dispatch().state == "delivered"


class TestARefusal:
    def test_it_stops_the_ladder_the_same_day(self, sent: House) -> None:
        sent.go_to(REMINDED)
        arrive(sent, "RE", reasons=["QUA"], actions=["CNP"], words="Two boxes were wet")
        sent.play_day()
        assert sent.notices() == [], "due today, and refused today"
        (hold,) = sent.rows(tables.holds)
        assert (hold.kind, hold.since, hold.until) == ("dispute", REMINDED, REMINDED + timedelta(days=30))
        assert hold.owner == sent.workspace.settings.seller("be").reply_to
        assert hold.details["code"] == "quality" and "Two boxes were wet" in hold.reason
        (task,) = sent.tasks("dispute")
        assert "disputes 2026-7" in task and "have the goods or the work looked at" in task
        (reason,) = sent.rows(tables.reasons)
        assert "dispute" in reason.reason
        told = explain(sent.workspace, "2026-7", on=REMINDED)
        assert any("answered by the buyer: refused (RE)" in text for _, text in told.events)
        assert "dispute" in told.next

    def test_without_it_the_reminder_goes_out(self, sent: House) -> None:
        sent.go_to(REMINDED)
        sent.play_day()
        assert [step for step, _, _ in sent.notices()] == ["reminder"]

    def test_between_the_decision_and_the_sending_it_withdraws_the_reminder(self, sent: House) -> None:
        sent.go_to(REMINDED)
        sent.follow_up()
        assert [state for _, _, state in sent.notices()] == ["planned"]
        arrive(sent, "UQ", reasons=["REF"])
        sent.send()
        assert [state for _, _, state in sent.notices()] == ["withdrawn"]

    @pytest.mark.parametrize("code", ["UQ", "CA", "RE"])
    def test_it_is_kept_as_evidence_that_says_what_it_proves(self, sent: House, code: str) -> None:
        content = arrive(sent, code, reasons=["PRI"])
        sent.send()
        assert ("answered by the buyer", content) in sent.evidence(sent.dispatch())
        (entry,) = sent.journal("answer.acted")
        assert entry.facts["code"] == code and entry.facts["reasons"] == ["PRI"]
        assert [row.outcome for row in sent.rows(tables.holds)] == [None]

    def test_the_buyer_of_the_sandbox_can_say_it_by_itself(self, build_house: BuildHouse) -> None:
        says = Says(code="RE", after=2, reasons=("DEL",), words="Nothing came")
        house = build_house(participants=[Participant(id=ZUID, answers=(says,))])
        house.take_in(document())
        house.play_to(date(2026, 1, 6))
        assert house.rows(tables.holds) == []
        house.play_to(date(2026, 1, 9))
        (hold,) = house.rows(tables.holds)
        assert (hold.since, hold.details["code"]) == (date(2026, 1, 8), "not_delivered"), "sent on the 6th"

    def test_on_what_is_paid_nothing_is_held_and_a_person_is_asked(self, sent: House) -> None:
        sent.pay("242.00", reference=sent.reference())
        sent.read_statements()
        arrive(sent)
        sent.send()
        assert sent.rows(tables.holds) == []
        (task,) = sent.tasks("answer")
        assert "nothing is open" in task

    def test_the_policy_says_how_long_it_holds(self, sent: House) -> None:
        path = sent.root / "policy.toml"
        path.write_text(path.read_text() + "\n[delivery]\ndispute_days = 10\n")
        from flows.workspace import open_workspace

        sent.workspace = open_workspace(sent.root, now=sent.clock)
        arrive(sent)
        sent.send()
        (hold,) = sent.rows(tables.holds)
        assert hold.until == MONDAY + timedelta(days=10)


class TestTwiceAndOutOfOrder:
    def test_the_same_answer_again_does_nothing(self, sent: House) -> None:
        content = arrive(sent)
        sent.send()
        before = len(sent.rows(tables.journal))
        sent.send()
        sent.sandbox.arrive("access_point", content, sender=ZUID, receiver=OURS)
        sent.go_to(MONDAY + timedelta(days=1))
        sent.send()
        again = hear(sent.workspace, content, on=sent.today)
        assert again.again and again.verdict is Verdict.ACTED
        assert len(sent.rows(tables.holds)) == len(sent.tasks("dispute")) == len(sent.rows(tables.answers)) == 1
        assert len(sent.rows(tables.journal)) == before

    def test_an_older_answer_that_comes_later_is_kept_and_changes_nothing(self, sent: House) -> None:
        arrive(sent, "AP", time="15:00:00Z")
        arrive(sent, "UQ", time="14:00:00Z", reasons=["REF"])
        sent.send()
        assert sorted(verdicts(sent)) == ["late", "noted"] and sent.rows(tables.holds) == []
        told = explain(sent.workspace, "2026-7", on=sent.today)
        assert any("a newer answer was heard before" in text for _, text in told.events)

    def test_the_time_zone_counts(self, sent: House) -> None:
        arrive(sent, "AP", time="15:00:00+02:00")
        arrive(sent, "UQ", time="14:00:00Z", reasons=["REF"])
        sent.send()
        assert sorted(verdicts(sent)) == ["acted", "noted"] and len(sent.rows(tables.holds)) == 1

    def test_a_second_refusal_on_the_same_day_leaves_the_first(self, sent: House) -> None:
        arrive(sent, "UQ", time="10:00:00Z", reasons=["REF"])
        arrive(sent, "RE", time="11:00:00Z", reasons=["PRI"])
        sent.send()
        assert verdicts(sent) == ["acted", "acted"]
        assert len([row for row in sent.rows(tables.holds) if row.ended is None]) == 1

    def test_a_later_refusal_takes_the_place_of_the_question(self, sent: House) -> None:
        arrive(sent, "UQ", reasons=["REF"])
        sent.send()
        sent.go_to(MONDAY + timedelta(days=2))
        arrive(sent, "RE", reasons=["PRI"])
        sent.send()
        assert [(row.details["code"], row.outcome) for row in sent.rows(tables.holds)] == [
            ("missing_reference", "replaced"),
            ("price", None),
        ]

    def test_a_crash_after_any_step_loses_nothing(self, sent: House, monkeypatch: pytest.MonkeyPatch) -> None:
        arrive(sent, "RE")

        class Killed(BaseException):
            pass

        def die(*_: object, **__: object) -> None:
            raise Killed

        for place in ("keep", "evidence.record", "answers.record", "agreements.hold"):
            with monkeypatch.context() as struck:
                struck.setattr(f"flows.answers.{place}", die)
                with pytest.raises(Killed):
                    sent.send()
            assert sent.rows(tables.holds) == sent.rows(tables.answers) == sent.rows(tables.tasks) == []
        sent.send()
        assert len(sent.rows(tables.holds)) == len(sent.rows(tables.answers)) == 1


class TestAcceptance:
    @pytest.mark.parametrize("code", ["AB", "IP", "AP", "PD"])
    def test_it_books_nothing_and_stops_nothing(self, sent: House, code: str) -> None:
        arrive(sent, code)
        sent.send()
        assert sent.open() == {"principal": 24200} and sent.rows(tables.allocations) == []
        assert verdicts(sent) == ["noted"] and sent.rows(tables.holds) == [] and sent.rows(tables.tasks) == []
        sent.go_to(REMINDED)
        sent.play_day()
        assert [step for step, _, _ in sent.notices()] == ["reminder"]

    @pytest.mark.parametrize("code", ["AP", "PD"])
    def test_after_a_dispute_a_person_is_asked_whether_that_is_over(self, sent: House, code: str) -> None:
        arrive(sent, "UQ", reasons=["REF"])
        sent.send()
        sent.go_to(MONDAY + timedelta(days=1))
        arrive(sent, code)
        sent.send()
        (task,) = sent.tasks("answer_accepted")
        assert "--end --outcome withdrawn" in task
        assert [row.ended for row in sent.rows(tables.holds)] == [None], "ended by a person, never by itself"


class TestWhoMaySpeak:
    @pytest.mark.parametrize(
        ("more", "verdict", "words"),
        [
            ({"sender": "0208:0417497106"}, "refused", "0208:0417497106 answers"),
            ({"receiver": "0208:0417497106"}, "unmatched", "addressed to 0208:0417497106"),
            ({"about": "2026-8"}, "unmatched", "we sent no document 2026-8"),
            ({"about_issued": date(2025, 1, 5)}, "unmatched", "we sent no document 2026-7 of 2025-01-05"),
            ({"message": "mls", "sender": "0242:123456", "about": "no-such-envelope"}, "unmatched", "travelled as"),
            ({"message": "mlr", "sender": "0208:0417497106"}, "refused", "0208:0417497106 answers"),
        ],
    )
    def test_another_moves_nothing_and_is_shown_once(
        self, sent: House, more: dict[str, Any], verdict: str, words: str
    ) -> None:
        arrive(sent, "RE", **more)
        sent.send()
        sent.send()
        assert verdicts(sent) == [verdict] and sent.rows(tables.holds) == []
        assert sent.dispatch().state == "delivered"
        (task,) = sent.tasks()
        assert words in task and "Nothing was done" in task
        assert not any("answered by" in level for level, _ in sent.evidence(sent.dispatch()))

    def test_the_network_must_name_the_same_sender_as_the_document(self, sent: House) -> None:
        content = said(sent)
        sent.sandbox.arrive("access_point", content, sender="0208:0417497106", receiver=OURS)
        sent.send()
        assert verdicts(sent) == ["refused"] and sent.rows(tables.holds) == []

    def test_the_buyer_under_its_vat_number_is_the_same_company(self, sent: House) -> None:
        arrive(sent, "RE", sender="9925:BE0903456713")
        sent.send()
        assert verdicts(sent) == ["acted"]

    def test_what_is_no_answer_stays_where_it_is(self, sent: House) -> None:
        sent.sandbox.arrive("access_point", b"<Order xmlns='x'/>", sender=ZUID, receiver=OURS)
        sent.sandbox.arrive("access_point", b"no xml at all", sender=ZUID, receiver=OURS)
        arrive(sent)
        sent.send()
        assert verdicts(sent) == ["acted"] and len(sent.tasks()) == 1

    def test_an_answer_that_cannot_be_understood_is_shown_once(self, sent: House) -> None:
        content = said(sent).replace(b">RE<", b">NO<")
        sent.sandbox.arrive("access_point", content, sender=ZUID, receiver=OURS)
        sent.send()
        sent.send()
        (task,) = sent.tasks("answer")
        assert "ResponseCode is 'NO'" in task and sent.rows(tables.answers) == []


class TestTheAccessPoint:
    @pytest.fixture
    def under_way(self, build_house: BuildHouse) -> House:
        house = build_house(participants=[Participant(id=ZUID, never=True)])
        house.take_in(document(due=DUE.isoformat()))
        house.send()
        assert house.dispatch().state == "submitted"
        return house

    def test_its_refusal_means_that_it_did_not_arrive(self, under_way: House) -> None:
        house = under_way
        content = arrive(
            house,
            "RE",
            message="mls",
            sender="0242:123456",
            about=house.dispatch().partner_id,
            reasons=["BV"],
            words="Breaks a rule",
        )
        house.send()
        house.send()
        one = house.dispatch()
        assert one.state == "not_delivered" and "breaks a rule" in (one.reason or "")
        (task,) = house.tasks("undelivered")
        assert "did not arrive" in task
        assert [proof for level, proof in house.evidence(one) if level.endswith("access point's word")] == []
        assert ("answered by the buyer's access point", content) in house.evidence(one)
        house.go_to(REMINDED)
        house.play_day()
        assert house.notices() == [], "nobody is reminded of what did not arrive"

    def test_after_delivery_a_person_finds_out_which_is_true(self, sent: House) -> None:
        arrive(sent, "RE", message="mlr", reasons=["BV"], words="Breaks a rule")
        sent.send()
        sent.send()
        assert sent.dispatch().state == "delivered"
        (task,) = sent.tasks("contradiction")
        assert "not_delivered" in task

    def test_its_acceptance_is_kept_and_moves_nothing(self, under_way: House) -> None:
        house = under_way
        arrive(house, "AP", message="mls", sender="0242:123456", about=house.dispatch().partner_id)
        house.send()
        assert house.dispatch().state == "submitted" and verdicts(house) == ["noted"]

    def test_the_id_under_which_the_network_knows_it_is_enough(self, under_way: House) -> None:
        """Beside the partner's own id, the envelope's id that was journalled with the partner's answer."""
        from receivables.ledger import journal
        from receivables.ledger.database import writing

        house, envelope = under_way, "90f14eff-3705-4869-ad3c-caae270a234e"
        one = house.dispatch()
        with writing(house.workspace.engine) as connection:
            facts: dict[str, journal.Json] = {"dispatch": one.id, "ids": {"envelope": envelope}}
            subject = journal.about_dispatch(one.id)
            journal.append(
                connection, at=house.clock(), on=MONDAY, kind="dispatch.submitted", subject=subject, facts=facts
            )
        arrive(house, "RE", message="mls", sender="0242:123456", about=envelope, reasons=["FD"])
        house.send()
        assert house.dispatch().state == "not_delivered"


class TestByHand:
    def said_in(self, house: House, content: bytes, *more: str) -> int:
        path = house.root / "answer.xml"
        path.write_bytes(content)
        return run(["response", str(path), "--root", str(house.root), "--on", house.today.isoformat(), *more])

    def test_an_answer_from_a_portal(self, sent: House, capsys: Captured) -> None:
        assert self.said_in(sent, said(sent, reasons=["PRI"])) == 0
        out = capsys.readouterr().out
        assert "2026-7" in out and "refused (RE); price" in out and "Held until" in out
        assert len(sent.rows(tables.holds)) == 1
        assert self.said_in(sent, said(sent, reasons=["PRI"]), "--format", "json") == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["invoice"], told["verdict"], told["again"]) == ("2026-7", "acted", True)

    def test_of_somebody_else_the_answer_is_no(self, sent: House, capsys: Captured) -> None:
        assert self.said_in(sent, said(sent, sender="0208:0417497106")) == 1
        assert "Nothing was done" in capsys.readouterr().out

    @pytest.mark.parametrize("content", [b"", b"<Invoice/>", b"<!DOCTYPE a><a/>"])
    def test_what_cannot_be_read_is_one_sentence(self, sent: House, content: bytes, capsys: Captured) -> None:
        assert self.said_in(sent, content) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.startswith("voldaan: ") and captured.err.count("\n") == 1


def test_an_inbox_that_does_not_answer_holds_up_nothing(build_house: BuildHouse) -> None:
    from connectors.sandbox import Fault

    fault = Fault(partner="access_point", kind="error", call="/api/inbox/", last=99)
    house = build_house(faults=[fault])
    house.take_in(document(lines=[line(vat_rate=21)]))
    house.send()
    assert house.dispatch().state == "delivered" and answers.collect(house.workspace, MONDAY) == []
