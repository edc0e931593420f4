"""Charts as SVG, drawn here: the same picture stands in the PDF and in the HTML. Pure; numbers in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

WIDTH, HEIGHT = 340, 236
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 12, 34
INK, QUIET, LINE, HOUSE, SOFT, WARM = "#1c2430", "#5d6673", "#e3e7ec", "#14524a", "#9cc3b8", "#c9622f"
FONT = "Source Sans Pro"
Value = Decimal | None
Written = Callable[[Decimal], str]  # how a level is written beside its line


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a name, a colour, a value per label; None leaves a gap."""

    name: str
    colour: str
    values: tuple[Value, ...]


def lines(labels: Sequence[str], series: Sequence[Series], written: Written) -> str:
    """A line per series over the labels; the last known value of each is written beside its end."""
    top = nice(max((v for s in series for v in s.values if v is not None), default=Decimal(1)))
    parts = [*grid(top, written), *under(labels)]
    for one in series:
        points = [(x_of(i, len(labels)), y_of(v, top)) for i, v in enumerate(one.values) if v is not None]
        if len(points) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{one.colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{one.colour}"/>' for x, y in points]
    return picture(parts, legend(series))


def bars(
    labels: Sequence[str],
    values: Sequence[Value],
    written: Written,
    *,
    unit: str = "",
    colours: Sequence[str] = (),
    mark: tuple[Decimal, str] | None = None,
    shown: Sequence[str] = (),
    top: Decimal | None = None,
) -> str:
    """A bar per label, `shown` written above it; `mark` draws a level across with its name."""
    highest = max([v for v in values if v is not None] + ([mark[0]] if mark else []), default=Decimal(1))
    top = top or nice(highest)
    parts = [*grid(top, written, unit), *under(labels)]
    wide, said = bar_width(len(labels)), []
    for i, value in enumerate(values):
        if value is None:
            continue
        x, y = x_of(i, len(labels)), y_of(value, top)
        colour = colours[i] if colours else HOUSE
        parts.append(bar(x, y, wide, colour))
        if shown and shown[i]:
            if mark is not None:  # the level across does not strike the figure through
                half = 2.3 * len(shown[i])
                said.append(
                    f'<rect x="{x - half:.1f}" y="{y - 10:.1f}" width="{2 * half:.1f}" height="9" fill="#ffffff"/>'
                )
            said.append(text(x, y - 3, shown[i], anchor="middle", size=8, fill=INK))
    if mark is not None:
        y = y_of(mark[0], top)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{WARM}" '
            'stroke-width="1.2" stroke-dasharray="4 3"/>'
        )
        parts += legend([Series(mark[1], WARM, ())])
    return picture(parts, said)


def parts_of(labels: Sequence[str], whole: Series, part: Series, written: Written) -> str:
    """A bar per label for the whole, with its part in another colour from the ground up."""
    top = nice(max((v for v in whole.values if v is not None), default=Decimal(1)))
    parts = [*grid(top, written), *under(labels)]
    wide = bar_width(len(labels))
    for series in (whole, part):
        for i, value in enumerate(series.values):
            if value is not None and value > 0:
                parts.append(bar(x_of(i, len(labels)), y_of(value, top), wide, series.colour))
    return picture(parts, legend((whole, part)))


def shares(rows: Sequence[tuple[str, Value, str]]) -> str:
    """A bar across per row, of one whole: name, share of one, and what is written at its end."""
    high = 30
    parts = []
    full = WIDTH - LEFT - RIGHT - 60.0
    for i, (name, share, said) in enumerate(rows):
        y = TOP + i * high
        wide = float(min(max(share or Decimal(0), Decimal(0)), Decimal(1))) * full
        parts.append(text(0, y + 7, name, size=9, fill=INK))
        parts.append(f'<rect x="0" y="{y + 11}" width="{full:.1f}" height="9" fill="{LINE}"/>')
        parts.append(f'<rect x="0" y="{y + 11}" width="{wide:.1f}" height="9" fill="{HOUSE}"/>')
        parts.append(text(full + 6, y + 19, said, size=9, fill=INK))
    return picture(parts, height=max(TOP + len(rows) * high, 40))


def bar(x: float, y: float, wide: float, colour: str) -> str:
    """Down to the ground from `y`, around `x`."""
    height = max(HEIGHT - BOTTOM - y, 0.0)
    return f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{height:.1f}" rx="1" fill="{colour}"/>'


def bar_width(count: int) -> float:
    return min(34.0, (WIDTH - LEFT - RIGHT) / max(count, 1) * 0.62)


def grid(top: Decimal, written: Written, unit: str = "") -> list[str]:
    parts = []
    for step in range(5):
        level = top * step / 4
        y = y_of(level, top)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}" stroke-width="1"/>'
        )
        parts.append(text(LEFT - 4, y + 3, f"{written(level)}{unit}", anchor="end", size=8))
    return parts


def under(labels: Sequence[str]) -> list[str]:
    return [
        text(x_of(i, len(labels)), HEIGHT - BOTTOM + 13, label, anchor="middle", size=8)
        for i, label in enumerate(labels)
    ]


def legend(series: Sequence[Series]) -> list[str]:
    parts, x = [], float(LEFT)
    for one in series:
        parts.append(f'<rect x="{x:.1f}" y="{HEIGHT - 8}" width="9" height="3" fill="{one.colour}"/>')
        parts.append(text(x + 12, HEIGHT - 4, one.name, size=8))
        x += 26 + 4.0 * len(one.name)
    return parts


def picture(parts: Sequence[str], more: Sequence[str] = (), height: float = HEIGHT) -> str:
    """The SVG as one text; it brings no script and loads nothing."""
    body = "".join([*parts, *more])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 6:.0f}">{body}</svg>'


def text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 8, fill: str = QUIET) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}, sans-serif" font-size="{size}" '
        f'text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'
    )


def x_of(index: int, count: int) -> float:
    return LEFT + (index + 0.5) * (WIDTH - LEFT - RIGHT) / max(count, 1)


def y_of(value: Decimal, top: Decimal) -> float:
    share = max(float(value / top), 0.0) if top else 0.0
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def nice(highest: Decimal) -> Decimal:
    """The next round number above: 1, 2, 4, 6 or 8 of its order of magnitude, so that quarters are readable."""
    if highest <= 0:
        return Decimal(1)
    order = Decimal(10) ** highest.adjusted()
    return next(step * order for step in map(Decimal, (1, 2, 4, 6, 8, 10)) if step * order >= highest)
