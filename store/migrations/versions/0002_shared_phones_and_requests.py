"""Requests, shared phones, places, nudges, and which inbound gave an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("answer", sa.Column("external_id", sa.String(), nullable=True))
    op.add_column("participation", sa.Column("nudged_at", moment, nullable=True))
    op.create_table(
        "request",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("participation_id", key, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("done_at", moment, nullable=True),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_request_campaign", "request", ["campaign_id"])
    op.create_index("ix_request_person_id", "request", ["person_id"])
    op.create_index(
        "ix_request_open",
        "request",
        ["participation_id", "kind"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "speaker",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("participation_id", key, nullable=True),
        sa.Column("is_proxy", sa.Boolean(), nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("spoke_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "address_hash", "campaign_id"),
    )
    op.create_index("ix_speaker_participation_id", "speaker", ["participation_id"])
    op.create_index("ix_speaker_spoke_at", "speaker", ["spoke_at"])
    op.create_table(
        "place",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_place_source", "place", ["source"])


def downgrade() -> None:
    for table in ("place", "speaker", "request"):
        op.drop_table(table)
    op.drop_column("participation", "nudged_at")
    op.drop_column("answer", "external_id")
