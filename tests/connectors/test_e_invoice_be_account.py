"""e-invoice.be beside the sending: what it has to show afterwards, signed calls, the inbox, the key."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.http import NoAnswer
from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.ports import Access, BadWebhook
from connectors.sandbox import API_KEY
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, SELLER, document

Open = Callable[..., Opened]
API = "https://api.e-invoice.be"
KEY = "key-that-nobody-may-read"
AT = datetime(2025, 11, 10, 13, 11, tzinfo=UTC)
FIXTURE: dict[str, Any] = {
    "id": "evt-e7wyc7gtpqx4z73x2wqmwhebhbb3r8n3ovfhcsdbulxr3s2awf49de76yglrnri3",
    "tenant_id": "ten-abc123",
    "created_at": 1762780249,
    "type": "document.sent",
    "data": {"document_id": "doc-1"},
    "text": '⚡️ New webhook event: document.sent\n\n{\n  "document_id": "doc-1"\n}',
}
FIXTURE_SIGNATURE = "sha256=2f8ec8fab5adedd8f82a2b4064f559c40b14aed0c6da27ed394e51176b10bd1b"


def provider(answers: dict[str, Any] | None = None, secret: str | None = "secret") -> tuple[EInvoiceBe, list[str]]:
    """A provider whose answers are given by path; other paths answer 404."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        found = (answers or {}).get(request.url.path)
        if isinstance(found, bytes):
            assert "authorization" not in request.headers, "the key goes to the API only"
            return httpx.Response(200, content=found)
        if isinstance(found, int):
            return httpx.Response(found, json={"detail": f"words about {KEY}"})
        return httpx.Response(200 if found is not None else 404, json=found or {"detail": "not found"})

    http = httpx.Client(transport=httpx.MockTransport(handle))
    return EInvoiceBe(Access(url=API, key=KEY, webhook_secret=secret), http=http), asked


# --- signed calls --------------------------------------------------------------------------------------------------


def test_the_official_fixture_is_taken() -> None:
    event = provider()[0].verify_webhook({"x-signature": FIXTURE_SIGNATURE}, json.dumps(FIXTURE).encode(), AT)
    assert (event.id, event.kind, event.partner_id) == (FIXTURE["id"], "document.sent", "doc-1")
    assert event.at == datetime.fromtimestamp(FIXTURE["created_at"], UTC)


def test_the_signature_is_over_the_sorted_payload_not_over_the_bytes() -> None:
    body = json.dumps(dict(reversed(FIXTURE.items())), ensure_ascii=False, indent=4).encode()
    assert provider()[0].verify_webhook({"x-signature": FIXTURE_SIGNATURE}, body, AT).id == FIXTURE["id"]


def signed(payload: Any, secret: str = "secret") -> tuple[dict[str, str], bytes]:
    body = json.dumps(payload, sort_keys=True).encode()
    return {"x-signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}, body


@pytest.mark.parametrize(
    ("headers", "body", "at", "words"),
    [
        ({}, json.dumps(FIXTURE).encode(), AT, "X-Signature"),
        ({"x-signature": FIXTURE_SIGNATURE[7:]}, json.dumps(FIXTURE).encode(), AT, "X-Signature"),
        ({"x-signature": "sha256=é"}, json.dumps(FIXTURE).encode(), AT, "X-Signature"),
        ({"x-signature": FIXTURE_SIGNATURE}, json.dumps({**FIXTURE, "id": "evt-2"}).encode(), AT, "X-Signature"),
        (*signed(FIXTURE, "other"), AT, "X-Signature"),
        (*signed(FIXTURE), AT + timedelta(days=2), "too far"),
        (*signed(FIXTURE), AT - timedelta(hours=1), "too far"),
        (*signed({"id": "evt-1"}), AT, "no event"),
        (*signed([1, 2]), AT, "no event"),
        (*signed({**FIXTURE, "created_at": 10**18}), AT, "no event"),
        ({"x-signature": FIXTURE_SIGNATURE}, b"<xml/>", AT, "no JSON"),
        ({"x-signature": FIXTURE_SIGNATURE}, b"[" * 100_000, AT, "no JSON"),
        ({"x-signature": FIXTURE_SIGNATURE}, b"\xff\xfe", AT, "no JSON"),
    ],
)
def test_what_proves_nothing_is_refused(headers: dict[str, str], body: bytes, at: datetime, words: str) -> None:
    with pytest.raises(BadWebhook, match=words) as refused:
        provider()[0].verify_webhook(headers, body, at)
    assert "secret" not in str(refused.value).replace("webhook_secret", "")


def test_without_a_secret_no_call_is_trusted() -> None:
    headers, body = signed(FIXTURE, "")
    with pytest.raises(BadWebhook, match="webhook_secret"):
        provider(secret=None)[0].verify_webhook(headers, body, AT)


# --- what it has to show -------------------------------------------------------------------------------------------


def test_the_twin_shows_the_timeline_and_the_very_bytes(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.set_date(date(2026, 1, 5))
    there = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
    draft = there.prepare(document()).partner_id
    assert draft and there.submit(document(), draft, "key").partner_id == draft
    proofs = {proof.kind: proof for proof in there.evidence(draft)}
    assert b"send_success" in proofs["peppol_timeline"].content
    assert json.loads(proofs["peppol_ubl"].content)["receiver_peppol_id"] == BUYER[5:]
    assert proofs["peppol_as_sent"].content == document().ubl
    with pytest.raises(NoAnswer):
        there.evidence("doc_of_nobody")


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("https://files.e-invoice.be/doc_1?X-Signature=abc", True),
        ("https://bucket.s3.eu-west-1.amazonaws.com/doc_1?X-Signature=abc", True),
        (f"{API}/doc_1", True),
        ("http://files.e-invoice.be/doc_1", False),
        ("https://e-invoice.be.attacker.example/doc_1", False),
        ("https://files.e-invoice.be:8443/doc_1", False),
        ("https://user@169.254.169.254/doc_1", False),
        ("file:///etc/passwd", False),
        ("https://[/doc_1", False),
        (None, False),
    ],
)
def test_a_signed_url_is_followed_only_to_known_hosts(url: str | None, fetched: bool) -> None:
    said = {"id": "doc_1", "file_name": "x.xml", "file_size": 6, "signed_url": url}
    timeline = {"document_id": "doc_1", "events": []}
    there, asked = provider(
        {"/api/documents/doc_1/ubl": said, "/api/documents/doc_1/timeline": timeline, "/doc_1": b"<ubl/>"}
    )
    kinds = [proof.kind for proof in there.evidence("doc_1")]
    assert kinds == ["peppol_timeline", "peppol_ubl", *(["peppol_as_sent"] if fetched else [])]
    assert len(asked) == (3 if fetched else 2)


def test_the_key_of_a_signed_url_is_not_kept() -> None:
    url = "https://files.e-invoice.be/doc_1?token=opens-the-file"
    said = {"id": "doc_1", "file_name": "x.xml", "file_size": 6, "signed_url": url}
    there, _ = provider({"/api/documents/doc_1/ubl": said, "/api/documents/doc_1/timeline": {"events": []}})
    assert all(b"opens-the-file" not in proof.content for proof in there.evidence("doc_1"))


def test_a_file_of_another_size_is_not_what_was_sent() -> None:
    said = {"id": "doc_1", "file_name": "x.xml", "file_size": 7, "signed_url": f"{API}/doc_1"}
    answers = {"/api/documents/doc_1/ubl": said, "/api/documents/doc_1/timeline": {"events": []}, "/doc_1": b"<ubl/>"}
    assert [proof.kind for proof in provider(answers)[0].evidence("doc_1")] == ["peppol_timeline", "peppol_ubl"]


# --- the inbox and the key -----------------------------------------------------------------------------------------


def test_the_inbox_gives_what_is_no_invoice_once() -> None:
    items = [{"id": "doc_9", "state": "RECEIVED"}, {"id": "doc_8", "state": "RECEIVED", "document_type": "INVOICE"}]
    said = {
        "id": "doc_9",
        "file_name": "x.xml",
        "signed_url": f"{API}/doc_9",
        "sender_peppol_scheme": "0208",
        "sender_peppol_id": BUYER[5:],
        "receiver_peppol_scheme": "0208",
        "receiver_peppol_id": SELLER[5:],
    }
    there, asked = provider({"/api/inbox/": {"items": items}, "/api/documents/doc_9/ubl": said, "/doc_9": b"<ubl/>"})
    (one,) = there.inbox()
    assert (one.id, one.document, one.sender, one.receiver) == ("doc_9", b"<ubl/>", BUYER, SELLER)
    assert not any("doc_8" in url for url in asked), "a purchase invoice is none of ours"
    assert [again.id for again in there.inbox()] == ["doc_9"], "what was not confirmed comes again"
    there.confirm("doc_9")
    there.confirm("doc_9")
    assert list(there.inbox()) == []


def test_a_file_that_cannot_be_fetched_holds_up_nothing_else() -> None:
    items = [{"id": "doc_1", "state": "RECEIVED"}, {"id": "doc_2", "state": "RECEIVED"}]
    answers: dict[str, Any] = {"/api/inbox/": {"items": items}, "/doc_2": b"<ubl/>"}
    for name in ("doc_1", "doc_2"):
        said = {"id": name, "file_name": "x.xml", "signed_url": f"{API}/{name}"}
        answers[f"/api/documents/{name}/ubl"] = said
    came = provider(answers)[0].inbox()
    assert next(iter(came)).id == "doc_2"
    with pytest.raises(NoAnswer, match="doc_1"):
        list(came)


def test_an_inbox_that_does_not_answer_says_so() -> None:
    with pytest.raises(NoAnswer, match="500"):
        list(provider({"/api/inbox/": 500})[0].inbox())


def test_the_key_is_tried_and_nothing_is_sent(opened: Open) -> None:
    _, addresses = opened()
    url = addresses.urls["access_point"]
    assert EInvoiceBe(Access(url=url, key=API_KEY)).check() is None
    assert "401" in (EInvoiceBe(Access(url=url, key="wrong")).check() or "")
    words = provider({"/api/me/": 403})[0].check() or ""
    assert "403" in words and KEY not in words
    assert "no connection" in (EInvoiceBe(Access(url="http://127.0.0.1:1", key=API_KEY)).check() or "")
