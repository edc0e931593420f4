"""Reads the bank's answer to our direct debits before they settle: pain.002 (ISO 20022 CustomerPaymentStatusReport).

Versions 001.03 to 001.14. Only refusals (RJCT) are kept: of one collection, of a batch, or of the whole message. What
the report says is accepted or pending is still to be paid, and that the statement tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.bank.bookings import BadStatement, given, short_name
from connectors.bank.camt_file import CamtFile
from ubl import safe_xml

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(0[3-9]|1[0-4])")
START = re.compile(rb"pain\.002\.001\.\d{2}")
HEAD = 2_000  # bytes in which the root element stands
MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 40
REFUSED = "RJCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the bank refused. Without `end_to_end` a whole batch, without `batch` too the whole message."""

    message: str
    batch: str | None = None
    end_to_end: str | None = None
    reason: str | None = None  # code and words


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """One report on one message of ours. The refusals of single collections come before those of batches."""

    identification: str
    message: str
    refusals: tuple[Refusal, ...]


def looks_like(data: bytes) -> bool:
    return START.search(data[:HEAD]) is not None


def read(data: bytes, name: str) -> StatusReport:
    """The report in a file called `name`. Raises BadStatement with the path."""
    try:
        root = safe_xml.parse(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    except safe_xml.UnreadableXml as error:
        raise BadStatement(f"{short_name(name)}: {error}") from error
    namespace = root.tag.partition("}")[0].strip("{") if "}" in root.tag else ""
    if not NAMESPACE.fullmatch(namespace) or not root.tag.endswith("}Document"):
        raise BadStatement(
            f"{short_name(name)}: the root element is {root.tag[:120]}, expected Document of pain.002.001.03 to 001.14."
        )
    file = CamtFile(name, namespace)
    report = file.one(root, "CstmrPmtStsRpt")
    if report is None:
        raise BadStatement(f"{short_name(name)}: Document/CstmrPmtStsRpt is missing; this file holds no status report.")
    message = file.text(report, "OrgnlGrpInfAndSts/OrgnlMsgId")
    if message is None:
        raise file.bad(report, "OrgnlGrpInfAndSts/OrgnlMsgId", "the id of our message")
    return StatusReport(
        identification=file.text(report, "GrpHdr/MsgId") or "",
        message=message,
        refusals=tuple(sorted(refusals(file, report, message), key=lambda r: (r.end_to_end is None, r.batch is None))),
    )


def refusals(file: CamtFile, report: Any, message: str) -> Iterator[Refusal]:
    group = file.one(report, "OrgnlGrpInfAndSts")
    if file.text(group, "GrpSts") == REFUSED:
        yield Refusal(message=message, reason=reason(file, group))
    for batch in file.all(report, "OrgnlPmtInfAndSts"):
        name = given(file.text(batch, "OrgnlPmtInfId"))
        if file.text(batch, "PmtInfSts") == REFUSED:
            if name is None:
                raise file.bad(batch, "OrgnlPmtInfId", "the id of our batch")
            yield Refusal(message=message, batch=name, reason=reason(file, batch))
        for one in file.all(batch, "TxInfAndSts"):
            if file.text(one, "TxSts") == REFUSED:
                end_to_end = given(file.text(one, "OrgnlEndToEndId"))
                if end_to_end is None:
                    raise file.bad(one, "OrgnlEndToEndId", "the end-to-end id of our collection")
                yield Refusal(message=message, batch=name, end_to_end=end_to_end, reason=reason(file, one))


def reason(file: CamtFile, node: Any) -> str | None:
    """Code and words of why; None where the bank gives none."""
    said = [file.text(node, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"), file.text(node, "StsRsnInf/AddtlInf")]
    return " ".join(word for word in said if word)[:200] or None
