"""What `voldaan lookup` answers: the network's verdict about one receiver, under whichever of its addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from connectors.peppol.participant import candidates
from connectors.peppol.verdict import Verdict
from connectors.ports import Reach
from flows.console import Unusable
from flows.settings import load_settings
from flows.workspace import open_network, utc_now
from ubl.invoice import DocumentType
from ubl.profile import document_type_id, process_id

KINDS = {"invoice": DocumentType.INVOICE, "credit_note": DocumentType.CREDIT_NOTE}


def look_up(root: Path, written: str, document_type: str, process: str | None, on: date | None) -> dict[str, Any]:
    """Asks the network itself, in the order of the addresses, until one can receive or its answer is unknown.

    `document_type` is a word of KINDS or a whole identifier with its scheme. Raises Unusable and BadSettings.
    """
    if document_type not in KINDS and "::" not in document_type:
        raise Unusable(f"'{document_type}' is no document type: write invoice, credit_note or the whole identifier")
    try:
        addresses = candidates(written)
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    settings = load_settings(root)
    network = open_network(settings.peppol_network, root)
    day = on or settings.today
    at = datetime.combine(day, time(12), UTC) if day else utc_now()
    kind = KINDS.get(document_type, DocumentType.INVOICE)
    asked = document_type_id(kind) if document_type in KINDS else document_type
    verdicts: list[Verdict] = []
    for address in addresses:
        verdicts.append(network.lookup(address, asked, process or process_id(kind), at))
        if verdicts[-1].reach in (Reach.CAN_RECEIVE, Reach.UNKNOWN):
            break
    return as_dict(verdicts, asked)


def as_dict(verdicts: list[Verdict], document_type: str) -> dict[str, Any]:
    """The verdict that decides: the last, or of several that say no the one that says most."""
    decides = next((each for each in verdicts if each.reach is Reach.NOT_THIS_DOCUMENT), verdicts[-1])
    if verdicts[-1].reach in (Reach.CAN_RECEIVE, Reach.UNKNOWN):
        decides = verdicts[-1]
    endpoint = decides.endpoint
    return {
        "participant": decides.participant,
        "document_type": document_type,
        "reach": decides.reach,
        "why": decides.why,
        "sentence": decides.sentence,
        "smp": decides.smp,
        "endpoint": endpoint.address if endpoint else None,
        "active_from": endpoint.active_from if endpoint else None,
        "expires": endpoint.expires if endpoint else None,
        "certificate": endpoint.certificate if endpoint else None,
        "tried": [{"participant": each.participant, "reach": each.reach, "why": each.why} for each in verdicts],
    }


def as_text(answer: dict[str, Any]) -> str:
    """The answer for a person."""
    named = (("smp", "SMP"), ("endpoint", "access point"), ("active_from", "from"), ("expires", "until"))
    facts = [f"  {label}: {answer[name]}" for name, label in named if answer[name]]
    tried = ", ".join(f"{each['participant']} {each['reach']}" for each in answer["tried"])
    return "\n".join([f"{answer['reach']}: {answer['sentence']}", *facts, f"  asked: {tried}"])
