"""One person's turn once it is known whose it is: where the conversation stands, and what is said back. Whose it is, is found in `turns`; what it leaves behind is entered in `recording`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.events import (
    EraseAsked,
    EraseConfirmed,
    HelpAsked,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    OptedIn,
    OptedOut,
    PersonAsked,
    WhoAsked,
)
from bot.moves import closest_language
from bot.phrasing import closed, farewell, information, phrase
from bot.places_awaited import ending_place
from service import recording
from service.recently import Recently
from store.departures import opt_people_out
from store.inbounds import answered_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.dialogues import Turn
    from bot.engine import Engine
    from bot.forms import Entry, Form
    from bot.wordings import Manner
    from channels.api import Inbound
    from service.shelf import Shelf
    from store.finding import Found
    from store.turns import Ledger

# What a closed dialogue still answers; everything else would be a late answer.
ANSWERED_ALWAYS: Final = (
    OptedOut, OptedIn, EraseAsked, EraseConfirmed, HelpAsked, WhoAsked, MineAsked, PersonAsked,
)  # fmt: skip
ABOUT_LANGUAGE: Final = (LanguageOffered, LanguageChanged)


def dialogue_of(engine: Engine, form: Form, found: Found, manner: Manner, now: datetime) -> Dialogue:
    """Where a participation's conversation stands: as it was left, or about to begin in the channel's manner."""
    data = found.dialogue
    if data is not None:
        return Dialogue.from_data(data)
    return _invited(engine, form, found, manner, now, None).dialogue


def _invited(engine: Engine, form: Form, found: Found, manner: Manner, now: datetime, guess: str | None) -> Turn:
    """`guess` is the language of the resident's own program: it is taken where the survey lacks the registered one."""
    language = found.language
    if guess and closest_language(form, found.registered_language) is None:
        language = closest_language(form, guess) or language
    opens_with_question = manner.opens_with_question
    return engine.invite(form, language=language, opens_with_question=opens_with_question, now=now)


class Conversations:
    """Holds conversations with those whose word it is, in the writer's thread."""

    def __init__(self, shelf: Shelf, engine: Engine) -> None:
        self._shelf = shelf
        self._engine = engine
        self._recently = Recently()

    def turn(
        self,
        ledger: Ledger,
        inbound: Inbound,
        found: Found,
        now: datetime,
        *,
        mode: str | None = None,
    ) -> None:
        """Take one turn, with everything that follows from it. `mode` is how it came in, if not from the person themselves."""
        connection, manner = ledger.connection, self._shelf.manner(inbound.channel)
        form, dialogue, entry = self._standing(connection, inbound, found, manner, now)
        said = Said(choice="!begin") if inbound.kind == "opened" and found.survey_version_id else inbound.said
        path = self._corrected(connection, inbound, found)
        turn = self._engine.reply(form, dialogue, said, now=now, corrects=path, entry=entry)
        contents = self._told(connection, inbound, found, form, turn, now)
        if contents is None:
            late = [self._late(connection, inbound, found, turn.dialogue.language)]
            if dialogue.is_erasing:  # that was no yes, and no later yes shall be one
                turn = replace(turn, dialogue=replace(dialogue, is_erasing=False), events=())
                recording.save(ledger, self._shelf, inbound, found, turn, late, now, before=dialogue)
            else:
                recording.reply(ledger, self._shelf, inbound, found, late, now)
            return
        contents = ending_place(form, dialogue, turn.dialogue, contents)
        saved = recording.save(
            ledger,
            self._shelf,
            inbound,
            found,
            turn,
            contents,
            now,
            before=dialogue,
            path=path,
            mode=mode,
        )
        if turn.dialogue.phase != "opted_out":
            self._recently.keep(found.participation_id, turn, saved, now)

    def _standing(
        self, connection: Connection, inbound: Inbound, found: Found, manner: Manner, now: datetime
    ) -> tuple[Form, Dialogue, Entry | None]:
        """The survey and where the conversation about it stands, with the filled form if it is still open.

        What asks nothing is a survey without questions, at its end.
        """
        entry = None
        if found.survey_version_id is None:
            form = self._shelf.notice_form(connection, found.campaign_id)
            saved = found.dialogue
            dialogue = Dialogue.from_data(saved) if saved else Dialogue(found.language, phase="finished")
        else:
            form = self._shelf.form(connection, found.survey_version_id)
            dialogue, entry = self._open(form, found, manner, now, guess=inbound.language)
        if found.opted_out_at is not None:  # perhaps by a link or a provider's word, which the dialogue does not know
            dialogue = replace(dialogue, phase="opted_out")
        elif found.survey_version_id is None:
            dialogue = replace(dialogue, phase="finished")
        return form, dialogue, entry

    def _open(
        self, form: Form, found: Found, manner: Manner, now: datetime, *, guess: str | None
    ) -> tuple[Dialogue, Entry | None]:
        """The dialogue as it was left, or as it begins, with its form where that is at hand."""
        known, entry = self._recently.take(found.participation_id, form, found.written)
        if known is not None:
            return known, entry
        data = found.dialogue
        if data is not None:
            return Dialogue.from_data(data), None
        invited = _invited(self._engine, form, found, manner, now, guess)
        return invited.dialogue, invited.entry

    def _corrected(self, connection: Connection, inbound: Inbound, found: Found) -> str:
        """The path of the answer that a rewritten message had given; "" when it gave none."""
        if inbound.edits is None:
            return ""
        return answered_by(connection, found.participation_id, inbound.channel, inbound.edits)

    def _told(
        self, connection: Connection, inbound: Inbound, found: Found, form: Form, turn: Turn, now: datetime
    ) -> Sequence[Content] | None:
        """What is said back to a turn; None when it is too late for it."""
        language, channel = turn.dialogue.language, inbound.channel
        briefing = self._shelf.briefing(connection, found.campaign_id, language, channel)
        t, manner = self._shelf.translation(language), self._shelf.manner(channel)
        events = turn.events
        if found.survey_version_id is None:
            events = tuple(event for event in events if isinstance(event, (*ANSWERED_ALWAYS, *ABOUT_LANGUAGE)))
            if turn.events and not events:
                return (information(briefing=briefing, language=language, t=t, manner=manner),)
        elif found.closed_at is not None or found.closes_at <= now:
            briefing = replace(briefing, is_closed=True)
            events = tuple(event for event in events if isinstance(event, ANSWERED_ALWAYS))
            if not events and (turn.events or not found.opted_out_at):
                return None
        return phrase(form, turn.dialogue, events, briefing=briefing, t=t, now=now, manner=manner, entry=turn.entry)

    def _late(self, connection: Connection, inbound: Inbound, found: Found, language: str) -> Content:
        briefing = self._shelf.briefing(connection, found.campaign_id, language, inbound.channel)
        result = self._shelf.closing(connection, found.campaign_id, language)
        return closed(language, briefing=briefing, t=self._shelf.translation(language), result=result)

    def show(self, ledger: Ledger, inbound: Inbound, found: Found | None, now: datetime) -> None:
        """Where the conversation stands of one who has just said who they are, and nothing else."""
        if found is None or found.survey_version_id is None:
            return
        connection = ledger.connection
        manner = self._shelf.manner(inbound.channel)
        form, dialogue, _ = self._standing(connection, inbound, found, manner, now)
        briefing = self._shelf.briefing(connection, found.campaign_id, dialogue.language, inbound.channel)
        t = self._shelf.translation(dialogue.language)
        events = self._engine.current(form, dialogue, now=now)
        contents = phrase(form, dialogue, events, briefing=briefing, t=t, now=now, manner=manner)
        recording.reply(ledger, self._shelf, inbound, found, contents, now)

    def part(self, ledger: Ledger, inbound: Inbound, found: Found, people: Sequence[int], now: datetime) -> None:
        """Everybody at a shared address leaves: who said stop is not known, and stop is never a question back."""
        opt_people_out(ledger.connection, people, origin=inbound.channel, campaign_id=found.campaign_id, now=now)
        briefing = self._shelf.briefing(ledger.connection, found.campaign_id, found.language, inbound.channel)
        t = self._shelf.translation(found.language)
        content = farewell(briefing=briefing, language=found.language, t=t)
        recording.reply(ledger, self._shelf, inbound, found, [content], now)
