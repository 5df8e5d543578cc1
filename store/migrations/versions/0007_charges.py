"""What providers have yet to tell the price of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)
number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "charge",
        sa.Column("message_id", number, nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "day", "provider_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_charge_message", "charge", ["message_id"])
    op.create_table(
        "bill",
        sa.Column("due_at", moment, nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "day"),
    )


def downgrade() -> None:
    op.drop_table("bill")
    op.drop_table("charge")
