"""What an access point says that it sent, beside what we gave it: the same document, or what differs first.

Storecove reads our UBL and writes one of its own; no provider promises in writing that bytes stay as they were.
"""

from __future__ import annotations

from itertools import zip_longest
from urllib.parse import urlsplit

from lxml import etree

from ubl.safe_xml import UnreadableXml, parse

AS_SENT = "peppol_as_sent"  # the kind of a proof that is the document as the partner says it sent it
SHOWN = 60


def file_allowed(url: str, api: str, hosts: tuple[str, ...]) -> bool:
    """May an address that a partner gives for a file be asked? Only the API's own origin, or one of `hosts` by https.

    `hosts` are ends of host names. Where partners keep their files is not documented: another host is not asked.
    """
    try:
        parts, own = urlsplit(url), urlsplit(api)
        if (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port):
            return True
        return parts.scheme == "https" and parts.port in (None, 443) and (parts.hostname or "").endswith(hosts)
    except ValueError:
        return False


def difference(ours: bytes, theirs: bytes) -> str | None:
    """None for the same document: prefixes, quotes, comments, an envelope and white space between elements aside.

    Else one sentence with the path of the first difference and both values.
    """
    if ours == theirs:
        return None
    try:
        own, other = parse(ours), parse(theirs)
    except UnreadableXml as problem:
        return f"what came back cannot be read as XML: {problem}"
    return _first(own, other, f"/{_name(own)}")


def _first(own: etree._Element, other: etree._Element, path: str) -> str | None:
    if own.tag != other.tag:
        return f"{path}: ours is {_name(own)}, theirs is {_name(other)}"
    for name in sorted({*own.attrib, *other.attrib}, key=str):
        if own.get(name) != other.get(name):
            return f"{path}/@{etree.QName(name).localname}: {_both(own.get(name), other.get(name))}"
    if _text(own) != _text(other):
        return f"{path}: {_both(_text(own), _text(other))}"
    counts: dict[str, int] = {}
    for mine, their in zip_longest(own, other):
        if mine is None or their is None:
            only, whose = (their, "theirs") if mine is None else (mine, "ours")
            return f"{path}: {_name(only)} stands only in {whose}"
        counts[mine.tag] = counts.get(mine.tag, 0) + 1
        if found := _first(mine, their, f"{path}/{_name(mine)}[{counts[mine.tag]}]"):
            return found
    return None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text(element: etree._Element) -> str:
    """Its text; around the children of an element white space says nothing."""
    text = element.text or ""
    return text.strip() if len(element) else text


def _both(ours: str | None, theirs: str | None) -> str:
    return f"ours is {_shown(ours)}, theirs is {_shown(theirs)}"


def _shown(value: str | None) -> str:
    if value is None:
        return "absent"
    return f"'{value[:SHOWN]}…'" if len(value) > SHOWN else f"'{value}'"
