"""One turn while it is being taken: the filled form with the dialogue's state, and the moves that keep them in step. Which move is made lives in `engine`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
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
    SetAside,
    Shown,
    Skipped,
)
from bot.lexicon import Lexicon
from bot.understanding import NOWHERE, Gazetteer, Open, Selectable

if TYPE_CHECKING:
    from bot.forms import Entry, Form, Question, Step

WITH_CHOICES = ("select_one", "select_multiple", "rank")
MOST_BUTTONS_OF_A_RANGE = 11


class OpenTurn:
    """The mutable middle of a turn. `close` gives the dialogue after it, with what happened."""

    def __init__(self, form: Form, dialogue: Dialogue, *, now: datetime) -> None:
        self.form = form
        self.entry: Entry = form.restore(dialogue.entry, now=now)
        self.entry.speak(form.language(dialogue.language))
        self.now = now
        self.state = dialogue
        self.events: list[Event] = []

    def close(self) -> Turn:
        return Turn(replace(self.state, entry=self.entry.data()), tuple(self.events))

    def change(self, **fields: object) -> None:
        self.state = replace(self.state, **fields)  # type: ignore[arg-type]

    def tell(self, *events: Event) -> None:
        self.events.extend(events)

    # --- what stands where

    @property
    def language(self) -> str:
        """The form's own name of the dialogue's language."""
        return self.form.language(self.state.language)

    def step_at(self, path: str) -> Step | None:
        """The step at `path`, if it can be asked now."""
        return next((step for step in self.steps() if step.path == path), None)

    def question_at(self, path: str) -> Question | None:
        step = self.step_at(path)
        return step.question if step else None

    def steps(self) -> list[Step]:
        return list(self.entry.steps())

    def askable(self) -> list[Step]:
        """The questions that a resident answers, in order, repeats' own offers left out: what "change 3" counts."""
        return [step for step in self.steps() if step.kind == "question" and not is_note(self.entry, step)]

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
        own, labels = self.language, dict[str, list[str]]()
        for language in (*(name for name in self.form.languages if name != own), own):  # its own last: it stays spoken
            for choice in self.entry.choices(path, language):
                labels.setdefault(choice.value, []).insert(0, choice.label)
        return tuple(Selectable(c.value, tuple(labels[c.value])) for c in self.entry.choices(path, own))

    def values_at(self, path: str) -> tuple[str, ...]:
        """The values that buttons of the question at `path` stand for, in order."""
        question = self.question_at(path)
        return button_values(self.entry, question, path, self.language) if question else ()

    # --- moves

    def advance(self) -> None:
        """Ask the first question that has not been dealt with, showing the notes before it; finish when there is none."""
        self._reconcile()
        for step in self.steps():
            if step.path in self.state.answered or step.path in self.state.passed:
                continue
            if step.kind == "question" and is_note(self.entry, step):
                self.change(passed=(*self.state.passed, step.path))
                self.tell(Shown(step.path))
                continue
            self.ask(step)
            return
        self.change(phase="finished", **_NOTHING_OPEN)
        self.tell(Finished())

    def ask(self, step: Step, *, tries: int = 0) -> None:
        """Open the question of a step."""
        history, marks = self.state.history, self.state.marks
        mark = crc32(" ".join(self.values_at(step.path)).encode())
        place = self.state.number_of(step.path)
        if not place or marks[place - 1] != mark:
            history, marks = (*history, step.path), (*marks, mark)
        self.change(
            phase="asking",
            history=history,
            marks=marks,
            **{**_NOTHING_OPEN, "position": step.path, "is_repeat": step.kind == "repeat", "tries": tries},
        )
        self.tell(Asked(step.path, is_repeat=step.kind == "repeat"))

    def ask_again(self) -> None:
        """Repeat what is open, as it is."""
        if self.state.position:
            self.tell(Asked(self.state.position, is_repeat=self.state.is_repeat))

    def answer(self, path: str, value: str, *, is_inferred: bool = False) -> None:
        """Store an answer or say why not; then go on."""
        had = path in self.state.answered
        old = self.entry.value(path) if had else ""
        if value == old and had:
            self.advance()
            return
        verdict = self.entry.set(path, value)
        if not verdict.ok:
            self._refuse(path, verdict.reason or "type", verdict.message(self.language))
            return
        self.change(
            answered=self.state.answered if had else (*self.state.answered, path),
            passed=_without(self.state.passed, path),
            aside=_without(self.state.aside, path),
        )
        stored = self.entry.value(path)
        self.tell(Corrected(path, old, stored) if had else Answered(path, stored, is_inferred=is_inferred))
        self.advance()

    def _refuse(self, path: str, reason: str, message: str | None) -> None:
        if reason == "constraint":
            self.fail(ConstraintBroken(path, message or "", tries=self.state.tries + 1))
        elif reason == "required":
            self.puzzle("required")
        else:
            question = self.question_at(path)
            self.puzzle(reason_of(question.type if question else ""))

    def puzzle(self, reason: Puzzle, suggestions: Iterable[str] = (), candidates: tuple[str, ...] = ()) -> None:
        """Say that it was not understood; what is asked back can be answered by its number."""
        asked_back, tries = tuple(suggestions), self.state.tries + 1
        self.fail(Misunderstood(self.state.position, reason, asked_back, tries=tries, candidates=candidates))
        self.change(offered=asked_back)

    def fail(self, event: Event) -> None:
        self.change(tries=self.state.tries + 1)
        self.tell(event)

    def skip(self, path: str) -> None:
        """Pass over an optional question; in a correction, leave the answer as it stands."""
        if path in self.state.answered:
            self.advance()
        elif self.entry.is_required(path):
            self.puzzle("required")
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

    def forget(self) -> None:
        """Leave nothing of the dialogue but its language, and that no more messages are wanted."""
        self.entry = self.form.new(now=self.now)
        self.state = Dialogue(language=self.state.language, phase="opted_out")

    def _reconcile(self) -> None:
        """Set aside answers whose question is gone or which no longer hold; give back those whose question has returned."""
        while True:
            steps = {step.path: step for step in self.steps()}
            lost = [path for path in self.state.answered if path not in steps]
            broken = [path for path in self.state.answered if path in steps and not self._holds(path, steps[path])]
            back = [path for path in self.state.aside if path in steps]
            if not (lost or broken or back):
                break
            for path in lost:
                self.tell(SetAside(path))
            for path in broken:
                self.entry.clear(path)
                self.tell(SetAside(path))
            restored = [path for path in back if self._holds(path, steps[path])]
            for path in restored:
                self.tell(Answered(path, self.entry.value(path)))
            self.change(
                answered=(*_without(self.state.answered, *lost, *broken), *restored),
                aside=(*_without(self.state.aside, *back), *lost),
            )
        self.change(passed=tuple(path for path in self.state.passed if path in steps))

    def _holds(self, path: str, step: Step) -> bool:
        value = self.entry.value(path)
        if not value or not self.entry.is_valid(path):
            return False
        if step.question is None or step.question.type not in WITH_CHOICES:
            return True
        offered = {choice.value for choice in self.entry.choices(path, self.language)}
        return offered.issuperset(value.split() if step.question.type != "select_one" else [value])


_NOTHING_OPEN: dict[str, object] = {
    "position": "", "is_repeat": False, "tries": 0, "pending": (), "offered": (), "is_erasing": False,
}  # fmt: skip


def _without(paths: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple(path for path in paths if path not in gone)


def is_note(entry: Entry, step: Step) -> bool:
    """Whether a step is only to be read."""
    return step.question is not None and (step.question.type == "note" or entry.is_readonly(step.path))


def button_values(entry: Entry, question: Question, path: str, language: str) -> tuple[str, ...]:
    """What the k-th button of a question stands for: its choices, the numbers of a short scale, or the word for read."""
    if question.type in WITH_CHOICES:
        return tuple(choice.value for choice in entry.choices(path, language))
    if question.type == "acknowledge":
        return ("OK",)
    if question.type == "range" and question.range:
        start, end, step = (Decimal(str(part)) for part in question.range)
        count = int((end - start) / step) + 1 if step else 0
        if 2 <= count <= MOST_BUTTONS_OF_A_RANGE:
            return tuple(plain(start + step * k) for k in range(count))
    return ()


def plain(number: Decimal | float) -> str:
    """A number without an exponent or idle zeros."""
    return format(Decimal(str(number)).normalize(), "f")


def reason_of(question_type: str) -> Puzzle:
    """The way in which an answer of this type is not understood."""
    reasons: dict[str, Puzzle] = {
        "select_one": "choice", "acknowledge": "choice", "select_multiple": "several", "rank": "several",
        "integer": "number", "decimal": "number", "range": "number",
        "date": "date", "datetime": "date", "time": "time", "geopoint": "location",
    }  # fmt: skip
    return reasons.get(question_type, "empty")
