"""`python -m benchmarks`: measures on this machine, prints the tables, writes latest.json with the same figures.

With `--full` also what takes a minute: a bank statement of 20,000 entries against 100,000 open invoices.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import chain, follow_up, matching

LATEST = Path(__file__).parent / "latest.json"
STAGES = {
    "read": "read and check the row",
    "build": "make the invoice (EN 16931 model)",
    "write": "write the UBL, PDF enclosed",
    "validate": "validate: schema and all rules",
    "paper": "set the paper once",
    "whole": "all of it: UBL with PDF, PDF/A-3 with UBL, verdict",
}


def main() -> None:
    figures: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "chain": alone(chain.measure),
    }
    figures |= alone(follow_up.measure)
    if find_spec("benchmarks.validation"):
        figures |= alone(import_module("benchmarks.validation").measure)
    if "--full" in sys.argv[1:]:
        figures |= alone(matching.measure)
    LATEST.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console = Console()
    for table in tables(figures):
        console.print(table)
    console.print(f"The same figures are in benchmarks/{LATEST.name}.")


def alone(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Measured in a process of its own: none is slowed by the memory that another filled."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure).result()


def tables(figures: dict[str, Any]) -> list[Table]:
    measured = figures["chain"]
    stages = Table("one invoice", "ms", title=f"{measured['documents']} documents of {measured['kilobytes']} kB")
    for stage, words in STAGES.items():
        stages.add_row(words, f"{measured['ms'][stage]:.2f}")
    for command, ms in measured["start"].items():
        stages.add_row(f"{command}, from start to end", f"{ms:.0f}")
    made = [stages]
    if beside := measured["official"]:
        official = Table("verdict on the same documents", "ms", title=f"official over ours: {beside['ratio']}×")
        official.add_row("official EN 16931 XSLT in Saxon, compiled", f"{beside['official_ms']:.2f}")
        official.add_row("ours: schema, EN 16931, Peppol, national", f"{beside['ours_ms']:.2f}")
        made.append(official)
    if rows := figures.get("validation"):
        made.append(by_size(rows, figures["validation_note"]))
    if rows := figures.get("faulty"):
        made.append(by_size(rows, "", "a document of which every line is wrong"))
    if rows := figures.get("follow_up"):
        made.append(by_size(rows, grown(figures["follow_up_growth"]), "one day's decisions over all debtors"))
    if rows := figures.get("matching"):
        made.append(by_size(rows, grown(figures["matching_growth"]), "a bank statement matched and booked"))
    return made


def grown(growth: dict[str, Any]) -> str:
    return f"{growth['invoices']}× as many open invoices take {growth['seconds']}× the seconds"


def by_size(rows: list[dict[str, Any]], note: str, title: str = "validation by number of lines") -> Table:
    """One line for each size, a column for each figure."""
    columns = (column.replace("_", " ") for column in rows[0])
    table = Table(*columns, title=title, caption=note or None)
    for row in rows:
        table.add_row(*map(str, row.values()))
    return table


if __name__ == "__main__":
    main()
