# ruff: noqa: F811 - the fixtures are another module's
"""A claim at a partner: questions and answers, money that came to us, recalls, money passed on, and the write-off."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from connectors.ports import AgencyStatus
from connectors.sandbox.faults import Fault
from flows import handover_desk, handover_following, handover_news
from flows.cli import run
from flows.console import Unusable
from flows.settings import Agency
from flows.write_off import write_off
from receivables.claims import HandoverState
from receivables.ledger import handovers, tables
from receivables.ledger.database import reading, writing
from receivables.ledger.dispatch import plan
from receivables.ledger.handovers import Handover
from tests.connectors.claim_samples import dossier
from tests.flows.house import APPROVER, House
from tests.flows.test_hand_over import ASKED, build, played, sign  # noqa: F401 - build, played: fixtures

Build = Callable[..., House]


def handed(house: House) -> Handover:
    """The claim is handed over, and the agency has it."""
    sign(house)
    house.play_day()
    return only(house)


def only(house: House) -> Handover:
    with reading(house.workspace.engine) as connection:
        (one,) = handovers.all_of_them(connection)
        return one


def later(house: House, days: int, times: int = 1) -> None:
    house.go_to(ASKED + timedelta(days=days))
    for _ in range(times):
        house.play_day()
        house.clock.later += timedelta(hours=1)


def next_day(house: House) -> None:
    house.go_to(house.today + timedelta(days=1))


def updates(house: House) -> list[dict[str, Any]]:
    """What the agency was told, in its own words."""
    found = []
    for dispatch in house.dispatches("handover_update") + house.dispatches("handover_recall"):
        if dispatch.state == "delivered":
            found.append(json.loads(house.workspace.store.get(dispatch.content)))
    return found


def agency_settings(house: House, **changes: Any) -> None:
    (agency,) = house.workspace.settings.agencies
    settings = house.workspace.settings.model_copy(update={"agencies": (agency.model_copy(update=changes),)})
    house.set_settings(settings)


class TestQuestions:
    def test_a_question_is_a_task_and_the_answer_goes_back_once(self, build: Build, tmp_path: Path) -> None:
        house = build(asking={"C-1": "please send the delivery note"})
        one = handed(house)
        later(house, 1)
        assert only(house).state == "needs_info"
        (task,) = house.tasks("needs_info")
        assert "please send the delivery note" in task and f"answer {one.id}" in task
        note = tmp_path / "note.pdf"
        note.write_bytes(b"%PDF-1.7 signed for on 6 January")
        house.workspace.engine.dispose()
        root = ["--root", str(house.root), "--on", str(house.today)]
        assert run(["handovers", "answer", str(one.id), "--text", "Enclosed.", "--file", str(note), *root]) == 0
        for _ in range(2):
            house.play_day()
        (told,) = updates(house)
        assert (told["kind"], told["text"], [file["name"] for file in told["files"]]) == (
            "answer",
            "Enclosed.",
            ["note.pdf"],
        )
        assert only(house).state == "accepted"
        assert [row.outcome for row in house.rows(tables.tasks, tables.tasks.c.kind == "needs_info")] == ["answered"]
        house.assert_each_once()

    def test_the_files_of_an_answer_are_the_bytes_that_were_given(self, build: Build, tmp_path: Path) -> None:
        house = build(asking={"C-1": "?"})
        one = handed(house)
        later(house, 1)
        (tmp_path / "a.txt").write_bytes(b"a")
        handover_news.answer(house.workspace, one.id, "see a", [tmp_path / "a.txt"], house.today)
        house.send()
        content = house.sandbox._state.rows("select content from claim_update")[0]["content"]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.read("files/a.txt") == b"a"

    def test_a_word_that_is_not_known_is_asked_about_and_changes_nothing(self, build: Build) -> None:
        house = build()
        one = handed(house)
        said = AgencyStatus(partner_id="AG-00001", state="", word="Zu prüfen")
        for _ in range(2):
            assert not handover_following.note(house.workspace, one, said, house.today)
        assert only(house).state == one.state
        (task,) = house.tasks("agency_word")
        assert "'Zu prüfen'" in task and "voldaan handovers note" in task

    def test_an_agency_that_takes_back_what_it_collected_stops_nothing(self, build: Build) -> None:
        house = build(collections={"C-1": [(1, Decimal("0.40"))]})
        handed(house)
        later(house, 1)
        one = only(house)
        less = AgencyStatus(partner_id="AG-00001", state="active", collected=Decimal("1.00"))
        assert not handover_following.note(house.workspace, one, less, house.today)
        assert only(house).collected == one.collected and len(house.tasks("says_less")) == 1

    def test_a_claim_that_comes_to_nothing_is_a_task_with_what_can_be_done(self, build: Build) -> None:
        house = build()
        one = handed(house)
        said = AgencyStatus(partner_id="AG-00001", state="uncollectable", message="moved abroad")
        handover_following.note(house.workspace, one, said, house.today)
        (task,) = house.tasks("handover_ended")
        assert "moved abroad" in task and "voldaan write-off" in task


def test_a_mail_to_a_partner_comes_from_the_seller_whose_claim_it_is(house: House) -> None:
    partner = Agency(
        name="By mail", connector="email", to="claims@agency.example", certificate=house.addresses.certificate
    )
    house.set_settings(house.workspace.settings.model_copy(update={"agencies": (partner,)}))
    sellers = {one.ref: one for one in house.workspace.settings.sellers}
    assert len({one.sender for one in sellers.values()}) == len(sellers) == 2
    with writing(house.workspace.engine) as connection:
        for seller in sellers:
            plan(
                connection,
                seller=seller,
                kind="claim",
                subject=f"of {seller}",
                occurrence="1",
                channel="agency",
                receiver=partner.name,
                content=house.workspace.store.put(dossier()),
                details={"filename": f"{seller}.zip"},
                on=house.today,
                at=house.clock(),
            )
    house.send()
    mails = [message_from_bytes(path.read_bytes()) for path in (house.root / "mail").glob("*claims*")]
    found = {(mail["From"], mail["Reply-To"]) for mail in mails}
    assert found == {(one.sender, one.reply_to) for one in sellers.values()}


class TestDirectPayments:
    def test_a_payment_to_us_is_told_the_same_day_and_once(self, build: Build) -> None:
        house = build()
        handed(house)
        next_day(house)
        house.pay("100.00", reference=house.rows(tables.payment_requests)[-1].reference)
        open_before = sum(house.open().values())
        house.play_day()
        (told,) = updates(house)
        assert (told["kind"], told["amount"], told["paid_on"]) == ("payment", "100.00", str(house.today))
        assert Decimal(told["open"]) == Decimal(open_before - 100_00) / 100
        later(house, 2, times=3)
        assert len(house.dispatches("handover_update")) == 1
        house.assert_each_once()

    def test_a_payment_that_goes_back_is_told_as_well(self, build: Build) -> None:
        house = build()
        handed(house)
        next_day(house)
        reference = house.rows(tables.payment_requests)[-1].reference
        house.pay("100.00", reference=reference, end_to_end="E2E-1")
        house.play_day()
        next_day(house)
        house.pay("-100.00", reference=reference, end_to_end="E2E-1", return_reason="AM04")
        house.play_day()
        assert [told["kind"] for told in updates(house)] == ["payment", "balance"]

    @pytest.mark.parametrize("kind", ["drop", "garbage", "error", "too_many"])
    def test_a_lost_answer_to_it_is_asked_for(self, build: Build, kind: Any) -> None:
        house = build(faults=[Fault(partner="agency", kind=kind, call="/updates")])
        handed(house)
        next_day(house)
        house.pay("100.00", reference=house.rows(tables.payment_requests)[-1].reference)
        later(house, 2, times=4)
        assert [key.split("/")[1] for key in house.received_by("agency")] == ["handover", "handover_update"]
        assert house.dispatch("handover_update").state == "delivered"
        house.assert_each_once()

    def test_nothing_is_reminded_while_it_is_there(self, build: Build) -> None:
        house = build()
        handed(house)
        notices = len(house.dispatches("notice"))
        for days in (10, 30, 60, 90):
            later(house, days)
        assert len(house.dispatches("notice")) == notices
        assert [row.reason for row in house.rows(tables.reasons)] == ["handed_over"]


class TestRecall:
    def test_a_claim_that_is_given_back_is_ours_and_can_be_handed_over_again(self, build: Build) -> None:
        house = build()
        one = handed(house)
        later(house, 2)
        assert "asked to give it back" in handover_news.recall(
            house.workspace, one.id, APPROVER, "agreed a plan", house.today
        )
        assert only(house).state == "active", "until the agency has given it back it is theirs"
        house.play_day()
        house.play_day()
        assert only(house).state == HandoverState.WITHDRAWN and house.story().outcome == "open"
        (told,) = updates(house)
        assert (told["kind"], told["text"]) == ("recall", "agreed a plan")
        (hold,) = house.rows(tables.holds)
        assert hold.owner == APPROVER and "agreed a plan" in hold.reason
        later(house, 20)
        house.assert_each_once()
        assert len([row for row in house.rows(tables.approvals) if row.state == "pending"]) == 1

    def test_what_never_left_is_simply_taken_back(self, build: Build) -> None:
        house = build()
        sign(house)
        assert handover_news.recall(house.workspace, 1, APPROVER, "wrong claim", house.today) == "it never left"
        house.play_day()
        assert house.received_by("agency") == [] and only(house).state == "withdrawn"

    def test_a_claim_that_was_collected_is_not_given_back(self, build: Build) -> None:
        house = build(collections={"C-1": [(1, Decimal(1))]})
        handed(house)
        later(house, 1)
        with reading(house.workspace.engine) as connection, pytest.raises(Unusable, match="paid"):
            handover_news.at_partner(connection, 1)


class TestMoneyPassedOn:
    def collected(self, build: Build) -> House:
        house = build(collections={"C-1": [(1, Decimal(1))]})
        handed(house)
        later(house, 1)
        return house

    def test_it_is_tied_to_the_claim_and_pays_no_invoice(self, build: Build) -> None:
        house = self.collected(build)
        next_day(house)
        one = only(house)
        net = Decimal(one.collected - one.fees) / 100
        booked = len(house.rows(tables.allocations))
        house.pay(str(net), name="Incasso Sandbox", iban="BE71096123456769", text="dossier AG-00001 2026-7")
        house.read_statements()
        assert len(house.rows(tables.allocations)) == booked, "collected is booked once, when it is said"
        shown = handover_desk.one(house.workspace, one.id)
        assert (shown.net, shown.received) == (net, net)
        assert house.rows(tables.entries)[-1].state == "matched"

    def test_by_the_account_and_the_sum(self, build: Build) -> None:
        house = self.collected(build)
        next_day(house)
        agency_settings(house, accounts=("BE71096123456769",))
        one = only(house)
        house.pay(str(Decimal(one.collected - one.fees) / 100), iban="BE71096123456769", text="afrekening")
        house.read_statements()
        assert [row.amount for row in house.rows(tables.remittances)] == [one.collected - one.fees]

    def test_what_is_not_certain_is_asked_and_pays_nothing(self, build: Build) -> None:
        house = self.collected(build)
        next_day(house)
        agency_settings(house, accounts=("BE71096123456769",))
        house.pay("12.34", iban="BE71096123456769", text="2026-7")
        house.read_statements()
        assert house.rows(tables.remittances) == [] and len(house.tasks("agency_money")) == 1
        entry = house.rows(tables.entries)[-1]
        assert entry.state == "unmatched"
        root = ["--root", str(house.root)]
        assert run(["handovers", "remitted", str(entry.id), "1=99.00", *root]) == 2
        assert run(["handovers", "remitted", str(entry.id), "1=12.34", *root]) == 0
        assert [row.amount for row in house.rows(tables.remittances)] == [12_34]

    def test_what_does_not_come_is_asked_after(self, build: Build) -> None:
        house = self.collected(build)
        later(house, 40)
        assert house.tasks("agency_money") == []
        later(house, 50, times=2)
        assert len(house.tasks("agency_money")) == 1


class TestSaidByAPerson:
    def test_what_a_person_heard_is_booked_like_the_partners_own_word(
        self,
        build: Build,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        house = build()
        one = handed(house)
        root = ["--root", str(house.root), "--on", str(house.today), "--format", "json"]
        total = str(Decimal(one.demanded) / 100)
        said = ["handovers", "note", str(one.id), "paid", "--collected", total, "--fees", "10.00", "--by", "Nadia"]
        assert run([*said, *root]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert (shown["state"], shown["collected"], shown["fees"]) == ("paid", total, "10.00")
        assert house.open() == {} and house.story().outcome == "collected"
        assert run(["handovers", "list", "--root", str(house.root)]) == 0
        assert "No claim" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (["note", "1", "active", "--collected", "1.00", "--fees", "2.00", "--by", "N"], "more than"),
            (["note", "9", "active", "--by", "N"], "there is no hand-over 9"),
            (["answer", "1", "--text", " "], "says something"),
            (["recall", "1", "--by", "N", "--reason", " "], "needs a reason"),
            (["remitted", "1", "1:2"], "is no part"),
        ],
    )
    def test_what_cannot_be_is_one_sentence(
        self,
        build: Build,
        given: list[str],
        sentence: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        house = build()
        handed(house)
        assert run(["handovers", *given, "--root", str(house.root)]) == 2
        assert sentence in capsys.readouterr().err


class TestWriteOff:
    def test_the_note_has_the_vat_that_comes_back(self, build: Build) -> None:
        house = build()
        done = write_off(
            house.workspace, "2026-7", by=APPROVER, reason="bankrupt", on=house.today, cause="insolvency", refund=True
        )
        assert done.told.refund is not None
        assert (done.told.principal, done.told.refund.base, done.told.refund.vat) == (
            Decimal("242.00"),
            Decimal("200.00"),
            Decimal("42.00"),
        )
        as_json, as_pdf = done.files
        assert json.loads(as_json.read_text())["refund"]["provisional"] is True
        assert as_pdf.read_bytes().startswith(b"%PDF")
        assert house.open() == {} and house.story().outcome == "written_off"

    def test_a_claim_at_a_partner_is_taken_back_first(self, build: Build) -> None:
        house = build()
        handed(house)
        with pytest.raises(Unusable, match="voldaan handovers recall 1"):
            write_off(house.workspace, "2026-7", by=APPROVER, reason="old", on=house.today)
        assert house.open() != {}

    def test_again_there_is_nothing_left(self, build: Build, capsys: pytest.CaptureFixture[str]) -> None:
        house = build()
        root = ["--root", str(house.root), "--on", str(house.today)]
        asked = ["write-off", "2026-7", "--by", "Nadia", "--reason", "too small to go on", *root]
        assert run(asked) == 0
        assert "EUR written off" in capsys.readouterr().out
        assert run(asked) == 2
        assert "nothing is open" in capsys.readouterr().err


def test_a_rule_sends_a_claim_to_another_agency(build: Build) -> None:
    """The request names the agency that the rules choose; what was asked before stays with the one that was shown."""
    from flows.facts import all_facts
    from flows.hand_over import partner_of

    house = build()
    (agency,) = house.workspace.settings.agencies
    other = agency.model_copy(update={"name": "Groot", "countries": ("BE",), "minimum": Decimal(200)})
    house.set_settings(house.workspace.settings.model_copy(update={"agencies": (agency, other)}))
    with reading(house.workspace.engine) as connection:
        facts = next(iter(all_facts(connection, house.workspace, house.today, 1)))
    found = [partner_of(house.workspace, facts, Decimal(sum_)) for sum_ in ("242.00", "199.00")]
    assert [one.name if one else None for one in found] == ["Groot", agency.name]
    abroad = replace(facts, country="DE")
    assert partner_of(house.workspace, abroad, Decimal("242.00")) == agency


class TestCalls:
    """What the agency calls us for is looked into at once, and only where the agency proves to be itself."""

    def client(self, house: House) -> Any:
        from starlette.testclient import TestClient

        from flows.webhooks import application

        return TestClient(application(house.workspace))

    def test_a_signed_call_makes_us_ask_and_a_forged_one_does_not(
        self, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from connectors.collection.agency_wire import call_signature
        from flows.following import follow_hints
        from flows.settings import SecretName

        monkeypatch.setenv("AGENCY_HOOK", "the webhook's own secret")
        house = build()
        handed(house)
        agency_settings(house, webhook_secret=SecretName(env="AGENCY_HOOK"))
        next_day(house)
        body = json.dumps({"id": "AE-1", "type": "claim.changed", "claim": "AG-00001"}).encode()
        moment = int(house.clock().timestamp())
        path = "/agencies/Incasso%20Sandbox"
        client = self.client(house)
        forged = client.post(path, content=body, headers={"X-Signature": call_signature("other", moment, body)})
        unknown = client.post("/agencies/Nobody", content=body)
        assert (forged.status_code, unknown.status_code) == (401, 401) and house.rows(tables.hints) == []
        for fresh in (client, self.client(house)):  # this process, and another one
            assert fresh.post(path, content=body).status_code == 401
        (task,) = house.tasks("webhook_refused")
        assert "Incasso Sandbox" in task and "webhook_secret" in task and "the webhook's own secret" not in task
        signed = {"X-Signature": call_signature("the webhook's own secret", moment, body)}
        assert [client.post(path, content=body, headers=signed).status_code for _ in range(2)] == [204, 204]
        assert len(house.rows(tables.hints)) == 1, "the same event again is dropped"
        follow_hints(house.workspace, house.today)
        assert only(house).state == "accepted"
        assert house.rows(tables.hints)[0].outcome == "followed"
