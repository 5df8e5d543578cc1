"""What a personal page shows: the same conversation, as it stands on whichever channel it was left. Taking answers lives in `turns`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.contents import Content
from bot.phrasing import closed, information, phrase
from bot.receipts import receipt
from channels.api import Page
from service.conversations import dialogue_of
from store.finding import Found, find_participation

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.dialogues import Dialogue
    from bot.engine import Engine
    from bot.wordings import Manner
    from service.shelf import Shelf


class Views:
    """Looks at participations in the readers' threads."""

    def __init__(self, shelf: Shelf, engine: Engine) -> None:
        self._shelf = shelf
        self._engine = engine

    def page(self, connection: Connection, participation_id: int, now: datetime) -> Page | None:
        """The conversation as it stands, or None when the person is not there any more. Changes nothing."""
        found = find_participation(connection, "web", participation_id=participation_id, is_locking=False)
        if found is None:
            return None
        manner = self._shelf.manner("web")
        if found.survey_version_id is None:
            return self._notice(connection, found, manner, now)
        form = self._shelf.form(connection, found.survey_version_id)
        dialogue = dialogue_of(self._engine, form, found, manner, now)
        dialogue, contents = _as_it_stands(found, dialogue)
        briefing = self._shelf.briefing(connection, found.campaign_id, dialogue.language, "web")
        t = self._shelf.translation(dialogue.language)
        is_open = found.closed_at is None and found.closes_at > now
        if not is_open:
            result = self._shelf.closing(connection, found.campaign_id, dialogue.language)
            contents = _after(
                found, dialogue, closed(dialogue.language, briefing=briefing, t=t, result=result), contents
            )
        elif not contents:
            events = self._engine.current(form, dialogue, now=now)
            contents = phrase(form, dialogue, events, briefing=briefing, t=t, now=now, manner=manner)
        beside = receipt(form, dialogue, t=t, now=now, manner=manner)
        return Page(
            language=dialogue.language,
            languages=form.codes(),
            title=briefing.title or form.title,
            contents=contents,
            is_open=is_open,
            is_finished=dialogue.phase == "finished",
            progress=beside.progress,
            headings=beside.headings,
            answers=beside.answers,
            has_left=found.opted_out_at is not None,
        )

    def _notice(self, connection: Connection, found: Found, manner: Manner, now: datetime) -> Page:
        """The page of a campaign that asks nothing."""
        briefing = self._shelf.briefing(connection, found.campaign_id, found.language, "web")
        t = self._shelf.translation(found.language)
        return Page(
            language=found.language,
            languages=(found.language,),
            title=briefing.title,
            contents=(information(briefing=briefing, language=found.language, t=t, manner=manner), *_told(found)),
            is_open=found.closed_at is None and found.closes_at > now,
            has_left=found.opted_out_at is not None,
        )


def _as_it_stands(found: Found, dialogue: Dialogue) -> tuple[Dialogue, tuple[Content, ...]]:
    """The dialogue and what it told last. That somebody left by a link or a provider's word it does not know itself."""
    if found.opted_out_at is not None and dialogue.phase != "opted_out":
        return replace(dialogue, phase="opted_out"), ()
    return dialogue, _told(found)


def _after(found: Found, dialogue: Dialogue, late: Content, told: tuple[Content, ...]) -> tuple[Content, ...]:
    """What a closed campaign's page says: that it is closed, and what was told since."""
    ended = min(found.closes_at, found.closed_at or found.closes_at)
    has_spoken_since = dialogue.said_at >= int(ended.timestamp())
    return (late, *(content for content in told if has_spoken_since and content.text != late.text))


def _told(found: Found) -> tuple[Content, ...]:
    """What the page was told last, if nothing was said elsewhere since."""
    return tuple(Content.from_data(data) for data in (found.dialogue or {}).get("page", ()))
