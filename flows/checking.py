"""Many documents validated, on all cores where that pays: by our rules, by the official engine, or by both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ubl.batch import validate_files
from ubl.validation import SCHEMA_RULE, Report, report_as_dict, validate

Engine = Literal["native", "official", "both"]
FEW = 300  # files up to which processes of their own cost more than they gain
FEW_OFFICIAL = 20
VERDICT = {True: "valid", False: "not valid"}


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one document; where both engines were asked, on which rules, and where they disagree."""

    report: Report
    compared: str = ""
    differences: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The report on one file as `validate --format json` prints it; `problem` says why a file cannot be judged."""

    answer: dict[str, Any]
    problem: str = ""

    @property
    def fine(self) -> bool:
        """Valid, and both engines agree where both were asked."""
        return bool(self.answer["valid"]) and not self.answer.get("differences")


def check(
    files: Sequence[Path], lang: str, engine: Engine = "native", stylesheets: tuple[Path, ...] = ()
) -> Iterator[Checked]:
    """Each file's report, in the order of `files`, its findings in `lang` (en, nl).

    `stylesheets` are the official rules beyond EN 16931, such as Peppol's. Raises OfficialEngineMissing and
    StylesheetUnusable where the official engine cannot start.
    """
    judge = JUDGES[engine]
    if engine == "native":
        judged = validate_files(files, partial(judge, lang=lang), few=FEW)
    else:
        from ubl.official import prepare

        prepare(stylesheets)
        judged = validate_files(files, partial(judge, lang=lang, stylesheets=stylesheets), few=FEW_OFFICIAL)
    return (checked(path, verdict) for path, verdict in judged)


def by_our_rules(data: bytes, *, lang: str) -> Judged | str:
    return Judged(validate(data, lang=lang))


def by_the_official_engine(data: bytes, *, lang: str, stylesheets: tuple[Path, ...]) -> Judged | str:
    from ubl import official

    try:
        return Judged(official.validate(data, lang=lang, stylesheets=stylesheets))
    except official.OfficialEngineStopped as problem:
        return str(problem)


def by_both(data: bytes, *, lang: str, stylesheets: tuple[Path, ...]) -> Judged | str:
    """Our report, and the rules of which the official engine says something else."""
    from ubl import official

    ours = validate(data, lang=lang)
    compared = "all rules" if stylesheets else "EN 16931"
    try:
        theirs = official.validate(data, lang=lang, stylesheets=stylesheets)
    except official.OfficialEngineStopped as problem:
        gave_up = {"rule": "", "severity": "", "only": "native", "message": str(problem)}
        return Judged(ours, compared, (gave_up,))
    return Judged(ours, compared, tuple(differences(ours, theirs, everything=bool(stylesheets))))


JUDGES: dict[Engine, Any] = {"native": by_our_rules, "official": by_the_official_engine, "both": by_both}


def differences(ours: Report, theirs: Report, *, everything: bool) -> list[dict[str, str]]:
    """Each rule that only one engine finds broken, with its severity; EN 16931 alone unless `everything` was asked."""
    from ubl.rules.book import european_rules

    known = european_rules()
    found = {
        engine: {
            (finding.rule, finding.severity): finding.message
            for finding in report.findings
            if everything or finding.rule in known or engine == "official"
        }
        for engine, report in (("native", ours), ("official", theirs))
    }
    return [
        {"rule": rule, "severity": severity, "only": engine, "message": found[engine][rule, severity]}
        for engine, other in (("native", "official"), ("official", "native"))
        for rule, severity in found[engine]
        if (rule, severity) not in found[other] and rule != SCHEMA_RULE
    ]


def checked(file: Path, verdict: Judged | str) -> Checked:
    if isinstance(verdict, str):
        finding = {"rule": "unreadable", "severity": "fatal", "path": "", "term": "", "message": verdict, "fix": ""}
        answer = {"file": str(file), "valid": False, "schema_valid": False, "findings": [finding]}
        return Checked(answer, f"{file}: {verdict}")
    answer = report_as_dict(str(file), verdict.report)
    if verdict.compared:
        answer |= {"compared": verdict.compared, "differences": list(verdict.differences)}
    return Checked(answer)


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
    if "compared" in answer:
        lines += [f"  only {e['only']}: {e['severity']:7} {e['rule']}: {e['message']}" for e in answer["differences"]]
        lines += [] if answer["differences"] else [f"  both engines agree on {answer['compared']}"]
    return "\n".join(lines)
