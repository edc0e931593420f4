"""`voldaan insolvency`: looks in the register, the administrator of an estate, and the claim that is filed there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from flows.console import FINE, BusinessDay, Format, Root, Unusable, readable, say

Seller = Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")]
Debtor = Annotated[str, Parameter(help="Customer's number in the ERP.")]

insolvency = App(name="insolvency", help="Insolvent customers: looks in the register, the administrator, the claim.")


@insolvency.command(name="read")
def read_insolvency(
    file: Annotated[Path, Parameter(help="CSV with the columns debtor, looked, result, reference.")],
    /,
    *,
    by: Annotated[str, Parameter(help="Who looked, or which service.")],
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Takes in looks in the register from a file. A hit stops everything towards that debtor.

    For example:
      voldaan insolvency read register.csv --by "Nadia Willems"
    """
    from flows.insolvency import keep_looks
    from flows.workspace import open_workspace
    from receivables.insolvency import BadLooks, read_looks

    workspace = open_workspace(root)
    try:
        looks = read_looks(readable(file).read_bytes(), file.name, on or workspace.today)
    except BadLooks as problem:
        raise Unusable(str(problem)) from problem
    for sentence in keep_looks(workspace, looks, by):
        say(sentence)
    return FINE


@insolvency.command(name="note")
def note_insolvency(
    debtor: Debtor,
    /,
    *,
    result: Annotated[Literal["clear", "insolvent"], Parameter(help="What the register said.")],
    by: Annotated[str, Parameter(help="Who looked.")],
    reference: Annotated[str, Parameter(help="The register and its entry; needed for a hit.")] = "",
    opened: Annotated[date | None, Parameter(help="Day of the judgment; left out: the day of the look.")] = None,
    proceeding: Annotated[
        Literal["bankruptcy", "reorganisation", "debt_settlement"], Parameter(help="What was opened.")
    ] = "bankruptcy",
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Notes one look in the register. A hit stops ladder, letters, plans and direct debits, and asks for the claim.

    For example:
      voldaan insolvency note C-1004 --result clear --by "Nadia Willems"
      voldaan insolvency note C-1004 --result insolvent --reference "RegSol 20260412" --opened 2026-04-10 --by Nadia
    """
    from flows.insolvency import keep_looks
    from flows.workspace import open_workspace
    from receivables.insolvency import Look

    hit = result == "insolvent"
    if hit and not reference.strip():
        raise Unusable("name the register and its entry with --reference")
    workspace = open_workspace(root)
    looked = on or workspace.today
    if opened is not None and opened > looked:
        raise Unusable(f"--opened {opened} is still to come: give the day of the judgment")
    look = Look(debtor, looked, hit, reference, seller, proceeding, opened)
    for sentence in keep_looks(workspace, [look], by):
        say(sentence)
    return FINE


@insolvency.command(name="administrator")
def name_administrator(
    debtor: Debtor,
    /,
    *,
    name: Annotated[str, Parameter(help="Curator, bewindvoerder, administrateur.")],
    email: Annotated[str | None, Parameter(help="Where claims and letters go.")] = None,
    street: Annotated[str | None, Parameter(help="Street and number, for the post.")] = None,
    postal_code: str | None = None,
    city: str | None = None,
    country: Annotated[str, Parameter(help="Two letters.")] = "BE",
    language: Annotated[Literal["nl", "fr", "de", "en"], Parameter(help="Language of the letters.")] = "nl",
    file_by: Annotated[date | None, Parameter(help="Last day to file, as court or administrator said.")] = None,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
) -> int:
    """Notes who administers the estate of an insolvent customer: to whom claims and reclaims go from now on.

    For example:
      voldaan insolvency administrator C-1004 --name "mr. E. Maes" --email maes@curatoren.example
    """
    from flows.insolvency import keep_administrator
    from flows.workspace import open_workspace
    from receivables.insolvency import Administrator

    workspace = open_workspace(root)
    given = Administrator(
        name=name, email=email, street=street, postal_code=postal_code, city=city, country=country, language=language
    )
    say(keep_administrator(workspace, debtor, given, file_by=file_by, on=on or workspace.today, seller=seller))
    return FINE


@insolvency.command(name="file")
def file_insolvency(
    debtor: Debtor,
    /,
    *,
    by: Annotated[str, Parameter(help="Who of us files it.")],
    channel: Annotated[
        Literal["email", "post", "register"] | None,
        Parameter(help="register: laid ready to be entered by hand; left out: as the law has it."),
    ] = None,
    preview: Annotated[bool, Parameter(help="Make the documents, and send nothing.", negative="")] = False,
    out: Annotated[Path | None, Parameter(help="Folder that gets the document and the ZIP of enclosures.")] = None,
    seller: Seller = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Files the claim with the administrator: sums to the day of the judgment, title to goods, enclosures, signed.

    In Belgium it is entered in RegSol: the document holds what the form asks, and a task keeps its day. Shows what VAT
    comes back.

    For example:
      voldaan insolvency file C-1004 --by "Nadia Willems" --out filed
    """
    from flows.estate import file_claim
    from flows.workspace import open_workspace
    from receivables.dossier import archive_name
    from receivables.letters.estate import PAPER

    workspace = open_workspace(root)
    done = file_claim(
        workspace, debtor, by=by, on=on or workspace.today, channel=channel, seller=seller, preview=preview
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / PAPER).write_bytes(done.paper)
        (out / archive_name(done.claim.reference, ".zip")).write_bytes(done.archive)
    say(done.as_dict() if format == "json" else done.text)
    return FINE
