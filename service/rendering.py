"""Leased rows become messages: the content of their purpose, and the personal links beside it. When they leave is the outbox's business."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.contents import Content
from bot.dialogues import Dialogue
from bot.households import for_whom
from bot.phrasing import feedback, information, invitation, reminder
from bot.sendouts import nudge
from channels.api import Outbound
from channels.errors import Refused, SendError
from store.speakers import sharing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bot.engine import Engine
    from service.clock import Clock
    from service.links import Links
    from service.shelf import Shelf
    from store.outbox import Leased
    from store.vault import Vault

Household = tuple[int | None, list[int | None]]
"""The year of birth of whom a message goes to, and those of the others at the same address."""

Worded = tuple[Content, str]
"""What a message says, and what the campaign calls whoever writes it."""

Key = tuple[int | None, int | None, str, str, str]
"""What decides the words of a mass message: wave, version of the survey, language, channel, and for whom it is."""

log = structlog.get_logger("rendering")


class Rendering:
    """Makes what adapters send out of what the outbox has leased.

    Mass content is made once for each wave, language and channel (and kept by identity, so that adapters compile it
    once, for each version of its survey); only reminders and nudges of a conversation that has begun are made for each
    person, since they repeat its question. Where several share an address, each message says for whom it is.

    `recall` knows what has been said before, `word` asks the database what is to be said, `address` makes each message
    somebody's; the first and the last ask nobody.
    """

    def __init__(self, shelf: Shelf, engine: Engine, links: Links, vault: Vault, clock: Clock) -> None:
        self._shelf = shelf
        self._engine = engine
        self._links = links
        self._vault = vault
        self._clock = clock
        self._shared: dict[Key, Worded] = {}

    def render(self, connection: Connection, leased: Sequence[Leased]) -> list[Outbound | SendError]:
        """One message or one refusal per row, in order. A row that cannot be rendered harms no other."""
        return self.address(leased, self.word(connection, leased))

    def recall(self, leased: Sequence[Leased]) -> list[Worded | None]:
        """What each row's message says, where others of its wave have been told the same; else None."""
        said = self._shared.get
        return [None if row.is_shared or _is_personal(row) else said(_key(row)) for row in leased]

    def word(self, connection: Connection, leased: Sequence[Leased]) -> list[Worded | SendError]:
        """What each row's message says, or why there is none."""
        shared = sharing(connection, [row for row in leased if row.is_shared])
        return [self._word_one(connection, row, shared.get(row.message_id)) for row in leased]

    def address(self, leased: Sequence[Leased], worded: Sequence[Worded | SendError]) -> list[Outbound | SendError]:
        """The messages of what was worded for these rows."""
        return [
            words if isinstance(words, SendError) else self._address_one(row, words)
            for row, words in zip(leased, worded, strict=True)
        ]

    def _word_one(self, connection: Connection, row: Leased, shared: Household | None) -> Worded | SendError:
        try:
            return self._words(connection, row, shared)
        except SQLAlchemyError:  # that is no fault of the row's
            raise
        except Exception as error:
            return _refused(row, error)

    def _address_one(self, row: Leased, words: Worded) -> Outbound | SendError:
        content, sender = words
        # One who was erased is told so, and there is nothing left that a link could lead to. One who has just left is not
        # asked to leave again, neither in the letter nor in its headers: RFC 8058 is for what is sent to many.
        part = row.participation_id if row.participation_status != "erased" else None
        try:
            token, page, stop = self._links.personal(part) if part else ("", "", "")
            address = self._vault.open(row.address_sealed)
        except Exception as error:
            return _refused(row, error)
        if content.has_left:
            page, stop = "", ""
        return Outbound(  # by place: names take as long again
            row.message_id,
            row.lane,
            address,
            content,
            row.purpose,  # type: ignore[arg-type]
            token,
            page,
            stop,
            row.updates_ref,
            sender,
        )

    def _sender(self, connection: Connection, row: Leased) -> str:
        if row.campaign_id is None:
            return ""
        return self._shelf.briefing(connection, row.campaign_id, row.language, row.channel).sender

    def _words(self, connection: Connection, row: Leased, shared: Household | None) -> Worded:
        if row.content is not None:
            return Content.from_data(row.content), self._sender(connection, row)
        whom = for_whom(self._shelf.translation(row.language), *shared) if shared else ""
        if _is_personal(row):
            return self._make(connection, row, whom), self._sender(connection, row)
        key = _key(row, whom)
        words = self._shared.get(key)
        if words is None:
            words = self._shared[key] = self._make(connection, row, whom), self._sender(connection, row)
        return words

    def _make(self, connection: Connection, row: Leased, whom: str) -> Content:
        if row.campaign_id is None:
            raise ValueError("a mass message belongs to a campaign")
        now = self._shelf.local(self._clock.now())
        manner = self._shelf.manner(row.channel)
        briefing = self._shelf.briefing(connection, row.campaign_id, row.language, row.channel)
        t = self._shelf.translation(row.language)
        if row.purpose == "feedback":
            text = self._shelf.feedback_text(connection, row.campaign_id, row.language, row.channel)
            return feedback(text, row.language, briefing=briefing, t=t, manner=manner)
        if row.survey_version_id is None:
            return information(briefing=briefing, language=row.language, t=t, manner=manner)
        form = self._shelf.form(connection, row.survey_version_id)
        if row.purpose in ("reminder", "nudge") and row.participation_status == "started" and row.dialogue:
            dialogue = Dialogue.from_data(row.dialogue)
        else:
            dialogue = self._engine.invite(
                form, language=row.language, opens_with_question=manner.opens_with_question, now=now
            ).dialogue
        make = _ASKING.get(row.purpose)
        if make is None:
            raise ValueError(f"no mass message is made for {row.purpose}")
        return make(form, dialogue, briefing=briefing, t=t, now=now, manner=manner, for_whom=whom)


def _key(row: Leased, whom: str = "") -> Key:
    return row.wave_id, row.survey_version_id, row.language, row.channel, whom


def _is_personal(row: Leased) -> bool:
    """Whether a message says what no other does: a reply, and what repeats the question of a conversation that has begun."""
    if row.content is not None or row.purpose == "nudge":
        return True
    return row.purpose == "reminder" and row.participation_status == "started"


_ASKING = {"invitation": invitation, "nudge": nudge, "reminder": reminder}


def _refused(row: Leased, error: Exception) -> Refused:
    log.error("cannot render", message=row.message_id, purpose=row.purpose, exc_info=error)
    return Refused("cannot_be_rendered")
