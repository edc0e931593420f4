"""The report as a PDF of two pages and as one HTML file, from the same words and pictures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from receivables.report.view import ReportFacts, view
from ubl.paper.typesetting import typeset


def report_pdf(facts: ReportFacts) -> bytes:
    """Two pages, tagged for screen readers, dated on the last day of the month; the same input gives the same bytes."""
    shown = view(facts)
    images = {f"{one['name']}.svg": one["svg"].encode() for one in shown["charts"]}
    words = shown | {"charts": [{key: one[key] for key in ("name", "title", "alt")} for one in shown["charts"]]}
    return typeset(template(), words, dated=facts.this.month.last, images=images)


def report_html(facts: ReportFacts) -> str:
    """One file that loads nothing from elsewhere."""
    shown = view(facts)
    tiles = "".join(
        f"<li><b>{escape(t['name'])}</b><strong>{escape(t['value'])}</strong>{escape(t['about'])}"
        f"<small>{escape(t['before'])}</small></li>"
        for t in shown["tiles"]
    )
    pictures = "".join(
        f"<figure><figcaption>{escape(c['title'])}</figcaption>"
        f'<div role="img" aria-label="{escape(c["alt"])}">{c["svg"]}</div></figure>'
        for c in shown["charts"]
    )
    apart = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(amount)}</dd></div>" for name, amount in shown["apart"])
    words = "".join(f"<p><b>{escape(name)}</b>: {escape(what)}</p>" for name, what in shown["definitions"])
    notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in shown["notes"])
    title = f"{shown['title']} {shown['month']}"
    language = shown["language"]
    heads = {name: escape(words) for name, words in shown["heads"].items()}
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style()}</style></head><body><header>"
        f"<h1>{escape(shown['title'])} <em>{escape(shown['month'])}</em></h1>"
        f"<p><b>{escape(shown['seller'])}</b><br>{escape(shown['as_of'])}</p></header>"
        f'<ul class="tiles">{tiles}</ul><section class="charts">{pictures}</section>'
        f"<h2>{heads['apart']}</h2><dl>{apart}</dl><h2>{heads['months']}</h2>{table(shown['table'])}"
        f"<h2>{heads['debtors']}</h2>{debtors(shown['columns'], shown['debtors'])}"
        f'<h2>{heads["definitions"]}</h2><section class="words">{words}{notes}</section></body></html>\n'
    )


def table(shown: dict[str, Any]) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in shown["heads"])
    rows = "".join(f'<tr><th scope="row">{escape(row["name"])}</th>{cells(row["cells"])}</tr>' for row in shown["rows"])
    return f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def debtors(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in columns)
    body = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    return f'<table class="debtors"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def cells(values: Iterable[str]) -> str:
    return "".join(f"<td>{escape(value)}</td>" for value in values)


@cache
def template() -> str:
    return files("receivables.report").joinpath("report.typ").read_text(encoding="utf-8")


@cache
def style() -> str:
    return files("receivables.report").joinpath("report.css").read_text(encoding="utf-8")


def file_stem(last: date) -> str:
    return f"report-{last:%Y-%m}"
