"""What a message cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("cost_micros", sa.BigInteger(), nullable=True))
    op.add_column("message", sa.Column("currency", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "currency")
    op.drop_column("message", "cost_micros")
