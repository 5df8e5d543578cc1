"""The conversation as one pure function: a dialogue and what was said go in, a dialogue and events come out. Texts live in `phrasing`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.contents import Said
from bot.dialogues import Dialogue, Turn
from bot.events import AlreadyFinished, Answered, Declined, Event, Greeted, Invited, SetAside
from bot.language_offers import language_meant
from bot.lexicon import Lexicon
from bot.moves import (
    ALWAYS_ANSWERED,
    ask_anew,
    begin,
    carry_out,
    closest_language,
    confirm_erasure,
    decline,
    enter,
    offer_languages,
    regain,
    reopen,
    speak,
    standing,
)
from bot.presses import press, share
from bot.turns import OpenTurn
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
    from bot.forms import Entry, Form


@lru_cache(maxsize=256)
def own_names(languages: tuple[str, ...], codes: tuple[str, ...]) -> dict[str, str]:
    """A survey's languages by their own folded names: "svenska" is "sv"."""
    return {fold(name.partition("(")[0]): code for name, code in zip(languages, codes, strict=False)}


class Engine:
    """Takes turns. Holds nothing but the lexicon and the places known by name, so one serves every dialogue."""

    def __init__(self, lexicon: Lexicon, places: Gazetteer = NOWHERE) -> None:
        self.lexicon = lexicon
        self.places = places

    def invite(self, form: Form, *, language: str, opens_with_question: bool, now: datetime) -> Turn:
        """A dialogue that waits to begin; with `opens_with_question` the first question already stands in the invitation."""
        own = form.codes()[0]
        dialogue = Dialogue(language=closest_language(form, language) or (language if own == "und" else own))
        turn = OpenTurn(form, dialogue, now=now, entry=form.new(now=now))
        turn.tell(Invited())
        if opens_with_question:
            turn.advance()
            if turn.state.position:
                turn.change(phase="invited")
        return turn.close()

    def current(self, form: Form, dialogue: Dialogue, *, now: datetime) -> tuple[Event, ...]:
        """What stands now: the open question with the notes right before it, or where the dialogue came to rest."""
        return standing(OpenTurn(form, dialogue, now=now))

    def reply(
        self,
        form: Form,
        dialogue: Dialogue,
        said: Said,
        *,
        now: datetime,
        corrects: str = "",
        entry: Entry | None = None,
    ) -> Turn:
        """The turn that `said` leads to. Never raises for anything a resident can say.

        With `corrects`, the path of a question, a text is another wording of the answer that was given there.
        `entry` is the filled form that the last turn left (`Turn.entry`), where it is still at hand: it is written on, which
        spares opening it.
        """
        turn = OpenTurn(form, dialogue, now=now, entry=entry)
        tries = 0 if turn.has_rested else dialogue.tries
        turn.change(is_erasing=False, is_choosing_language=False, said_at=turn.said_at, tries=tries)
        lost = regain(turn) if self._has_lost_ground(turn) else ()
        if lost:
            turn.tell(*[event for event in lost if isinstance(event, SetAside | Answered)])
        told = len(turn.events)
        if said.choice is not None:
            press(turn, said.choice, was_erasing=dialogue.is_erasing)
        elif said.location is not None:
            if not lost:
                share(turn, said.location)
        else:
            self._hear(turn, said.words, dialogue, corrects=corrects, takes_answers=not lost)
        if lost and len(turn.events) == told:
            turn.tell(*[event for event in lost if not isinstance(event, SetAside | Answered)])
        return turn.close()

    @staticmethod
    def _has_lost_ground(turn: OpenTurn) -> bool:
        """Whether the open question is not to be asked any more: the survey's own clock can do that between two turns."""
        state = turn.state
        return state.phase in ("asking", "invited") and state.position != "" and turn.step_at(state.position) is None

    # --- typed

    def _hear(self, turn: OpenTurn, text: str, before: Dialogue, *, corrects: str, takes_answers: bool) -> None:
        if is_opt_out(self.lexicon, text):
            carry_out(turn, Command("stop"))
            return
        is_sure = self._yes_or_no(turn, text) if before.is_erasing else None
        if is_sure is not None:
            confirm_erasure(turn, is_sure=is_sure)
            return
        if before.is_choosing_language and self._hear_language(turn, text):
            return
        names = own_names(turn.form.languages, turn.form.codes())
        command = find_command(self.lexicon, text, turn.state.language, names)
        if turn.state.phase == "opted_out" and (command is None or command.name not in ALWAYS_ANSWERED):
            return
        if corrects and corrects != turn.state.position:
            self._hear_correction(turn, corrects, text, command)
        elif command is not None and not (takes_answers and self._is_asking(turn)):
            carry_out(turn, command)
        elif not takes_answers:
            return
        elif self._is_asking(turn):
            self._hear_answer(turn, text, command)
        else:
            self._hear_at_rest(turn, text)

    def _yes_or_no(self, turn: OpenTurn, text: str) -> bool | None:
        return is_yes_or_no(Open("", turn.state.language, self.lexicon, turn.now), text)

    def _hear_language(self, turn: OpenTurn, text: str) -> bool:
        """Whether the words answer the question which language to go on in; a yes names none, a no keeps the one there is."""
        yes_or_no = self._yes_or_no(turn, text)
        meant = language_meant(turn.form, turn.state.language, text, lexicon=self.lexicon, now=turn.now)
        if meant is not None:
            speak(turn, meant)
        elif yes_or_no is True:
            offer_languages(turn)
        elif yes_or_no is False:
            turn.tell(*standing(turn))
        else:
            return False
        return True

    @staticmethod
    def _is_asking(turn: OpenTurn) -> bool:
        return bool(turn.state.position) and turn.state.phase in ("asking", "invited")

    def _hear_at_rest(self, turn: OpenTurn, text: str) -> None:
        """What is said when no question is open."""
        yes_or_no = self._yes_or_no(turn, text)
        if turn.state.phase == "finished":
            if not yes_or_no and not self._is_courtesy(text):
                turn.tell(AlreadyFinished())
        elif turn.state.phase == "declined":
            turn.tell(Declined())
        elif yes_or_no is True:
            begin(turn)
        elif yes_or_no is False:
            decline(turn)
        elif self._is_courtesy(text):
            turn.tell(Greeted())
        else:
            turn.puzzle("begin")

    def _is_courtesy(self, text: str) -> bool:
        """Nothing but a greeting or a thank-you."""
        tokens = fold(text).split()
        return bool(tokens) and all(token in self.lexicon.said("")["polite"] for token in tokens)

    def _hear_answer(self, turn: OpenTurn, text: str, command: Command | None) -> None:
        if turn.state.is_repeat:
            self._hear_repeat(turn, text, command)
            return
        question = turn.open_question(turn.state.position, self.lexicon, self.places)
        if question is None:
            turn.advance()
            return
        if turn.state.offered and self._hear_asked_back(turn, question, text):
            return
        reading = read(question, text)
        if command is not None and not _goes_before(reading, command, question):
            carry_out(turn, command)
        elif self._is_only_courtesy(turn, question, reading, text):
            turn.tell(Greeted())
            turn.ask_again()
        elif not isinstance(reading, Understood) and self._is_about_beginning(turn, text):
            begin(turn) if self._yes_or_no(turn, text) else decline(turn)
        else:
            enter(turn)
            self._take(turn, question, turn.state.position, reading)

    def _is_only_courtesy(self, turn: OpenTurn, question: Open, reading: Reading, text: str) -> bool:
        """Free text takes any words, but a conversation is begun, and taken up again, with a greeting."""
        if question.type == "text":
            return (turn.has_rested or turn.state.phase == "invited") and self._is_courtesy(text)
        return not isinstance(reading, Understood) and self._is_courtesy(text)

    def _is_about_beginning(self, turn: OpenTurn, text: str) -> bool:
        """Whether the words answer an invitation to begin, and not the question that stands in it."""
        return turn.state.phase == "invited" and self._yes_or_no(turn, text) is not None

    def _hear_asked_back(self, turn: OpenTurn, question: Open, text: str) -> bool:
        """Whether the words were a yes or no to "did you mean …?", which is then taken."""
        offered, yes_or_no = turn.state.offered, self._yes_or_no(turn, text)
        if yes_or_no and len(offered) == 1:
            self._take(turn, question, turn.state.position, Understood(offered[0]))
        elif yes_or_no is False and not self._is_answer(question, text):
            ask_anew(turn)
        else:
            return False
        return True

    def _is_answer(self, question: Open, text: str) -> bool:
        """Whether a no is itself one of the choices, and more than one had been asked back."""
        return len(question.offered) > 1 and isinstance(read(question, text), Understood)

    def _take(self, turn: OpenTurn, question: Open, path: str, reading: Reading) -> None:
        match reading:
            case Understood(value=""):
                turn.drop(path)
            case Understood(value=value):
                if question.offered and turn.state.pending and question.type == "select_multiple":
                    chosen = {*turn.state.pending, *value.split()}
                    value = " ".join(choice.value for choice in question.choices if choice.value in chosen)
                turn.answer(
                    path,
                    value,
                    is_inferred=reading.is_inferred,
                    rest=reading.rest,
                    told=reading.told,
                    otherwise=reading.otherwise,
                )
            case Ambiguous(values=values, kept=kept, candidates=candidates):
                turn.puzzle("ambiguous", values, candidates)
                if kept:
                    turn.change(pending=kept)
            case NotUnderstood(reason=reason):
                turn.puzzle(reason)

    def _hear_correction(self, turn: OpenTurn, path: str, text: str, command: Command | None) -> None:
        """An earlier message, written anew: what it answered is answered so from now on."""
        question = turn.open_question(path, self.lexicon, self.places)
        if question is None:
            turn.puzzle("stale" if turn.state.position else "begin")
            turn.ask_again()
            return
        reading = read(question, text)
        if command is not None and not _goes_before(reading, command, question):
            carry_out(turn, command)
            return
        events, before = len(turn.events), turn.state
        if turn.is_dealt_with(path):
            self._take(turn, question, path, reading)
        if turn.state is before or turn.state.tries > before.tries:  # it has to be asked, or asked once more
            del turn.events[events:]
            turn.state = before
            reopen(turn, path)
            self._take(turn, question, path, reading)

    def _hear_repeat(self, turn: OpenTurn, text: str, command: Command | None) -> None:
        yes_or_no = self._yes_or_no(turn, text)
        if command is not None and command.name not in ("more", "enough", "skip", "done"):
            carry_out(turn, command)
        elif yes_or_no is True or (command is not None and command.name == "more"):
            carry_out(turn, Command("more"))
        elif yes_or_no is False or command is not None:
            carry_out(turn, Command("enough"))
        elif self._is_courtesy(text):
            turn.tell(Greeted())
            turn.ask_again()
        else:
            turn.puzzle("begin")


def _goes_before(reading: Reading, command: Command, question: Open) -> bool:
    """Whether an answer goes before a command of the same spelling: to the letter always, otherwise before a foreign one."""
    if not isinstance(reading, Understood):
        return False
    return reading.is_literal or (not command.is_own and question.type != "text" and not reading.is_inferred)
