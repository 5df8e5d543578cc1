"""Failed messages are followed in another channel, and soft bounces are counted for each address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True)
number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_FOLLOWING = sa.text("follows_id <> 0")


def upgrade() -> None:
    op.add_column("contact", sa.Column("soft_count", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("contact", sa.Column("soft_since", moment, nullable=True))
    op.add_column("contact", sa.Column("soft_at", moment, nullable=True))
    op.add_column("message", sa.Column("follows_id", number, nullable=False, server_default=sa.text("0")))
    op.drop_index("ix_message_participation", "message")
    op.create_index(
        "ix_message_participation", "message", ["participation_id", "wave_id", "follows_id"], unique=True
    )
    op.create_index(
        "ix_message_follows",
        "message",
        ["follows_id"],
        unique=True,
        sqlite_where=IS_FOLLOWING,
        postgresql_where=IS_FOLLOWING,
    )


def downgrade() -> None:
    """What followed belongs to no wave any more, so that each wave has written to everybody once again."""
    op.drop_index("ix_message_follows", "message")
    op.drop_index("ix_message_participation", "message")
    op.execute("UPDATE message SET wave_id = NULL WHERE follows_id <> 0")
    op.create_index("ix_message_participation", "message", ["participation_id", "wave_id"], unique=True)
    op.drop_column("message", "follows_id")
    for name in ("soft_at", "soft_since", "soft_count"):
        op.drop_column("contact", name)
