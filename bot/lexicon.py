"""The words residents use (commands, yes and no, numbers, months) in every shipped language. How sentences are read lives in `understanding`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.folding import fold

COMMANDS = (
    "stop",
    "help",
    "language",
    "back",
    "mine",
    "erase",
    "who",
    "begin",
    "skip",
    "done",
    "person",
    "proxy",
    "more",
    "enough",
)
WORD_SETS = ("yes", "no", "none", "all", "polite", "fillers", "joiners", "negations", "about", "units", "suffixes")
SIGNS: Mapping[str, tuple[str, ...]] = {"yes": ("👍", "👌", "✅", "✔", "☑", "🆗"), "no": ("👎", "❌", "✖")}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language's words, folded. `numbers` reach from 0 to 100; `months` count from 1; `days` are offsets from today."""

    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    ordinals: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All shipped languages together: a message is understood whatever language the dialogue is set to."""

    by_language: Mapping[str, Vocabulary]
    commands: Mapping[str, str]
    changes: tuple[str, ...]
    languages: Mapping[str, str]
    words: Mapping[str, frozenset[str]]

    @classmethod
    def build(cls, data: Mapping[str, Mapping[str, Any]]) -> Lexicon:
        """From the word lists, one mapping per language. Raises ValueError when one phrase is two commands."""
        commands: dict[str, str] = {}
        for code, lists in data.items():
            for command, phrases in lists.get("commands", {}).items():
                _claim(commands, phrases, command, code)
        by_language = {code: _vocabulary(lists) for code, lists in data.items()}
        return cls(
            by_language=by_language,
            commands=commands,
            changes=tuple(
                sorted({fold(p) for lists in data.values() for p in lists.get("change", ())}, key=len, reverse=True)
            ),
            languages={
                fold(name): target
                for lists in data.values()
                for target, names in lists.get("languages", {}).items()
                for name in names
            },
            words={
                name: frozenset().union(*(v.words[name] for v in by_language.values()), SIGNS.get(name, ()))
                for name in WORD_SETS
            },
        )

    def number(self, word: str, language: str) -> int | None:
        """The number a folded word or phrase names, in the dialogue's language before any other; None when in doubt."""
        return self._look_up("numbers", word, language)

    def ordinal(self, word: str, language: str) -> int | None:
        """The place a folded word names ("second", "tvåan"), counted from 1."""
        return self._look_up("ordinals", word, language)

    def month(self, word: str, language: str) -> int | None:
        """The month a folded name or abbreviation stands for, 1 to 12."""
        return self._look_up("months", word, language)

    def day_offset(self, word: str, language: str) -> int | None:
        """How many days from today a folded word names ("yesterday": -1)."""
        return self._look_up("days", word, language)

    def _look_up(self, table: str, word: str, language: str) -> int | None:
        own = self.by_language.get(language) or self.by_language.get(language.partition("-")[0])
        if own is not None and word in getattr(own, table):
            found: int = getattr(own, table)[word]
            return found
        meanings = {getattr(v, table)[word] for v in self.by_language.values() if word in getattr(v, table)}
        return meanings.pop() if len(meanings) == 1 else None


def _claim(commands: dict[str, str], phrases: Iterable[str], command: str, code: str) -> None:
    if command not in COMMANDS:
        raise ValueError(f"{code}: no command is called {command}")
    for phrase in phrases:
        if commands.setdefault(fold(phrase), command) != command:
            raise ValueError(f"{code}: {phrase!r} is both {commands[fold(phrase)]} and {command}")


def _vocabulary(lists: Mapping[str, Any]) -> Vocabulary:
    words = lists.get("words", {})
    return Vocabulary(
        words={name: frozenset(fold(w) for w in words.get(name, ())) - {""} for name in WORD_SETS},
        numbers=_numbers(lists.get("numbers", {})),
        ordinals={fold(w): n for n, forms in lists.get("ordinals", {}).items() for w in forms for n in (int(n),)},
        months={fold(w): n for n, forms in enumerate(lists.get("months", ()), start=1) for w in forms},
        days={fold(w): int(n) for n, forms in lists.get("days", {}).items() for w in forms},
    )


def _numbers(lists: Mapping[str, Any]) -> dict[str, int]:
    """Plain words by value, and tens with units put together as the language does ("{tens}{unit}", "{unit} و{tens}")."""
    plain = {int(n): [fold(w) for w in forms] for n, forms in lists.get("plain", {}).items()}
    numbers = {word: n for n, forms in plain.items() for word in forms}
    for tens in range(20, 100, 10):
        for unit in range(1, 10):
            for pattern in lists.get("joins", ()):
                for ten_word in plain.get(tens, ()):
                    for unit_word in plain.get(unit, ()):
                        numbers.setdefault(fold(pattern.format(tens=ten_word, unit=unit_word)), tens + unit)
    return numbers
