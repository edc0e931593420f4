"""The thin shell around typst: sources and data in, a PDF out. The same input gives the same bytes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import typst

Standard = Literal["plain", "a-3b"]
STANDARDS: dict[Standard, list[typst.PDFStandard]] = {"plain": ["1.7", "ua-1"], "a-3b": ["a-3b", "ua-1"]}
compiling = threading.Lock()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a PDF/A-3."""

    filename: str
    mime: str
    content: bytes
    description: str


def typeset(
    main: str,
    data: Mapping[str, Any],
    *,
    dated: date,
    standard: Standard = "plain",
    images: Mapping[str, bytes] | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> bytes:
    """The PDF that the typst source `main` makes of `data`; `main` may import 'sheet.typ'.

    `dated` is the PDF's creation date. Every PDF is tagged for screen readers (PDF/UA-1); attachments need the standard
    'a-3b'. Raises ValueError where typst refuses.
    """
    if attachments and standard != "a-3b":
        raise ValueError("Only a PDF/A-3 carries attachments.")
    sources = {"main.typ": main.encode(), "sheet.typ": sheet(), "data.json": b""}
    listed = []
    for number, attachment in enumerate(attachments):
        source = f"attachment-{number}"
        sources[source] = as_text(attachment.content)
        listed.append(
            {"source": source, "name": attachment.filename, "mime": attachment.mime, "about": attachment.description}
        )
    for name, content in (images or {}).items():
        sources[name] = as_text(content)
    sources["data.json"] = json.dumps({**data, "attachments": listed}, ensure_ascii=False).encode()
    created = datetime.combine(dated, time(), UTC)
    with compiling:
        return compiled(sources, standard, created)


def compiled(sources: dict[str, bytes], standard: Standard, created: datetime) -> bytes:
    """One run of the compiler, which takes several files though its type stubs know of one."""
    given: Any = sources
    try:
        pdf = compiler().compile(given, format="pdf", pdf_standards=STANDARDS[standard], timestamp=created)
    except typst.TypstError as problem:
        raise ValueError(f"The paper cannot be set: {problem.message}.") from problem
    assert isinstance(pdf, bytes)
    return pdf


def as_text(content: bytes) -> bytes:
    """typst-py takes UTF-8 files only, so each byte travels as the character of that code.

    `binary` in sheet.typ turns them back.
    """
    return content.decode("latin-1").encode()


@cache
def sheet() -> bytes:
    return files("ubl.paper").joinpath("sheet.typ").read_bytes()


@cache
def compiler() -> typst.Compiler:
    """One compiler for the process, since loading the fonts costs more than setting a page."""
    package = find_spec("font_source_sans_pro")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("The package font-source-sans-pro is missing; install it to make paper.")
    folder = Path(package.submodule_search_locations[0]) / "files"
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
