"""Writes the schemas and the OpenAPI document beside this file from the models: after a change `python -m schemas`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

CONTRACTS = {
    "claim-update.schema.json": ("receivables.claim_update", "ClaimUpdate"),
    "claim.schema.json": ("receivables.claim_file", "ClaimFile"),
    "delivery-stop.schema.json": ("connectors.erp.stop_signal", "StopSignal"),
    "invoice-export.schema.json": ("connectors.erp.records", "ExportFile"),
}
DOCUMENTS = {"agency.openapi.json": ("connectors.collection.agency_openapi", "document")}
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
    if file in DOCUMENTS:
        module, function = DOCUMENTS[file]
        made = getattr(import_module(module), function)()
    else:
        made = schema(file)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    for file in (*CONTRACTS, *DOCUMENTS):
        Path(__file__).with_name(file).write_text(text(file), encoding="utf-8")


if __name__ == "__main__":
    main()
