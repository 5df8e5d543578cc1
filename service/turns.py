"""One inbound, one turn, one transaction. What is said in a turn is decided by `bot`; how it is kept by `store`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.events import (
    Answered,
    Corrected,
    EraseAsked,
    EraseConfirmed,
    Event,
    HelpAsked,
    MineAsked,
    OptedIn,
    OptedOut,
    PersonAsked,
    SetAside,
    Skipped,
    WhoAsked,
)
from bot.phrasing import closed, farewell, information, phrase
from bot.places_awaited import ending_place
from bot.understanding import is_opt_out
from service.strays import answer_stray
from store import audit
from store.departures import erase_person, opt_people_in, opt_people_out
from store.people import bind_address
from store.turns import AnswerRecord, Found, Reply, TurnRecord, find_participation, queue_replies, save_turn, see

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.dialogues import Turn
    from bot.engine import Engine
    from bot.forms import Form
    from bot.wordings import Briefing, Manner
    from channels.api import Inbound
    from service.links import Links
    from service.shelf import Shelf
    from store.vault import Vault

log = structlog.get_logger("turns")
_INSTANCE = re.compile(r"\[\d+\]")
# What a closed dialogue still answers; everything else would be a late answer.
ANSWERED_ALWAYS: Final = (
    OptedOut, OptedIn, EraseAsked, EraseConfirmed, HelpAsked, WhoAsked, MineAsked, PersonAsked,
)  # fmt: skip


def dialogue_of(engine: Engine, form: Form, found: Found, manner: Manner, now: datetime) -> Dialogue:
    """Where a participation's conversation stands: as it was left, or about to begin in the channel's manner."""
    if found.dialogue is not None:
        return Dialogue.from_data(found.dialogue)
    opens_with_question = manner.opens_with_question
    return engine.invite(form, language=found.language, opens_with_question=opens_with_question, now=now).dialogue


class Turns:
    """Takes turns in the writer's thread. `house` speaks for the municipality where no campaign does."""

    def __init__(self, shelf: Shelf, engine: Engine, links: Links, vault: Vault, house: Briefing) -> None:
        self._shelf = shelf
        self._engine = engine
        self._links = links
        self._vault = vault
        self._house = house

    def take(self, connection: Connection, inbound: Inbound, now: datetime) -> None:
        """Take in one inbound with everything that follows from it; a repeated one changes nothing."""
        if not see(connection, inbound.channel, inbound.external_id, now) or inbound.kind == "auto_reply":
            return
        found = self._find(connection, inbound)
        if found is None:
            log.info("nobody's message", channel=inbound.channel, kind=inbound.kind)
            if inbound.token is None or inbound.kind == "opened":  # anybody can make up a reply address: no backscatter
                answer_stray(connection, inbound, self._vault, self._engine.lexicon, self._house, now)
        elif inbound.kind == "opted_out":
            opt_people_out(
                connection, [found.person_id], origin=inbound.channel, campaign_id=found.campaign_id, now=now
            )
        elif found.survey_version_id is not None:
            self._turn(connection, inbound, found, now)
        else:
            self._hear_out(connection, inbound, found, now)

    def _find(self, connection: Connection, inbound: Inbound) -> Found | None:
        """By the token on the wire, or else by the address. A token from a new address makes it the person's own."""
        if inbound.token is None:
            return find_participation(
                connection,
                inbound.channel,
                fingerprint=self._vault.fingerprint(inbound.channel, inbound.address),
                message_ref=inbound.message_ref,
            )
        participation_id = self._links.participation_id(inbound.token)
        if participation_id is None:
            return None
        found = find_participation(connection, inbound.channel, participation_id=participation_id)
        if found is None or not self._shelf.has_addresses(inbound.channel) or found.contact_id is not None:
            return found
        bind_address(connection, found.person_id, inbound.channel, inbound.address, self._vault)
        return find_participation(connection, inbound.channel, participation_id=participation_id)

    def _hear_out(self, connection: Connection, inbound: Inbound, found: Found, now: datetime) -> None:
        """What was said to a message that asked nothing: only stopping changes anything, all else is told who writes."""
        briefing = self._shelf.briefing(connection, found.campaign_id, found.language, inbound.channel)
        t, manner = self._shelf.translation(found.language), self._shelf.manner(inbound.channel)
        if inbound.said.choice == "!stop" or is_opt_out(self._engine.lexicon, inbound.said.text or ""):
            opt_people_out(
                connection, [found.person_id], origin=inbound.channel, campaign_id=found.campaign_id, now=now
            )
            content = farewell(briefing=briefing, language=found.language, t=t)
        else:
            content = information(briefing=briefing, language=found.language, t=t, manner=manner)
        self._reply(connection, inbound, found, [content], now)

    def _turn(self, connection: Connection, inbound: Inbound, found: Found, now: datetime) -> None:
        form = self._shelf.form(connection, found.survey_version_id or 0)
        manner = self._shelf.manner(inbound.channel)
        dialogue = dialogue_of(self._engine, form, found, manner, now)
        if (
            found.opted_out_at is not None
        ):  # perhaps by a link or a provider's word, of which the dialogue knows nothing
            dialogue = replace(dialogue, phase="opted_out")
        said = Said(choice="!begin") if inbound.kind == "opened" else inbound.said
        turn = self._engine.reply(form, dialogue, said, now=now)
        language = turn.dialogue.language
        briefing = self._shelf.briefing(connection, found.campaign_id, language, inbound.channel)
        t = self._shelf.translation(language)
        is_closed = found.closed_at is not None or found.closes_at <= now
        if is_closed and not any(isinstance(event, ANSWERED_ALWAYS) for event in turn.events):
            result = self._shelf.closing(connection, found.campaign_id, language)
            contents: Sequence[Content] = (closed(dialogue.language, briefing=briefing, t=t, result=result),)
            self._reply(connection, inbound, found, contents, now)
            return
        contents = phrase(
            form, turn.dialogue, turn.events, briefing=briefing, t=t, now=now, manner=manner, entry=turn.entry
        )
        contents = ending_place(form, dialogue, turn.dialogue, contents)
        self._save(connection, inbound, found, dialogue, turn, contents, now)

    def _save(
        self,
        connection: Connection,
        inbound: Inbound,
        found: Found,
        before: Dialogue,
        turn: Turn,
        contents: Sequence[Content],
        now: datetime,
    ) -> None:
        if any(isinstance(event, OptedIn) for event in turn.events):
            opt_people_in(connection, [found.person_id])
        data = turn.dialogue.to_data()
        if not self._shelf.has_addresses(inbound.channel):
            data["page"] = [content.to_data() for content in contents]
        save_turn(
            connection,
            TurnRecord(
                participation_id=found.participation_id,
                channel=inbound.channel,
                language=turn.dialogue.language,
                dialogue=data,
                status=_status(turn),
                answers=_answers(turn.events, before.language),
                set_aside=[event.path for event in turn.events if isinstance(event, SetAside | Skipped)],
                external_id=inbound.external_id,
            ),
            now,
        )
        if any(isinstance(event, EraseConfirmed) for event in turn.events):
            erase_person(connection, found.person_id, now, farewell_contact_id=found.contact_id)
            subject = f"person {found.person_id}"
            audit.append(connection, actor="resident", action="erased", subject=subject, now=now)
            self._reply(connection, inbound, found, contents, now, purpose="notice")
        else:
            self._reply(connection, inbound, found, contents, now)

    def _reply(
        self,
        connection: Connection,
        inbound: Inbound,
        found: Found,
        contents: Sequence[Content],
        now: datetime,
        purpose: str = "reply",
    ) -> None:
        """Queue what is said back. A page has no address: it shows what it was told the next time it is opened."""
        if found.contact_id is None or not self._shelf.has_addresses(inbound.channel):
            return
        replies = [
            Reply(
                channel=inbound.channel,
                lane=inbound.lane,
                contact_id=found.contact_id,
                language=content.language,
                content=content.to_data(),
                purpose=purpose,
                updates_ref=inbound.message_ref if content.is_update else None,
            )
            for content in contents
        ]
        queue_replies(
            connection,
            replies,
            now,
            person_id=found.person_id,
            campaign_id=found.campaign_id,
            participation_id=found.participation_id,
        )


def _status(turn: Turn) -> str | None:
    """The participation's status after a turn; None leaves it as it is."""
    match turn.dialogue.phase:
        case "finished" | "opted_out" | "declined" as phase:
            return phase
        case "asking":
            return "started"
        case _:
            return None


def _answers(events: Sequence[Event], language: str) -> list[AnswerRecord]:
    """The answers among the events, each at its question's path without instance numbers."""
    return [
        AnswerRecord(
            question=_INSTANCE.sub("", event.path),
            path=event.path,
            value=event.value if isinstance(event, Answered) else event.new,
            language=language,
        )
        for event in events
        if isinstance(event, Answered | Corrected)
    ]
