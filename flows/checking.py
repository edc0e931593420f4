"""Many documents validated, on all cores where that pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flows.processes import spread
from ubl.safe_xml import MAX_BYTES, UnreadableXml
from ubl.validation import report_as_dict, validate

WORTHWHILE = 1_000  # files from which processes of their own gain more than their start costs
VERDICT = {True: "valid", False: "not valid"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The report on one file as `validate --format json` prints it; `problem` says why a file cannot be judged."""

    answer: dict[str, Any]
    problem: str = ""


def check(files: Sequence[Path], lang: str) -> Iterator[Checked]:
    """Each file's report, in the order of `files`, its findings in `lang` (en, nl)."""
    return spread(partial(check_file, lang), files, worthwhile=WORTHWHILE)


def check_file(lang: str, file: Path) -> Checked:
    try:
        with file.open("rb") as opened:
            report = validate(opened.read(MAX_BYTES + 1), lang=lang)
    except OSError as problem:
        return unreadable(file, f"{file} cannot be read: {problem.strerror}.")
    except UnreadableXml as problem:
        return unreadable(file, f"{file}: {problem}")
    return Checked(report_as_dict(str(file), report))


def unreadable(file: Path, sentence: str) -> Checked:
    finding = {"rule": "unreadable", "severity": "fatal", "path": "", "term": "", "message": sentence, "fix": ""}
    return Checked({"file": str(file), "valid": False, "schema_valid": False, "findings": [finding]}, sentence)


def as_text(answer: dict[str, Any]) -> str:
    """The report for a person: the verdict, then each finding with its place and what to write instead."""
    findings = answer["findings"]
    count = f", {len(findings)} finding{'s' if len(findings) > 1 else ''}" if findings else ""
    lines = [f"{answer['file']}: {VERDICT[answer['valid']]}{count}"]
    for finding in findings:
        term = f" ({finding['term']})" if finding["term"] else ""
        lines += [
            f"  {finding['severity']:7} {finding['rule']}{term}: {finding['message']}",
            f"          at {finding['path']}",
        ]
        if finding["fix"]:
            lines.append(f"          {finding['fix']}")
    return "\n".join(lines)
