"""A page's conversation as what a template shows: what was said, and the question now asked as fields. No HTML is written here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from bot.contents import Content, Option
from channels.api import Page
from channels.web.texts import paragraphs

Kind = Literal["one", "many", "rank", "text", "integer", "decimal", "date", "time", "datetime", "location", "buttons"]

QUESTION_MARKS = ("?", "؟", ";", "？", "՞")
# Commands of the conversation that have a place of their own on the page.
DONE, LANGUAGES, STOP, MINE = "!done", "!lang", "!stop", "!mine"
MOST_RADIOS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """The question now asked. `eyebrow` stands above it and `hint` below; `submit` is the action that sends ticked boxes.

    `problem` says why the last answer was not taken.
    """

    kind: Kind
    eyebrow: str
    label: str
    hint: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...]
    submit: Option | None
    actions: tuple[Option, ...]
    mark: str
    problem: str = ""

    @property
    def is_long(self) -> bool:
        """Whether there are more options than one wants to read through: they become a list to open and type into."""
        return len(self.options) > MOST_RADIOS

    def place_of(self, option: Option) -> str:
        """The option's place in a ranking begun elsewhere, from 1; "" when it has none yet."""
        return str(self.chosen.index(option.value) + 1) if option.value in self.chosen else ""


@dataclass(frozen=True, slots=True)
class View:
    """What one page shows. `said` are texts that stand above the question."""

    page: Page
    said: tuple[str, ...]
    asked: Asked | None


def view(page: Page, pick: str = "") -> View:
    """The page's contents, with the last one as a question when there is anything to answer.

    `pick` is the value of an option that was chosen in a message: it is ticked where it belongs to the question.
    """
    if not page.contents:
        return View(page, (), None)
    *earlier, last = page.contents
    said = tuple(content.text for content in earlier if content.text)
    asked_kind = _kind(last, has_answers=bool(page.answers))
    if not page.is_open and asked_kind != "buttons":  # too late to answer, but not to confirm what one has asked for
        asked_kind = None
    if asked_kind is None:
        return View(page, (*said, last.text) if last.text else said, None)
    *lead, question = paragraphs(last.text) or [""]
    if asked_kind == "buttons":  # something to begin or to confirm: the whole text is read first
        lead, question = [*lead, question], ""
    problem = paragraphs(last.problem)
    lead = [part for part in lead if part not in problem]
    asked = _asked(page, last, asked_kind, question)
    if any(option.value == pick for option in asked.options):
        asked = replace(asked, chosen=(pick,) if asked.kind == "one" else (*asked.chosen, pick))
    return View(page, (*said, "\n\n".join(lead)) if lead else said, asked)


def _mark(page: Page, content: Content, label: str) -> str:
    """A short name for the question that is asked, by which an answer to an earlier one is told apart."""
    number = str(page.progress.number) if page.progress else ""
    named = "\x00".join([content.language, number, label, *(option.value for option in content.options)])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _kind(content: Content, *, has_answers: bool) -> Kind | None:
    if content.options and content.select in ("many", "rank"):
        return content.select
    if content.options:
        return "one"
    if content.input != "none":
        return content.input
    return "buttons" if _shown(content.actions, has_answers=has_answers) else None


def _shown(actions: tuple[Option, ...], *, has_answers: bool) -> tuple[Option, ...]:
    """The actions that have no place of their own: languages stand at the top, stopping and the answers given at the foot."""
    elsewhere = (LANGUAGES, STOP, MINE) if has_answers else (LANGUAGES, STOP)
    return tuple(action for action in actions if not action.value.startswith(elsewhere))


def _asked(page: Page, content: Content, kind: Kind, question: str) -> Asked:
    eyebrow, label, hint = _parts(question)
    actions = _shown(content.actions, has_answers=bool(page.answers))
    submit = next((action for action in actions if action.value.startswith(DONE)), None)
    return Asked(
        kind=kind,
        eyebrow=eyebrow,
        label=label,
        hint=hint,
        options=content.options,
        chosen=content.chosen,
        submit=submit,
        actions=tuple(action for action in actions if action is not submit),
        mark=_mark(page, content, label),
        problem=content.problem,
    )


def _parts(question: str) -> tuple[str, str, str]:
    """What stands above the question itself, the question, and what stands below: its first line that asks, or its first line."""
    rows = question.split("\n")
    place = next((n for n, row in enumerate(rows) if row.rstrip().endswith(QUESTION_MARKS)), 0)
    return "\n".join(rows[:place]), rows[place], "\n".join(rows[place + 1 :])
