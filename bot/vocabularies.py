"""One language's words as its list gives them, folded. How all languages count together lives in `lexicon`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from bot.folding import fold

WORD_SETS = ("yes", "no", "none", "all", "polite", "fillers", "joiners", "negations", "about", "units", "suffixes")
OPTIONAL_SETS = ("both", "unknown", "other", "except", "between", "place", "closing", "final", "minus")
RELATIVE = ("coming", "next", "last", "ahead", "ago", "day", "week")

PartOfDay = Literal["am", "pm", "night"]
Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Clock:
    """How times of day are said. `said` and `exact` hold minutes after midnight, `said` on a dial of 12 hours."""

    half_to: Words = frozenset()
    half_past: Words = frozenset()
    quarter: Words = frozenset()
    past: Words = frozenset()
    to: Words = frozenset()
    minutes: Words = frozenset()
    hours: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[str, int] = field(default_factory=dict)
    exact: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, PartOfDay] = field(default_factory=dict)
    is_hour_first: bool = False
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language's words, folded.

    `numbers` are those with a word of their own and the tens with units; `links` and `prefixes` stand inside composed
    ones; `and_a_half` stands after a number, `fractions` are words for numbers with a half. `months` and `persian_months` count from 1, `weekdays` from 0 for Monday; `days` are offsets from today.
    """

    words: Mapping[str, Words] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    links: Words = frozenset()
    prefixes: tuple[str, ...] = ()
    and_a_half: Words = frozenset()
    fractions: Mapping[str, Decimal] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    persian_months: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    weekdays: Mapping[str, int] = field(default_factory=dict)
    past_weekdays: Mapping[str, int] = field(default_factory=dict)
    relative: Mapping[str, Words] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    is_month_first: bool = False

    @classmethod
    def of(cls, lists: Mapping[str, Any]) -> Vocabulary:
        """From one word list as it was read. Raises ValueError for a list of months or weekdays that is not whole."""
        words, numbers, relative = lists.get("words", {}), lists.get("numbers", {}), lists.get("relative", {})
        joins = tuple(numbers.get("joins", ()))
        return cls(
            words={name: _folded(words.get(name, ())) for name in (*WORD_SETS, *OPTIONAL_SETS)},
            numbers=_numbers(numbers.get("plain", {}), joins),
            links=_folded(numbers.get("links", ())) | _folded(link for link in map(_link, joins) if link[-1:] == " "),
            prefixes=tuple(sorted({fold(link) for link in map(_link, joins) if link.strip() and link[-1:] != " "})),
            and_a_half=_folded(numbers.get("and_a_half", ())),
            fractions={
                fold(word): Decimal(value) for value, forms in numbers.get("fractions", {}).items() for word in forms
            },
            ordinals=_by_number(lists.get("ordinals", {})),
            months=_counted(lists, "months", 12, start=1),
            persian_months=_counted(lists, "persian_months", 12, start=1),
            days=_by_number(lists.get("days", {})),
            weekdays=_counted(lists, "weekdays", 7, start=0),
            past_weekdays=_counted(lists, "weekdays_past", 7, start=0),
            relative={name: _folded(relative.get(name, ())) for name in RELATIVE},
            clock=_clock(lists.get("clock", {})),
            is_month_first=bool(lists.get("month_first", False)),
        )

    def uses(self, word: str) -> bool:
        """Whether the word has a meaning of its own here that an answer can have."""
        tables = (self.numbers, self.ordinals, self.months, self.days, self.weekdays)
        return any(word in self.words[name] for name in ("yes", "no", "none", "all", "unknown")) or any(
            word in table for table in tables
        )


def _folded(words: Iterable[str]) -> Words:
    return frozenset(fold(word) for word in words) - {""}


def _by_number(lists: Mapping[str, Iterable[str]]) -> dict[str, int]:
    return {fold(word): int(number) for number, forms in lists.items() for word in forms}


def _counted(lists: Mapping[str, Any], name: str, count: int, *, start: int) -> dict[str, int]:
    given = lists.get(name, ())
    if len(given) not in (0, count):
        raise ValueError(f"{name}: {len(given)} lists, not {count}")
    return {fold(word): number for number, forms in enumerate(given, start=start) for word in forms}


def _link(join: str) -> str:
    """What stands between tens and units, with the space after it if there is one: "och ", "و"."""
    match = re.search(r"\}(.*?)\{", join)
    return match[1].lstrip() if match and match[1].strip() else ""


def _numbers(plain_lists: Mapping[str, Iterable[str]], joins: tuple[str, ...]) -> dict[str, int]:
    """Plain words by value, and tens with units put together as the language does ("{tens}{unit}", "{unit} و{tens}")."""
    plain = {int(n): [fold(w) for w in forms] for n, forms in plain_lists.items()}
    numbers = {word: n for n, forms in plain.items() for word in forms}
    for tens in range(20, 100, 10):
        for unit in range(1, 10):
            for pattern in joins:
                for ten_word in plain.get(tens, ()):
                    for unit_word in plain.get(unit, ()):
                        numbers.setdefault(fold(pattern.format(tens=ten_word, unit=unit_word)), tens + unit)
    return numbers


def _clock(lists: Mapping[str, Any]) -> Clock:
    parts: dict[PartOfDay, Iterable[str]] = lists.get("parts", {})
    return Clock(
        **{name: _folded(lists.get(name, ())) for name in ("half_to", "half_past", "quarter", "past", "to", "minutes")},
        hours=_by_number(lists.get("hours", {})),
        said={fold(w): _minutes(at) for at, forms in lists.get("said", {}).items() for w in forms},
        exact={fold(w): _minutes(at) for at, forms in lists.get("exact", {}).items() for w in forms},
        parts={fold(w): part for part, forms in parts.items() for w in forms},
        is_hour_first=lists.get("order") == "hour first",
        shift=int(lists.get("shift", 0)),
    )


def _minutes(time_of_day: str) -> int:
    hours, _, minutes = time_of_day.partition(":")
    return int(hours) * 60 + int(minutes)
