"""The life of a dispatch as data: the declared transitions are the state machine, and nothing else moves a row.

What a partner can prove about an answer that was lost is data too. `True` means that `find` gives proof:

| channel                        | taken | not taken | by what                                                        |
|--------------------------------|-------|-----------|----------------------------------------------------------------|
| peppol, e-invoice.be           | yes   | yes       | state of the draft whose id was stored before the send         |
| peppol, Recommand              | yes   | no        | its list of sent documents; absence there proves nothing       |
| peppol, Scrada                 | no    | no        | it finds nothing without the id it answered: a person decides  |
| peppol, Peppyrus               | yes   | no        | a message of the same contents; absence there proves nothing   |
| peppol, Storecove              | yes   | no        | the same send under the same guid: taken now or before         |
| peppol, phoss-ap               | yes   | yes       | its status under the SBDH id made from our key                 |
| e-mail, mailbox keeps a copy   | yes   | yes       | the copy of the sending server, found by Message-ID            |
| e-mail, no such mailbox        | no    | no        | SMTP has no question to ask: a person decides                  |
| agency, by our own contract    | yes   | yes       | our key, which the partner stores with what it took            |
| agency, Debitura               | yes   | yes       | the case under our reference; opening it again replays it      |
| agency, Payt                   | yes   | yes       | its invoices by our numbers; writing them again is an upsert   |
| agency, SFTP                   | yes   | no        | our file, read back; a partner may have moved it away          |
| agency, SFTP that keeps files  | yes   | yes       | our file, read back                                            |
| agency, encrypted e-mail       | yes   | yes       | as e-mail: where a mailbox keeps a copy                        |
| insurer, by our own contract   | yes   | yes       | our key, which the insurer stores with what it took            |
| insurer, Allianz Trade         | yes   | no        | its list of arrears, by buyer and invoice; a job is not listed |
| insurer, Atradius              | yes   | no        | a cover that bears our reference; absence proves nothing       |
| insurer, files                 | yes   | yes       | the line in the folder's index, which bears our key            |
| ERP, stop signal               | yes   | yes       | the line in the index, or the ERP asked by our key             |
| post, print folder             | yes   | yes       | the line in the folder's index, which bears our key            |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, update

from receivables.claims import DispatchState
from receivables.ledger import journal
from receivables.ledger.journal import Json
from receivables.ledger.tables import dispatches

PLANNED, SUBMITTING, SUBMITTED = DispatchState.PLANNED, DispatchState.SUBMITTING, DispatchState.SUBMITTED
UNKNOWN, AWAITING, WITHDRAWN = DispatchState.UNKNOWN, DispatchState.AWAITING_PERSON, DispatchState.WITHDRAWN
ENDS = frozenset({DispatchState.DELIVERED, DispatchState.NOT_DELIVERED, DispatchState.REJECTED})

TRANSITIONS: Mapping[DispatchState, frozenset[DispatchState]] = {
    PLANNED: frozenset({SUBMITTING, WITHDRAWN}),
    SUBMITTING: frozenset({SUBMITTED, UNKNOWN}),
    SUBMITTED: ENDS,
    UNKNOWN: frozenset({SUBMITTED, PLANNED, AWAITING}),
}


@dataclass(frozen=True, slots=True)
class CanProve:
    """What `find` can prove about a submit whose answer was lost."""

    taken: bool
    not_taken: bool
    by: str


CAN_PROVE: Mapping[str, CanProve] = {
    "peppol/e-invoice.be": CanProve(True, True, "state of the draft whose id was stored before the send"),
    "peppol/recommand": CanProve(True, False, "list of sent documents; absence there proves nothing"),
    "peppol/scrada": CanProve(False, False, "it finds nothing without the id that it answered: a person decides"),
    "peppol/peppyrus": CanProve(True, False, "a message of the same contents; absence there proves nothing"),
    "peppol/storecove": CanProve(
        True, False, "the same send under the same guid: taken now or before (documented, not verified)"
    ),
    "peppol/phoss-ap": CanProve(True, True, "its status under the SBDH instance id made from our key"),
    "email/mailbox": CanProve(True, True, "the sending server's own copy, found by Message-ID"),
    "email": CanProve(False, False, "SMTP has no question to ask: a person decides"),
    "agency": CanProve(True, True, "our key, stored by the partner with what it took"),
    "agency/debitura": CanProve(
        True, True, "the case under our reference; opening it again replays it (documented, not verified)"
    ),
    "agency/payt": CanProve(
        True, True, "its invoices by our numbers; writing them again is an upsert (documented, not verified)"
    ),
    "agency/sftp": CanProve(True, False, "our file, read back; a partner may have moved it away"),
    "agency/sftp/kept": CanProve(True, True, "our file, read back"),
    "agency/email": CanProve(True, True, "as e-mail: the sending server's own copy, found by Message-ID"),
    "insurer": CanProve(True, True, "our key, stored by the insurer with what it took"),
    "insurer/allianz-trade": CanProve(True, False, "list of arrears, by buyer and invoice; a job is not listed there"),
    "insurer/atradius": CanProve(True, False, "a cover that bears our reference; absence there proves nothing"),
    "insurer/file": CanProve(True, True, "the line in the folder's index, which bears our key"),
    "erp": CanProve(True, True, "the line in the index of what was laid, or the ERP asked by our key"),
    "post": CanProve(True, True, "the line in the print folder's index, which bears our key"),
}


class Undeclared(ValueError):
    """A transition that the life of a dispatch does not have."""


class Moved(RuntimeError):
    """The row was no longer in the state from which it was to move."""


def path(start: DispatchState, end: DispatchState) -> tuple[DispatchState, ...]:
    """The states to pass from `start` to `end`: an end is reached through `submitted`. Raises Undeclared."""
    if end in TRANSITIONS.get(start, frozenset()):
        return (end,)
    if end in ENDS and SUBMITTED in TRANSITIONS.get(start, frozenset()):
        return (SUBMITTED, end)
    raise Undeclared(f"a dispatch does not go from {start} to {end}")


def move(
    connection: Connection,
    dispatch_id: int,
    start: DispatchState,
    end: DispatchState,
    *,
    on: date,
    at: datetime,
    facts: Mapping[str, Json] | None = None,
    **values: Any,
) -> None:
    """Moves a row along declared transitions, each journalled; the last sets `values`. Raises Moved, Undeclared."""
    for state in path(start, end):
        dated = {SUBMITTED: {"submitted": on}}.get(state, {"settled": on} if state in ENDS else {})
        done = connection.execute(
            update(dispatches)
            .where(dispatches.c.id == dispatch_id, dispatches.c.state == start)
            .values(state=state, **dated, **(values if state == end else {}))
        )
        if done.rowcount != 1:
            raise Moved(f"dispatch {dispatch_id} is no longer {start}")
        note(connection, dispatch_id, start, state, on=on, at=at, facts=facts or {})
        start = state


def note(
    connection: Connection,
    dispatch_id: int,
    start: DispatchState | None,
    end: DispatchState,
    *,
    on: date,
    at: datetime,
    facts: Mapping[str, Json],
) -> None:
    """Journals one transition."""
    told = {"dispatch": dispatch_id, "from": start, "to": end, **facts}
    subject = journal.about_dispatch(dispatch_id)
    journal.append(connection, at=at, on=on, kind=f"dispatch.{end}", subject=subject, facts=told)
