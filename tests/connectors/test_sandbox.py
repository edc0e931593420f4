"""The twins as partners: they remember through a SIGKILL, keep their files whole, and count what came twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.mail.archive import MailArchive
from connectors.mail.smtp import SmtpSender
from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.ports import Access, Answer, Found, PeppolDocument
from connectors.sandbox import API_KEY, Fault, Sandbox
from connectors.sandbox.webhooks import signature
from tests.connectors.conftest import Opened
from tests.connectors.samples import BUYER, SELLER, FolderReports, document, mail, ubl

Open = Callable[..., Opened]
HOST = """
import sys, time
from pathlib import Path
from connectors.sandbox import Sandbox
addresses = Sandbox(Path(sys.argv[1]), participants=[sys.argv[2]]).start()
print(addresses.ports["access_point"], addresses.ports["mail"], flush=True)
time.sleep(60)
"""


def hosted(folder: Path) -> tuple[subprocess.Popen[str], str, int]:
    """The twins in a process of their own: process, URL of the access point, port of the mail server."""
    process = subprocess.Popen([sys.executable, "-c", HOST, str(folder), BUYER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    access_point, mail_port = process.stdout.readline().split()
    return process, f"http://127.0.0.1:{access_point}", int(mail_port)


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_what_was_accepted_before_a_sigkill_is_found_after_it(tmp_path: Path) -> None:
    process, url, _ = hosted(tmp_path)
    provider = EInvoiceBe(Access(url=url, key=API_KEY))
    draft = provider.prepare(document()).partner_id
    assert provider.submit(document(), draft, "key").answer is Answer.SUBMITTED
    kill(process)
    assert provider.find(document(), draft, "key").found is Found.NOT_ASKED

    process, again, _ = hosted(tmp_path)
    assert again == url, "it answers where it answered before"
    assert EInvoiceBe(Access(url=again, key=API_KEY)).find(document(), draft, "key").found is Found.TAKEN
    assert EInvoiceBe(Access(url=again, key=API_KEY)).submit(document(), draft, "key").answer is Answer.DELIVERED
    kill(process)
    sandbox = Sandbox(tmp_path)
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)
    sandbox.stop()


def test_a_mail_taken_before_a_sigkill_lies_in_the_archive(tmp_path: Path) -> None:
    process, _, port = hosted(tmp_path)
    archive = MailArchive(tmp_path / "mailbox" / "sent", complete=True)
    reports = FolderReports(tmp_path / "mailbox" / "reports")
    sender = SmtpSender("127.0.0.1", port, archive=archive, reports=reports, tls="none")
    assert sender.submit(mail()).answer is Answer.SUBMITTED
    kill(process)
    assert sender.find(mail().message_id).found is Found.TAKEN
    assert sender.status(mail().message_id).answer is Answer.DELIVERED


def test_through_kills_at_random_moments_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    """A client that asks after every lost answer, while the partners die under it again and again."""
    dice = random.Random(2026)
    hosts = [hosted(tmp_path)]
    done = threading.Event()

    def die_and_rise() -> None:
        while not done.wait(dice.uniform(0.05, 0.25)):
            kill(hosts[-1][0])
            hosts.append(hosted(tmp_path))

    reaper = threading.Thread(target=die_and_rise)
    reaper.start()
    _, url, port = hosts[0]
    provider = EInvoiceBe(Access(url=url, key=API_KEY))
    sender = SmtpSender(
        "127.0.0.1", port, archive=MailArchive(tmp_path / "mailbox" / "sent", complete=True), tls="none"
    )
    try:
        number = 0
        while len(hosts) < 7:
            number += 1
            deliver(provider, document(f"2026-{number}"))
            post(sender, f"<{number}@dekade.example>")
    finally:
        done.set()
        reaper.join()
        kill(hosts[-1][0])
    sandbox = Sandbox(tmp_path)
    with sandbox:
        assert (len(sandbox.received()), sandbox.duplicates()) == (2 * number, 0)
        assert len(list((tmp_path / "peppol").glob("*.xml"))) == len(list((tmp_path / "mail").glob("*.eml"))) == number


def deliver(provider: EInvoiceBe, doc: PeppolDocument) -> None:
    draft = None
    while draft is None:
        draft = provider.prepare(doc).partner_id
    while provider.submit(doc, draft, "key").answer not in (Answer.SUBMITTED, Answer.DELIVERED):
        while (found := provider.find(doc, draft, "key").found) is Found.NOT_ASKED:
            time.sleep(0.02)
        if found is Found.TAKEN:
            return


def post(sender: SmtpSender, message_id: str) -> None:
    while (answer := sender.submit(mail(message_id)).answer) is not Answer.SUBMITTED:
        if answer is Answer.UNKNOWN and sender.find(message_id).found is Found.TAKEN:
            return
        time.sleep(0.02)


def test_files_that_a_kill_left_unwritten_are_there_after_the_next_start(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
    provider.submit(document(), provider.prepare(document()).partner_id, "key")
    reports = FolderReports(addresses.mail_reports)
    archive = MailArchive(addresses.sent_mail)
    SmtpSender("127.0.0.1", addresses.ports["mail"], archive=archive, reports=reports, tls="none").submit(mail())
    files = {path: path.read_bytes() for path in sandbox.folder.rglob("*") if path.suffix in (".xml", ".eml", ".jsonl")}
    assert len(files) == 5
    for path in files:
        path.unlink()
    opened(participants=[BUYER])
    assert {path: path.read_bytes() for path in files} == files


def test_the_index_names_what_was_received(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
    for doc in (document("2026/001"), document("2026/001", sender="0208:0999999922"), document("..")):
        provider.submit(doc, provider.prepare(doc).partner_id, "key")
    lines = (sandbox.out / "peppol" / "index.jsonl").read_text().splitlines()
    index = [(line["number"], line["sender"], line["file"]) for line in map(json.loads, lines)]
    assert index == [
        ("2026/001", SELLER, "2026_001.xml"),
        ("2026/001", "0208:0999999922", "2026_001@0208_0999999922.xml"),
        ("..", SELLER, "_.xml"),
    ]
    assert sandbox.duplicates() == 0, "two sellers may use one number"


def test_an_invoice_sent_by_two_drafts_is_counted_twice(opened: Open) -> None:
    sandbox, addresses = opened(participants=[BUYER])
    provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
    for _ in range(2):
        provider.submit(document(), provider.prepare(document()).partner_id, "key")
    assert sandbox.duplicates() == 1
    assert len(list((sandbox.out / "peppol").glob("*.xml"))) == 2


def test_the_date_is_kept_and_may_be_set_over_http(opened: Open) -> None:
    sandbox, addresses = opened()
    for number, url in enumerate(addresses.urls.values(), start=1):
        day = date(2026, 3, number)
        reply = httpx.post(f"{url}/sandbox/date", json={"date": day.isoformat()}, trust_env=False)
        assert reply.json() == {"date": day.isoformat()}
        assert sandbox.today() == day
    assert httpx.post(f"{url}/sandbox/date", json={"date": "soon"}, trust_env=False).status_code == 422
    sandbox, _ = opened()
    assert sandbox.today() == day


def test_a_failure_is_not_played_again_after_another_start(opened: Open) -> None:
    fault = Fault(partner="access_point", kind="error", call="POST /api/documents/ubl")
    for expected in (Answer.TRANSIENT, Answer.SUBMITTED):
        _, addresses = opened(participants=[BUYER], faults=[fault])
        provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
        assert provider.prepare(document()).answer is expected


# --- the access point's API as others see it -----------------------------------------------------------------------


def test_error_bodies_have_the_documented_shape(opened: Open) -> None:
    _, addresses = opened(participants=[BUYER], accounts={"k": [SELLER]})
    with httpx.Client(base_url=addresses.urls["access_point"], trust_env=False) as http:
        assert (http.get("/api/me/").status_code, http.get("/api/me/").json()) == (401, {"detail": "Unauthorized"})
        http.headers["authorization"] = "Bearer k"
        assert http.get("/api/documents/none").json() == {"detail": "Document not found"}
        missing = http.post("/api/documents/ubl", files={"other": b"x"})
        assert missing.status_code == 422
        assert missing.json()["detail"] == [{"loc": ["body", "file"], "msg": "Field required", "type": "missing"}]
        assert http.get("/api/drafts/", params={"page_size": 500}).status_code == 422
        draft = http.post("/api/documents/ubl", files={"file": ("a.xml", ubl("1"), "application/xml")}).json()["id"]
        assert http.delete(f"/api/documents/{draft}").json() == {"is_deleted": True}
        assert http.post(f"/api/documents/{draft}/send").status_code == 404


def test_the_official_client_can_talk_to_the_twin(opened: Open) -> None:
    """PyPI e-invoice-api, the provider's own client, as an independent witness of the API's shape."""
    sdk = pytest.importorskip("e_invoice_api")
    sandbox, addresses = opened(participants=[BUYER])
    client = sdk.EInvoice(api_key=API_KEY, base_url=addresses.urls["access_point"], max_retries=0)
    draft = client.documents.ubl.create_from_ubl(file=("a.xml", ubl("2026-001"), "application/xml"))
    assert (draft.state, draft.invoice_id, draft.document_type) == ("DRAFT", "2026-001", "INVOICE")
    assert [found.id for found in client.drafts.list(search="2026-001")] == [draft.id]
    scheme, seller, buyer = "0208", SELLER[5:], BUYER[5:]
    ids: dict[str, Any] = {"sender_peppol_scheme": scheme, "sender_peppol_id": seller}
    ids |= {"receiver_peppol_scheme": scheme, "receiver_peppol_id": buyer}
    assert client.documents.send(draft.id, **ids).state == "TRANSIT"
    with pytest.raises(sdk.APIStatusError) as refused:
        client.documents.send(draft.id, **ids)
    assert refused.value.status_code == 405
    assert client.documents.retrieve(draft.id).state == "SENT"
    events = [event.event_type for event in client.documents.retrieve_timeline(draft.id).events]
    assert events == ["document_created", "send_attempted", "send_success"]
    assert client.documents.ubl.get(draft.id).receiver_peppol_id == buyer
    assert [found.id for found in client.outbox.list_received_documents(search="2026-001")] == [draft.id]
    assert client.validate.validate_peppol_id(peppol_id=BUYER).is_valid
    with pytest.raises(sdk.AuthenticationError):
        sdk.EInvoice(api_key="wrong", base_url=addresses.urls["access_point"]).me.retrieve()
    assert len(sandbox.received()) == 1


def test_the_webhook_signature_is_the_providers() -> None:
    # the provider's own fixture, secret "secret"
    payload = {
        "id": "evt-e7wyc7gtpqx4z73x2wqmwhebhbb3r8n3ovfhcsdbulxr3s2awf49de76yglrnri3",
        "tenant_id": "ten-abc123",
        "created_at": 1762780249,
        "type": "document.sent",
        "data": {"document_id": "doc-1"},
        "text": '⚡️ New webhook event: document.sent\n\n{\n  "document_id": "doc-1"\n}',
    }
    expected = "2f8ec8fab5adedd8f82a2b4064f559c40b14aed0c6da27ed394e51176b10bd1b"
    assert signature("secret", payload) == f"sha256={expected}"


def test_a_webhook_is_told_once_what_became_of_a_document(opened: Open) -> None:
    heard: list[tuple[str | None, dict[str, Any]]] = []
    enough = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["X-Signature"], json.loads(body)))
            self.send_response(500 if len(heard) == 1 else 204)
            self.end_headers()
            if len(heard) == 2:
                enough.set()

        def log_message(self, *args: object) -> None:
            return None

    sandbox, addresses = opened(participants=[BUYER])
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with httpx.Client(base_url=addresses.urls["access_point"], trust_env=False) as http:
            http.headers["authorization"] = f"Bearer {API_KEY}"
            url = f"http://127.0.0.1:{server.server_port}/hook"
            hook = http.post("/api/webhooks/", json={"url": url, "events": ["document.sent"]}).json()
            provider = EInvoiceBe(Access(url=addresses.urls["access_point"], key=API_KEY))
            draft = provider.prepare(document()).partner_id
            assert draft is not None
            provider.submit(document(), draft, "key")
            sandbox.set_date(date(2026, 1, 5))
            provider.status(draft)
            assert enough.wait(5), "a failed delivery is tried again"
            history = http.get(f"/api/webhooks/{hook['id']}/history").json()["history"]
        server.shutdown()
    assert heard[0] == heard[1]
    sign, body = heard[1]
    assert sign == signature(hook["secret"], body)
    assert (body["type"], body["data"]) == ("document.sent", {"document_id": draft})
    assert len(history) == 1
