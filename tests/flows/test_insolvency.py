"""An insolvent customer: everything towards it stops, and the claim is filed to the day of the judgment, once."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from flows.cli import UNUSABLE, run
from flows.estate import Filed, NotFiled, file_claim
from flows.reclaim import NotReclaimed, reclaim
from receivables.claims import DispatchState, HoldKind
from receivables.dossier import verify
from receivables.law.estate import filing_term
from receivables.ledger import tables
from tests.connectors.exports import document
from tests.flows.house import MONDAY, After, House

Captured = pytest.CaptureFixture[str]
DUE = date(2026, 2, 2)
JUDGMENT = date(2026, 2, 12)
NOTED = date(2026, 2, 16)
CURATOR = ["--name", "mr. E. Maes", "--email", "maes@curatoren.example", "--street", "Markt 1", "--city", "Mechelen"]


@pytest.fixture
def late(after: After) -> House:
    return after(go_late)


def go_late(house: House) -> None:
    """Goods of 242.00 under a proven clause, due on 2 February and reminded on the 9th."""
    house.take_in(document(due=DUE.isoformat(), delivery={"date": "2026-01-05"}))
    for day in (MONDAY + timedelta(days=1), date(2026, 2, 9), NOTED):
        house.go_to(day)
        house.play_day()


def command(house: House, *words: str) -> int:
    return run(["insolvency", *words, "--root", str(house.root), "--on", str(house.today)])


def insolvent(house: House, *, administrator: bool = True) -> None:
    hit = ["--result", "insolvent", "--reference", "RegSol 20260212", "--opened", str(JUDGMENT), "--by", "Nadia"]
    assert command(house, "note", "C-1", *hit) == 0
    if administrator:
        assert command(house, "administrator", "C-1", *CURATOR) == 0


def filed(house: House, **asked: object) -> Filed:
    return file_claim(house.workspace, "C-1", by="Nadia", on=house.today, **asked)  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


@pytest.mark.parametrize(
    ("country", "proceeding", "told", "last", "way"),
    [
        ("BE", "bankruptcy", None, date(2026, 3, 14), "register"),
        ("BE", "bankruptcy", date(2026, 3, 10), date(2026, 3, 10), "register"),
        ("NL", "bankruptcy", None, None, "administrator"),
        ("FR", "bankruptcy", None, None, "administrator"),
    ],
)
def test_the_last_day_to_file_is_the_courts_else_a_dated_row(
    country: str, proceeding: str, told: date | None, last: date | None, way: str
) -> None:
    found = filing_term(country, proceeding, JUDGMENT, told)  # type: ignore[arg-type]
    assert (found.last_day, found.way) == (last, way)
    assert ("not verified" in found.explanation) == (country == "BE" and told is None)


class TestEverythingStops:
    def test_ladder_plan_and_direct_debit_come_to_an_end(self, late: House) -> None:
        late.hold("2026-7", HoldKind.PLAN, date(2026, 6, 1))
        late.hold("2026-7", HoldKind.DIRECT_DEBIT, date(2026, 6, 1))
        insolvent(late)
        ended = {row.kind: row.outcome for row in late.rows(tables.holds)}
        assert ended == {"plan": "insolvent", "direct_debit": "insolvent", "insolvency": None}
        before = late.notices()
        late.play_to(date(2026, 4, 30), every=7)
        assert late.notices() == before and not late.rows(tables.approvals)

    def test_a_letter_that_is_planned_stays_here(self, late: House) -> None:
        late.go_to(late.today + timedelta(days=14))
        late.follow_up()
        planned = [state for _, _, state in late.notices() if state == "planned"]
        insolvent(late)
        late.send()
        assert planned == ["planned"]
        assert [state for _, _, state in late.notices()][-1] == "withdrawn"

    def test_a_task_keeps_the_day(self, late: House) -> None:
        insolvent(late)
        (task,) = late.rows(tables.tasks, tables.tasks.c.kind == "insolvency")
        assert task.due == date(2026, 3, 14) and "RegSol 20260212" in task.text

    def test_the_day_of_the_judgment_is_not_to_come(self, late: House, capsys: Captured) -> None:
        said = ["--result", "insolvent", "--reference", "R", "--by", "N", "--opened", "2026-03-01"]
        assert command(late, "note", "C-1", *said) == UNUSABLE
        assert "still to come" in capsys.readouterr().err


class TestTheClaim:
    def test_it_is_reckoned_to_the_judgment_with_title_and_enclosures(self, late: House) -> None:
        insolvent(late)
        made = filed(late)
        assert made.claim.on == JUDGMENT and made.claim.principal == Decimal("242.00")
        (invoice,) = made.claim.invoices
        assert [(line.start, line.end) for line in invoice.interest_lines][-1][1] == JUDGMENT
        said = text_of(made.paper)
        assert "Aangifte van schuldvordering" in said and "RegSol 20260212" in said and "mr. E. Maes" in said
        assert "Eigendomsvoorbehoud" in said and "2 × Pump" in said
        assert verify(made.archive).ok
        with zipfile.ZipFile(io.BytesIO(made.archive)) as archive:
            assert {"estate-claim.pdf", "claim.json", "SHA256SUMS", "invoices/2026-7.pdf"} <= set(archive.namelist())

    def test_in_belgium_a_person_enters_it_in_the_register(self, late: House) -> None:
        insolvent(late)
        made = filed(late)
        assert (made.channel, made.dispatch) == ("register", None)
        (task,) = late.rows(tables.tasks, tables.tasks.c.kind == "estate")
        assert task.due == date(2026, 3, 14) and "www.regsol.be" in task.text

    def test_by_mail_it_reaches_the_administrator_once(self, late: House) -> None:
        insolvent(late)
        filed(late, channel="email")
        late.send()
        late.send()
        sent = late.dispatch("estate_claim")
        assert sent.receiver == "maes@curatoren.example" and sent.state in ("submitted", "delivered")
        with pytest.raises(NotFiled, match="filed on 2026-02-16 already"):
            filed(late, channel="email")
        late.assert_each_once()

    def test_a_payment_before_it_left_calls_it_back(self, late: House) -> None:
        insolvent(late)
        filed(late, channel="email")
        late.go_to(late.today + timedelta(days=1))
        late.pay("100.00", reference=late.reference())
        late.read_statements()
        late.send()
        assert late.dispatch("estate_claim").state is DispatchState.WITHDRAWN
        filed(late, channel="email")
        assert len(late.dispatches("estate_claim")) == 2

    def test_what_was_invoiced_after_the_judgment_is_left_out(self, late: House) -> None:
        insolvent(late)
        late.take_in(document(number="2026-8", issued="2026-02-16", due="2026-03-18"), name="second.json")
        assert [one.number for one in filed(late).claim.invoices] == ["2026-7"]

    def test_the_vat_that_comes_back_is_told(self, late: House, capsys: Captured, tmp_path: Path) -> None:
        insolvent(late)
        capsys.readouterr()
        assert command(late, "file", "C-1", "--by", "Nadia", "--format", "json", "--out", str(tmp_path)) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["vat"][0]["vat"] == "42.00" and told["vat"][0]["cause"] == "insolvency"
        assert (tmp_path / "estate-claim.pdf").exists() and list(tmp_path.glob("*.zip"))

    def test_it_needs_a_proceeding_and_for_mail_an_administrator(self, late: House) -> None:
        with pytest.raises(NotFiled, match="no insolvency of C-1 is noted"):
            filed(late)
        insolvent(late, administrator=False)
        with pytest.raises(NotFiled, match="name the administrator"):
            filed(late, channel="email")
        assert filed(late, preview=True).claim.principal == Decimal("242.00")
        assert not late.rows(tables.tasks, tables.tasks.c.kind == "estate")


class TestTheGoods:
    def test_they_are_claimed_from_the_administrator(self, late: House) -> None:
        insolvent(late)
        made = reclaim(late.workspace, ["2026-7"], by="Nadia", on=late.today)
        assert made.to == "mr. E. Maes" and "In de insolventie van Zuid BV" in made.text
        late.send()
        assert late.dispatch("reclaim").receiver == "maes@curatoren.example"

    def test_nobody_is_written_to_before_one_is_named(self, late: House) -> None:
        insolvent(late, administrator=False)
        with pytest.raises(NotReclaimed, match="name the administrator first"):
            reclaim(late.workspace, ["2026-7"], by="Nadia", on=late.today)

    def test_a_letter_to_the_customer_that_waits_is_called_back(self, late: House) -> None:
        reclaim(late.workspace, ["2026-7"], by="Nadia", on=late.today)
        insolvent(late)
        late.send()
        (first,) = late.dispatches("reclaim")
        assert first.state is DispatchState.WITHDRAWN and (first.reason or "").startswith("insolvent")
        reclaim(late.workspace, ["2026-7"], by="Nadia", on=late.today)
        late.send()
        assert late.dispatches("reclaim")[-1].receiver == "maes@curatoren.example"

    def test_a_belgian_reorganisation_suspends_title(self, late: House) -> None:
        hit = ["--result", "insolvent", "--reference", "RegSol 7", "--proceeding", "reorganisation", "--by", "Nadia"]
        assert command(late, "note", "C-1", *hit) == 0
        with pytest.raises(NotReclaimed, match="judicial reorganisation"):
            reclaim(late.workspace, ["2026-7"], by="Nadia", on=late.today)
