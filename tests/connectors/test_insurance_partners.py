"""The named insurers by their shapes, each against its twin; and files for any insurer."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.filing import ClaimFiling, CoverRequest, OverdueReport
from connectors.insurance.allianz_trade import AllianzTrade
from connectors.insurance.atradius import Atradius
from connectors.insurance.coface import Coface
from connectors.insurance.file_export import FileInsurer
from connectors.insurance.insurer import HttpInsurer
from connectors.insurance.partners import INSURERS
from connectors.ports import Access, Answer, CreditInsurer, Found
from connectors.sandbox import INSURER_TOKEN, Fault
from connectors.sandbox.insurers import InsurerScript
from receivables.ledger.life import CAN_PROVE
from tests.connectors.conftest import Opened

Open = Callable[..., Opened]
KEY = "vdb/overdue_report/C-1/P-1/2026-001"
REPORT = OverdueReport(
    policy="P-1",
    category="OVD",
    buyer_id="B-77",
    buyer_name="Café Zuid",
    buyer_country="BE",
    invoices=(("2026-001", date(2026, 2, 4), Decimal("121.00")), ("2026-004", date(2026, 2, 9), Decimal("60.50"))),
    currency="EUR",
)
CLAIM = ClaimFiling(
    policy="P-1",
    buyer_id="B-77",
    buyer_name="Café Zuid",
    buyer_country="BE",
    invoices=REPORT.invoices,
    currency="EUR",
    cause="protracted_default",
    loss_on=date(2026, 9, 1),
    overdue="OD-00001",
    filename="claim.zip",
    dossier=b"PK-dossier",
    letter=b"%PDF-letter",
)
LIMIT = CoverRequest(
    policy="P-1",
    buyer_id="B-77",
    buyer_name="Café Zuid",
    buyer_country="BE",
    amount=Decimal("25000.00"),
    currency="EUR",
    reference="C-1",
)
SCRIPT = InsurerScript(limits={"B-77": Decimal(20000), "B-9": Decimal(5000)}, withdrawn={"B-9": date(2026, 3, 1)})


def reached(url: str, partner: str, *, secret: str = INSURER_TOKEN) -> Access:
    accounts = {"allianz": ("EHBE", None), "atradius": ("voldaan", "atradius-app"), "coface": ("voldaan", "coface-api")}
    account, second = accounts[partner]
    return Access(url=f"{url}/{partner}", key=secret, account=account, secret=second)


def allianz(url: str, folder: Path, secret: str = INSURER_TOKEN, seconds: float = 5) -> AllianzTrade:
    http = httpx.Client(timeout=seconds, trust_env=False)
    return AllianzTrade(reached(url, "allianz", secret=secret), FileInsurer(folder), http)


def atradius(url: str, folder: Path, secret: str = INSURER_TOKEN) -> Atradius:
    http = httpx.Client(timeout=5, trust_env=False)
    return Atradius(reached(url, "atradius", secret=secret), FileInsurer(folder), http)


def coface(url: str, folder: Path, secret: str = INSURER_TOKEN) -> Coface:
    http = httpx.Client(timeout=5, trust_env=False)
    return Coface(reached(url, "coface", secret=secret), "P-1", FileInsurer(folder), http)


class TestAllianzTrade:
    def test_arrears_are_a_job_and_then_taken(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened(insurance=SCRIPT)
        insurer = allianz(addresses.urls["insurer"], tmp_path)
        taken = insurer.submit(REPORT, KEY)
        assert (taken.answer, taken.partner_id) == (Answer.SUBMITTED, "OVD:jobs/AT-00001")
        assert insurer.status("OVD:jobs/AT-00001").answer is Answer.SUBMITTED, "pending"
        sandbox.set_date(sandbox.today() + timedelta(days=1))
        assert insurer.status("OVD:jobs/AT-00001").answer is Answer.DELIVERED
        assert [receipt.reference for receipt in sandbox.received()] == ["OVD:jobs/AT-00001"]

    def test_the_report_says_the_oldest_invoice_and_the_sum_of_all(self, opened: Open, tmp_path: Path) -> None:
        _, addresses = opened()
        body = allianz(addresses.urls["insurer"], tmp_path)._body(REPORT)
        assert (body["overdueAmount"], body["dueDate"], body["invoiceReference"]) == (
            "181.50",
            "2026-02-04",
            "2026-001",
        )
        insolvent = allianz(addresses.urls["insurer"], tmp_path)._body(replace(REPORT, category="INS"))
        assert insolvent["overdueCategoryTypeCode"] == "OVD", "it has no category of its own"

    def test_an_extension_that_was_processed_is_not_yet_agreed(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened()
        insurer = allianz(addresses.urls["insurer"], tmp_path)
        asked = insurer.submit(replace(REPORT, category="EXP", until=date(2026, 6, 30)), KEY)
        sandbox.set_date(sandbox.today() + timedelta(days=1))
        said = insurer.status(asked.partner_id or "")
        assert (said.answer, said.ids) == (Answer.SUBMITTED, {"ask": "decision"})

    def test_a_refusal_comes_late(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened(insurance=replace(SCRIPT, refused=("B-77",), referred=2))
        insurer = allianz(addresses.urls["insurer"], tmp_path)
        job = insurer.submit(REPORT, KEY).partner_id or ""
        sandbox.set_date(sandbox.today() + timedelta(days=2))
        assert insurer.status(job).answer is Answer.SUBMITTED
        sandbox.set_date(sandbox.today() + timedelta(days=1))
        refused = insurer.status(job)
        assert (refused.answer, refused.reason) == (Answer.REJECTED, "the policy does not cover this buyer")

    @pytest.mark.parametrize(
        ("kind", "answer", "found"),
        [
            ("drop", Answer.UNKNOWN, Found.TAKEN),
            ("garbage", Answer.UNKNOWN, Found.TAKEN),
            ("error", Answer.UNKNOWN, Found.CANNOT_TELL),
            ("too_many", Answer.TRANSIENT, Found.CANNOT_TELL),
        ],
    )
    def test_what_is_not_listed_may_still_be_a_job(
        self, opened: Open, tmp_path: Path, kind: Any, answer: Answer, found: Found
    ) -> None:
        sandbox, addresses = opened(faults=[Fault(partner="insurer", kind=kind, call="POST /allianz/v1/overdues")])
        insurer = allianz(addresses.urls["insurer"], tmp_path)
        assert insurer.submit(REPORT, KEY).answer is answer
        finding = insurer.find(KEY, REPORT)
        assert finding.found is found
        if finding.submission is not None:
            assert insurer.status(finding.submission.partner_id or "").answer is Answer.DELIVERED
        assert sandbox.duplicates() == 0
        assert not CAN_PROVE["insurer/allianz-trade"].not_taken

    def test_a_wrong_key_sends_nothing_and_never_shows(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened()
        wrong = allianz(addresses.urls["insurer"], tmp_path, secret="a-secret-key")
        told = wrong.submit(REPORT, KEY)
        assert told.answer is Answer.PRECONDITION and "a-secret-key" not in repr(told)
        assert "401" in (wrong.check() or "") and sandbox.received() == ()
        assert allianz(addresses.urls["insurer"], tmp_path).check() is None

    def test_a_token_that_is_no_longer_taken_is_fetched_anew(self, opened: Open, tmp_path: Path) -> None:
        _, addresses = opened(faults=[Fault(partner="insurer", kind="unauthorized", call="POST /allianz/v1/overdues")])
        assert allianz(addresses.urls["insurer"], tmp_path).submit(REPORT, KEY).answer is Answer.SUBMITTED

    def test_limits_as_they_stand(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened(insurance=SCRIPT)
        insurer = allianz(addresses.urls["insurer"], tmp_path)
        before = {cover.buyer_id: (cover.state, cover.amount) for cover in insurer.covers("P-1")}
        assert before == {"B-77": ("granted", Decimal(20000)), "B-9": ("granted", Decimal(5000))}
        sandbox.set_date(date(2026, 3, 1))
        assert [(c.state, c.amount) for c in insurer.covers("P-1") if c.buyer_id == "B-9"] == [
            ("withdrawn", Decimal(0))
        ]

    def test_a_claim_goes_by_file(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened()
        insurer = allianz(addresses.urls["insurer"], tmp_path)
        taken = insurer.submit(CLAIM, KEY)
        assert (
            taken.ids == {"ask": "send"} and insurer.status(taken.partner_id or "", "claim").answer is Answer.SUBMITTED
        )
        assert insurer.find(KEY, CLAIM).found is Found.TAKEN and insurer.claim(taken.partner_id or "") is None
        assert sandbox.received() == ()


class TestAtradius:
    def test_a_limit_is_decided_at_once(self, opened: Open, tmp_path: Path) -> None:
        _, addresses = opened(insurance=SCRIPT)
        insurer = atradius(addresses.urls["insurer"], tmp_path)
        taken = insurer.submit(LIMIT, KEY)
        assert (taken.answer, taken.partner_id) == (Answer.DELIVERED, "P-1/AV-00001")
        granted = [c for c in insurer.covers("P-1") if c.reference == "AV-00001"]
        assert [(c.state, c.amount, c.requested) for c in granted] == [("granted", Decimal(20000), Decimal("25000.00"))]

    def test_an_application_that_is_referred_is_no_limit(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened(insurance=replace(SCRIPT, referred=3))
        insurer = atradius(addresses.urls["insurer"], tmp_path)
        assert insurer.submit(LIMIT, KEY).answer is Answer.SUBMITTED
        assert [(c.state, c.amount) for c in insurer.covers("P-1") if c.reference == "AV-00001"] == [("pending", 0)]
        sandbox.set_date(sandbox.today() + timedelta(days=3))
        assert insurer.status("P-1/AV-00001", "cover").answer is Answer.DELIVERED

    def test_a_late_refusal_is_a_decision_of_nothing(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened(insurance=replace(SCRIPT, referred=2, refused=("B-77",)))
        insurer = atradius(addresses.urls["insurer"], tmp_path)
        insurer.submit(LIMIT, KEY)
        sandbox.set_date(sandbox.today() + timedelta(days=2))
        assert [(c.state, c.amount) for c in insurer.covers("P-1") if c.reference == "AV-00001"] == [("refused", 0)]

    @pytest.mark.parametrize(("kind", "found"), [("drop", Found.TAKEN), ("error", Found.CANNOT_TELL)])
    def test_a_lost_answer_is_found_by_our_reference(
        self, opened: Open, tmp_path: Path, kind: Any, found: Found
    ) -> None:
        call = "POST /atradius/credit-insurance/cover-management/v1/covers"
        sandbox, addresses = opened(insurance=SCRIPT, faults=[Fault(partner="insurer", kind=kind, call=call)])
        insurer = atradius(addresses.urls["insurer"], tmp_path)
        assert insurer.submit(LIMIT, KEY).answer is Answer.UNKNOWN
        assert insurer.find(KEY, LIMIT).found is found
        assert insurer.find("another key", LIMIT).found is Found.CANNOT_TELL
        assert sandbox.duplicates() == 0

    def test_too_many_calls_and_a_wrong_key(self, opened: Open, tmp_path: Path) -> None:
        fault = Fault(partner="insurer", kind="too_many", call="POST /atradius/credit-insurance", retry_after=9)
        _, addresses = opened(faults=[fault])
        told = atradius(addresses.urls["insurer"], tmp_path).submit(LIMIT, KEY)
        assert (told.answer, told.retry_after) == (Answer.TRANSIENT, 9)
        wrong = atradius(addresses.urls["insurer"], tmp_path, secret="a-secret-key")
        assert wrong.submit(LIMIT, KEY).answer is Answer.PRECONDITION and "a-secret-key" not in repr(wrong.check())

    def test_the_withdrawal_of_a_limit_is_its_last_day(self, opened: Open, tmp_path: Path) -> None:
        _, addresses = opened(insurance=SCRIPT)
        covers = {c.buyer_id: c.until for c in atradius(addresses.urls["insurer"], tmp_path).covers("P-1")}
        assert covers == {"B-77": None, "B-9": date(2026, 3, 1)}

    def test_a_company_is_known_by_its_number_and_arrears_go_by_file(self, opened: Open, tmp_path: Path) -> None:
        sandbox, addresses = opened()
        insurer = atradius(addresses.urls["insurer"], tmp_path)
        assert [insurer.identify("BE", n) for n in ("0471938850", "0000000000")] == ["4711", None]
        assert insurer.submit(REPORT, KEY).ids == {"ask": "send"} and sandbox.received() == ()


class TestCoface:
    def test_a_company_is_known_by_its_number_and_the_rest_goes_by_file(self, opened: Open, tmp_path: Path) -> None:
        _, addresses = opened()
        insurer = coface(addresses.urls["insurer"], tmp_path)
        assert [insurer.identify(*who) for who in (("BE", "0471938850"), ("DE", "1"))] == ["88001", None]
        assert (insurer.covers("P-1"), insurer.check()) == (None, None)
        for filing in (REPORT, CLAIM, LIMIT):
            assert insurer.submit(filing, f"{KEY}/{filing.kind}").ids == {"ask": "send"}

    def test_a_wrong_password(self, opened: Open, tmp_path: Path) -> None:
        _, addresses = opened()
        told = coface(addresses.urls["insurer"], tmp_path, secret="a-secret-word").check()
        assert told is not None and "401" in told and "a-secret-word" not in told


class TestFiles:
    def test_everything_that_an_insurer_asks_lies_ready_once(self, tmp_path: Path) -> None:
        insurer = FileInsurer(tmp_path / "P-1")
        assert insurer.find(KEY).found is Found.NOT_ASKED
        first, again = insurer.submit(CLAIM, KEY), insurer.submit(CLAIM, KEY)
        assert first == again and first.answer is Answer.SUBMITTED
        (line,) = list(csv.DictReader((tmp_path / "P-1" / "index.csv").open(newline="")))
        names = line["files"].split()
        assert [Path(name).suffix for name in names] == [".json", ".csv", ".pdf", ".zip"]
        contents = {Path(name).suffix: (tmp_path / "P-1" / name).read_bytes() for name in names}
        assert (contents[".zip"], contents[".pdf"]) == (b"PK-dossier", b"%PDF-letter")
        told = json.loads(contents[".json"])
        assert told["claimedAmount"] == "181.50" and "content" not in told["dossier"]
        rows = list(csv.DictReader(contents[".csv"].decode().splitlines()))
        assert [(row["invoice"], row["open"]) for row in rows] == [("2026-001", "121.00"), ("2026-004", "60.50")]
        assert (insurer.find(KEY).found, insurer.find("other").found) == (Found.TAKEN, Found.NOT_TAKEN)

    def test_no_name_is_a_formula_and_no_name_a_path(self, tmp_path: Path) -> None:
        insurer = FileInsurer(tmp_path)
        insurer.submit(replace(REPORT, buyer_name="=1+1", buyer_id="../../etc"), "../../../key")
        assert {path.parent for path in tmp_path.rglob("*.csv")} == {tmp_path}
        (rows,) = [list(csv.DictReader(path.open(newline=""))) for path in tmp_path.glob("[0-9a-f]*.csv")]
        assert rows[0]["buyer_name"] == "'=1+1"

    def test_a_folder_that_cannot_be_written_to_is_tried_again(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        assert FileInsurer(tmp_path / "file").submit(REPORT, KEY).answer is Answer.TRANSIENT


class TestOurContract:
    def test_a_claim_is_examined_approved_and_paid(self, opened: Open) -> None:
        sandbox, addresses = opened()
        insurer = HttpInsurer(addresses.urls["insurer"], INSURER_TOKEN)
        taken = insurer.submit(CLAIM, KEY)
        assert (taken.answer, taken.partner_id) == (Answer.SUBMITTED, "CL-00001")
        told = []
        for days in (1, 6, 3):
            sandbox.set_date(sandbox.today() + timedelta(days=days))
            said = insurer.claim("CL-00001")
            told.append((said.state, said.approved, said.paid))
        approved = Decimal("163.35")
        assert told == [("accepted", None, 0), ("approved", approved, 0), ("paid", approved, approved)]
        assert insurer.find(KEY, CLAIM).found is Found.TAKEN
        assert insurer.find(KEY, REPORT).found is Found.NOT_TAKEN, "under that key there is a claim, and no report"

    def test_consent_is_given_or_refused_after_a_while(self, opened: Open) -> None:
        sandbox, addresses = opened(insurance=InsurerScript(referred=2, refused=("B-9",)))
        insurer = HttpInsurer(addresses.urls["insurer"], INSURER_TOKEN)
        asked = [replace(REPORT, category="RES", buyer_id=buyer, until=date(2026, 9, 1)) for buyer in ("B-77", "B-9")]
        references = [insurer.submit(one, f"key-{n}").partner_id or "" for n, one in enumerate(asked)]
        assert [insurer.status(ref).answer for ref in references] == [Answer.SUBMITTED] * 2
        sandbox.set_date(sandbox.today() + timedelta(days=2))
        assert [insurer.status(ref).answer for ref in references] == [Answer.DELIVERED, Answer.REJECTED]

    def test_limits_are_listed_and_applied_for(self, opened: Open) -> None:
        sandbox, addresses = opened(insurance=SCRIPT)
        insurer = HttpInsurer(addresses.urls["insurer"], INSURER_TOKEN)
        assert insurer.submit(LIMIT, KEY).answer is Answer.DELIVERED
        sandbox.set_date(date(2026, 3, 1))
        states = [(c.buyer_id, c.state, c.amount) for c in insurer.covers("P-1")]
        assert ("B-9", "withdrawn", Decimal(0)) in states and ("B-77", "granted", Decimal(20000)) in states


def test_every_known_insurer_says_what_it_needs_and_what_nobody_verified(tmp_path: Path) -> None:
    access = Access(url="https://insurer.example", key="k", secret="s", account="a")
    for name, known in INSURERS.items():
        insurer: CreditInsurer = known.open(access, "P-1", tmp_path)
        assert insurer.name
        assert set(known.needs) <= {"url", "key", "secret", "account"}
        assert (known.provisional is None) == (name in ("voldaan", "file"))
        assert f"insurer/{name}" in CAN_PROVE or name in ("voldaan", "coface")
