"""Writes the JSON Schemas beside this file from the models: run `python -m schemas` after changing one."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

CONTRACTS = {
    "claim.schema.json": ("receivables.claim_file", "ClaimFile"),
    "delivery-stop.schema.json": ("connectors.erp.stop_signal", "StopSignal"),
    "invoice-export.schema.json": ("connectors.erp.records", "ExportFile"),
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(file: str) -> dict[str, Any]:
    """The schema that belongs in `file`, one of `CONTRACTS`."""
    module, model = CONTRACTS[file]
    return {
        "$schema": DIALECT,
        "$id": f"urn:voldaan:{file}",
        **getattr(import_module(module), model).model_json_schema(),
    }


def text(file: str) -> str:
    return json.dumps(schema(file), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    for file in CONTRACTS:
        Path(__file__).with_name(file).write_text(text(file), encoding="utf-8")


if __name__ == "__main__":
    main()
