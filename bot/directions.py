"""What must be kept together in a text that runs from right to left, or it is shown in another order (UAX #9). How it is kept, by marks or by markup, is decided by whoever shows it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE = "\u2068", "\u2066", "\u2069"
_ISOLATES: Final = "\u2066\u2067\u2068"

_NUMBER = r"[0-9]+(?:[.:,][0-9]+)*"
_BETWEEN = r"(?:[ \u00a0\u202f]?[-\u2010-\u2013/][ \u00a0\u202f]?|[ \u00a0\u202f])"
_LATIN = r"A-Za-z\u00c0-\u024f"
_WORDS = rf"(?: [{_LATIN}][{_LATIN}0-9]*(?:['\u2019.-][{_LATIN}0-9]+)*)*"
_SIGNS = re.compile(r"[0-9@#/]|www\.")  # without one of them there is no run to keep
_RUNS = re.compile(
    r"(?P<page>(?:https?://|www\.)[^\s<>\"\u2066-\u2069]*[^\s<>\"\u2066-\u2069.,;:!?)\]؟،])"
    r"|(?P<mail>(?<![\w@.%+-])[A-Za-z0-9][A-Za-z0-9._%+'-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<name>(?<![\w@#/.])[@#][A-Za-z0-9_]*[A-Za-z][A-Za-z0-9_]*)"
    # Telephone numbers, dates, case numbers: "+46 (0)980-319 200", "(0980) 319 200", "2026-03-09 09:00", "831 31 Östersund".
    r"|(?P<figures>(?<![\w@/+-])(?<![0-9][.:,])"
    rf"(?:\+[0-9]{{1,3}} ?\([0-9]{{1,4}}\) ?|\([0-9]{{2,5}}\) ?|\+)?{_NUMBER}(?:{_BETWEEN}{_NUMBER})*{_WORDS}(?![\w@/-]))",
    re.ASCII,
)
_ONE_NUMBER = re.compile(_NUMBER + _WORDS)
# From one to another, which is read as the text runs: "3-5", "09:00-20:00", "2026-2027".
_TO = r" ?[-\u2010-\u2013] ?"
_RANGE = re.compile(
    rf"[0-9]{{1,2}}{_TO}[0-9]{{1,2}}|[0-9]{{1,2}}[.:][0-9]{{2}}{_TO}[0-9]{{1,2}}[.:][0-9]{{2}}|(?:19|20)[0-9]{{2}}{_TO}(?:19|20)[0-9]{{2}}"
)


def runs_left(text: str) -> bool:
    """Whether any letter of the text runs from right to left."""
    return any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def runs_right(text: str) -> bool:
    """Whether any letter or digit of the text runs from left to right."""
    return any(unicodedata.bidirectional(char) in ("L", "EN") for char in text)


def loose_runs(text: str, *, with_addresses: bool = False) -> list[tuple[int, int]]:
    """Where the runs begin and end that a text from right to left would show in another order, if nothing isolates them.

    What follows Latin letters keeps its order by their grace (rules W7 and N1): "SBN 2026/0114" is left alone, and so are
    names and addresses that begin with a letter. `with_addresses` gives all e-mail and web addresses as well, for those
    who can isolate them without adding a character to them.
    """
    if _SIGNS.search(text) is None:
        return []
    found: list[tuple[int, int]] = []
    spoken = _Spoken(text)
    for run in _RUNS.finditer(text):
        start, end = run.span()
        if not _is_loose(run, with_addresses=with_addresses) or _is_isolated(text, start, end):
            continue
        if spoken.until(start) == "L" and not (with_addresses and run.lastgroup in ("page", "mail")):
            continue
        found.append((start, end))
        spoken.skip(end)
    return found


def _is_loose(run: re.Match[str], *, with_addresses: bool) -> bool:
    said = run.group()
    match run.lastgroup:
        case "page":
            return with_addresses
        case "mail":
            return with_addresses or said[0].isdigit()
        case "name":
            return True
    return not (_ONE_NUMBER.fullmatch(said) or _RANGE.fullmatch(said))


def _is_isolated(text: str, start: int, end: int) -> bool:
    return (
        text[start - 1 : start] in (FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE) and text[end : end + 1] == POP_ISOLATE
    )


class _Spoken:
    """Which way the last letter ran, followed through a text from its beginning; what is isolated stands apart (rules X5a-X6a)."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._last, self._around = "", [""]

    def until(self, end: int) -> str:
        """ "L", "R" or "AL" for the last letter before a place; "" where there is none in the line or the isolate."""
        for char in self._text[self._at : end]:
            kind = unicodedata.bidirectional(char)
            if kind in ("L", "R", "AL"):
                self._last = kind
            elif kind == "B":
                self._last, self._around = "", [""]
            elif char in _ISOLATES:
                self._around.append(self._last)
                self._last = ""
            elif char == POP_ISOLATE and len(self._around) > 1:
                self._last = self._around.pop()
        self._at = max(self._at, end)
        return self._last

    def skip(self, end: int) -> None:
        """Pass over what will be isolated."""
        self._at = end
