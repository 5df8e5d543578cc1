"""What every text needs: translations, the campaign's briefing, the channel's manner, and words inserted safely. Whole messages live in `phrasing`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from bot.directions import (
    FIRST_STRONG_ISOLATE,
    LEFT_TO_RIGHT_ISOLATE,
    POP_ISOLATE,
    loose_runs,
    runs_left,
    runs_right,
)

if TYPE_CHECKING:
    from bot.contents import Content

RIGHT_TO_LEFT_MARK = "\u200f"
_WEB = ("https://", "http://")


class Translation(Protocol):
    """One language's texts by their English sentence; `direction` is "ltr" or "rtl"."""

    @property
    def direction(self) -> str: ...

    def __hash__(self) -> int: ...

    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int) -> str: ...

    def pgettext(self, context: str, message: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Briefing:
    """What a dialogue says about its campaign, in one language. `contact` is how to reach a person; `card` the whole charter card;
    `is_closed` that answers are no longer taken, nor changed."""

    sender: str
    purpose: str
    card: str
    verify_url: str
    contact: str
    title: str = ""
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How a channel wants to be spoken through; see `channels.api.Limits`. `is_terse`: every character costs; `is_page`: a form with fields; `knows_places`: streets and places can be named."""

    has_buttons: bool = False
    is_terse: bool = False
    opens_with_question: bool = False
    has_card_in_invitation: bool = False
    has_location_button: bool = False
    is_page: bool = False
    knows_places: bool = False


def fill(t: Translation, text: str, **values: object) -> str:
    """A translated text with its places filled in; words to write come from the catalog, other values are isolated."""
    return text.format(**{**words_to_write(t), **{name: isolate(t, str(value)) for name, value in values.items()}})


def listed(t: Translation, items: Sequence[str]) -> str:
    """The items in one line; each keeps its own direction."""
    return t.pgettext("between items of a list", ", ").join(isolate(t, item) for item in items)


def either(t: Translation, items: Sequence[str], numbers: Sequence[int] = ()) -> str:
    """The items to choose from in one phrase: "2, Torget, or 3, Torggatan" with the numbers that they have, otherwise "3 or 4"."""
    comma = t.pgettext("between items of a list", ", ")
    parts = [isolate(t, item) for item in items]
    if numbers:
        parts = [f"{number}{comma}{part}" for number, part in zip(numbers, parts, strict=True)]
    if len(parts) == 1:
        return parts[0]
    pattern = t.gettext("{first}, or {last}") if numbers else t.gettext("{first} or {last}")
    return pattern.format(first=comma.join(parts[:-1]), last=parts[-1])


def numbered_lines(t: Translation, items: Sequence[str]) -> list[str]:
    """The items under their numbers, each line laid out as the language runs whatever script its item is in."""
    mark = RIGHT_TO_LEFT_MARK if t.direction == "rtl" else ""
    return [f"{mark}{number} {isolate(t, item)}" for number, item in enumerate(items, start=1)]


def isolate(t: Translation, value: str) -> str:
    """Keep a value's own direction from disturbing the text around it (UAX #9); nothing where both run the same way.

    A web address is left bare: it keeps its order by itself, and phones would take the mark after it for a part of it.
    """
    if value.isdecimal() or not value or value.startswith(_WEB):
        return value
    is_foreign = runs_right(value) if t.direction == "rtl" else runs_left(value)
    return f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}" if is_foreign else value


def shielded(t: Translation, content: Content) -> Content:
    """The message with telephone numbers, dates and the like kept in order where the text runs from right to left."""
    if t.direction != "rtl":
        return content
    options = tuple(option._replace(label=shielded_text(t, option.label)) for option in content.options)
    return replace(
        content,
        text=shielded_text(t, content.text),
        title=shielded_text(t, content.title),
        options=options,
        problem=shielded_text(t, content.problem),
    )


def shielded_text(t: Translation, text: str) -> str:
    """One text of it. What is isolated already is left as it is, so that shielding twice changes nothing."""
    if t.direction != "rtl":
        return text
    pieces, at = [], 0
    for start, end in loose_runs(text):
        pieces += [text[at:start], LEFT_TO_RIGHT_ISOLATE, text[start:end], POP_ISOLATE]
        at = end
    return "".join([*pieces, text[at:]])


@lru_cache(maxsize=256)
def words_to_write(t: Translation) -> Mapping[str, str]:
    """The commands as this language writes them; the lexicon knows each."""
    return {
        "yes": t.pgettext("word to write", "YES"),
        "no": t.pgettext("word to write", "NO"),
        "stop": t.pgettext("word to write", "STOP"),
        "start": t.pgettext("word to write", "START"),
        "help": t.pgettext("word to write", "HELP"),
        "language": t.pgettext("word to write", "LANGUAGE"),
        "back": t.pgettext("word to write", "BACK"),
        "change": t.pgettext("word to write", "CHANGE"),
        "mine": t.pgettext("word to write", "MINE"),
        "erase": t.pgettext("word to write", "ERASE"),
        "who": t.pgettext("word to write", "WHO"),
        "skip": t.pgettext("word to write", "SKIP"),
        "person": t.pgettext("word to write", "PERSON"),
    }


def paragraphs(*texts: str) -> str:
    """The texts that say something, with an empty line between."""
    return "\n\n".join([text for text in texts if text])
