"""A survey held along one way, as a channel would hold it: every message that the service sends. What they cost lives in `costs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Content, Said
from bot.dialogues import Dialogue, Turn
from bot.phrasing import phrase
from bot.turns import OpenTurn

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.forms import Form
    from bot.wordings import Briefing, Manner, Translation

MOST_TURNS = 2000


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message. `name` is the question that it ends with, "invitation", or "end"."""

    name: str
    content: Content


def hold(
    form: Form,
    engine: Engine,
    answers: Mapping[str, str],
    *,
    language: str,
    briefing: Briefing,
    t: Translation,
    manner: Manner,
    now: datetime,
    most_questions: int = MOST_TURNS,
) -> list[Spoken]:
    """Every message from the invitation to the last thanks, when the resident answers as `answers` say ("": passes over).

    After `most_questions` the rest is left out.
    """

    def tell(turn: Turn, name: str) -> list[Spoken]:
        contents = phrase(form, turn.dialogue, turn.events, briefing=briefing, t=t, now=now, manner=manner)
        return [Spoken(name, content) for content in contents]

    invited = engine.invite(form, language=language, opens_with_question=manner.opens_with_question, now=now)
    spoken = tell(invited, "invitation")
    dialogue = invited.dialogue
    if most_questions and not manner.opens_with_question:
        turn = engine.reply(form, dialogue, Said(choice="!begin"), now=now)
        dialogue = turn.dialogue
        spoken += tell(turn, _open_name(dialogue))
    asked = 0
    while dialogue.position and asked < most_questions:
        asked += 1
        turn = _answered(form, dialogue, answers, now)
        dialogue = turn.dialogue
        spoken += tell(turn, _open_name(dialogue))
    return spoken


def _open_name(dialogue: Dialogue) -> str:
    return dialogue.position.rpartition("/")[2] or "end"


def _answered(form: Form, dialogue: Dialogue, answers: Mapping[str, str], now: datetime) -> Turn:
    turn = OpenTurn(form, dialogue, now=now)
    turn.change(phase="asking")
    path = turn.state.position
    value = answers.get(path, "")
    if value and not turn.state.is_repeat:
        turn.answer(path, value)
    elif not turn.state.is_repeat and not turn.entry.is_required(path):
        turn.drop(path)
    if turn.state.position == path:  # a further instance, or an answer that we could not find
        turn.events.clear()
        turn.change(passed=(*turn.state.passed, path))
        turn.advance()
    return turn.close()
