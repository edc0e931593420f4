"""Reads XML that came from outside, trusting nothing in it.

What goes in: bytes. What comes out: the lxml root element of one document, without comments or processing
instructions, or `UnreadableXml` with one sentence. No DOCTYPE, so no entities; no network; a cap on size, judged before
anything is read, and on depth: libxml2 stops by itself at 256 levels, and a document too long for its ordinary limits
is first streamed without building a tree. A Peppol envelope (StandardBusinessDocument) is opened.
"""

from __future__ import annotations

import re
from typing import Any, cast
from xml.parsers import expat

from lxml import etree

MAX_BYTES = 100 * 1024 * 1024
MAX_DEPTH = 256
SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"

_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_KNOWN_ENCODINGS = re.compile(r"utf-?8|utf-16(le|be)?|(us-)?ascii|iso-8859-\d{1,2}|(windows-|cp)125\d", re.IGNORECASE)
_ORDINARY_LENGTH = 9_000_000
_DOCTYPE = "The file has a DOCTYPE; remove it: an invoice needs none, and entities are not read."


class UnreadableXml(ValueError):
    """The bytes are not an XML document that can be judged; the message is one sentence for the sender."""


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The root element of the document in `data`, taken out of its SBDH envelope if it came in one.

    Raises UnreadableXml for: nothing at all, more than `max_bytes`, a DOCTYPE, nesting deeper than `max_depth`, an
    encoding other than UTF-8, UTF-16 and the Western 8-bit ones, or text that is not well-formed.
    """
    if len(data) > max_bytes:
        raise too_large(len(data), max_bytes)
    if not data or data.isspace():
        raise UnreadableXml("The file is empty; an XML invoice was expected.")
    _refuse_unknown_encoding(data)
    huge = len(data) > _ORDINARY_LENGTH
    if huge or max_depth < MAX_DEPTH or b"\0" in data[:4] or b"<!DOCTYPE" in data:
        _look_before_building(data, max_depth)
    try:
        root = etree.fromstring(data, _parser(huge))
    except etree.XMLSyntaxError as error:
        if "xcessive depth" in str(error.msg):
            raise UnreadableXml(_too_deep(max_depth)) from None
        raise UnreadableXml(f"The file is not well-formed XML: {_first_sentence(error)}.") from None
    if cast(Any, root.getroottree().docinfo).doctype:
        raise UnreadableXml(_DOCTYPE)
    return _content(root)


def too_large(size: int, limit: int) -> UnreadableXml:
    """The refusal of a file of `size` bytes."""
    return UnreadableXml(
        f"The file has {size:,} bytes; more than {limit:,} is not read. Send large attachments as a link."
    )


def _parser(huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
    )


def _refuse_unknown_encoding(data: bytes) -> None:
    declared = _DECLARED_ENCODING.match(data[:200])
    if declared is None:
        return
    name = declared.group(1).decode("ascii", "replace")
    if not _KNOWN_ENCODINGS.fullmatch(name):
        raise UnreadableXml(f'The file declares the encoding "{name}"; write it as UTF-8 and declare encoding="UTF-8".')


def _look_before_building(data: bytes, max_depth: int) -> None:
    """Streams the document once, building nothing, and stops at a DOCTYPE or at too deep nesting."""
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > max_depth:
            raise UnreadableXml(_too_deep(max_depth))

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise UnreadableXml(_DOCTYPE)

    reader = expat.ParserCreate()
    reader.StartElementHandler = opened
    reader.EndElementHandler = closed
    reader.StartDoctypeDeclHandler = doctype
    try:
        reader.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableXml(f"The file is not well-formed XML: {error}.") from None


def _content(root: Any) -> Any:
    if root.tag != f"{{{SBDH}}}StandardBusinessDocument":
        return root
    inside = [child for child in root if child.tag != f"{{{SBDH}}}StandardBusinessDocumentHeader"]
    if len(inside) != 1:
        raise UnreadableXml(
            f"The envelope (StandardBusinessDocument) holds {len(inside)} documents; it must hold exactly one."
        )
    return cast(Any, etree.fromstring(etree.tostring(inside[0], with_tail=False), _parser(huge=True)))


def _too_deep(max_depth: int) -> str:
    return f"The elements are nested more than {max_depth} deep; an invoice never is."


def _first_sentence(error: etree.XMLSyntaxError) -> str:
    return str(error.msg or "unreadable").split("\n", 1)[0].rstrip(".")
