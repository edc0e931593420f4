"""A direct debit that came back is collected once more where the policy says so: held, announced, then in the file."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from flows.plan_letters import NO_ADDRESS, post
from flows.take_in import RETURNED_WITHIN
from flows.workspace import Workspace
from receivables.claims import HoldKind
from receivables.ledger import claim_data
from receivables.ledger.collect_again import CameBack, came_back, still_wanted
from receivables.ledger.database import reading, writing
from receivables.ledger.debits import came_back_key
from receivables.ledger.holds import open_hold, standing
from receivables.ledger.mandates import DEBIT_NOTICE, notice_key
from receivables.ledger.outbox import Dispatch
from receivables.ledger.tasks import close_task, open_task
from receivables.letters.debit_mail import DebitAgain, debit_mail
from receivables.mandates import again_on


def collect_again(workspace: Workspace, on: date) -> list[str]:
    """Decides about every direct debit that came back; the numbers that are collected once more. Again on the same day
    it finds nothing new.
    """
    if not workspace.policy.direct_debit.collect_again:
        return []
    done = []
    for seller in workspace.settings.sellers:
        with reading(workspace.engine) as connection:
            if not came_back(connection, seller.ref):
                continue
        with writing(workspace.engine) as connection:
            for one in came_back(connection, seller.ref):
                day = again_on(one.mandate, one.reason, one.times, one.returned, workspace.policy.direct_debit, on)
                insolvent = standing(connection, one.invoice_id, HoldKind.INSOLVENCY) is not None
                if day is not None and not insolvent and one.open > 0 and one.currency == "EUR":
                    hold_and_announce(connection, workspace, one, day, on)
                    done.append(one.number)
    return done


def hold_and_announce(connection: Connection, workspace: Workspace, one: CameBack, day: date, on: date) -> None:
    """The ladder stands still until the bank has answered; the customer is told sum, day and mandate once more."""
    opened = open_hold(
        connection,
        one.invoice_id,
        HoldKind.DIRECT_DEBIT,
        owner="direct debit",
        reason=f"It came back ({one.reason}) and is collected again on {day}.",
        since=on,
        until=day + RETURNED_WITHIN,
        at=workspace.now(),
        details={"mandate": one.mandate.reference, "again": one.end_to_end, "day": day.isoformat()},
    )
    if not opened:
        return
    close_task(connection, came_back_key(one.end_to_end), outcome="collected_again", on=on)
    debtor = claim_data.debtor(connection, one.debtor_id)
    if not debtor.email:
        text = (
            f"Tell {debtor.name} in writing that {one.open} {one.currency} for {one.number} is collected again on {day}"
            f" under mandate {one.mandate.reference} ({NO_ADDRESS}), and close this: without it nothing is collected."
        )
        key = notice_key(one.end_to_end)
        open_task(connection, key=key, kind=DEBIT_NOTICE, text=text, on=on, debtor_id=debtor.id)
        return
    seller = claim_data.seller(connection, debtor.seller)
    contact = (seller.details.get("contact") or {}).get("name")
    (record,) = claim_data.invoice_records(connection, [one.invoice_id])
    again = DebitAgain(
        number=one.number,
        amount=one.open,
        currency=one.currency,
        collected=day,
        mandate=one.mandate.reference,
        creditor=one.mandate.creditor_id,
        iban=str(seller.details.get("iban") or workspace.settings.seller(seller.ref).accounts[0]),
        reference=record.reference or one.number,
        seller=seller.name,
        contact=contact or seller.name,
        country=seller.country,
    )
    said = debit_mail(again, debtor.language)
    post(connection, workspace, debtor, DEBIT_NOTICE, one.number, one.end_to_end, said, on)


def unwanted(connection: Connection, dispatch: Dispatch) -> str | None:
    """At the moment of sending: why the announcement must not go out any more, or None."""
    if still_wanted(connection, dispatch.seller, dispatch.subject, dispatch.occurrence.split("~")[0]):
        return None
    return "not_collected: it was paid, or is not collected again"
