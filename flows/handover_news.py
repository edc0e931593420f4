"""Tells a collection partner what happened to its claim: money that came to us, goods taken back, an answer, the
documents, a recall.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection

from connectors.collection.partners import PARTNERS
from flows.console import Unusable
from flows.files import read_limited
from flows.workspace import Workspace
from receivables.claim_update import ClaimUpdate, Kind, ReclaimedGoods, UpdateFile
from receivables.claims import HandoverState, HoldKind
from receivables.dossier import files_in
from receivables.ledger import approvals, dispatch, handovers, journal
from receivables.ledger.database import writing
from receivables.ledger.handover_news import (
    RECALL,
    TAKEN,
    UPDATE,
    carrier,
    claim_of,
    direct,
    goods_since,
    invoice_sums,
    told,
)
from receivables.ledger.handovers import ENDED, Handover
from receivables.ledger.holds import open_hold
from receivables.ledger.life import PLANNED
from receivables.ledger.tasks import close_task, open_task, open_tasks
from receivables.money import from_minor

LARGEST = 25_000_000  # bytes of one file that goes with an answer
REST = timedelta(days=14)  # so long the ladder leaves a claim that was taken back to the person who did it
ASKED = "needs_info"
CREDITED = "A credit note was set against the claim."
RETURNED = "A payment that was reported before went back, or was booked wrongly."


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an update: its bytes are in the store."""

    name: str
    mime: str
    content: str


def tell_partners(workspace: Workspace, on: date) -> None:
    """Plans what the partners of all claims that are under way must hear; again it plans nothing new."""
    with writing(workspace.engine) as connection:
        for one in handovers.under_way(connection):
            carried = carrier(connection, one)
            if carried is not None and carried.state in TAKEN and carried.partner_id:
                enclose(connection, workspace, one, carried.partner_id, on)
                if "booked" in carried.details:
                    report(connection, workspace, one, carried.partner_id, carried.details["booked"], on)
                tell_of_goods(connection, workspace, one, carried.partner_id, on)


def report(connection: Connection, workspace: Workspace, one: Handover, claim: str, since: int, on: date) -> None:
    """Every payment and credit that reached us directly after allocation `since`: each sum of each is told once."""
    before = told(connection, one)
    for came in direct(connection, one.invoice_ids, since):
        same = [known for known in before if (known.occurrence + ":").startswith(came.name + ":")]
        new = came.amount - sum(int(known.details["amount"]) for known in same)
        if new == 0:
            continue
        paid = came.source == "payment" and new > 0
        words = "" if paid else (CREDITED if came.source == "credit" and new > 0 else RETURNED)
        update = made(connection, one, "payment" if paid else "balance", on, text=words)
        if paid:
            update = update.model_copy(update={"amount": from_minor(new, one.currency), "paid_on": came.on})
        occurrence = f"{came.name}:{len(same) + 1}" if same else came.name
        send(connection, workspace, one, claim, update, occurrence, (), on, amount=new)


def enclose(connection: Connection, workspace: Workspace, one: Handover, claim: str, on: date) -> None:
    """The dossier's documents, for a partner that took the claim's fields only."""
    chosen = next((agency for agency in workspace.settings.agencies if agency.name == one.partner), None)
    if chosen is None or not PARTNERS[chosen.connector].documents_apart or told(connection, one):
        return
    _, dossier = claim_of(connection, one)
    store = workspace.store
    files = [Enclosure(name, kind_of(name), store.put(content)) for name, content in files_in(store.get(dossier))]
    send(connection, workspace, one, claim, made(connection, one, "documents", on), "documents", files, on)


def tell_of_goods(connection: Connection, workspace: Workspace, one: Handover, claim: str, on: date) -> None:
    """Which goods of the claim were taken back since, with each letter once. What a partner refuses is a task."""
    before = {known.occurrence for known in told(connection, one)}
    for letter in goods_since(connection, one):
        occurrence, kept = f"goods:{letter.id}", letter.details
        if occurrence in before or "goods" not in kept:
            continue
        news = {
            "goods": tuple(ReclaimedGoods.model_validate(goods) for goods in kept["goods"]),
            "reclaimed_on": letter.submitted,
            "give_back_by": date.fromisoformat(kept["by_day"]),
        }
        update = made(connection, one, "goods", on, text=kept["basis"].replace("_", " "))
        paper = Enclosure(kept["file"], "application/pdf", kept["paper"])
        send(connection, workspace, one, claim, update.model_copy(update=news), occurrence, (paper,), on)


def made(connection: Connection, one: Handover, kind: Kind, on: date, text: str = "") -> ClaimUpdate:
    reference, _ = claim_of(connection, one)
    return ClaimUpdate(
        kind=kind,
        reference=reference,
        on=on,
        currency=one.currency,
        open=from_minor(approvals.open_sum(connection, one.invoice_ids), one.currency),
        invoices=invoice_sums(connection, one.invoice_ids),
        text=text,
    )


def send(
    connection: Connection,
    workspace: Workspace,
    one: Handover,
    claim: str,
    update: ClaimUpdate,
    occurrence: str,
    files: Iterable[Enclosure],
    on: date,
    kind: str = UPDATE,
    amount: int = 0,
) -> int:
    """Plans the update under its own key; the dispatch's id."""
    enclosed = list(files)
    named = tuple(UpdateFile(name=file.name, mime=file.mime, sha256=file.content) for file in enclosed)
    whole = update.model_copy(update={"files": named})
    content = workspace.store.put((whole.model_dump_json(indent=2) + "\n").encode())
    return dispatch.plan(
        connection,
        seller=one.seller,
        kind=kind,
        subject=one.under,
        occurrence=occurrence,
        channel="agency",
        receiver=one.partner,
        content=content,
        details={
            "handover": one.id,
            "claim": claim,
            "amount": amount,
            "files": [{"name": f.name, "mime": f.mime, "content": f.content} for f in enclosed],
        },
        on=on,
        at=workspace.now(),
    )


def answer(workspace: Workspace, handover_id: int, text: str, files: Sequence[Path], on: date) -> int:
    """Sends a person's answer to what the partner asked, and closes that task; the dispatch's id. Raises Unusable."""
    enclosed = [_read(workspace, path) for path in files]
    if len({file.name for file in enclosed}) < len(enclosed):
        raise Unusable("two of the files have one name; rename one")
    with writing(workspace.engine) as connection:
        one, claim = at_partner(connection, handover_id)
        number = sum(known.occurrence.startswith("answer") for known in told(connection, one)) + 1
        update = made(connection, one, "answer", on, text=text)
        planned = send(connection, workspace, one, claim, update, f"answer:{number}", enclosed, on)
        for task in open_tasks(connection, ASKED):
            if task.key.startswith(f"{ASKED}:{one.id}:"):
                close_task(connection, task.key, outcome="answered", on=on)
        facts: dict[str, journal.Json] = {"dispatch": planned, "files": len(enclosed)}
        journal.append(
            connection, at=workspace.now(), on=on, kind="handover.answered", subject=one.subject, facts=facts
        )
    return planned


def recall(workspace: Workspace, handover_id: int, by: str, reason: str, on: date) -> str:
    """Takes a claim back; what follows, in one sentence. The ladder leaves it to that person for a while."""
    with writing(workspace.engine) as connection:
        one = handovers.handover(connection, handover_id)
        carried = carrier(connection, one)
        if one.state in (HandoverState.WITHDRAWN, HandoverState.REJECTED):
            return f"{one.partner} does not have it: it is {one.state}"
        _keep_ladder_still(connection, one, by, reason, on, workspace)
        never_left = carried is None or carried.state == PLANNED
        if never_left or one.state in ENDED:
            if carried is not None and never_left:
                dispatch.withdraw(connection, carried.id, reason=f"recalled: {reason}", on=on, at=workspace.now())
            handovers.note_state(connection, one, HandoverState.WITHDRAWN, on=on, at=workspace.now())
            return "it never left" if never_left else f"{one.partner} was done with it; it is ours again"
        one, claim = at_partner(connection, handover_id)
        update = made(connection, one, "recall", on, text=reason)
        send(connection, workspace, one, claim, update, "recall", (), on, kind=RECALL)
    return f"{one.partner} is asked to give it back with the next delivery; until it has, it stays theirs"


def at_partner(connection: Connection, handover_id: int) -> tuple[Handover, str]:
    """The hand-over and the partner's id of it. Raises Unusable where the partner does not have it."""
    one = handovers.handover(connection, handover_id)
    carried = carrier(connection, one)
    if one.state in ENDED or carried is None:
        raise Unusable(f"hand-over {handover_id} is {one.state}: {one.partner} does not work on it")
    if carried.state not in TAKEN or not carried.partner_id:
        raise Unusable(f"hand-over {handover_id} is on its way ({carried.state}): {one.partner} has not confirmed it")
    return one, carried.partner_id


def _keep_ladder_still(
    connection: Connection, one: Handover, by: str, reason: str, on: date, workspace: Workspace
) -> None:
    for invoice_id in one.invoice_ids:
        open_hold(
            connection,
            invoice_id,
            HoldKind.MANUAL,
            owner=by,
            reason=f"taken back from {one.partner}: {reason}",
            since=on,
            until=on + REST,
            at=workspace.now(),
            details={"handover": one.id},
        )


def _read(workspace: Workspace, path: Path) -> Enclosure:
    content = read_limited(path, LARGEST)
    return Enclosure(path.name, kind_of(path.name), workspace.store.put(content))


def kind_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def ask_person(connection: Connection, one: Handover, kind: str, name: str, text: str, on: date) -> None:
    """A task about one hand-over, once under `name`."""
    key = f"{kind}:{one.id}:{name}"[:120]
    open_task(connection, key=key, kind=kind, text=text, on=on, debtor_id=one.debtor_id)
