"""The letter as HTML for mail: one column, tables and inline styles, readable on a telephone and without images."""

from __future__ import annotations

from html import escape

from receivables.letters.code_image import CodeImage, code_tag
from receivables.letters.model import LetterFacts
from receivables.letters.overview import Overview, Row, cash
from receivables.letters.texts import words
from ubl.paper.payment_view import printed_reference
from ubl.paper.words import in_fours, labels

INK, QUIET, HAIRLINE, WASH = "#1c2430", "#5d6673", "#d5dae1", "#f3f6f5"
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
FIGURES = "white-space:nowrap;font-variant-numeric:tabular-nums"
SMALL = f"font-size:13px;color:{QUIET}"
TABLE = 'cellpadding="0" cellspacing="0" border="0"'
PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"></head>
<body style="margin:0;padding:0;background:#ffffff;color:{ink};{font};font-size:15px;line-height:1.55">
<div style="max-width:640px;margin:0 auto;padding:24px 16px">
{body}</div>
</body>
</html>
"""


def html_mail(
    facts: LetterFacts,
    account: Overview,
    before: tuple[str, ...],
    after: tuple[str, ...],
    closing: tuple[str, ...],
    code: CodeImage | None = None,
) -> str:
    """The same letter as the plain text, with the payment code beside what it pays."""
    say = words(facts.language, facts.country)
    body = [
        *map(paragraph, before),
        invoice_table(account),
        two_columns(account.sums, total=True),
        derivation(say["derivation"], account.derivation),
        heading(say["plan"]) + two_columns(account.plan) if account.plan else "",
        payment_box(account.payment, say["code"], code, code_in_words(facts)),
        *map(paragraph, after),
        paragraph("\n".join(closing)) if closing else "",
    ]
    return page(facts.language, "".join(body))


def page(language: str, body: str) -> str:
    return PAGE.format(language=language, ink=INK, font=FONT, body=body)


def code_in_words(facts: LetterFacts) -> str:
    """What the payment code pays, for whoever does not see it."""
    iban, reference = in_fours(facts.seller.iban or ""), printed_reference(facts.reference)
    said: str = labels(facts.language)["qr_alt"]
    return said.format(amount=cash(facts, facts.demanded), iban=iban, reference=reference)


def paragraph(text: str) -> str:
    return f'<p style="margin:0 0 16px">{"<br>".join(map(escape, text.splitlines()))}</p>\n'


def heading(text: str) -> str:
    return f'<p style="margin:0 0 4px;font-size:13px;font-weight:600">{escape(text)}</p>\n'


def invoice_table(account: Overview) -> str:
    if not account.rows:
        return ""
    look = f"padding:6px 0;border-bottom:2px solid {INK};font-size:12px;color:{QUIET};font-weight:600"
    heads = "".join(
        f'<th scope="col" style="{look};{side(n, account)}">{escape(head)}</th>' for n, head in enumerate(account.heads)
    )
    rows = "".join(invoice_row(row, account) for row in account.rows)
    style = "border-collapse:collapse;margin:8px 0 16px"
    return f'<table width="100%" {TABLE} style="{style}">\n<tr>{heads}</tr>\n{rows}</table>\n'


def invoice_row(row: Row, account: Overview) -> str:
    line = f"border-bottom:1px solid {HAIRLINE}"
    look = "padding-top:8px" if row.details else f"padding:8px 0;{line}"
    cells = "".join(
        f'<td style="{look};{side(n, account)};{FIGURES if n else "font-weight:600"}">{escape(cell)}</td>'
        for n, cell in enumerate(row.cells)
    )
    if not row.details:
        return f"<tr>{cells}</tr>\n"
    details = "<br>".join(map(escape, row.details))
    small = f'<td colspan="{len(account.heads)}" style="padding:0 0 8px;{line};{SMALL}">{details}</td>'
    return f"<tr>{cells}</tr>\n<tr>{small}</tr>\n"


def side(column: int, account: Overview) -> str:
    aligned = "text-align:right" if column >= account.amounts_from else "text-align:left"
    return f"{aligned};padding-left:12px" if column else aligned


def two_columns(rows: tuple[tuple[str, str], ...], *, total: bool = False) -> str:
    """Labels left, amounts right; the last row stands out where it is the total."""
    if not rows:
        return ""
    lines = []
    for n, (name, amount) in enumerate(rows, start=1):
        look = f"border-top:2px solid {INK};font-weight:700;" if total and n == len(rows) else ""
        lines.append(
            f'<tr><td style="{look}padding:4px 0">{escape(name)}</td>'
            f'<td style="{look}padding:4px 0 4px 12px;text-align:right;{FIGURES}">{escape(amount)}</td></tr>\n'
        )
    style = "border-collapse:collapse;margin:0 0 20px"
    return f'<table role="presentation" width="100%" {TABLE} style="{style}">\n{"".join(lines)}</table>\n'


def derivation(head: str, lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    items = "".join(f'<li style="margin:0 0 4px">{escape(line)}</li>\n' for line in lines)
    return f'{heading(head)}<ul style="margin:0 0 20px;padding-left:18px;{SMALL}">\n{items}</ul>\n'


def payment_box(
    payment: tuple[tuple[str, str], ...], hint: str = "", code: CodeImage | None = None, alt: str = ""
) -> str:
    """What to pay, to whom and under which reference, and below it the code that says the same."""
    if not payment:
        return ""
    rows = "".join(
        f'<tr><td style="padding:3px 16px 3px 0;vertical-align:top;{SMALL}">{escape(name)}</td>'
        f'<td style="padding:3px 0;font-weight:600">{escape(value)}</td></tr>\n'
        for name, value in payment
    )
    shown = "" if code is None else f'<p style="margin:12px 0 8px;{SMALL}">{escape(hint)}</p>\n{code_tag(code, alt)}'
    return (
        f'<div style="background:{WASH};border-radius:8px;padding:16px 20px;margin:0 0 20px">\n'
        f'<table role="presentation" {TABLE} style="border-collapse:collapse">\n{rows}</table>\n{shown}</div>\n'
    )
