"""Putting number words together: "två hundra femtio", "tvåhundrafemtio", "مئة وخمسة", "två och en halv". Which words there are lives in `vocabularies`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.vocabularies import Vocabulary

MOST_WORDS, MOST_CHARS, LONGEST_PHRASE = 14, 160, 4
LONGEST_WORD, MOST_DIGITS = 60, 6
_HALF = Decimal("0.5")


def compose(vocabulary: Vocabulary, phrase: str) -> int | None:
    """The number below a million that a folded phrase spells out in one language; None for anything else."""
    tokens = phrase.split()
    if not 1 <= len(tokens) <= MOST_WORDS or len(phrase) > MOST_CHARS:
        return None
    values: list[int] = []
    at = 0
    while at < len(tokens):
        if tokens[at] in vocabulary.links and 0 < at < len(tokens) - 1:
            at += 1
            continue
        takes, found = _longest(vocabulary, tokens[at:], is_first=at == 0)
        if not found:
            return None
        values.extend(found)
        at += takes
    return total(values)


def half(vocabulary: Vocabulary, phrase: str) -> Decimal | None:
    """The number with a half that a folded phrase names in one language, its whole part in words or plain digits."""
    if phrase in vocabulary.fractions:
        return vocabulary.fractions[phrase]
    for ending in vocabulary.and_a_half:
        head = phrase.removesuffix(f" {ending}")
        if head != phrase:
            whole = int(head) if head.isascii() and head.isdecimal() and len(head) <= MOST_DIGITS else None
            whole = compose(vocabulary, head) if whole is None else whole
            return None if whole is None else whole + _HALF
    return None


def _longest(vocabulary: Vocabulary, tokens: Sequence[str], *, is_first: bool) -> tuple[int, list[int]]:
    starts = [tokens[0]]
    if not is_first:
        starts += [tokens[0][len(p) :] for p in vocabulary.prefixes if tokens[0].startswith(p)]
    for start in starts:
        for takes in range(min(LONGEST_PHRASE, len(tokens)), 0, -1):
            number = vocabulary.numbers.get(" ".join([start, *tokens[1:takes]]))
            if number is not None:
                return takes, [number]
    return 1, _segments(vocabulary, tokens[0])


def _segments(vocabulary: Vocabulary, word: str) -> list[int]:
    """The number words that a word written together consists of, the longest first; [] when it is none."""
    if len(word) > LONGEST_WORD:
        return []
    behind: dict[int, list[int]] = {len(word): []}  # what the rest of the word from here on consists of
    for start in range(len(word) - 1, -1, -1):
        for end in behind:
            number = vocabulary.numbers.get(word[start:end])
            if number is not None and (rest := total([number, *behind[end]])) is not None and rest >= number:
                behind[start] = [number, *behind[end]]
                break
    return behind.get(0, [])


def total(values: Sequence[int]) -> int | None:
    """What number words in a row add up to: hundred and thousand multiply what stands before them; None when they do not fit."""
    thousands, group = 0, 0
    for value in values:
        if value == 0 and len(values) > 1:
            return None
        if value == 1000 and not thousands:
            thousands, group = max(group, 1) * 1000, 0
        elif value == 100 and group < 100:
            group = max(group, 1) * 100
        elif 1000 < value < 1_000_000 and value % 1000 == 0 and not (thousands or group):
            thousands = value
        elif (100 < value < 1000 and not group) or (value < 100 and group % 100 == 0):
            group += value
        else:
            return None
    return thousands + group
