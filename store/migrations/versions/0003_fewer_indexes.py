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
IS_RESTING = sa.text("status = 'started' AND nudged_at IS NULL")
IS_NAMED = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_participation_person", "participation")
    op.drop_index("ix_participation_status", "participation")
    op.drop_index("ix_message_participation", "message")
    op.drop_index("ix_message_provider", "message")
    _drop_unique("participation", "campaign_id", "person_id")
    _drop_unique("message", "wave_id", "participation_id")
    for table, name in GONE:
        op.drop_column(table, name)
    op.create_index("ix_participation_person", "participation", ["person_id", "campaign_id"], unique=True)
    op.create_index("ix_participation_campaign", "participation", ["campaign_id", "id", "status"])
    op.create_index(
        "ix_participation_started",
        "participation",
        ["campaign_id"],
        sqlite_where=IS_RESTING,
        postgresql_where=IS_RESTING,
    )
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
    with op.batch_alter_table(table, naming_convention=NAMES) as batch:
        batch.drop_constraint(_unique_name(table, *columns), type_="unique")


def _unique_name(table: str, *columns: str) -> str:
    is_postgres = op.get_context().dialect.name == "postgresql"
    return f"{table}_{'_'.join(columns)}_key" if is_postgres else f"uq_{table}_{columns[0]}"


def downgrade() -> None:
    for name in ("ix_participation_person", "ix_participation_campaign", "ix_participation_started"):
        op.drop_index(name, "participation")
    for name in ("ix_message_participation", "ix_message_provider"):
        op.drop_index(name, "message")
    op.add_column("person", sa.Column("last_contacted_at", moment, nullable=True))
    op.add_column("participation", sa.Column("contact_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("participation", sa.Column("contacted_at", moment, nullable=True))
    op.add_column("participation", sa.Column("invited_at", moment, nullable=True))
    _count_again()
    for table, columns in (("participation", ["campaign_id", "person_id"]), ("message", ["wave_id", "participation_id"])):
        with op.batch_alter_table(table) as batch:
            batch.create_unique_constraint(_unique_name(table, *columns), columns)
    with op.batch_alter_table("participation") as batch:
        batch.alter_column("contact_count", server_default=None)
    op.create_index("ix_participation_person", "participation", ["person_id"])
    op.create_index("ix_participation_status", "participation", ["campaign_id", "status"])
    op.create_index("ix_message_participation", "message", ["participation_id"])
    op.create_index("ix_message_provider", "message", ["channel", "provider_id"])


def _count_again() -> None:
    """Write what the messages say back to where it was kept, each table in one pass."""
    told = (
        "count(*) AS times, min(due_at) AS oldest, max(due_at) AS newest FROM message "
        "WHERE purpose IN ('invitation', 'reminder') GROUP BY"
    )
    op.execute(
        "UPDATE participation SET contact_count = told.times, contacted_at = told.newest, invited_at = told.oldest "
        f"FROM (SELECT participation_id, {told} participation_id) AS told WHERE told.participation_id = participation.id"
    )
    op.execute(
        "UPDATE person SET last_contacted_at = told.newest "
        f"FROM (SELECT person_id, {told} person_id) AS told WHERE told.person_id = person.id"
    )
