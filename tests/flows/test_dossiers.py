"""A dossier stands alone: every paper, what each proves, who owns the goods, what was agreed, and what is missing."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from flows import cli
from flows.console import Unusable
from flows.dossiers import build_for
from receivables.claim_file import ClaimFile
from receivables.claims import HoldKind
from receivables.dossier import verify
from receivables.ledger.lookup import NotFound
from receivables.signing import fingerprint, public_key
from tests.connectors.exports import BUSINESS, document, line
from tests.flows.house import After, House

ON = date(2026, 3, 2)
PARTNER = "Incasso Sandbox"
ORDER = b"%PDF-1.4 the signed order"
SALE = {
    "due": "2026-02-02",
    "order": "PO-77",
    "delivery_note": "D-12",
    "lines": [line(item_number="4711"), line(description="Assembly", nature="service", quantity=1)],
    "delivery": {
        "date": "2026-01-04",
        "address": {"street": "Dok 5", "city": "Aalst", "postal_code": "9300", "country": "BE"},
    },
    "attachments": [
        {"filename": "order PO-77.pdf", "mime": "application/pdf", "content": base64.b64encode(ORDER).decode()}
    ],
}


@pytest.fixture
def owed(after: After) -> House:
    return after(owe)


def owe(house: House) -> None:
    """One invoice of 363.00, of which a credit note takes 60.50; reminded once, promised once."""
    credit = document(
        kind="credit_note",
        number="2026-8",
        issued="2026-01-20",
        lines=[line(quantity=1, unit_price="50.00")],
        original_invoice={"number": "2026-7"},
    )
    house.take_in(document(**SALE), credit)
    house.play_day()
    house.go_to(date(2026, 2, 6))
    house.play_to(date(2026, 2, 27))
    house.hold("2026-7", HoldKind.PROMISE, date(2026, 2, 28), "pays by the end of the month")
    house.go_to(ON)
    house.play_day()


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def claim_of(archive: bytes) -> ClaimFile:
    return ClaimFile.model_validate_json(files_of(archive)["claim.json"])


def test_everything_a_partner_needs_is_in_it(owed: House) -> None:
    made = build_for(owed.workspace, ["2026-7"], None, None, ON)
    verdict = verify(made.archive)
    key = owed.workspace.signing_key
    assert verdict.ok and key is not None
    assert verdict.signer == fingerprint(public_key(key))
    files, claim = files_of(made.archive), claim_of(made.archive)
    (invoice,), (credit,) = claim.invoices, claim.credit_notes
    assert files["invoices/2026-7-1-order-PO-77.pdf"] == ORDER
    assert (invoice.order, invoice.delivery_note, str(invoice.open)) == ("PO-77", "D-12", "302.50")
    assert [str(p.amount) for p in invoice.payments if p.source == "credit"] == ["60.50"]
    assert (credit.number, credit.invoices) == ("2026-8", ("2026-7",))
    assert {"invoices/2026-8.xml", "invoices/2026-8.pdf"} == set(credit.files)
    assert claim.terms is not None and (claim.terms.version, claim.terms.proof) == ("2025-01", "signed offer")
    assert [(a.kind, a.outcome) for a in claim.agreements] == [("promise", "broken")]
    assert {step.step for step in claim.steps} >= {"reminder"}
    assert all(item.proves and item.file in files for item in claim.evidence)
    assert {item.about for item in claim.evidence} >= {"2026-7"}


def test_who_owns_which_goods_and_until_when_the_claim_lives(owed: House) -> None:
    (invoice,) = claim_of(build_for(owed.workspace, ["2026-7"], None, None, ON).archive).invoices
    title = invoice.title
    assert title is not None and (title.standing, title.delivered) == ("protected", date(2026, 1, 4))
    assert title.goods == ("2 × Pump (4711)",), "the service is no goods"
    assert title.place == "Dok 5, 9300 Aalst"
    assert title.clause and title.article
    assert title.reclaim_until is None, "Belgian law governs: there is no right of reclaim"
    assert invoice.limitation is not None and invoice.limitation.last_day > ON


def test_the_covering_letter_is_in_the_partners_language(owed: House) -> None:
    files = files_of(build_for(owed.workspace, ["2026-7"], None, None, ON).archive)
    page = pypdfium2.PdfDocument(files["cover-letter.pdf"])[0].get_textpage().get_text_range()
    for words in ("Overdracht van een vordering", "Zuid BV", "302,50", "Eigendomsvoorbehoud", PARTNER):
        assert words in page
    assert "openssl dgst -sha256 -verify" in files["README.txt"].decode()
    assert "één vordering" in files["README.txt"].decode()


@pytest.mark.parametrize(
    ("numbers", "partner", "problem", "sentence"),
    [
        (["2026-99"], None, NotFound, "no invoice 2026-99"),
        (["2026-7"], "Nobody", Unusable, "no [[agency]] with name 'Nobody'"),
        (["2026-7", "2026-50"], None, Unusable, "one customer"),
        (["2026-60"], None, Unusable, "nothing is open on 2026-60"),
    ],
)
def test_what_makes_no_dossier(
    house: House, numbers: list[str], partner: str | None, problem: type[Exception], sentence: str
) -> None:
    other = {**BUSINESS, "ref": "C-9", "registration_number": "0403019261", "vat_number": "BE0403019261"}
    house.take_in(document(), document(number="2026-50", customer="C-9"), customers=[BUSINESS, other])
    part = [line(quantity=1)]
    credit = document(number="2026-60", kind="credit_note", lines=part, original_invoice={"number": "2026-7"})
    house.take_in(credit, customers=[BUSINESS])
    with pytest.raises(problem) as found:
        build_for(house.workspace, numbers, None, partner, house.today)
    assert sentence in str(found.value)


def test_by_the_command_line(owed: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, root = tmp_path / "claim.zip", str(owed.root)
    assert cli.run(["dossier", "build", "2026-7", "--out", str(out), "--root", root, "--format", "json"]) == 0
    built = json.loads(capsys.readouterr().out)
    assert (built["file"], built["blocked"]) == (str(out), [])
    assert cli.run(["dossier", "key", "--root", root]) == 0
    key = tmp_path / "key.pem"
    key.write_text(capsys.readouterr().out)
    assert cli.run(["dossier", "verify", str(out), "--signed-by", str(key)]) == 0
    assert "files are there and unchanged. Signed with the key" in capsys.readouterr().out
    out.write_bytes(out.read_bytes().replace(b"PO-77", b"PO-78", 1))
    assert cli.run(["dossier", "verify", str(out), "--format", "json"]) == 1
    assert "Bad CRC-32 for file" in json.loads(capsys.readouterr().out)["problems"][0]


def test_a_dossier_that_lacks_what_the_agency_needs_is_not_put_before_anybody(house: House) -> None:
    settings = house.workspace.settings
    needy = tuple(agency.model_copy(update={"needs": ("debtor_phone",)}) for agency in settings.agencies)
    house.set_settings(settings.model_copy(update={"agencies": needy}))
    house.take_in(document(due="2026-02-02"))
    house.play_day()
    house.go_to(date(2026, 2, 6))
    house.play_to(date(2026, 4, 3))
    (text,) = house.tasks("dossier_incomplete")
    assert "the debtor's telephone number" in text
    assert house.dispatches("approval") == []
