"""The provider's own client, `e-invoice-api` from PyPI, talks to our twin: an independent witness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from e_invoice_api import (
    APIStatusError,
    AuthenticationError,
    ConflictError,
    EInvoice,
    NotFoundError,
    UnprocessableEntityError,
)

from connectors.sandbox import API_KEY, Sandbox, answer
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, NOT_THERE, SELLER, ubl

Open = Callable[..., Opened]
MONDAY = date(2026, 1, 5)
IDS = {
    "sender_peppol_scheme": "0208",
    "sender_peppol_id": SELLER[5:],
    "receiver_peppol_scheme": "0208",
    "receiver_peppol_id": BUYER[5:],
}


@pytest.fixture
def twin(opened: Open) -> Iterator[tuple[EInvoice, Sandbox]]:
    """Strict: an answer whose fields are not of the documented types raises."""
    sandbox, addresses = opened(participants=[BUYER], accounts={API_KEY: (SELLER,)})
    sandbox.set_date(MONDAY)
    url = addresses.urls["access_point"]
    with EInvoice(api_key=API_KEY, base_url=url, max_retries=0, _strict_response_validation=True) as client:
        yield client, sandbox


def created(client: EInvoice, number: str = "2026-001") -> str:
    draft = client.documents.ubl.create_from_ubl(file=(f"{number}.xml", ubl(number), "application/xml"))
    assert (draft.state, draft.direction, draft.document_type) == ("DRAFT", "OUTBOUND", "INVOICE")
    assert (draft.invoice_id, draft.customer_peppol_id) == (number, BUYER)
    return draft.id


def test_a_document_from_draft_to_delivered(twin: tuple[EInvoice, Sandbox]) -> None:
    client, sandbox = twin
    identity = created(client)
    assert [item.id for item in client.drafts.list()] == [identity]
    with pytest.warns(DeprecationWarning):
        assert [item.id for item in client.outbox.list_draft_documents(search="2026-001")] == [identity]
    assert list(client.outbox.list_received_documents()) == []
    assert client.documents.send(identity, **IDS).state == "TRANSIT"
    assert client.documents.retrieve(identity).state == "SENT"
    assert [item.id for item in client.outbox.list_received_documents(search="2026-001")] == [identity]
    assert list(client.drafts.list()) == []
    timeline = client.documents.retrieve_timeline(identity)
    assert timeline.document_id == identity
    assert [event.event_type for event in timeline.events] == ["document_created", "send_attempted", "send_success"]
    sent = client.documents.ubl.get(identity)
    assert (sent.file_size, sent.receiver_peppol_id) == (len(ubl("2026-001")), BUYER[5:])
    assert [receipt.key for receipt in sandbox.received()] == [f"{SELLER} 2026-001"]


def test_the_lists_come_in_pages(twin: tuple[EInvoice, Sandbox]) -> None:
    client, _ = twin
    made = {created(client, f"2026-00{n}") for n in range(1, 6)}
    first = client.drafts.list(page_size=2)
    assert (first.total, first.pages, first.page, len(first.items)) == (5, 3, 1, 2)
    assert {item.id for item in first} == made, "the client goes through all pages by itself"


def test_errors_have_the_shapes_that_the_client_knows(twin: tuple[EInvoice, Sandbox]) -> None:
    client, _ = twin
    identity = created(client)
    with pytest.raises(ConflictError, match="Not allowed"):
        client.documents.send(identity, **{**IDS, "sender_peppol_id": "0000000097"})
    client.documents.send(identity, **IDS)
    with pytest.raises(APIStatusError, match="not in draft") as again:
        client.documents.send(identity, **IDS)
    assert again.value.status_code == 405
    with pytest.raises(APIStatusError, match="not in draft") as sent:
        client.documents.delete(identity)
    assert sent.value.status_code == 400
    with pytest.raises(NotFoundError):
        client.documents.retrieve("doc_of_nobody")
    with pytest.raises(APIStatusError, match="not valid or empty") as unreadable:
        client.documents.ubl.create_from_ubl(file=("x.xml", b"<no/>", "application/xml"))
    assert unreadable.value.status_code == 415
    with pytest.raises(UnprocessableEntityError):
        client.drafts.list(page=0)
    with pytest.raises(AuthenticationError):
        client.with_options(api_key="wrong").me.retrieve()


def test_a_draft_can_be_removed(twin: tuple[EInvoice, Sandbox]) -> None:
    client, sandbox = twin
    assert client.documents.delete(created(client)).is_deleted
    assert list(client.drafts.list()) == [] and sandbox.received() == ()


def test_who_we_are_and_who_is_on_the_network(twin: tuple[EInvoice, Sandbox]) -> None:
    client, _ = twin
    assert client.me.retrieve().peppol_ids == [SELLER]
    there = client.validate.validate_peppol_id(peppol_id=BUYER)
    assert there.is_valid and there.dns_valid and len(there.supported_document_types) == 2
    assert not client.validate.validate_peppol_id(peppol_id=NOT_THERE).is_valid
    with pytest.raises(UnprocessableEntityError):
        client.validate.validate_peppol_id(peppol_id="nobody")


def test_a_ubl_is_judged(twin: tuple[EInvoice, Sandbox]) -> None:
    client, _ = twin
    verdict = client.validate.validate_ubl(file=("x.xml", ubl("2026-001"), "application/xml"))
    assert not verdict.is_valid and any(issue.rule_id for issue in verdict.issues), "the sample is no whole invoice"
    assert client.documents.validate(created(client)).issues == verdict.issues
    assert not client.validate.validate_ubl(file=("x.xml", b"<no", "application/xml")).is_valid


def test_what_the_network_brings_stands_in_the_inbox(twin: tuple[EInvoice, Sandbox]) -> None:
    client, sandbox = twin
    identity = created(client)
    client.documents.send(identity, **IDS)
    said = answer("2026-001", "RE", sender=BUYER, receiver=SELLER, issued=MONDAY)
    refused = sandbox.arrive("access_point", said, sender=BUYER, receiver=SELLER)
    purchase = sandbox.arrive("access_point", ubl("P-1", BUYER, SELLER), sender=BUYER, receiver=SELLER)
    sandbox.arrive("access_point", ubl("P-2", BUYER, NOT_THERE), sender=BUYER, receiver=NOT_THERE)
    assert [item.id for item in client.inbox.list()] == [purchase, refused], "another's post is not shown"
    assert [item.id for item in client.inbox.list_invoices()] == [purchase]
    assert list(client.inbox.list_credit_notes()) == []
    came = client.documents.retrieve(refused)
    assert (came.state, came.direction, came.document_type) == ("RECEIVED", "INBOUND", None)
    assert client.documents.ubl.get(refused).file_size == len(said)
    events = client.documents.retrieve_timeline(identity).events
    assert events[-1].event_type == "imr_received"


def test_webhooks_are_made_changed_tried_and_removed(twin: tuple[EInvoice, Sandbox]) -> None:
    client, _ = twin
    hook = client.webhooks.create(url="https://we.example/hook", events=["document.sent"])
    assert hook.enabled and hook.secret and hook.events == ["document.sent"]
    assert [one.id for one in client.webhooks.list()] == [hook.id]
    changed = client.webhooks.update(hook.id, events=["document.sent", "document.received"], enabled=False)
    assert (changed.url, changed.enabled, len(changed.events)) == (hook.url, False, 2)
    assert client.webhooks.retrieve(hook.id).secret == hook.secret
    client.webhooks.update(hook.id, enabled=True)
    assert client.webhooks.test(hook.id, event_type="document.sent", data={"document_id": "doc-1"}).success
    (event,) = client.webhooks.retrieve_history(hook.id).history
    assert (event["type"], event["data"]) == ("document.sent", {"document_id": "doc-1"})
    with pytest.raises(UnprocessableEntityError):
        client.webhooks.update(hook.id, events=["no.such.event"])
    assert client.webhooks.delete(hook.id).is_deleted
    with pytest.raises(NotFoundError):
        client.webhooks.retrieve(hook.id)
