"""How a seller's paper looks: logo and colour."""

from __future__ import annotations

import re
from dataclasses import dataclass

INK = "#1c2430"
MOST_LOGO_BYTES = 500_000
READABLE = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`logo` is an SVG, PNG or JPEG of at most 500 kB, `colour` the house colour as '#rrggbb'.

    Raises ValueError where they are not.
    """

    logo: bytes | None = None
    colour: str = "#14524a"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise ValueError(
                f"The house colour '{self.colour}' is no colour; write it as '#rrggbb', for instance '#14524a'."
            )
        if self.logo is not None:
            if len(self.logo) > MOST_LOGO_BYTES:
                raise ValueError(f"The logo has {len(self.logo)} bytes; at most {MOST_LOGO_BYTES} fit on paper.")
            logo_format(self.logo)

    @property
    def text_colour(self) -> str:
        """The house colour where text in it is readable on white (WCAG 2.2, contrast 4.5), else nearly black."""
        return self.colour if contrast_on_white(self.colour) >= READABLE else INK


def logo_format(logo: bytes) -> str:
    """'png', 'jpg' or 'svg', told by the first bytes; raises ValueError."""
    if logo.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if logo.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if b"<svg" in logo[:2000]:
        return "svg"
    raise ValueError("The logo is neither SVG, PNG nor JPEG.")


def contrast_on_white(colour: str) -> float:
    """WCAG contrast ratio of '#rrggbb' with white, 1 to 21."""
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
