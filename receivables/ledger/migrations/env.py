"""Run by Alembic on the connection that `migrate` hands over, inside its transaction."""

from alembic import context

from receivables.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
