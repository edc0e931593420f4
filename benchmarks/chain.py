"""From a row of the ERP's export to its documents: what each stage costs, and the official rules beside ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, TypeVar

from connectors.erp.export import Ready, read_export
from connectors.erp.mapping import build, sells_goods
from flows.dress import dress_for
from flows.issue import Dress, Issued, issue
from ubl.invoice import Invoice
from ubl.paper import invoice_pdf
from ubl.payment_qr import drawn
from ubl.validation import validate
from ubl.write import write

EXPORT = Path(__file__).resolve().parents[1] / "examples" / "erp-export.json"
ROUNDS = 5
Item = TypeVar("Item")


def measure() -> dict[str, Any]:
    """Milliseconds per document of the example export: the median over the documents of each one's best round."""
    rows = read_export(EXPORT.read_bytes(), EXPORT.name).ready
    made = [
        (row, invoice, dress_for(row.seller, row.customer))
        for row in rows
        if isinstance(invoice := build(row), Invoice)
    ]
    issued = [one for row, invoice, dress in made if (one := issued_of(row, invoice, dress)).report.valid]
    documents = [one.ubl for one in issued]
    stages = {
        "read": each([EXPORT.read_bytes()], lambda data: read_export(data, EXPORT.name)) / len(rows),
        "build": each(rows, build),
        "write": each(issued, lambda one: write(with_rendition_of(one))),
        "validate": each(documents, validate),
        "paper": each(made, lambda one: invoice_pdf(one[1], language=one[2].language, look=one[2].look)),
        "whole": each(made, lambda one: issued_of(*one)),
    }
    return {
        "documents": len(documents),
        "kilobytes": round(median(len(document) for document in documents) / 1000, 1),
        "ms": {stage: round(ms, 3) for stage, ms in stages.items()},
        "official": beside_the_official_rules(documents),
        "start": start_up(documents[0]),
    }


def issued_of(row: Ready, invoice: Invoice, dress: Dress) -> Issued:
    return issue(invoice, dress, goods=sells_goods(row.document))


def with_rendition_of(one: Issued) -> Invoice:
    """The invoice as it is written: with its PDF inside."""
    from ubl.read import read

    return replace(one.invoice, documents=read(one.ubl).documents)


def each(items: Sequence[Item], work: Callable[[Item], object]) -> float:
    """Milliseconds that `work` takes: the median over the items of each one's best round, after one to warm up."""
    best = []
    for item in items:
        work(item)
        best.append(min(seconds(work, item) for _ in range(ROUNDS)))
    return median(best) * 1000


def seconds(work: Callable[[Item], object], item: Item) -> float:
    drawn.cache_clear()  # no round profits from the payment code that an earlier one drew
    start = perf_counter()
    work(item)
    return perf_counter() - start


def beside_the_official_rules(documents: Sequence[bytes]) -> dict[str, Any] | None:
    """The official EN 16931 XSLT in Saxon, compiled beforehand, on the same bytes in the same run; None without Saxon.

    It judges EN 16931 only. Ours is the schema, EN 16931, Peppol and the national rules together.
    """
    if find_spec("saxonche") is None:
        return None
    from ubl.official import european_stylesheet, run_stylesheet

    rules = european_stylesheet()

    def judge(document: bytes) -> None:
        report = run_stylesheet(rules, document.decode())
        if b"fired-rule" not in report or b"failed-assert" in report:
            raise RuntimeError("The official rules found something in a document of ours, or did not run.")

    official, ours = each(documents, judge), each(documents, validate)
    return {"official_ms": round(official, 3), "ours_ms": round(ours, 3), "ratio": round(official / ours, 1)}


def start_up(document: bytes) -> dict[str, float]:
    """Milliseconds from calling a command to its end, in a process of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "invoice.xml"
        path.write_bytes(document)
        return {
            "voldaan --help": round(process_ms("--help"), 1),
            "voldaan validate": round(process_ms("validate", str(path)), 1),
        }


def process_ms(*command: str) -> float:
    program = [sys.executable, "-c", "from flows.cli import main; main()", *command]
    return each([program], lambda run: subprocess.run(run, check=True, capture_output=True))
