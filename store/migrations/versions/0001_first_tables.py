"""The first tables. Moments are `timestamptz` on PostgreSQL and text on SQLite; keys are 64 bits on both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("participation_id", key, nullable=False),
        sa.Column("survey_version_id", key, nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("answered_at", moment, nullable=False),
        sa.Column("set_aside_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("participation_id", "path"),
    )
    op.create_index("ix_answer_question", "answer", ["campaign_id", "question"])
    op.create_table(
        "area",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("opens_at", moment, nullable=False),
        sa.Column("closes_at", moment, nullable=False),
        sa.Column("decision_at", moment, nullable=False),
        sa.Column("feedback_at", moment, nullable=False),
        sa.Column("launched_at", moment, nullable=True),
        sa.Column("closed_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_campaign_status", "campaign", ["status"])
    op.create_table(
        "contact",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("gone_at", moment, nullable=True),
        sa.Column("gone_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "channel"),
        sqlite_autoincrement=True,  # what was sent to an address outlives it: no other may get its key
    )
    op.create_index("ix_contact_hash", "contact", ["channel", "address_hash"])
    op.create_table(
        "decision",
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("case_ref", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id"),
    )
    op.create_table(
        "inbound_seen",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("participation_id", key, nullable=True),
        sa.Column("received_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("channel", "external_id"),
    )
    op.create_table(
        "message",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=True),
        sa.Column("wave_id", key, nullable=True),
        sa.Column("participation_id", key, nullable=True),
        sa.Column("person_id", key, nullable=True),
        sa.Column("contact_id", key, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("updates_ref", sa.String(), nullable=True),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wave_id", "participation_id"),
    )
    op.create_index("ix_message_contact", "message", ["contact_id"])
    op.create_index(
        "ix_message_lease",
        "message",
        ["lane", "priority", "due_at", "id"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("ix_message_participation", "message", ["participation_id"])
    op.create_index("ix_message_provider", "message", ["channel", "provider_id"])
    op.create_index(
        "ix_message_sending",
        "message",
        ["leased_until"],
        sqlite_where=sa.text("status = 'sending'"),
        postgresql_where=sa.text("status = 'sending'"),
    )
    op.create_table(
        "message_transition",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("message_id", key, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_message_transition_message_id", "message_transition", ["message_id"])
    op.create_table(
        "milestone",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("done_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "kind"),
    )
    op.create_table(
        "opt_out",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_opt_out_person_id", "opt_out", ["person_id"])
    op.create_table(
        "participation",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("contact_id", key, nullable=True),
        sa.Column("survey_version_id", key, nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("dialogue", sa.JSON(), nullable=True),
        sa.Column("contact_count", sa.Integer(), nullable=False),
        sa.Column("contacted_at", moment, nullable=True),
        sa.Column("invited_at", moment, nullable=True),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("last_said_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "person_id"),
    )
    op.create_index("ix_participation_person", "participation", ["person_id"])
    op.create_index("ix_participation_status", "participation", ["campaign_id", "status"])
    op.create_table(
        "person",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("area_code", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lawful_basis", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("erased_at", moment, nullable=True),
        sa.Column("opted_out_at", moment, nullable=True),
        sa.Column("last_contacted_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )
    op.create_index("ix_person_area_code", "person", ["area_code"])
    op.create_table(
        "person_group",
        sa.Column("person_id", key, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "name"),
    )
    op.create_table(
        "population",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("area_code", "age_band", "sex"),
    )
    op.create_index("ix_population_area_code", "population", ["area_code"])
    op.create_table(
        "survey_version",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("xform", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "number"),
    )
    op.create_index("ix_survey_version_campaign_id", "survey_version", ["campaign_id"])
    op.create_table(
        "wave",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("released_at", moment, nullable=True),
        sa.Column("released_to", key, nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "kind", "number"),
    )
    op.create_index("ix_wave_due", "wave", ["status", "due_at"])


def downgrade() -> None:
    for table in (
        "answer",
        "area",
        "audit_entry",
        "campaign",
        "contact",
        "decision",
        "inbound_seen",
        "message",
        "message_transition",
        "milestone",
        "opt_out",
        "participation",
        "person",
        "person_group",
        "population",
        "survey_version",
        "wave",
    ):
        op.drop_table(table)
