"""Texts that are longer than a channel shows whole. How long that is, each channel says itself (`channels.api.Limits`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.problems import Problem

if TYPE_CHECKING:
    from bot.xlsform.texts import SheetText
    from channels.api import Limits
    from service.checks.holding import Spoken

_OWN_WORDS = 1000
"""More characters than the system's own sentences ever add to a question, in any language."""


def sheet_problems(channel: str, limits: Limits, texts: Iterable[SheetText]) -> Iterator[Problem]:
    """Cells that alone are too long."""
    for text in texts:
        if len(text.text) > limits.text_chars:
            yield _too_long(f"the text has {len(text.text)} characters", channel, limits.text_chars, text.place)
        elif text.is_choice and 0 < limits.option_chars < len(text.text):
            told = f"the choice has {len(text.text)} characters; buttons on {channel} show {limits.option_chars}"
            remedy = "shorten it; otherwise the text lists the answers, and the buttons hold their numbers"
            yield Problem(told, remedy, place=text.place, severity="warning")


def can_overflow(limits: Limits, texts: Sequence[SheetText], card_chars: int) -> bool:
    """Whether any message could be too long: the longest row with all its choices, all notes before it, and our own words."""
    by_row: dict[tuple[bool, str], int] = {}
    for text in texts:
        by_row[text.is_choice, text.row] = by_row.get((text.is_choice, text.row), 0) + len(text.text)
    questions = [chars for (is_choice, _), chars in by_row.items() if not is_choice]
    choices = sum(chars for (is_choice, _), chars in by_row.items() if is_choice)
    notes = sum(len(text.text) for text in texts if text.is_note)
    return max(questions, default=0) + choices + notes + card_chars + _OWN_WORDS > limits.text_chars


def message_problems(channel: str, limits: Limits, language: str, spoken: Iterable[Spoken]) -> Iterator[Problem]:
    """Messages that are too long as a whole, though no cell is; and titles that are cut."""
    told_titles: set[str] = set()
    for message in spoken:
        content = message.content
        length = len(content.text) + sum(len(option.label) + 4 for option in content.options if not limits.options)
        place = f"message {message.name}, {language}"
        if length > limits.text_chars:
            yield _too_long(f"the message has {length} characters", channel, limits.text_chars, place)
        if 0 < limits.options < len(content.options):
            told = f"the question has {len(content.options)} answers; {channel} shows {limits.options}"
            yield Problem(told, "ask in two steps", place=place, severity="warning")
        if 0 < limits.title_chars < len(content.title) and content.title not in told_titles:
            told_titles.add(content.title)
            told = f"the subject has {len(content.title)} characters; mail programs show {limits.title_chars}"
            yield Problem(told, "shorten the title", place=place, severity="warning")


def _too_long(what: str, channel: str, most: int, place: str) -> Problem:
    return Problem(f"{what}; one message on {channel} holds {most}", "shorten it", place=place, severity="warning")
