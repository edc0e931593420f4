"""What the twins of the access points have in common: they survive a SIGKILL, and they call back."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from connectors.peppol.providers import PROVIDERS
from connectors.ports import Access, Answer, BadWebhook, Found, PeppolProvider
from connectors.sandbox import API_KEY, Fault, Participant, Sandbox, recommand, scrada
from tests.connectors.conftest import Opened
from tests.connectors.ear import Ear
from tests.connectors.samples import BUYER, SELLER, document
from tests.connectors.scripted import HOOK

Open = Callable[..., Opened]
TWINS = ("recommand", "peppyrus", "storecove", "phoss-ap")
HOST = """
import sys, time
from pathlib import Path
from connectors.sandbox import Sandbox
print(Sandbox(Path(sys.argv[1]), participants=[sys.argv[2]]).start().urls[sys.argv[3]], flush=True)
time.sleep(60)
"""


def opened_at(name: str, url: str) -> PeppolProvider:
    accounts = {
        "recommand": Access(
            url=f"{url}/api/v1",
            key=recommand.KEY,
            secret=recommand.SECRET,
            account=recommand.company_of(SELLER),
            webhook_secret=HOOK,
        ),
        "scrada": Access(url=f"{url}/v1", key=scrada.KEY, secret=scrada.PASSWORD, account=scrada.COMPANY),
    }
    others = Access(url=url, key=API_KEY, account="1", webhook_secret=HOOK)
    return PROVIDERS[name].open(accounts.get(name, others))


def hosted(folder: Path, name: str) -> tuple[subprocess.Popen[str], PeppolProvider]:
    command = [sys.executable, "-c", HOST, str(folder), BUYER, name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, opened_at(name, process.stdout.readline().strip())


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("name", TWINS)
def test_what_was_accepted_before_a_sigkill_is_found_after_it(tmp_path: Path, name: str) -> None:
    process, provider = hosted(tmp_path, name)
    assert provider.submit(document(), None, "key").answer in (Answer.SUBMITTED, Answer.DELIVERED)
    kill(process)
    assert provider.find(document(), None, "key").found is Found.NOT_ASKED

    process, provider = hosted(tmp_path, name)
    assert provider.find(document(), None, "key").found is Found.TAKEN
    kill(process)
    sandbox = Sandbox(tmp_path)
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)
    sandbox.stop()


def test_what_scrada_accepted_before_a_sigkill_is_read_by_its_id_after_it(tmp_path: Path) -> None:
    process, provider = hosted(tmp_path, "scrada")
    partner_id = provider.submit(document(), None, "key").partner_id
    assert partner_id
    kill(process)
    assert provider.status(partner_id).answer is Answer.UNKNOWN

    process, provider = hosted(tmp_path, "scrada")
    assert provider.status(partner_id).answer is Answer.DELIVERED
    kill(process)
    sandbox = Sandbox(tmp_path)
    assert (len(sandbox.received()), sandbox.duplicates()) == (1, 0)
    sandbox.stop()


# --- calls ---------------------------------------------------------------------------------------------------------


def calling(opened: Open, ear: Ear, name: str, *faults: Fault, token: str = HOOK) -> tuple[Sandbox, PeppolProvider]:
    """A sandbox with two buyers, of whom the second refuses late, whose twin calls the ear."""
    later = Participant(id="0106:12345678", fails_after=1)
    sandbox, addresses = opened(participants=[BUYER, later], faults=faults)
    sandbox.set_date(date(2026, 1, 5))
    hook = {"url": f"http://127.0.0.1:{ear.server.server_port}/hooks/{token}", "secret": token}
    httpx.post(f"{addresses.urls[name]}/sandbox/webhook", json=hook, trust_env=False).raise_for_status()
    return sandbox, opened_at(name, addresses.urls[name])


CALLS = [
    ("peppyrus", "message.sent", "message.failed"),
    ("storecove", "document_submission.succeeded", "document_submission.failed"),
]


@pytest.mark.parametrize(("name", "delivered", "failed"), CALLS)
def test_each_end_of_a_document_is_called_once(opened: Open, ear: Ear, name: str, delivered: str, failed: str) -> None:
    sandbox, provider = calling(opened, ear, name)
    first = provider.submit(document(), None, "1").partner_id
    second = provider.submit(document("2026-002", receiver="0106:12345678"), None, "2").partner_id
    sandbox.set_date(date(2026, 1, 6))
    events = [ear.next(provider) for _ in range(2)]
    assert [(getattr(e, "kind", e), getattr(e, "partner_id", e)) for e in events] == [
        (delivered, first),
        (failed, second),
    ]
    sandbox.set_date(date(2026, 1, 7))
    with pytest.raises(queue.Empty):
        ear.heard.get(timeout=0.3)


@pytest.mark.parametrize(("name", "event"), [("peppyrus", "out.sent"), ("storecove", "document_submission.succeeded")])
def test_a_call_made_twice_is_one_event_and_calls_may_overtake_each_other(
    opened: Open, ear: Ear, name: str, event: str
) -> None:
    twice = Fault(partner=name, kind="twice", call=f"WEBHOOK {event}")
    late = Fault(partner=name, kind="overtaken", call=f"WEBHOOK {event}", first=2, last=2)
    sandbox, provider = calling(opened, ear, name, twice, late)
    provider.submit(document(), None, "1")
    sandbox.set_date(date(2026, 1, 6))
    assert getattr(ear.next(provider), "id", "a") == getattr(ear.next(provider), "id", "b")

    slow = provider.submit(document("2026-002"), None, "2").partner_id
    refused = provider.submit(document("2026-003", receiver="0106:12345678"), None, "3").partner_id
    sandbox.set_date(date(2026, 1, 7))
    assert [getattr(ear.next(provider), "partner_id", None) for _ in range(2)] == [refused, slow]


def test_a_call_with_a_forged_secret_is_not_believed(opened: Open, ear: Ear) -> None:
    sandbox, provider = calling(opened, ear, "storecove", Fault(partner="storecove", kind="forged", call="WEBHOOK"))
    provider.submit(document(), None, "1")
    sandbox.set_date(date(2026, 1, 6))
    assert isinstance(ear.next(provider), BadWebhook)


def test_a_call_to_another_address_than_the_secret_one_is_not_believed(opened: Open, ear: Ear) -> None:
    sandbox, provider = calling(opened, ear, "peppyrus", token="guessed")
    provider.submit(document(), None, "1")
    sandbox.set_date(date(2026, 1, 6))
    assert isinstance(ear.next(provider), BadWebhook)


@pytest.mark.parametrize(("name", "kind"), [("peppyrus", "message.received"), ("storecove", "received_document")])
def test_what_arrives_is_called_too(opened: Open, ear: Ear, name: str, kind: str) -> None:
    sandbox, provider = calling(opened, ear, name)
    sandbox.arrive(name, b"<ApplicationResponse/>", sender=BUYER, receiver=SELLER)
    event = ear.next(provider)
    assert (getattr(event, "kind", event), getattr(event, "partner_id", event)) == (kind, None)
