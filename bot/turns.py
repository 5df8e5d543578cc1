"""One turn while it is being taken: the filled form with the dialogue's state, and the moves that keep them in step. Which move is made lives in `engine`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zlib import crc32

from bot.dialogues import Dialogue, Turn
from bot.events import (
    Answered,
    Asked,
    ConstraintBroken,
    Corrected,
    Event,
    Finished,
    Misunderstood,
    Puzzle,
    Resumed,
    SetAside,
    Shown,
    Skipped,
)
from bot.kinds import WITH_CHOICES, button_values, is_note, reason_of
from bot.lexicon import Lexicon
from bot.reopening import reopened
from bot.understanding import NOWHERE, Gazetteer, Open, Selectable, selectable

if TYPE_CHECKING:
    from bot.forms import Entry, Form, Question, Step

REST_SECONDS = 6 * 3600
"""After so long a silence in the middle of the questions, a resident is told how far they have come."""
_NO_FAILURE = ("stale", "first")


class OpenTurn:
    """The mutable middle of a turn. `close` gives the dialogue after it, with what happened.

    `entry` is what the turn before left, from which `dialogue.entry` was made: it is written on.
    """

    def __init__(self, form: Form, dialogue: Dialogue, *, now: datetime, entry: Entry | None = None) -> None:
        self.form = form
        self.entry = entry.at(now) if entry is not None else reopened(form, dialogue.entry, now=now)
        self.now = now
        self.state = dialogue
        self.events: list[Event] = []
        self.language = form.language(dialogue.language)
        """The form's own name of the dialogue's language."""
        self.said_at = int(now.timestamp())
        self.has_rested = dialogue.phase == "asking" and 0 < dialogue.said_at < self.said_at - REST_SECONDS
        self.entry.speak(self.language)

    def close(self) -> Turn:
        """The turn as it was taken."""
        if self.has_rested and self.state.phase == "asking" and self._is_going_on():
            self.events.insert(0, Resumed(len(self.state.answered)))
        return Turn(self.state.changed(entry=self.entry.data()), tuple(self.events), self.entry)

    def _is_going_on(self) -> bool:
        return any(isinstance(event, Asked | Misunderstood | ConstraintBroken) for event in self.events)

    def change(self, **fields: object) -> None:
        self.state = self.state.changed(**fields)

    def speak(self, code: str) -> None:
        """Go on in one of the survey's languages, or in another that only our own texts have."""
        self.change(language=code)
        self.language = self.form.language(code)
        self.entry.speak(self.language)

    def tell(self, *events: Event) -> None:
        self.events.extend(events)

    # --- what stands where

    def steps(self) -> Iterable[Step]:
        """Everything to ask or show now, in order."""
        return self.entry.steps()

    def step_at(self, path: str) -> Step | None:
        """The step at `path`, if it can be asked now."""
        return self.entry.steps_by_path().get(path)

    def question_at(self, path: str) -> Question | None:
        step = self.step_at(path)
        return step.question if step else None

    def askable(self) -> list[Step]:
        """The questions that a resident answers, in order, repeats' own offers left out: what "change 3" counts."""
        return [step for step in self.steps() if step.kind == "question" and not is_note(self.entry, step)]

    def is_dealt_with(self, path: str) -> bool:
        """Whether the question was answered or passed over."""
        return path in self.state.answered or path in self.state.passed

    def open_question(self, path: str, lexicon: Lexicon, places: Gazetteer = NOWHERE) -> Open | None:
        """The question at `path` as the readers see it."""
        question = self.question_at(path)
        if question is None:
            return None
        is_now = path == self.state.position
        return Open(
            type=question.type,
            language=self.state.language,
            lexicon=lexicon,
            now=self.now,
            choices=self._selectable(path) if question.type in WITH_CHOICES else (),
            offered=self.state.offered if is_now else (),
            step=Decimal(str(question.range[2])) if question.range else None,
            places=places,
        )

    def _selectable(self, path: str) -> tuple[Selectable, ...]:
        own = self.language
        languages = (*(name for name in self.form.languages if name != own), own)  # its own last: it stays spoken
        return selectable(tuple([self.entry.choices(path, language) for language in languages]))

    def values_at(self, path: str) -> tuple[str, ...]:
        """The values that buttons of the question at `path` stand for, in order."""
        question = self.question_at(path)
        return button_values(self.entry, question, path, self.language) if question else ()

    # --- moves

    def advance(self) -> None:
        """Ask the first question that has not been dealt with, showing the notes before it; finish when there is none."""
        self._reconcile()
        dealt_with = {*self.state.answered, *self.state.passed}
        for step in self.steps():
            if step.path in dealt_with:
                continue
            if step.kind == "question" and is_note(self.entry, step):
                self.change(passed=(*self.state.passed, step.path))
                self.tell(Shown(step.path))
                continue
            self.ask(step)
            return
        self.change(phase="finished", **_NOTHING_OPEN)
        self.tell(Finished())

    def ask(self, step: Step) -> None:
        """Open the question of a step."""
        history, marks = self.state.history, self.state.marks
        values = button_values(self.entry, step.question, step.path, self.language) if step.question else ()
        mark = crc32(" ".join(values).encode())
        place = self.state.number_of(step.path)
        if not place or marks[place - 1] != mark:
            history, marks = (*history, step.path), (*marks, mark)
        self.change(
            phase="asking",
            history=history,
            marks=marks,
            **{**_NOTHING_OPEN, "position": step.path, "is_repeat": step.kind == "repeat"},
        )
        self.tell(Asked(step.path, is_repeat=step.kind == "repeat"))

    def ask_again(self) -> None:
        """Repeat what is open, as it is; nothing to one who has declined or opted out."""
        if self.state.position and self.state.phase in ("asking", "invited"):
            self.tell(Asked(self.state.position, is_repeat=self.state.is_repeat))

    def answer(
        self,
        path: str,
        value: str,
        *,
        is_inferred: bool = False,
        rest: str = "",
        told: str = "",
        otherwise: tuple[str, ...] = (),
    ) -> None:
        """Store an answer or say why not; then go on. `rest` answers the question for "other" that stands behind it.

        Where the survey's own rule refuses the value, the one of `otherwise` that it takes is stored, if it takes just one.
        """
        had = path in self.state.answered
        old = self.entry.value(path) if had else ""
        if value == old and had:
            self.advance()
            return
        verdict = self.entry.set(path, value)
        if not verdict.ok and verdict.reason == "constraint" and otherwise:
            taken = [other for other in otherwise if self.entry.is_possible(path, other)]
            if len(taken) > 1:
                self.puzzle("ambiguous", taken, tuple(taken))
                return
            verdict = self.entry.set(path, taken[0]) if taken else verdict
        if not verdict.ok:
            self._refuse(path, verdict.reason or "type", verdict.message(self.language))
            return
        self._keep(path)
        stored = self.entry.value(path)
        self.tell(Corrected(path, old, stored) if had else Answered(path, stored, is_inferred, told=told))
        if rest:
            self._answer_other(path, rest)
        self.advance()

    def _answer_other(self, path: str, text: str) -> None:
        """What was said beside "other", as the answer to the question for it, if that is asked and takes it."""
        question, other = self.question_at(path), f"{path}_other"
        if question is None or not question.has_other or self.step_at(other) is None or other in self.state.answered:
            return
        if self.entry.set(other, text).ok:
            self._keep(other)
            self.tell(Answered(other, self.entry.value(other)))

    def _keep(self, path: str) -> None:
        answered = self.state.answered
        self.change(
            answered=answered if path in answered else (*answered, path),
            passed=_without(self.state.passed, path),
            aside=_without(self.state.aside, path),
        )

    def _refuse(self, path: str, reason: str, message: str | None) -> None:
        if reason == "constraint":
            self.fail(ConstraintBroken(path, message or "", tries=self.state.tries + 1))
        elif reason == "required":
            self.puzzle("required")
        else:
            question = self.question_at(path)
            kind = question.type if question else ""
            self.puzzle("range" if kind == "range" else reason_of(kind))

    def puzzle(self, reason: Puzzle, suggestions: Iterable[str] = (), candidates: tuple[str, ...] = ()) -> None:
        """Say that it was not understood; what is asked back can be picked from what was offered."""
        asked_back = tuple(suggestions)
        tries = self.state.tries if reason in _NO_FAILURE else self.state.tries + 1
        self.change(tries=tries, offered=asked_back)
        self.tell(Misunderstood(self.state.position, reason, asked_back, max(tries, 1), candidates))

    def fail(self, event: Event) -> None:
        self.change(tries=self.state.tries + 1, offered=())
        self.tell(event)

    def skip(self, path: str) -> None:
        """Pass over an optional question; in a correction, leave the answer as it stands."""
        if path in self.state.answered:
            self.advance()
        else:
            self.drop(path)

    def drop(self, path: str) -> None:
        """Leave a question without an answer, whatever it had."""
        if self.entry.is_required(path):
            self.puzzle("required")
            return
        self.entry.clear(path)
        self.change(answered=_without(self.state.answered, path), passed=(*_without(self.state.passed, path), path))
        self.tell(Skipped(path))
        self.advance()

    def add_instance(self) -> None:
        """One more instance of the repeat that is offered."""
        self.entry.add_repeat(self.state.position)

    def forget(self) -> None:
        """Leave nothing of the dialogue but its language, and that no more messages are wanted."""
        self.entry = self.form.new(now=self.now)
        self.state = Dialogue(language=self.state.language, phase="opted_out", said_at=self.state.said_at)

    def _reconcile(self) -> None:
        """Set aside answers whose question is gone or which no longer hold; give back those whose question has returned."""
        while True:
            steps = self.entry.steps_by_path()
            state = self.state
            unsound = [path for path in state.answered if path not in steps or not self.entry.has_valid(path)]
            back = [path for path in state.aside if path in steps]
            if not (unsound or back):
                break
            lost = [path for path in unsound if path not in steps]
            broken = [path for path in unsound if path in steps]
            for path in lost:
                self.tell(SetAside(path))
            for path in broken:
                self.entry.clear(path)
                self.tell(SetAside(path))
            restored = [path for path in back if self.entry.has_valid(path)]
            for path in restored:
                self.tell(Answered(path, self.entry.value(path), is_restored=True))
            self.change(
                answered=(*_without(self.state.answered, *lost, *broken), *restored),
                aside=(*_without(self.state.aside, *back), *lost),
            )
        gone = [path for path in self.state.passed if path not in steps]
        if gone:
            self.change(passed=_without(self.state.passed, *gone))


_NOTHING_OPEN: dict[str, object] = {
    "position": "", "is_repeat": False, "tries": 0, "pending": (), "offered": (), "is_erasing": False,
    "is_choosing_language": False, "page": 0,
}  # fmt: skip


def _without(paths: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple([path for path in paths if path not in gone]) if paths else paths
