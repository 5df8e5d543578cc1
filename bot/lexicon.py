"""The words residents use in all shipped languages together. One language's words live in `vocabularies`, how sentences are read in `understanding`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any, TypeVar

from bot.folding import SHORT, fold
from bot.numerals import compose, half
from bot.vocabularies import OPTIONAL_SETS, WORD_SETS, Vocabulary, Words

Number = TypeVar("Number", int, Decimal)
Found = TypeVar("Found")
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
# A short word of a language that is not the dialogue's is too likely to be another word: Kurmanji "du" is two, Swedish "du" is you.
_LEAST_FOREIGN_LETTERS = 4
_KNOWN_TO_MOST = "en"
SIGNS: Mapping[str, tuple[str, ...]] = {"yes": ("👍", "👌", "✅", "✔", "☑", "🆗"), "no": ("👎", "❌", "✖")}
# What a word of another language may not mean anywhere else if it is to count as this: a yes is never a no.
_OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "yes": ("no", "none", "negations"),
    "no": ("yes",),
    "none": ("yes", "all"),
    "all": ("none", "no"),
    "both": ("none", "no"),
    "unknown": ("yes", "no"),
}
_TURNING = ("negations", "except", "no", "none")  # words that turn a meaning round are never dropped as small words
_DROPPED = ("polite", "fillers", "joiners", "about", "units", "suffixes", "place")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All shipped languages together: a message is understood whatever language the dialogue is set to.

    `commands` are phrases and what they order; `own_commands` the phrases of each language; `words` all languages' sets
    put together, without regard to what differs: `said` is what readers use.
    """

    by_language: Mapping[str, Vocabulary]
    commands: Mapping[str, str]
    own_commands: Mapping[str, Words]
    changes: frozenset[str]
    longest_change: int
    languages: Mapping[str, str]
    words: Mapping[str, Words]
    sound: Mapping[str, Mapping[str, Words]]

    @classmethod
    def build(cls, data: Mapping[str, Mapping[str, Any]]) -> Lexicon:
        """From the word lists, one mapping per language. Raises ValueError when one phrase is two commands."""
        lists_of = {code.replace("_", "-"): lists for code, lists in data.items()}
        commands: dict[str, str] = {}
        for code, lists in lists_of.items():
            for command, phrases in lists.get("commands", {}).items():
                _claim(commands, phrases, command, code)
        by_language = {code: Vocabulary.of(lists) for code, lists in lists_of.items()}
        changes = frozenset(fold(phrase) for lists in lists_of.values() for phrase in lists.get("change", ()))
        return cls(
            by_language=by_language,
            commands=commands,
            own_commands={
                code: frozenset(fold(phrase) for phrases in lists.get("commands", {}).values() for phrase in phrases)
                for code, lists in lists_of.items()
            },
            changes=changes,
            longest_change=max(map(len, changes), default=0),
            languages={
                fold(name): target.replace("_", "-")
                for lists in lists_of.values()
                for target, names in lists.get("languages", {}).items()
                for name in names
            },
            words=_union(by_language.values()),
            sound={code: _sound(by_language, code) for code in ("", *by_language)},
        )

    def code(self, language: str) -> str:
        """The word list that serves a language (BCP 47): its own, its base language's, or "" for none."""
        base = language.partition("-")[0]
        return language if language in self.by_language else base if base in self.by_language else ""

    def own(self, language: str) -> Vocabulary | None:
        return self.by_language.get(self.code(language))

    def said(self, language: str) -> Mapping[str, Words]:
        """The word sets as they count in a dialogue of this language: its own, and others' where nothing speaks against it."""
        return self.sound[self.code(language)]

    def is_own_command(self, folded: str, language: str) -> bool:
        return folded in self.own_commands.get(self.code(language), ())

    def number(self, word: str, language: str) -> int | None:
        """The number a folded word or phrase names, in the dialogue's language before any other; None when in doubt."""
        return self._look_up(lambda v: v.numbers.get(word), language, word)

    def count(self, phrase: str, language: str) -> int | None:
        """As `number`, also for words put together ("två hundra femtio")."""
        found = self.number(phrase, language)
        return self._look_up(lambda v: compose(v, phrase), language, phrase) if found is None else found

    def fraction(self, phrase: str, language: str) -> Decimal | None:
        """A number with a half in words: "halvannan", "two and a half", "2 ja puoli"."""
        return self._look_up(lambda v: half(v, phrase), language, phrase)

    def ordinal(self, word: str, language: str) -> int | None:
        """The place a folded word names ("second", "tvåan"), counted from 1."""
        return self._look_up(lambda v: v.ordinals.get(word), language, word)

    def vocabularies(self, language: str) -> Iterator[Vocabulary]:
        """Every language but the dialogue's own."""
        own = self.code(language)
        return (vocabulary for code, vocabulary in self.by_language.items() if code != own)

    def _look_up(self, find: Callable[[Vocabulary], Number | None], language: str, word: str) -> Number | None:
        own = self.own(language)
        if own is not None:
            if (found := find(own)) is not None:
                return found
            if any(word in words for words in own.words.values()):
                return None
        is_short = len(word) < _LEAST_FOREIGN_LETTERS
        heard = (v for v in self.vocabularies(language) if not is_short or v is self.by_language.get(_KNOWN_TO_MOST))
        meanings = {number for v in heard if (number := find(v)) is not None}
        return meanings.pop() if len(meanings) == 1 else None


def remembering(find: Callable[[Lexicon, str, str], Found]) -> Callable[[Lexicon, str, str], Found]:
    """A function of a lexicon, a language and a text, which is not asked again what a short text means: most are short."""
    kept = lru_cache(maxsize=20_000)(find)

    @wraps(find)
    def look(lexicon: Lexicon, language: str, text: str) -> Found:
        return kept(lexicon, language, text) if len(text) <= SHORT else find(lexicon, language, text)

    return look


def _claim(commands: dict[str, str], phrases: Iterable[str], command: str, code: str) -> None:
    if command not in COMMANDS:
        raise ValueError(f"{code}: no command is called {command}")
    for phrase in phrases:
        if commands.setdefault(fold(phrase), command) != command:
            raise ValueError(f"{code}: {phrase!r} is both {commands[fold(phrase)]} and {command}")


def _union(vocabularies: Iterable[Vocabulary]) -> dict[str, Words]:
    listed = list(vocabularies)
    return {
        name: frozenset[str]().union(*(v.words[name] for v in listed), SIGNS.get(name, ()))
        for name in (*WORD_SETS, *OPTIONAL_SETS)
    }


def _sound(by_language: Mapping[str, Vocabulary], code: str) -> dict[str, Words]:
    own = by_language.get(code, Vocabulary.of({}))
    others = _union(v for other, v in by_language.items() if other != code)
    everyone = _union(by_language.values())
    sound: dict[str, Words] = {}
    for name, foreign in others.items():
        against = _TURNING if name in _DROPPED else _OPPOSITES.get(name, ())
        refused = frozenset[str]().union(*(everyone[other] for other in against))
        elsewhere = frozenset(word for other, words in own.words.items() if other != name for word in words)
        taken = {word for word in foreign - elsewhere - refused if name not in _DROPPED or not own.uses(word)}
        sound[name] = own.words[name] | frozenset(SIGNS.get(name, ())) | frozenset(taken)
    return sound
