"""Our key in the form in which some access points take one."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

_DISPATCHES = uuid5(NAMESPACE_URL, "urn:voldaan:dispatch")


def guid_of(key: str) -> str:
    """The UUID (version 5) of a dispatch's key: the same key, the same 36 characters.

    >>> guid_of("kade/invoice/2026-001/1")
    '3a343116-d602-53e1-822c-66f2d4390f24'
    """
    return str(uuid5(_DISPATCHES, key))
