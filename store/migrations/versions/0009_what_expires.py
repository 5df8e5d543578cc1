"""What is queued past its time is found by it: the clock asks every minute, also while millions wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WAITS = sa.text("status = 'queued' AND expires_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_message_expiry", "message", ["expires_at"], sqlite_where=_WAITS, postgresql_where=_WAITS)


def downgrade() -> None:
    op.drop_index("ix_message_expiry", "message")
