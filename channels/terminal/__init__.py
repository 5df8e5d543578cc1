"""A survey held in the shell, over any two streams. Reading the survey's file and choosing the streams is the command line's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from bot.contents import Content, Said
from bot.dialogues import Dialogue, Turn
from bot.engine import Engine
from bot.events import as_data
from bot.phrasing import Briefing, Manner, Translation, phrase
from channels.rendering import numbered

if TYPE_CHECKING:
    from bot.forms import Form

MANNER = Manner(has_card_in_invitation=True, opens_with_question=True)
AT_REST = ("finished", "opted_out", "declined")
PROMPT = "> "


def talk(
    form: Form,
    engine: Engine,
    translate: Callable[[str], Translation],
    *,
    language: str,
    lines: Iterable[str],
    out: TextIO,
    now: Callable[[], datetime],
    is_json: bool = False,
    is_interactive: bool = False,
) -> Dialogue:
    """Ask the first question and answer each line; gives the dialogue as it ended.

    Ends with the lines; with `is_interactive` it also prompts, and ends when nothing is left to ask.
    With `is_json` each turn is one line: {"said", "events", "texts"}.
    """
    teller = _Teller(form, translate, out, is_json=is_json)
    turn = engine.invite(form, language=language, opens_with_question=True, now=now())
    dialogue = turn.dialogue
    teller.tell(None, Turn(dialogue, engine.current(form, dialogue, now=now())[1:]), now())
    for line in _prompted(lines, out) if is_interactive else lines:
        said = line.rstrip("\r\n")
        turn = engine.reply(form, dialogue, Said(text=said), now=now())
        dialogue = Dialogue.from_data(json.loads(json.dumps(turn.dialogue.to_data())))
        teller.tell(said, turn, now())
        if is_interactive and dialogue.phase in AT_REST:
            break
    return dialogue


def _prompted(lines: Iterable[str], out: TextIO) -> Iterable[str]:
    source = iter(lines)
    while True:
        out.write(PROMPT)
        out.flush()
        line = next(source, None)
        if line is None:
            out.write("\n")
            return
        yield line


class _Teller:
    """Writes turns to the stream, as text or as JSON."""

    def __init__(self, form: Form, translate: Callable[[str], Translation], out: TextIO, *, is_json: bool) -> None:
        self.form = form
        self.translate = translate
        self.out = out
        self.is_json = is_json

    def tell(self, said: str | None, turn: Turn, now: datetime) -> None:
        texts = [numbered(content) for content in self._contents(turn, now)]
        if self.is_json:
            line = {"said": said, "events": [as_data(event) for event in turn.events], "texts": texts}
            self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
        else:
            self.out.writelines(f"{text}\n\n" for text in texts)
        self.out.flush()

    def _contents(self, turn: Turn, now: datetime) -> tuple[Content, ...]:
        briefing = Briefing(
            sender=self.form.title,
            purpose="",
            card="",
            verify_url="",
            contact="",
        )
        t = self.translate(turn.dialogue.language)
        return phrase(self.form, turn.dialogue, turn.events, briefing=briefing, t=t, now=now, manner=MANNER)
