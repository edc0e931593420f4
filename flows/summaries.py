"""What a person sees before deciding: the claim, how its sum came about, the history, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from flows.artifacts import cell
from flows.workspace import Workspace
from receivables.claim_file import ClaimFile
from receivables.dossier import claim_in
from receivables.ledger.approvals import VOID, Approval, Vote


def approval_markdown(workspace: Workspace, asked: Approval, votes: Sequence[Vote] = ()) -> str:
    """The request as a page, made of the very dossier whose hash the one-time code is bound to."""
    claim = claim_in(workspace.store.get(asked.content))
    wrong = [f"**The last code did not fit** ({asked.attempts} wrong so far). Nothing was decided.", ""]
    lines = [
        *(wrong if asked.attempts else []),
        *(
            [f"**Nobody can decide this any more: {asked.reason}.**", ""]
            if asked.state == VOID and asked.reason
            else []
        ),
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
    lines += derivation(claim)
    lines += ["", "| step | sent | received | proof |", "|---|---|---|---|"]
    lines += [f"| {s.step} | {s.on} | {s.proven or 'not proven'} | {cell(s.proof)} |" for s in claim.steps]
    if claim.holds:
        lines += ["", "Disputes, promises and plans:", *[f"- {cell(hold)}" for hold in claim.holds]]
    lines += ["", "Missing: " + ("; ".join(cell(m) for m in claim.missing) if claim.missing else "nothing.")]
    lines += ["", "The relation:", *[f"- {cell(one)}" for one in asked.details.get("relation", ())]]
    lines += ["", "What could be tried first:", *[f"- {cell(one)}" for one in asked.details.get("alternatives", ())]]
    lines += [
        "",
        *[f"**{cell(vote.approver)}** ({cell(vote.role)}) has approved on {vote.at:%Y-%m-%d}." for vote in votes],
    ]
    lines += [f"This sum needs {asked.persons} persons.", ""] if asked.persons > 1 else []
    lines += [f"Shown: `{asked.shown[:8]}` … (SHA-256). A one-time code fits only this."]
    return "\n".join(lines)


def derivation(claim: ClaimFile) -> list[str]:
    """How interest and costs were reckoned, with their articles."""
    stretches = [
        f"- {cell(i.number)}, {line.start} to {line.end}: {line.amount} ({line.days} days at {line.rate} %)"
        for i in claim.invoices
        for line in i.interest_lines
    ]
    articles = (*claim.interest_articles, *claim.costs.articles)
    why = [f"- {cell(text)}" for text in claim.costs.explanation]
    return ["", f"How the sum was reached ({cell('; '.join(articles))}):", *stretches, *why]
