"""Indexes that serve two purposes at once; how often people were written to is read from their messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)
NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}  # SQLite knows the two constraints by no name of their own
IS_NAMED = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_participation_person", "participation")
    op.drop_index("ix_message_participation", "message")
    op.drop_index("ix_message_provider", "message")
    _drop_unique("participation", "campaign_id", "person_id")
    _drop_unique("message", "wave_id", "participation_id")
    for table, name in GONE:
        op.drop_column(table, name)
    op.create_index("ix_participation_person", "participation", ["person_id", "campaign_id"], unique=True)
    op.create_index("ix_message_participation", "message", ["participation_id", "wave_id"], unique=True)
    op.create_index(
        "ix_message_provider",
        "message",
        ["channel", "provider_id"],
        sqlite_where=IS_NAMED,
        postgresql_where=IS_NAMED,
    )


GONE = (
    ("participation", "contact_count"),
    ("participation", "contacted_at"),
    ("participation", "invited_at"),
    ("person", "last_contacted_at"),
)


def _drop_unique(table: str, *columns: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(f"{table}_{'_'.join(columns)}_key", table)
        return
    with op.batch_alter_table(table, naming_convention=NAMES) as batch:
        batch.drop_constraint(f"uq_{table}_{columns[0]}", type_="unique")
