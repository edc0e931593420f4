"""The claim dossier stands alone, is the same for the same claim, and shows every change."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from receivables.claim_file import ClaimedInvoice, ClaimFile, Costs, InterestLine, Party, TakenStep
from receivables.claims import DebtorKind, Step
from receivables.dossier import archive_name, build, missing_for, verify

FILES = {"invoices/2026-0001.xml": b"<Invoice/>", "notices/1.eml": b"Subject: Reminder\r\n\r\nPlease."}


def claim_file() -> ClaimFile:
    line = InterestLine(
        start=date(2026, 2, 5),
        end=date(2026, 5, 4),
        days=89,
        rate=Decimal("10.5"),
        base=Decimal(1210),
        amount=Decimal("30.98"),
    )
    invoice = ClaimedInvoice(
        number="2026-0001",
        issued=date(2026, 1, 5),
        printed_due=date(2026, 2, 4),
        lawful_due=date(2026, 2, 4),
        received=date(2026, 1, 5),
        gross=Decimal("1210.00"),
        open=Decimal("1210.00"),
        interest=Decimal("30.98"),
        interest_lines=(line,),
        goods=True,
        files=("invoices/2026-0001.xml",),
    )
    step = TakenStep(
        step="notice_of_default",
        invoices=("2026-0001",),
        on=date(2026, 3, 20),
        channel="email",
        proven=date(2026, 3, 20),
        proof="received by the recipient's mail server",
        files=("notices/1.eml",),
    )
    return ClaimFile(
        reference="noordzee/C-100/1",
        on=date(2026, 5, 4),
        currency="EUR",
        law="BE",
        creditor=Party(name="Noordzee NV", country="BE", address="Kaai 1, 8400 Oostende"),
        debtor=Party(name="=HYPERLINK(1)", country="BE", address="Markt 2, 9000 Gent"),
        invoices=(invoice,),
        principal=Decimal("1210.00"),
        interest=Decimal("30.98"),
        costs=Costs(amount=Decimal(0), vat=Decimal(0), lump_sum=Decimal(40), articles=(), explanation=()),
        total=Decimal("1280.98"),
        interest_articles=("art. 5 law of 2 August 2002",),
        provisional=False,
        steps=(step,),
    )


def test_the_same_claim_has_the_same_bytes_and_verifies():
    first = build(claim_file(), FILES)
    assert first == build(claim_file(), dict(reversed(FILES.items())))
    assert verify(first).problems == ()


def test_it_is_checked_without_this_software(tmp_path: Path):
    zipfile.ZipFile(io.BytesIO(build(claim_file(), FILES))).extractall(tmp_path)
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "claim.json: OK" in done.stdout


@pytest.mark.parametrize("path", ["claim.json", "invoices/2026-0001.xml", "notices/1.eml", "README.txt"])
def test_a_changed_file_is_named(path: str):
    assert f"{path} was changed after the dossier was made" in verify(rewritten({path: b"{}"})).problems


def test_added_removed_and_doubled_files_are_named():
    assert "extra.txt is not in the manifest" in verify(rewritten({"extra.txt": b"x"})).problems
    gone = verify(rewritten({"notices/1.eml": None}))
    assert gone.problems == ("notices/1.eml is in the manifest but not in the archive",)
    assert verify(rewritten({"SHA256SUMS": None})).problems == ("SHA256SUMS is missing",)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"not a zip"])
def test_what_is_no_archive_is_said_so(data: bytes):
    assert not verify(data).ok


def test_a_name_never_becomes_a_path():
    assert archive_name("../../etc/passwd", ".xml") == "etc-passwd.xml"
    assert archive_name("///", ".pdf") == "item.pdf"


def test_a_spreadsheet_takes_no_cell_for_a_formula():
    rows = zipfile.ZipFile(io.BytesIO(build(claim_file(), FILES))).read("invoices.csv").decode()
    assert "'=HYPERLINK(1)" in rows


def test_a_claim_that_names_an_absent_file_is_not_built():
    with pytest.raises(ValueError, match=r"names notices/1\.eml, which is not among its files"):
        build(claim_file(), {"invoices/2026-0001.xml": b""})


def test_what_each_regime_needs_before_a_handover():
    every = frozenset(Step)
    assert missing_for("NL", DebtorKind.CONSUMER, every, True) == ()
    assert "fourteen-day letter" in missing_for("NL", DebtorKind.CONSUMER, frozenset(), True)[0]
    assert "free first reminder" in missing_for("BE", DebtorKind.CONSUMER, frozenset(), True)[0]
    assert "notice of default" in missing_for("BE", DebtorKind.BUSINESS, frozenset(), True)[0]
    assert missing_for("BE", DebtorKind.BUSINESS, every, False) == ("proof that every invoice was received",)


def rewritten(changes: dict[str, bytes | None]) -> bytes:
    """The dossier with some files replaced, added or left out, its manifest untouched."""
    with zipfile.ZipFile(io.BytesIO(build(claim_file(), FILES))) as archive:
        contents: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (contents | changes).items():
            if data is not None:
                archive.writestr(name, data)
    return out.getvalue()


def test_the_published_schema_describes_the_claim():
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "claim.schema.json").read_text())
    claim = json.loads(claim_file().model_dump_json())
    jsonschema.validate(claim, schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(claim | {"law": "XX"}, schema, cls=jsonschema.Draft202012Validator)
