"""What is promised back to residents: the decision and the dated milestones of feedback. Sending it lives in `releasing`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from store.schema import decision, milestone
from store.sets import insert_into


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What was decided; `texts` by language."""

    campaign_id: str
    case_ref: str
    decided_on: date
    decided_by: str
    texts: dict[str, Any]
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class MilestoneRecord:
    """A promised piece of feedback."""

    campaign_id: str
    kind: str
    due_at: datetime
    done_at: datetime | None


_MILESTONE = tuple(milestone.c[name] for name in MilestoneRecord.__slots__)


def save_decision(connection: Connection, record: DecisionRecord) -> None:
    """Enter a decision or correct it."""
    values = {name: getattr(record, name) for name in DecisionRecord.__slots__}
    adding = insert_into(connection.dialect.name, decision).values(**values)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["campaign_id"],
            set_={name: adding.excluded[name] for name in values if name != "campaign_id"},
        )
    )


def get_decision(connection: Connection, campaign_id: str) -> DecisionRecord | None:
    """The decision of a campaign, once there is one."""
    row = connection.execute(select(decision).where(decision.c.campaign_id == campaign_id)).mappings().first()
    return DecisionRecord(**row) if row is not None else None


def plan_milestone(connection: Connection, campaign_id: str, kind: str, due_at: datetime) -> None:
    """Promise a piece of feedback for a date, or move the promise while it is open."""
    adding = insert_into(connection.dialect.name, milestone).values(campaign_id=campaign_id, kind=kind, due_at=due_at)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["campaign_id", "kind"],
            set_={"due_at": adding.excluded.due_at},
            where=milestone.c.done_at.is_(None),
        )
    )


def keep_milestone(connection: Connection, campaign_id: str, kind: str, now: datetime) -> bool:
    """Note that a promise was kept. False when it had been, or was never made."""
    keeping = update(milestone).where(milestone.c.campaign_id == campaign_id, milestone.c.kind == kind)
    return connection.execute(keeping.where(milestone.c.done_at.is_(None)).values(done_at=now)).rowcount == 1


def list_milestones(connection: Connection, campaign_id: str) -> list[MilestoneRecord]:
    """A campaign's promises in the order of their dates."""
    query = (
        select(*_MILESTONE).where(milestone.c.campaign_id == campaign_id).order_by(milestone.c.due_at, milestone.c.id)
    )
    return [MilestoneRecord(**row) for row in connection.execute(query).mappings()]


def overdue_milestones(connection: Connection, now: datetime) -> list[MilestoneRecord]:
    """Promises of every campaign that should have been kept by now."""
    query = (
        select(*_MILESTONE).where(milestone.c.done_at.is_(None), milestone.c.due_at < now).order_by(milestone.c.due_at)
    )
    return [MilestoneRecord(**row) for row in connection.execute(query).mappings()]
