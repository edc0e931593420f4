"""The published schema is the models' own, and it teaches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schemas.__main__ as made
from connectors.erp.export import read_export
from connectors.erp.mapping import build
from tests.connectors.exports import document, file, line
from ubl.invoice import Invoice

SCHEMAS = Path(made.__file__).parent
EXPORT = "invoice-export.schema.json"


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(made.schema(EXPORT), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("name", [*made.CONTRACTS, *made.DOCUMENTS])
def test_the_committed_schema_is_the_one_the_models_make(name: str) -> None:
    assert (SCHEMAS / name).read_text(encoding="utf-8") == made.text(name), "run `python -m schemas`"


def test_the_schema_is_valid_and_every_field_says_what_it_is() -> None:
    schema = made.schema(EXPORT)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, record in {**schema["$defs"], "ExportFile": schema}.items():
        assert record["description"] and record["additionalProperties"] is False, name
        for field, described in record["properties"].items():
            assert described.get("description"), f"{name}.{field}"


@pytest.mark.parametrize("price", ["100.00", 100, 12.5])
def test_amounts_may_be_numbers_or_text(price: Any) -> None:
    validator().validate(json.loads(file(document(lines=[line(unit_price=price)]))))


@pytest.mark.parametrize(
    "bad",
    [
        document(isued="2026-01-05"),
        document(kind="factuur"),
        document(lines=[]),
        document(lines=[line(vat_category="X")]),
        document(lines=[line(unit_price="a lot")]),
        document(seller=None),
    ],
)
def test_what_the_reader_refuses_by_form_the_schema_refuses_too(bad: dict[str, Any]) -> None:
    assert not validator().is_valid(json.loads(file(bad)))


def test_the_smallest_file_of_the_manual_is_taken_in() -> None:
    manual = (SCHEMAS.parent / "docs" / "erp-export.md").read_text(encoding="utf-8")
    smallest = manual.split("```json\n")[1].split("```")[0].encode()
    validator().validate(json.loads(smallest))
    (row,) = read_export(smallest, "smallest.json").ready
    assert isinstance(build(row), Invoice)
