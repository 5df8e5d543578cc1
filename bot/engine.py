"""The conversation as one pure function: a dialogue and what was said go in, a dialogue and events come out. Texts live in `phrasing`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Said
from bot.dialogues import Dialogue, Turn
from bot.events import AlreadyFinished, Began, Declined, Event, Invited
from bot.lexicon import Lexicon
from bot.moves import ALWAYS_ANSWERED, begin, carry_out, closest_language, confirm_erasure, decline, standing
from bot.presses import press, share
from bot.turns import OpenTurn, reason_of
from bot.understanding import (
    NOWHERE,
    Ambiguous,
    Command,
    Gazetteer,
    NotUnderstood,
    Open,
    Reading,
    Understood,
    find_command,
    fold,
    is_opt_out,
    is_yes_or_no,
    read,
)

if TYPE_CHECKING:
    from bot.forms import Form

MOST_CHARS = 4000
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def storable(text: str) -> str:
    """The text without what no document can hold (XML 1.0, section 2.2): control characters and halves of surrogate pairs."""
    return _UNSTORABLE.sub("", text)


def own_names(form: Form) -> dict[str, str]:
    """The survey's languages by their own folded names: "svenska" is "sv"."""
    return {fold(name.partition("(")[0]): code for name, code in zip(form.languages, form.codes(), strict=False)}


class Engine:
    """Takes turns. Holds nothing but the lexicon and the places known by name, so one serves every dialogue."""

    def __init__(self, lexicon: Lexicon, places: Gazetteer = NOWHERE) -> None:
        self.lexicon = lexicon
        self.places = places

    def invite(self, form: Form, *, language: str, opens_with_question: bool, now: datetime) -> Turn:
        """A dialogue that waits to begin; with `opens_with_question` the first question already stands in the invitation."""
        own = form.codes()[0]
        dialogue = Dialogue(language=closest_language(form, language) or (language if own == "und" else own))
        turn = OpenTurn(form, replace(dialogue, entry=form.new(now=now).data()), now=now)
        turn.tell(Invited())
        if opens_with_question:
            turn.advance()
            if turn.state.position:
                turn.change(phase="invited")
        return turn.close()

    def current(self, form: Form, dialogue: Dialogue, *, now: datetime) -> tuple[Event, ...]:
        """What stands now: the open question with the notes right before it, or where the dialogue came to rest."""
        return standing(OpenTurn(form, dialogue, now=now))

    def reply(self, form: Form, dialogue: Dialogue, said: Said, *, now: datetime, corrects: str = "") -> Turn:
        """The turn that `said` leads to. Never raises for anything a resident can say.

        With `corrects`, the path of a question, a text is another wording of the answer that was given there.
        """
        turn = OpenTurn(form, dialogue, now=now)
        if corrects and turn.step_at(corrects) is not None:
            turn.change(position=corrects, is_repeat=False, tries=0, pending=(), offered=(), phase="asking")
        turn.change(is_erasing=False)
        if said.choice is not None:
            press(turn, said.choice, was_erasing=dialogue.is_erasing)
        elif said.location is not None:
            share(turn, said.location)
        else:
            self._hear(turn, storable((said.text or "")[:MOST_CHARS]), was_erasing=dialogue.is_erasing)
        return turn.close()

    # --- typed

    def _hear(self, turn: OpenTurn, text: str, *, was_erasing: bool) -> None:
        if is_opt_out(self.lexicon, text):
            carry_out(turn, Command("stop"))
            return
        plain = Open("", turn.state.language, self.lexicon, turn.now)
        yes_or_no = is_yes_or_no(plain, text)
        if was_erasing and yes_or_no is not None:
            confirm_erasure(turn, is_sure=yes_or_no)
            return
        command = find_command(self.lexicon, text, turn.state.language, own_names(turn.form))
        if turn.state.phase == "opted_out" and (command is None or command.name not in ALWAYS_ANSWERED):
            return
        if turn.state.position and turn.state.phase in ("asking", "invited"):
            self._hear_answer(turn, text, command, yes_or_no)
        elif command is not None:
            carry_out(turn, command)
        elif turn.state.phase == "finished":
            if not yes_or_no and not self._is_courtesy(text):
                turn.tell(AlreadyFinished())
        elif turn.state.phase == "declined":
            turn.tell(Declined())
        elif yes_or_no is True:
            begin(turn)
        elif yes_or_no is False:
            decline(turn)
        else:
            turn.puzzle("begin")

    def _is_courtesy(self, text: str) -> bool:
        """A thank-you needs no answer."""
        return all(token in self.lexicon.said("")["polite"] for token in fold(text).split())

    def _hear_answer(self, turn: OpenTurn, text: str, command: Command | None, yes_or_no: bool | None) -> None:
        if turn.state.is_repeat:
            self._hear_repeat(turn, command, yes_or_no)
            return
        question = turn.open_question(turn.state.position, self.lexicon, self.places)
        if question is None:  # the ground went away between two turns: the survey's own clock can do that
            turn.advance()
            return
        if len(turn.state.offered) == 1 and yes_or_no is not None:
            self._hear_asked_back(turn, question, yes_or_no)
            return
        reading = read(question, text)
        if command is not None and not _goes_before(reading, command, question):
            carry_out(turn, command)
            return
        if turn.state.phase == "invited":
            if not isinstance(reading, Understood) and yes_or_no is not None:
                begin(turn) if yes_or_no else decline(turn)
                return
            turn.change(phase="asking")
            turn.tell(Began())
        self._take(turn, question, reading)

    def _hear_asked_back(self, turn: OpenTurn, question: Open, is_meant: bool) -> None:
        """Yes or no to "did you mean …?"."""
        if is_meant:
            self._take(turn, question, Understood(turn.state.offered[0]))
        else:
            turn.change(offered=())
            turn.ask_again()

    def _take(self, turn: OpenTurn, question: Open, reading: Reading) -> None:
        path = turn.state.position
        match reading:
            case Understood(value=""):
                turn.drop(path)
            case Understood(value=value, is_inferred=is_inferred):
                if turn.state.offered and turn.state.pending and question.type == "select_multiple":
                    chosen = {*turn.state.pending, *value.split()}
                    value = " ".join(choice.value for choice in question.choices if choice.value in chosen)
                turn.answer(path, value, is_inferred=is_inferred)
            case Ambiguous(values=values, kept=kept, candidates=candidates):
                turn.puzzle("ambiguous", values, candidates)
                if kept:
                    turn.change(pending=kept)
            case NotUnderstood(reason=reason):
                turn.puzzle(reason if reason != "choice" else reason_of(question.type))

    def _hear_repeat(self, turn: OpenTurn, command: Command | None, yes_or_no: bool | None) -> None:
        if command is not None and command.name not in ("more", "enough", "skip", "done"):
            carry_out(turn, command)
        elif yes_or_no is True or (command is not None and command.name == "more"):
            carry_out(turn, Command("more"))
        elif yes_or_no is False or command is not None:
            carry_out(turn, Command("enough"))
        else:
            turn.puzzle("begin")


def _goes_before(reading: Reading, command: Command, question: Open) -> bool:
    """Whether an answer goes before a command of the same spelling: to the letter always, otherwise before a foreign one."""
    if not isinstance(reading, Understood):
        return False
    return reading.is_literal or (not command.is_own and question.type != "text" and not reading.is_inferred)
