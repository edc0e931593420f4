"""The access point e-invoice.be: what each of its answers means, against its twin and against its error shapes.

Source: OpenAPI 1.1.0 of e-invoice.be.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.ports import Access, Answer, Found, PeppolDocument, Reach
from connectors.sandbox import API_KEY, CREDIT_NOTE, INVOICE, Fault, Participant
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, NOT_THERE, SELLER, document

Open = Callable[..., Opened]
SECRET = "key-that-nobody-may-read"


def answering(*replies: tuple[int, dict[str, str], str] | Exception) -> tuple[EInvoiceBe, list[httpx.Request]]:
    """A provider whose n-th call gets the n-th reply; the last one again and again."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        reply = replies[min(len(asked), len(replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        status, headers, body = reply
        return httpx.Response(status, headers=headers, text=body)

    transport = httpx.MockTransport(handle)
    return EInvoiceBe(Access(url="https://api.example", key=SECRET), http=httpx.Client(transport=transport)), asked


def in_state(state: str) -> tuple[int, dict[str, str], str]:
    return 200, {}, json.dumps({"id": "doc_1", "created_at": "2026-01-05T08:00:00Z", "state": state})


# --- the way that works --------------------------------------------------------------------------------------------


def test_a_document_is_drafted_sent_and_delivered(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.set_date(date(2026, 1, 5))
    provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))

    draft = provider.prepare(document())
    assert draft.answer is Answer.SUBMITTED and draft.partner_id
    assert sandbox.received() == (), "a draft leaves for nobody"

    sent = provider.submit(document(), draft.partner_id, "key")
    assert (sent.answer, sent.partner_id) == (Answer.SUBMITTED, draft.partner_id)

    state = provider.status(draft.partner_id)
    assert state.answer is Answer.DELIVERED
    assert [proof.kind for proof in state.proofs] == ["peppol_state", "peppol_timeline"]
    assert b"send_success" in state.proofs[1].content

    (receipt,) = sandbox.received()
    assert (receipt.key, receipt.taken_on) == (f"{SELLER} 2026-001", date(2026, 1, 5))
    assert (sandbox.out / receipt.path).read_bytes() == document().ubl
    assert sandbox.duplicates() == 0


def test_all_four_ids_are_given_with_the_send() -> None:
    provider, asked = answering(in_state("TRANSIT"))
    provider.submit(document(), "doc_1", "key")
    assert dict(asked[0].url.params) == {
        "sender_peppol_scheme": "0208",
        "sender_peppol_id": SELLER[5:],
        "receiver_peppol_scheme": "0208",
        "receiver_peppol_id": BUYER[5:],
    }


def test_the_receiver_is_looked_up_with_four_answers(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, Participant(id="0106:12345678", document_types=(INVOICE,))])
    provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
    scheme = "busdox-docid-qns::"
    assert provider.lookup(BUYER, scheme + CREDIT_NOTE)[0] is Reach.CAN_RECEIVE
    assert provider.lookup("0106:12345678", CREDIT_NOTE)[0] is Reach.NOT_THIS_DOCUMENT
    assert provider.lookup(NOT_THERE, INVOICE)[0] is Reach.NOT_REGISTERED
    assert provider.lookup("no id at all", INVOICE)[0] is Reach.NOT_REGISTERED
    reach, proof = provider.lookup(BUYER, INVOICE)
    assert reach is Reach.CAN_RECEIVE and proof is not None and json.loads(proof.content)["is_valid"]


@pytest.mark.parametrize(
    "reply",
    [
        (500, {}, ""),
        (200, {}, "<html>"),
        (301, {"location": "https://elsewhere.example"}, ""),
        (200, {}, json.dumps({"is_valid": False, "dns_valid": True})),  # the SMP did not answer
        (200, {}, json.dumps({"is_valid": True, "dns_valid": True, "supported_document_types": []})),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
    ],
)
def test_a_lookup_in_doubt_is_unknown(reply: tuple[int, dict[str, str], str] | Exception) -> None:
    provider, _ = answering(reply)
    assert provider.lookup(BUYER, INVOICE)[0] is Reach.UNKNOWN


# --- what each answer means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (401, Answer.PRECONDITION),
        (404, Answer.PRECONDITION),
        (415, Answer.REJECTED),
        (422, Answer.REJECTED),
        (429, Answer.TRANSIENT),
        (500, Answer.TRANSIENT),  # a draft more does no harm: it is not sent
        (503, Answer.TRANSIENT),
        (302, Answer.PRECONDITION),
    ],
)
def test_what_an_answer_to_the_draft_means(status: int, meaning: Answer) -> None:
    provider, _ = answering((status, {"location": "https://elsewhere.example"}, '{"detail": "words"}'))
    answer = provider.prepare(document())
    assert (answer.answer, answer.partner_id) == (meaning, None)
    assert answer.reason == f"e-invoice.be answered {status}: words"


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Answer.TRANSIENT),  # "not validated yet"
        (401, Answer.PRECONDITION),
        (404, Answer.PRECONDITION),
        (406, Answer.REJECTED),
        (409, Answer.PRECONDITION),
        (415, Answer.REJECTED),
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
    provider, asked = answering((status, {"location": "https://elsewhere.example"}, '{"detail": "words"}'))
    assert provider.submit(document(), "doc_1", "key").answer is meaning
    assert len(asked) == 1, "a redirect is never followed"


@pytest.mark.parametrize(
    ("error", "of_draft", "of_send"),
    [
        (httpx.ConnectError("refused"), Answer.TRANSIENT, Answer.TRANSIENT),
        (httpx.ConnectTimeout("slow"), Answer.TRANSIENT, Answer.TRANSIENT),
        (httpx.ReadTimeout("slow"), Answer.TRANSIENT, Answer.UNKNOWN),
        (httpx.WriteTimeout("slow"), Answer.TRANSIENT, Answer.UNKNOWN),
        (httpx.RemoteProtocolError("closed"), Answer.TRANSIENT, Answer.UNKNOWN),
        (httpx.ReadError("reset"), Answer.TRANSIENT, Answer.UNKNOWN),
    ],
)
def test_what_a_lost_answer_means(error: Exception, of_draft: Answer, of_send: Answer) -> None:
    assert answering(error)[0].prepare(document()).answer is of_draft
    assert answering(error)[0].submit(document(), "doc_1", "key").answer is of_send


@pytest.mark.parametrize(
    ("state", "of_status", "found"),
    [
        ("DRAFT", Answer.TRANSIENT, Found.NOT_TAKEN),
        ("TRANSIT", Answer.SUBMITTED, Found.TAKEN),
        ("SENT", Answer.DELIVERED, Found.TAKEN),
        ("FAILED", Answer.NOT_DELIVERED, Found.TAKEN),
        ("RECEIVED", Answer.UNKNOWN, Found.CANNOT_TELL),  # a state of incoming documents
        ("SOMETHING NEW", Answer.UNKNOWN, Found.CANNOT_TELL),
    ],
)
def test_what_a_state_proves(state: str, of_status: Answer, found: Found) -> None:
    assert answering(in_state(state))[0].status("doc_1").answer is of_status
    assert answering(in_state(state))[0].find(document(), "doc_1", "key").found is found


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ((401, {}, ""), Found.NOT_ASKED),
        ((429, {}, ""), Found.NOT_ASKED),
        ((500, {}, ""), Found.NOT_ASKED),
        (httpx.ReadTimeout(""), Found.NOT_ASKED),
        (httpx.ConnectError(""), Found.NOT_ASKED),
        ((404, {}, ""), Found.CANNOT_TELL),  # someone removed it
        ((200, {}, "x"), Found.CANNOT_TELL),
    ],
)
def test_a_state_that_cannot_be_read_proves_nothing(
    reply: tuple[int, dict[str, str], str] | Exception, found: Found
) -> None:
    provider, _ = answering(reply)
    assert provider.status("doc_1").answer is Answer.UNKNOWN
    finding = provider.find(document(), "doc_1", "key")
    assert finding.found is found and finding.submission and finding.submission.reason
    assert provider.find(document(), None, "key").found is Found.NOT_ASKED


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "Mon, 05 Jan 2026 08:01:00 GMT", "date": "Mon, 05 Jan 2026 08:00:00 GMT"}, 60),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "99999999999999"}, 86_400),
        ({}, None),
    ],
)
def test_retry_after_is_taken_as_seconds(headers: dict[str, str], seconds: int | None) -> None:
    provider, _ = answering((429, headers, ""))
    assert provider.submit(document(), "doc_1", "key").retry_after == seconds


def test_a_validation_error_is_told_in_one_sentence() -> None:
    detail = [{"loc": ["query", "sender_peppol_id"], "msg": "Field required", "type": "missing"}]
    provider, _ = answering((422, {}, json.dumps({"detail": detail})))
    reason = provider.submit(document(), "doc_1", "key").reason
    assert reason == "e-invoice.be answered 422: query.sender_peppol_id: Field required"


def test_our_key_is_in_no_reason_and_no_proof() -> None:
    provider, asked = answering((401, {}, json.dumps({"detail": f"Bearer {SECRET} is not known"})))
    answer = provider.submit(document(), "doc_1", "key")
    assert SECRET in asked[0].headers["authorization"]
    assert SECRET not in repr(answer)
    assert answer.reason == "e-invoice.be answered 401: Bearer *** is not known"


def test_an_endless_answer_is_cut_off() -> None:
    provider, _ = answering((200, {}, "x" * (11 * 1024 * 1024)))
    answer = provider.submit(document(), "doc_1", "key")
    assert answer.answer is Answer.UNKNOWN and "more than" in (answer.reason or "")


def test_a_compressed_answer_is_not_unpacked() -> None:
    provider, asked = answering((200, {"content-encoding": "gzip"}, "x"))
    assert provider.submit(document(), "doc_1", "key").answer is Answer.UNKNOWN
    assert asked[0].headers["accept-encoding"] == "identity"


def test_an_id_of_the_partner_never_leaves_its_place_in_the_path() -> None:
    provider, asked = answering(in_state("DRAFT"))
    provider.status("../me?x=")
    assert asked[0].url.raw_path == b"/api/documents/..%2Fme%3Fx%3D"


# --- lost answers, against the twin --------------------------------------------------------------------------------


def provider_at(addresses: object, key: str = API_KEY, seconds: float = 5) -> EInvoiceBe:
    url = addresses.urls["access_point"]  # type: ignore[attr-defined]
    return EInvoiceBe(Access(url=url, key=key), http=httpx.Client(timeout=seconds, trust_env=False))


def drafted(provider: EInvoiceBe, doc: PeppolDocument) -> str:
    draft = provider.prepare(doc).partner_id
    assert draft
    return draft


def test_a_send_is_refused_without_the_stored_draft() -> None:
    provider, asked = answering(in_state("TRANSIT"))
    assert provider.submit(document(), None, "key").answer is Answer.PRECONDITION
    assert asked == []


def test_a_send_whose_answer_was_lost_is_found_taken(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER], faults=[Fault(partner="access_point", kind="drop", call="/send")])
    provider = provider_at(addresses)
    draft = drafted(provider, document())
    assert provider.submit(document(), draft, "key").answer is Answer.UNKNOWN
    finding = provider.find(document(), draft, "key")
    assert finding.found is Found.TAKEN
    assert finding.submission is not None and finding.submission.answer is Answer.DELIVERED
    assert len(sandbox.received()) == 1


def test_a_send_that_failed_before_it_was_done_is_found_not_taken(opened: Open) -> None:
    sandbox, addresses = opened(
        participants=[BUYER], faults=[Fault(partner="access_point", kind="error", call="/send")]
    )
    provider = provider_at(addresses)
    draft = drafted(provider, document())
    assert provider.submit(document(), draft, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), draft, "key").found is Found.NOT_TAKEN
    assert provider.submit(document(), draft, "key").answer is Answer.SUBMITTED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_slow_send_is_not_made_twice_by_asking_and_sending_again(opened: Open) -> None:
    sandbox, addresses = opened(
        participants=[BUYER], faults=[Fault(partner="access_point", kind="slow", call="/send", seconds=0.6)]
    )
    provider = provider_at(addresses, seconds=0.2)
    draft = drafted(provider, document())
    assert provider.submit(document(), draft, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), draft, "key").found is Found.NOT_TAKEN, "not yet: the partner is still at it"
    again = provider_at(addresses).submit(document(), draft, "key")
    assert again.answer in (Answer.SUBMITTED, Answer.DELIVERED)
    assert provider_at(addresses).submit(document(), draft, "key").answer is Answer.DELIVERED, "405 leads to its state"
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_lost_draft_is_taken_up_again(opened: Open) -> None:
    _, addresses = opened(
        participants=[BUYER], faults=[Fault(partner="access_point", kind="drop", call="POST /api/documents/ubl")]
    )
    provider = provider_at(addresses)
    first = provider.prepare(document())
    assert first.answer is Answer.SUBMITTED and first.partner_id
    assert provider.status(first.partner_id).answer is Answer.TRANSIENT


def test_a_draft_of_other_bytes_under_the_same_number_is_left_alone(opened: Open) -> None:
    fault = Fault(partner="access_point", kind="error", call="POST /api/documents/ubl", first=2, last=2)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    drafted(provider, document())
    changed = PeppolDocument(
        number="2026-001",
        ubl=document().ubl.replace(b"121.00", b"242.00"),
        sender=SELLER,
        receiver=BUYER,
        document_type=INVOICE,
        process="",
        sender_country="BE",
    )
    assert provider.prepare(changed).answer is Answer.TRANSIENT


def test_without_a_draft_id_the_lists_are_asked_by_number_sender_and_receiver(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, Participant(id="0106:12345678", never=True)])
    provider = provider_at(addresses)
    assert provider.find(document(), None, "key").found is Found.NOT_TAKEN
    draft = drafted(provider, document())
    assert provider.find(document(), None, "key").found is Found.NOT_TAKEN, "a draft was not sent"
    provider.submit(document(), draft, "key")
    assert provider.find(document(), None, "key").found is Found.TAKEN
    assert provider.find(document("2026-00"), None, "key").found is Found.NOT_TAKEN, "part of a number is another"
    assert provider.find(document(sender="0208:0999999922"), None, "key").found is Found.NOT_TAKEN
    on_its_way = document("2026-002", receiver="0106:12345678")
    provider.submit(on_its_way, drafted(provider, on_its_way), "key")
    finding = provider.find(on_its_way, None, "key")
    assert finding.found is Found.TAKEN and finding.submission and finding.submission.answer is Answer.SUBMITTED


# --- refusals and failures of the twin -----------------------------------------------------------------------------


def test_a_wrong_key_is_a_precondition(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses, key="wrong").prepare(document())
    assert (answer.answer, answer.reason) == (Answer.PRECONDITION, "e-invoice.be answered 401: Unauthorized")


def test_a_sender_that_is_not_ours_is_a_precondition(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER], accounts={"ours": [SELLER]})
    provider = provider_at(addresses, key="ours")
    foreign = document(sender="0208:0999999922")
    answer = provider.submit(foreign, drafted(provider, foreign), "key")
    assert answer.answer is Answer.PRECONDITION and "0208:0999999922" in (answer.reason or "")


@pytest.mark.parametrize("content", [b"", b"not xml", b"<Order/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"])
def test_what_is_no_invoice_is_rejected(opened: Open, content: bytes) -> None:
    _, addresses = opened(participants=[BUYER])
    broken = PeppolDocument(
        number="1", ubl=content, sender=SELLER, receiver=BUYER, document_type=INVOICE, process="", sender_country="BE"
    )
    answer = provider_at(addresses).prepare(broken)
    assert answer.answer is Answer.REJECTED and "415" in (answer.reason or "")


def test_a_receiver_that_is_not_on_the_network_fails_with_the_reason(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    lost = document(receiver=NOT_THERE)
    draft = drafted(provider, lost)
    assert provider.submit(lost, draft, "key").answer is Answer.SUBMITTED
    state = provider.status(draft)
    assert state.answer is Answer.NOT_DELIVERED and "not registered" in (state.reason or "")


def test_a_receiver_that_does_not_take_this_kind_of_document_fails(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, document_types=(CREDIT_NOTE,))])
    provider = provider_at(addresses)
    draft = drafted(provider, document())
    provider.submit(document(), draft, "key")
    assert provider.status(draft).answer is Answer.NOT_DELIVERED


@pytest.mark.parametrize("url", ["http://api.e-invoice.be", "ftp://127.0.0.1", "api.e-invoice.be", "", "https://"])
def test_a_key_never_travels_in_the_open(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        EInvoiceBe(Access(url=url, key=API_KEY))


def test_a_late_rejection_comes_on_its_day(opened: Open) -> None:
    late = Participant(id=BUYER, fails_after=3)
    sandbox, addresses = opened(participants=[late])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    draft = drafted(provider, document())
    provider.submit(document(), draft, "key")
    sandbox.set_date(date(2026, 1, 7))
    assert provider.status(draft).answer is Answer.SUBMITTED
    sandbox.set_date(date(2026, 1, 8))
    assert provider.status(draft).answer is Answer.NOT_DELIVERED


def test_too_many_calls_is_transient_with_the_partners_patience(opened: Open) -> None:
    fault = Fault(partner="access_point", kind="too_many", call="/send", retry_after=12)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    draft = drafted(provider, document())
    answer = provider.submit(document(), draft, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 12)
    assert provider.submit(document(), draft, "key").answer is Answer.SUBMITTED


def test_an_unreadable_answer_to_a_send_is_unknown(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER], faults=[Fault(partner="access_point", kind="garbage", call="/send")])
    provider = provider_at(addresses)
    draft = drafted(provider, document())
    assert provider.submit(document(), draft, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), draft, "key").found is Found.TAKEN


def test_a_partner_that_is_down_took_nothing(tmp_path: Path) -> None:
    provider = EInvoiceBe(Access(url="http://127.0.0.1:1", key=API_KEY))
    assert provider.prepare(document()).answer is Answer.TRANSIENT
    assert provider.submit(document(), "doc_1", "key").answer is Answer.TRANSIENT
    assert provider.find(document(), "doc_1", "key").found is Found.NOT_ASKED
