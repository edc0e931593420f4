"""The place where partners call: only what proves to be theirs is kept, once, and the truth is read at the partner."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
import uvicorn

from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.peppol.providers import DOCUMENT
from connectors.ports import Access, Answer, BadWebhook, Event, Inbound, Proof, Submission
from connectors.sandbox import API_KEY, Fault, Participant, answer
from connectors.sandbox.serve import HOST, bind
from connectors.sandbox.webhooks import signature
from flows import webhook_guard, webhooks
from flows.deliver import deliver
from flows.following import FORGET
from flows.settings import Peppol
from flows.settings_parts import SecretName
from flows.webhook_guard import AT_ONCE, LARGEST
from receivables.ledger import tables
from tests.connectors.exports import document
from tests.flows.house import MONDAY, ZUID, House

BuildHouse = Callable[..., House]
SECRET = "the secret of the webhook"
PATH = "/webhooks/be/e-invoice.be"
OURS = "0208:0901234522"


@pytest.fixture
def under_way(build_house: BuildHouse) -> House:
    """One invoice that the access point took on Monday, and delivers on Tuesday."""
    house = build_house(participants=[Participant(id=ZUID, delivered_after=1)])
    free_of_the_rehearsal(house)
    house.workspace._peppol["be"] = EInvoiceBe(access(house, SECRET))
    house.take_in(document())
    house.send()
    assert house.dispatch().state == "submitted"
    return house


def free_of_the_rehearsal(house: House) -> None:
    """The app asks the clock for the business date; a rehearsal's settings fix it."""
    settings = house.workspace.settings.model_copy(update={"today": None})
    house.workspace = replace(house.workspace, settings=settings)


def access(house: House, webhook_secret: str) -> Access:
    chosen = house.workspace.settings.seller("be").peppol
    assert chosen is not None
    return Access(url=chosen.url or "", key=API_KEY, webhook_secret=webhook_secret)


@pytest.fixture
def client(under_way: House) -> Iterator[httpx.Client]:
    with served(under_way) as client:
        yield client


@contextmanager
def served(house: House) -> Iterator[httpx.Client]:
    """The app on loopback, as `voldaan webhooks` serves it in one process."""
    listener = bind(None)
    app = webhooks.application(house.workspace)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://{HOST}:{listener.getsockname()[1]}", trust_env=False) as client:
            until(lambda: server.started)
            yield client
    finally:
        server.should_exit = True
        thread.join(10)


def event(house: House, identity: str = "evt-1", kind: str = "document.sent", **data: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "tenant_id": "ten-1",
        "created_at": int(house.clock().timestamp()),
        "type": kind,
        "data": data or {"document_id": house.dispatch().partner_id},
    }


def call(client: httpx.Client, payload: Any, secret: str = SECRET, path: str = PATH, **headers: str) -> httpx.Response:
    given = {"X-Signature": signature(secret, payload), "Authorization": "Bearer hidden", **headers}
    return client.post(path, content=json.dumps(payload), headers=given)


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end, "it did not come to pass"
        sleep(0.02)


def followed(house: House) -> bool:
    return all(row.done for row in house.rows(tables.hints)) and bool(house.rows(tables.hints))


class TestATrueCall:
    def test_it_is_a_hint_and_the_truth_is_read_at_the_partner(self, under_way: House, client: httpx.Client) -> None:
        under_way.go_to(MONDAY + timedelta(days=1))
        assert call(client, event(under_way)).status_code == 204
        until(lambda: under_way.dispatch().state == "delivered")
        until(lambda: under_way.rows(tables.invoices)[0].received == under_way.today)
        kept = {row.kind: row for row in under_way.rows(tables.evidence)}
        assert "a hint" in kept["webhook"].level
        shown = json.loads(under_way.workspace.store.get(kept["webhook_headers"].content))
        assert shown["x-signature"] == signature(SECRET, event(under_way))
        assert "authorization" not in shown and "hidden" not in json.dumps(shown)

    def test_it_is_not_believed(self, under_way: House, client: httpx.Client) -> None:
        """It says sent; the document, asked, is still on its way."""
        assert call(client, event(under_way, kind="document.sent")).status_code == 204
        until(lambda: followed(under_way))
        assert under_way.dispatch().state == "submitted"

    def test_again_it_is_dropped_with_the_same_answer(self, under_way: House, client: httpx.Client) -> None:
        for _ in range(3):
            assert call(client, event(under_way)).status_code == 204
        until(lambda: followed(under_way))
        assert len(under_way.rows(tables.hints)) == 1

    def test_what_arrived_is_taken_from_the_inbox(self, under_way: House, client: httpx.Client) -> None:
        under_way.go_to(MONDAY + timedelta(days=1))
        content = answer("2026-7", "RE", sender=ZUID, receiver=OURS, issued=under_way.today, reasons=["PRI"])
        identity = under_way.sandbox.arrive("access_point", content, sender=ZUID, receiver=OURS)
        assert call(client, event(under_way, kind="document.received", document_id=identity)).status_code == 204
        until(lambda: bool(under_way.rows(tables.holds)))

    def test_the_twin_calls_by_itself(self, under_way: House) -> None:
        """From end to end: registered at the access point, called by it over HTTP, nobody else runs."""
        with served(under_way) as client:
            hook = httpx.post(
                f"{access(under_way, SECRET).url}/api/webhooks/",
                json={"url": str(client.base_url) + PATH, "events": ["document.sent"]},
                headers={"Authorization": f"Bearer {API_KEY}"},
                trust_env=False,
            ).json()
            under_way.workspace._peppol["be"] = EInvoiceBe(access(under_way, hook["secret"]))
            under_way.go_to(MONDAY + timedelta(days=1))
            until(lambda: under_way.dispatch().state == "delivered")


class TestARefusal:
    def test_nobody_learns_anything(self, under_way: House, client: httpx.Client) -> None:
        payload = event(under_way)
        forged = [
            client.post(PATH, content=json.dumps(payload)),
            call(client, payload, secret="another"),
            call(client, payload, path="/webhooks/nobody/e-invoice.be"),
            call(client, payload, path="/webhooks/be/peppyrus"),
            call(client, payload, path="/webhooks/be/no-such-provider"),
            client.post(PATH, content=b"\xff"),
            client.post(PATH, content=b""),
        ]
        assert {reply.status_code for reply in forged} == {401}
        assert len({reply.content for reply in forged}) == 1, "the same words for every reason"
        assert under_way.rows(tables.hints) == []
        (task,) = under_way.tasks("webhook_refused")
        assert "X-Signature" in task and SECRET not in task

    def test_an_old_one_and_one_of_tomorrow(self, under_way: House, client: httpx.Client) -> None:
        payload = event(under_way)
        for wrong in (-timedelta(days=3), timedelta(hours=1)):
            created = int((under_way.clock() + wrong).timestamp())
            assert call(client, {**payload, "created_at": created}).status_code == 401
        assert under_way.rows(tables.hints) == []

    def test_one_that_is_too_large(self, under_way: House, client: httpx.Client) -> None:
        assert client.post(PATH, content=b"x" * (LARGEST + 1)).status_code == 413

        def chunks() -> Iterator[bytes]:
            for _ in range(LARGEST // 1000 + 2):
                yield b"x" * 1000

        assert client.post(PATH, content=chunks()).status_code == 413, "also where its length was not announced"
        assert under_way.tasks() == []

    def test_too_many_at_once(self, client: httpx.Client) -> None:
        statuses = [client.post(PATH, content=b"{}").status_code for _ in range(int(AT_ONCE) + 20)]
        assert statuses[0] == 401 and statuses[-1] == 429
        assert client.get("/health").status_code == 200, "whoever watches us is not counted"

    def test_one_that_never_ends(self, under_way: House, monkeypatch: pytest.MonkeyPatch) -> None:
        import asyncio

        monkeypatch.setattr(webhook_guard, "SECONDS", 0.05)
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(1)
            return {"type": "http.request", "body": b"", "more_body": True}

        async def send(message: Any) -> None:
            said.append(message)

        async def never(*_: Any) -> None:
            raise AssertionError("it got through")

        scope = {"type": "http", "path": PATH, "headers": [], "client": ("1.2.3.4", 1)}
        asyncio.run(webhook_guard.Guard(never)(scope, receive, send))
        assert said[0]["status"] == 408

    def test_only_calls(self, client: httpx.Client) -> None:
        assert client.get(PATH).status_code == 405
        assert client.get("/").status_code == 404

    def test_without_the_secret_in_the_settings_the_caller_tries_again(
        self, under_way: House, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from flows.settings import BadSettings

        def missing(*_: object) -> None:
            raise BadSettings("the environment has no KEY")

        monkeypatch.setattr(type(under_way.workspace), "peppol", missing)
        reply = call(client, event(under_way))
        assert reply.status_code == 503 and "KEY" not in reply.text


class TestThePathAsSecret:
    """A partner that signs nothing proves itself by the last part of the path that only it was told."""

    class Unsigned(EInvoiceBe):
        def verify_webhook(self, headers: Any, body: bytes, at: Any) -> Event:
            if headers.get("x-path-token") != "only-it-knows":
                raise BadWebhook("wrong path")
            return Event(id="1", kind="sent", partner_id=json.loads(body)["id"])

    def test_the_last_part_counts_and_a_header_of_that_name_does_not(self, under_way: House) -> None:
        under_way.workspace._peppol["be"] = self.Unsigned(access(under_way, SECRET))
        body = json.dumps({"id": under_way.dispatch().partner_id})
        with served(under_way) as client:
            assert client.post(PATH, content=body).status_code == 401
            assert client.post(PATH, content=body, headers={"X-Path-Token": "only-it-knows"}).status_code == 401
            assert client.post(f"{PATH}/guessed", content=body).status_code == 401
            assert client.post(f"{PATH}/only-it-knows", content=body).status_code == 204
            until(lambda: followed(under_way))
        headers = [row.headers for row in under_way.rows(tables.hints)]
        assert b"only-it-knows" not in under_way.workspace.store.get(headers[0])


class TestNothingIsLost:
    def kept(self, house: House) -> None:
        """A call was kept, and the process died before it looked into it."""
        headers = {"x-signature": signature(SECRET, event(house))}
        body = json.dumps(event(house)).encode()
        assert webhooks.take(house.workspace, "be", "e-invoice.be", headers, body)
        assert not webhooks.take(house.workspace, "be", "e-invoice.be", headers, body), "a replay"

    def test_the_next_process_takes_it_up(self, under_way: House) -> None:
        under_way.go_to(MONDAY + timedelta(days=1))
        self.kept(under_way)
        with served(under_way):
            until(lambda: under_way.dispatch().state == "delivered")

    def test_so_does_the_next_delivery_pass(self, under_way: House) -> None:
        under_way.go_to(MONDAY + timedelta(days=1))
        self.kept(under_way)
        under_way.send()
        assert [row.outcome for row in under_way.rows(tables.hints)] == ["followed"]

    def test_two_workers_look_into_it_and_it_moves_once(self, under_way: House) -> None:
        under_way.go_to(MONDAY + timedelta(days=1))
        self.kept(under_way)
        with served(under_way), served(under_way):
            until(lambda: under_way.dispatch().state == "delivered")
            until(lambda: followed(under_way))
        assert len(under_way.journal("dispatch.delivered")) == 1
        under_way.assert_each_once()

    def test_while_the_partner_does_not_answer_it_waits(self, build_house: BuildHouse) -> None:
        fault = Fault(partner="access_point", kind="error", call="GET /api/documents/doc_", last=2)
        house = build_house(participants=[Participant(id=ZUID, delivered_after=1)], faults=[fault])
        house.workspace._peppol["be"] = EInvoiceBe(access(house, SECRET))
        house.take_in(document())
        deliver(house.workspace, MONDAY)
        self.kept(house)
        from flows.following import follow_hints

        assert not follow_hints(house.workspace, MONDAY) and not followed(house)
        follow_hints(house.workspace, MONDAY)
        assert followed(house)

    def test_but_not_for_ever(self, under_way: House, monkeypatch: pytest.MonkeyPatch) -> None:
        from flows import following

        self.kept(under_way)
        monkeypatch.setattr(following, "ask", lambda *_: None)
        under_way.clock.later = FORGET + timedelta(hours=1)
        following.follow_hints(under_way.workspace, MONDAY)
        assert [row.outcome for row in under_way.rows(tables.hints)] == ["forgotten"]


class TestAWordInTheQueue:
    """Some partners say what became of a document only in their queue, and answer no question about it."""

    class Queueing(EInvoiceBe):
        queue: list[Inbound]
        confirmed: list[str]

        def inbox(self) -> Any:
            yield from [item for item in self.queue if item.id not in self.confirmed]

        def confirm(self, inbound_id: str) -> None:
            self.confirmed.append(inbound_id)

        def status(self, partner_id: str) -> Submission:
            return Submission(answer=Answer.UNKNOWN, partner_id=partner_id, reason="no such question")

    def queueing(self, house: House, answer: Answer) -> Queueing:
        partner = self.Queueing(access(house, SECRET))
        proof = Proof(kind="evidence", level="received by the buyer's access point", content=b"<receipt/>")
        said = Submission(answer=answer, partner_id=house.dispatch().partner_id, proofs=(proof,))
        partner.queue, partner.confirmed = [Inbound(id="q-1", document=b'{"guid": "q-1"}', said=said)], []
        house.workspace._peppol["be"] = partner
        return partner

    def test_it_is_kept_before_it_is_confirmed_and_then_counts(self, under_way: House) -> None:
        partner = self.queueing(under_way, Answer.DELIVERED)
        under_way.send()
        assert partner.confirmed == ["q-1"] and under_way.dispatch().state == "delivered"
        levels = [level for level, _ in under_way.evidence(under_way.dispatch())]
        assert "received by the buyer's access point" in levels

    def test_a_crash_before_it_is_confirmed_counts_it_once(self, under_way: House) -> None:
        partner = self.queueing(under_way, Answer.NOT_DELIVERED)

        def die(inbound_id: str) -> None:
            raise KeyboardInterrupt

        partner.confirm = die  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            under_way.send()
        del partner.confirm
        under_way.send()
        under_way.send()
        assert under_way.dispatch().state == "not_delivered" and len(under_way.rows(tables.hints)) == 1
        assert len(under_way.journal("dispatch.not_delivered")) == 1


class TestPatience:
    """Accepted and never delivered: one task for a person, which closes by itself."""

    def test_one_task_after_the_policys_days(self, build_house: BuildHouse) -> None:
        house = build_house(participants=[Participant(id=ZUID, delivered_after=6)])
        house.take_in(document())
        house.send()
        house.play_to(MONDAY + timedelta(days=2))
        assert house.tasks("not_yet_delivered") == []
        house.play_to(MONDAY + timedelta(days=4))
        (task,) = house.rows(tables.tasks, tables.tasks.c.kind == "not_yet_delivered")
        assert task.opened == MONDAY + timedelta(days=3) and task.done is None
        assert "2026-7 was accepted by the access point on 2026-01-05" in task.text
        house.play_to(date(2026, 1, 13))
        (task,) = house.rows(tables.tasks, tables.tasks.c.kind == "not_yet_delivered")
        assert (task.outcome, task.done) == ("delivered", date(2026, 1, 12))

    def test_what_arrives_in_time_asks_nobody(self, house: House) -> None:
        house.take_in(document())
        house.play_to(MONDAY + timedelta(days=7))
        assert house.tasks("not_yet_delivered") == []


def test_health_says_when_the_ledger_does_not_answer(
    under_way: House, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/health").json() == {"ok": True}

    def gone(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(webhooks, "ask_ledger", gone)
    reply = client.get("/health")
    assert reply.status_code == 503 and "disk" not in reply.text


class TestACallThatCarriesADocument:
    """Peppyrus sends the whole message. So much is read only from who knows the path, and no more than is agreed."""

    TOKEN = "a-path-that-only-peppyrus-was-told-of"
    WHERE = f"/webhooks/be/peppyrus/{TOKEN}"

    @pytest.fixture
    def at_peppyrus(self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch) -> House:
        house = build_house(participants=[Participant(id=ZUID, delivered_after=1)])
        monkeypatch.setenv("VOLDAAN_TEST_KEY", API_KEY)
        monkeypatch.setenv("VOLDAAN_TEST_HOOK", self.TOKEN)
        free_of_the_rehearsal(house)
        chosen = Peppol(
            provider="peppyrus",
            url=house.addresses.urls["peppyrus"],
            key=SecretName(env="VOLDAAN_TEST_KEY"),
            webhook_secret=SecretName(env="VOLDAAN_TEST_HOOK"),
        )
        settings = house.workspace.settings
        sellers = [one.model_copy(update={"peppol": chosen}) for one in settings.sellers]
        house.set_settings(settings.model_copy(update={"sellers": sellers}))
        house.take_in(document())
        house.send()
        assert house.dispatch().state == "submitted"
        return house

    def message(self, house: House, content: int) -> bytes:
        said = {"id": house.dispatch().partner_id, "direction": "OUT", "folder": "sent", "fileContent": "A" * content}
        return json.dumps(said).encode()

    def test_five_megabytes_are_taken_and_the_state_is_read_again(self, at_peppyrus: House) -> None:
        with served(at_peppyrus) as client:
            at_peppyrus.go_to(MONDAY + timedelta(days=1))
            assert client.post(self.WHERE, content=self.message(at_peppyrus, 5_000_000)).status_code == 204
            until(lambda: at_peppyrus.dispatch().state == "delivered")
        kept = [row for row in at_peppyrus.rows(tables.evidence) if row.kind == "webhook"]
        assert len(at_peppyrus.workspace.store.get(kept[0].content)) > 5_000_000

    def test_who_does_not_know_the_path_may_not(self, at_peppyrus: House) -> None:
        body = self.message(at_peppyrus, 5_000_000)
        with served(at_peppyrus) as client:
            for path in ("/webhooks/be/peppyrus/guessed", "/webhooks/be/peppyrus", PATH, "/webhooks/nobody/peppyrus/x"):
                assert client.post(path, content=body).status_code == 413
        assert at_peppyrus.rows(tables.hints) == []

    @pytest.mark.parametrize("announced", [True, False])
    def test_a_larger_one_is_refused_before_it_is_read(self, at_peppyrus: House, announced: bool) -> None:
        import asyncio

        said: list[Any] = []
        given: list[int] = []

        async def receive() -> dict[str, Any]:
            given.append(1_000_000)
            return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

        async def send(message: Any) -> None:
            said.append(message)

        async def never(*_: Any) -> None:
            raise AssertionError("it got through")

        length = [(b"content-length", str(DOCUMENT + 1).encode())] if announced else []
        scope = {"type": "http", "path": self.WHERE, "headers": length, "client": ("1.2.3.4", 1)}
        guard = webhook_guard.Guard(never, most=partial(webhooks.most_of, at_peppyrus.workspace))
        asyncio.run(guard(scope, receive, send))
        assert said[0]["status"] == 413
        assert sum(given) == 0 if announced else sum(given) <= DOCUMENT + 1_000_000
