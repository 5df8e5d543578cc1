"""What turns and messages are made with and does not change while it is needed: compiled forms, definitions, briefings, feedback. Fetched once, then kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from bot.forms import Form
from bot.wordings import Briefing, Manner
from campaigns.cards import card, card_text
from campaigns.definition import Definition
from console.figures import feedback_text
from console.words import own_name
from locales import translation
from store.campaigns import get_campaign, get_survey
from store.promises import get_decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from sqlalchemy import Connection

    from channels.api import Channel, Limits
    from locales import Translation
    from service.links import Links
    from service.loops import LoopGuard


def manner_of(limits: Limits) -> Manner:
    """How a channel wants to be spoken through, from what it can do."""
    return Manner(
        has_buttons=limits.options > 0,
        is_terse=limits.is_terse,
        opens_with_question=limits.opens_with_question,
        has_card_in_invitation=limits.has_card_in_invitation,
        has_location_button=limits.has_location_button,
        is_page=limits.is_page,
    )


_DEFAULT = ' default="true()"'


def _without_questions(languages: Sequence[str]) -> str:
    """An XForm that asks nothing and can be read in these languages (codes, which need no escaping), the first by default."""
    spoken = "".join(
        f"<translation lang={quoteattr(f'{own_name(code)} ({code})')}{'' if place else _DEFAULT}/>"
        for place, code in enumerate(languages)
    )
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title/>'
        f'<model><itext>{spoken}</itext><instance><data id="notice"/></instance></model></h:head><h:body/></h:html>'
    )


class Shelf:
    """Gives what belongs to a campaign and a language; used by the writer and the reader threads alike.

    A definition is frozen at launch, a survey version always, and a decision before its feedback leaves, so nothing kept
    here grows old. `loops` says how much may be written back to one address.
    """

    def __init__(
        self,
        links: Links,
        channels: Mapping[str, Channel],
        zone: tzinfo,
        loops: LoopGuard,
        *,
        knows_places: Callable[[], bool] = lambda: False,
    ) -> None:
        self.loops = loops
        self._knows_places = knows_places
        self._links = links
        self._zone = zone
        self._limits = {name: channel.limits for name, channel in channels.items()}
        self._forms: dict[int, Form] = {}
        self._notices: dict[str, Form] = {}
        self._definitions: dict[str, Definition] = {}
        self._briefings: dict[tuple[str, str, str], Briefing] = {}

    def local(self, moment: datetime) -> datetime:
        """A moment where the municipality lives, whose date is what a survey calls today."""
        return moment.astimezone(self._zone)

    def has_addresses(self, channel: str) -> bool:
        """Whether one can write to somebody there; a page can only be opened."""
        return not self._limits[channel].is_page

    def manner(self, channel: str) -> Manner:
        """How a channel wants to be spoken through."""
        return replace(manner_of(self._limits[channel]), knows_places=self._knows_places())

    def translation(self, language: str) -> Translation:
        """The system's texts in a language."""
        return translation(language)

    def form(self, connection: Connection, survey_version_id: int) -> Form:
        """The compiled survey of a version."""
        form = self._forms.get(survey_version_id)
        if form is None:
            form = self._forms[survey_version_id] = Form.load(get_survey(connection, survey_version_id).xform)
        return form

    def notice_form(self, connection: Connection, campaign_id: str) -> Form:
        """A survey without questions in the languages of a campaign that asks none, so that its dialogue hears every command."""
        form = self._notices.get(campaign_id)
        if form is None:
            languages = self.definition(connection, campaign_id).languages
            form = self._notices[campaign_id] = Form.load(_without_questions(languages))
        return form

    def definition(self, connection: Connection, campaign_id: str) -> Definition:
        """The definition of a launched campaign."""
        definition = self._definitions.get(campaign_id)
        if definition is None:
            definition = Definition.from_data(get_campaign(connection, campaign_id).definition)
            self._definitions[campaign_id] = definition
        return definition

    def briefing(self, connection: Connection, campaign_id: str, language: str, channel: str) -> Briefing:
        """What a dialogue says about its campaign in a language, as long as the channel has room for."""
        key = (campaign_id, language, channel)
        briefing = self._briefings.get(key)
        if briefing is None:
            briefing = self._briefings[key] = self._brief(connection, campaign_id, language, channel)
        return briefing

    def feedback_text(self, connection: Connection, campaign_id: str, language: str, channel: str) -> str:
        """What came of a campaign, in a language. Raises LookupError while there is no decision."""
        text = self._feedback(connection, campaign_id, language, is_terse=self._limits[channel].is_terse)
        if text is None:
            raise LookupError("there is no decision to tell of")
        return text

    def closing(self, connection: Connection, campaign_id: str, language: str) -> str:
        """What one who answers late is told came of it; empty before the decision."""
        return self._feedback(connection, campaign_id, language, is_terse=True) or ""

    def _feedback(self, connection: Connection, campaign_id: str, language: str, *, is_terse: bool) -> str | None:
        decision = get_decision(connection, campaign_id)
        if decision is None:
            return None
        definition = self.definition(connection, campaign_id)
        url = self._links.public_url(campaign_id)
        return feedback_text(connection, definition, decision, language, url=url, is_terse=is_terse)

    def _brief(self, connection: Connection, campaign_id: str, language: str, channel: str) -> Briefing:
        definition = self.definition(connection, campaign_id)
        shown = card(definition, language)
        return Briefing(
            sender=shown.sender,
            purpose=shown.purpose,
            card=card_text(shown, translation(language), terse=self._limits[channel].is_terse),
            verify_url=self._links.public_url(campaign_id),
            contact=shown.contact,
            title=shown.title,
        )
