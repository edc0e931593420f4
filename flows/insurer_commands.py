"""The commands before the sale and at the credit insurer: credit checks, limits, extensions, claims, what was paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Number, Root, Unusable, readable, say

Customer = Annotated[str, Parameter(help="Customer's number in the ERP.")]
Seller = Annotated[str | None, Parameter(help="ref of the seller, where two have such a customer.")]

limits = App(name="limits", help="What the credit insurer covers per customer.")
insurer = App(name="insurer", help="The credit insurer: deadlines, extensions, claims, what it paid.")


def credit_check(
    customer: Customer,
    /,
    *,
    amount: Annotated[Number, Parameter(help="What is to be sold now on credit, VAT included.")] = Decimal(0),
    ordered: Annotated[
        Number | None, Parameter(help="Ordered and not yet invoiced; left out: as the last export had it.")
    ] = None,
    ask: Annotated[bool, Parameter(help="Ask the insurer first what it covers now.", negative="")] = False,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Says whether a customer may be delivered to on credit: ok, beyond_cover, prepayment or hold, with the reasons.

    Looks at the limit and cover decision, what is open and ordered, how the customer paid, its registration, the
    insolvency register, and who may sign. Exit status 0 for ok, 1 for anything else.

    For example:
      voldaan credit-check C-1005 --amount 4500.00
      voldaan credit-check C-1005 --ordered 12000.00 --format json
    """
    from flows.credit_check import as_dict, as_text
    from flows.credit_check import credit_check as check
    from flows.limits import refresh
    from flows.workspace import open_workspace

    if amount < 0 or (ordered or 0) < 0:
        raise Unusable("amounts are not below zero")
    workspace = open_workspace(root)
    day = on or workspace.today
    if ask:
        refresh(workspace, day)
    found = check(workspace, customer, amount=amount, ordered=ordered, seller=seller, on=day)
    say(as_dict(found) if format == "json" else as_text(found))
    return FINE if found.ok else NO


@limits.command(name="import")
def import_limits(
    file: Annotated[Path, Parameter(help="CSV with the columns policy, customer, limit, since; maybe until, state.")],
    /,
    *,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Takes in limits from the insurer's portal. Nothing is taken from a file of which one row is wrong.

    Further columns: until (last day), state (granted, refused, withdrawn, pending), currency, reference, seller.

    For example:
      voldaan limits import limits.csv
    """
    from flows.limits import import_limits as take
    from flows.workspace import open_workspace
    from receivables.limits_file import BadLimits, read_limits

    workspace = open_workspace(root)
    try:
        rows = read_limits(readable(file).read_bytes(), file.name)
        done = take(workspace, rows, file.name, on or workspace.today)
    except BadLimits as problem:
        raise Unusable(str(problem)) from problem
    say(done if format == "json" else f"{done.new} decisions are new, {done.known} were known")
    return FINE


@limits.default
@limits.command(name="list")
def list_limits(*, on: BusinessDay = None, root: Root = None, format: Format = "text") -> int:
    """Lists the limit in force on each customer, with its end.

    For example:
      voldaan limits list
    """
    from flows.limits import listed
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = listed(workspace, on or workspace.today)
    for one in found:
        until = f" until {one.until}" if one.until else ""
        text = (
            f"{one.policy}  {one.customer:<10} {one.limit:>14,.2f} {one.currency}  {one.state} since {one.since}{until}"
        )
        say(one if format == "json" else f"{text}  ({one.source})")
    if not found and format == "text":
        say("No limit is known.")
    return FINE


@limits.command(name="refresh")
def refresh_limits(*, on: BusinessDay = None, root: Root = None, format: Format = "text") -> int:
    """Asks every insurer that can be asked what it covers now; the day's follow-up does the same.

    For example:
      voldaan limits refresh
    """
    from flows.limits import refresh
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    done = refresh(workspace, on or workspace.today)
    say(done if format == "json" else f"{done.new} decisions are new, {done.known} were known")
    return FINE


@limits.command(name="request")
def request(
    customer: Customer,
    /,
    *,
    amount: Annotated[Number, Parameter(help="Limit that is asked for, in euro.")],
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Applies to the insurer for a limit on a customer; it goes out with the next delivery.

    For example:
      voldaan limits request C-1005 --amount 25000.00
    """
    from flows.limits import request_limit
    from flows.workspace import open_workspace

    if amount <= 0:
        raise Unusable("a limit is more than zero")
    workspace = open_workspace(root)
    policies = request_limit(workspace, customer, amount, seller, on or workspace.today)
    if not policies:
        raise Unusable(f"no policy in the settings is of the seller of {customer}")
    say(f"{customer}: a limit of {amount} is asked for under {', '.join(policies)}")
    return FINE


@insurer.command(name="list")
def list_clocks(*, on: BusinessDay = None, root: Root = None, format: Format = "text") -> int:
    """Lists every deadline that runs: when deliveries stop, when to notify, when to claim; and claims with their sums.

    For example:
      voldaan insurer list
    """
    from flows.insurer_overview import as_text, clocks
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    found = clocks(workspace, on or workspace.today)
    for one in found:
        say(one if format == "json" else as_text(one))
    if not found and format == "text":
        say("No deadline runs.")
    return FINE


@insurer.command(name="extend")
def extend(
    customer: Customer,
    /,
    *,
    until: Annotated[date, Parameter(help="Day until which payment is to be extended.")],
    by: Annotated[str, Parameter(help="Who asks it.")],
    why: Annotated[str, Parameter(help="The reason, which the insurer reads.")],
    invoice: Annotated[list[str] | None, Parameter(help="Only these invoices; left out: all that are late.")] = None,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Asks the insurer to extend a due date (EXP). The clock runs on until the insurer agrees.

    For example:
      voldaan insurer extend C-1005 --until 2026-05-31 --by "Nadia Willems" --why "payment run of the group in May"
    """
    from flows.insurer_requests import NotAsked
    from flows.insurer_requests import extend as ask
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    try:
        told = ask(workspace, customer, until, by=by, why=why, numbers=invoice, seller=seller, on=on or workspace.today)
    except NotAsked as problem:
        raise Unusable(str(problem)) from problem
    say(told)
    return FINE


@insurer.command(name="claim")
def claim(customer: Customer, /, *, seller: Seller = None, on: BusinessDay = None, root: Root = None) -> int:
    """Files the claim on a customer whose waiting period is over, with its dossier.

    For example:
      voldaan insurer claim C-1005
    """
    from flows.insurer_requests import NotAsked, file_by_hand
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    try:
        say(file_by_hand(workspace, customer, seller, on or workspace.today))
    except NotAsked as problem:
        raise Unusable(str(problem)) from problem
    return FINE


@insurer.command(name="paid")
def paid(
    claim: Annotated[int, Parameter(help="Number of the claim; voldaan insurer list shows it.")],
    /,
    *,
    amount: Annotated[Number, Parameter(help="What the insurer pays now.")],
    reference: Annotated[str, Parameter(help="The insurer's reference.")] = "",
    more: Annotated[bool, Parameter(help="More is to come on this claim.", negative="")] = False,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Notes what the insurer pays on a claim. What is open on the invoices stays open: the debtor still owes it.

    For example:
      voldaan insurer paid 1 --amount 7323.53 --reference "SCH-2026-114"
    """
    from flows.insurer_answers import NotNoted, note_paid
    from flows.workspace import open_workspace
    from receivables.money import from_minor

    workspace = open_workspace(root)
    try:
        day = on or workspace.today
        done = note_paid(workspace, claim, amount, reference=reference, last=not more, on=day)
    except NotNoted as problem:
        raise Unusable(str(problem)) from problem
    answer = {"claim": done.id, "customer": done.debtor_ref, "state": done.state, "amount": str(amount)}
    own = from_minor(done.claimed, done.currency) - amount
    say(answer if format == "json" else f"{done.debtor_ref}: {amount} is noted; {own} of the claim is not paid by it")
    return FINE


def signatory(
    customer: Customer,
    /,
    *,
    name: Annotated[str, Parameter(help="Who may sign for the customer.")],
    capacity: Annotated[str, Parameter(help="What entitles that person: director, proxy of 3 March 2026, …")],
    by: Annotated[str, Parameter(help="Who of us looked it up.")],
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Notes who may sign for a customer, for orders, terms and plans.

    For example:
      voldaan signatory C-1005 --name "A. Maes" --capacity "director, Staatsblad 2024-03-12" --by "Nadia Willems"
    """
    from flows.workspace import open_workspace
    from receivables.ledger.database import writing
    from receivables.ledger.lookup import debtor_ids
    from receivables.ledger.signatories import note_signatory

    workspace = open_workspace(root)
    with writing(workspace.engine) as connection:
        ids = debtor_ids(connection, customer, seller)
        if not ids:
            raise Unusable(f"the ledger has no customer {customer}")
        for debtor_id in ids:
            note_signatory(connection, debtor_id, name, capacity, by=by, on=on or workspace.today, at=workspace.now())
    say(f"{customer}: {name}, {capacity}")
    return FINE


def register(app: App) -> None:
    """Puts these commands under `app`."""
    app.command(credit_check, name="credit-check")
    app.command(signatory)
    app.command(limits)
    app.command(insurer)
