"""What a resident has answered so far and how much is left, for pages that show it beside the question. Messages are made in `phrasing`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.questions import Asking
from bot.wordings import shielded_text

if TYPE_CHECKING:
    from bot.dialogues import Dialogue
    from bot.forms import Form
    from bot.wordings import Manner, Translation


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer as the resident knows it. `change` is the value of a button that opens its question again."""

    question: str
    answer: str = field(repr=False)
    change: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The open question is number `number`, from 1, of `total`; `is_estimate` where answers can still change how many there are."""

    number: int
    total: int
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that stands beside the open question."""

    answers: tuple[GivenAnswer, ...]
    progress: Progress | None
    headings: tuple[str, ...]


def receipt(form: Form, dialogue: Dialogue, *, t: Translation, now: datetime, manner: Manner) -> Receipt:
    """What stands, in the dialogue's language: the answers in the order of the questions, progress and headings of the open one."""
    asking = Asking(form, form.restore(dialogue.entry, now=now), dialogue, t, manner)
    entry, language, answers = asking.entry, asking.language, []
    paths = [step.path for step in entry.steps() if step.kind == "question"]
    for path in paths:
        if path in dialogue.answered:
            answer = asking.answer_text(path, entry.value(path))
            change = f"!change.{asking.progress(path)[0]}"
            answers.append(GivenAnswer(shielded_text(t, entry.label(path, language)), shielded_text(t, answer), change))
    is_open = dialogue.phase in ("invited", "asking") and dialogue.position in paths
    number, total, is_estimate = asking.progress(dialogue.position) if is_open else (0, 0, False)
    return Receipt(
        answers=tuple(answers),
        progress=Progress(number, total, is_estimate) if number else None,
        headings=tuple(shielded_text(t, said) for said in entry.headings(dialogue.position, language))
        if is_open
        else (),
    )
