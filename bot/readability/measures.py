"""LIX: words in a sentence and the share of long words. Which words are long lives in `languages`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.readability.languages import profile

Level = Literal["easy", "medium", "hard"]
MEDIUM_ABOVE, HARD_ABOVE = 40, 50
"""Björnsson's own bounds: up to 30 very easy (children's books), to 40 easy (fiction), to 50 medium (newspapers), to 60 hard
(offices), above very hard. Three words are enough for an author: easy, medium, hard."""

_PLACES = re.compile(r"\$?\{[^{}]*\}")
# Letters with their marks (vowel signs, joined by an apostrophe or, as Persian does, by a zero-width non-joiner); no digits.
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u05b0-\u05c7\u064b-\u0652\u0670]|[’'ʼ\u200c](?=[^\W\d_]))*")
# Where a small letter follows, it was the point of an abbreviation.
_END = re.compile(r"[.!?:؟።。፧…]+(?=\s|$)(?!\s+[a-zß-öø-ÿа-яіїєґ])|\n+")
_MARKS = re.compile(r"[\u0300-\u036f\u05b0-\u05c7\u064b-\u0652\u0670’'ʼ\u200c\u0640]")


@dataclass(frozen=True, slots=True)
class Score:
    """What was counted. `lix` is words a sentence plus the share of long words in per cent; 0.0 without words."""

    words: int
    sentences: int
    long_words: int

    @property
    def lix(self) -> float:
        """Björnsson 1968: words / sentences + 100 · long words / words."""
        if not self.words:
            return 0.0
        return self.words / max(1, self.sentences) + 100 * self.long_words / self.words

    @property
    def words_a_sentence(self) -> float:
        """The mean length of a sentence."""
        return self.words / max(1, self.sentences)

    @property
    def level(self) -> Level:
        """The level in words."""
        return level_of(self.lix)


def level_of(lix: float) -> Level:
    """The word for a LIX."""
    if lix > HARD_ABOVE:
        return "hard"
    return "medium" if lix > MEDIUM_ABOVE else "easy"


def blanked(text: str) -> str:
    """The text with ${references} and {places} overwritten by spaces, every character where it was."""
    return _PLACES.sub(lambda found: " " * len(found[0]), text)


def words_of(text: str) -> list[str]:
    """The words in order."""
    return WORD.findall(blanked(text))


def sentences_of(text: str) -> list[tuple[int, str]]:
    """The sentences with the offset at which each begins; what has no word is none."""
    found, start = [], 0
    blank = blanked(text)
    for end in [*(match.end() for match in _END.finditer(blank)), len(blank)]:
        part = blank[start:end]
        if WORD.search(part):
            found.append((start + len(part) - len(part.lstrip()), text[start:end].strip()))
        start = end
    return found


def letters(word: str) -> int:
    """How many letters a word has; marks above and below, apostrophes and joiners are none."""
    return len(_MARKS.sub("", word))


def score(texts: Iterable[str], code: str) -> Score:
    """The score of texts in a BCP 47 language together; each text ends a sentence."""
    bound = profile(code).long_above
    words = sentences = long_words = 0
    for text in texts:
        found = words_of(text)
        words += len(found)
        long_words += sum(letters(word) > bound for word in found)
        sentences += len(sentences_of(text))
    return Score(words, sentences, long_words)
