"""The commands about the Peppol network."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from flows.console import FINE, NO, UNUSABLE, BusinessDay, Format, Root, say

STATUS = {"can_receive": FINE, "unknown": UNUSABLE}


def lookup(
    participant: Annotated[str, Parameter(help="The receiver: 0208:0123456749, BE 0123.456.749, KvK 12345678, …")],
    /,
    *,
    document_type: Annotated[
        str, Parameter(help="invoice, credit_note, or a whole identifier with its scheme.")
    ] = "invoice",
    process: Annotated[str | None, Parameter(help="A whole identifier; left out: that of billing.")] = None,
    on: BusinessDay = None,
    root: Root = None,
    format: Format = "text",
) -> int:
    """Asks the Peppol network whether a receiver can take a document: can_receive, not_this_document, not_registered.

    A fourth answer, unknown, means that nobody can say now. A Belgian number is asked under 0208, then under 9925.
    Exit status: 0 can receive; 1 it cannot; 2 unknown, or a number that cannot be read.

    For example:
      voldaan lookup "BE 0123.456.749"
      voldaan lookup 0106:12345678 --document-type credit_note --format json
    """
    import os
    from pathlib import Path

    from flows.lookup import as_text, look_up
    from flows.workspace import ROOT

    answer = look_up(Path(root or os.environ.get(ROOT, ".")).resolve(), participant, document_type, process, on)
    say(answer if format == "json" else as_text(answer))
    return STATUS.get(answer["reach"], NO)


def register(app: App) -> None:
    """Puts the commands about the network under `app`."""
    app.command(lookup)
