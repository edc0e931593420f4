"""The inbox of e-invoice.be's twin: what the network brought, and how it is shown.

The API names no kind for an Invoice Response, an MLS or MLR, and how the provider hands them out is not documented
(OpenAPI 1.1.0; its timeline knows `imr_received` and `mlr_received`). Here they stand in the inbox without a kind.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lxml import etree

from connectors.sandbox.network import Network, clock
from connectors.sandbox.ubl_fields import NotUbl, read_fields
from ubl.safe_xml import UnreadableXml
from ubl.validation import validate

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


def arrived(network: Network, partner: str, allowed: Iterable[str]) -> list[sqlite3.Row]:
    """What arrived for these participants (none named: any), the newest first."""
    mine = set(allowed)
    rows = network.state.rows("select * from arrival where partner = ? order by seq desc", partner)
    return [row for row in rows if not mine or row["receiver"] in mine]


def shown(row: sqlite3.Row) -> dict[str, Any]:
    """As a DocumentResponse."""
    try:
        fields = {name: value for name, value in read_fields(row["document"]).items() if "peppol" not in name}
    except NotUbl:
        fields = {}
    return {
        "id": row["id"],
        "created_at": _at(row),
        "state": "RECEIVED",
        "direction": "INBOUND",
        "customer_peppol_id": row["receiver"],
        **fields,
    }


def responses_to(network: Network, partner: str, number: str, receiver: str) -> list[dict[str, Any]]:
    """The timeline's events about answers of `receiver` to the document `number`."""
    found = []
    for row in network.state.rows("select * from arrival where partner = ? order by seq", partner):
        about = _about(row["document"])
        if about and about[1] == number and (row["sender"] == receiver or about[0] == "mlr_received"):
            event = {"event_type": about[0], "timestamp": _at(row), "id": f"{row['id']}-{about[0]}"}
            found.append({**event, "details": {"document_id": row["id"]}})
    return found


def validation(name: str, content: bytes) -> dict[str, Any]:
    """As UBLDocumentValidationResponse, by the house's own rules."""
    identity = "val_" + hashlib.sha256(content).hexdigest()[:24]
    try:
        report = validate(content)
    except UnreadableXml as problem:
        issue = {"message": str(problem), "type": "error", "schematron": "XML"}
        return {"id": identity, "file_name": name, "is_valid": False, "issues": [issue], "ubl_document": None}
    issues = [
        {
            "message": finding.message,
            "type": "error" if finding.severity == "fatal" else "warning",
            "schematron": "PEPPOL",
            "location": finding.path,
            "rule_id": finding.rule,
            "flag": finding.severity,
        }
        for finding in report.findings
    ]
    return {"id": identity, "file_name": name, "is_valid": report.valid, "issues": issues, "ubl_document": None}


def page(items: list[dict[str, Any]], query: Mapping[str, int]) -> dict[str, Any]:
    """One page of a list, as PaginatedResponse."""
    number, size = query["page"], query["page_size"]
    pages = max(1, -(-len(items) // size))
    return {
        "items": items[(number - 1) * size : number * size],
        "total": len(items),
        "page": number,
        "page_size": size,
        "pages": pages,
        "has_next_page": number < pages,
    }


def _about(document: bytes) -> tuple[str, str] | None:
    """(event type, number) of an ApplicationResponse; None of anything else."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None
    if not str(root.tag).endswith("}ApplicationResponse"):
        return None
    said = root.findtext(f"{CBC}CustomizationID") or ""
    number = root.findtext(f"{CAC}DocumentResponse/{CAC}DocumentReference/{CBC}ID") or ""
    return ("imr_received" if "invoice_response" in said else "mlr_received", number)


def _at(row: sqlite3.Row) -> str:
    return clock(date.fromisoformat(row["arrived_on"]), row["seq"]).isoformat()
