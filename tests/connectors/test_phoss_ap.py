"""An access point of one's own, phoss-ap: what each of its answers means, against its twin and by script.

Source: phax/phoss-ap 0.11, its controllers and its transaction response.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import httpx
import pytest

from connectors.peppol.keys import guid_of
from connectors.peppol.phoss_ap import PhossAp
from connectors.ports import Access, Answer, BadWebhook, Found, Reach
from connectors.sandbox import API_KEY, INVOICE, Fault, Participant
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, NOT_THERE, PROCESS, SELLER, document
from tests.connectors.scripted import LOST, NEVER_LEFT, SECRET, Scripted, answering

Open = Callable[..., Opened]
OURS = guid_of("key")
RECEIVED = "received by the buyer's access point"
NONE: Scripted = (404, {}, "")
UNASKED: list[Scripted] = [(401, {}, ""), (429, {}, ""), (500, {}, ""), *LOST, *NEVER_LEFT]


def provider_at(addresses: object, key: str = API_KEY, seconds: float = 5) -> PhossAp:
    url = addresses.urls["phoss-ap"]  # type: ignore[attr-defined]
    return PhossAp(Access(url=url, key=key), http=httpx.Client(timeout=seconds, trust_env=False))


def transaction(status: str, mls: str | None = None, identity: str = OURS) -> Scripted:
    shown = {"id": "7", "sbdhInstanceID": identity, "status": status, "attemptCount": 2, "mlsStatus": mls}
    return 200, {}, json.dumps({**shown, "errorDetails": "no\n route"})


def report(status: int, **more: object) -> Scripted:
    return status, {}, json.dumps({"sbdhInstanceIdentifier": OURS, **more})


# --- the way that works --------------------------------------------------------------------------------------------


def test_a_document_is_sent_while_we_wait_and_its_report_is_kept(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)

    assert provider.prepare(document()) is None, "phoss-ap knows no drafts"
    sent = provider.submit(document(), None, "key")
    assert (sent.answer, sent.partner_id, sent.reason) == (Answer.DELIVERED, OURS, None)
    assert {"sbdh", "as4_message", "as4_conversation", "receiving_access_point"} == set(sent.ids)
    assert sent.ids["receiving_access_point"] == "POP000999"
    whole, receipt = sent.proofs
    assert (whole.kind, whole.level, receipt.kind, receipt.level) == (
        "peppol_sending_report",
        RECEIVED,
        "as4_receipt",
        RECEIVED,
    )
    assert json.loads(whole.content)["c3CertSubjectO"] == "Buyer's Access Point"
    assert receipt.content.startswith(b"<eb:SignalMessage") and receipt.mime == "application/xml"

    state = provider.status(OURS)
    assert (state.answer, state.proofs[0].level) == (Answer.DELIVERED, RECEIVED)
    assert provider.evidence(OURS) == state.proofs
    (taken,) = sandbox.received()
    assert (taken.partner, taken.key, taken.taken_on) == ("phoss-ap", f"{SELLER} 2026-001", date(2026, 1, 5))
    assert (sandbox.out / taken.path).read_bytes() == document().ubl


def test_the_send_names_everybody_in_their_schemes_under_the_id_of_our_key() -> None:
    provider, asked = answering(PhossAp, NONE, report(200, sendingSuccess=True))
    provider.submit(document(), None, "key")
    status, send = asked
    assert (status.method, status.url.raw_path) == (
        "GET",
        f"/api/outbound/status/{OURS}?includeArchive=true".encode(),
    )
    assert dict(send.url.params) == {"sbdhInstanceID": OURS}
    assert send.url.path.removeprefix("/api/outbound/submit/").split("/") == [
        f"iso6523-actorid-upis::{SELLER}",
        f"iso6523-actorid-upis::{BUYER}",
        f"busdox-docid-qns::{INVOICE}",
        PROCESS,
        "BE",
    ]
    assert b"%23%23urn" in send.url.raw_path, "a number sign stays in the path"
    assert (send.headers["content-type"], send.headers["x-token"]) == ("application/xml", SECRET)
    assert send.content == document().ubl


def test_whether_a_receiver_can_receive_is_not_its_to_say() -> None:
    provider, asked = answering(PhossAp, NONE)
    assert provider.lookup(BUYER, INVOICE) == (Reach.UNKNOWN, None) and asked == []


# --- what each answer means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Answer.REJECTED),
        (401, Answer.PRECONDITION),
        (403, Answer.PRECONDITION),
        (404, Answer.PRECONDITION),  # sending is switched off
        (413, Answer.REJECTED),
        (422, Answer.PRECONDITION),  # nothing was stored: its checks or its disk
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
    provider, asked = answering(PhossAp, NONE, (status, headers, '"words"'))
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (meaning, 17)
    assert answer.reason == f"phoss-ap answered {status}: words"
    assert len(asked) == 2, "a redirect is never followed"


@pytest.mark.parametrize(
    ("reply", "meaning", "receipt"),
    [
        (report(200, sendingSuccess=True, overallSuccess=True, as4ReceivedSignalMsg="<s/>"), Answer.DELIVERED, True),
        (report(422, sendingSuccess=True, overallSuccess=False, as4ReceivedSignalMsg="<s/>"), Answer.DELIVERED, True),
        (report(200, sendingSuccess=True, as4ReceivedSignalMsg={"not": "text"}), Answer.DELIVERED, False),
        (report(422, sendingSuccess=False, sendingResult="TRANSPORT_ERROR"), Answer.SUBMITTED, False),
        (report(200, sendingSuccess=False), Answer.SUBMITTED, False),
    ],
)
def test_a_report_says_what_became_of_the_transmission(reply: Scripted, meaning: Answer, receipt: bool) -> None:
    answer = answering(PhossAp, NONE, reply)[0].submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (meaning, OURS)
    assert ("as4_receipt" in {proof.kind for proof in answer.proofs}) is receipt
    assert (answer.reason is None) is (meaning is Answer.DELIVERED)


@pytest.mark.parametrize("error", LOST)
def test_a_lost_answer_is_unknown_under_our_id(error: Exception) -> None:
    answer = answering(PhossAp, NONE, error)[0].submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (Answer.UNKNOWN, OURS)


@pytest.mark.parametrize("error", NEVER_LEFT)
def test_what_never_left_may_be_sent_again(error: Exception) -> None:
    assert answering(PhossAp, NONE, error)[0].submit(document(), None, "key").answer is Answer.TRANSIENT


@pytest.mark.parametrize("body", ["<html>", "{}", "[]", '"accepted"'])
def test_a_send_answered_unreadably_is_unknown(body: str) -> None:
    answer = answering(PhossAp, NONE, (200, {}, body))[0].submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (Answer.UNKNOWN, OURS)


@pytest.mark.parametrize(
    ("first", "meaning"),
    [
        ((401, {}, '{"error": "Invalid or missing API token"}'), Answer.PRECONDITION),
        ((429, {"retry-after": "17"}, ""), Answer.TRANSIENT),
        ((500, {}, ""), Answer.TRANSIENT),
        ((200, {}, "<html>"), Answer.TRANSIENT),
        ((404, {}, "<html>no such page</html>"), Answer.TRANSIENT),
        (LOST[0], Answer.TRANSIENT),
        (NEVER_LEFT[0], Answer.TRANSIENT),
    ],
)
def test_nothing_is_sent_before_the_status_is_known(first: Scripted, meaning: Answer) -> None:
    provider, asked = answering(PhossAp, first)
    assert provider.submit(document(), None, "key").answer is meaning
    assert [request.method for request in asked] == ["GET"]


def test_what_is_there_already_is_not_sent_again() -> None:
    provider, asked = answering(PhossAp, transaction("failed"))
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (Answer.SUBMITTED, OURS)
    assert [request.method for request in asked] == ["GET"]


@pytest.mark.parametrize(
    ("status", "mls", "meaning", "level"),
    [
        ("pending", None, Answer.SUBMITTED, "accepted by our own access point"),
        ("sending", "pending", Answer.SUBMITTED, "accepted by our own access point"),
        ("failed", None, Answer.SUBMITTED, "accepted by our own access point"),
        ("permanently_failed", None, Answer.NOT_DELIVERED, "said by our own access point"),
        ("rejected", "not_applicable", Answer.REJECTED, "said by our own access point"),
        ("sent", "pending", Answer.DELIVERED, RECEIVED),
        ("sent", "received_ap", Answer.DELIVERED, f"{RECEIVED}; message level status: accepted"),
        ("sent", "received_ab", Answer.DELIVERED, f"{RECEIVED}; message level status: accepted unseen"),
        ("sent", "received_re", Answer.NOT_DELIVERED, f"{RECEIVED}; message level status: rejected"),
        ("sent", "something new", Answer.DELIVERED, RECEIVED),
    ],
)
def test_what_a_status_means(status: str, mls: str | None, meaning: Answer, level: str) -> None:
    state = answering(PhossAp, transaction(status, mls))[0].status(OURS)
    assert (state.answer, state.partner_id, state.proofs[0].level) == (meaning, OURS, level)
    if status != "sent":
        assert state.reason == f"{status} after 2 attempts: no route"
    else:
        assert bool(state.reason) is (mls == "received_re")
    finding = answering(PhossAp, transaction(status, mls))[0].find(document(), None, "key")
    assert (finding.found, finding.submission) == (Found.TAKEN, state)


@pytest.mark.parametrize(
    "reply",
    [*UNASKED, (200, {}, "x"), transaction("something new"), transaction("sent", identity="another"), (404, {}, "<p>")],
)
def test_a_status_that_cannot_be_read_proves_nothing(reply: Scripted) -> None:
    state = answering(PhossAp, reply)[0].status(OURS)
    assert state.answer is Answer.UNKNOWN and state.reason
    assert answering(PhossAp, reply)[0].find(document(), None, "key").found is Found.NOT_ASKED


def test_a_404_of_its_own_proves_that_nothing_was_taken() -> None:
    provider, asked = answering(PhossAp, NONE)
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.NOT_TAKEN
    assert finding.submission is not None and OURS in (finding.submission.reason or "")
    assert provider.status(OURS).answer is Answer.UNKNOWN
    assert {dict(request.url.params)["includeArchive"] for request in asked} == {"true"}


def test_our_token_is_in_no_reason_and_no_proof() -> None:
    provider, _ = answering(PhossAp, NONE, (401, {}, json.dumps({"error": f"{SECRET} is not known"})))
    answer = provider.submit(document(), None, "key")
    assert SECRET not in repr(answer) and answer.reason == "phoss-ap answered 401: *** is not known"


# --- lost answers, against the twin --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "garbage"])
def test_a_send_whose_answer_was_lost_is_found_taken(opened: Open, kind: str) -> None:
    fault = Fault(partner="phoss-ap", kind=kind, call="POST /api/outbound/submit")  # type: ignore[arg-type]
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.TAKEN
    assert finding.submission is not None and finding.submission.answer is Answer.DELIVERED
    assert provider.submit(document(), None, "key").answer is Answer.DELIVERED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_send_that_failed_before_it_was_done_is_found_not_taken(opened: Open) -> None:
    fault = Fault(partner="phoss-ap", kind="error", call="POST /api/outbound/submit")
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), None, "key").found is Found.NOT_TAKEN
    assert provider.submit(document(), None, "key").answer is Answer.DELIVERED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_what_was_archived_is_still_found(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    provider.submit(document(), None, "key")
    sandbox.set_date(date(2026, 2, 1))
    assert (
        httpx.get(
            f"{addresses.urls['phoss-ap']}/api/outbound/status/{OURS}", headers={"X-Token": API_KEY}, trust_env=False
        ).status_code
        == 404
    ), "without asking for the archive it is gone"
    assert provider.find(document(), None, "key").found is Found.TAKEN
    provider.submit(document(), None, "key")
    assert sandbox.duplicates() == 0


def test_the_access_point_itself_does_not_hold_back_a_second_send(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider_at(addresses).submit(document(), None, "key")
    provider_at(addresses).submit(document(), None, "another key")
    assert sandbox.duplicates() == 1


def test_what_was_taken_is_there_after_another_start(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider_at(addresses).submit(document(), None, "key")
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).find(document(), None, "key").found is Found.TAKEN
    assert len(sandbox.received()) == 1


# --- what the token, the document and the network may be wrong about -----------------------------------------------


def test_a_receiver_out_of_reach_is_tried_again_by_the_access_point(opened: Open) -> None:
    sandbox, addresses = opened(participants=[Participant(id=BUYER, delivered_after=2)])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    sent = provider.submit(document(), None, "key")
    assert sent.answer is Answer.SUBMITTED and "tries again" in (sent.reason or "")
    assert provider.submit(document(), None, "key").answer is Answer.SUBMITTED
    sandbox.set_date(date(2026, 1, 7))
    assert provider.status(OURS).answer is Answer.DELIVERED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_late_rejection_comes_on_its_day_with_the_reason(opened: Open) -> None:
    sandbox, addresses = opened(participants=[Participant(id=BUYER, fails_after=3)])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    provider.submit(document(), None, "key")
    sandbox.set_date(date(2026, 1, 7))
    assert provider.status(OURS).answer is Answer.SUBMITTED
    sandbox.set_date(date(2026, 1, 8))
    state = provider.status(OURS)
    assert state.answer is Answer.NOT_DELIVERED
    assert state.reason == "permanently_failed after 1 attempts: Rejected by the receiver's access point"


def test_a_receiver_that_is_not_on_the_network_is_not_delivered(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    assert provider.submit(document(receiver=NOT_THERE), None, "key").answer is Answer.SUBMITTED
    state = provider.status(OURS)
    assert state.answer is Answer.NOT_DELIVERED and "not registered" in (state.reason or "")


def test_the_check_tells_a_wrong_token_and_a_wrong_address(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).check() is None
    assert provider_at(addresses, key="wrong").check() == "phoss-ap answered 401: Invalid or missing API token"
    assert answering(PhossAp, NONE)[0].check() == "no phoss-ap answers at https://api.example"
    assert "no connection" in (answering(PhossAp, NEVER_LEFT[0])[0].check() or "")


def test_a_wrong_token_is_a_precondition(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses, key="wrong").submit(document(), None, "key").answer is Answer.PRECONDITION
    assert sandbox.received() == ()


def test_a_document_that_it_does_not_store_is_told_to_a_person(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    broken = replace(document(), ubl=b"<Order/>")
    answer = provider_at(addresses).submit(broken, None, "key")
    assert answer.answer is Answer.PRECONDITION
    assert answer.reason == "phoss-ap answered 422: Failed to submit outbound transaction"
    assert provider_at(addresses).find(broken, None, "key").found is Found.NOT_TAKEN
    assert sandbox.received() == ()


def test_a_participant_that_cannot_be_one_is_rejected(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    answer = provider_at(addresses).submit(document(receiver="nobody"), None, "key")
    assert answer.answer is Answer.REJECTED and "Failed to parse the receiving participant ID" in (answer.reason or "")


def test_too_many_calls_is_transient_with_the_partners_patience(opened: Open) -> None:
    fault = Fault(partner="phoss-ap", kind="too_many", call="POST /api/outbound/submit", retry_after=12)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 12)
    assert provider.submit(document(), None, "key").answer is Answer.DELIVERED


def test_it_makes_no_calls_and_has_no_inbox() -> None:
    provider, asked = answering(PhossAp, NONE)
    with pytest.raises(BadWebhook, match="makes no calls"):
        provider.verify_webhook({}, b"{}", datetime(2026, 1, 5, tzinfo=UTC))
    provider.confirm("anything")
    assert (list(provider.inbox()), asked) == ([], [])
