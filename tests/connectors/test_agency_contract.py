"""The published contract: what the twin answers is what the OpenAPI document says, route by route; calls are signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from starlette.routing import Route

from connectors.collection.agency import SignedAgency
from connectors.collection.agency_openapi import document
from connectors.collection.agency_wire import call_signature, packed_news, signature
from connectors.ports import Answer, BadWebhook, Found
from connectors.sandbox import AGENCY_CLIENT, AGENCY_SECRET
from connectors.sandbox.calls import listener
from tests.connectors.claim_samples import dossier, news
from tests.connectors.conftest import Opened
from tests.connectors.ear import Ear

Open = Callable[..., Opened]
HOOK = "the webhook's own secret"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


class Caller:
    """Calls the twin and holds every answer to the document."""

    def __init__(self, url: str) -> None:
        self.url, self.contract, self.seen = url, document(), set[tuple[str, str, str]]()

    def __call__(self, method: str, path: str, key: str = "", body: bytes = b"", **ids: str) -> tuple[int, Any]:
        target = path.format(**ids) + (f"?key={key}" if method == "GET" and not path.endswith("{id}") else "")
        moment = int(datetime.now(UTC).timestamp())
        headers = {
            "X-Client": AGENCY_CLIENT,
            "Idempotency-Key": key,
            "X-Signature": signature(AGENCY_SECRET, moment, method, target, key, body),
            "X-Filename": "claim.zip",
        }
        reply = httpx.request(method, self.url + target, headers=headers, content=body, trust_env=False)
        told = self.contract["paths"][path][method.lower()]["responses"][str(reply.status_code)]
        schema = told["content"]["application/json"]["schema"]
        checked = {**schema, "components": self.contract["components"]}
        jsonschema.Draft202012Validator(checked).validate(reply.json())
        self.seen.add((method, path, str(reply.status_code)))
        return reply.status_code, reply.json()


def test_the_twin_answers_as_the_document_says(opened: Open) -> None:
    _, addresses = opened()
    call = Caller(addresses.urls["agency"])
    assert call("POST", "/claims", "k1", dossier())[0] == 201
    status, claim = call("POST", "/claims", "k1", dossier())
    assert status == 200
    assert call("POST", "/claims", "k1", dossier("1.00"))[0] == 409
    assert call("POST", "/claims", "", dossier())[0] == 400
    assert call("POST", "/claims", "k2", b"no zip")[0] == 422
    assert call("GET", "/claims", "k1")[1]["items"] == [claim]
    assert call("GET", "/claims/{id}", id=claim["id"])[1] == claim
    assert call("GET", "/claims/{id}", id="AG-9")[0] == 404
    update = packed_news(news("payment"))
    assert call("POST", "/claims/{id}/updates", "u1", update, id=claim["id"])[0] == 201
    assert call("POST", "/claims/{id}/updates", "u1", update, id=claim["id"])[0] == 200
    assert call("POST", "/claims/{id}/updates", "u1", packed_news(news("balance")), id=claim["id"])[0] == 409
    assert call("POST", "/claims/{id}/updates", "u2", b"no zip", id=claim["id"])[0] == 422
    assert len(call("GET", "/claims/{id}/updates", "u1", id=claim["id"])[1]["items"]) == 1
    status, given_back = call("POST", "/claims/{id}/recall", "r1", packed_news(news("recall")), id=claim["id"])
    assert (status, given_back["state"]) == (200, "withdrawn")
    assert {(method, path) for method, path, _ in call.seen} == {
        (method.upper(), path) for path, methods in call.contract["paths"].items() for method in methods
    }


def test_the_twin_has_no_route_that_the_document_lacks(opened: Open) -> None:
    sandbox, _ = opened()
    own = {route.path for route in sandbox._agency.app().routes if isinstance(route, Route)}
    assert own == set(document()["paths"])


def test_the_document_is_open_api_and_refers_to_what_it_has() -> None:
    made = document()
    assert made["openapi"].startswith("3.1") and json.loads(json.dumps(made)) == made
    schemas = made["components"]["schemas"]
    referred = {part.split('"')[0] for part in json.dumps(made).split("#/components/schemas/")[1:]}
    assert referred <= set(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_an_update_is_kept_once_and_found_by_its_key(opened: Open) -> None:
    sandbox, addresses = opened()
    agency = SignedAgency(addresses.urls["agency"], AGENCY_CLIENT, AGENCY_SECRET)
    claim = agency.submit(dossier(), "a.zip", "k").partner_id or ""
    told = news("payment")
    assert agency.find_update(claim, told, "u").found is Found.NOT_TAKEN
    assert agency.update(claim, told, "u").answer is Answer.DELIVERED
    assert agency.find_update(claim, told, "u").found is Found.TAKEN
    assert agency.withdraw(claim, news("recall"), "r").answer is Answer.DELIVERED
    assert agency.find_update(claim, news("recall"), "r").found is Found.TAKEN
    assert sandbox.duplicates() == 0 and agency.check() is None


def test_a_recall_that_is_only_heard_is_not_given_back() -> None:
    claim = {"id": "AG-1", "key": "k", "sha256": "0" * 64, "state": "legal", "message": "at the bailiff's"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=claim))
    agency = SignedAgency("https://agency.example", "c", "s", http=httpx.Client(transport=transport))
    found = agency.withdraw("AG-1", news("recall"), "r")
    assert (found.answer, found.reason) == (Answer.SUBMITTED, "at the bailiff's")


def test_a_receipt_of_other_bytes_is_unknown() -> None:
    receipt = {"id": "AU-1", "claim": "AG-1", "key": "u", "sha256": hashlib.sha256(b"other").hexdigest()}
    transport = httpx.MockTransport(lambda _: httpx.Response(201, json=receipt))
    agency = SignedAgency("https://agency.example", "c", "s", http=httpx.Client(transport=transport))
    assert agency.update("AG-1", news("answer"), "u").answer is Answer.UNKNOWN


class TestCalls:
    BODY = json.dumps({"id": "AE-1", "type": "claim.changed", "claim": "AG-1"}).encode()

    def agency(self, secret: str | None = HOOK) -> SignedAgency:
        return SignedAgency("https://agency.example", "c", "s", webhook_secret=secret)

    def header(self, secret: str = HOOK, at: datetime = NOW) -> dict[str, str]:
        return {"x-signature": call_signature(secret, int(at.timestamp()), self.BODY)}

    def test_a_signed_call_names_its_claim(self) -> None:
        event = self.agency().verify_webhook(self.header(), self.BODY, NOW)
        assert (event.id, event.partner_id) == ("AE-1", "AG-1")

    @pytest.mark.parametrize(
        ("secret", "moment", "body"),
        [
            ("another", NOW, BODY),
            (HOOK, NOW - timedelta(minutes=6), BODY),
            (HOOK, NOW + timedelta(minutes=6), BODY),
            (HOOK, NOW, BODY + b" "),
        ],
    )
    def test_forged_old_or_changed_it_is_refused(self, secret: str, moment: datetime, body: bytes) -> None:
        with pytest.raises(BadWebhook):
            self.agency().verify_webhook(self.header(secret, moment), body, NOW)

    @pytest.mark.parametrize("header", ["", "t=1", "t=²,v1=0", "v1=,t=", "t=99999999999999999999999,v1=x"])
    def test_what_is_no_signature_is_refused(self, header: str) -> None:
        with pytest.raises(BadWebhook):
            self.agency().verify_webhook({"x-signature": header}, self.BODY, NOW)

    def test_without_a_secret_nothing_is_believed(self) -> None:
        with pytest.raises(BadWebhook, match="webhook_secret"):
            self.agency(None).verify_webhook(self.header(), self.BODY, NOW)

    def test_the_twin_calls_when_a_claim_has_moved(self, opened: Open, ear: Ear) -> None:
        sandbox, addresses = opened()
        listener(sandbox._state, "agency", f"http://127.0.0.1:{ear.server.server_address[1]}/", HOOK)
        agency = SignedAgency(addresses.urls["agency"], AGENCY_CLIENT, AGENCY_SECRET, webhook_secret=HOOK)
        claim = agency.submit(dossier(), "a.zip", "k").partner_id
        sandbox.set_date(sandbox.today() + timedelta(days=1))
        _, headers, body = ear.heard.get(timeout=5)
        event = agency.verify_webhook(headers, body, datetime.now(UTC))
        assert event.partner_id == claim
