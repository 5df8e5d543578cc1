"""A survey held in the shell, over any two streams. Reading the survey's file and choosing the streams is the command line's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TextIO

from bot.contents import Content, Said
from bot.dialogues import Dialogue, Turn
from bot.engine import Engine
from bot.events import Invited, as_data
from bot.phrasing import Briefing, Manner, Translation, phrase
from channels.rendering import numbered

if TYPE_CHECKING:
    from bot.forms import Form

MANNER = Manner(has_card_in_invitation=True, opens_with_question=True)
AT_REST = ("finished", "opted_out", "declined")
AT_AN_END = ("opted_out", "declined")


class Teller(Protocol):
    """Shows a conversation, one turn at a time."""

    def tell(self, said: str | None, turn: Turn, contents: tuple[Content, ...]) -> None:
        """Show what a turn led to; `said` is None for the opening."""
        ...


class Paper:
    """The texts one after another, an empty line between."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, said: str | None, turn: Turn, contents: tuple[Content, ...]) -> None:
        self._out.writelines(f"{numbered(content)}\n\n" for content in contents)
        self._out.flush()


class Record:
    """One line of JSON a turn: {"said", "events", "texts"}."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, said: str | None, turn: Turn, contents: tuple[Content, ...]) -> None:
        events = [as_data(event) for event in turn.events]
        line = {"said": said, "events": events, "texts": [numbered(content) for content in contents]}
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._out.flush()


def talk(
    form: Form,
    engine: Engine,
    translate: Callable[[str], Translation],
    *,
    language: str,
    lines: Iterable[str],
    teller: Teller,
    now: Callable[[], datetime],
    is_interactive: bool = False,
    name: str = "",
) -> Dialogue:
    """Ask the first question and answer each line, empty ones too; gives the dialogue as it ended.

    A survey without a title of its own is called by `name`.

    Ends with the lines. With `is_interactive` an empty line says nothing, or ends it when nothing is left to ask, and so
    does whoever declines or wants no more messages.
    """
    briefing = Briefing(sender=title_of(form, name), purpose="", card="", verify_url="", contact="")

    def tell(said: str | None, turn: Turn) -> None:
        t, entry = translate(turn.dialogue.language), turn.entry
        told = phrase(form, turn.dialogue, turn.events, briefing=briefing, t=t, now=now(), manner=MANNER, entry=entry)
        teller.tell(said, turn, told)

    turn = engine.invite(form, language=language, opens_with_question=True, now=now())
    dialogue = turn.dialogue
    events = tuple(event for event in turn.events if not isinstance(event, Invited))
    tell(None, Turn(dialogue, events, turn.entry))
    for line in lines:
        said = line.rstrip("\r\n")
        if is_interactive and not said.strip():
            if dialogue.phase in AT_REST:
                break
            continue
        turn = engine.reply(form, dialogue, Said(text=said), now=now())
        dialogue = Dialogue.from_data(json.loads(json.dumps(turn.dialogue.to_data())))
        tell(said, turn)
        if is_interactive and dialogue.phase in AT_AN_END:
            break
    return dialogue


def title_of(form: Form, name: str) -> str:
    """The survey's title; `name` where that is only the name of the root node, which XLSForm gives to forms without one."""
    is_root = any(question.path.startswith(f"/{form.title}/") for question in form.questions[:1])
    return name or form.title if is_root or not form.title else form.title


def typed(prompt: str) -> Iterator[str]:
    """What a person types, line by line, with the keys for editing that their shell has. Ends with Ctrl-D or Ctrl-C."""
    with suppress(ImportError):
        import readline  # noqa: F401 - its presence is what gives input() its keys
    while True:
        try:
            yield input(prompt)
        except (EOFError, KeyboardInterrupt):
            return
