"""What goes to a credit insurer, planned in the ledger: the bytes that it gets, and a letter where it gets paper."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from connectors.filing import ClaimFiling, CoverRequest, Filing, FilingKind, GoodsReclaimed, OverdueReport
from connectors.insurance.partners import INSURERS
from flows.dress import brand_look
from flows.letter_facts import seller_party
from flows.workspace import Workspace
from receivables.claims import ClaimFacts
from receivables.ledger import claim_data
from receivables.ledger.claim_data import DebtorRecord
from receivables.ledger.dispatch import plan
from receivables.ledger.outbox import Dispatch
from receivables.ledger.reports import REPORT
from receivables.letters.insurer_letter import ToInsurer, insurer_letter

CHANNEL = "insurer"
CLAIM, COVER, GOODS = "insurer_claim", "cover_request", "goods_reclaimed"  # dispatches beside the overdue report
KINDS: Mapping[str, FilingKind] = {REPORT: "overdue", CLAIM: "claim", COVER: "cover", GOODS: "goods"}


def plan_filing(
    connection: Connection,
    workspace: Workspace,
    policy: str,
    debtor: DebtorRecord,
    kind: str,
    occurrence: str,
    details: Mapping[str, Any],
    on: date,
    *,
    content: str | None = None,
) -> int:
    """Plans one filing about a debtor; its content is what the insurer gets, in canonical JSON, or the dossier."""
    whole = {
        "policy": policy,
        "debtor_id": debtor.id,
        "buyer_id": buyer_number(workspace, policy, debtor),
        "buyer_name": debtor.name,
        "buyer_country": debtor.country,
        **details,
    }
    if (letter := letter_of(connection, workspace, policy, kind, whole, on)) is not None:
        whole["letter"] = workspace.store.put(letter)
    return plan(
        connection,
        seller=debtor.seller,
        kind=kind,
        subject=debtor.ref,
        occurrence=occurrence,
        channel=CHANNEL,
        receiver=policy,
        content=content or workspace.store.put(json.dumps(whole, sort_keys=True).encode()),
        details=whole,
        on=on,
        at=workspace.now(),
    )


def buyer_number(workspace: Workspace, policy: str, debtor: DebtorRecord) -> str:
    """The insurer's own number of the customer, else its registration number, else the ERP's."""
    chosen = workspace.insurance(policy).buyers.get(debtor.ref)
    return str(chosen or debtor.details.get("registration_number") or debtor.ref)


def rows(claims: Sequence[ClaimFacts]) -> list[list[str]]:
    """Number, original due date and open amount of each claim."""
    return [[claim.number, claim.insurer_due.isoformat(), str(claim.open_principal)] for claim in claims]


def letter_of(
    connection: Connection, workspace: Workspace, policy: str, kind: str, details: Mapping[str, Any], on: date
) -> bytes | None:
    """The letter, where the partner takes this kind of filing as files only."""
    chosen = workspace.insurance(policy)
    if KINDS[kind] in INSURERS[chosen.partner].by_api:
        return None
    seller = claim_data.seller(connection, chosen.seller)
    told = ToInsurer(
        what=details.get("category") or KINDS[kind],
        policy=policy,
        insurer=chosen.insurer,
        buyer=details["buyer_name"],
        buyer_id=details["buyer_id"],
        rows=invoiced(details),
        currency=details["currency"],
        on=on,
        amount=Decimal(details["amount"]) if "amount" in details else None,
        until=date.fromisoformat(details["until"]) if details.get("until") else None,
        reason=details.get("reason") or "; ".join(details.get("goods", ())),
        since=date.fromisoformat(details["since"]) if details.get("since") else None,
    )
    look = workspace.look(seller.ref, brand_look(seller.details))
    language = seller.details.get("language") or "nl"
    return insurer_letter(told, seller_party(seller), language, seller.country, look)


def filing_of(workspace: Workspace, dispatch: Dispatch, overdue: str | None = None) -> Filing:
    """The filing that a dispatch carries. `overdue`: the insurer's own id of the report before a claim."""
    details, store = dispatch.details, workspace.store
    common: dict[str, Any] = {name: details[name] for name in ("policy", "buyer_id", "buyer_name", "buyer_country")}
    common |= {"currency": details["currency"], "letter": store.get(details["letter"]) if "letter" in details else b""}
    if dispatch.kind == COVER:
        return CoverRequest(**common, amount=Decimal(details["amount"]), reference=dispatch.subject)
    if dispatch.kind == CLAIM:
        return ClaimFiling(
            **common,
            invoices=invoiced(details),
            cause=details["cause"],
            loss_on=date.fromisoformat(details["loss_on"]),
            overdue=overdue,
            filename=details["filename"],
            dossier=store.get(dispatch.content),
        )
    if dispatch.kind == GOODS:
        return GoodsReclaimed(
            **common,
            invoices=invoiced(details),
            goods=tuple(details["goods"]),
            basis=details["basis"],
            since=date.fromisoformat(details["since"]),
            until=date.fromisoformat(details["until"]),
            paper=store.get(details["paper"]),
        )
    return OverdueReport(
        **common,
        category=details["category"],
        invoices=invoiced(details),
        until=date.fromisoformat(details["until"]) if details.get("until") else None,
        instalments=tuple((date.fromisoformat(day), Decimal(sum_)) for day, sum_ in details.get("instalments", ())),
        reason=details.get("reason"),
    )


def invoiced(details: Mapping[str, Any]) -> tuple[tuple[str, date, Decimal], ...]:
    listed = details.get("invoices", ())
    return tuple((number, date.fromisoformat(due), Decimal(amount)) for number, due, amount in listed)
