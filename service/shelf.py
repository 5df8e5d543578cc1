"""What turns and messages are made with and never changes while it is needed: compiled forms, definitions, briefings. Fetched once, kept in memory."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.forms import Form
from bot.wordings import Briefing, Manner
from campaigns.briefings import brief
from campaigns.definition import Definition
from locales import translation
from store.campaigns import get_campaign, get_survey
from store.promises import get_decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from channels.api import Channel, Limits
    from locales import Translation
    from service.links import Links


@lru_cache(maxsize=64)
def _compiled(xform: str) -> Form:
    return Form.load(xform)


class Shelf:
    """Gives what belongs to a campaign and a language. Safe to use from the writer and the reader threads.

    A definition is kept by campaign once it was launched, since it is frozen from then on.
    """

    def __init__(self, links: Links, channels: Mapping[str, Channel]) -> None:
        self._links = links
        self._manners = {name: manner_of(channel.limits) for name, channel in channels.items()}
        self._forms: dict[int, Form] = {}
        self._definitions: dict[str, Definition] = {}
        self._briefings: dict[tuple[str, str, bool], Briefing] = {}

    def manner(self, channel: str) -> Manner:
        """How a channel wants to be spoken through."""
        return self._manners[channel]

    def translation(self, language: str) -> Translation:
        """The system's texts in a language."""
        return translation(language)

    def form(self, connection: Connection, survey_version_id: int) -> Form:
        """The compiled survey of a version."""
        form = self._forms.get(survey_version_id)
        if form is None:
            form = self._forms[survey_version_id] = _compiled(get_survey(connection, survey_version_id).xform)
        return form

    def definition(self, connection: Connection, campaign_id: str) -> Definition:
        """The campaign's definition."""
        definition = self._definitions.get(campaign_id)
        if definition is None:
            definition = Definition.from_data(get_campaign(connection, campaign_id).definition)
            self._definitions[campaign_id] = definition
        return definition
