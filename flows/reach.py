"""Under which of its addresses a receiver can take a document, asked as the settings say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.ports import Reach
from flows.workspace import Workspace

if TYPE_CHECKING:
    from connectors.peppol.verdict import Verdict


def first_that_receives(
    workspace: Workspace, seller: str, addresses: Sequence[str], document_type: str, process: str
) -> tuple[Verdict, ...]:
    """The verdicts about `addresses`, in their order, up to the one that decides, which is the last.

    That is the first that can receive, or the first that is unknown: what is unknown may be the right one. Raises
    BadSettings.
    """
    verdicts: list[Verdict] = []
    for address in addresses:
        verdicts.append(verdict_of(workspace, seller, address, document_type, process))
        if verdicts[-1].reach in (Reach.CAN_RECEIVE, Reach.UNKNOWN):
            break
    return tuple(verdicts)


def verdict_of(workspace: Workspace, seller: str, address: str, document_type: str, process: str) -> Verdict:
    """What is known of one address now; from the network itself, or from the seller's access point."""
    at = workspace.now()
    if workspace.settings.peppol_network.lookup == "network":
        return workspace.peppol_network.lookup(address, document_type, process, at)
    return by_provider(workspace, seller, address, document_type, at)


def by_provider(workspace: Workspace, seller: str, address: str, document_type: str, at: datetime) -> Verdict:
    from connectors.peppol.verdict import Verdict

    reach, proof = workspace.peppol(seller).lookup(address, document_type)
    return Verdict(
        reach=reach,
        participant=address,
        why=reach,
        sentence=f"lookup of {address}: {reach}",
        at=at,
        proofs=(proof,) if proof else (),
    )
