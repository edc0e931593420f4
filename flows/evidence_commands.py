"""The command that shows and takes out what proves an invoice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from flows.console import FINE, Format, Root, say


def evidence(
    invoice: Annotated[str, Parameter(help="Number of the invoice.")],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="New folder, or file that ends in .zip, for all of it.")] = None,
    seller: Annotated[str | None, Parameter(help="ref of the seller, where two use the same number.")] = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Lists all that proves what was sent for an invoice, and says of each item what it proves.

    The exact bytes, our own check, what the network said of the receiver, our calls without secrets, every answer of
    the partner, its receipt, and the document as it sent it. What --out takes out checks with sha256sum -c SHA256SUMS.

    For example:
      voldaan evidence 2026-0107
      voldaan evidence 2026-0107 --root demo --out 2026-0107.zip
    """
    from flows.evidence import as_dicts, evidence_of, lines, take_out
    from flows.workspace import open_workspace

    workspace = open_workspace(root)
    bundle = evidence_of(workspace, invoice, seller)
    if format == "json":
        for one in as_dicts(bundle):
            say(one)
    else:
        say("\n".join(lines(bundle)))
    if out is not None:
        written = take_out(workspace, bundle, out)
        if format == "text":
            say(f"\n{written} files in {out}; check them with sha256sum -c SHA256SUMS")
    return FINE
