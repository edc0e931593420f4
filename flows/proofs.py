"""What is kept to prove a delivery, beside what the partner's answers bring: our calls, and its own evidence after."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from connectors.http import NoAnswer
from connectors.peppol.as_sent import AS_SENT, difference
from connectors.ports import Proof
from flows.workspace import Workspace
from receivables.ledger import dispatch, evidence
from receivables.ledger.database import reading
from receivables.ledger.outbox import Dispatch, without_proof
from ubl.validation import Report

EXCHANGE = "exchange"
ASK_FOR = timedelta(days=30)  # so long a partner is asked for what it has to show of a delivered document
IN_A_ROW = 3  # so many questions without an answer end a partner's turn in this pass

Sameness = Literal["same_bytes", "same_document", "differs"]


def noted(exchanges: Sequence[dict[str, Any]], at: datetime) -> tuple[Proof, ...]:
    """The calls of one attempt as a proof; none where there were none. `at`: our clock when they had ended."""
    if not exchanges:
        return ()
    content = json.dumps({"at": at.isoformat(), "exchanges": exchanges}, ensure_ascii=False, indent=1).encode()
    return (Proof(kind=EXCHANGE, level="what we asked, without secrets, and what was answered", content=content),)


def report_of(report: Report) -> Proof:
    """Our own validation with the versions of the rules. Valid documents without a finding share one report."""
    shown = {
        "valid": report.valid,
        "schema_valid": report.schema_valid,
        "rules_run": report.rules_run,
        "rule_versions": dict(report.rule_versions),
        "findings": [{"rule": f.rule, "severity": f.severity, "path": f.path} for f in report.findings],
    }
    level = f"valid by our own check against {', '.join(' '.join(version) for version in report.rule_versions)}"
    return Proof(kind="validation", level=level, content=json.dumps(shown, indent=1).encode())


def fetch_proofs(workspace: Workspace, on: date) -> None:
    """Asks each access point once for what it has to show of a delivered document: receipt, timeline, UBL as sent.

    Where it gives no answer it is asked again in the next pass, ASK_FOR long.
    """
    with reading(workspace.engine) as connection:
        waiting = without_proof(connection, "peppol", since=on - ASK_FOR)
    silent: Counter[str] = Counter()
    for one in waiting:
        if silent[one.seller] >= IN_A_ROW:
            continue
        try:
            fetch_one(workspace, one, on)
        except NoAnswer:
            silent[one.seller] += 1


def fetch_one(workspace: Workspace, one: Dispatch, on: date) -> None:
    """Keeps the evidence of one document, and whether the UBL as sent is ours. Raises NoAnswer."""
    provider = workspace.peppol(one.seller)
    if one.details.get(dispatch.CARRIER) not in (None, provider.name):
        return  # another one carried it, which following it tells a person
    proofs = provider.evidence(one.partner_id or "")
    ours = workspace.store.get(one.content)
    sent = next((proof.content for proof in proofs if proof.kind == AS_SENT), None)
    dispatch.note_proof(
        workspace.engine,
        one.id,
        evidence.keep(workspace.store, proofs),
        as_sent=None if sent is None else sameness(ours, sent),
        on=on,
        at=workspace.now(),
    )


def sameness(ours: bytes, sent: bytes) -> Sameness:
    """Whether what a partner sent is ours: byte for byte, the same document written otherwise, or another."""
    if ours == sent:
        return "same_bytes"
    return "same_document" if difference(ours, sent) is None else "differs"
