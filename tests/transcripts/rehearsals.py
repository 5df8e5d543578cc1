"""A transcript held in the engine alone, in one channel's manner: what happened and what is said at each turn. No wire is touched here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from bot.contents import Content, Said
from bot.dialogues import Dialogue, Turn
from bot.engine import Engine
from bot.events import Answered, Corrected, Event, Invited, SetAside, Skipped
from bot.phrasing import Manner, phrase
from bot.places_awaited import ending_place
from bot.understanding import Gazetteer
from channels import terminal
from channels.email import door as email
from channels.sms import door as sms
from channels.telegram import door as telegram
from channels.telegram.keyboards import shape
from channels.web import door as web
from locales import load_lexicon, translation
from service.shelf import manner_of
from tests.transcripts import campaign, scripts
from tests.transcripts.scripts import Script
from tests.transcripts.telling import bare, numbers_in, told

DOORS = (telegram, sms, email, web)
MANNERS = {
    **{door.name: manner_of(door.limits(door.settings())) for door in DOORS if door.limits is not None},
    "terminal": terminal.MANNER,
}
TYPED = ("sms", "email", "terminal")  # channels on which nothing can be pressed
BEGUN_BY_ITSELF = ("email", "web", "terminal")  # the first question stands in the invitation


class NothingToPress(AssertionError):
    """A transcript presses what is not there."""


@dataclass
class Heard:
    """What one turn led to. `is_played` is false where the channel has no such move."""

    events: Sequence[Event] = ()
    contents: Sequence[Content] = ()
    is_played: bool = True
    language: str = ""


@cache
def engine(places: tuple[tuple[str, float, float], ...] = ()) -> Engine:
    """The engine with the places that a transcript knows."""
    return Engine(load_lexicon(), Gazetteer.build(places)) if places else Engine(load_lexicon())


@dataclass
class Rehearsal:
    """Holds one transcript over one channel, turn by turn; between any two the dialogue is JSON."""

    script: Script
    channel: str
    said: dict[str, str] = field(default_factory=dict)  # what was typed at a turn, and which question it answered

    def __post_init__(self) -> None:
        self.now: datetime = self.script.start
        self.form = campaign.form(self.script.survey)
        self.dialogue: Dialogue | None = None
        self.open: list[Content] = []
        self.at_turn: dict[int, Content] = {}
        self.answered_at: dict[int, str] = {}
        self.channel_now = self.channel
        self._engine = engine(self.script.places)

    @property
    def manner(self) -> Manner:
        return replace(MANNERS[self.channel_now], knows_places=bool(self.script.places))

    def take(self, turn: scripts.Turn) -> Heard:
        """One turn of the transcript."""
        self.channel_now = turn.on or self.channel
        heard = self._taken(turn)
        if heard.contents:
            self.open = [content for content in heard.contents if content.options or content.actions] or self.open
            self.at_turn[turn.place] = heard.contents[-1]
        return heard

    def values(self) -> dict[str, str]:
        """What is stored in the end: path to value."""
        if self.dialogue is None:
            return {}
        entry = self.form.restore(self.dialogue.entry, now=self.now)
        return {path: entry.value(path) for path in self.dialogue.answered}

    # --- moves

    def _taken(self, turn: scripts.Turn) -> Heard:
        match turn.move:
            case "receive":
                return self._invited()
            case "wait":
                self.now += turn.span
                return Heard()
            case "begin":
                return self._begun(turn)
            case "open":
                return self._reply(Said(choice="!begin"), turn)
            case "say":
                return self._reply(Said(text=turn.value), turn)
            case "press":
                return self._pressed(turn)
            case "tick" | "rank":
                return self._several(turn)
            case "share":
                return self._shared(turn)
            case "edit":
                return self._edited(turn)
        raise NotImplementedError(f"{turn.move} needs the service: write “needs_service: yes”")

    def _invited(self) -> Heard:
        turn = self._invitation()
        self.dialogue = turn.dialogue
        return self._heard(turn)

    def _invitation(self) -> Turn:
        opens = self.manner.opens_with_question
        turn = self._engine.invite(self.form, language=self.script.language, opens_with_question=opens, now=self.now)
        if self.channel == "terminal":  # it does not greet: whoever tries a survey knows
            events = tuple(event for event in turn.events if not isinstance(event, Invited))
            return Turn(turn.dialogue, events, turn.entry)
        return turn

    def _begun(self, turn: scripts.Turn) -> Heard:
        if self.channel in BEGUN_BY_ITSELF:
            return Heard(is_played=False)
        if self.channel == "telegram":
            return self._reply(Said(choice="!begin"), turn)
        return self._reply(Said(text=turn.value), turn)

    def _pressed(self, turn: scripts.Turn) -> Heard:
        if self.channel_now == "telegram":
            return self._tapped(turn)
        if self.channel_now == "web":
            return self._reply(Said(choice=self._value(turn.value)), turn)
        return self._reply(Said(text=self._number(turn.value)), turn)

    def _tapped(self, turn: scripts.Turn) -> Heard:
        content = self.at_turn[turn.of] if turn.of else self.open[-1]
        markup = shape(content, translation(content.language)).markup
        rows = getattr(markup, "inline_keyboard", None)
        if rows is None:  # a keyboard beside the text field types its words
            return self._reply(Said(text=turn.value), turn)
        found = [button.callback_data for row in rows for button in row if bare(button.text) == turn.value]
        if not found:
            raise NothingToPress(f"{turn.value!r} is none of {[b.text for row in rows for b in row]}")
        return self._reply(Said(choice=found[0]), turn)

    def _several(self, turn: scripts.Turn) -> Heard:
        if self.channel_now in TYPED:
            return self._reply(Said(text=", ".join(self._number(label) for label in turn.value)), turn)
        content = self.open[-1]
        chosen = [next(o.value for o in content.options if bare(o.label) == label) for label in turn.value]
        done = next((a.value for a in content.actions if a.value.startswith("!done")), "")
        if self.channel_now == "web":
            in_order = chosen if turn.move == "rank" else [o.value for o in content.options if o.value in chosen]
            return self._reply(Said(choice=" ".join([*in_order, done])), turn)
        told, heard = [], Heard()
        last = [] if turn.move == "rank" and len(chosen) == len(content.options) else [done]
        for value in (*chosen, *last):
            heard = self._reply(Said(choice=value), turn)
            told.append(heard)
        return Heard([e for one in told for e in one.events], [c for one in told for c in one.contents])

    def _shared(self, turn: scripts.Turn) -> Heard:
        latitude, longitude = map(float, turn.value)
        if self.channel_now in ("telegram", "web"):
            return self._reply(Said(location=(latitude, longitude)), turn)
        return self._reply(Said(text=f"{latitude}, {longitude}"), turn)

    def _edited(self, turn: scripts.Turn) -> Heard:
        if self.channel != "telegram":
            raise NotImplementedError("only Telegram tells of edited messages: write “channels: [telegram]”")
        path = self.answered_at.get(int(turn.value["turn"]), "")
        return self._reply(Said(text=turn.value["text"]), turn, corrects=path)

    def _reply(self, said: Said, turn: scripts.Turn, corrects: str = "") -> Heard:
        before = self.dialogue or self._invitation().dialogue
        taken = self._engine.reply(
            self.form, before, said, now=self.now, **({"corrects": corrects} if corrects else {})
        )
        self.dialogue = Dialogue.from_data(json.loads(json.dumps(taken.dialogue.to_data())))
        assert self.dialogue == taken.dialogue
        given = [event.path for event in taken.events if isinstance(event, Answered | Corrected)]
        if given:
            self.answered_at[turn.place] = given[0]
        self.now += timedelta(seconds=30)  # as the wires' clock goes on
        heard = self._heard(taken)
        heard.contents = ending_place(self.form, before, taken.dialogue, heard.contents)
        return heard

    def _heard(self, turn: Turn) -> Heard:
        language = turn.dialogue.language
        briefing = campaign.briefing(self.script, language, is_terse=self.manner.is_terse)
        if self.channel == "terminal":
            briefing = campaign.bare_briefing(self.script)
        contents = phrase(
            self.form,
            turn.dialogue,
            turn.events,
            briefing=briefing,
            t=translation(language),
            now=self.now,
            manner=self.manner,
            entry=turn.entry,
        )
        return Heard(turn.events, contents, language=language)

    # --- what can be named

    def _value(self, label: str) -> str:
        content = self.open[-1]
        for option in (*content.options, *content.actions):
            if bare(option.label) == label:
                return option.value
        raise NothingToPress(f"{label!r} is none of {[o.label for o in (*content.options, *content.actions)]}")

    def _number(self, label: str) -> str:
        """What one types instead of pressing: the number in the list, or the words themselves."""
        lines = numbers_in("\n".join(told(self.channel_now, self.open[-1:]))) if self.open else {}
        return lines.get(label, label)


def stored(events: Sequence[Event], before: dict[str, str]) -> dict[str, str]:
    """What is stored after these events."""
    values = dict(before)
    for event in events:
        if isinstance(event, Answered):
            values[event.path] = event.value
        elif isinstance(event, Corrected):
            values[event.path] = event.new
        elif isinstance(event, SetAside | Skipped):
            values.pop(event.path, None)
    return values
