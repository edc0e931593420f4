"""`voldaan dossier`: the claim as a collection partner gets it, built and checked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows.console import FINE, NO, BusinessDay, Format, Root, readable, say

dossier = App(name="dossier", help="The claim as a collection partner gets it: one ZIP that proves itself.")


@dossier.command(name="build")
def build_dossier(
    invoices: Annotated[list[str], Parameter(help="Numbers of invoices of one customer.")],
    /,
    *,
    out: Annotated[Path, Parameter(help="Where the ZIP is written.")],
    partner: Annotated[str | None, Parameter(help="Name of the [[agency]]; left out: the seller's own.")] = None,
    seller: Annotated[str | None, Parameter(help="Seller, where several have such a number.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Writes the dossier of these invoices as a partner would get it. Nothing is sent, and nothing is decided.

    For example:
      voldaan dossier build 2026-0107 2026-0112 --out claim.zip
    """
    from flows.dossiers import build_for
    from flows.files import write_answer
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    made = build_for(workspace, invoices, seller, partner, on or workspace.today)
    write_answer(out, made.archive)
    if format == "json":
        say({"file": str(out), "total": made.claim.total, "missing": made.claim.missing, "blocked": made.blocked})
    else:
        lacks = [f"It lacks {text}." for text in made.claim.missing]
        say("\n".join([f"{out}: {made.claim.total} {made.claim.currency} on {made.claim.debtor.name}", *lacks]))
    return NO if made.blocked else FINE


@dossier.command(name="verify")
def verify_dossier(
    file: Annotated[Path, Parameter(help="The dossier, a ZIP.")],
    /,
    *,
    signed_by: Annotated[Path | None, Parameter(help="Public key (PEM) that must have signed it.")] = None,
    format: Format = "text",
) -> int:
    """Checks that every byte of a dossier is as it was made: files, manifest, signature, and claim.json's schema.

    For example:
      voldaan dossier verify demo/claims/2026-0107.zip
    """
    from receivables.dossier import verify

    key = readable(signed_by).read_bytes() if signed_by else None
    verdict = verify(readable(file).read_bytes(), signer=key)
    if format == "json":
        answer = {"file": str(file), "ok": verdict.ok, "files": verdict.files, "problems": verdict.problems}
        say(answer | {"signer": verdict.signer})
    else:
        signed = f" Signed with the key {verdict.signer}." if verdict.signer else " It is not signed."
        fine = f"{file}: all {verdict.files} files are there and unchanged.{signed}"
        say("\n".join(verdict.problems) or fine)
    return FINE if verdict.ok else NO


@dossier.command(name="key")
def show_key(*, root: Root = None, format: Format = "text") -> int:
    """The public key with which partners check dossiers, and its fingerprint to compare by telephone.

    For example:
      voldaan dossier key > our-key.pem
    """
    from flows.console import Unusable, complain
    from flows.workspace import open_workspace
    from receivables.signing import fingerprint, public_key

    secret = open_workspace(root).signing_key
    if secret is None:
        raise Unusable('voldaan.toml names no signing key: add [signing] key = { env = "VOLDAAN_SIGNING_KEY" }')
    public = public_key(secret)
    if format == "json":
        say({"public_key": public.decode(), "fingerprint": fingerprint(public)})
    else:
        say(public.decode().strip())
        complain(f"fingerprint {fingerprint(public)}")
    return FINE


@dossier.command(name="new-key")
def make_key() -> int:
    """Makes a private key for signing dossiers. It is a secret: keep it in a Prefect block or the environment.

    For example:
      export VOLDAAN_SIGNING_KEY="$(voldaan dossier new-key)"
    """
    from receivables.signing import new_key

    say(new_key().strip())
    return FINE
