"""The claim dossier stands alone, is the same for the same claim, and shows every change."""

from __future__ import annotations

import io
import json
import random
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from receivables.claim_file import ClaimedInvoice, ClaimFile, Costs, InterestLine, Party, TakenStep
from receivables.dossier import Verification, archive_name, build, packed, verify
from receivables.signing import BadKey, fingerprint, new_key, public_key

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


@pytest.mark.parametrize("path", ["claim.json", "invoices/2026-0001.xml", "notices/1.eml", "invoices.csv"])
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


KEY = new_key()


def test_a_signed_dossier_names_its_signer_and_is_checked_by_openssl(tmp_path: Path):
    signed = build(claim_file(), FILES, key=KEY)
    assert verify(signed) == Verification(5, (), fingerprint(public_key(KEY)))
    assert signed == build(claim_file(), FILES, key=KEY), "the same key and claim give the same bytes"
    zipfile.ZipFile(io.BytesIO(signed)).extractall(tmp_path)
    command = ["openssl", "dgst", "-sha256", "-verify", "signing-key.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Verified OK"), done.stderr
    (tmp_path / "SHA256SUMS").write_bytes((tmp_path / "SHA256SUMS").read_bytes() + b"x")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_signer_can_be_demanded():
    signed, other = build(claim_file(), FILES, key=KEY), public_key(new_key())
    assert verify(signed, signer=public_key(KEY)).ok
    assert verify(signed, signer=other).problems == (
        "the dossier was signed with another key than the one that was given",
    )
    assert verify(build(claim_file(), FILES), signer=other).problems == ("the dossier is not signed",)


def test_any_changed_byte_is_found():
    signed = build(claim_file(), FILES, key=KEY)
    for place in range(0, len(signed), 7):
        changed = signed[:place] + bytes([signed[place] ^ 0x20]) + signed[place + 1 :]
        assert not verify(changed).ok, f"a change of byte {place} was not found"
    assert not verify(signed + b" ").ok and not verify(signed[:-1]).ok


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_whatever_bytes_come_are_answered(method: int):
    whole, chance = zipped(method), random.Random(method)
    for _ in range(400):
        hostile = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            hostile[chance.randrange(len(hostile))] = chance.randrange(256)
        answer = verify(bytes(hostile[: chance.randint(0, 2 * len(hostile))]))
        assert isinstance(answer, Verification)


def zipped(method: int) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(build(claim_file(), FILES, key=KEY))) as ours,
        zipfile.ZipFile(out, "w", method) as again,
    ):
        for name in ours.namelist():
            again.writestr(name, ours.read(name))
    return out.getvalue()


def test_a_dossier_signed_anew_by_somebody_else_has_another_signer():
    """Whoever changes a file and signs with his own key is told from us by the fingerprint, and by nothing else."""
    forged = build(claim_file().model_copy(update={"total": Decimal(9000)}), FILES, key=new_key())
    assert verify(forged).ok
    assert not verify(forged, signer=public_key(KEY)).ok


@pytest.mark.parametrize("path", ["SHA256SUMS.sig", "signing-key.pem"])
def test_half_a_signature_is_none(path: str):
    signed = zipfile.ZipFile(io.BytesIO(build(claim_file(), FILES, key=KEY)))
    left = {name: signed.read(name) for name in signed.namelist() if name != path}
    assert any(path in problem for problem in verify(packed(left)).problems)


@pytest.mark.parametrize("key", ["", "secret words", public_key(KEY).decode()])
def test_what_is_no_key_signs_nothing_and_is_not_repeated(key: str):
    with pytest.raises(BadKey) as problem:
        build(claim_file(), FILES, key=key)
    assert not key or key not in str(problem.value)


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
