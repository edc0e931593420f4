"""Claims near their limitation (verjaring, prescription): listed, and a task for a person well ahead of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Connection

from flows.workspace import Workspace
from receivables.law.interest import Debtor
from receivables.law.limitation import Limitation, Subject, limitation
from receivables.law.regime import RegimeError, resolve
from receivables.ledger.database import reading, writing
from receivables.ledger.lapsing import Ageing, ageing
from receivables.ledger.tasks import open_task

SHORTEST = timedelta(days=365)  # no term in the table is shorter than a year


@dataclass(frozen=True, slots=True)
class Lapsing:
    """A claim and the earliest day on which it may lapse; a written demand or an acknowledgement can have moved it."""

    claim: Ageing
    found: Limitation

    @property
    def text(self) -> str:
        return (
            f"{self.claim.number} of {self.claim.name} may lapse on {self.found.last_day} (art. {self.found.article}; "
            f"{self.found.mark}): interrupt it in writing, or go to court, before that day."
        )


def lapsing(connection: Connection, warn_days: int, on: date) -> list[Lapsing]:
    """The open claims whose limitation lies in the coming `warn_days` days or behind us, the first to lapse on top."""
    ahead = timedelta(days=warn_days)
    found = [Lapsing(one, known) for one in ageing(connection, on + ahead - SHORTEST) if (known := term_of(one))]
    near = [one for one in found if one.found.last_day <= on + ahead]
    return sorted(near, key=lambda one: (one.found.last_day, one.claim.number))


def term_of(claim: Ageing) -> Limitation | None:
    """None under a law whose terms are not held."""
    kind = cast(Debtor, claim.kind)
    try:
        regime = resolve(claim.seller_country, claim.country, kind, claim.issued, claim.law)
    except RegimeError:
        return None
    subject: Subject = "goods" if claim.goods else "services"
    return limitation(country=regime.country, debtor=regime.debtor, subject=subject, due=claim.due)


def listed(workspace: Workspace, on: date) -> list[Lapsing]:
    with reading(workspace.engine) as connection:
        return lapsing(connection, workspace.policy.contact.limitation_warning, on)


def warn(workspace: Workspace, on: date) -> int:
    """A task for each claim near its limitation, once; how many are new."""
    near = listed(workspace, on)
    if not near:
        return 0
    with writing(workspace.engine) as connection:
        return sum(
            open_task(
                connection,
                key=f"limitation:{one.claim.invoice_id}:{one.found.last_day}",
                kind="limitation",
                text=one.text,
                on=on,
                due=one.found.last_day,
                debtor_id=one.claim.debtor_id,
                invoice_id=one.claim.invoice_id,
            )
            for one in near
        )
