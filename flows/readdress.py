"""A document that has not left the house, written anew for the address under which its buyer can receive."""

from __future__ import annotations

from dataclasses import replace

from flows.dress import brand_look
from flows.envelope import Altered
from flows.issue import Issued, file_name, verdict
from flows.workspace import Workspace
from receivables.ledger import claim_data
from receivables.ledger.database import reading
from receivables.ledger.outbox import Dispatch
from ubl.invoice import Identifier, Invoice
from ubl.paper import invoice_pdf
from ubl.read import read
from ubl.write import write


def readdressed(workspace: Workspace, one: Dispatch, invoice: Invoice, address: str) -> Issued:
    """`invoice` with `address` ('scheme:value') as BT-49 and nothing else changed, and its paper with that UBL inside.

    Raises Altered where anything else would change with it.
    """
    scheme, _, value = address.partition(":")
    meant = replace(invoice, buyer=replace(invoice.buyer, endpoint=Identifier(value, scheme)))
    ubl = write(meant)
    report = verdict(meant, ubl)
    if read(ubl) != meant or not report.valid:
        raise Altered(f"the receiver is found under {address} alone, and the document cannot be written for it")
    with reading(workspace.engine) as connection:
        seller = claim_data.seller(connection, one.seller)
    paper = invoice_pdf(
        meant,
        language=one.details["language"],
        look=workspace.look(one.seller, brand_look(seller.details)),
        standard="a-3b",
        attachments=((f"{file_name(meant.number)}.xml", "application/xml", ubl, "UBL"),),
    )
    return Issued(meant, ubl, paper, report)
