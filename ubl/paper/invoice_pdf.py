"""An invoice as PDF."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ubl.invoice import Invoice
from ubl.paper.invoice_view import invoice_view
from ubl.paper.look import Look, logo_format
from ubl.paper.payment_view import payment_code
from ubl.paper.typesetting import Attachment, Standard, typeset
from ubl.payment_qr import qr_svg

HOUSE = Look()


def invoice_pdf(
    invoice: Invoice,
    *,
    language: str,
    look: Look = HOUSE,
    standard: Standard = "plain",
    attachments: tuple[tuple[str, str, bytes, str], ...] = (),
) -> bytes:
    """The paper of `invoice` in `language` (nl, fr, de, en), dated on its issue date.

    The same input gives the same bytes. 'plain' is the rendition that goes inside the UBL (BG-24); 'a-3b' is the
    PDF/A-3 for e-mail, which carries `attachments` (file name, MIME type, bytes, description), the UBL first. Raises
    NoSuchLanguage, and ValueError for attachments to a plain PDF or a logo that cannot be drawn.
    """
    view = invoice_view(invoice, language)
    images: dict[str, bytes] = {}
    code = payment_code(invoice)
    if view["panel"]["qr"] and code is not None:
        images["qr.svg"] = qr_svg(code)
    if look.logo is not None:
        images["logo"] = look.logo
    view |= {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "logo": logo_format(look.logo) if look.logo is not None else None,
    }
    return typeset(
        template(),
        view,
        dated=invoice.issued,
        standard=standard,
        images=images,
        attachments=tuple(Attachment(*attachment) for attachment in attachments),
    )


@cache
def template() -> str:
    return files("ubl.paper").joinpath("invoice.typ").read_text(encoding="utf-8")
