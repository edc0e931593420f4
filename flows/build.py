"""The documents of a whole ERP export as files, and nothing else: no ledger, nothing sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.erp.export import MAX_BYTES, Ready, Refused, Row, read_export
from connectors.erp.mapping import build, sells_goods
from connectors.erp.origin import fields_of
from connectors.erp.parties import channel_of
from flows.dress import dress_for
from flows.files import read_limited
from flows.issue import Issued, file_name, issue
from flows.processes import spread
from ubl.validation import report_as_dict

WORTHWHILE = 60  # rows from which processes of their own gain more than their start costs
Built = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One row, and the files that it gets."""

    row: Row
    ubl: Path
    paper: Path


def build_export(export: Path, out: Path) -> Iterator[Built]:
    """`out/ubl/*.xml` and `out/paper/*.pdf` for the rows of `export`, and one answer each, in their order:

    `{"number", "ok", "ubl", "pdf", "findings"}`, the paths as text. A row that is refused or whose UBL is not valid is
    not ok: it has no files (those of an earlier build are removed), but findings that say why. Raises TooLarge,
    UnreadableExport, OSError.
    """
    rows = read_export(read_limited(export, MAX_BYTES), export.name).documents
    for folder in ("ubl", "paper"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    jobs = [
        Job(row, out / "ubl" / f"{name}.xml", out / "paper" / f"{name}.pdf")
        for row, name in zip(rows, file_names(rows), strict=True)
    ]
    return spread(build_row, jobs, worthwhile=WORTHWHILE)


def build_row(job: Job) -> Built:
    row = job.row
    if isinstance(row, Refused):
        return without_files(job, [refusal(row.row, row.sentence)])
    invoice = build(row)
    if isinstance(invoice, Refused):
        return without_files(job, [refusal(row.row, invoice.sentence)])
    try:
        issued = issue(
            invoice,
            dress_for(row.seller, row.customer),
            goods=sells_goods(row.document),
            channel=channel_of(row.customer),
        )
    except ValueError as problem:
        return without_files(job, [refusal(row.row, f"Row {row.row}: {problem}")])
    findings = with_fields(issued, row)
    if not issued.report.valid:
        return without_files(job, findings)
    job.ubl.write_bytes(issued.ubl)
    job.paper.write_bytes(issued.paper)
    return {
        "number": row.number,
        "ok": True,
        "ubl": str(job.ubl),
        "pdf": str(job.paper),
        "findings": findings,
    }


def with_fields(issued: Issued, row: Ready) -> list[dict[str, Any]]:
    """The findings as `validate` prints them, each with the fields of the export that it came from, where known."""
    printed = report_as_dict("", issued.report)["findings"]
    judged = [
        {**finding, "erp_fields": list(fields_of(found, row))}
        for finding, found in zip(printed, issued.report.findings, strict=True)
    ]
    return judged + [refusal(row.row, flag) | {"rule": "size", "severity": "warning"} for flag in issued.flags]


def without_files(job: Job, findings: list[dict[str, Any]]) -> Built:
    """The answer for a row that is not ok. Files of an earlier build go: nobody shall send them for this row."""
    job.ubl.unlink(missing_ok=True)
    job.paper.unlink(missing_ok=True)
    return {"number": job.row.number, "ok": False, "ubl": None, "pdf": None, "findings": findings}


def refusal(row: int, sentence: str) -> dict[str, Any]:
    """A refusal at intake in the shape of a finding; its path is the place in the export that the sentence names."""
    named = re.search(r"\bdocuments\[\d+\](?:\.\w+|\[\d+\])*", sentence)
    return {
        "rule": "intake",
        "severity": "fatal",
        "path": named[0] if named else f"documents[{row - 1}]",
        "term": "",
        "message": sentence,
        "fix": "",
        "erp_fields": [named[0]] if named else [],
    }


def file_names(rows: list[Row]) -> list[str]:
    """A name for each row, from its number; where two come to one name, the later adds its seller, then a count."""
    names: list[str] = []
    taken: set[str] = set()
    for row in rows:
        seller = row.document.seller if isinstance(row, Ready) else row.seller
        plain, full = file_name(row.number), file_name(f"{seller}-{row.number}")
        candidates = (plain, full, *(f"{full}-{count}" for count in range(2, len(rows) + 2)))
        name = next(each for each in candidates if each.casefold() not in taken)
        taken.add(name.casefold())
        names.append(name)
    return names


def as_text(built: Built) -> str:
    """The answer for a person."""
    if built["ok"]:
        return f"{built['number']}: {built['ubl']}, {built['pdf']}"
    reasons = [
        f"  {finding['message']} {finding['fix']}".rstrip()
        + (
            f" (from {', '.join(finding['erp_fields'])})"
            if finding["rule"] != "intake" and finding["erp_fields"]
            else ""
        )
        for finding in built["findings"]
    ]
    return "\n".join([f"{built['number']}: refused", *reasons])
