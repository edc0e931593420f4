"""The contract of `connectors.collection.agency` as an OpenAPI 3.1 document, made from the models on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from connectors.collection.agency_wire import PATIENCE, Call, Claim, Claims, Problem, UpdateReceipt, UpdateReceipts
from receivables.claim_file import ClaimFile
from receivables.claim_update import ClaimUpdate

MODELS: tuple[type[BaseModel], ...] = (
    Claim,
    Claims,
    UpdateReceipt,
    UpdateReceipts,
    Problem,
    Call,
    ClaimFile,
    ClaimUpdate,
)
ABOUT = """What a collection agency implements so that a creditor can hand claims over to it, tell it what happened
since, ask how they stand, and take them back.

Every request carries `X-Client` and `X-Signature: t=<unix seconds>,v1=<hex>`: an HMAC-SHA256 with the shared secret
over `<t>.<METHOD>.<path with query>.<Idempotency-Key>.` followed by the body; a request whose `t` is more
than {patience} seconds off is refused. One claim is kept per `Idempotency-Key`, and one update: the same
request again answers 200 with what is kept, another body under the same key answers 409. A claim is listed from the
moment its POST was kept, and the list under `?key=` is complete: the creditor asks there after an answer
was lost, and relies on it.

The dossier is a ZIP with `claim.json` (schema ClaimFile), the documents, the evidence, SHA256SUMS over all, and a
signature; an update is a ZIP with `update.json` (schema ClaimUpdate) and the files it names under `files/`."""


def document() -> dict[str, Any]:
    """The whole document; the same models give the same document."""
    _, defined = models_json_schema(
        [(model, "serialization") for model in MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Voldaan claims", "version": "1", "description": ABOUT.format(patience=PATIENCE)},
        "security": [{"client": [], "signature": []}],
        "paths": _paths(),
        "webhooks": _webhooks(),
        "components": {
            "schemas": dict(sorted(defined["$defs"].items())),
            "securitySchemes": {
                "client": {"type": "apiKey", "in": "header", "name": "X-Client"},
                "signature": {"type": "apiKey", "in": "header", "name": "X-Signature"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    return {
        "/claims": {
            "post": _operation("handOver", "Takes a claim.", _taken("Claim"), body=True, filename=True),
            "get": _operation("findClaim", "The claim under a key, if any.", {"200": _json("Claims")}, query=True),
        },
        "/claims/{id}": {
            "get": _operation("readClaim", "How a claim stands.", {"200": _json("Claim")}, claim=True),
        },
        "/claims/{id}/updates": {
            "post": _operation("update", "Takes what happened.", _taken("UpdateReceipt"), body=True, claim=True),
            "get": _operation(
                "findUpdate",
                "The update or recall under a key, if any.",
                {"200": _json("UpdateReceipts")},
                query=True,
                claim=True,
            ),
        },
        "/claims/{id}/recall": {
            "post": _operation(
                "recall",
                "Gives the claim back: its state is `withdrawn` then. What was collected already stays collected.",
                {"200": _json("Claim")},
                body=True,
                claim=True,
            ),
        },
    }


def _webhooks() -> dict[str, Any]:
    return {
        "claimChanged": {
            "post": {
                "operationId": "claimChanged",
                "summary": "The agency tells that a claim has changed; the creditor reads it again. Signed like a "
                "request, over `<t>.` and the body, with a secret of its own.",
                "requestBody": {"required": True, "content": _content("Call")},
                "responses": {"204": {"description": "Kept."}, "401": {"description": "Not signed."}},
            }
        }
    }


def _operation(
    name: str,
    summary: str,
    responses: dict[str, Any],
    *,
    body: bool = False,
    filename: bool = False,
    query: bool = False,
    claim: bool = False,
) -> dict[str, Any]:
    parameters = []
    if claim:
        parameters.append(_parameter("id", "path", "the agency's own id of the claim"))
    if query:
        parameters.append(_parameter("key", "query", "the Idempotency-Key of the POST"))
    if body:
        parameters.append(_parameter("Idempotency-Key", "header", "what makes the request one and the same"))
    if filename:
        parameters.append(_parameter("X-Filename", "header", "percent-encoded name of the dossier"))
    found: dict[str, Any] = {"operationId": name, "summary": summary, "parameters": parameters}
    if body:
        zipped = {"application/zip": {"schema": {"type": "string", "contentMediaType": "application/zip"}}}
        found["requestBody"] = {"required": True, "content": zipped}
    refused = {"401": _json("Problem"), **({"404": _json("Problem")} if claim else {})}
    refused |= {code: _json("Problem") for code in ("400", "409", "413", "422")} if body else {}
    return found | {"responses": responses | refused}


def _parameter(name: str, place: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "description": about, "schema": {"type": "string"}}


def _taken(model: str) -> dict[str, Any]:
    return {"201": _json(model), "200": _json(model)}


def _json(model: str) -> dict[str, Any]:
    return {"description": model, "content": _content(model)}


def _content(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
