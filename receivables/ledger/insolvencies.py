"""Insolvent debtors: the proceeding, the day to which claims are reckoned, and the administrator whom persons named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.engine import Row

from receivables.insolvency import Administrator, Proceeding
from receivables.ledger import journal
from receivables.ledger.tables import debtors, insolvencies

NOTED, NAMED = "insolvency.opened", "insolvency.administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insolvency:
    """One proceeding over one debtor. `opened`: the day of the judgment; `file_by`: as court or administrator said."""

    id: int
    debtor_id: int
    seller: str
    debtor: str
    reference: str
    proceeding: Proceeding
    opened: date
    noted: date
    file_by: date | None
    administrator: Administrator | None


def open_insolvency(
    connection: Connection,
    debtor_id: int,
    *,
    reference: str,
    proceeding: Proceeding,
    opened: date,
    by: str,
    on: date,
    at: datetime,
) -> int:
    """Keeps the proceeding, once under its reference; its id."""
    where = (insolvencies.c.debtor_id == debtor_id) & (insolvencies.c.reference == reference)
    known = connection.scalar(select(insolvencies.c.id).where(where))
    if known is not None:
        return int(known)
    values = {"debtor_id": debtor_id, "reference": reference, "proceeding": proceeding, "opened": opened}
    row = insert(insolvencies).values(**values, noted=on, by=by).returning(insolvencies.c.id)
    found = int(connection.execute(row).scalar_one())
    tell(connection, debtor_id, NOTED, {"proceeding": proceeding, "opened": opened.isoformat()}, on, at)
    return found


def standing(connection: Connection, debtor_id: int) -> Insolvency | None:
    """The newest proceeding over the debtor that has not ended."""
    rows = (
        select(insolvencies, debtors.c.seller, debtors.c.ref)
        .join(debtors, debtors.c.id == insolvencies.c.debtor_id)
        .where(insolvencies.c.debtor_id == debtor_id, insolvencies.c.ended.is_(None))
        .order_by(insolvencies.c.id.desc())
        .limit(1)
    )
    row = connection.execute(rows).one_or_none()
    return None if row is None else insolvency_of(row)


def standing_ones(connection: Connection) -> dict[int, date]:
    """By debtor with a proceeding that has not ended, the day on which we heard of the first."""
    first = select(insolvencies.c.debtor_id, func.min(insolvencies.c.noted).label("noted"))
    rows = first.where(insolvencies.c.ended.is_(None)).group_by(insolvencies.c.debtor_id)
    return {row.debtor_id: row.noted for row in connection.execute(rows)}


def insolvency_of(row: Row[Any]) -> Insolvency:
    return Insolvency(
        id=row.id,
        debtor_id=row.debtor_id,
        seller=row.seller,
        debtor=row.ref,
        reference=row.reference,
        proceeding=row.proceeding,
        opened=row.opened,
        noted=row.noted,
        file_by=row.file_by,
        administrator=None if row.administrator is None else Administrator(**row.administrator),
    )


def name_administrator(
    connection: Connection,
    found: Insolvency,
    administrator: Administrator,
    *,
    file_by: date | None,
    on: date,
    at: datetime,
) -> None:
    """Keeps who administers the estate, and by when claims must be there if that was said; no name is journalled."""
    values: dict[str, Any] = {"administrator": asdict(administrator)}
    if file_by is not None:
        values["file_by"] = file_by
    connection.execute(update(insolvencies).where(insolvencies.c.id == found.id).values(**values))
    told: dict[str, journal.Json] = {"file_by": file_by.isoformat() if file_by else None}
    tell(connection, found.debtor_id, NAMED, told, on, at)


def tell(
    connection: Connection, debtor_id: int, kind: str, facts: Mapping[str, journal.Json], on: date, at: datetime
) -> None:
    row = connection.execute(select(debtors.c.seller, debtors.c.ref).where(debtors.c.id == debtor_id)).one()
    subject = f"debtor:{row.seller}/{row.ref}"
    journal.append(connection, at=at, on=on, kind=kind, subject=subject, facts=dict(facts))
