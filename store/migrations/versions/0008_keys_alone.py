"""SQLite keeps the keys of inbounds in one tree instead of two: every turn adds one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _keep(with_rowid=False)


def downgrade() -> None:
    _keep(with_rowid=True)


def _keep(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.rename_table("inbound_seen", "inbound_seen_before")
    op.create_table(
        "inbound_seen",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "external_id"),
        sqlite_with_rowid=with_rowid,
    )
    columns = "channel, external_id, participation_id, received_at"
    op.execute(f"INSERT INTO inbound_seen ({columns}) SELECT {columns} FROM inbound_seen_before")
    op.drop_table("inbound_seen_before")
