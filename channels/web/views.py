"""A page's conversation as what a template shows: what was said, and the question now asked as fields. No HTML is written here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from bot.contents import Content, Option
from channels.api import Page
from channels.web.texts import paragraphs

Kind = Literal["one", "many", "rank", "text", "integer", "decimal", "date", "time", "datetime", "location", "buttons"]

QUESTION_MARKS = ("?", "؟", ";", "？", "՞")
DONE, LANGUAGES, STOP = (
    "!done",
    "!lang",
    "!stop",
)  # commands of the conversation that have a place of their own on the page


@dataclass(frozen=True, slots=True)
class Asked:
    """The question now asked. `eyebrow` stands above it and `hint` below; `submit` is the action that sends ticked boxes."""

    kind: Kind
    eyebrow: str
    label: str
    hint: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...]
    submit: Option | None
    actions: tuple[Option, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class View:
    """What one page shows. `said` are texts that stand above the question."""

    page: Page
    said: tuple[str, ...]
    asked: Asked | None


def view(page: Page) -> View:
    """The page's contents, with the last one as a question when there is anything to answer."""
    if not page.contents:
        return View(page, (), None)
    *earlier, last = page.contents
    said = tuple(content.text for content in earlier if content.text)
    asked_kind = _kind(last) if page.is_open else None
    if asked_kind is None:
        return View(page, (*said, last.text) if last.text else said, None)
    *lead, question = paragraphs(last.text) or [""]
    if asked_kind == "buttons":  # something to begin or to confirm: the whole text is read first
        lead, question = [*lead, question], ""
    return View(page, (*said, "\n\n".join(lead)) if lead else said, _asked(last, asked_kind, question))


def mark(content: Content) -> str:
    """A short name for the question that a content asks, by which an answer to an earlier one is told apart."""
    named = "\x00".join([content.language, content.text, *(option.value for option in content.options)])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _kind(content: Content) -> Kind | None:
    if content.options and content.select in ("many", "rank"):
        return content.select
    if content.options:
        return "one"
    if content.input != "none":
        return content.input
    return "buttons" if _shown(content.actions) else None


def _shown(actions: tuple[Option, ...]) -> tuple[Option, ...]:
    """The actions that have no place of their own: languages stand at the top of the page, stopping at its foot."""
    return tuple(action for action in actions if not action.value.startswith((LANGUAGES, STOP)))


def _asked(content: Content, kind: Kind, question: str) -> Asked:
    eyebrow, label, hint = _parts(question)
    actions = _shown(content.actions)
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
        mark=mark(content),
    )


def _parts(question: str) -> tuple[str, str, str]:
    """What stands above the question itself, the question, and what stands below: its first line that asks, or its first line."""
    rows = question.split("\n")
    place = next((n for n, row in enumerate(rows) if row.rstrip().endswith(QUESTION_MARKS)), 0)
    return "\n".join(rows[:place]), rows[place], "\n".join(rows[place + 1 :])
