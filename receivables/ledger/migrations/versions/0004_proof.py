"""A dispatch that spent its attempts is held by a task; evidence is covered by the chain.

Evidence kept before this was named in the chain with some transitions only. What is found is entered now, as found now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EVIDENCE = sa.table(
    "evidence",
    sa.column("id", sa.Integer()),
    sa.column("dispatch_id", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("level", sa.Text()),
    sa.column("content", sa.String()),
    sa.column("at", sa.DateTime()),
)
JOURNAL = sa.table(
    "journal",
    sa.column("at", sa.DateTime()),
    sa.column("on", sa.Date()),
    sa.column("kind", sa.String()),
    sa.column("subject", sa.String()),
    sa.column("facts", sa.JSON()),
)


def upgrade() -> None:
    op.add_column("dispatches", sa.Column("held", sa.String(length=120)))
    op.add_column("dispatches", sa.Column("proof_fetched", sa.Date()))
    connection = op.get_bind()
    rows = connection.execute(sa.select(EVIDENCE).order_by(EVIDENCE.c.id)).all()
    entries = [
        {
            "at": row.at,
            "on": row.at.date(),
            "kind": "dispatch.evidence",
            "subject": f"dispatch:{row.dispatch_id}",
            "facts": {
                "dispatch": row.dispatch_id,
                "proofs": [{"kind": row.kind, "level": row.level, "content": row.content}],
                "found_by": revision,
            },
        }
        for row in rows
    ]
    if entries:
        connection.execute(JOURNAL.insert(), entries)
