"""A launched survey's versions: a correction adds one and moves who has not begun. What may be corrected is decided in `campaigns.corrections`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, not_, null, select, update

from store.campaigns import SurveyRecord
from store.frequencies import was_written_to
from store.schema import answer, participation, survey_version


def survey_versions(connection: Connection, campaign_id: str) -> list[SurveyRecord]:
    """Every version of a campaign's survey, the newest first."""
    columns = tuple(survey_version.c[name] for name in SurveyRecord.__slots__)
    query = select(*columns).where(survey_version.c.campaign_id == campaign_id)
    rows = connection.execute(query.order_by(survey_version.c.number.desc())).mappings()
    return [SurveyRecord(**row) for row in rows]


def answered_values(connection: Connection, campaign_id: str, questions: Collection[str]) -> Mapping[str, set[str]]:
    """The values that were given to each of `questions`: of those with choices, whose values are no secret."""
    rows = connection.execute(
        select(answer.c.question, answer.c.value)
        .where(answer.c.campaign_id == campaign_id, answer.c.question.in_(sorted(questions)))
        .distinct()
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.question, set()).add(row.value)
    return found


def add_version(connection: Connection, campaign_id: str, xform: str, now: datetime) -> SurveyRecord:
    """A new version beside those that were asked before, which stay as they are."""
    highest = select(func.coalesce(func.max(survey_version.c.number), 0)).where(
        survey_version.c.campaign_id == campaign_id
    )
    number = int(connection.execute(highest).scalar_one()) + 1
    sha256 = hashlib.sha256(xform.encode()).hexdigest()
    adding = insert(survey_version).values(
        campaign_id=campaign_id, number=number, xform=xform, sha256=sha256, created_at=now
    )
    id_ = int(connection.execute(adding.returning(survey_version.c.id)).scalar_one())
    return SurveyRecord(id_, campaign_id, number, xform)


def move_to_version(
    connection: Connection, campaign_id: str, survey_version_id: int, *, staying: Collection[str] = ()
) -> int:
    """Give everybody who has not begun the newest version; gives their number.

    Whoever was invited on one of the `staying` channels already has the first question before them, and keeps its version.
    """
    has_the_question = and_(was_written_to(), participation.c.channel.in_(sorted(staying)))
    is_untouched = and_(participation.c.status == "invited", not_(has_the_question))
    moving = (
        update(participation)
        .where(participation.c.campaign_id == campaign_id, is_untouched)
        .where(participation.c.survey_version_id.is_not(None))
        .values(survey_version_id=survey_version_id, dialogue=null())
    )
    return connection.execute(moving).rowcount
