"""Alembic's revisions of the ledger's tables; `receivables.ledger.database.migrate` runs them."""
