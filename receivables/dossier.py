"""The claim dossier: a ZIP that stands alone. Its bytes depend on its contents only: the same claim, the same hash.

Checked without this software by `sha256sum -c SHA256SUMS` in the unpacked folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from receivables.claim_file import ClaimFile
from receivables.claims import DebtorKind, Step

MANIFEST = "SHA256SUMS"
EPOCH = (1980, 1, 1, 0, 0, 0)
MAX_FILES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
README = """\
This archive holds one claim.

claim.json     the claim: parties, sums and how they were reached, steps taken; schema 'voldaan-claim/1'
invoices.csv   one row for each invoice
invoices/      each invoice as UBL (XML) and as PDF
notices/       each notice, byte for byte as it was sent
evidence/      what proves delivery; claim.json says what each item proves

To check that nothing was changed: unpack, then run   sha256sum -c SHA256SUMS
"""


@dataclass(frozen=True, slots=True)
class Verification:
    """`problems` is empty when every file is there and unchanged and `claim.json` follows its schema."""

    files: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def archive_name(text: str, suffix: str) -> str:
    """A file name inside the archive made from `text`: letters, digits, dot and dash only, never a path."""
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip(".-") or "item"
    return f"{safe[:80]}{suffix}"


def build(claim: ClaimFile, files: Mapping[str, bytes]) -> bytes:
    """The ZIP with `claim.json`, `invoices.csv`, a README, `files` (path → bytes) and the SHA-256 manifest over all.

    Raises ValueError where `claim` names a file that is not given.
    """
    contents = dict(files)
    named = {path for invoice in claim.invoices for path in invoice.files}
    named |= {path for step in claim.steps for path in step.files}
    if absent := sorted(named - contents.keys()):
        raise ValueError(f"claim {claim.reference} names {absent[0]}, which is not among its files")
    contents["claim.json"] = (claim.model_dump_json(indent=2) + "\n").encode()
    contents["invoices.csv"] = _invoice_rows(claim)
    contents["README.txt"] = README.encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(contents.items()))
    contents[MANIFEST] = sums.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def verify(data: bytes) -> Verification:
    """Checks a dossier against its own manifest and schema; never raises on bad input."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > MAX_UNPACKED:
                return Verification(0, ("the archive is larger than a dossier may be",))
            contents = {info.filename: archive.read(info) for info in infos}
            doubles = len(infos) - len(contents)
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, ValueError, NotImplementedError) as problem:
        return Verification(0, (f"not a readable ZIP archive: {problem}",))
    problems = [f"{doubles} file names stand in the archive twice"] if doubles else []
    manifest = contents.pop(MANIFEST, None)
    if manifest is None:
        return Verification(len(contents), (*problems, f"{MANIFEST} is missing"))
    problems += _against_manifest(contents, manifest)
    problems += _against_schema(contents.get("claim.json"))
    return Verification(len(contents), tuple(problems))


def missing_for(law: str, kind: DebtorKind, proven: frozenset[Step], invoices_proven: bool) -> tuple[str, ...]:
    """What the regime needs before a hand-over and the file lacks, in words. `proven`: steps with proof of delivery."""
    lacks = []
    if not invoices_proven:
        lacks.append("proof that every invoice was received")
    if law == "NL" and kind is DebtorKind.CONSUMER and Step.FOURTEEN_DAY_LETTER not in proven:
        lacks.append("a delivered fourteen-day letter: without it no costs can be claimed (art. 6:96 lid 6 BW)")
    if law == "BE" and kind is DebtorKind.CONSUMER and Step.BOOK_XIX_NOTICE not in proven:
        lacks.append("the delivered free first reminder (art. XIX.2 WER)")
    if kind is not DebtorKind.CONSUMER and Step.NOTICE_OF_DEFAULT not in proven:
        lacks.append("a delivered notice of default")
    return tuple(lacks)


def _invoice_rows(claim: ClaimFile) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["number", "issued", "due", "received", "currency", "gross", "open", "interest", "debtor"])
    for i in claim.invoices:
        received = i.received or ""
        row = [i.number, i.issued, i.printed_due, received, claim.currency, i.gross, i.open, i.interest]
        writer.writerow([*(_inert(str(cell)) for cell in row), _inert(claim.debtor.name)])
    return out.getvalue().encode()


def _inert(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "@", "\t", "\r")) else cell


def _against_manifest(contents: Mapping[str, bytes], manifest: bytes) -> list[str]:
    stated: dict[str, str] = {}
    for line in manifest.decode("utf-8", "replace").splitlines():
        digest, _, path = line.partition("  ")
        stated[path] = digest
    problems = [f"{path} is in the manifest but not in the archive" for path in sorted(stated.keys() - contents.keys())]
    problems += [f"{path} is not in the manifest" for path in sorted(contents.keys() - stated.keys())]
    for path in sorted(stated.keys() & contents.keys()):
        if hashlib.sha256(contents[path]).hexdigest() != stated[path]:
            problems.append(f"{path} was changed after the dossier was made")
    return problems


def _against_schema(claim: bytes | None) -> list[str]:
    if claim is None:
        return ["claim.json is missing"]
    try:
        ClaimFile.model_validate_json(claim)
    except ValidationError as problem:
        first = problem.errors()[0]
        return [f"claim.json: {'.'.join(str(p) for p in first['loc'])}: {first['msg']}"]
    return []
