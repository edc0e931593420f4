"""Validates a UBL invoice or credit note: UBL 2.1 schema, EN 16931, Peppol BIS Billing 3.0, national rules.

In: the bytes of a file, or its lxml root. Out: a `Report` whose findings carry the official rule id and severity, the
XML path, the business term, what is wrong and how to mend it, in English or Dutch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from ubl import schema
from ubl.rules.book import engine, versions
from ubl.rules.tree import ROOTS, Paths
from ubl.safe_xml import UnreadableXml, parse

LANGUAGES = ("en", "nl")
SCHEMA_RULE = "UBL-XSD"


class NoRuleRan(RuntimeError):
    """The rules are missing or none applied: a verdict would say nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that is not kept, and where."""

    rule: str
    severity: str
    path: str
    term: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Report:
    """`valid` is: valid by the schema and no fatal finding. `rules_run` counts the rules asked of the document."""

    valid: bool
    schema_valid: bool
    findings: tuple[Finding, ...]
    rules_run: int
    rule_versions: tuple[tuple[str, str], ...]


def validate(data: bytes | Any, *, lang: str = "en") -> Report:
    """The verdict on one document, given as bytes or as an lxml root element.

    Raises UnreadableXml where there is no Invoice or CreditNote to judge, and NoRuleRan where no rule could be asked.
    """
    if lang not in LANGUAGES:
        raise ValueError(f'There are texts in {" and ".join(LANGUAGES)}, not in "{lang}".')
    root = parse(data) if isinstance(data, bytes) else without_comments(data)
    if root.tag not in ROOTS:
        raise another_root(root)
    judge = engine()
    schema_valid = schema.is_valid(root)
    fired = judge.run(root)
    if not judge.rules:
        raise NoRuleRan("No validation rule ran; nothing can be said about this document.")
    if schema_valid and not fired:
        return Report(True, True, (), len(judge.rules), versions())
    from ubl.rules.texts import explain

    findings = [] if schema_valid else schema_findings(root, lang)
    paths = Paths()
    for each in fired:
        path = paths.of(each.group, each.leaf)
        term, message, fix = explain(each, path, lang)
        findings.append(Finding(each.rule.id, each.rule.severity, path, term, message, fix))
    valid = schema_valid and not any(finding.severity == "fatal" for finding in findings)
    return Report(valid, schema_valid, tuple(findings), len(judge.rules), versions())


def report_as_dict(file: str, report: Report) -> dict[str, Any]:
    """The shape `voldaan validate --format json` prints for one file."""
    return {
        "file": file,
        "valid": report.valid,
        "schema_valid": report.schema_valid,
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "path": finding.path,
                "term": finding.term,
                "message": finding.message,
                "fix": finding.fix,
            }
            for finding in report.findings
        ],
    }


def without_comments(root: Any) -> Any:
    """`root`, or a copy without comments and processing instructions where it has any."""
    if next(root.iter(etree.Comment, etree.ProcessingInstruction), None) is None:
        return root
    return parse(etree.tostring(root))


def schema_findings(root: Any, lang: str) -> list[Finding]:
    """Why `root` breaks the schema, as findings."""
    from ubl.rules.texts import term_of

    return [
        Finding(SCHEMA_RULE, "fatal", error.path, term_of(error.path, lang), error.reason, error.fix)
        for error in schema.errors(root, lang)
    ]


def another_root(root: Any) -> UnreadableXml:
    """The refusal of a document that is neither an invoice nor a credit note."""
    name = etree.QName(root)
    where = f"in namespace {name.namespace}" if name.namespace else "without a namespace"
    return UnreadableXml(f"The document is a <{name.localname}> {where}; a UBL 2.1 Invoice or CreditNote is expected.")
