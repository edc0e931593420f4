"""Sending what is planned: by the client's preference, with proof, and at every failure each effect exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.http import MAX_SECONDS, TIMEOUT
from connectors.peppol.e_invoice_be import EInvoiceBe
from connectors.ports import Answer, Finding, Found, PeppolDocument, Submission
from connectors.sandbox.faults import Fault
from connectors.sandbox.network import Participant
from connectors.sandbox.sandbox import API_KEY
from flows import deliver
from flows import routing as route
from receivables.ledger import tables
from receivables.ledger.held import ATTEMPTS
from tests.connectors.exports import BUSINESS, document, line
from tests.flows.house import MONDAY, ZUID, House

BuildHouse = Callable[..., House]
OR_MAIL = {**BUSINESS, "preference": "peppol_else_email"}
AGREED = {"ground": "other_format", "by": "A. Peeters", "on": "2025-12-15", "note": "e-mail with UBL inside"}
WANTS_MAIL = {**BUSINESS, "preference": "email", "peppol_exemption": AGREED}
DUTCH = {
    **BUSINESS,
    "preference": "peppol",
    "address": {"street": "Plein 2", "postal_code": "3511 AB", "city": "Utrecht", "country": "NL"},
    "registration_number": "99887766",
    "vat_number": None,
}


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a SIGKILL."""


def test_a_business_on_the_network_gets_the_ubl_itself(house: House) -> None:
    house.take_in(document())
    house.send()
    house.send()
    sent = house.dispatch()
    assert (sent.channel, sent.receiver, sent.state) == ("peppol", ZUID, "delivered")
    assert (house.root / "peppol" / "2026-7.xml").read_bytes() == house.workspace.store.get(sent.content)
    (invoice,) = house.rows(tables.invoices)
    assert invoice.received == MONDAY, "proven receipt is where the lawful term begins"


def test_who_is_not_registered_gets_an_email_and_the_lookup_is_kept(build_house: BuildHouse) -> None:
    house = build_house(participants=[])
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    sent = house.dispatch()
    assert (sent.channel, sent.receiver, sent.state) == ("email", "ap@zuid.example", "delivered")
    (_, by_number), (_, by_vat) = house.evidence(sent)[1:3]
    assert b"NXDOMAIN" in by_number and b"0208:0903456713" in by_number
    assert b"NXDOMAIN" in by_vat and b"9925:BE0903456713" in by_vat
    assert house.received_by("access_point") == []
    (mail,) = (house.root / "mail").iterdir()
    assert b"2026-7.pdf" in mail.read_bytes() and b"2026-7.xml" in mail.read_bytes()


def test_who_wants_peppol_only_and_is_not_there_becomes_a_task(build_house: BuildHouse) -> None:
    """Across the border the law leaves it to the two of them."""
    house = build_house(participants=[])
    house.take_in(document(), customers=[DUTCH])
    house.send()
    house.send()
    (task,) = house.tasks("unreachable")
    assert "2026-7 cannot go by Peppol" in task and "not_registered" in task
    assert house.sandbox.received() == () and house.dispatch().state == "planned"


def test_a_credit_note_that_the_receiver_cannot_take_goes_by_email(build_house: BuildHouse) -> None:
    """Registered for invoices alone: the network says so per document type."""
    from connectors.sandbox import INVOICE

    house = build_house(participants=[Participant(id=ZUID, document_types=(INVOICE,))])
    credit = document(kind="credit_note", number="C-1", original_invoice={"number": "2026-7", "issued": "2026-01-05"})
    house.take_in(document(), credit, customers=[OR_MAIL])
    house.send()
    assert [(one.subject, one.channel) for one in house.dispatches()] == [("2026-7", "peppol"), ("C-1", "email")]


@pytest.mark.parametrize("kind", ["error", "drop", "garbage", "too_many", "unauthorized"])
def test_an_access_point_asked_without_an_answer_never_leads_to_email(build_house: BuildHouse, kind: str) -> None:
    fault = Fault(partner="access_point", kind=kind, call="/validate/", last=1)  # type: ignore[arg-type]
    house = build_house(faults=[fault], lookup="provider")
    house.take_in(document(), customers=[OR_MAIL])
    house.send()
    assert (house.dispatch().channel, house.dispatch().state) == ("to_route", "planned")
    assert house.sandbox.received() == ()
    house.send()
    assert house.dispatch().channel == "peppol", "asked again in the next pass"
    assert house.received_by("mail") == []
    house.assert_each_once()


def test_an_access_point_that_is_down_is_waited_for(house: House) -> None:
    house.take_in(document(), customers=[OR_MAIL])
    house.sandbox.stop()
    assert house.send() == {}
    assert (house.dispatch().channel, house.dispatch().state) == ("to_route", "planned")
    house.sandbox.start()
    house.send()
    assert house.received_by("access_point") == ["0208:0901234522 2026-7"]


def test_who_prefers_email_gets_it_though_it_is_on_the_network(house: House) -> None:
    house.take_in(document(), customers=[WANTS_MAIL])
    house.send()
    assert (house.dispatch().channel, house.dispatch().state) == ("email", "delivered")
    assert house.received_by("access_point") == []


def test_who_wants_email_and_has_no_address_is_refused_at_intake(house: House) -> None:
    taken = house.take_in(document(), customers=[{**BUSINESS, "email": None, "preference": "email"}])
    assert taken.rows[0].answer == "refused" and "email" in taken.rows[0].sentence
    assert house.dispatches() == []


def test_a_bounced_invoice_is_not_delivered_becomes_a_task_and_is_never_reminded_of(build_house: BuildHouse) -> None:
    house = build_house(bouncing=["jan@peeters.example"])
    house.take_in(document(customer="C-2", issued="2026-01-05"))
    house.send()
    house.send()
    assert house.dispatch().state == "not_delivered"
    for day in (date(2026, 1, 6), date(2026, 2, 16), date(2026, 3, 2)):
        house.go_to(day)
        house.play_day()
    assert house.notices() == []
    (task,) = house.tasks("undelivered")
    assert "2026-7" in task and "Call the customer" in task
    (reason,) = house.rows(tables.reasons)
    assert reason.reason == "not_delivered"


class TestAnswersThatAreLost:
    """What happens once at the partner is found there by asking, and never sent again."""

    @pytest.mark.parametrize("kind", ["drop", "garbage"])
    def test_accepted_by_the_access_point_but_the_answer_never_came(self, build_house: BuildHouse, kind: str) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind=kind, call="/send")])  # type: ignore[arg-type]
        house.take_in(document())
        house.send()
        assert house.dispatch().state == "unknown"
        house.send()
        assert house.dispatch().state == "delivered"
        assert house.received_by("access_point") == ["0208:0901234522 2026-7"]
        house.assert_each_once()

    def test_a_mail_whose_answer_never_came_is_found_in_the_archive(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="mail", kind="drop", call="DATA")])
        house.take_in(document(), customers=[WANTS_MAIL])
        house.send()
        assert house.dispatch().state == "unknown"
        house.send()
        assert house.dispatch().state == "delivered"
        assert len(house.received_by("mail")) == 1
        house.assert_each_once()

    def test_a_draft_whose_answer_never_came_is_not_sent_and_made_again(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind="drop", call="POST /api/documents/ubl")])
        house.take_in(document())
        for _ in range(4):
            house.send()
            house.clock.later += timedelta(hours=1)
        assert house.dispatch().state == "delivered"
        assert house.received_by("access_point") == ["0208:0901234522 2026-7"]
        house.assert_each_once()


class TestRefusalsThatPass:
    """Certainly not taken: back to planned, later each time, with the refusal as proof."""

    @pytest.mark.parametrize(
        ("kind", "call"), [("error", "POST /api/documents/ubl"), ("too_many", "/send"), ("too_many", "/ubl")]
    )
    def test_an_access_point_that_refuses_is_tried_again_after_a_while(
        self, build_house: BuildHouse, kind: str, call: str
    ) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind=kind, call=call)])  # type: ignore[arg-type]
        house.take_in(document())
        house.send()
        assert house.received_by("access_point") == []
        house.send()
        assert house.received_by("access_point") == [], "not at once"
        house.clock.later = timedelta(minutes=31)
        house.send()
        house.send()
        assert house.dispatch().state == "delivered"
        house.assert_each_once()

    def test_a_server_error_while_sending_is_asked_about_before_anything_else(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind="error", call="/send")])
        house.take_in(document())
        for _ in range(4):
            house.send()
            house.clock.later += timedelta(minutes=40)
        assert house.dispatch().state == "delivered"
        assert house.received_by("access_point") == ["0208:0901234522 2026-7"]
        house.assert_each_once()

    def test_the_wait_asked_by_a_partner_is_kept(self, build_house: BuildHouse) -> None:
        fault = Fault(partner="access_point", kind="too_many", call="/send", retry_after=7200)
        house = build_house(faults=[fault])
        house.take_in(document())
        house.send()
        house.clock.later = timedelta(minutes=119)
        house.send()
        assert house.received_by("access_point") == []
        house.clock.later = timedelta(minutes=121)
        house.send()
        assert len(house.received_by("access_point")) == 1

    def test_a_mailbox_that_is_full_for_now_is_tried_again(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="mail", kind="error", call="DATA")])
        house.take_in(document(), customers=[WANTS_MAIL])
        house.send()
        assert house.dispatch().state == "planned"
        house.clock.later = timedelta(hours=1)
        house.send()
        assert len(house.received_by("mail")) == 1
        house.assert_each_once()


def test_a_receiver_that_never_confirms_stays_submitted(build_house: BuildHouse) -> None:
    """Accepted by an access point is not delivered."""
    house = build_house(participants=[Participant(id=ZUID, never=True)])
    house.take_in(document())
    house.play_to(date(2026, 1, 9))
    assert house.dispatch().state == "submitted"
    (invoice,) = house.rows(tables.invoices)
    assert invoice.received is None


def test_a_late_rejection_is_told_to_a_person(build_house: BuildHouse) -> None:
    house = build_house(participants=[Participant(id=ZUID, delivered_after=9, fails_after=2)])
    house.take_in(document())
    house.play_to(date(2026, 1, 8))
    assert house.dispatch().state in ("not_delivered", "rejected")
    assert len(house.tasks("undelivered")) == 1


BOUNDARIES = [
    "dispatch.remember_prepared",
    "dispatch.settle",
    "kept",
    "follow_hints",
    "dispatch.advance",
    "catch_up",
    "perform",
    "follow",
]


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_after_a_crash_at_any_boundary_everything_went_out_once(
    house: House, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One invoice by Peppol and one by mail; the lease of the dead worker runs out, and the partner is asked."""
    house.take_in(document(), document(number="2026-8", customer="C-2", lines=[line(vat_rate=21)]))

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as struck:
        struck.setattr(f"flows.deliver.{boundary}", die)
        with pytest.raises(Killed):
            house.send()
    for _ in range(4):
        house.clock.later += deliver.LEASE + timedelta(minutes=30)
        house.send()
    assert [one.state for one in house.dispatches()] == ["delivered", "delivered"]
    assert (len(house.received_by("access_point")), len(house.received_by("mail"))) == (1, 1)
    assert len(house.journal("invoice.received")) == 2
    house.assert_each_once()


class TestWhatCannotBeSent:
    """It becomes a task for a person, goes out by itself once mended, and holds up nothing else."""

    def test_bytes_that_changed_after_planning_are_not_sent(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.take_in(document(customer="C-2"), document(number="2026-8"))
        with monkeypatch.context() as struck:
            struck.setattr("flows.envelope.render", lambda mail: b"something else")
            house.send()
        assert [one.state for one in house.dispatches()] == ["planned", "delivered"]
        (task,) = house.tasks("blocked")
        assert "2026-7" in task and "no longer has the bytes that were planned" in task
        house.clock.later = timedelta(hours=1)
        house.send()
        assert len(house.received_by("mail")) == 1

    def test_bytes_that_are_gone_are_not_sent(self, house: House) -> None:
        house.take_in(document(), document(number="2026-8"))
        first = house.dispatches()[0]
        (stored,) = (house.root / "store").rglob(first.content[2:] + "*")
        stored.unlink()
        house.send()
        assert house.received_by("access_point") == ["0208:0901234522 2026-8"]

    def test_a_secret_that_is_missing_is_named_and_nothing_else_waits(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.take_in(document(), document(number="2026-8", customer="C-2"))
        house.send()
        house.take_in(document(number="2026-9"), document(number="2026-10", customer="C-2"), name="more.json")
        route.route(house.workspace, house.today)
        house.workspace._peppol.clear()
        with monkeypatch.context() as struck:
            struck.delenv("VOLDAAN_SANDBOX_ACCESS_POINT")
            house.send()
        assert len(house.received_by("mail")) == 2
        (task,) = house.tasks("blocked")
        assert "VOLDAAN_SANDBOX_ACCESS_POINT" in task
        house.clock.later = timedelta(hours=1)
        house.send()
        assert len(house.received_by("access_point")) == 2
        house.assert_each_once()


class TestAPartnerThatIsNotWell:
    """It is not asked a thousand times in vain; what failed too often waits for a person, named."""

    @staticmethod
    def crowd(house: House, number: int = 8) -> None:
        house.take_in(*(document(number=f"2026-{n}", customer="C-2") for n in range(number)))

    @pytest.mark.parametrize("kind", ["error", "drop"])
    def test_three_failures_in_a_row_end_its_turn(self, build_house: BuildHouse, kind: str) -> None:
        house = build_house(faults=[Fault(partner="mail", kind=kind, call="DATA", last=100)])  # type: ignore[arg-type]
        self.crowd(house)
        states = house.send()
        assert sum(states.values()) == 3
        assert sum(one.attempts for one in house.dispatches()) == 3

    def test_failures_among_successes_do_not(self, build_house: BuildHouse) -> None:
        faults = [Fault(partner="mail", kind="error", call="DATA", first=n, last=n) for n in (1, 2, 4, 5, 7)]
        house = build_house(faults=faults)
        self.crowd(house)
        house.send()
        assert len(house.received_by("mail")) == 3

    def test_refused_access_is_one_task_for_all(self, build_house: BuildHouse) -> None:
        fault = Fault(partner="access_point", kind="unauthorized", call="POST /api/documents/ubl", last=6)
        house = build_house(faults=[fault])
        house.take_in(*(document(number=f"2026-{n}") for n in range(8)))
        house.send()
        (task,) = house.tasks("blocked")
        assert "Unauthorized" in task and "2026-0" in task
        assert house.received_by("access_point") == []
        for _ in range(3):
            house.clock.later += timedelta(hours=2)
            house.send()
        assert len(house.received_by("access_point")) == 8
        house.assert_each_once()

    def test_attempts_have_an_end(self, build_house: BuildHouse) -> None:
        fault = Fault(partner="access_point", kind="too_many", call="/send", last=1000)
        house = build_house(faults=[fault])
        house.take_in(document())
        for _ in range(20):
            house.send()
            house.clock.later += timedelta(days=1)
        assert house.dispatch().attempts == ATTEMPTS
        (task,) = house.tasks("held")
        assert "2026-7" in task and "429" in task


class TestANoThatComesTooEarly:
    """While a call may still be under way, its absence at the partner proves nothing."""

    def test_not_taken_is_believed_only_after_a_while(self, build_house: BuildHouse) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind="error", call="/send")])
        house.take_in(document())
        house.send()
        house.clock.later = deliver.GRACE / 2
        house.send()
        assert (house.dispatch().state, house.received_by("access_point")) == ("unknown", [])
        house.clock.later = deliver.GRACE
        house.send()
        assert house.dispatch().state == "delivered"
        house.assert_each_once()

    def test_an_answer_that_shows_nothing_is_kept_with_what_was_asked(
        self, build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house = build_house(faults=[Fault(partner="access_point", kind="error", call="/send")])
        house.take_in(document())
        house.send()
        silent = Finding(found=Found.NOT_TAKEN, submission=Submission(answer=Answer.UNKNOWN))
        monkeypatch.setattr(EInvoiceBe, "find", lambda *arguments: silent)
        house.clock.later = deliver.GRACE
        house.send()
        assert house.dispatch().state == "delivered"
        assert b"asked the partner: not_taken" in b"".join(kept for _, kept in house.evidence(house.dispatch()))

    def test_a_lease_outlasts_the_longest_send(self) -> None:
        """A send is one call, and where it was sent before two more to see; the draft has a lease of its own."""
        longest = timedelta(seconds=MAX_SECONDS + (TIMEOUT.read or 0) + (TIMEOUT.connect or 0))
        assert 4 * longest <= deliver.LEASE
        assert longest <= deliver.GRACE

    def test_the_lease_begins_anew_when_the_draft_is_made(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        house.take_in(document())
        made = EInvoiceBe.prepare

        def slowly(provider: EInvoiceBe, document: PeppolDocument) -> Submission:
            house.clock.later += deliver.LEASE - timedelta(minutes=1)
            return made(provider, document)

        leases = []
        sent = EInvoiceBe.submit

        def watched(provider: EInvoiceBe, *arguments: Any) -> Submission:
            leases.append(house.dispatch().lease_until)
            return sent(provider, *arguments)

        monkeypatch.setattr(EInvoiceBe, "prepare", slowly)
        monkeypatch.setattr(EInvoiceBe, "submit", watched)
        house.send()
        assert leases == [house.clock() + deliver.LEASE]

    def test_who_lost_its_lease_does_not_stop_the_others(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        house.take_in(document(), document(number="2026-8"))
        made = EInvoiceBe.prepare

        def too_slowly(provider: EInvoiceBe, document: PeppolDocument) -> Submission:
            if document.number == "2026-7" and not house.clock.later:
                house.clock.later = deliver.LEASE * 2
                deliver.resolve(house.workspace, house.today)
            return made(provider, document)

        monkeypatch.setattr(EInvoiceBe, "prepare", too_slowly)
        assert house.send()["stale"] == 1
        assert [one.state for one in house.dispatches()] == ["unknown", "delivered"]
        house.clock.later += deliver.GRACE
        house.send()
        assert [one.state for one in house.dispatches()] == ["delivered", "delivered"]
        house.assert_each_once()


class TestWhatIsKept:
    """The proof of one delivery, from our own check to what the access point has to show."""

    def test_everything_that_proves_a_delivery_by_peppol(self, house: House) -> None:
        house.take_in(document())
        house.send()
        house.send()
        kinds = {row.kind for row in house.rows(tables.evidence)}
        assert kinds >= {"validation", "peppol_lookup", "peppol_send", "exchange", "peppol_state", "peppol_as_sent"}
        (fetched,) = house.journal("dispatch.proof_fetched")
        assert fetched.facts["as_sent"] == "same_bytes"
        (submitted,) = house.journal("dispatch.submitted")
        assert submitted.facts["ids"] == {"document": house.dispatch().partner_id}
        house.send()
        assert len(house.journal("dispatch.proof_fetched")) == 1

    def test_our_calls_are_kept_without_the_key(self, house: House) -> None:
        house.take_in(document())
        house.send()
        (row,) = house.rows(tables.evidence, tables.evidence.c.kind == "exchange")
        content = house.workspace.store.get(row.content)
        assert API_KEY.encode() not in content
        create, send = json.loads(content)["exchanges"]
        assert (create["request"]["method"], create["answer"]["status"]) == ("POST", 201)
        assert "/send?" in send["request"]["url"] and '"TRANSIT"' in send["answer"]["text"]

    def test_evidence_that_cannot_be_had_now_is_asked_for_again(self, build_house: BuildHouse) -> None:
        fault = Fault(partner="access_point", kind="error", call="/timeline", first=2, last=2)
        house = build_house(faults=[fault])
        house.take_in(document())
        house.send()
        assert (house.dispatch().state, house.journal("dispatch.proof_fetched")) == ("delivered", [])
        house.send()
        assert len(house.journal("dispatch.proof_fetched")) == 1


def test_what_a_partner_rejects_is_a_task_that_names_what_must_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected = Submission(answer=Answer.REJECTED, reason="e-invoice.be answered 406: BR-CO-10 is not kept")
    monkeypatch.setattr(EInvoiceBe, "submit", lambda *_: rejected)
    house.take_in(document())
    house.send()
    (task,) = house.tasks("rejected")
    assert "2026-7" in task and "BR-CO-10 is not kept" in task and "export a new one" in task
    assert house.tasks("undelivered") == []
