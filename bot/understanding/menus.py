"""The choices of one question as words to find in a message: labels, numbers, letters, beginnings, slips. What they add up to lives in `choices`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.folding import bare, fold
from bot.lexicon import Lexicon
from bot.understanding.readings import Open, Selectable
from bot.vocabularies import Words

Found = tuple[int, frozenset[str]]
Index = Mapping[str, Sequence[tuple[list[str], str]]]
NOTHING: Found = (0, frozenset())
LONGEST_LABEL = 250  # beyond this, nobody's message is a label with slips in it
MOST_KEPT = 50
SHORTEST_WITH_SLIPS = 4
STEM, ENDING, SURE_ENDING = 4, 4, 2


@dataclass(frozen=True, slots=True)
class Menu:
    """The choices with their folded labels, in list order. A label with signs ("🚌 Bus") goes with them, without, and by them alone."""

    choices: tuple[Selectable, ...]
    labels: tuple[tuple[tuple[str, ...], ...], ...]  # by choice, then by language, its own first
    by_word: tuple[Index, Index]  # by a label's first word: own labels, all labels
    offered: tuple[str, ...]
    lexicon: Lexicon
    language: str
    words: Mapping[str, Words]
    other: frozenset[str] = frozenset()  # the choice for what is not in the list; XLSForm's "or_other" names it "other"

    @classmethod
    def of(cls, question: Open) -> Menu:
        """The menu of a question with choices; short ones are made once."""
        make = _kept if len(question.choices) <= MOST_KEPT else _made
        return make(question.choices, question.offered, question.lexicon, question.language)

    def _other(self) -> frozenset[str]:
        named = frozenset(choice.value for choice in self.choices if choice.value.casefold() == "other")
        found = named or self.called("other")
        return found if len(found) == 1 else frozenset()

    def in_order(self, values: frozenset[str] | set[str]) -> tuple[str, ...]:
        """The same values as the list has them."""
        return tuple(choice.value for choice in self.choices if choice.value in values)

    def pairs(self, *, own_only: bool = False) -> Iterator[tuple[str, str]]:
        """(value, folded label) for every label that has letters or signs left."""
        for choice, of_choice in zip(self.choices, self.labels, strict=True):
            for variants in of_choice[:1] if own_only else of_choice:
                for label in variants:
                    yield choice.value, label

    def by_place(self, place: int) -> frozenset[str]:
        """The choice numbered `place` from 1 in the list, which is also its number when it is asked back."""
        return frozenset({self.choices[place - 1].value}) if 1 <= place <= len(self.choices) else frozenset()

    def label_at(self, tokens: Sequence[str], start: int, *, own_only: bool) -> Found:
        """The longest label that stands whole at `start`: how many tokens it takes, and whose it is."""
        longest, values = 0, set[str]()
        for words, value in self.by_word[0 if own_only else 1].get(tokens[start], ()):
            if len(words) >= max(longest, 1) and list(tokens[start : start + len(words)]) == words:
                values = {value} if len(words) > longest else values | {value}
                longest = len(words)
        return longest, frozenset(values)

    def digits_at(self, tokens: Sequence[str], start: int) -> Found:
        """A number of the list in digits, with what languages hang on it ("2nd", "2:an")."""
        token, suffixes = tokens[start], self.words["suffixes"]
        digits = token.rstrip("".join(c for c in token if not c.isdecimal()))
        if not digits.isdecimal() or len(digits) > 4 or (token != digits and token[len(digits) :] not in suffixes):
            return NOTHING
        takes = 2 if token == digits and start + 1 < len(tokens) and tokens[start + 1] in suffixes else 1
        values = self.by_place(int(digits))
        return (takes, values) if values else NOTHING

    def number_word_at(self, tokens: Sequence[str], start: int) -> Found:
        """A number or place of the list in words ("tvåan", "twenty one", "den andra")."""
        for takes in (3, 2, 1):
            phrase = " ".join(tokens[start : start + takes])
            if start + takes > len(tokens):
                continue
            ordinal = self.lexicon.ordinal(phrase, self.language) or 0
            number = ordinal or self.lexicon.number(phrase, self.language)
            values = self.by_place(number) if number else frozenset()
            if 1 <= ordinal <= len(self.offered):  # "the second" may be counted among those asked back
                values |= {self.offered[ordinal - 1]}
            if not number and phrase in self.words["final"]:
                values = self.by_place(len(self.choices)) | frozenset(self.offered[-1:])
            if values:
                return takes, values
        return NOTHING

    def letter_at(self, tokens: Sequence[str], start: int) -> Found:
        """A letter from A for the first choice; also what begins with that letter, so that "b" is never guessed."""
        token = tokens[start]
        if len(token) != 1 or not "a" <= token <= "z":
            return NOTHING
        values = self.by_place(ord(token) - ord("a") + 1)
        return (1, values | self.beginning_with(token, own_only=True)) if values else NOTHING

    def beginning_with(self, text: str, *, own_only: bool) -> frozenset[str]:
        """The choices with a label that begins so; digits must be a whole word ("2" does not begin "25 years")."""
        start = text + " " if text.isdecimal() else text
        return frozenset(v for v, label in self.pairs(own_only=own_only) if label.startswith(start) or label == text)

    def called(self, word: str) -> frozenset[str]:
        """The choices whose name or label is a word for yes, no, none, other or unknown."""
        said = self.words[word]
        named = {choice.value for choice in self.choices if choice.value.casefold() in said}
        return frozenset(named | {value for label, value in self._beginning_with_any(said) if " ".join(label) in said})

    def like(self, word: str) -> frozenset[str]:
        """The choices that are a kind of yes, no, none …: one of their labels begins with such a word, and goes on."""
        return frozenset(value for label, value in self._beginning_with_any(self.words[word]))

    def _beginning_with_any(self, phrases: Words) -> Iterator[tuple[list[str], str]]:
        for phrase in phrases:
            words = phrase.split()
            for label, value in self.by_word[1].get(words[0], ()):
                if label[: len(words)] == words:
                    yield label, value

    def mentioning(self, text: str) -> frozenset[str]:
        """The choices with a label that holds these whole words, unless a negation stands before them."""
        negations = self.words["negations"]
        found = set[str]()
        for value, label in self.pairs():
            before, hit, _ = f" {label} ".partition(f" {text} ")
            if hit and not negations.intersection(before.split()):
                found.add(value)
        return frozenset(found)

    def without_accents(self, text: str) -> frozenset[str]:
        """The choices that are the same when accents are left out."""
        wanted = bare(text)
        return frozenset(value for value, label in self.pairs() if bare(label) == wanted)

    def near(self, text: str) -> tuple[frozenset[str], frozenset[str]]:
        """(the one choice that is clearly meant in spite of a slip, all that are near).

        Digits, negations and the first letter must agree. A short word with a letter more is another word ("haa": "hada").
        """
        allowed = 0 if len(text) < SHORTEST_WITH_SLIPS else 1 if len(text) < 8 else 2
        distances: dict[str, int] = {}
        if not allowed or len(text) > LONGEST_LABEL:
            return frozenset(), frozenset()
        for value, label in self.pairs():
            if len(label) < SHORTEST_WITH_SLIPS:
                continue
            if label[0] == text[0] and abs(len(label) - len(text)) <= allowed + 2 and self._turns_alike(label, text):
                distance = OSA.distance(text, label, score_cutoff=allowed + 2)
                distances[value] = min(distance, distances.get(value, distance))
        ranked = sorted(distances.items(), key=lambda item: item[1])
        if not ranked or ranked[0][1] > allowed:
            return frozenset(), frozenset()
        is_clear = len(ranked) == 1 or ranked[1][1] - ranked[0][1] >= 2
        close = frozenset(value for value, distance in ranked if distance <= allowed + 1)
        return (frozenset({ranked[0][0]}) if is_clear else frozenset()), close

    def inflected(self, text: str) -> tuple[frozenset[str], bool]:
        """The choices with a label that differs by the endings of its words alone, and whether these are all short.

        What languages hang on a word ("torilla", "школу") can also turn it round ("maksuton"), so long ones are asked back.
        """
        tokens = text.split()
        found: dict[str, int] = {}
        if len(text) > LONGEST_LABEL:
            return frozenset(), False
        for value, label in self.pairs():
            words = label.split()
            if len(words) != len(tokens) or label[0] != text[0] or not self._turns_alike(label, text):
                continue
            endings = [_ending(token, word) for token, word in zip(tokens, words, strict=True)]
            if all(ending <= ENDING for ending in endings):
                found[value] = min(max(endings), found.get(value, ENDING))
        return frozenset(found), bool(found) and max(found.values()) <= SURE_ENDING

    def _turns_alike(self, one: str, other: str) -> bool:
        if _digits(one) != _digits(other):
            return False
        negations = self.words["negations"]
        return negations.intersection(one.split()) == negations.intersection(other.split())


def selectable(offered: tuple[tuple[tuple[str, str], ...], ...]) -> tuple[Selectable, ...]:
    """The choices from their values and labels in each language, the dialogue's own last; short lists are put together once."""
    return _named(offered) if len(offered[-1]) <= MOST_KEPT else _named.__wrapped__(offered)


@lru_cache(maxsize=1024)
def _named(offered: tuple[tuple[tuple[str, str], ...], ...]) -> tuple[Selectable, ...]:
    labels: dict[str, list[str]] = {}
    for choices in offered:
        for value, label in choices:
            labels.setdefault(value, []).insert(0, label)
    return tuple(Selectable(value, tuple(named)) for value, named in labels.items())


def _made(choices: tuple[Selectable, ...], offered: tuple[str, ...], lexicon: Lexicon, language: str) -> Menu:
    labels = tuple(tuple(_variants(label) for label in choice.labels) for choice in choices)
    indexes: tuple[dict[str, list[tuple[list[str], str]]], ...] = ({}, {})
    for choice, of_choice in zip(choices, labels, strict=True):
        for place, variants in enumerate(of_choice):
            for words in (label.split() for label in variants):
                for index in indexes[bool(place) :]:
                    index.setdefault(words[0], []).append((words, choice.value))
    by_word = (indexes[0], indexes[1])
    menu = Menu(choices, labels, by_word, offered, lexicon, language, lexicon.said(language))
    return replace(menu, other=menu._other())


_kept = lru_cache(maxsize=1024)(_made)


@lru_cache(maxsize=20_000)
def _variants(label: str) -> tuple[str, ...]:
    """A label folded; if it holds signs such as emoji also without them, and they alone."""
    folded = fold(label)
    if folded.isascii() or not any(unicodedata.category(char) == "So" for char in folded):
        return (folded,) if folded else ()
    tokens = folded.split()
    signs = [token for token in tokens if unicodedata.category(token[0]) == "So"]
    words = [token for token in tokens if unicodedata.category(token[0]) != "So"]
    return tuple(dict.fromkeys(text for text in (folded, " ".join(words), " ".join(signs)) if text))


def _ending(one: str, other: str) -> int:
    """How long the longer ending is in which two words differ; too long when they have no stem in common."""
    if one == other:
        return 0
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    is_stem = common >= STEM or (common == STEM - 1 and common == min(len(one), len(other)))
    return max(len(one), len(other)) - common if is_stem else ENDING + 1


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())
