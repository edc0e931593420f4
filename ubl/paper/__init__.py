"""Paper: an invoice as a PDF that a person likes to read, by typst.

Words stand in labels.toml, layout in the .typ files.
"""

from ubl.paper.invoice_pdf import invoice_pdf as invoice_pdf
from ubl.paper.look import Look as Look
