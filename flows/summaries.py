"""What a person sees before deciding: the claim, how its sum came about, the history, and what is missing."""

from __future__ import annotations

import io
import zipfile

from flows.artifacts import cell
from flows.workspace import Workspace
from receivables.claim_file import ClaimFile
from receivables.ledger.approvals import Approval


def claim_in(archive: bytes) -> ClaimFile:
    """The claim.json of a dossier."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return ClaimFile.model_validate_json(opened.read("claim.json"))


def approval_markdown(workspace: Workspace, asked: Approval) -> str:
    """The request as a page, made of the very dossier whose hash the one-time code is bound to."""
    claim = claim_in(workspace.store.get(asked.content))
    wrong = [f"**The last code did not fit** ({asked.attempts} wrong so far). Nothing was decided.", ""]
    lines = [
        *(wrong if asked.attempts else []),
        f"## Hand over {cell(claim.debtor.name)} to {cell(asked.details['partner'])}?",
        f"**{claim.currency} {claim.total}** in all: principal {claim.principal}, interest {claim.interest}, "
        f"costs {claim.costs.amount}"
        + (f", VAT on costs {claim.costs.vat}" if claim.costs.vat else "")
        + f". Reckoned to {claim.on}, under the law of {claim.law}"
        + (", with a rate that is **provisional**." if claim.provisional else "."),
        "",
        "| invoice | due | received | open | interest |",
        "|---|---|---|---:|---:|",
    ]
    lines += [
        f"| {cell(i.number)} | {i.printed_due} | {i.received or 'not proven'} | {i.open} | {i.interest} |"
        for i in claim.invoices
    ]
    lines += ["", "| step | sent | received | proof |", "|---|---|---|---|"]
    lines += [f"| {s.step} | {s.on} | {s.proven or 'not proven'} | {cell(s.proof)} |" for s in claim.steps]
    if claim.holds:
        lines += ["", "Disputes, promises and plans:", *[f"- {cell(hold)}" for hold in claim.holds]]
    lines += ["", "Missing: " + ("; ".join(cell(m) for m in claim.missing) if claim.missing else "nothing.")]
    lines += ["", f"Dossier `{asked.content[:16]}…` (SHA-256). Your one-time code came by e-mail and fits only this."]
    return "\n".join(lines)
