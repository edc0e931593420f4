"""The payment code as a picture inside a mail, shown by its content id: nothing has to be fetched to see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape

from ubl.payment_qr import NoPaymentQr, qr_png

WIDTH = 150  # CSS pixels: on a screen large enough for the camera of a telephone


@dataclass(frozen=True, slots=True)
class CodeImage:
    """A PNG and the id (RFC 2392) by which the HTML shows it; the same code has the same id."""

    id: str
    png: bytes


def code_image(payload: bytes | None) -> CodeImage | None:
    """The picture of `payload`; None where there is none or it fits no code."""
    if payload is None:
        return None
    try:
        png = qr_png(payload)
    except NoPaymentQr:
        return None
    return CodeImage(f"code.{hashlib.sha256(png).hexdigest()[:24]}@voldaan", png)


def code_tag(image: CodeImage, alt: str) -> str:
    """The picture in HTML; `alt` says in words what it pays."""
    look = "display:block;background:#ffffff"
    return (
        f'<img src="cid:{image.id}" width="{WIDTH}" height="{WIDTH}" alt="{escape(alt, quote=True)}" style="{look}">\n'
    )
