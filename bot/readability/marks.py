"""What makes one text hard to read, marked where it stands. How texts score together lives in `measures`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.readability.languages import profile
from bot.readability.measures import WORD, Level, blanked, letters, score, sentences_of, words_of
from bot.readability.wordlists import Wordlist

MarkKind = Literal["officialese", "long_word", "abbreviation", "passive", "long_sentence"]
LONG_SENTENCE = 20
"""Words in one sentence above which it is marked. Advice for plain Swedish is to keep to 15-20 words and vary."""
VERY_LONG_SENTENCE = 25
ENOUGH_WORDS = 20
"""A text of fewer words has no LIX worth telling: two or three ordinary long words would decide it."""
_WEIGHTY = ("officialese", "abbreviation", "long_word")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that is hard to read: `words` as written, `at` their offset, `remedy` what to write instead ("" if unknown)."""

    kind: MarkKind
    words: str
    at: int
    remedy: str = ""


def marks(text: str, code: str, wordlist: Wordlist | None = None) -> tuple[Mark, ...]:
    """Everything marked in a text of a BCP 47 language, in the order of the text."""
    return tuple(sorted(_found(text, code, wordlist or Wordlist()), key=lambda mark: (mark.at, mark.kind)))


def _found(text: str, code: str, wordlist: Wordlist) -> Iterator[Mark]:
    blank = blanked(text)
    taken: list[range] = []
    for at, words, remedy in wordlist.find_officialese(blank):
        taken.append(range(at, at + len(words)))
        yield Mark("officialese", words, at, remedy)
    for at, words, remedy in wordlist.find_abbreviations(blank):
        yield Mark("abbreviation", words, at, remedy)
    for at, words, _ in wordlist.find_passives(blank):
        if not any(at in span for span in taken):
            yield Mark("passive", words, at)
    bound = profile(code).very_long_above
    for match in WORD.finditer(blank):
        if letters(match[0]) > bound and not any(match.start() in span for span in taken):
            yield Mark("long_word", match[0], match.start())
    for at, sentence in sentences_of(text):
        if len(words_of(sentence)) > LONG_SENTENCE:
            yield Mark("long_sentence", sentence, at)


def text_level(text: str, code: str, found: tuple[Mark, ...]) -> Level:
    """How hard one text is: by LIX when it is long enough for one, and by what is marked in it.

    Passives are only told, since some are needed.
    """
    own = score([text], code)
    measured: Level = own.level if own.words >= ENOUGH_WORDS else "easy"
    weighty = sum(mark.kind in _WEIGHTY for mark in found)
    is_very_long = any(len(words_of(m.words)) > VERY_LONG_SENTENCE for m in found if m.kind == "long_sentence")
    if measured == "hard" or is_very_long or weighty >= 3:
        return "hard"
    if measured == "medium" or weighty or any(mark.kind == "long_sentence" for mark in found):
        return "medium"
    return "easy"
