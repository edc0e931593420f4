"""The access point Storecove: what each of its answers means, against its twin and against its error shapes.

Source: Storecove API v2, specification 2.0.1; the shapes of its events are provisional.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import httpx
import pytest

from connectors.peppol.as_sent import difference
from connectors.peppol.keys import guid_of
from connectors.peppol.storecove import Storecove
from connectors.peppol.storecove_wire import SCHEMES, identifier
from connectors.ports import Access, Answer, BadWebhook, Found, Inbound, PeppolDocument, Reach
from connectors.sandbox import API_KEY, CREDIT_NOTE, INVOICE, Fault, Participant
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, NOT_THERE, PROCESS, SELLER, document, ubl
from tests.connectors.scripted import HOOK, LOST, NEVER_LEFT, SECRET, Scripted, answering

Open = Callable[..., Opened]
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
RECEIVED = "received by the buyer's access point"
REPEAT = '[{"source": "idempotencyGuid", "details": "has already been used"}]'


def provider_at(addresses: object, key: str = API_KEY, seconds: float = 5, account: str = "1") -> Storecove:
    url = addresses.urls["storecove"]  # type: ignore[attr-defined]
    access = Access(url=url, key=key, account=account, webhook_secret=HOOK)
    return Storecove(access, http=httpx.Client(timeout=seconds, trust_env=False))


def sent(provider: Storecove, doc: PeppolDocument, key: str = "key") -> str:
    submission = provider.submit(doc, None, key)
    assert submission.answer is Answer.SUBMITTED and submission.partner_id
    return submission.partner_id


def evidence(network: str, **more: object) -> str:
    return json.dumps({"network": network, "documents": [], "evidence": {}, **more})


# --- the way that works --------------------------------------------------------------------------------------------


def test_a_document_is_sent_and_its_evidence_proves_the_receipt(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)

    assert provider.prepare(document()) is None, "Storecove knows no drafts"
    submission = provider.submit(document(), None, "key")
    assert submission.answer is Answer.SUBMITTED and submission.partner_id
    assert submission.ids == {"submission": submission.partner_id, "idempotency": guid_of("key")}

    state = provider.status(submission.partner_id)
    assert (state.answer, state.reason) == (Answer.DELIVERED, None)
    assert state.ids["receiving_access_point"] == "POP000999" and state.ids["sbdh"]
    assert [(proof.kind, proof.level) for proof in state.proofs] == [
        ("peppol_evidence", RECEIVED),
        ("as4_receipt", RECEIVED),
        ("peppol_as_sent", "the UBL as sent, by the access point's word"),
    ]
    assert provider.evidence(submission.partner_id) == state.proofs
    (receipt,) = sandbox.received()
    assert (receipt.partner, receipt.key, receipt.taken_on) == ("storecove", f"{SELLER} 2026-001", date(2026, 1, 5))


def test_the_send_names_entity_guid_and_receiver_and_never_a_mail_address() -> None:
    provider, asked = answering(Storecove, (200, {}, '{"guid": "s1"}'), account="42")
    provider.submit(document(), None, "key")
    body = json.loads(asked[0].content)
    assert str(asked[0].url) == "https://api.example/api/v2/document_submissions"
    assert (body["legalEntityId"], body["idempotencyGuid"]) == (42, guid_of("key"))
    assert body["routing"] == {"eIdentifiers": [{"scheme": "BE:EN", "id": BUYER[5:]}], "emails": []}
    assert base64.b64decode(body["document"]["rawDocumentData"].pop("document")) == document().ubl
    assert body["document"] == {"documentType": "invoice", "rawDocumentData": {"parse": True, "parseStrategy": "ubl"}}


@pytest.mark.parametrize(
    ("peppol", "named"),
    [
        ("0208:0202239951", ("BE:EN", "0202239951")),
        ("9925:be0202239951", ("BE:VAT", "BE0202239951")),
        ("0106:12345678", ("NL:KVK", "12345678")),
        ("9944:nl001234567b01", ("NL:VAT", "NL001234567B01")),
        ("0190:00000001003214345000", ("NL:OINO", "00000001003214345000")),
        ("0088:5412345000013", ("GLN", "5412345000013")),
    ],
)
def test_a_participant_bears_storecoves_name_for_its_scheme(peppol: str, named: tuple[str, str]) -> None:
    assert identifier(peppol) == {"scheme": named[0], "identifier": named[1]}


def test_a_scheme_without_a_name_is_told_to_a_person_and_nothing_is_asked() -> None:
    provider, asked = answering(Storecove, (200, {}, '{"guid": "s1"}'))
    assert "0242" not in SCHEMES
    answer = provider.submit(document(receiver="0242:000001"), None, "key")
    assert answer.answer is Answer.PRECONDITION and "0242:000001" in (answer.reason or "")
    assert provider.lookup("0242:000001", INVOICE) == (Reach.UNKNOWN, None)
    assert asked == []


@pytest.mark.parametrize("account", [None, "", "abc", "1.5"])
def test_an_account_that_is_no_number_is_told_to_a_person(account: str | None) -> None:
    provider, asked = answering(Storecove, (200, {}, '{"guid": "s1"}'), account=account)
    assert provider.submit(document(), None, "key").answer is Answer.PRECONDITION
    assert "legal entity" in (provider.check() or "")
    assert asked == []


def test_the_receiver_is_looked_up_with_four_answers(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER, Participant(id="0106:12345678", document_types=(INVOICE,))])
    provider = provider_at(addresses)
    assert provider.lookup(BUYER, f"busdox-docid-qns::{CREDIT_NOTE}")[0] is Reach.CAN_RECEIVE
    assert provider.lookup("0106:12345678", CREDIT_NOTE)[0] is Reach.NOT_THIS_DOCUMENT
    assert provider.lookup(NOT_THERE, INVOICE)[0] is Reach.NOT_REGISTERED
    assert provider.lookup("no id at all", INVOICE)[0] is Reach.UNKNOWN


def test_a_default_registration_whose_documents_are_mailed_is_none(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, mailed=True)])
    reach, proof = provider_at(addresses).lookup(BUYER, INVOICE)
    assert reach is Reach.NOT_REGISTERED
    assert proof is not None and "by default only" in proof.level and json.loads(proof.content)["email"] is True


@pytest.mark.parametrize(
    "reply",
    [(500, {}, ""), (401, {}, ""), (200, {}, "<html>"), (200, {}, '{"code": "MAYBE"}'), *LOST, *NEVER_LEFT],
)
def test_a_lookup_in_doubt_is_unknown(reply: Scripted) -> None:
    assert answering(Storecove, reply)[0].lookup(BUYER, INVOICE)[0] is Reach.UNKNOWN
    no = (200, {}, '{"code": "NOK", "email": false}')
    assert answering(Storecove, no, reply)[0].lookup(BUYER, INVOICE)[0] is Reach.UNKNOWN


# --- what each answer means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meaning", "found"),
    [
        (400, Answer.REJECTED, Found.CANNOT_TELL),
        (401, Answer.PRECONDITION, Found.NOT_ASKED),
        (403, Answer.PRECONDITION, Found.NOT_ASKED),
        (404, Answer.PRECONDITION, Found.NOT_ASKED),
        (413, Answer.REJECTED, Found.CANNOT_TELL),
        (422, Answer.REJECTED, Found.CANNOT_TELL),
        (429, Answer.TRANSIENT, Found.NOT_ASKED),
        (500, Answer.UNKNOWN, Found.NOT_ASKED),
        (502, Answer.UNKNOWN, Found.NOT_ASKED),
        (307, Answer.PRECONDITION, Found.NOT_ASKED),
        (418, Answer.UNKNOWN, Found.NOT_ASKED),  # a surprise is never taken for a refusal
    ],
)
def test_what_an_answer_to_the_send_means(status: int, meaning: Answer, found: Found) -> None:
    headers = {"location": "https://elsewhere.example", "retry-after": "17"}
    reply = (status, headers, '[{"source": "document", "details": "words"}]')
    provider, asked = answering(Storecove, reply)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (meaning, 17)
    assert answer.reason == f"storecove answered {status}: document: words"
    assert len(asked) == 1, "a redirect is never followed"
    assert answering(Storecove, reply)[0].find(document(), None, "key").found is found


@pytest.mark.parametrize("error", LOST)
def test_a_lost_answer_is_unknown_and_asked_about_again(error: Exception) -> None:
    assert answering(Storecove, error)[0].submit(document(), None, "key").answer is Answer.UNKNOWN
    assert answering(Storecove, error)[0].find(document(), None, "key").found is Found.NOT_ASKED


@pytest.mark.parametrize("error", NEVER_LEFT)
def test_what_never_left_may_be_sent_again(error: Exception) -> None:
    assert answering(Storecove, error)[0].submit(document(), None, "key").answer is Answer.TRANSIENT
    assert answering(Storecove, error)[0].find(document(), None, "key").found is Found.NOT_ASKED


@pytest.mark.parametrize("body", ["<html>", "{}", '{"guid": ""}', "[]"])
def test_a_send_answered_unreadably_is_unknown(body: str) -> None:
    assert answering(Storecove, (200, {}, body))[0].submit(document(), None, "key").answer is Answer.UNKNOWN


def test_a_guid_seen_before_was_taken_and_its_id_stays_unknown() -> None:
    provider, _ = answering(Storecove, (422, {}, REPEAT))
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.partner_id) == (Answer.SUBMITTED, None)
    assert guid_of("key") in (answer.reason or "") and answer.proofs
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.TAKEN and finding.submission is not None and finding.submission.proofs
    lost = provider.status("")
    assert lost.answer is Answer.UNKNOWN and lost.reason


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        ((200, {}, evidence("peppol")), Answer.DELIVERED),
        ((200, {}, evidence("email")), Answer.NOT_DELIVERED),
        ((200, {}, evidence("sdi")), Answer.UNKNOWN),
        ((200, {}, evidence("")), Answer.UNKNOWN),
        ((404, {}, ""), Answer.SUBMITTED),
        ((200, {}, "x"), Answer.UNKNOWN),
        ((401, {}, ""), Answer.UNKNOWN),
        ((500, {}, ""), Answer.UNKNOWN),
        (LOST[0], Answer.UNKNOWN),
        (NEVER_LEFT[0], Answer.UNKNOWN),
    ],
)
def test_what_evidence_proves(reply: Scripted, meaning: Answer) -> None:
    state = answering(Storecove, reply)[0].status("s1")
    assert (state.answer, state.partner_id) == (meaning, "s1")
    assert state.reason or meaning is Answer.DELIVERED


def test_our_key_is_in_no_reason_and_no_proof() -> None:
    reply = (401, {}, json.dumps([{"source": "key", "details": f"{SECRET} is not known"}]))
    provider, asked = answering(Storecove, reply)
    answer = provider.submit(document(), None, "key")
    assert asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in repr(answer) and answer.reason == "storecove answered 401: key: *** is not known"


def test_an_id_of_the_partner_never_leaves_its_place_in_the_path() -> None:
    provider, asked = answering(Storecove, (404, {}, ""))
    provider.status("../../legal_entities/1?x=")
    path = b"/api/v2/document_submissions/..%2F..%2Flegal_entities%2F1%3Fx%3D/evidence/sending"
    assert asked[0].url.raw_path == path


# --- lost answers, against the twin --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "garbage"])
def test_a_send_whose_answer_was_lost_was_taken_once(opened: Open, kind: str) -> None:
    sandbox, addresses = opened(
        participants=[BUYER],
        faults=[Fault(partner="storecove", kind=kind, call="document_submissions")],  # type: ignore[arg-type]
    )
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider.find(document(), None, "key").found is Found.TAKEN
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_send_that_failed_before_it_was_done_is_taken_by_asking(opened: Open) -> None:
    fault = Fault(partner="storecove", kind="error", call="document_submissions")
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    assert provider.submit(document(), None, "key").answer is Answer.UNKNOWN
    finding = provider.find(document(), None, "key")
    assert finding.found is Found.TAKEN and finding.submission is not None
    assert provider.status(finding.submission.partner_id or "").answer is Answer.DELIVERED
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_a_slow_send_is_not_taken_twice_by_asking_meanwhile(opened: Open) -> None:
    fault = Fault(partner="storecove", kind="slow", call="document_submissions", seconds=0.6)
    sandbox, addresses = opened(participants=[BUYER], faults=[fault])
    assert provider_at(addresses, seconds=0.2).submit(document(), None, "key").answer is Answer.UNKNOWN
    assert provider_at(addresses).find(document(), None, "key").found is Found.TAKEN
    provider_at(addresses).find(document(), None, "key")
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)


def test_another_key_is_another_document_and_would_be_counted_twice(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    sent(provider_at(addresses), document(), "key")
    sent(provider_at(addresses), document(), "another key")
    assert sandbox.duplicates() == 1


def test_a_guid_is_remembered_through_another_start(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    first = sent(provider_at(addresses), document())
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).find(document(), None, "key").found is Found.TAKEN
    assert provider_at(addresses).status(first).answer is Answer.DELIVERED
    assert len(sandbox.received()) == 1


# --- what was sent -------------------------------------------------------------------------------------------------


def noted(*notes: str) -> PeppolDocument:
    written = "".join(f"<cbc:Note>{note}</cbc:Note>" for note in notes).encode()
    ours = document().ubl.replace(b"<cbc:DocumentCurrencyCode>", written + b"<cbc:DocumentCurrencyCode>")
    return PeppolDocument(
        number="2026-001",
        ubl=ours,
        sender=SELLER,
        receiver=BUYER,
        document_type=INVOICE,
        process=PROCESS,
        sender_country="BE",
    )


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ((), None),
        (("one",), None),
        (("one", "two"), "/Invoice/Note[1]: ours is 'one', theirs is 'one two'"),
    ],
)
def test_what_storecove_wrote_is_compared_with_what_we_gave(
    opened: Open, notes: tuple[str, ...], said: str | None
) -> None:
    _, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    ours = noted(*notes)
    as_sent = next(proof for proof in provider.evidence(sent(provider, ours)) if proof.kind == "peppol_as_sent")
    assert as_sent.content != ours.ubl, "it was written anew"
    assert difference(ours.ubl, as_sent.content) == said


def shown(address: str, mime: str = "application/xml") -> str:
    return evidence("peppol", documents=[{"document": address, "mime_type": mime}])


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://api.example/files/1?X-Signature=a", True),
        ("https://docs.storecove.com/1?X-Signature=a", True),
        ("https://bucket.s3.eu-west-1.amazonaws.com/1?X-Amz-Signature=a", True),
        ("http://bucket.s3.amazonaws.com/1", False),
        ("https://s3.amazonaws.com.evil.example/1", False),
        ("https://evil.example/1?x=.storecove.com", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://bucket.s3.amazonaws.com:8443/1", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
    ],
)
def test_only_known_hosts_are_asked_for_a_file_and_never_with_our_key(address: str, asked: bool) -> None:
    provider, requests = answering(Storecove, (200, {}, shown(address)), (200, {}, "<Invoice/>"))
    proofs = provider.evidence("s1")
    assert (len(requests), len(proofs)) == ((2, 2) if asked else (1, 1))
    assert all("authorization" not in request.headers for request in requests[1:])
    assert b"Signature=a" not in proofs[0].content, "the signature opens the file for everybody"


def test_a_signature_is_taken_out_however_the_address_is_written() -> None:
    escaped = shown("https://evil.example/1?X-Signature=a").replace("/", "\\/")
    proofs = answering(Storecove, (200, {}, escaped))[0].evidence("s1")
    assert b"evil.example" in proofs[0].content and b"Signature=a" not in proofs[0].content


@pytest.mark.parametrize("status", [204, 404])
def test_a_queue_that_is_empty_or_not_kept_holds_nothing(status: int) -> None:
    assert list(answering(Storecove, (status, {}, ""))[0].inbox()) == []


def test_a_file_that_is_no_xml_or_gone_is_left_out() -> None:
    address = "https://api.example/files/1"
    for first, second in (
        (shown(address, "application/pdf"), (200, {}, "%PDF")),
        (shown(address), (403, {}, "")),
        (shown(address), LOST[0]),
    ):
        proofs = answering(Storecove, (200, {}, first), second)[0].evidence("s1")
        assert [proof.kind for proof in proofs] == ["peppol_evidence"]


# --- what the account, the document and the network may be wrong about ---------------------------------------------


def test_the_check_tells_a_wrong_key_from_a_wrong_legal_entity(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    assert provider_at(addresses).check() is None
    assert provider_at(addresses, key="wrong").check() == "storecove answered 401: request: Unauthorized"
    assert provider_at(addresses, account="2").check() == "this key reaches no legal entity 2 at Storecove"


def test_a_wrong_key_is_a_precondition(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    assert provider_at(addresses, key="wrong").submit(document(), None, "key").answer is Answer.PRECONDITION
    assert sandbox.received() == ()


def test_what_is_no_invoice_is_rejected(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER])
    broken = replace(document(), ubl=b"<Order/>")
    answer = provider_at(addresses).submit(broken, None, "key")
    assert answer.answer is Answer.REJECTED and "rawDocumentData" in (answer.reason or "")


def test_delivery_by_mail_is_no_delivery_by_peppol(opened: Open) -> None:
    _, addresses = opened(participants=[Participant(id=BUYER, mailed=True)])
    provider = provider_at(addresses)
    state = provider.status(sent(provider, document()))
    assert state.answer is Answer.NOT_DELIVERED and "e-mail" in (state.reason or "")
    assert state.proofs[0].level == "sent over the network 'email'"
    assert "as4_receipt" not in {proof.kind for proof in state.proofs}


def test_too_many_calls_is_transient_with_the_partners_patience(opened: Open) -> None:
    fault = Fault(partner="storecove", kind="too_many", call="document_submissions", retry_after=12)
    _, addresses = opened(participants=[BUYER], faults=[fault])
    provider = provider_at(addresses)
    answer = provider.submit(document(), None, "key")
    assert (answer.answer, answer.retry_after) == (Answer.TRANSIENT, 12)
    assert provider.submit(document(), None, "key").answer is Answer.SUBMITTED


# --- the queue and the calls ---------------------------------------------------------------------------------------


RESPONSE = b"<ApplicationResponse xmlns='urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2'/>"


def drained(provider: Storecove) -> list[Inbound]:
    found = []
    for one in provider.inbox():
        found.append(one)
        provider.confirm(one.id)
    return found


def test_a_late_rejection_stands_in_the_queue_until_it_is_kept(opened: Open) -> None:
    sandbox, addresses = opened(participants=[Participant(id=BUYER, fails_after=3)])
    sandbox.set_date(date(2026, 1, 5))
    provider = provider_at(addresses)
    submission = sent(provider, document())
    sandbox.set_date(date(2026, 1, 7))
    assert (provider.status(submission).answer, list(provider.inbox())) == (Answer.SUBMITTED, [])
    sandbox.set_date(date(2026, 1, 8))
    assert provider.status(submission).answer is Answer.SUBMITTED, "the evidence tells of success only"

    (seen,) = provider.inbox()
    (again,) = provider.inbox()
    assert seen == again, "what was not confirmed stays"
    assert seen.said is not None
    assert (seen.said.answer, seen.said.partner_id) == (Answer.NOT_DELIVERED, submission)
    assert "Rejected by the receiver's access point" in (seen.said.reason or "")
    assert seen.said.proofs[0].content == seen.document and "not verified" in seen.said.proofs[0].level
    provider.confirm(seen.id)
    provider.confirm(seen.id)
    assert list(provider.inbox()) == []


def test_what_came_in_stands_in_the_same_queue(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = provider_at(addresses)
    sent(provider, document())
    for arrived in (RESPONSE, ubl("P-1", BUYER, SELLER), b"%PDF-1.7"):
        sandbox.arrive("storecove", arrived, sender=BUYER, receiver=SELLER)
    success, response, *others = drained(provider)
    assert json.loads(success.document)["event"] == "succeeded"
    assert (response.document, response.said) == (RESPONSE, None)
    for one in (success, *others):
        assert one.said is not None and one.said.answer is Answer.SUBMITTED, "it moves nothing, and holds up nothing"
    assert [json.loads(one.document)["event_type"] for one in others] == ["received_document"] * 2


@pytest.mark.parametrize(
    ("event", "about", "meaning"),
    [
        ({"event_type": "document_submission", "event": "failed", "guid": "s1"}, "s1", Answer.NOT_DELIVERED),
        (
            {"event_type": "document_submission", "event": "no_action_taken", "document_submission_guid": "s1"},
            "s1",
            Answer.NOT_DELIVERED,
        ),
        ({"type": "document_submission", "status": "FAILED", "data": {"guid": "s1"}}, "s1", Answer.NOT_DELIVERED),
        ({"event_type": "document_submission", "event": "failed"}, None, Answer.SUBMITTED),
        ({"event_type": "document_submission", "event": "succeeded", "guid": "s1"}, "s1", Answer.SUBMITTED),
        ({"event_type": "document_submission", "event": "cleared", "guid": "s1"}, "s1", Answer.SUBMITTED),
        ({"event_type": "legal_entity", "event": "failed", "guid": "s1"}, None, Answer.SUBMITTED),
        ({"event": 7, "event_type": [], "data": "x"}, None, Answer.SUBMITTED),
    ],
)
def test_only_a_failure_of_our_own_document_moves_something(
    event: dict[str, object], about: str | None, meaning: Answer
) -> None:
    head = (200, {}, json.dumps({"guid": "q1", "body": json.dumps(event)}))
    provider, _ = answering(Storecove, head, (204, {}, ""))
    (one,) = provider.inbox()
    assert one.said is not None
    assert (one.said.partner_id, one.said.answer) == (about, meaning)
    assert json.loads(one.document) == event


@pytest.mark.parametrize("body", ["no json", "[]", "", "null", "[" * 100_000])
def test_an_event_that_cannot_be_read_is_handed_on_as_it_is(body: str) -> None:
    provider, _ = answering(Storecove, (200, {}, json.dumps({"guid": "q1", "body": body})), (204, {}, ""))
    (one,) = provider.inbox()
    assert one.document == body.encode()
    assert one.said is not None and (one.said.partner_id, one.said.answer) == (None, Answer.SUBMITTED)


@pytest.mark.parametrize(
    "answer",
    [
        RESPONSE.decode(),
        json.dumps({"original": base64.b64encode(RESPONSE).decode()}),
        json.dumps({"document": RESPONSE.decode()}),
    ],
)
def test_a_received_document_is_read_in_any_of_its_likely_shapes(answer: str) -> None:
    event = json.dumps({"event_type": "received_document", "document_guid": "d1", "guid": "w1"})
    head = (200, {}, json.dumps({"guid": "q1", "body": event}))
    provider, asked = answering(Storecove, head, (200, {}, answer), (204, {}, ""))
    (one,) = provider.inbox()
    assert (one.document, one.said) == (RESPONSE, None)
    assert asked[1].url.path == "/api/v2/received_documents/d1/original"


def test_a_received_document_in_no_known_shape_leaves_its_event() -> None:
    event = json.dumps({"event_type": "received_document", "document_guid": "d1"})
    head = (200, {}, json.dumps({"guid": "q1", "body": event}))
    provider, _ = answering(Storecove, head, (200, {}, '{"json": {}}'), (204, {}, ""))
    assert [one.document for one in provider.inbox()] == [event.encode()]


FAILED = json.dumps({"event_type": "document_submission", "event": "failed", "guid": "s1", "details": "no"}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-webhook-secret": HOOK},
        {"authorization": "Basic " + base64.b64encode(f"voldaan:{HOOK}".encode()).decode()},
    ],
)
def test_a_call_with_the_secret_is_believed(headers: dict[str, str]) -> None:
    provider, _ = answering(Storecove, (500, {}, ""))
    event = provider.verify_webhook(headers, FAILED, AT)
    assert (event.kind, event.partner_id) == ("document_submission.failed", "s1")
    assert event.said is not None and event.said.answer is Answer.NOT_DELIVERED
    assert event.id == provider.verify_webhook(headers, FAILED, AT).id
    other = FAILED.replace(b"failed", b"succeeded")
    assert provider.verify_webhook(headers, other, AT).id != event.id


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, FAILED),
        ({"x-webhook-secret": "wrong"}, FAILED),
        ({"authorization": "Basic " + base64.b64encode(f"{HOOK}:wrong".encode()).decode()}, FAILED),
        ({"authorization": "Basic !!"}, FAILED),
        ({"authorization": f"Bearer {HOOK}"}, FAILED),
        ({"x-webhook-secret": HOOK}, b"no json"),
        ({"x-webhook-secret": HOOK}, b"{}"),
    ],
)
def test_any_other_call_proves_nothing(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadWebhook) as problem:
        answering(Storecove, (500, {}, ""))[0].verify_webhook(headers, body, AT)
    assert HOOK not in str(problem.value)


def test_without_a_secret_no_call_is_believed() -> None:
    with pytest.raises(BadWebhook, match="no webhook_secret"):
        Storecove(Access(url="https://api.example", key="k")).verify_webhook({"x-webhook-secret": ""}, FAILED, AT)
