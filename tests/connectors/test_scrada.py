"""The access point Scrada: what each of its answers means, against its twin and against its error shapes.

Source: its API documentation 1.24, whose example of a processed document stands here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from connectors.http import NoAnswer
from connectors.peppol.providers import PROVIDERS
from connectors.peppol.scrada import Scrada
from connectors.ports import Access, Answer, BadWebhook, Found, Reach
from connectors.sandbox import CREDIT_NOTE, INVOICE, Fault, Participant, SandboxAddresses
from connectors.sandbox.scrada import COMPANY, KEY, PASSWORD
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, NOT_THERE, SELLER, document, ubl

Open = Callable[..., Opened]
Said = tuple[int, Any] | tuple[int, Any, dict[str, str]] | Exception
HIDDEN = "password-that-nobody-may-read"
ID = "21a076e5-ee44-47a4-a21b-a7b45682d54f"
PROCESSED = {
    "id": ID,
    "createdOn": "2024-12-24T12:00:06.187Z",
    "externalReference": "test-invoice-scrada-1",
    "status": "Processed",
    "attempt": 1,
    "errorMessage": "",
    "peppolSenderID": "9915:test-sender",
    "peppolReceiverID": "0208:0793904121",
    "peppolC1CountryCode": "BE",
    "peppolC2Timestamp": "2024-12-24T12:00:23.039Z",
    "peppolC2SeatID": "PBE000659",
    "peppolC2MessageID": f"{ID}@scrada",
    "peppolC3Timestamp": "2024-12-24T12:00:23.743Z",
    "peppolC3SeatID": "PBE000659",
    "peppolC3MessageID": "3f34cb91-afc6-4a0f-8b13-90ff6c99e28a@phase4",
    "peppolConversationID": f"conv-{ID}@scrada",
    "peppolSbdhInstanceID": ID,
}


def answering(*said: Said, url: str = "https://api.example/v1") -> tuple[Scrada, list[httpx.Request]]:
    """A provider whose n-th call gets the n-th answer; the last one again and again."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = said[min(len(asked), len(said)) - 1]
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        text = body if isinstance(body, str) else json.dumps(body)
        return httpx.Response(status, text=text, headers=headers[0] if headers else {})

    http = httpx.Client(transport=httpx.MockTransport(handle))
    return Scrada(Access(url=url, key="key-1", secret=HIDDEN, account=COMPANY), http=http), asked


def provider_at(
    addresses: SandboxAddresses, password: str = PASSWORD, account: str = COMPANY, seconds: float = 5
) -> Scrada:
    access = Access(url=addresses.urls["scrada"] + "/v1", key=KEY, secret=password, account=account)
    return Scrada(access, http=httpx.Client(timeout=seconds, trust_env=False))


def error(words: str, **more: Any) -> dict[str, Any]:
    return {"errorCode": 110554, "errorType": 1, "defaultFormat": words, "parameters": [], "innerErrors": [], **more}


# --- the way that works --------------------------------------------------------------------------------------------


def test_a_document_is_sent_and_received_by_the_buyers_access_point(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    assert provider.prepare(document()) is None

    sent = provider.submit(document(), None, "vdb/invoice/2026-001/1")
    assert sent.answer is Answer.SUBMITTED and sent.partner_id
    assert sent.ids == {"document": sent.partner_id, "reference": "vdb/invoice/2026-001/1"}

    state = provider.status(sent.partner_id)
    assert state.answer is Answer.DELIVERED and state.reason is None
    assert [(proof.kind, proof.level) for proof in state.proofs] == [
        ("peppol_state", "received by the buyer's access point")
    ]
    said = json.loads(state.proofs[0].content)
    assert said["externalReference"] == "vdb/invoice/2026-001/1"
    assert state.ids["as4_receipt"] == said["peppolC3MessageID"]
    assert state.ids["received_at"] == said["peppolC3Timestamp"]
    assert {"sbdh", "as4_message", "as4_conversation", "sent_at"} <= set(state.ids)

    (receipt,) = sandbox.received()
    assert (receipt.partner, receipt.key, receipt.reference) == ("scrada", f"{SELLER} 2026-001", sent.partner_id)
    assert (sandbox.out / receipt.path).read_bytes() == document().ubl
    assert sandbox.duplicates() == 0


def test_what_it_has_to_show_are_both_messages_and_the_ubl(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    partner_id = provider.submit(document(), None, "key").partner_id
    assert partner_id
    state, as_got = provider.evidence(partner_id)
    assert as_got.kind == "peppol_as_taken", "it is not what was put on the network"
    assert (state.level, as_got.content) == ("received by the buyer's access point", document().ubl)
    with pytest.raises(NoAnswer, match="not found"):
        provider.evidence(ID)


def test_the_documents_way_is_told_in_headers_and_its_bytes_are_the_body() -> None:
    provider, asked = answering((200, ID.upper()), (200, f'"{ID}"'))
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN, "no JSON"
    assert provider.submit(document(), None, "vdb/é\r\nx: y").partner_id == ID
    request = asked[1]
    assert (request.url.path, request.content) == (f"/v1/company/{COMPANY}/peppol/outbound/document", document().ubl)
    prefix = "x-scrada-peppol-"
    assert {name.removeprefix(prefix): value for name, value in request.headers.items() if name.startswith(prefix)} == {
        "sender-scheme": "iso6523-actorid-upis",
        "sender-id": SELLER,
        "receiver-scheme": "iso6523-actorid-upis",
        "receiver-id": BUYER,
        "c1-country-code": "BE",
        "document-type-scheme": "busdox-docid-qns",
        "document-type-value": INVOICE,
        "process-scheme": "cenbii-procid-ubl",
        "process-value": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    }
    assert request.headers["x-scrada-external-reference"] == "vdb/%C3%A9%0D%0Ax: y"
    assert (request.headers["x-api-key"], request.headers["x-password"]) == ("key-1", HIDDEN)


@pytest.mark.parametrize("receiver", ["0208:é", "0208:1\r\nx-scrada-peppol-c1-country-code: XX"])
def test_what_no_header_can_carry_is_not_sent(receiver: str) -> None:
    provider, asked = answering((200, f'"{ID}"'))
    assert provider.submit(replace(document(), receiver=receiver), None, "key").answer is Answer.REJECTED
    assert asked == []


def test_it_needs_a_password_and_a_company() -> None:
    known = PROVIDERS["scrada"]
    assert (known.countries, known.needs) == ((), ("secret", "account"))
    assert known.open(Access(url=known.url or "", key="k", secret="s", account="c")).name == "scrada"


def test_the_receiver_is_looked_up_with_four_answers(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, Participant(id="0106:12345678", document_types=(INVOICE,))])
    provider = provider_at(addresses)
    reach, proof = provider.lookup(BUYER, "busdox-docid-qns::" + CREDIT_NOTE)
    assert reach is Reach.CAN_RECEIVE and proof is not None and json.loads(proof.content)["documentTypes"]
    assert provider.lookup("0106:12345678", CREDIT_NOTE)[0] is Reach.NOT_THIS_DOCUMENT
    assert provider.lookup(NOT_THERE, INVOICE)[0] is Reach.NOT_REGISTERED


@pytest.mark.parametrize(
    "said",
    [
        (503, error("Participant access point unavailable")),
        (404, "<html>nothing here</html>"),  # the address is wrong, which says nothing of the receiver
        (401, error("Unauthorized")),
        (500, error("An error occurred")),
        (200, "<html>"),
        (200, {"documentTypes": []}),
        (200, {"documentTypes": None}),
        (301, "", {"location": "https://elsewhere.example"}),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
    ],
)
def test_a_lookup_in_doubt_is_unknown(said: Said) -> None:
    assert answering(said)[0].lookup(BUYER, INVOICE) == (Reach.UNKNOWN, None)


# --- what each answer means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Answer.REJECTED),
        (401, Answer.PRECONDITION),
        (402, Answer.PRECONDITION),
        (403, Answer.PRECONDITION),
        (404, Answer.PRECONDITION),
        (413, Answer.REJECTED),
        (415, Answer.REJECTED),
        (422, Answer.REJECTED),
        (429, Answer.TRANSIENT),
        (307, Answer.PRECONDITION),
        (418, Answer.UNKNOWN),
        (500, Answer.UNKNOWN),
        (502, Answer.UNKNOWN),
        (503, Answer.UNKNOWN),
    ],
)
def test_what_an_answer_to_the_send_means(status: int, meaning: Answer) -> None:
    provider, asked = answering((status, error("words"), {"location": "https://elsewhere.example"}))
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (meaning, None)
    assert answer.reason == f"scrada answered {status}: words"
    assert len(asked) == 1, "nothing is repeated, no redirect is followed"


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (httpx.ConnectError("refused"), Answer.TRANSIENT),
        (httpx.ConnectTimeout("slow"), Answer.TRANSIENT),
        (httpx.ReadTimeout("slow"), Answer.UNKNOWN),
        (httpx.WriteTimeout("slow"), Answer.UNKNOWN),
        (httpx.RemoteProtocolError("closed"), Answer.UNKNOWN),
    ],
)
def test_what_a_lost_answer_means(error: Exception, meaning: Answer) -> None:
    assert answering(error)[0].submit(document(), None, "key").answer is meaning


@pytest.mark.parametrize("body", ["", "<html>", '"no uuid"', "[]", "17", '{"id": "x"}'])
def test_an_unreadable_answer_to_a_send_is_unknown(body: str) -> None:
    assert answering((200, body))[0].submit(document(), None, "key").answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("said", "meaning", "reason"),
    [
        ({"status": "Created", "errorMessage": ""}, Answer.SUBMITTED, None),
        ({"status": "Retry", "errorMessage": "down"}, Answer.SUBMITTED, "scrada says Retry: down"),
        ({"status": "Error", "errorMessage": "[SAX]\ncvc"}, Answer.NOT_DELIVERED, "scrada says Error: [SAX] cvc"),
        ({"status": "Error"}, Answer.NOT_DELIVERED, "scrada says Error"),
        ({"status": "Something new"}, Answer.UNKNOWN, "scrada says Something new"),
        (PROCESSED, Answer.DELIVERED, None),
    ],
)
def test_what_a_state_means(said: dict[str, Any], meaning: Answer, reason: str | None) -> None:
    state = answering((200, {**said, "id": ID}))[0].status(ID)
    assert (state.answer, state.reason, state.partner_id) == (meaning, reason, ID)


def test_the_documented_example_proves_receipt_by_the_buyers_access_point() -> None:
    state = answering((200, PROCESSED))[0].status(ID)
    assert state.proofs[0].level == "received by the buyer's access point"
    assert state.ids == {
        "document": ID,
        "as4_message": f"{ID}@scrada",
        "as4_receipt": "3f34cb91-afc6-4a0f-8b13-90ff6c99e28a@phase4",
        "as4_conversation": f"conv-{ID}@scrada",
        "sbdh": ID,
        "sent_at": "2024-12-24T12:00:23.039Z",
        "received_at": "2024-12-24T12:00:23.743Z",
    }
    without = answering((200, {**PROCESSED, "peppolC3MessageID": None}))[0].status(ID)
    assert without.proofs[0].level == "transmitted to the buyer's access point, by the provider's word"


def test_neither_key_nor_password_is_in_a_reason_or_a_proof() -> None:
    answer = answering((401, error(f"key-1 with {HIDDEN} is wrong")))[0].submit(document(), None, "key")
    assert HIDDEN not in repr(answer)
    assert answer.reason == "scrada answered 401: *** with *** is wrong"


def test_the_words_of_an_error_are_told_with_those_inside_it() -> None:
    inner = error("{0} is required", parameters=["InvoiceNumber"])
    answer = answering((400, error("Not valid.", innerErrors=[inner])))[0].submit(document(), None, "key")
    assert answer.reason == "scrada answered 400: Not valid.; InvoiceNumber is required"


def test_patience_is_asked_by_the_moment_of_the_next_tokens() -> None:
    headers = {"x-ratelimit-reset": "1767600010", "date": "Mon, 05 Jan 2026 08:00:00 GMT"}
    answer = answering((429, "", headers))[0].submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 10)


def test_an_id_of_the_partner_never_leaves_its_place_in_the_path() -> None:
    provider, asked = answering((200, PROCESSED))
    provider.status("../../x?")
    assert asked[0].url.raw_path.endswith(b"/peppol/outbound/document/..%2F..%2Fx%3F/info")


@pytest.mark.parametrize("url", ["http://api.scrada.be/v1", "api.scrada.be", "https://"])
def test_a_key_never_travels_in_the_open(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Scrada(Access(url=url, key="k", secret="s", account="c"))


# --- lost answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "garbage", "error"])
def test_a_send_whose_answer_was_lost_goes_to_a_person(opened: Open, kind: str) -> None:
    fault = Fault(partner="scrada", kind=kind, call="outbound/document")  # type: ignore[arg-type]
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "vdb/invoice/1").answer is Answer.UNKNOWN
    finding = provider.find(document(), None, "vdb/invoice/1")
    assert finding.found is Found.CANNOT_TELL, "whether it was taken or not"
    assert finding.submission is not None and "vdb/invoice/1" in (finding.submission.reason or "")
    assert len(sandbox.received()) == (0 if kind == "error" else 1)


@pytest.mark.parametrize("said", [(401, ""), (404, ""), (429, ""), (500, ""), (200, "x"), httpx.ReadTimeout("")])
def test_a_state_that_cannot_be_read_proves_nothing(said: Said) -> None:
    state = answering(said)[0].status(ID)
    assert state.answer is Answer.UNKNOWN and state.reason


# --- refusals and failures of the twin -----------------------------------------------------------------------------


def test_a_wrong_password_or_company_is_a_precondition(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    for provider in (provider_at(addresses, password="another"), provider_at(addresses, account=ID)):
        answer = provider.submit(document(), None, "key")
        assert answer.answer is Answer.PRECONDITION
        assert answer.reason == "scrada answered 401: Unauthorized. The API Key and/or Password is wrong."


@pytest.mark.parametrize("content", [b"", b"not xml", b"<Order/>"])
def test_what_is_no_invoice_is_rejected(opened: Open, content: bytes) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses).submit(replace(document(), ubl=content), None, "key")
    assert answer.answer is Answer.REJECTED and "not valid" in (answer.reason or "")


def test_what_is_said_to_be_no_xml_is_refused_by_the_twin(opened: Open) -> None:
    _, addresses = opened()
    headers = {"x-api-key": KEY, "x-password": PASSWORD}
    url = f"{addresses.urls['scrada']}/v1/company/{COMPANY}/peppol/outbound/document"
    reply = httpx.post(url, content=b"{}", headers=headers, trust_env=False)
    assert (reply.status_code, reply.json()["defaultFormat"]) == (
        415,
        "The content-type header is not of the type XML.",
    )
    reply = httpx.post(url, content=b"<a/>", headers={**headers, "content-type": "text/xml"}, trust_env=False)
    assert (reply.status_code, reply.json()["defaultFormat"]) == (
        400,
        "Header x-scrada-peppol-sender-scheme is required.",
    )


def test_a_document_is_tried_again_by_scrada_until_it_is_processed_or_fails(opened: Open) -> None:
    late, lost = Participant(id=BUYER, delivered_after=2), Participant(id="0106:12345678", fails_after=2)
    sandbox, addresses = opened(participants=[late, lost])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    ids = [
        provider.submit(doc, None, "key").partner_id or ""
        for doc in (document(), document("2026-002", receiver="0106:12345678"))
    ]
    told = []
    for day in (5, 6, 7):
        sandbox.set_date(date(2026, 1, day))
        told.append([provider.status(one).answer for one in ids])
    assert told == [
        [Answer.SUBMITTED, Answer.SUBMITTED],
        [Answer.SUBMITTED, Answer.SUBMITTED],
        [Answer.DELIVERED, Answer.NOT_DELIVERED],
    ]
    reason = provider.status(ids[1]).reason
    assert reason == "scrada says Error: Rejected by the receiver's access point"


def test_a_receiver_that_is_not_on_the_network_fails_with_the_reason(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    partner_id = provider.submit(document(receiver=NOT_THERE), None, "key").partner_id
    assert partner_id
    state = provider.status(partner_id)
    assert state.answer is Answer.NOT_DELIVERED and "not registered" in (state.reason or "")


def test_too_many_calls_is_transient(opened: Open) -> None:
    fault = Fault(partner="scrada", kind="too_many", call="outbound/document", retry_after=12)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 12)
    assert answer.reason == "scrada answered 429: Too Many Requests", "in this partner's own shape of an error"
    assert provider.submit(document(), None, "key").answer is Answer.SUBMITTED


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
    wrong = "scrada answered 401: Unauthorized. The API Key and/or Password is wrong.; look at key, secret and account"
    assert provider_at(addresses, password="another").check() == wrong
    assert sandbox.received() == ()
    access = Access(url="http://127.0.0.1:1", key=KEY, secret=PASSWORD, account=COMPANY)
    assert Scrada(access).check() == "no connection to 127.0.0.1 (ConnectError)"
    assert answering((404, "<html>"))[0].check() == "scrada answered 404; look at url and account"
    assert answering((200, {"active": False}))[0].check() == "scrada says that the company is not active"
    at_the_test = answering((200, {"active": True}), url="https://apitest.scrada.be/v1")[0].check()
    assert at_the_test == "apitest.scrada.be is scrada's test environment, whose documents do not go to customers"


# --- what comes in -------------------------------------------------------------------------------------------------


def test_answers_of_buyers_are_read_and_confirmed_and_invoices_left_alone(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    sandbox.arrive("scrada", b"<ApplicationResponse/>", sender=BUYER, receiver=SELLER)
    sandbox.arrive("scrada", ubl("77", BUYER, SELLER), sender=BUYER, receiver=SELLER)
    (came,) = provider.inbox()
    assert (came.document, came.sender, came.receiver) == (b"<ApplicationResponse/>", BUYER, SELLER)
    provider.confirm(came.id)
    provider.confirm(came.id)
    assert list(provider.inbox()) == []
    with pytest.raises(NoAnswer, match="not found"):
        provider.confirm(ID)


@pytest.mark.parametrize("said", [(401, ""), (500, ""), (200, "x"), httpx.ReadTimeout("")])
def test_an_inbox_that_cannot_be_read_is_said_so(said: Said) -> None:
    with pytest.raises(NoAnswer):
        list(answering(said)[0].inbox())


def test_no_call_is_trusted() -> None:
    with pytest.raises(BadWebhook, match="documents no signature"):
        answering((200, {}))[0].verify_webhook({"x-signature": "x"}, json.dumps(PROCESSED).encode(), datetime.now(UTC))
