"""The conversation as one pure function: a dialogue and what was said go in, a dialogue and events come out. Texts live in `phrasing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Said
from bot.dialogues import Dialogue, Turn
from bot.events import (
    AlreadyFinished,
    Asked,
    Began,
    Declined,
    EraseAsked,
    EraseConfirmed,
    Event,
    Finished,
    HelpAsked,
    Invited,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    OptedIn,
    OptedOut,
    PersonAsked,
    Shown,
    Toggled,
    WentBack,
    WhoAsked,
)
from bot.lexicon import Lexicon
from bot.turns import OpenTurn, is_note, reason_of
from bot.understanding import (
    Ambiguous,
    Command,
    NotUnderstood,
    Open,
    Reading,
    Understood,
    find_command,
    fold,
    is_opt_out,
    is_yes_or_no,
    place_value,
    read,
)

if TYPE_CHECKING:
    from bot.forms import Form

MOST_CHARS = 4000
ALWAYS_ANSWERED = ("help", "who", "mine", "erase", "person", "begin", "language", "speak")


def closest_language(form: Form, wanted: str) -> str | None:
    """The survey's language code that serves `wanted` (BCP 47): itself, or one of the same base ("fa-AF": "fa")."""
    codes = form.codes()
    if wanted in codes:
        return wanted
    base = wanted.partition("-")[0].casefold()
    return next((code for code in codes if code.partition("-")[0].casefold() == base), None)


def own_names(form: Form) -> dict[str, str]:
    """The survey's languages by their own folded names: "svenska" is "sv"."""
    return {fold(name.partition("(")[0]): code for name, code in zip(form.languages, form.codes(), strict=False)}


class Engine:
    """Takes turns. Holds nothing but the lexicon, so one serves every dialogue."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def invite(self, form: Form, *, language: str, opens_with_question: bool, now: datetime) -> Turn:
        """A dialogue that waits to begin; with `opens_with_question` the first question already stands in the invitation."""
        codes = form.codes()
        dialogue = Dialogue(language=closest_language(form, language) or (codes[0] if codes else language))
        turn = OpenTurn(form, replace(dialogue, entry=form.new(now=now).data()), now=now)
        turn.tell(Invited())
        if opens_with_question:
            turn.advance()
            if turn.state.position:
                turn.change(phase="invited")
        return turn.close()

    def current(self, form: Form, dialogue: Dialogue, *, now: datetime) -> tuple[Event, ...]:
        """What stands now: the open question with the notes right before it, or where the dialogue came to rest."""
        resting: dict[str, Event] = {"finished": Finished(), "opted_out": OptedOut(), "declined": Declined()}
        if dialogue.phase in resting:
            return (resting[dialogue.phase],)
        turn = OpenTurn(form, dialogue, now=now)
        notes: list[Event] = []
        for step in turn.steps():
            if step.path == dialogue.position:
                break
            notes = [*notes, Shown(step.path)] if is_note(turn.entry, step) else []
        asked = [*notes, Asked(dialogue.position, is_repeat=dialogue.is_repeat)] if dialogue.position else []
        return (*([Invited()] if dialogue.phase == "invited" else []), *asked)

    def reply(self, form: Form, dialogue: Dialogue, said: Said, *, now: datetime) -> Turn:
        """The turn that `said` leads to. Never raises for anything a resident can say."""
        turn = OpenTurn(form, dialogue, now=now)
        if said.choice is not None:
            self._press(turn, said.choice)
        elif said.location is not None:
            self._share(turn, said.location)
        else:
            self._hear(turn, (said.text or "")[:MOST_CHARS].replace("\x00", ""))
        return turn.close()

    # --- typed

    def _hear(self, turn: OpenTurn, text: str) -> None:
        if is_opt_out(self.lexicon, text):
            self._command(turn, Command("stop"))
            return
        plain = Open("", turn.state.language, self.lexicon, turn.now)
        yes_or_no = is_yes_or_no(plain, text)
        if turn.state.is_erasing:
            turn.change(is_erasing=False)
            if yes_or_no is not None:
                self._confirm_erasure(turn, yes_or_no)
                return
        command = find_command(self.lexicon, text, turn.state.language, own_names(turn.form))
        if turn.state.phase == "opted_out" and (command is None or command.name not in ALWAYS_ANSWERED):
            return
        if turn.state.position and turn.state.phase in ("asking", "invited"):
            self._hear_answer(turn, text, command, yes_or_no)
        elif command is not None:
            self._command(turn, command)
        elif turn.state.phase == "finished":
            if not yes_or_no and not self._is_courtesy(text):
                turn.tell(AlreadyFinished())
        elif turn.state.phase == "declined":
            turn.tell(Declined())
        elif yes_or_no is True:
            self._begin(turn)
        elif yes_or_no is False:
            self._decline(turn)
        else:
            turn.puzzle("begin")

    def _is_courtesy(self, text: str) -> bool:
        """A thank-you needs no answer."""
        return all(token in self.lexicon.words["polite"] for token in fold(text).split())

    def _hear_answer(self, turn: OpenTurn, text: str, command: Command | None, yes_or_no: bool | None) -> None:
        if turn.state.is_repeat:
            self._hear_repeat(turn, command, yes_or_no)
            return
        question = turn.open_question(turn.state.position, self.lexicon)
        if question is None:  # the ground went away between two turns: the survey's own clock can do that
            turn.advance()
            return
        if len(turn.state.offered) == 1 and yes_or_no is not None:
            self._hear_asked_back(turn, question, yes_or_no)
            return
        reading = read(question, text)
        if command is not None and not (isinstance(reading, Understood) and reading.is_literal):
            self._command(turn, command)
            return
        if turn.state.phase == "invited":
            if not isinstance(reading, Understood) and yes_or_no is not None:
                self._begin(turn) if yes_or_no else self._decline(turn)
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
            case Ambiguous(values=values, kept=kept):
                turn.puzzle("ambiguous", values)
                if kept:
                    turn.change(pending=kept)
            case NotUnderstood(reason=reason):
                turn.puzzle(reason if reason != "choice" else reason_of(question.type))

    def _hear_repeat(self, turn: OpenTurn, command: Command | None, yes_or_no: bool | None) -> None:
        if command is not None and command.name not in ("more", "enough", "skip", "done"):
            self._command(turn, command)
        elif yes_or_no is True or (command is not None and command.name == "more"):
            self._command(turn, Command("more"))
        elif yes_or_no is False or command is not None:
            self._command(turn, Command("enough"))
        else:
            turn.puzzle("begin")

    # --- pressed and shared

    def _press(self, turn: OpenTurn, choice: str) -> None:
        parts = choice.split()
        if turn.state.phase == "opted_out" and choice.partition(".")[0] not in ("!begin", "!help", "!erase", "!mine", "!who"):
            return
        places = [place for place in map(_place, parts) if place]
        if parts and parts[-1].startswith("!"):
            name, _, argument = parts[-1][1:].partition(":")
            name, _, number = name.partition(".")
            self._press_command(turn, name, argument, int(number) if number.isdecimal() and len(number) < 6 else 0, places)
        elif places and len(places) == len(parts) and len({n for n, _ in places}) == 1:
            self._press_choices(turn, places[0][0], [k for _, k in places])
        else:
            self._stale(turn)

    def _press_command(self, turn: OpenTurn, name: str, argument: str, number: int, places: Sequence[tuple[int, int]]) -> None:
        if name == "done" and places:
            self._press_choices(turn, places[0][0], [k for _, k in places], is_whole=True)
            return
        is_about_question = name in ("done", "skip", "more", "enough")
        if is_about_question and number and number != turn.state.number_of(turn.state.position):
            return  # pressed twice: the first press has already moved on
        if name == "lang" and argument:
            self._command(turn, Command("speak", language=argument))
        elif name == "lang":
            self._command(turn, Command("language"))
        else:
            self._command(turn, Command(name))

    def _press_choices(self, turn: OpenTurn, number: int, places: list[int], *, is_whole: bool = False) -> None:
        """Buttons of the `number`-th asked question: the open one, or an earlier one, which corrects it."""
        path = turn.state.history[number - 1] if 1 <= number <= len(turn.state.history) else ""
        step = turn.step_at(path) if path else None
        values = turn.values_at(path) if step else ()
        is_dealt_with = path in turn.state.answered or path in turn.state.passed
        if step is None or step.question is None or not all(1 <= k <= len(values) for k in places):
            self._stale(turn)
        elif path != turn.state.position and not is_dealt_with:
            self._stale(turn)
        elif turn.state.marks[number - 1] != _newest_mark(turn.state, path):
            self._stale(turn)
        else:
            if turn.state.phase == "invited":
                turn.tell(Began())
            turn.change(phase="asking" if turn.state.phase in ("invited", "declined") else turn.state.phase)
            chosen = [values[k - 1] for k in places]
            if step.question.type in ("select_multiple", "rank") and not is_whole and len(places) == 1:
                self._toggle(turn, path, chosen[0], step.question.type)
            elif step.question.type == "rank":
                turn.answer(path, " ".join(dict.fromkeys(chosen)))
            else:
                self._choose(turn, path, " ".join(value for value in values if value in chosen))

    def _choose(self, turn: OpenTurn, path: str, value: str) -> None:
        if path in turn.state.answered and turn.entry.value(path) == value and path != turn.state.position:
            return  # pressed twice
        turn.answer(path, value)

    def _toggle(self, turn: OpenTurn, path: str, value: str, question_type: str) -> None:
        if path != turn.state.position:
            pending = tuple(turn.entry.value(path).split())
            turn.change(position=path, is_repeat=False, tries=0, offered=(), pending=pending, phase="asking")
        ticked = turn.state.pending
        ticked = tuple(v for v in ticked if v != value) if value in ticked else (*ticked, value)
        values = turn.values_at(path)
        if question_type == "select_multiple":
            ticked = tuple(v for v in values if v in ticked)
        turn.change(pending=ticked)
        if question_type == "rank" and len(ticked) == len(values):
            turn.answer(path, " ".join(ticked))
        else:
            turn.tell(Toggled(path, ticked))

    def _stale(self, turn: OpenTurn) -> None:
        if turn.state.phase == "finished":
            turn.tell(AlreadyFinished())
        elif turn.state.phase != "opted_out":
            turn.puzzle("stale" if turn.state.position else "begin")

    def _share(self, turn: OpenTurn, location: tuple[float, float]) -> None:
        question = turn.question_at(turn.state.position) if turn.state.position else None
        if turn.state.phase == "opted_out":
            return
        if question is None or question.type != "geopoint":
            self._stale(turn)
        elif turn.state.phase == "invited":
            turn.change(phase="asking")
            turn.tell(Began())
            turn.answer(turn.state.position, place_value(*location))
        else:
            turn.answer(turn.state.position, place_value(*location))

    # --- commands

    def _command(self, turn: OpenTurn, command: Command) -> None:
        told: dict[str, Event] = {"help": HelpAsked(), "who": WhoAsked(), "mine": MineAsked(), "person": PersonAsked()}
        if command.name in told:
            turn.tell(told[command.name])
            turn.ask_again()
            return
        moves = {
            "stop": self._opt_out,
            "begin": self._begin,
            "back": self._go_back,
            "erase": self._ask_erasure,
            "done": self._done,
            "skip": self._skip,
            "more": self._more,
            "enough": self._enough,
            "language": self._offer_languages,
            "no": self._decline,
        }
        if command.name == "change":
            self._change(turn, command.number)
        elif command.name == "speak":
            self._speak(turn, command.language)
        elif command.name in moves:
            moves[command.name](turn)
        else:
            self._stale(turn)

    def _opt_out(self, turn: OpenTurn) -> None:
        turn.change(phase="opted_out", tries=0, pending=(), offered=(), is_erasing=False)
        turn.tell(OptedOut())

    def _decline(self, turn: OpenTurn) -> None:
        if turn.state.answered:
            turn.puzzle("stale")
            return
        turn.change(phase="declined", tries=0)
        turn.tell(Declined())

    def _begin(self, turn: OpenTurn) -> None:
        """Start, or take up again where it was left."""
        before = turn.state.phase
        if before == "finished":
            turn.tell(AlreadyFinished())
            return
        if before == "opted_out":
            turn.tell(OptedIn())
        if not turn.state.answered and before != "asking":
            turn.tell(Began())
        turn.change(phase="asking", tries=0)
        if turn.state.position and turn.step_at(turn.state.position):
            turn.ask_again()
        else:
            turn.advance()

    def _go_back(self, turn: OpenTurn) -> None:
        """Open the question before the open one; when all is finished, the last."""
        earlier: list[str] = []
        for step in turn.askable():
            if step.path == turn.state.position:
                break
            if step.path in turn.state.answered or step.path in turn.state.passed:
                earlier.append(step.path)
        if turn.state.is_repeat:
            earlier = [path for path in earlier if path.startswith(turn.state.position + "[")] or earlier
        if not earlier:
            turn.puzzle("first" if turn.state.position else "begin")
            return
        self._reopen(turn, earlier[-1])

    def _change(self, turn: OpenTurn, number: int) -> None:
        """Open the question that residents know by this number."""
        askable = turn.askable()
        path = askable[number - 1].path if 1 <= number <= len(askable) else ""
        if path in turn.state.answered or path in turn.state.passed:
            self._reopen(turn, path)
        else:
            turn.tell(MineAsked())
            turn.ask_again()

    def _reopen(self, turn: OpenTurn, path: str) -> None:
        step = turn.step_at(path)
        if step is not None:
            turn.tell(WentBack(path))
            turn.ask(step)

    def _offer_languages(self, turn: OpenTurn) -> None:
        turn.tell(LanguageOffered())

    def _speak(self, turn: OpenTurn, wanted: str) -> None:
        code = closest_language(turn.form, wanted)
        if code is None:
            turn.tell(LanguageOffered(wanted=wanted[:35]))
            return
        turn.change(language=code)
        turn.tell(LanguageChanged(code))
        if turn.state.phase == "invited":
            turn.tell(Invited())
        if turn.state.phase in ("invited", "asking"):
            turn.ask_again()

    def _ask_erasure(self, turn: OpenTurn) -> None:
        turn.change(is_erasing=True)
        turn.tell(EraseAsked())

    def _confirm_erasure(self, turn: OpenTurn, is_sure: bool) -> None:
        if is_sure:
            turn.forget()
            turn.tell(EraseConfirmed())
        else:
            turn.tell(*self.current(turn.form, turn.state, now=turn.now))

    def _done(self, turn: OpenTurn) -> None:
        question = turn.question_at(turn.state.position) if turn.state.position else None
        if question is None or question.type not in ("select_multiple", "rank"):
            self._skip(turn)
        elif turn.state.pending:
            turn.answer(turn.state.position, " ".join(turn.state.pending))
        else:
            turn.skip(turn.state.position)

    def _skip(self, turn: OpenTurn) -> None:
        if turn.state.is_repeat:
            self._enough(turn)
        elif turn.state.position and turn.state.phase in ("asking", "invited"):
            if turn.state.phase == "invited":
                turn.change(phase="asking")
                turn.tell(Began())
            turn.skip(turn.state.position)
        else:
            self._stale(turn)

    def _more(self, turn: OpenTurn) -> None:
        if not turn.state.is_repeat:
            self._stale(turn)
            return
        turn.entry.add_repeat(turn.state.position)
        turn.advance()

    def _enough(self, turn: OpenTurn) -> None:
        if not turn.state.is_repeat:
            self._stale(turn)
            return
        turn.change(passed=(*turn.state.passed, turn.state.position))
        turn.advance()


def _place(part: str) -> tuple[int, int] | None:
    """ "3.2" as (3, 2)."""
    number, dot, place = part.partition(".")
    if dot and all(n.isascii() and n.isdecimal() and len(n) < 6 for n in (number, place)):
        return int(number), int(place)
    return None


def _newest_mark(dialogue: Dialogue, path: str) -> int:
    place = dialogue.number_of(path)
    return dialogue.marks[place - 1] if place else -1
