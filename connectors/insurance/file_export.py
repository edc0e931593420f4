"""For any insurer: what it must be told, laid in a folder as JSON, CSV and a letter (PDF), with the dossier of a claim.

A person sends it, through the insurer's portal or by mail, and says what came of it. `index.csv` has one line per
filing, appended after its files are whole; a filing whose key stands there was laid.
"""

from __future__ import annotations

import json
from pathlib import Path

from connectors.filing import ClaimFiling, CoverRequest, Filing, FilingKind, GoodsReclaimed, OverdueReport
from connectors.insurance.insurer import body_of
from connectors.laid_folder import LaidFolder, inert, mark_of, table
from connectors.ports import Answer, ClaimStatus, Cover, Finding, Found, Proof, Submission

COLUMNS = ("key", "kind", "category", "policy", "buyer", "files")
PREFIX = "file/"
LAID = "laid ready to be sent to the credit insurer"
ROWS = ("policy", "category", "buyer_id", "buyer_name", "buyer_country", "invoice", "due", "open", "currency")


class FileInsurer:
    """The folder `path` of one policy. SUBMITTED is all that it can say: what the insurer answers, a person brings."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._laid = LaidFolder(path, COLUMNS)

    def submit(self, filing: Filing, key: str) -> Submission:
        """Lays the files, once per `key`; TRANSIENT where the folder cannot be written to."""
        mark = mark_of(key)
        files = {f"{mark}{suffix}": content for suffix, content in files_of(filing).items()}
        category = filing.category if isinstance(filing, OverdueReport) else ""
        row = (filing.kind, category, filing.policy, inert(filing.buyer_id), " ".join(files))
        try:
            return laid(mark, self._laid.lay(mark, files, row))
        except OSError as problem:
            reason = f"the insurer's folder cannot be used: {problem.strerror}"
            return Submission(answer=Answer.TRANSIENT, reason=reason)

    def status(self, partner_id: str, kind: FilingKind = "overdue") -> Submission:
        """Still to be sent, or sent: a person knows."""
        mark = partner_id.removeprefix(PREFIX)
        return laid(mark, self._laid.line(mark) or "")

    def find(self, key: str, filing: Filing | None = None) -> Finding:
        """Whether the index has the filing; a folder that is not there proves nothing."""
        if not self.path.is_dir():
            return Finding(found=Found.NOT_ASKED)
        known = self._laid.line(mark_of(key))
        if known is None:
            return Finding(found=Found.NOT_TAKEN)
        return Finding(found=Found.TAKEN, submission=laid(mark_of(key), known))

    def covers(self, policy: str) -> tuple[Cover, ...] | None:
        return None

    def claim(self, partner_id: str) -> ClaimStatus | None:
        return None

    def identify(self, country: str, registration: str) -> str | None:
        return None

    def check(self) -> str | None:
        return None


def files_of(filing: Filing) -> dict[str, bytes]:
    """The files of one filing by suffix: JSON without the dossier's bytes, CSV, the letter, and what is enclosed."""
    fields = json.loads(body_of(filing))
    if "dossier" in fields:
        del fields["dossier"]["content"]
    found = {".json": (json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode(), ".csv": rows_of(filing)}
    if filing.letter:
        found[".pdf"] = filing.letter
    if isinstance(filing, ClaimFiling):
        found[".zip"] = filing.dossier
    if isinstance(filing, GoodsReclaimed):
        found["-reclaim.pdf"] = filing.paper
    return found


def rows_of(filing: Filing) -> bytes:
    """One row per invoice; for a limit, one row with the sum that is asked for."""
    category = filing.category if isinstance(filing, OverdueReport) else filing.kind
    head = [filing.policy, category, *map(inert, (filing.buyer_id, filing.buyer_name)), filing.buyer_country]
    if isinstance(filing, CoverRequest):
        return table([ROWS, [*head, "", "", str(filing.amount), filing.currency]])
    owed = [(inert(number), due.isoformat(), str(amount)) for number, due, amount in filing.invoices]
    return table([ROWS, *([*head, *row, filing.currency] for row in owed)])


def laid(mark: str, entry: str) -> Submission:
    proof = Proof(kind="insurer_file", level=LAID, content=entry.encode(), mime="text/csv")
    return Submission(answer=Answer.SUBMITTED, partner_id=f"{PREFIX}{mark}", ids={"ask": "send"}, proofs=(proof,))
