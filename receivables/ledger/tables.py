"""The ledger's tables. Amounts are integer minor units beside a currency; days are ISO dates; `at` is UTC.

Rows that hold personal data (debtors, texts of entries) can be erased: the journal holds ids, facts and hashes only.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from receivables.ledger import insurance_tables as insurance_tables  # known to the migrations by this
from receivables.ledger import mail_tables as mail_tables  # known to the migrations by this
from receivables.ledger.columns import Moment, key, ref
from receivables.ledger.columns import metadata as metadata
from receivables.ledger.ending_tables import debtor_blocks as debtor_blocks
from receivables.ledger.ending_tables import insolvencies as insolvencies
from receivables.ledger.handover_tables import approval_votes as approval_votes
from receivables.ledger.handover_tables import approvals as approvals
from receivables.ledger.handover_tables import handover_items as handover_items
from receivables.ledger.handover_tables import handovers as handovers
from receivables.ledger.handover_tables import remittances as remittances
from receivables.ledger.inbound_tables import answers as answers
from receivables.ledger.inbound_tables import hints as hints

sellers = Table(
    "sellers",
    metadata,
    key(),
    Column("ref", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("country", String(2), nullable=False),
    Column("law", String(2), nullable=False),  # governing law of the terms
    Column("details", JSON, nullable=False),  # the ERP's record
)

debtors = Table(
    "debtors",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    Column("ref", String(60), nullable=False),  # the customer's number in the ERP
    Column("name", Text),
    Column("kind", String(10), nullable=False),  # business, consumer, public
    Column("country", String(2), nullable=False),
    Column("language", String(2), nullable=False),
    Column("email", Text),
    Column("endpoint", Text),  # Peppol participant as 'scheme:id'
    Column("preference", String(20), nullable=False),  # peppol, peppol_else_email, email
    Column("details", JSON, nullable=False),  # the ERP's record: address, identifiers, terms accepted
    Column("customer_since", Date),
    Column("ladder", String(40)),  # override of the segment's ladder
    UniqueConstraint("seller", "ref"),
)

invoices = Table(
    "invoices",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    Column("number", String(60), nullable=False),  # BT-1
    Column("kind", String(12), nullable=False),  # invoice, credit_note
    ref("debtors"),
    Column("currency", String(3), nullable=False),
    Column("payable", BigInteger, nullable=False),  # BT-115, minor units
    Column("issued", Date, nullable=False),  # BT-2
    Column("printed_due", Date, nullable=False),  # BT-9, never rewritten
    Column("lawful_due", Date, nullable=False),
    Column("insurer_due", Date, nullable=False),
    Column("received", Date),  # proven receipt by the buyer's side
    Column("reference", String(40)),  # BT-83, compact
    Column("preceding", JSON, nullable=False),  # numbers of BG-3
    Column("goods", Boolean, nullable=False),
    Column("goods_lines", JSON),  # BT-126 of the lines that are goods; null: not known, so all
    Column("content_hash", String(64), nullable=False),  # of the ERP's row
    Column("ubl", String(64), nullable=False),  # blob
    Column("paper", String(64), nullable=False),  # blob: PDF/A-3
    Column("flags", JSON, nullable=False),  # sentences for the operator: term beyond the maximum, not protected, …
    Column("taken_in", Date, nullable=False),
    UniqueConstraint("seller", "number"),
    Index("ix_invoices_reference", "seller", "reference"),
)

refusals = Table(
    "refusals",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    Column("number", String(60), nullable=False),
    Column("debtor", String(60), nullable=False),
    Column("file", String(64), nullable=False),  # blob of the export
    Column("row", Integer, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("on", Date, nullable=False),
    UniqueConstraint("seller", "number", "content_hash"),
)

claim_items = Table(
    "claim_items",
    metadata,
    key(),
    ref("invoices"),
    Column("kind", String(12), nullable=False),  # principal, interest, lump_sum, costs
    Column("amount", BigInteger, nullable=False),
    Column("waived", BigInteger, nullable=False, default=0),
    Column("waived_by", Text),
    Column("waived_why", Text),
    UniqueConstraint("invoice_id", "kind"),
)

statements = Table(
    "statements",
    metadata,
    key(),
    Column("account", String(34), nullable=False),
    Column("identification", String(60), nullable=False),
    Column("sequence", Integer),
    Column("from_date", Date),
    Column("to_date", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opening", BigInteger),
    Column("closing", BigInteger),
    Column("file", String(64), nullable=False),  # blob
    Column("format", String(12)),  # camt.053, coda, mt940, csv: each numbers in its own way
    UniqueConstraint("account", "identification"),
)

entries = Table(
    "entries",
    metadata,
    key(),
    ref("statements"),
    ref("debtors", nullable=True),  # whose money it is, once known
    Column("account", String(34), nullable=False),
    Column("key", String(80), nullable=False),
    Column("booked", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),  # negative for money out
    Column("currency", String(3), nullable=False),
    Column("counterparty", Text),
    Column("counterparty_iban", String(34)),
    Column("reference", String(40)),
    Column("text", Text),
    Column("end_to_end", String(60)),
    Column("return_reason", Text),
    Column("mandate", String(35)),
    Column("charges", BigInteger),  # what banks kept of it on the way
    Column("state", String(12), nullable=False),  # matched, proposed, unmatched, ignored
    Column("match", JSON, nullable=False),  # reason, confidence, what is proposed
    UniqueConstraint("account", "key"),
)

allocations = Table(
    "allocations",
    metadata,
    key(),
    ref("claim_items"),
    Column("source", String(12), nullable=False),  # payment, credit, collected, write_off
    Column("source_id", Integer, nullable=False),  # entries.id, invoices.id of the credit note, handovers.id
    Column("amount", BigInteger, nullable=False),  # negative reverses
    Column("on", Date, nullable=False),
    Column("reverses", ForeignKey("allocations.id"), unique=True),  # undone once, never twice
    Index("ix_allocations_source", "source", "source_id"),
)

cash_discounts = Table(
    "cash_discounts",
    metadata,
    key(),
    ref("invoices"),
    Column("amount", BigInteger, nullable=False),
    Column("until", Date, nullable=False),  # last day on which the discount may be taken
    UniqueConstraint("invoice_id"),
)

mandates = Table(
    "mandates",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    ref("debtors"),
    Column("reference", String(35), nullable=False),
    Column("creditor_id", String(35), nullable=False),
    Column("iban", String(34)),
    Column("signed", Date),
    Column("scheme", String(4), nullable=False),  # core, b2b
    Column("once", Boolean, nullable=False),  # for one collection only
    Column("notice_days", Integer, nullable=False),  # between pre-notification and collection
    Column("last", Date),  # the mandate ends with the collection on or after this day
    Column("ended", Date),
    Column("why_ended", Text),
    UniqueConstraint("seller", "reference"),
)

collections = Table(
    "collections",
    metadata,
    key(),
    Column("file", String(64), nullable=False),  # blob: the pain.008 message
    Column("message", String(35), nullable=False),
    Column("batch", String(35), nullable=False),  # the payment information that it stands in
    ref("mandates"),
    ref("invoices"),
    Column("end_to_end", String(35), nullable=False, unique=True),
    Column("amount", BigInteger, nullable=False),
    Column("sequence", String(4), nullable=False),  # FRST, RCUR, OOFF, FNAL
    Column("collected", Date, nullable=False),  # requested collection date
    Column("planned", Date, nullable=False),  # the day on which the file was made
    Column("state", String(10), nullable=False),  # submitted, paid, returned, refused, void
    Column("reason", String(10)),  # ISO 20022 code of the return
    Column("returned", Date),
    Index("ix_collections_batch", "batch"),
    Index("ix_collections_message", "message"),
)

holds = Table(
    "holds",
    metadata,
    key(),
    ref("invoices"),
    Column("kind", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("amount", BigInteger),
    Column("ended", Date),
    Column("outcome", String(20)),
    Column("details", JSON, nullable=False),  # a plan's instalments, a promise's date and sum
    UniqueConstraint("invoice_id", "kind", "since"),
)

payment_requests = Table(
    "payment_requests",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    ref("debtors"),
    Column("reference", String(40), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("demanded", BigInteger, nullable=False),
    Column("on", Date, nullable=False),
    UniqueConstraint("seller", "reference"),
)

payment_request_items = Table(
    "payment_request_items",
    metadata,
    key(),
    ref("payment_requests"),
    ref("claim_items"),
    Column("amount", BigInteger, nullable=False),
    UniqueConstraint("payment_request_id", "claim_item_id"),
)

dispatches = Table(
    "dispatches",
    metadata,
    key(),
    Column("seller", String(40), nullable=False),
    Column("kind", String(16), nullable=False),  # invoice, notice, handover, handover_update, overdue_report
    Column("subject", String(80), nullable=False),
    Column("occurrence", String(80), nullable=False),
    Column("channel", String(12), nullable=False),  # peppol, email, agency, insurer
    Column("receiver", Text, nullable=False),
    Column("content", String(64), nullable=False),  # blob: the exact bytes that go out
    Column("details", JSON, nullable=False),  # what the channel needs beside the bytes
    Column("state", String(16), nullable=False),
    Column("planned", Date, nullable=False),
    Column("token", Integer, nullable=False, default=0),  # fencing: raised by every claim
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", Moment),
    Column("prepared", Text),  # the partner's id of a draft, stored before the send
    Column("partner_id", Text),
    Column("submitted", Date),
    Column("settled", Date),
    Column("proven", Date),  # the day on which receipt is proven
    Column("reason", Text),
    Column("held", String(120)),  # key of the task that must be done before the next attempt
    Column("proof_fetched", Date),  # the day on which the partner's own evidence was fetched
    UniqueConstraint("seller", "kind", "subject", "occurrence"),
    Index("ix_dispatches_queue", "state", "id"),
    Index("ix_dispatches_receiver", "receiver"),
    Index("ix_dispatches_partner", "partner_id"),
)

notice_items = Table(
    "notice_items",
    metadata,
    key(),
    Column("dispatch_id", ForeignKey("dispatches.id"), nullable=False, index=True),
    ref("invoices"),
    Column("step", String(24), nullable=False),
    Column("occurrence", Integer, nullable=False),
    ref("payment_requests", nullable=True),
    UniqueConstraint("invoice_id", "step", "occurrence"),
)

evidence = Table(
    "evidence",
    metadata,
    key(),
    Column("dispatch_id", ForeignKey("dispatches.id"), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("level", Text, nullable=False),  # what it proves, in words
    Column("content", String(64), nullable=False),  # blob
    Column("mime", String(60), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("dispatch_id", "kind", "content"),
)

tasks = Table(
    "tasks",
    metadata,
    key(),
    Column("key", String(120), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    ref("debtors", nullable=True),
    ref("invoices", nullable=True),
    Column("text", Text, nullable=False),
    Column("opened", Date, nullable=False),
    Column("due", Date),
    Column("done", Date),
    Column("outcome", Text),
)

reasons = Table(
    "reasons",
    metadata,
    key(),
    ref("invoices"),
    Column("reason", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("since", Date, nullable=False),
    UniqueConstraint("invoice_id"),
)

journal = Table(
    "journal",
    metadata,
    key(),
    Column("at", Moment, nullable=False),
    Column("on", Date, nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("subject", String(120), nullable=False, index=True),
    Column("facts", JSON, nullable=False),
    Column("seq", Integer, unique=True),  # given by the sealer
    Column("hash", String(64)),
)
