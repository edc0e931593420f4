"""The end of a relation: a person blocks a customer; what comes in for it afterwards is flagged or refused."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from flows.workspace import Workspace
from receivables.ledger import blocks, insolvencies
from receivables.ledger.blocks import Block
from receivables.ledger.database import reading, writing
from receivables.ledger.intake import NewInvoice
from receivables.ledger.lookup import NotFound, debtor_ids
from receivables.ledger.tasks import open_task


def block(workspace: Workspace, debtor: str, *, by: str, reason: str, on: date, seller: str | None) -> bool:
    """Blocks the debtor, at every seller who has such a customer where none is named; False where it was blocked.

    Raises NotFound.
    """
    at = workspace.now()
    with writing(workspace.engine) as connection:
        ids = known(connection, debtor, seller)
        done = [blocks.block(connection, one, by=by, reason=reason, on=on, at=at) for one in ids]
    return any(done)


def unblock(workspace: Workspace, debtor: str, *, by: str, on: date, seller: str | None) -> bool:
    """Lifts the block; False where none stood. Raises NotFound."""
    with writing(workspace.engine) as connection:
        ids = known(connection, debtor, seller)
        done = [blocks.unblock(connection, one, by=by, on=on, at=workspace.now()) for one in ids]
    return any(done)


def blocked(workspace: Workspace) -> list[Block]:
    with reading(workspace.engine) as connection:
        return blocks.blocks(connection)


def known(connection: Connection, debtor: str, seller: str | None) -> list[int]:
    ids = debtor_ids(connection, debtor, seller)
    if not ids:
        raise NotFound(f"the ledger has no debtor {debtor}" + (f" of {seller}" if seller else ""))
    return ids


def refusal(workspace: Workspace, seller: str, debtor: str) -> str | None:
    """Why the policy refuses an invoice for this debtor at intake; None where it does not."""
    if workspace.policy.intake.blocked != "refuse":
        return None
    with reading(workspace.engine) as connection:
        found = blocks.blocks(connection, seller, debtor)
    return sentence(found[0]) if found else None


def warnings(connection: Connection, new: NewInvoice, debtor_id: int, debtor: str, on: date) -> tuple[str, ...]:
    """What desk and ERP must know of a new invoice: its customer is blocked or insolvent. Each is a task too."""
    if new.kind != "invoice":
        return ()
    found = [sentence(one) for one in blocks.blocks(connection, new.seller, debtor)]
    estate = insolvencies.standing(connection, debtor_id)
    if estate is not None:
        found.append(
            f"Customer {debtor} is insolvent since {estate.opened} ({estate.reference}): deliver nothing before the "
            "administrator has agreed to pay for it."
        )
    for text in found:
        key = f"blocked:{new.seller}/{new.number}:{'estate' if text.startswith('Customer') else 'block'}"
        open_task(connection, key=key, kind="blocked", text=f"{new.number}: {text}", on=on, debtor_id=debtor_id)
    return tuple(found)


def sentence(one: Block) -> str:
    return (
        f"No more is sold to {one.debtor} on account since {one.since} ({one.reason}): stop the delivery, or lift the "
        f"block with voldaan unblock {one.debtor}."
    )
