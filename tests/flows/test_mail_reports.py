"""What mail servers report, over IMAP: a bounce starts no clock, a complaint stops the mail, each counts once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from connectors.mail.events import FORMAT, signature
from connectors.sandbox.faults import Fault
from connectors.sandbox.imapserver import Account, Folder, ImapServer
from connectors.sandbox.mailserver import delivery_report
from flows.mail_webhook import MAIL
from flows.tasks import Said, WrongOutcome, answer, listed
from flows.workspace import open_workspace
from receivables.ledger import mail_tables, tables
from tests.connectors.exports import CONSUMER, document
from tests.connectors.samples import complaint
from tests.flows.house import House

JAN = "jan@peeters.example"
OVER_IMAP = """
[mail.imap]
host = "127.0.0.1"
port = {port}
security = "none"
user = "facturen"
password = {{ env = "VOLDAAN_SANDBOX_AGENCY" }}
sent = "Sent"
reports = "INBOX"
"""
BuildHouse = Callable[..., House]


class Mailboxes:
    """The twin's folders, answered over IMAP to one house."""

    def __init__(self, house: House, stack: ExitStack) -> None:
        self.house, self.stack = house, stack
        self.inbox = house.root / "partners" / "mailbox" / "reports"
        self.asked: list[str] = []
        self.open()

    def open(self) -> None:
        from flows.demo_settings import SECRETS

        folders = {"INBOX": Folder(self.inbox), "Sent": Folder(self.inbox.parent / "sent")}
        password = SECRETS["VOLDAAN_SANDBOX_AGENCY"]
        account = Account(folders=folders, user="facturen", password=password, asked=self.asked.append)
        self.server = self.stack.enter_context(ImapServer(account))
        self.point_at(self.server.port)

    def point_at(self, port: int, *, reports: bool = True) -> None:
        """The house reads its mailboxes at this port from now on."""
        settings = self.house.root / "voldaan.toml"
        section = OVER_IMAP if reports else OVER_IMAP.replace('reports = "INBOX"\n', "")
        lines = settings.read_text().split("\n[mail.imap]")[0].splitlines()
        kept = [line for line in lines if not line.startswith(("archive =", "reports ="))]
        first = kept.index("[mail]")
        last = next(n for n in range(first + 1, len(kept)) if kept[n].startswith("["))
        settings.write_text("\n".join([*kept[:last], *kept[last:], section.format(port=port)]))
        self.house.workspace = open_workspace(self.house.root, now=self.house.clock)

    def sent(self) -> bytes:
        """The exact bytes of the one mail that went out."""
        (only,) = [one for one in self.house.dispatches() if one.channel == "email" and one.state != "planned"]
        return self.house.workspace.store.get(only.content)

    def bring(self, name: str, content: bytes) -> None:
        self.inbox.mkdir(parents=True, exist_ok=True)
        (self.inbox / name).write_bytes(content)

    def report(self, *, delivered: bool) -> bytes:
        at = self.house.clock()
        sender = "facturen@dekade.example"
        return delivery_report(self.sent(), sender, JAN, delivered=delivered, at=at, number=9)


@pytest.fixture
def mailed(build_house: BuildHouse) -> Iterator[Callable[..., tuple[House, Mailboxes]]]:
    """A house that reads its mailboxes over IMAP, with one consumer's invoice taken in; sent where it is asked."""
    with ExitStack() as stack:

        def build(send: bool = True, **sandbox: object) -> tuple[House, Mailboxes]:
            house = build_house(**sandbox)
            boxes = Mailboxes(house, stack)
            house.take_in(document(customer="C-2"))
            if send:
                house.send()
            return house, boxes

        yield build


Mailed = Callable[..., tuple[House, Mailboxes]]


def invoice(house: House) -> tuple[date | None, date]:
    (row,) = house.rows(tables.invoices)
    return row.received, row.lawful_due


class TestABounce:
    def test_it_is_not_delivered_asks_for_a_call_and_starts_no_clock(self, mailed: Mailed) -> None:
        """By law and by policy: no day of receipt, the lawful term as it was presumed, no step of the ladder ever."""
        house, _ = mailed(send=False, bouncing=[JAN])
        presumed = invoice(house)
        house.send()
        assert house.dispatch().state == "not_delivered"
        assert "5.1.1" in (house.dispatch().reason or "")
        (task,) = house.tasks("undelivered")
        assert "Call the customer" in task and "did not arrive" in task
        for day in (date(2026, 2, 9), date(2026, 3, 2), date(2026, 6, 15)):
            house.go_to(day)
            house.play_day()
        assert invoice(house) == presumed and presumed[0] is None
        assert house.notices() == [] and house.tasks("call") == []
        (reason,) = house.rows(tables.reasons)
        assert reason.reason == "not_delivered"
        level, proof = house.evidence(house.dispatch())[-1]
        assert level == "not delivered, by the word of a mail server" and b"5.1.1" in proof

    def test_a_notice_that_comes_back_is_no_step_and_no_contact(self, mailed: Mailed) -> None:
        """Its wait never begins; once the address is mended it goes out anew, and its term runs from that arrival."""
        house, _ = mailed()
        house.sandbox.bouncing(JAN)
        house.go_to(date(2026, 2, 9))
        house.play_day()
        assert [(one.state, one.proven) for one in house.dispatches("notice")] == [("not_delivered", None)]
        house.play_to(date(2026, 4, 30), every=8)
        assert [step for step, _, _ in house.notices()] == ["book_xix_notice"]
        (reason,) = house.rows(tables.reasons)
        assert reason.reason == "notice_bounced"
        mended = [{**CONSUMER, "email": "jan@nieuw.example"}]
        house.take_in(document(number="2026-8", customer="C-2", issued="2026-04-30"), customers=mended, name="m.json")
        house.play_to(date(2026, 5, 4))
        notices = [(one.receiver, one.state, one.proven) for one in house.dispatches("notice")]
        assert notices[1:] == [("jan@nieuw.example", "delivered", date(2026, 5, 4))]
        house.play_to(date(2026, 5, 18), every=7)
        assert len(house.dispatches("notice")) == 2, "fourteen days from the day after the one that arrived"

    def test_after_proof_of_delivery_it_is_a_contradiction_for_a_person(self, mailed: Mailed) -> None:
        house, boxes = mailed()
        before = invoice(house)
        assert house.dispatch().state == "delivered" and before[0] is not None
        boxes.bring("late.eml", boxes.report(delivered=False))
        house.send()
        house.send()
        assert house.dispatch().state == "delivered" and invoice(house) == before
        (task,) = house.tasks("contradiction")
        assert "was delivered; now the partner says not_delivered" in task
        assert house.tasks("undelivered") == []


class TestReadOnce:
    def test_the_uid_is_remembered(self, mailed: Mailed) -> None:
        house, boxes = mailed()
        house.send()
        boxes.asked.clear()
        house.workspace = open_workspace(house.root, now=house.clock)
        house.send()
        assert not any("FETCH" in line for line in boxes.asked)
        (mailbox,) = house.rows(mail_tables.mailboxes)
        assert (mailbox.validity, mailbox.uid) == (1, 1)
        assert mailbox.name == "imap://facturen@127.0.0.1/INBOX"

    @pytest.mark.parametrize("line", ["keep_report", "mark_read", "mark_settled"])
    def test_a_crash_at_any_line_loses_no_report_and_doubles_none(
        self, mailed: Mailed, line: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            """Nothing of ours catches it."""

        def die(*_: object, **__: object) -> None:
            raise Killed

        house, _ = mailed(send=False, bouncing=[JAN])
        with monkeypatch.context() as struck:
            struck.setattr(f"receivables.ledger.mail_reports.{line}", die)
            with pytest.raises(Killed):
                house.send()
        house.send()
        house.send()
        assert house.dispatch().state == "not_delivered"
        assert len(house.rows(mail_tables.mail_reports)) == 1
        assert len(house.journal("dispatch.not_delivered")) == 1 and len(house.tasks("undelivered")) == 1
        house.assert_each_once()

    def test_a_mailbox_made_anew_doubles_nothing(self, mailed: Mailed) -> None:
        house, boxes = mailed(bouncing=[JAN])
        boxes.server._server.account = Account(
            folders={name: Folder(folder.path, 2) for name, folder in boxes.server._server.account.folders.items()},
            user="facturen",
            password=boxes.server._server.account.password,
        )
        house.send()
        assert house.rows(mail_tables.mailboxes)[0].validity == 2
        assert len(house.rows(mail_tables.mail_reports)) == 1 and len(house.tasks("undelivered")) == 1

    def test_reports_on_other_peoples_mail_and_automatic_answers_are_nothing(self, mailed: Mailed) -> None:
        house, boxes = mailed()
        boxes.bring("2.eml", boxes.report(delivered=False).replace(b"<invoice.", b"<Invoice-1."))
        boxes.bring("3.eml", boxes.sent().replace(b"Auto-Submitted: auto-generated", b"Auto-Submitted: auto-replied"))
        stranger = boxes.report(delivered=False)
        digest = house.dispatch().details["message_id"].split(".")[1].split("@")[0].encode()
        boxes.bring("4.eml", stranger.replace(digest, b"0" * 24))
        house.send()
        assert house.dispatch().state == "delivered" and house.tasks() == []
        assert [row.verdict for row in house.rows(mail_tables.mail_reports)] == ["delivered", "failed"]
        assert house.rows(mail_tables.mail_reports)[1].settled is None, (
            "it looks like ours, and is about nothing we sent"
        )

    def test_a_mailbox_that_cannot_be_read_is_one_task_until_it_can(self, mailed: Mailed) -> None:
        house, boxes = mailed()
        boxes.point_at(1)
        house.play_to(date(2026, 1, 7))
        (task,) = listed(house.workspace, "mailbox")
        assert "is not reached" in task.text and "[mail.imap]" in task.text
        boxes.point_at(boxes.server.port)
        house.send()
        assert listed(house.workspace, "mailbox") == []


class TestAComplaint:
    @pytest.fixture
    def complained(self, mailed: Mailed) -> tuple[House, Mailboxes]:
        """Jan's mail provider sends a complaint; another invoice to Jan is planned by then."""
        house, boxes = mailed()
        boxes.bring("complaint.eml", complaint(boxes.sent()))
        house.send()
        house.take_in(document(number="2026-8", customer="C-2"), name="more.json")
        house.send()
        return house, boxes

    def test_nothing_more_goes_to_that_address_until_a_person_decides(
        self, complained: tuple[House, Mailboxes]
    ) -> None:
        house, _ = complained
        (task,) = listed(house.workspace, "complaint")
        assert JAN in task.text and task.debtor == "C-2"
        assert [one.state for one in house.dispatches("invoice")] == ["delivered", "planned"]
        house.play_to(date(2026, 2, 20), every=5)
        assert len(house.received_by("mail")) == 1 and house.dispatches("notice") == []
        with pytest.raises(WrongOutcome, match="mail_again, no_more_mail"):
            answer(house.workspace, task.id, Said(outcome="done", by="Nadia"), house.today)
        answer(house.workspace, task.id, Said(outcome="mail_again", by="Nadia"), house.today)
        house.play_to(date(2026, 2, 23))
        assert [one.state for one in house.dispatches("invoice")] == ["delivered", "delivered"]
        assert len(house.dispatches("notice")) == 1
        house.assert_each_once()

    def test_it_may_stay_so(self, complained: tuple[House, Mailboxes]) -> None:
        house, _ = complained
        (task,) = listed(house.workspace, "complaint")
        answer(house.workspace, task.id, Said(outcome="no_more_mail", by="Nadia"), house.today)
        house.play_to(date(2026, 3, 2), every=7)
        assert len(house.received_by("mail")) == 1
        (stop,) = house.rows(mail_tables.mail_stops)
        assert (stop.address, stop.outcome, stop.by) == (JAN, "no_more_mail", "Nadia")

    def test_the_complaint_is_kept_as_proof_and_the_delivery_stands(self, complained: tuple[House, Mailboxes]) -> None:
        house, _ = complained
        first = house.dispatches("invoice")[0]
        assert first.state == "delivered"
        assert house.evidence(first)[-1][0] == "the recipient complained of it, by the word of its mail provider"
        assert len(house.journal("dispatch.complaint")) == 1

    def test_a_notice_that_was_planned_before_is_withdrawn(self, mailed: Mailed) -> None:
        house, boxes = mailed()
        house.go_to(date(2026, 2, 9))
        house.follow_up()
        assert house.dispatch("notice").state == "planned"
        boxes.bring("complaint.eml", complaint(boxes.sent()))
        house.send()
        house.send()
        notice = house.dispatch("notice")
        assert notice.state == "withdrawn" and "mail_stopped" in (notice.reason or "")


class TestTheArchiveOverImap:
    def test_a_mail_whose_answer_never_came_is_found_there(self, mailed: Mailed) -> None:
        house, _ = mailed(faults=[Fault(partner="mail", kind="drop", call="DATA")])
        assert house.dispatch().state == "unknown"
        house.send()
        assert house.dispatch().state == "delivered" and len(house.received_by("mail")) == 1
        house.assert_each_once()

    def test_an_archive_out_of_reach_leaves_it_unknown_and_bothers_nobody(self, mailed: Mailed) -> None:
        house, boxes = mailed(send=False, faults=[Fault(partner="mail", kind="drop", call="DATA")])
        boxes.point_at(1, reports=False)
        for _ in range(3):
            house.clock.later += timedelta(hours=1)
            house.send()
        assert house.dispatch().state == "unknown" and house.tasks("unknown") == []
        boxes.point_at(boxes.server.port)
        house.send()
        house.send()
        assert house.dispatch().state == "delivered" and len(house.received_by("mail")) == 1


def test_a_folder_that_gets_reports_does_the_same(build_house: BuildHouse, tmp_path: Path) -> None:
    house = build_house(bouncing=[JAN])
    house.take_in(document(customer="C-2"), customers=[CONSUMER])
    house.send()
    house.workspace = open_workspace(house.root, now=house.clock)
    house.send()
    assert house.dispatch().state == "not_delivered"
    assert len(house.rows(mail_tables.mail_reports)) == 1


class TestByACall:
    """The mail service calls /webhooks/mail: the same follows as from a report by mail."""

    SECRET = "a secret of the house, long enough"

    @pytest.fixture
    def calls(self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[House, TestClient]]:
        monkeypatch.setenv("VOLDAAN_TEST_MAIL_HOOK", self.SECRET)
        house = build_house()
        settings = house.root / "voldaan.toml"
        hook = '[mail]\nwebhook_secret = { env = "VOLDAAN_TEST_MAIL_HOOK" }\n'
        settings.write_text("\n".join(x for x in settings.read_text().splitlines() if not x.startswith("reports =")))
        settings.write_text(settings.read_text().replace("[mail]\n", hook))
        house.workspace = open_workspace(house.root, now=house.clock)
        house.take_in(document(customer="C-2"))
        house.send()
        app = Starlette(routes=[MAIL])
        app.state.workspace, app.state.wake = house.workspace, threading.Event()
        yield house, TestClient(app)

    def call(self, house: House, client: TestClient, event: str, secret: str = SECRET) -> int:
        about = {"event": event, "message_id": house.dispatch("invoice").details["message_id"], "recipient": JAN}
        body = json.dumps({"format": FORMAT, "reason": "550 5.1.1", **about}).encode()
        stamp = str(int(house.clock().timestamp()))
        headers = {"X-Voldaan-Timestamp": stamp, "X-Voldaan-Signature": signature(secret, stamp, body)}
        return client.post("/webhooks/mail", content=body, headers=headers).status_code

    def test_a_bounce_is_settled_once_however_often_it_is_told(self, calls: tuple[House, TestClient]) -> None:
        house, client = calls
        assert house.dispatch().state == "submitted"
        assert [self.call(house, client, "bounced") for _ in range(3)] == [204, 204, 204]
        house.send()
        house.send()
        assert house.dispatch().state == "not_delivered" and len(house.tasks("undelivered")) == 1
        assert len(house.rows(mail_tables.mail_reports)) == 1
        assert invoice(house)[0] is None

    def test_a_complaint_stops_the_mail(self, calls: tuple[House, TestClient]) -> None:
        house, client = calls
        assert self.call(house, client, "complained") == 204
        house.send()
        assert len(house.tasks("complaint")) == 1 and house.dispatch().state == "submitted"

    def test_who_proves_nothing_moves_nothing_and_is_told_once_a_day(self, calls: tuple[House, TestClient]) -> None:
        house, client = calls
        assert [self.call(house, client, "bounced", secret="another secret of nobody") for _ in range(3)] == [401] * 3
        house.send()
        assert house.dispatch().state == "submitted" and len(house.tasks("webhook_refused")) == 1
