"""Money between us and the credit insurer: what it pays is no payment of the debtor, and of what the debtor pays
afterwards a share is the insurer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from flows.workspace import Workspace
from receivables.calendar import add_bank_days
from receivables.claims import ItemKind
from receivables.indemnity import CLAIM_ENDED, InsurerClaimState
from receivables.ledger import indemnities, insurer_claims
from receivables.ledger.amounts import open_amounts
from receivables.ledger.database import writing
from receivables.ledger.money_in import book_entry
from receivables.ledger.statements import StoredEntry, stored_entries
from receivables.ledger.tasks import open_task
from receivables.matching import BankEntry, NoMatch
from receivables.money import from_minor

PATIENCE = 10  # bank days that an announced payment of the insurer may take
EARLIER = timedelta(days=10)  # money that came so long before the insurer's word on it is still that money
FROM_INSURER = "the credit insurer's money: it pays no invoice"


def set_apart(
    connection: Connection, workspace: Workspace, new: Sequence[tuple[int, BankEntry]]
) -> list[tuple[int, BankEntry]]:
    """The entries that are left to be matched: what comes from an insurer pays no invoice, whatever its text names."""
    ours = {iban for insurance in workspace.settings.insurances for iban in insurance.accounts}
    named = [one.partner_id for one in insurer_claims.claims(connection) if one.partner_id] if new else []
    left = []
    for entry_id, entry in new:
        text = f"{entry.text or ''} {entry.reference or ''}"
        from_insurer = entry.counterparty_iban in ours or any(name in text for name in named)
        if entry.amount > 0 and from_insurer:
            book_entry(connection, entry_id, NoMatch(reason=FROM_INSURER), on=entry.booked, at=workspace.now())
        else:
            left.append((entry_id, entry))
    return left


def receive(workspace: Workspace, on: date) -> None:
    """Ties what the insurer said it paid to the bank entry that brought it; asks where none came."""
    with writing(workspace.engine) as connection:
        waiting = indemnities.awaited(connection)
        entries = stored_entries(connection) if waiting else []
        for one in waiting:
            brought = next((entry for entry in entries if brings(entry, one, workspace)), None)
            if brought is not None:
                entries.remove(brought)
                indemnities.note_received(connection, one, brought.id, on=on, at=workspace.now())
            elif on > add_bank_days(one.on, PATIENCE):
                amount = from_minor(one.amount, one.currency)
                text = (
                    f"The insurer said on {one.on} that it pays {amount} {one.currency} on {one.debtor_ref} "
                    f"({one.partner_id or one.policy}); no bank entry brought it. Ask the insurer."
                )
                open_task(connection, key=f"indemnity_awaited:{one.id}", kind="insurer_money", text=text, on=on)


def brings(entry: StoredEntry, one: indemnities.Awaited, workspace: Workspace) -> bool:
    """The same sum on an account of the seller, from the insurer's account or naming its claim."""
    insurance = workspace.insurance(one.policy)
    accounts = workspace.settings.seller(one.seller).accounts
    text = f"{entry.text or ''} {entry.reference or ''}"
    known = entry.counterparty_iban in insurance.accounts or (one.partner_id is not None and one.partner_id in text)
    same = (entry.amount, entry.currency) == (from_minor(one.amount, one.currency), one.currency)
    return known and same and entry.account in accounts and entry.booked >= one.on - EARLIER


def share(workspace: Workspace, on: date) -> None:
    """Shares with the insurer what came in on indemnified invoices, and asks a person to pay or tell it."""
    with writing(workspace.engine) as connection:
        for one in indemnities.book_recoveries(connection, at=workspace.now()):
            key = f"recovery:{one.claim.id}:{one.number}:{one.on}:{one.amount}:{one.share}"
            text = shared(one)
            open_task(connection, key=key, kind="insurer_share", text=text, on=on, debtor_id=one.claim.debtor_id)
        for claim in insurer_claims.claims(connection):
            tell_of_payments(connection, claim, on)


def shared(one: indemnities.Recovered) -> str:
    """What a person must do about money that came in, or went back, on an indemnified invoice."""
    claim, currency = one.claim, one.claim.currency
    named = f"{one.number}, which the insurer indemnified (claim {claim.partner_id or claim.id})"
    came, part = from_minor(abs(one.amount), currency), from_minor(abs(one.share), currency)
    if one.amount < 0:
        return f"{claim.name}: {came} {currency} went back on {named}. {part} of it the insurer had: ask it back."
    return f"{claim.name}: {came} {currency} came in on {named}. {part} of it is the insurer's: pay it, and say so."


def tell_of_payments(connection: Connection, claim: insurer_claims.InsurerClaim, on: date) -> None:
    """While a claim is examined, every payment makes the loss smaller, and the insurer must know."""
    if claim.state in (*CLAIM_ENDED, InsurerClaimState.PAID, InsurerClaimState.PREPARED):
        return
    opened = open_amounts(connection, [invoice_id for invoice_id, _ in claim.items])
    left = sum(kinds.get(ItemKind.PRINCIPAL, 0) for kinds in opened.values())
    if left < claim.claimed:
        came = from_minor(claim.claimed - left, claim.currency)
        text = (
            f"{claim.name}: {came} {claim.currency} less is open on claim {claim.partner_id or claim.id} than was "
            "claimed. Tell the insurer."
        )
        key = f"insurer_paid:{claim.id}:{left}"
        open_task(connection, key=key, kind="insurer_info", text=text, on=on, debtor_id=claim.debtor_id)
