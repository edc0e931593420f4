"""Deciding, proven: roles, two persons, an authenticator, a postponement, and the same from a terminal."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from flows import cli, hand_over
from flows.deciding import page, waiting
from flows.hand_over import Decided
from flows.settings import Approval as ApprovalSettings
from flows.settings import SecretName, Settings
from receivables.approval import Signature, one_time_code
from receivables.ledger import approvals, tables
from receivables.ledger.approvals import Approval
from receivables.ledger.database import reading
from tests.connectors.exports import document
from tests.flows.house import APPROVER, House, opened
from tests.flows.test_webhooks import served

SECOND = "Piet Maes"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TWO = {"two_persons_above": "200.00"}


ON = date(2026, 3, 18)


@pytest.fixture(scope="module")
def totp() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOLDAAN_TOTP", TOTP)
        yield


def played(root: Path, blank_ledger: bytes, **approval: Any) -> Path:
    """A house in which a hand-over of 242.00 and more waits; two approvers, the second with an authenticator."""
    (root / "ledger.db").write_bytes(blank_ledger)
    with opened(root) as house:
        settled(house, **approval)
        house.take_in(document(due="2026-02-02"))
        house.play_day()
        house.go_to(date(2026, 2, 6))
        house.play_to(ON)
        assert len(house.rows(tables.approvals)) == 1
        house.workspace.engine.dispose()
    return root


@pytest.fixture(scope="module")
def small_one(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None, totp: None) -> Path:
    return played(tmp_path_factory.mktemp("small"), blank_ledger)


@pytest.fixture(scope="module")
def large_one(tmp_path_factory: pytest.TempPathFactory, blank_ledger: bytes, secrets: None, totp: None) -> Path:
    return played(tmp_path_factory.mktemp("large"), blank_ledger, **TWO)


@pytest.fixture
def asked(tmp_path: Path, small_one: Path) -> Iterator[House]:
    shutil.copytree(small_one, tmp_path / "house")
    with opened(tmp_path / "house", on=ON) as house:
        settled(house)
        yield house


def settled(house: House, **approval: Any) -> None:
    """The house with two approvers and these settings for approval."""
    settings = house.workspace.settings
    first = settings.approvers[0]
    second = first.model_copy(
        update={"name": SECOND, "role": "director", "method": "totp", "secret": SecretName(env="VOLDAAN_TOTP")}
    )
    changed = {"approvers": (first, second), "approval": ApprovalSettings.model_validate(approval)}
    house.set_settings(settings.model_copy(update=changed))


def request(house: House, number: int = 1) -> Approval:
    with reading(house.workspace.engine) as connection:
        return approvals.approval(connection, number)


def mailed(house: House) -> str:
    secret = next(a for a in house.workspace.settings.approvers if a.name == APPROVER).secret.value()
    one = request(house)
    return one_time_code(secret, APPROVER, one.key, one.shown)


def authenticator(house: House, *, tag: str | None = None, later: int = 0) -> str:
    code = pyotp.TOTP(TOTP).at(house.clock() + timedelta(seconds=later))
    return f"{code} {tag or request(house).shown[:8]}"


def sign(house: House, name: str, code: str, decision: str = "approve", **more: Any) -> Decided:
    signature = Signature(decision=decision, approver=name, code=code, **{"reason": "no answer", **more})  # type: ignore[arg-type]
    return hand_over.decide(house.workspace, 1, signature, house.today)


class TestTwoPersons:
    @pytest.fixture
    def large(self, tmp_path: Path, large_one: Path) -> Iterator[House]:
        shutil.copytree(large_one, tmp_path / "house")
        with opened(tmp_path / "house", on=ON) as house:
            settled(house, **TWO)
            yield house

    def test_above_the_amount_one_is_not_enough(self, large: House) -> None:
        assert request(large).persons == 2
        first = sign(large, APPROVER, mailed(large))
        assert (first.state, first.taken) == ("pending", True) and "second person" in first.sentence
        large.play_day()
        assert large.received_by("agency") == []
        assert sign(large, SECOND, authenticator(large)) == Decided("approved")
        large.play_day()
        assert len(large.received_by("agency")) == 1
        (row,) = large.rows(tables.approvals)
        assert row.approver == f"{APPROVER} and {SECOND}"
        assert [v.shown for v in large.rows(tables.approval_votes)] == [row.shown, row.shown]

    def test_the_same_person_twice_is_one(self, large: House) -> None:
        sign(large, APPROVER, mailed(large))
        again = sign(large, APPROVER, mailed(large))
        assert not again.taken and "another person must decide" in again.sentence
        assert request(large).state == "pending"

    def test_one_refusal_is_enough(self, large: House) -> None:
        sign(large, APPROVER, mailed(large))
        assert sign(large, SECOND, authenticator(large), "refuse").state == "refused"

    def test_who_approved_is_not_reminded(self, large: House) -> None:
        sign(large, APPROVER, mailed(large))
        large.go_to(large.today + timedelta(days=8))
        large.play_day()
        reminded = {d.occurrence for d in large.dispatches("approval") if d.occurrence[-1].isdigit()}
        assert reminded == {"Piet-Maes-1"}


class TestAuthenticator:
    def test_its_code_decides_with_the_hash_of_what_was_shown(self, asked: House) -> None:
        assert sign(asked, SECOND, authenticator(asked)) == Decided("approved")

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"tag": "00000000"}, "the first 8 characters of the hash"),
            ({"later": 300}, "does not fit now"),
        ],
    )
    def test_a_code_for_something_else_decides_nothing(
        self, asked: House, change: dict[str, Any], sentence: str
    ) -> None:
        found = sign(asked, SECOND, authenticator(asked, **change))
        assert not found.taken and sentence in found.sentence
        assert (request(asked).state, request(asked).attempts) == ("pending", 1)
        assert len(asked.journal("approval.wrong_code")) == 1

    def test_a_code_alone_is_not_bound_to_anything(self, asked: House) -> None:
        assert "behind it" in sign(asked, SECOND, authenticator(asked).split()[0]).sentence

    def test_a_code_is_spent_once(self, asked: House) -> None:
        code = authenticator(asked)
        postponed = sign(asked, SECOND, code, "postpone", until=asked.today + timedelta(days=7))
        assert postponed.state == "postponed"
        with reading(asked.workspace.engine) as connection:
            assert len(approvals.spent(connection, SECOND)) == 1

    def test_its_mail_holds_no_code(self, asked: House) -> None:
        mail = next(m for path in (asked.root / "mail").glob("*.eml") if b"Piet Maes," in (m := path.read_bytes()))
        assert b"authenticator" in mail and pyotp.TOTP(TOTP).at(asked.clock()).encode() not in mail


class TestRoles:
    def test_a_role_that_may_not_decide_decides_nothing(self, asked: House) -> None:
        settled(asked, roles=["director"])
        found = sign(asked, APPROVER, mailed(asked))
        assert not found.taken and "'credit controller' may not decide a hand-over; director may" in found.sentence
        assert len(asked.journal("approval.wrong_code")) == 1
        assert sign(asked, SECOND, authenticator(asked)).state == "approved"

    def test_two_persons_need_two_approvers(self, asked: House) -> None:
        plain = asked.workspace.settings.model_dump(by_alias=True)
        with pytest.raises(ValueError, match="needs two"):
            Settings.model_validate(plain | {"approval": {**TWO, "roles": ["director"]}})
        double = [*plain["approver"], plain["approver"][0]]
        with pytest.raises(ValueError, match="two \\[\\[approver\\]\\] have the name"):
            Settings.model_validate(plain | {"approver": double})


class TestPostponing:
    def test_the_claim_rests_until_that_day_and_is_asked_again(self, asked: House) -> None:
        until = asked.today + timedelta(days=10)
        assert sign(asked, APPROVER, mailed(asked), "postpone", until=until).state == "postponed"
        asked.play_to(until)
        assert len(asked.rows(tables.approvals)) == 1
        asked.play_to(until + timedelta(days=4))
        assert request(asked, 2).state == "pending"

    @pytest.mark.parametrize("days", [None, 0, 61])
    def test_it_needs_a_day_that_is_not_far(self, asked: House, days: int | None) -> None:
        until = None if days is None else asked.today + timedelta(days=days)
        found = sign(asked, APPROVER, mailed(asked), "postpone", until=until)
        assert not found.taken and "until which day" in found.sentence

    def test_it_needs_a_reason(self, asked: House) -> None:
        until = asked.today + timedelta(days=10)
        found = sign(asked, APPROVER, mailed(asked), "postpone", until=until, reason=" ")
        assert not found.taken and "needs a reason" in found.sentence


class TestShowing:
    def test_the_page_tells_the_relation_and_what_could_be_tried_first(self, asked: House) -> None:
        shown = page(asked.workspace, 1)
        for words in ("The relation:", "Nothing was paid in the last two years", "What could be tried first:", "Plan:"):
            assert words in shown
        assert "How the sum was reached" in shown and "Law of 2 August 2002" in shown

    def test_what_is_told_beside_the_dossier_is_in_the_hash(self, asked: House) -> None:
        one = request(asked)
        assert one.shown != one.content
        (waits,) = waiting(asked.workspace)
        assert waits.as_dict()["shown"] == one.shown


class TestTerminal:
    def run(self, house: House, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
        status = cli.run(["approvals", *words, "--root", str(house.root)])
        return status, capsys.readouterr().out

    def test_it_lists_shows_and_decides_like_the_form(self, asked: House, capsys: pytest.CaptureFixture[str]) -> None:
        status, told = self.run(asked, "list", "--format", "json", capsys=capsys)
        assert status == 0 and json.loads(told)["invoices"] == ["2026-7"]
        status, told = self.run(asked, "show", "1", capsys=capsys)
        assert status == 0 and "Hand over Zuid BV" in told
        decide = ["decide", "1", "--as", APPROVER, "--decision", "refuse", "--on", str(asked.today)]
        wrong = self.run(asked, *decide, "--code", "00000000", "--reason", "a friend", capsys=capsys)
        assert wrong[0] == 1 and "does not belong" in wrong[1]
        right = self.run(asked, *decide, "--code", mailed(asked), "--reason", "a friend", capsys=capsys)
        assert right == (0, "1: refused\n")
        assert request(asked).state == "refused"

    def test_an_unknown_request_is_said_so(self, asked: House, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.run(["approvals", "show", "9", "--root", str(asked.root)]) == 2
        assert "no request 9" in capsys.readouterr().err

    def test_a_new_secret_makes_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.run(["approvals", "new-secret", "Nadia"]) == 0
        told = capsys.readouterr()
        assert pyotp.TOTP(told.out.strip()).now().isdigit() and "otpauth://totp/Voldaan:Nadia" in told.err


class TestOverHttp:
    @pytest.fixture
    def client(self, asked: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
        monkeypatch.setenv("VOLDAAN_TEST_TOKEN", "a token")
        settled(asked, token={"env": "VOLDAAN_TEST_TOKEN"})
        with served(asked) as client:
            client.headers["Authorization"] = "Bearer a token"
            yield client

    def test_it_lists_and_decides_like_the_form(self, asked: House, client: httpx.Client) -> None:
        (listed,) = client.get("/approvals").json()
        assert (listed["id"], listed["shown"]) == (1, request(asked).shown)
        assert client.get("/approvals/1").json()["relation"]
        vote = {"decision": "approve", "approver": APPROVER, "code": "00000000"}
        wrong = client.post("/approvals/1", json=vote)
        assert wrong.status_code == 409 and not wrong.json()["taken"] and request(asked).attempts == 1
        right = client.post("/approvals/1", json=vote | {"code": mailed(asked)})
        assert (right.status_code, right.json()["state"]) == (200, "approved")

    def test_without_the_token_nothing_is_told(self, asked: House, client: httpx.Client) -> None:
        for bearer in ("", "Bearer another", "Bearer ü"):
            given = {"Authorization": bearer.encode()}
            assert client.get("/approvals", headers=given).status_code == 401
        settled(asked)
        with served(asked) as other:
            assert other.get("/approvals").status_code == 404

    @pytest.mark.parametrize(
        ("path", "body", "status", "words"),
        [
            ("/approvals/9", {}, 404, "no request 9"),
            ("/approvals/1", {"decision": "perhaps"}, 422, "decision"),
            ("/approvals/1", {"decision": "approve", "approver": "x", "code": "1", "more": 1}, 422, "more"),
        ],
    )
    def test_what_is_no_vote_is_said_so(
        self, client: httpx.Client, path: str, body: dict[str, Any], status: int, words: str
    ) -> None:
        answer = client.post(path, json=body)
        assert answer.status_code == status and words in answer.json()["detail"]


def test_a_reminder_is_one_message_however_often_the_day_is_played(asked: House) -> None:
    start = asked.today
    for days in (8, 9, 10, 11):
        asked.go_to(start + timedelta(days=days))
        asked.play_day()
        asked.play_day()
    reminders = [d.occurrence for d in asked.dispatches("approval") if d.occurrence.startswith("Nadia-Willems-")]
    assert reminders == ["Nadia-Willems-1"] and asked.tasks("conflict") == []


def test_nobody_is_reminded_of_what_was_decided(asked: House) -> None:
    asked.go_to(asked.today + timedelta(days=8))
    hand_over.remind(asked.workspace, asked.today)
    sign(asked, APPROVER, mailed(asked), "refuse")
    asked.send()
    states = {d.occurrence: d.state for d in asked.dispatches("approval")}
    assert states["Nadia-Willems-1"] == "withdrawn"
