"""How each client wants its documents: every choice is a row that stays, and the newest one holds.

What a person chose holds until the ERP says something else than it said before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.engine import Row

from receivables.ledger import journal
from receivables.ledger.mail_tables import preferences
from receivables.ledger.tables import debtors
from receivables.preferences import Kind, Preference, Way

USUAL: Mapping[Kind, Way] = {"invoice": "peppol_else_email"}  # nobody chose it
SAID = ("way", "copies", "exemption")  # what the ERP says anew, whoever is named for it


def choose(connection: Connection, debtor_id: int, chosen: Preference, *, on: date, at: datetime) -> None:
    """Writes a choice down and journals it; the names stay in the row."""
    values: dict[str, Any] = {name: getattr(chosen, name) for name in Preference.__dataclass_fields__}
    row = insert(preferences).values(debtor_id=debtor_id, **values | {"copies": list(chosen.copies)})
    row_id = connection.execute(row.returning(preferences.c.id)).scalar_one()
    whose = connection.execute(select(debtors.c.seller, debtors.c.ref).where(debtors.c.id == debtor_id)).one()
    facts: dict[str, journal.Json] = {
        "choice": row_id,
        "kind": chosen.kind,
        "way": chosen.way,
        "source": chosen.source,
        "exemption": chosen.exemption,
        "copies": len(chosen.copies),
    }
    subject = f"debtor:{whose.seller}/{whose.ref}"
    journal.append(connection, at=at, on=on, kind="preference.chosen", subject=subject, facts=facts)


def keep_from_erp(
    connection: Connection, debtor_id: int, said: Iterable[Preference], *, on: date, at: datetime
) -> None:
    """What the ERP says now; the same as it said last changes nothing, also not what a person chose since."""
    rows = connection.execute(newest("erp").where(preferences.c.debtor_id == debtor_id))
    before = {row.kind: preference_of(row) for row in rows}
    for one in said:
        last = before.get(one.kind, Preference(kind=one.kind, way=USUAL.get(one.kind), by="", on=on, source="erp"))
        if any(getattr(last, name) != getattr(one, name) for name in SAID):
            choose(connection, debtor_id, one, on=on, at=at)


def chosen(connection: Connection, seller: str, ref: str) -> dict[Kind, Preference]:
    """What holds for one debtor, by kind of document."""
    of_debtor = newest().join(debtors, debtors.c.id == preferences.c.debtor_id)
    rows = connection.execute(of_debtor.where(debtors.c.seller == seller, debtors.c.ref == ref))
    return {row.kind: preference_of(row) for row in rows}


def history(connection: Connection, debtor_id: int) -> list[Preference]:
    """Every choice about one debtor, the first first."""
    rows = select(preferences).where(preferences.c.debtor_id == debtor_id).order_by(preferences.c.id)
    return [preference_of(row) for row in connection.execute(rows)]


def by_persons(connection: Connection) -> list[tuple[str, str, Preference]]:
    """(ref, name, choice) of everything that a person chose and that holds."""
    rows = newest().join(debtors, debtors.c.id == preferences.c.debtor_id).add_columns(debtors.c.ref, debtors.c.name)
    found = connection.execute(rows.where(preferences.c.source == "person").order_by(preferences.c.id))
    return [(row.ref, row.name or "", preference_of(row)) for row in found]


def with_copies(connection: Connection) -> dict[int, Mapping[Kind, Preference]]:
    """By debtor, the choices that ask for copies."""
    found: dict[int, dict[Kind, Preference]] = defaultdict(dict)
    for row in connection.execute(newest()):
        if row.copies:
            found[row.debtor_id][row.kind] = preference_of(row)
    return dict(found)


def by_post(connection: Connection, first: int, last: int) -> dict[int, frozenset[str]]:
    """By debtor, the kinds of document that it wants by post."""
    found: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute(newest().where(preferences.c.debtor_id.between(first, last))):
        if row.way == "post":
            found[row.debtor_id].add(row.kind)
    return {debtor_id: frozenset(kinds) for debtor_id, kinds in found.items()}


def newest(source: str | None = None) -> Select[Any]:
    """The newest choice of each debtor and kind, by one way or by any."""
    latest = select(func.max(preferences.c.id)).group_by(preferences.c.debtor_id, preferences.c.kind)
    if source is not None:
        latest = latest.where(preferences.c.source == source)
    return select(preferences).where(preferences.c.id.in_(latest))


def preference_of(row: Row[Any]) -> Preference:
    values = {name: getattr(row, name) for name in Preference.__dataclass_fields__}
    return Preference(**values | {"copies": tuple(row.copies)})
