"""What a coordinator does for single residents: a link to answer in their place, and marking done what they asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.problems import InputRefused, Problem
from campaigns.definition import Definition
from store import audit
from store.campaigns import get_campaign, newest_survey
from store.launching import closest_of, join_campaign
from store.people import find_by_ref
from store.requests import finish_request, get_request

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def link_participation(connection: Connection, campaign_id: str, ref: str, mode: str, now: datetime, actor: str) -> int:
    """The participation of a person of the register, for one who answers in their place; joined if they were not invited.

    Raises `InputRefused` when nobody has the ref, when they have left, or when the campaign takes no answers.
    """
    campaign = get_campaign(connection, campaign_id)
    if campaign.launched_at is None or campaign.closed_at is not None or newest_survey(connection, campaign_id) is None:
        what = f"Campaign {campaign_id} is {campaign.status}: it takes no answers."
        raise InputRefused((Problem(what, "enter answers while a survey is open"),))
    found = find_by_ref(connection, ref)
    if found is None:
        raise InputRefused((Problem("Nobody in the register has this ref.", "write the ref of an imported resident"),))
    if found.opted_out_at is not None:
        what = "This resident has said that they want no more messages."
        raise InputRefused((Problem(what, "let them write START first, if they want to take part"),))
    definition = Definition.from_data(campaign.definition)
    participation_id = join_campaign(
        connection,
        campaign_id,
        found.person_id,
        contact_id=None,
        channel="web",
        language=closest_of(found.language, definition.languages),
        mode=mode,
    )
    details = {"mode": mode, "campaign": campaign_id}
    subject = f"participation {participation_id}"
    audit.append(connection, actor=actor, action="link made", subject=subject, details=details, now=now)
    return participation_id


def finish(connection: Connection, request_id: int, now: datetime, actor: str) -> None:
    """Note that a resident's request was dealt with. Raises `InputRefused` when it had been."""
    found = get_request(connection, request_id)
    if not finish_request(connection, request_id, actor, now):
        what = f"Request {request_id} was done by {found.done_by} on {found.done_at:%Y-%m-%d}."
        raise InputRefused((Problem(what, "list what is open: genklang requests list"),))
    subject = f"request {request_id}"
    audit.append(connection, actor=actor, action="done", subject=subject, now=now)
