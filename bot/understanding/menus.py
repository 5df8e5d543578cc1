"""The choices of one question as words to find in a message: exact labels, numbers, letters, beginnings, slips. What they add up to lives in `choices`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.folding import bare, fold
from bot.lexicon import Lexicon
from bot.understanding.readings import Open, Selectable

Found = tuple[int, frozenset[str]]
NOTHING: Found = (0, frozenset())


@dataclass(frozen=True, slots=True)
class Menu:
    """The choices with their folded labels, in list order."""

    choices: tuple[Selectable, ...]
    labels: tuple[tuple[str, ...], ...]
    offered: tuple[str, ...]
    lexicon: Lexicon
    language: str

    @classmethod
    def of(cls, question: Open) -> Menu:
        labels = tuple(tuple(fold(label) for label in choice.labels) for choice in question.choices)
        return cls(question.choices, labels, question.offered, question.lexicon, question.language)

    def in_order(self, values: frozenset[str] | set[str]) -> tuple[str, ...]:
        """The same values as the list has them."""
        return tuple(choice.value for choice in self.choices if choice.value in values)

    def pairs(self, *, own_only: bool = False) -> Iterator[tuple[str, str]]:
        """(value, folded label) for every label that has letters or signs left."""
        for choice, labels in zip(self.choices, self.labels, strict=True):
            for label in labels[:1] if own_only else labels:
                if label:
                    yield choice.value, label

    def by_place(self, place: int) -> frozenset[str]:
        """The choice numbered `place` from 1 in the list, which is also its number when it is asked back."""
        return frozenset({self.choices[place - 1].value}) if 1 <= place <= len(self.choices) else frozenset()

    def label_at(self, tokens: Sequence[str], start: int, *, own_only: bool) -> Found:
        """The longest label that stands whole at `start`: how many tokens it takes, and whose it is."""
        longest, values = 0, set[str]()
        for value, label in self.pairs(own_only=own_only):
            words = label.split()
            if len(words) >= max(longest, 1) and list(tokens[start : start + len(words)]) == words:
                values = {value} if len(words) > longest else values | {value}
                longest = len(words)
        return longest, frozenset(values)

    def digits_at(self, tokens: Sequence[str], start: int) -> Found:
        """A number of the list in digits, with what languages hang on it ("2nd", "2:an")."""
        token, suffixes = tokens[start], self.lexicon.words["suffixes"]
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
            number = self.lexicon.ordinal(phrase, self.language) or self.lexicon.number(phrase, self.language)
            values = self.by_place(number) if number else frozenset()
            if values:
                return takes, values
        return NOTHING

    def letter_at(self, tokens: Sequence[str], start: int) -> Found:
        """A letter from A for the first choice; also what begins with that letter, so that "b" is never guessed."""
        token = tokens[start]
        if len(token) != 1 or not "a" <= token <= "z":
            return NOTHING
        values = self.by_place(ord(token) - ord("a") + 1) if not self.offered else frozenset()
        return (1, values | self.beginning_with(token, own_only=True)) if values else NOTHING

    def beginning_with(self, text: str, *, own_only: bool) -> frozenset[str]:
        """The choices with a label that begins so; digits must be a whole word ("2" does not begin "25 years")."""
        start = text + " " if text.isdecimal() else text
        return frozenset(v for v, label in self.pairs(own_only=own_only) if label.startswith(start) or label == text)

    def called(self, word: str) -> frozenset[str]:
        """The choices whose name or label is a word for yes, no or none."""
        said = self.lexicon.words[word]
        return frozenset(value for value, label in self.pairs() if label in said or value.casefold() in said)

    def mentioning(self, text: str) -> frozenset[str]:
        """The choices with a label that holds these whole words, unless a negation stands before them."""
        negations = self.lexicon.words["negations"]
        found = set[str]()
        for value, label in self.pairs():
            before, hit, _ = f" {label} ".partition(f" {text} ")
            if hit and not negations.intersection(before.split()):
                found.add(value)
        return frozenset(found)

    def without_accents(self, text: str) -> frozenset[str]:
        """The choices that are the same when accents are left out."""
        return frozenset(value for value, label in self.pairs() if bare(label) == bare(text))

    def near(self, text: str) -> tuple[frozenset[str], frozenset[str]]:
        """(the one choice that is clearly meant in spite of a slip, all that are near). Digits and the first letter must agree."""
        allowed = 0 if len(text) < 4 else 1 if len(text) < 8 else 2
        distances: dict[str, int] = {}
        for value, label in self.pairs():
            if allowed and label[0] == text[0] and _digits(label) == _digits(text):
                distance = OSA.distance(text, label, score_cutoff=allowed + 2)
                distances[value] = min(distance, distances.get(value, distance))
        ranked = sorted(distances.items(), key=lambda item: item[1])
        if not ranked or ranked[0][1] > allowed:
            return frozenset(), frozenset()
        is_clear = len(ranked) == 1 or ranked[1][1] - ranked[0][1] >= 2
        close = frozenset(value for value, distance in ranked if distance <= allowed + 1)
        return (frozenset({ranked[0][0]}) if is_clear else frozenset()), close


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())
