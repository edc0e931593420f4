"""The thin shell around typst: sources and data in, a PDF out. The same input gives the same bytes."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
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
CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), 8203, 65279))
MARKS = ("Mn", "Mc", "Me", "Sk", "Cf")
UNSHOWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


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
    created = datetime.combine(dated, time(), UTC)
    view = {**data, "attachments": listed}
    with compiling:
        return displayed(sources, view, standard, created)


def displayed(sources: dict[str, bytes], view: dict[str, Any], standard: Standard, created: datetime) -> bytes:
    """The PDF of `view`, in which what the fonts cannot show is written '?': an archive may hold no empty glyph.

    typst names one such character at a time; all of its script are then replaced, so that few runs are needed.
    """
    shown: dict[int, str | None] = dict(CONTROLS)
    while True:
        text = json.dumps(translated(view, shown), ensure_ascii=False)
        try:
            return compiled({**sources, "data.json": text.encode()}, standard, created)
        except ValueError as problem:
            new = {ord(c): "?" for c in unshown(str(problem), text) if ord(c) not in shown}
            if not new:
                raise
            shown |= new


def translated(value: Any, table: Mapping[int, str | None]) -> Any:
    """`value` with every string in it translated."""
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, Mapping):
        return {key: translated(part, table) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [translated(part, table) for part in value]
    return value


def unshown(problem: str, text: str) -> set[str]:
    """The characters of `text` in the script of the one that typst could not show; empty for another problem."""
    found = UNSHOWN.search(problem)
    if found is None:
        return set()
    named = ESCAPED.sub(lambda match: chr(int(match[1], 16)), found[1])
    scripts = {script_of(c) for c in named if not c.isascii()}
    if not scripts:  # a mark on a plain character, or a skin's tone: typst names the character that bears it
        return {c for c in text if not c.isascii() and unicodedata.category(c) in MARKS}
    return {c for c in text if not c.isascii() and script_of(c) in scripts}


def script_of(character: str) -> str:
    """The first word of the character's name in Unicode, such as 'BENGALI'; the character itself where it has none."""
    return unicodedata.name(character, character).split()[0]


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
