"""When mass messages may leave: each campaign's by its own quiet hours. What the hours of a day are is decided in `campaigns.quiet_hours`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from campaigns.quiet_hours import QuietHours, next_open
from store.campaigns import sending_campaigns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from service.shelf import Shelf

NO_CAMPAIGN: Final = ""
AFTERMATH: Final = timedelta(days=90)  # how long after its feedback a campaign may still have something queued


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether anything may leave now, and which campaigns rest until when. Two campaigns take answers until `crowded_until`."""

    is_open: bool
    resting: Mapping[str, datetime] = field(default_factory=dict)
    crowded_until: datetime | None = None


class Hours:
    """Looks at the hours of every campaign that may have something queued; `house` rules what belongs to none."""

    def __init__(self, shelf: Shelf, house: QuietHours) -> None:
        self._shelf = shelf
        self._house = house

    def look(self, connection: Connection, now: datetime) -> Standing:
        """How it stands at a moment."""
        rules = {NO_CAMPAIGN: self._house}
        closings = []
        for campaign_id in sending_campaigns(connection, since=now - AFTERMATH):
            definition = self._shelf.definition(connection, campaign_id)
            rules[campaign_id] = definition.plan.quiet_hours
            closings.append(definition.closes_at)
        opens = {rule: next_open(now, rule) for rule in set(rules.values())}
        resting = {campaign_id: opens[rule] for campaign_id, rule in rules.items() if opens[rule] > now}
        crowded_until = sorted(closings)[-2] if len(closings) > 1 else None
        return Standing(len(resting) < len(rules), resting, crowded_until)
