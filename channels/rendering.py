"""Text forms that channels share: numbered options, splitting at word bounds, writing direction. No channel's own rules live here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bot.contents import Content, Option
from bot.languages import Direction
from bot.languages import direction as direction

MARKS: dict[Direction, str] = {"ltr": "\N{LEFT-TO-RIGHT MARK}", "rtl": "\N{RIGHT-TO-LEFT MARK}"}
ISOLATE, END_OF_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def first_strong(text: str) -> Direction | None:
    """The direction of the first character that has one (UAX #9, rules P2 and P3), which decides how a device lays out a line."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in ("R", "AL"):
            return "rtl"
    return None


def isolated(text: str, language: str) -> str:
    """`text` as it may stand inside a line of `language` without turning the line around; unchanged where nothing could turn."""
    if first_strong(text) in (None, direction(language)):
        return text
    return f"{ISOLATE}{text}{END_OF_ISOLATE}"


def numbered_options(content: Content) -> list[tuple[int, Option]]:
    """The options with the numbers that name them: those of the question's own list, also where only some are asked back."""
    return [(_own_number(option.value) or place, option) for place, option in enumerate(content.options, start=1)]


def _own_number(value: str) -> int:
    """The place that stands behind the dot of an answer's value ("3.2": 2); 0 where there is none."""
    question, _, place = value.partition(".")
    return int(place) if question.isdecimal() and place.isdecimal() else 0


def numbered(content: Content, start: int = 0, stop: int | None = None) -> str:
    """The text with its options as numbered lines, for channels without buttons: "Fråga?\\n1 Ja\\n2 Nej".

    `start` and `stop` choose some of the options (counted from 0), which keep their numbers. Chosen options of a
    select-many carry an asterisk, which every alphabet has; those of a ranking their place, "2 Nej (1)". Actions are
    left out, as `Content` says.
    """
    lines = [content.text] if content.text else []
    for number, option in numbered_options(content)[start:stop]:
        place = content.chosen.index(option.value) + 1 if option.value in content.chosen else 0
        star, after = ("", f" ({place})") if place and content.select == "rank" else ("*" if place else "", "")
        label = isolated(option.label, content.language)
        turned = MARKS[direction(content.language)] if label != option.label else ""
        lines.append(f"{turned}{number}{star} {label}{after}")
    return "\n".join(lines)


BREAKS = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?؟。])\s", r"\s"))


def split(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """`text` in pieces of at most `limit` as `measure` counts, cut at the best bound in the second half of each piece.

    A paragraph's end is better than a line's, a sentence's or a word's; a longer word is cut between characters as
    readers see them. Only white space at the cuts is lost. An empty text has no pieces.
    """
    pieces = []
    rest = text.strip()
    while rest and measure(rest) > limit:
        end = _longest_fitting(rest, limit, measure)
        cut = _best_cut(rest, end)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram and UCS-2 messages count."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _longest_fitting(text: str, limit: int, measure: Callable[[str], int]) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def _best_cut(text: str, end: int) -> int:
    for bound in BREAKS:
        cuts = [found.start() for found in bound.finditer(text, 0, end + 1) if end // 2 <= found.start() <= end]
        if cuts and cuts[-1] > 0:
            return cuts[-1]
    cut = end
    while cut > 1 and not _may_part(text[cut - 1], text[cut]):
        cut -= 1
    return cut if cut > 1 else end


def _may_part(before: str, after: str) -> bool:
    joiner = "\N{ZERO WIDTH JOINER}"
    is_attached = unicodedata.category(after) in ("Mn", "Me", "Mc") or "\U0001f3fb" <= after <= "\U0001f3ff"
    return not is_attached and joiner not in (before, after)
