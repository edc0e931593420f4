"""The claim dossier: a ZIP that stands alone. Its bytes depend on its contents and key only: same claim, same hash.

Checked without this software, in the unpacked folder: `sha256sum -c SHA256SUMS`, and where the dossier is signed
`openssl dgst -sha256 -verify signing-key.pem -signature SHA256SUMS.sig SHA256SUMS`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from receivables import signing
from receivables.claim_file import ClaimFile

MANIFEST, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "signing-key.pem"
UNLISTED = (MANIFEST, SIGNATURE)  # the manifest names every file but itself and the signature over it
EPOCH = (1980, 1, 1, 0, 0, 0)
MAX_FILES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack a byte
UNREADABLE = (  # what the reader of ZIP archives raises on hostile bytes; RuntimeError: an encrypted file
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Verification:
    """`problems` is empty when every byte is as it was made. `signer`: the fingerprint of the key that signed it."""

    files: int
    problems: tuple[str, ...]
    signer: str | None = None

    @property
    def ok(self) -> bool:
        return not self.problems


def archive_name(text: str, suffix: str) -> str:
    """A file name inside the archive made from `text`: letters, digits, dot and dash only, never a path."""
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip(".-") or "item"
    return f"{safe[:80]}{suffix}"


def build(claim: ClaimFile, files: Mapping[str, bytes], *, key: str | None = None) -> bytes:
    """The ZIP with `claim.json`, `invoices.csv`, `files` (path → bytes) and the SHA-256 manifest over all.

    `key`: the private key in PEM that signs the manifest; without one the dossier is not signed. Raises ValueError
    where `claim` names a file that is not given, BadKey.
    """
    contents = dict(files)
    if absent := sorted(claim.files - contents.keys()):
        raise ValueError(f"claim {claim.reference} names {absent[0]}, which is not among its files")
    contents["claim.json"] = (claim.model_dump_json(indent=2) + "\n").encode()
    contents["invoices.csv"] = _invoice_rows(claim)
    if key is not None:
        contents[KEY] = signing.public_key(key)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(contents.items()))
    contents[MANIFEST] = sums.encode()
    if key is not None:
        contents[SIGNATURE] = signing.sign(key, contents[MANIFEST])
    return packed(contents)


def claim_in(archive: bytes) -> ClaimFile:
    """The claim.json of a dossier that we built."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return ClaimFile.model_validate_json(opened.read("claim.json"))


def files_in(archive: bytes) -> list[tuple[str, bytes]]:
    """(path, bytes) of everything in a dossier that we made, in the order of their paths."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [(name, opened.read(name)) for name in sorted(opened.namelist())]


def packed(contents: Mapping[str, bytes]) -> bytes:
    """The ZIP of `contents`, stored uncompressed: no version of a compressor has a say in its bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def verify(data: bytes, *, signer: bytes | None = None) -> Verification:
    """Checks a dossier against its manifest, its signature and the schema; never raises on bad input.

    `signer`: the public key (PEM) that must have signed it, had from the creditor by another way than the dossier.
    """
    try:
        contents, doubles = _unpacked(data)
    except ValueError as problem:
        return Verification(0, (str(problem),))
    problems = [f"{doubles} file names stand in the archive twice"] if doubles else []
    manifest = contents.get(MANIFEST)
    files = len(contents) - sum(path in contents for path in UNLISTED)
    if manifest is None:
        return Verification(files, (*problems, f"{MANIFEST} is missing"))
    problems += _against_manifest({p: c for p, c in contents.items() if p not in UNLISTED}, manifest)
    problems += _against_schema(contents.get("claim.json"))
    found, unsigned = _against_signature(contents, manifest, signer)
    problems += unsigned
    if not problems and packed(contents) != data:
        problems.append("the archive was packed anew or changed around its files, which are intact")
    return Verification(files, tuple(problems), found)


def _unpacked(data: bytes) -> tuple[dict[str, bytes], int]:
    """The files by path, and how many paths occur twice. ValueError with a sentence where it is no dossier."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > MAX_UNPACKED:
                raise ValueError("it is larger than a dossier may be")
            if any(info.compress_type not in METHODS for info in infos):
                raise ValueError("it is compressed in another way than 'stored' or 'deflated'")
            contents = {info.filename: archive.read(info) for info in infos}
    except UNREADABLE as problem:
        raise ValueError(f"not a readable ZIP archive: {problem}") from problem
    return contents, len(infos) - len(contents)


def _against_signature(
    contents: Mapping[str, bytes], manifest: bytes, signer: bytes | None
) -> tuple[str | None, list[str]]:
    """The fingerprint of the key that signed, and what is wrong with the signature."""
    key, signature = contents.get(KEY), contents.get(SIGNATURE)
    if key is None and signature is None:
        return None, ["the dossier is not signed"] if signer is not None else []
    if key is None or signature is None:
        return None, [f"{SIGNATURE if signature is None else KEY} is missing"]
    try:
        found = signing.fingerprint(key)
        if not signing.signed_by(key, signature, manifest):
            return None, [f"{SIGNATURE} was not made over this {MANIFEST}"]
        if signer is not None and signing.fingerprint(signer) != found:
            return found, ["the dossier was signed with another key than the one that was given"]
    except signing.BadKey as problem:
        return None, [f"{KEY}: {problem}"]
    return found, []


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
