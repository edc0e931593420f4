"""The access point Peppyrus: what each of its answers means, against its twin and against its error shapes.

Source: public clients of its API v1 (see `connectors.peppol.peppyrus`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import httpx
import pytest

from connectors.peppol.peppyrus import Peppyrus
from connectors.ports import Access, Answer, BadWebhook, Found, PeppolDocument, Reach
from connectors.sandbox import API_KEY, CREDIT_NOTE, INVOICE, Fault, Participant
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, NOT_THERE, PROCESS, SELLER, document, ubl
from tests.connectors.scripted import HOOK, LOST, NEVER_LEFT, SECRET, Scripted, answering

Open = Callable[..., Opened]
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def provider_at(addresses: object, key: str = API_KEY, seconds: float = 5) -> Peppyrus:
    url = addresses.urls["peppyrus"]  # type: ignore[attr-defined]
    access = Access(url=url, key=key, webhook_secret="path-token")
    return Peppyrus(access, http=httpx.Client(timeout=seconds, trust_env=False))


def message(folder: str = "outbox", **more: object) -> str:
    return json.dumps({"id": "m1", "sender": SELLER, "recipient": BUYER, "direction": "OUT", "folder": folder, **more})


def listed(*messages: str) -> str:
    return json.dumps({"items": [json.loads(one) for one in messages], "meta": {"pages": 1}})


def contents(one: PeppolDocument) -> str:
    return base64.b64encode(one.ubl).decode()


# --- the way that works --------------------------------------------------------------------------------------------


def test_a_document_is_sent_and_delivered(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)

    assert provider.prepare(document()) is None, "Peppyrus knows no drafts"
    sent = provider.submit(document(), None, "key")
    assert sent.answer is Answer.SUBMITTED and sent.partner_id
    assert [proof.level for proof in sent.proofs] == ["accepted by the access point"]

    state = provider.status(sent.partner_id)
    assert state.answer is Answer.DELIVERED
    assert [proof.kind for proof in state.proofs] == ["peppol_state", "peppol_report"]
    assert {proof.level for proof in state.proofs} == {
        "transmitted to the buyer's access point, by the provider's word"
    }

    report, as_sent = provider.evidence(sent.partner_id)
    assert "Transmission successful" in report.content.decode()
    assert as_sent.content == document().ubl

    (receipt,) = sandbox.received()
    assert (receipt.partner, receipt.key, receipt.taken_on) == ("peppyrus", f"{SELLER} 2026-001", date(2026, 1, 5))
    assert (sandbox.out / receipt.path).read_bytes() == document().ubl


def test_the_send_carries_all_that_the_network_needs() -> None:
    provider, asked = answering(Peppyrus, (200, {}, message()))
    provider.submit(document(), None, "key")
    assert (str(asked[0].url), asked[0].headers["x-api-key"]) == ("https://api.example/v1/message", SECRET)
    assert json.loads(asked[0].content) == {
        "sender": SELLER,
        "recipient": BUYER,
        "processType": PROCESS,
        "documentType": f"busdox-docid-qns::{INVOICE}",
        "fileContent": contents(document()),
    }


@pytest.mark.parametrize("url", ["https://api.example", "https://api.example/v1", "https://api.example/v1/"])
def test_the_address_may_be_written_with_its_version(url: str) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, text="{}")

    access = Access(url=url, key="k")
    assert Peppyrus(access, http=httpx.Client(transport=httpx.MockTransport(handle))).check() is None
    assert asked == ["https://api.example/v1/organization/info"]


def test_the_receiver_is_looked_up_with_its_answers(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, Participant(id="0106:12345678", document_types=(INVOICE,))])
    provider = provider_at(addresses)
    assert provider.lookup(BUYER, f"busdox-docid-qns::{CREDIT_NOTE}")[0] is Reach.CAN_RECEIVE
    assert provider.lookup("0106:12345678", CREDIT_NOTE)[0] is Reach.NOT_THIS_DOCUMENT
    assert provider.lookup(NOT_THERE, INVOICE)[0] is Reach.NOT_REGISTERED
    reach, proof = provider.lookup(BUYER, INVOICE)
    assert reach is Reach.CAN_RECEIVE and proof is not None and json.loads(proof.content)["participantId"] == BUYER


@pytest.mark.parametrize(
    "reply",
    [
        (500, {}, ""),
        (401, {}, ""),
        (200, {}, "<html>"),
        (301, {"location": "https://elsewhere.example"}, ""),
        (200, {}, json.dumps({"participantId": BUYER, "services": []})),
        *LOST,
        *NEVER_LEFT,
    ],
)
def test_a_lookup_in_doubt_is_unknown(reply: Scripted) -> None:
    provider, _ = answering(Peppyrus, reply)
    assert provider.lookup(BUYER, INVOICE)[0] is Reach.UNKNOWN


# --- what each answer means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Answer.REJECTED),
        (401, Answer.PRECONDITION),
        (403, Answer.PRECONDITION),
        (404, Answer.PRECONDITION),
        (413, Answer.REJECTED),
        (422, Answer.REJECTED),
        (429, Answer.TRANSIENT),
        (500, Answer.UNKNOWN),
        (502, Answer.UNKNOWN),
        (504, Answer.UNKNOWN),
        (307, Answer.PRECONDITION),
        (418, Answer.UNKNOWN),  # a surprise is never taken for a refusal
    ],
)
def test_what_an_answer_to_the_send_means(status: int, meaning: Answer) -> None:
    headers = {"location": "https://elsewhere.example", "retry-after": "17"}
    provider, asked = answering(Peppyrus, (status, headers, '{"message": "words"}'))
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (meaning, 17)
    assert answer.reason == f"peppyrus answered {status}: words"
    assert len(asked) == 1, "a redirect is never followed"


@pytest.mark.parametrize("error", LOST)
def test_a_lost_answer_is_unknown(error: Exception) -> None:
    assert answering(Peppyrus, error)[0].submit(document(), None, "key").answer is Answer.UNKNOWN


@pytest.mark.parametrize("error", NEVER_LEFT)
def test_what_never_left_may_be_sent_again(error: Exception) -> None:
    assert answering(Peppyrus, error)[0].submit(document(), None, "key").answer is Answer.TRANSIENT


@pytest.mark.parametrize("body", ["<html>", "{}", '{"id": ""}', "[]", "x" * 100])
def test_a_send_answered_unreadably_is_unknown(body: str) -> None:
    assert answering(Peppyrus, (200, {}, body))[0].submit(document(), None, "key").answer is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("folder", "meaning"),
    [
        ("sent", Answer.DELIVERED),
        ("SENT", Answer.DELIVERED),
        ("failed", Answer.NOT_DELIVERED),
        ("outbox", Answer.SUBMITTED),
        ("something new", Answer.SUBMITTED),
    ],
)
def test_the_folder_is_the_state(folder: str, meaning: Answer) -> None:
    report = (200, {}, json.dumps({"validationRules": [], "transmissionRules": "No\n endpoint"}))
    state = answering(Peppyrus, (200, {}, message(folder)), report)[0].status("m1")
    assert (state.answer, state.partner_id) == (meaning, "m1")
    failed = "peppyrus could not transmit the document: No endpoint"
    assert state.reason == (failed if meaning is Answer.NOT_DELIVERED else None)


def test_a_state_counts_without_its_report() -> None:
    provider, _ = answering(Peppyrus, (200, {}, message("sent")), (500, {}, ""))
    state = provider.status("m1")
    assert state.answer is Answer.DELIVERED and [proof.kind for proof in state.proofs] == ["peppol_state"]


UNASKED: list[Scripted] = [(401, {}, ""), (429, {}, ""), (500, {}, ""), *LOST, *NEVER_LEFT]


@pytest.mark.parametrize("reply", [*UNASKED, (404, {}, ""), (200, {}, "x"), (200, {}, message(id="m2"))])
def test_a_state_that_cannot_be_read_proves_nothing(reply: Scripted) -> None:
    state = answering(Peppyrus, reply)[0].status("m1")
    assert state.answer is Answer.UNKNOWN and state.reason


@pytest.mark.parametrize("reply", UNASKED)
def test_a_partner_out_of_reach_was_not_asked(reply: Scripted) -> None:
    finding = answering(Peppyrus, reply)[0].find(document(), None, "key")
    assert finding.found is Found.NOT_ASKED and finding.submission and finding.submission.reason


def test_our_key_is_in_no_reason_and_no_proof() -> None:
    provider, asked = answering(Peppyrus, (401, {}, json.dumps({"message": f"{SECRET} is not known"})))
    answer = provider.submit(document(), None, "key")
    assert asked[0].headers["x-api-key"] == SECRET
    assert SECRET not in repr(answer) and answer.reason == "peppyrus answered 401: *** is not known"
    assert SECRET not in (provider.check() or SECRET)


def test_an_id_of_the_partner_never_leaves_its_place_in_the_path() -> None:
    provider, asked = answering(Peppyrus, (200, {}, message()))
    provider.status("../list?x=")
    assert asked[0].url.raw_path == b"/v1/message/..%2Flist%3Fx%3D"


# --- what the list proves ------------------------------------------------------------------------------------------


def test_a_message_of_the_same_contents_was_taken() -> None:
    same = message("sent", fileContent=contents(document()))
    provider, asked = answering(Peppyrus, (200, {}, listed(same)), (200, {}, same), (200, {}, "{}"))
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.TAKEN
    assert finding.submission is not None and finding.submission.answer is Answer.DELIVERED
    assert dict(asked[0].url.params)["receiver"] == BUYER


@pytest.mark.parametrize(
    "other",
    [
        message(fileContent=base64.b64encode(ubl("2026-002")).decode()),
        message(fileContent=contents(document()), direction="IN"),
        message(fileContent=contents(document()), recipient=NOT_THERE),
        message(fileContent=contents(document()), sender=NOT_THERE),
    ],
)
def test_another_message_and_absence_prove_nothing(other: str) -> None:
    for answer in (listed(other), listed()):
        finding = answering(Peppyrus, (200, {}, answer))[0].find(document(), None, "key")
        assert finding.found is Found.CANNOT_TELL
        assert finding.submission is not None and "does not prove" in (finding.submission.reason or "")


def test_contents_that_the_list_leaves_out_are_asked_for() -> None:
    same = message("outbox", fileContent=contents(document()))
    provider, asked = answering(Peppyrus, (200, {}, listed(message())), (200, {}, same))
    assert provider.find(document(), None, "key").found is Found.TAKEN
    assert [request.url.path for request in asked] == ["/v1/message/list", "/v1/message/m1", "/v1/message/m1"]


def test_a_message_whose_contents_stay_hidden_is_asked_for_later() -> None:
    provider, _ = answering(Peppyrus, (200, {}, listed(message())), (200, {}, message()))
    assert provider.find(document(), None, "key").found is Found.NOT_ASKED


def test_the_list_is_read_to_its_last_page(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    for number in range(45):
        provider.submit(document(f"2026-{number}"), None, "key")
    assert provider.find(document("2026-0"), None, "key").found is Found.TAKEN
    assert provider.find(document("2026-99"), None, "key").found is Found.CANNOT_TELL


# --- lost answers, against the twin --------------------------------------------------------------------------------


def test_a_send_whose_answer_was_lost_is_found_taken(opened: Open) -> None:
    fault = Fault(partner="peppyrus", kind="drop", call="POST /v1/message")
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.TAKEN
    assert finding.submission is not None and finding.submission.answer is Answer.DELIVERED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_send_that_failed_before_it_was_done_cannot_be_told(opened: Open) -> None:
    fault = Fault(partner="peppyrus", kind="error", call="POST /v1/message")
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), None, "key").found is Found.CANNOT_TELL, "a person decides"
    assert sandbox.received() == ()


def test_a_document_sent_twice_is_seen(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    for _ in range(2):
        provider_at(addresses).submit(document(), None, "key")
    assert sandbox.duplicates() == 1, "Peppyrus takes whatever it is given"


def test_what_was_taken_is_there_after_another_start(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    sent = provider_at(addresses).submit(document(), None, "key").partner_id
    assert sent is not None
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).status(sent).answer is Answer.DELIVERED
    assert len(sandbox.received()) == 1


def test_an_unreadable_answer_is_found_taken(opened: Open) -> None:
    fault = Fault(partner="peppyrus", kind="garbage", call="POST /v1/message")
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), None, "key").found is Found.TAKEN


# --- what the account, the document and the network may be wrong about ---------------------------------------------


def test_a_wrong_key_is_a_precondition_and_the_check_says_so(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses, key="wrong").submit(document(), None, "key")
    assert (answer.answer, answer.reason) == (Answer.PRECONDITION, "peppyrus answered 401: Authentication failed")
    assert provider_at(addresses, key="wrong").check() == "peppyrus answered 401: Authentication failed"
    assert provider_at(addresses).check() is None
    assert sandbox.received() == ()


@pytest.mark.parametrize("content", [b"not xml", b"<Order/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"])
def test_what_is_no_invoice_is_rejected(opened: Open, content: bytes) -> None:
    _, addresses = opened(participants=[BUYER])
    broken = PeppolDocument(
        number="1",
        ubl=content,
        sender=SELLER,
        receiver=BUYER,
        document_type=INVOICE,
        process=PROCESS,
        sender_country="BE",
    )
    answer = provider_at(addresses).submit(broken, None, "key")
    assert answer.answer is Answer.REJECTED and "422" in (answer.reason or "")


def test_a_receiver_that_peppyrus_does_not_find_is_told_to_a_person(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses).submit(document(receiver=NOT_THERE), None, "key")
    assert answer.answer is Answer.PRECONDITION and "not found" in (answer.reason or "")


def test_a_late_rejection_comes_on_its_day_with_the_reason(opened: Open) -> None:
    sandbox, addresses = opened(participants=[Participant(id=BUYER, fails_after=3)])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    sent = provider.submit(document(), None, "key").partner_id
    assert sent is not None
    sandbox.set_date(date(2026, 1, 7))
    assert provider.status(sent).answer is Answer.SUBMITTED
    sandbox.set_date(date(2026, 1, 8))
    state = provider.status(sent)
    assert state.answer is Answer.NOT_DELIVERED
    assert state.reason == "peppyrus could not transmit the document: Rejected by the receiver's access point"


def test_too_many_calls_is_transient_with_the_partners_patience(opened: Open) -> None:
    fault = Fault(partner="peppyrus", kind="too_many", call="POST /v1/message", retry_after=12)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 12)
    assert provider.submit(document(), None, "key").answer is Answer.SUBMITTED


@pytest.mark.parametrize("url", ["http://api.peppyrus.be", "ftp://127.0.0.1", "api.peppyrus.be", ""])
def test_a_key_never_travels_in_the_open(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Peppyrus(Access(url=url, key=API_KEY))


# --- calls and inbox -----------------------------------------------------------------------------------------------


def test_a_call_under_the_secret_address_is_a_hint() -> None:
    provider, _ = answering(Peppyrus, (500, {}, ""))
    event = provider.verify_webhook({"x-path-token": HOOK}, message("sent").encode(), AT)
    assert (event.kind, event.partner_id, event.said) == ("message.sent", "m1", None)
    again = provider.verify_webhook({"x-path-token": HOOK}, message("sent").encode(), AT)
    failed = provider.verify_webhook({"x-path-token": HOOK}, message("failed").encode(), AT)
    assert again.id == event.id != failed.id, "the same word about the same message is one event"
    incoming = provider.verify_webhook({"x-path-token": HOOK}, message(direction="IN").encode(), AT)
    assert (incoming.kind, incoming.partner_id) == ("message.received", None)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, message("sent")),
        ({"x-path-token": HOOK[:-1]}, message("sent")),
        ({"x-path-token": ""}, message("sent")),
        ({"x-path-token": HOOK}, "{}"),
        ({"x-path-token": HOOK}, "no json"),
    ],
)
def test_any_other_call_proves_nothing(headers: dict[str, str], body: str) -> None:
    with pytest.raises(BadWebhook) as problem:
        answering(Peppyrus, (500, {}, ""))[0].verify_webhook(headers, body.encode(), AT)
    assert HOOK not in str(problem.value)


def test_a_secret_that_could_be_guessed_opens_nothing() -> None:
    provider = Peppyrus(Access(url="https://api.example", key="k", webhook_secret="short"))
    with pytest.raises(BadWebhook, match="32 characters"):
        provider.verify_webhook({"x-path-token": "short"}, message("sent").encode(), AT)


def test_without_a_secret_no_call_is_believed() -> None:
    with pytest.raises(BadWebhook, match="no webhook_secret"):
        Peppyrus(Access(url="https://api.example", key="k")).verify_webhook({"x-path-token": ""}, b"{}", AT)


def test_what_came_in_stays_in_the_inbox_until_it_is_confirmed(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    arrived = [
        sandbox.arrive("peppyrus", f"<ApplicationResponse n='{n}'/>".encode(), sender=BUYER, receiver=SELLER)
        for n in range(25)
    ]
    first = list(provider.inbox())
    assert [one.id for one in first] == arrived == [one.id for one in provider.inbox()]
    assert (first[3].document, first[3].sender) == (b"<ApplicationResponse n='3'/>", BUYER)
    for one in first[:24]:
        provider.confirm(one.id)
        provider.confirm(one.id)
    assert [one.id for one in provider.inbox()] == [arrived[24]]
    provider.confirm("never heard of")
