"""Keeps what a partner says by itself, in a signed call or in its queue, as a row before anything is done about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from connectors.exchange import HARMLESS
from connectors.ports import Event, Inbound, Submission
from flows.workspace import Workspace
from receivables.ledger import evidence, hints
from receivables.ledger.database import writing

SHOWN = ("signature", "idempotency-key", "event", "delivery")  # parts of the names of headers that are no secret


def call(
    workspace: Workspace, seller: str, provider: str, event: Event, body: bytes, headers: Mapping[str, str]
) -> bool:
    """Keeps a call that the partner signed; False for a replay."""
    shown = {name: headers[name] for name in sorted(headers) if name in HARMLESS or any(x in name for x in SHOWN)}
    return _kept(
        workspace,
        seller=seller,
        provider=provider,
        event=event.id,
        kind=event.kind,
        partner_id=event.partner_id,
        content=workspace.store.put(body),
        headers=workspace.store.put(json.dumps(shown, ensure_ascii=False).encode()),
        said=_stored(workspace, event.said),
    )


def queue_word(workspace: Workspace, seller: str, provider: str, inbound: Inbound) -> bool:
    """Keeps what the partner's queue says of a document of ours; False where it was kept before."""
    return _kept(
        workspace,
        seller=seller,
        provider=provider,
        event=inbound.id,
        kind="queue",
        partner_id=inbound.said.partner_id if inbound.said else None,
        content=workspace.store.put(inbound.document),
        said=_stored(workspace, inbound.said),
    )


def _kept(workspace: Workspace, **values: Any) -> bool:
    try:
        with writing(workspace.engine) as connection:
            return hints.keep(connection, at=workspace.now(), **values)
    except IntegrityError:  # another worker kept it in the same moment
        return False


def _stored(workspace: Workspace, said: Submission | None) -> dict[str, Any] | None:
    if said is None:
        return None
    proofs = evidence.keep(workspace.store, said.proofs, said.reason)
    return {
        "answer": said.answer.value,
        "reason": said.reason,
        "ids": dict(said.ids),
        "proofs": [[proof.kind, proof.level, proof.content, proof.mime] for proof in proofs],
    }
