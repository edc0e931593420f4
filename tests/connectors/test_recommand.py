"""The access point Recommand: what each of its answers means, against its twin and against its error shapes.

Source: its server (recommand/recommand-peppol f26b74e), its tests of September 2026 for deliveries, and two clients for
the signature of webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from connectors.http import NoAnswer
from connectors.peppol.providers import PROVIDERS
from connectors.peppol.recommand import Recommand
from connectors.ports import Access, Answer, BadWebhook, Event, Found, Reach
from connectors.sandbox import CREDIT_NOTE, INVOICE, Fault, Participant, Sandbox, SandboxAddresses
from connectors.sandbox.recommand import KEY, PLAYGROUND_KEY, SECRET, company_of
from tests.connectors.conftest import Opened
from tests.connectors.ear import Ear
from tests.connectors.samples import BUYER, NOT_THERE, SELLER, document, ubl

Open = Callable[..., Opened]
Said = tuple[int, Any] | tuple[int, Any, dict[str, str]] | Exception
HIDDEN = "secret-that-nobody-may-read"
COMPANY = company_of(SELLER)
IDENTIFIERS: Said = (200, {"success": True, "identifiers": [{"scheme": "0208", "identifier": SELLER[5:]}]})
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def answering(*said: Said, identifiers: Said = IDENTIFIERS) -> tuple[Recommand, list[httpx.Request]]:
    """A provider whose n-th call gets the n-th answer, the last again and again; `identifiers` stand apart."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/identifiers"):
            return reply(identifiers)
        asked.append(request)
        return reply(said[min(len(asked), len(said)) - 1])

    http = httpx.Client(transport=httpx.MockTransport(handle))
    access = Access(url="https://api.example/api/v1", key="key_1", secret=HIDDEN, account=COMPANY, webhook_secret="w")
    return Recommand(access, http=http), asked


def reply(said: Said) -> httpx.Response:
    if isinstance(said, Exception):
        raise said
    status, body, *headers = said
    text = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(status, text=text, headers=headers[0] if headers else {})


def provider_at(addresses: SandboxAddresses, key: str = KEY, account: str = COMPANY, seconds: float = 5) -> Recommand:
    access = Access(url=addresses.urls["recommand"] + "/api/v1", key=key, secret=SECRET, account=account)
    return Recommand(access, http=httpx.Client(timeout=seconds, trust_env=False))


def shown(**said: Any) -> Said:
    return 200, {"success": True, "document": {"id": "doc_1", **said}}


def failure(**errors: list[str]) -> dict[str, Any]:
    return {"success": False, "errors": errors}


# --- the way that works --------------------------------------------------------------------------------------------


def test_a_document_is_sent_and_delivered_with_the_receipt(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    assert provider.prepare(document()) is None

    sent = provider.submit(document(), None, "key")
    assert sent.answer is Answer.SUBMITTED and sent.partner_id
    assert {"document", "as4_message", "sbdh"} <= set(sent.ids)

    state = provider.status(sent.partner_id)
    assert state.answer is Answer.DELIVERED
    assert state.ids == sent.ids | {"as4_conversation": f"conv-{sent.partner_id}"}
    assert [(proof.kind, proof.level) for proof in state.proofs] == [
        ("peppol_state", "transmitted to the buyer's access point, by the provider's word"),
        ("peppol_receipt", "received by the buyer's access point"),
    ]
    digest = base64.b64encode(hashlib.sha256(document().ubl).digest())
    assert digest in state.proofs[1].content, "the receipt is about these bytes"

    (receipt,) = sandbox.received()
    assert (receipt.partner, receipt.key, receipt.reference) == ("recommand", f"{SELLER} 2026-001", sent.partner_id)
    assert (sandbox.out / receipt.path).read_bytes() == document().ubl
    assert sandbox.duplicates() == 0


def test_what_it_has_to_show_is_the_receipt_and_the_ubl_as_sent(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    partner_id = provider.submit(document(), None, "key").partner_id
    assert partner_id
    proofs = {proof.kind: proof for proof in provider.evidence(partner_id)}
    assert proofs["peppol_as_sent"].content == document().ubl
    assert proofs["peppol_receipt"].level == "received by the buyer's access point"
    with pytest.raises(NoAnswer, match="Document not found"):
        provider.evidence("doc_none")


def test_a_ubl_of_the_access_points_own_making_is_kept_as_it_is(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, rewritten=True)])
    provider = provider_at(addresses)
    partner_id = provider.submit(document(), None, "key").partner_id
    assert partner_id
    (as_sent,) = [proof for proof in provider.evidence(partner_id) if proof.kind == "peppol_as_sent"]
    assert as_sent.content != document().ubl and b"DueDate" not in as_sent.content


def test_the_send_asks_for_peppol_and_for_nothing_else() -> None:
    provider, asked = answering((200, {"success": True, "id": "doc_1", "sentOverPeppol": True}))
    provider.submit(document(), None, "key")
    (request,) = asked
    assert request.url.path == f"/api/v1/{COMPANY}/send"
    assert json.loads(request.content) == {
        "recipient": BUYER,
        "documentType": "xml",
        "document": document().ubl.decode(),
        "doctypeId": INVOICE,
        "processId": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    }
    pair = base64.b64encode(f"key_1:{HIDDEN}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {pair}"


def test_it_is_the_default_of_dutch_sellers() -> None:
    known = PROVIDERS["recommand"]
    assert (known.countries, known.needs) == (("NL",), ("secret", "account"))
    assert known.open(Access(url=known.url or "", key="k", secret="s", account="c")).name == "recommand"


def test_the_receiver_is_looked_up(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, Participant(id="0106:12345678", document_types=(INVOICE,))])
    provider = provider_at(addresses)
    reach, proof = provider.lookup(BUYER, "busdox-docid-qns::" + CREDIT_NOTE)
    assert reach is Reach.CAN_RECEIVE and proof is not None and json.loads(proof.content)["isValid"]
    assert provider.lookup("0106:12345678", CREDIT_NOTE)[0] is Reach.NOT_THIS_DOCUMENT
    assert provider.lookup(NOT_THERE, INVOICE)[0] is Reach.UNKNOWN, "its no is also said of a lookup that failed"


@pytest.mark.parametrize(
    "said",
    [
        (500, failure(root=["no"])),
        (401, failure(root=["Unauthorized"])),
        (200, "<html>"),
        (200, {"success": True, "isValid": True, "supportedDocuments": []}),
        (301, "", {"location": "https://elsewhere.example"}),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
    ],
)
def test_a_lookup_in_doubt_is_unknown(said: Said) -> None:
    assert answering(said)[0].lookup(BUYER, INVOICE) == (Reach.UNKNOWN, None)


# --- what each answer means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, failure(root=["Document validation failed. Please ensure …"]), Answer.REJECTED),
        (400, failure(root=["Invalid input"], recipient=["Required"]), Answer.REJECTED),
        (400, failure(root=["Document type could not be detected automatically from …"]), Answer.REJECTED),
        (400, failure(root=["No sending company identifier found. Ensure …"]), Answer.PRECONDITION),
        (400, failure(root=["Failed query: insert into …"]), Answer.UNKNOWN),  # after the document had left
        (400, failure(root=["fetch failed"]), Answer.UNKNOWN),
        (400, "<html>", Answer.UNKNOWN),
        (401, failure(root=["Unauthorized"]), Answer.PRECONDITION),
        (402, "", Answer.PRECONDITION),
        (403, failure(root=["Company must be verified before …"]), Answer.PRECONDITION),
        (404, failure(root=["Company not found"]), Answer.PRECONDITION),
        (413, "", Answer.REJECTED),
        (422, failure(root=["Failed to send document over Peppol network. …"]), Answer.NOT_DELIVERED),
        (422, failure(root=["no"]) | {"deliveryFailure": {"channel": "peppol"}}, Answer.NOT_DELIVERED),
        (422, failure(root=["no"]) | {"deliveryFailure": {"category": "validation"}}, Answer.REJECTED),
        (429, "", Answer.TRANSIENT),
        (307, "", Answer.PRECONDITION),
        (418, "", Answer.UNKNOWN),
        (500, failure(root=["Internal Server Error"]), Answer.UNKNOWN),
        (502, "<html>", Answer.UNKNOWN),
        (503, "", Answer.UNKNOWN),
    ],
)
def test_what_an_answer_to_the_send_means(status: int, body: Any, meaning: Answer) -> None:
    provider, asked = answering((status, body, {"location": "https://elsewhere.example"}))
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (meaning, None)
    assert (answer.reason or "").startswith(f"recommand answered {status}")
    assert len(asked) == 1, "nothing is repeated, no redirect is followed"


@pytest.mark.parametrize(
    ("said", "of_send", "of_status"),
    [
        ({"sentOverPeppol": True}, Answer.SUBMITTED, Answer.DELIVERED),
        ({"sentOverPeppol": True, "deliveryStatus": "pending"}, Answer.SUBMITTED, Answer.SUBMITTED),
        ({"sentOverPeppol": True, "deliveryStatus": "delivered"}, Answer.SUBMITTED, Answer.DELIVERED),
        ({"sentOverPeppol": True, "deliveryStatus": "failed"}, Answer.NOT_DELIVERED, Answer.NOT_DELIVERED),
        ({"sentOverPeppol": False, "deliveryStatus": "pending"}, Answer.SUBMITTED, Answer.SUBMITTED),
        ({"sentOverPeppol": False, "sentOverEmail": True}, Answer.NOT_DELIVERED, Answer.NOT_DELIVERED),
        (
            {"sentOverPeppol": False, "sentOverEmail": True, "deliveryStatus": "delivered"},
            Answer.NOT_DELIVERED,
            Answer.NOT_DELIVERED,
        ),
        ({"sentOverPeppol": False, "sentOverEmail": False}, Answer.NOT_DELIVERED, Answer.NOT_DELIVERED),
        ({}, Answer.SUBMITTED, Answer.UNKNOWN),
        ({"sentOverPeppol": True, "deliveryStatus": "something new"}, Answer.SUBMITTED, Answer.UNKNOWN),
        (  # the network refused it after the send had said yes; the mail that then went out is no delivery
            {
                "sentOverPeppol": True,
                "deliveryStatus": "pending",
                "deliveries": [{"channel": "peppol", "status": "failed"}, {"channel": "email", "status": "pending"}],
            },
            Answer.NOT_DELIVERED,
            Answer.NOT_DELIVERED,
        ),
        (
            {"sentOverPeppol": True, "deliveries": [{"channel": "email", "status": "delivered"}]},
            Answer.SUBMITTED,
            Answer.DELIVERED,
        ),
        (
            {"deliveries": [{"channel": "peppol", "status": "failed"}, {"channel": "peppol", "status": "delivered"}]},
            Answer.SUBMITTED,
            Answer.DELIVERED,
        ),
    ],
)
def test_only_what_went_by_peppol_counts(said: dict[str, Any], of_send: Answer, of_status: Answer) -> None:
    sent = answering((200, {"success": True, "id": "doc_1", **said}))[0].submit(document(), None, "key")
    assert (sent.answer, sent.partner_id) == (of_send, "doc_1")
    assert answering(shown(**said))[0].status("doc_1").answer is of_status


def test_a_failure_is_told_in_one_sentence() -> None:
    failed = {"category": "validation", "message": "Schematron failed", "providerCode": "TXE-1005"}
    said = shown(sentOverPeppol=True, deliveries=[{"channel": "peppol", "status": "failed", "failure": failed}])
    reason = answering(said)[0].status("doc_1").reason
    assert reason == "the network did not deliver it; validation: Schematron failed"
    by_mail = {"sentOverPeppol": False, "sentOverEmail": True, "additionalPeppolFailureContext": "No\nreceiver"}
    reason = answering(shown(**by_mail))[0].status("doc_1").reason
    assert reason == "it went by e-mail only, which is no delivery by Peppol: No receiver"


@pytest.mark.parametrize("signal", ["<a/>", "no xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<Receipt/>"])
def test_only_a_receipt_is_the_buyers_access_points_own_word(signal: str) -> None:
    state = answering(shown(sentOverPeppol=True, receivedPeppolSignalMessage=signal))[0].status("doc_1")
    assert [proof.level for proof in state.proofs if proof.kind == "peppol_receipt"] == ["said by the access point"]


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (httpx.ConnectError("refused"), Answer.TRANSIENT),
        (httpx.ConnectTimeout("slow"), Answer.TRANSIENT),
        (httpx.ReadTimeout("slow"), Answer.UNKNOWN),
        (httpx.WriteTimeout("slow"), Answer.UNKNOWN),
        (httpx.RemoteProtocolError("closed"), Answer.UNKNOWN),
        (httpx.ReadError("reset"), Answer.UNKNOWN),
    ],
)
def test_what_a_lost_answer_means(error: Exception, meaning: Answer) -> None:
    assert answering(error)[0].submit(document(), None, "key").answer is meaning


@pytest.mark.parametrize("body", ["<html>", {"success": False, "id": "doc_1"}, {"success": True}, []])
def test_an_unreadable_answer_to_a_send_is_unknown(body: Any) -> None:
    assert answering((200, body))[0].submit(document(), None, "key").answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("identifiers", "meaning"),
    [
        ((200, {"success": True, "identifiers": [{"scheme": "0106", "identifier": "12345678"}]}), Answer.PRECONDITION),
        ((200, {"success": True, "identifiers": []}), Answer.PRECONDITION),
        ((401, failure(root=["Unauthorized"])), Answer.PRECONDITION),
        ((404, failure(root=["Company not found"])), Answer.PRECONDITION),
        ((429, ""), Answer.TRANSIENT),
        ((500, ""), Answer.TRANSIENT),
        ((200, "<html>"), Answer.TRANSIENT),
        (httpx.ReadTimeout("slow"), Answer.TRANSIENT),
    ],
)
def test_nothing_is_sent_in_the_name_of_another_company(identifiers: Said, meaning: Answer) -> None:
    provider, asked = answering((200, {}), identifiers=identifiers)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, asked) == (meaning, [])
    assert answer.reason


def test_a_document_that_is_not_utf_8_is_rejected_before_anything_is_sent() -> None:
    provider, asked = answering((200, {}))
    assert provider.submit(replace(document(), ubl=b"\xff\xfe<"), None, "key").answer is Answer.REJECTED
    assert asked == []


def test_neither_key_nor_secret_is_in_a_reason_or_a_proof() -> None:
    pair = base64.b64encode(f"key_1:{HIDDEN}".encode()).decode()
    provider, _ = answering((401, failure(root=[f"key_1 and {HIDDEN} and {pair}"])))
    answer = provider.submit(document(), None, "key")
    assert HIDDEN not in repr(answer) and pair not in repr(answer)
    assert answer.reason == "recommand answered 401: *** and *** and ***"


def test_patience_is_asked_in_seconds() -> None:
    answer = answering((429, "", {"retry-after": "17"}))[0].submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 17)


def test_an_id_of_the_partner_never_leaves_its_place_in_the_path() -> None:
    provider, asked = answering(shown(sentOverPeppol=True))
    provider.status("../companies?x=")
    assert asked[0].url.raw_path == b"/api/v1/documents/..%2Fcompanies%3Fx%3D"


@pytest.mark.parametrize("url", ["http://app.recommand.eu/api/v1", "app.recommand.eu", "https://"])
def test_a_key_never_travels_in_the_open(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Recommand(Access(url=url, key="k", secret="s", account="c"))


# --- lost answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "garbage"])
def test_a_send_whose_answer_was_lost_is_found_taken(opened: Open, kind: str) -> None:
    fault = Fault(partner="recommand", kind=kind, call="/send")  # type: ignore[arg-type]
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.TAKEN and finding.submission is not None
    assert finding.submission.answer is Answer.DELIVERED and finding.submission.partner_id
    assert len(sandbox.received()) == 1


def test_a_send_that_the_server_failed_to_note_goes_to_a_person(opened: Open) -> None:
    """The document is on the network, the answer is an error, and the list knows nothing of it."""
    fault = Fault(partner="recommand", kind="half_done", call="/send")
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.reason) == (
        Answer.UNKNOWN,
        "recommand answered 400: Failed query: insert into transmitted_documents",
    )
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.CANNOT_TELL, "to send again would be to send twice"
    assert finding.submission is not None and "proves nothing" in (finding.submission.reason or "")
    assert len(sandbox.received()) == 1


def test_absence_from_the_list_proves_nothing(opened: Open) -> None:
    fault = Fault(partner="recommand", kind="error", call="/send")
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), None, "key").found is Found.CANNOT_TELL
    assert sandbox.received() == ()


def test_a_document_is_found_by_its_bytes_and_its_receiver(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, "0106:12345678"])
    provider = provider_at(addresses)
    provider.submit(document("2026-0011"), None, "key")
    assert provider.find(document("2026-001"), None, "key").found is Found.CANNOT_TELL, "part of a number is another"
    provider.submit(document(), None, "key")
    assert provider.find(document(), None, "key").found is Found.TAKEN
    assert provider.find(document(receiver="0106:12345678"), None, "key").found is Found.CANNOT_TELL
    changed = replace(document(), ubl=document().ubl.replace(b"121.00", b"242.00"))
    finding = provider.find(changed, None, "key")
    assert finding.found is Found.CANNOT_TELL and finding.submission is not None
    assert "another document under the number 2026-001: doc_" in (finding.submission.reason or "")


def test_every_page_of_the_list_is_read() -> None:
    def listed(page: int, *documents: dict[str, Any], last: int = 2) -> Said:
        pages = {"total": last * 200, "page": page, "limit": 200, "totalPages": last}
        return 200, {"success": True, "documents": list(documents), "pagination": pages}

    hit = {"id": "doc_1", "receiverId": BUYER.upper(), "parsed": None}
    provider, asked = answering(listed(1), listed(2, hit), shown(xml=document().ubl.decode(), sentOverPeppol=True))
    assert provider.find(document(), None, "key").found is Found.TAKEN
    assert [dict(request.url.params).get("page") for request in asked] == ["1", "2", None]
    assert dict(asked[0].url.params)["search"] == "2026-001" and dict(asked[0].url.params)["companyId"] == COMPANY
    provider, asked = answering(listed(1, last=10**6))
    assert provider.find(document(), None, "key").found is Found.CANNOT_TELL
    assert len(asked) == 10, "a list without an end"


@pytest.mark.parametrize(
    "said", [(401, ""), (429, ""), (500, ""), (400, ""), (200, "x"), httpx.ReadTimeout(""), httpx.ConnectError("")]
)
def test_a_question_without_an_answer_is_asked_again(said: Said) -> None:
    provider, _ = answering(said)
    assert provider.status("doc_1").answer is Answer.UNKNOWN
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.NOT_ASKED and finding.submission and finding.submission.reason


# --- refusals and failures of the twin -----------------------------------------------------------------------------


def test_a_wrong_key_is_a_precondition(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses, key="wrong").submit(document(), None, "key")
    assert (answer.answer, answer.reason) == (Answer.PRECONDITION, "recommand answered 401: Unauthorized")


def test_a_company_that_is_not_verified_is_a_precondition(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses, account=COMPANY + "_unverified").submit(document(), None, "key")
    assert answer.answer is Answer.PRECONDITION and "must be verified" in (answer.reason or "")


def test_a_company_that_sends_for_somebody_else_is_a_precondition(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses, account=company_of("0106:12345678")).submit(document(), None, "key")
    assert answer.answer is Answer.PRECONDITION
    assert answer.reason == (
        f"recommand's company 'c_0106_12345678' does not send for {SELLER}; its identifiers: 0106:12345678"
    )
    assert sandbox.received() == ()


@pytest.mark.parametrize("content", [b"", b"not xml", b"<Order/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"])
def test_what_is_no_invoice_is_rejected(opened: Open, content: bytes) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses).submit(replace(document(), ubl=content), None, "key")
    assert answer.answer is Answer.REJECTED and "Document validation failed" in (answer.reason or "")


@pytest.mark.parametrize("receiver", [NOT_THERE, "404:404", "0208:1234567894"])
def test_a_receiver_that_is_not_on_the_network_is_not_delivered_to(opened: Open, receiver: str) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses).submit(document(receiver=receiver), None, "key")
    assert answer.answer is Answer.NOT_DELIVERED and "not registered" in (answer.reason or "")
    assert sandbox.received() == ()


def test_what_the_access_point_mailed_instead_is_not_delivered(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, mailed=True)])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert answer.answer is Answer.NOT_DELIVERED and "e-mail only" in (answer.reason or "")
    assert answer.partner_id and provider.status(answer.partner_id).answer is Answer.NOT_DELIVERED


def test_a_pending_delivery_comes_to_its_end(opened: Open) -> None:
    late, lost = Participant(id=BUYER, delivered_after=2), Participant(id="0106:12345678", fails_after=3)
    sandbox, addresses = opened(participants=[late, lost])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    ids = [
        provider.submit(doc, None, "key").partner_id or ""
        for doc in (document(), document("2026-002", receiver="0106:12345678"))
    ]
    told = []
    for day in (5, 7, 8):
        sandbox.set_date(date(2026, 1, day))
        told.append([provider.status(one).answer for one in ids])
    assert told == [
        [Answer.SUBMITTED, Answer.SUBMITTED],
        [Answer.DELIVERED, Answer.SUBMITTED],
        [Answer.DELIVERED, Answer.NOT_DELIVERED],
    ]
    assert "Rejected by the receiver's access point" in (provider.status(ids[1]).reason or "")


def test_too_many_calls_is_transient(opened: Open) -> None:
    fault = Fault(partner="recommand", kind="too_many", call="/send", retry_after=12)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 12)
    assert answer.reason == "recommand answered 429: Too Many Requests", "in this partner's own shape of an error"
    assert provider.submit(document(), None, "key").answer is Answer.SUBMITTED


def test_a_slow_send_is_unknown_until_it_is_listed(opened: Open) -> None:
    fault = Fault(partner="recommand", kind="slow", call="/send", seconds=0.6)
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    assert provider_at(addresses, seconds=0.2).submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider_at(addresses).find(document(), None, "key").found is Found.CANNOT_TELL, "the partner is still at it"
    until = time.monotonic() + 5
    while not sandbox.received() and time.monotonic() < until:
        time.sleep(0.05)
    assert provider_at(addresses).find(document(), None, "key").found is Found.TAKEN


def test_what_was_taken_is_known_after_another_start(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    partner_id = provider_at(addresses).submit(document(), None, "key").partner_id
    assert partner_id
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).status(partner_id).answer is Answer.DELIVERED
    provider_at(addresses).submit(document(), None, "key")
    assert (len(sandbox.received()), sandbox.duplicates()) == (2, 1), "the same invoice twice is counted"


# --- the account ---------------------------------------------------------------------------------------------------


def test_the_credentials_are_tried_without_sending(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).check() is None
    wrong = "recommand answered 401: Unauthorized; look at key, secret and account"
    assert provider_at(addresses, key="wrong").check() == wrong
    nobody = "recommand has no company 'nobody' for this key; look at account"
    assert provider_at(addresses, account="nobody").check() == nobody
    unverified = f"recommand has not verified the company '{COMPANY}_unverified'"
    assert provider_at(addresses, account=f"{COMPANY}_unverified").check() == unverified
    playground = "the key belongs to a playground of recommand, whose documents go to nobody"
    assert provider_at(addresses, key=PLAYGROUND_KEY).check() == playground
    assert sandbox.received() == ()
    access = Access(url="http://127.0.0.1:1", key=KEY, secret=SECRET, account=COMPANY)
    assert Recommand(access).check() == "no connection to 127.0.0.1 (ConnectError)"
    assert (
        answering((200, "<html>"))[0].check() == f"recommand has no company '{COMPANY}' for this key; look at account"
    )
    assert answering((500, failure(root=["Oops"])))[0].check() == "recommand answered 500: Oops"


# --- what comes in -------------------------------------------------------------------------------------------------


def test_answers_of_buyers_are_read_and_confirmed_and_invoices_left_alone(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    sandbox.arrive("recommand", b"<ApplicationResponse/>", sender=BUYER, receiver=SELLER)
    sandbox.arrive("recommand", ubl("77", BUYER, SELLER), sender=BUYER, receiver=SELLER)
    sandbox.arrive("recommand", b"<ApplicationResponse/>", sender=BUYER, receiver="0106:12345678")
    (came,) = provider.inbox()
    assert (came.document, came.sender, came.receiver) == (b"<ApplicationResponse/>", BUYER, SELLER)
    provider.confirm(came.id)
    provider.confirm(came.id)
    assert list(provider.inbox()) == []
    with pytest.raises(NoAnswer, match="Document not found"):
        provider.confirm("nothing")


@pytest.mark.parametrize("said", [(401, ""), (500, ""), (200, "x"), httpx.ReadTimeout("")])
def test_an_inbox_that_cannot_be_read_is_said_so(said: Said) -> None:
    with pytest.raises(NoAnswer):
        list(answering(said)[0].inbox())


# --- signed calls --------------------------------------------------------------------------------------------------


def signed(body: bytes, secret: str = "w", identity: str = "call-1") -> dict[str, str]:
    value = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-signature": value, "x-idempotency-key": identity}


EVENT = json.dumps({"eventType": "document.received", "documentId": "doc_1", "companyId": COMPANY}).encode()


def test_a_signed_call_is_a_hint_at_a_document() -> None:
    provider, _ = answering((200, {}))
    event = provider.verify_webhook(signed(EVENT), EVENT, AT)
    assert (event.id, event.kind, event.partner_id, event.at) == ("call-1", "document.received", "doc_1", None)
    other = EVENT.replace(COMPANY.encode(), b"c_of_another")
    assert provider.verify_webhook(signed(other), other, AT).partner_id is None, "another company of the team"


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({}, EVENT, "X-Signature"),
        (signed(EVENT, secret="other"), EVENT, "X-Signature"),
        (signed(EVENT), EVENT + b" ", "X-Signature"),
        ({"x-signature": "sha256=é", "x-idempotency-key": "1"}, EVENT, "X-Signature"),
        (signed(EVENT, identity=" "), EVENT, "X-Idempotency-Key"),
        (signed(b"[]"), b"[]", "no event"),
        (signed(b"x"), b"x", "no event"),
    ],
)
def test_a_call_that_proves_nothing_is_refused(headers: dict[str, str], body: bytes, words: str) -> None:
    with pytest.raises(BadWebhook, match=words):
        answering((200, {}))[0].verify_webhook(headers, body, AT)


def test_without_a_secret_no_call_is_trusted() -> None:
    access = Access(url="https://api.example", key="k", secret="s", account=COMPANY)
    with pytest.raises(BadWebhook, match="webhook_secret"):
        Recommand(access).verify_webhook(signed(EVENT, secret=""), EVENT, AT)


def calling(opened: Open, ear: Ear, *faults: Fault) -> tuple[Sandbox, Recommand]:
    """The twin calls the ear for what comes in; the provider knows the secret of that webhook."""
    sandbox, addresses = opened(participants=[BUYER], faults=faults)
    url = addresses.urls["recommand"] + "/api/v1"
    hook = {"url": f"http://127.0.0.1:{ear.server.server_port}/hook", "companyId": COMPANY}
    made = httpx.post(f"{url}/webhooks", json=hook, auth=(KEY, SECRET), trust_env=False).json()["webhook"]
    listed = httpx.get(f"{url}/webhooks", auth=(KEY, SECRET), trust_env=False).json()["webhooks"]
    assert listed == [made]
    access = Access(url=url, key=KEY, secret=SECRET, account=COMPANY, webhook_secret=made["secret"])
    return sandbox, Recommand(access)


def arrive(sandbox: Sandbox, receiver: str = SELLER) -> str:
    return sandbox.arrive("recommand", b"<ApplicationResponse/>", sender=BUYER, receiver=receiver)


def test_the_twin_calls_for_what_came_in_and_only_for_this_company(opened: Open, ear: Ear) -> None:
    sandbox, provider = calling(opened, ear)
    arrive(sandbox, receiver="0106:12345678")
    came = arrive(sandbox)
    event = ear.next(provider)
    assert isinstance(event, Event) and (event.kind, event.partner_id) == ("document.received", came)
    assert [one.id for one in provider.inbox()] == [came], "the hint leads to the document itself"
    assert ear.heard.empty()


def test_a_call_made_twice_is_one_event_and_calls_may_overtake_each_other(opened: Open, ear: Ear) -> None:
    twice = Fault(partner="recommand", kind="twice", call="WEBHOOK document.received")
    late = Fault(partner="recommand", kind="overtaken", call="WEBHOOK document.received", first=2, last=2)
    sandbox, provider = calling(opened, ear, twice, late)
    arrive(sandbox)
    first, again = ear.next(provider), ear.next(provider)
    assert isinstance(first, Event) and first == again

    sandbox.stop()  # what is owed is written down, and called for after the next start
    held_up, on_time = arrive(sandbox), arrive(sandbox)
    sandbox.start()
    assert [getattr(ear.next(provider), "partner_id", None) for _ in range(2)] == [on_time, held_up]


def test_a_forged_call_is_refused_and_the_true_one_comes_after_it(opened: Open, ear: Ear) -> None:
    sandbox, provider = calling(opened, ear, Fault(partner="recommand", kind="forged", call="WEBHOOK"))
    arrive(sandbox)
    assert isinstance(ear.next(provider), BadWebhook)


def test_a_call_that_never_comes_hides_nothing(opened: Open, ear: Ear) -> None:
    sandbox, provider = calling(opened, ear, Fault(partner="recommand", kind="drop", call="WEBHOOK", last=3))
    came = arrive(sandbox)
    assert [one.id for one in provider.inbox()] == [came]
    assert ear.heard.empty()
