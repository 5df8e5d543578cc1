"""What a message names to the letter: labels, numbers and letters, with nothing but small words between. What it means lives in `choices`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from bot.folding import digits_to_ascii, fold
from bot.understanding.menus import NOTHING, Found, Menu
from bot.vocabularies import Words

Finder = Callable[[Sequence[str], int], Found]
Meant = list[frozenset[str]]

MOST_TOKENS, MOST_SPANS = 400, 40
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_AND = "و"  # Arabic writes it together with the word after it
_AND_BETWEEN_DIGITS = re.compile(rf"(?<=\d){_AND}(?=\d)")
_SPAN = re.compile(r"(\d{1,4}) {0,3}[-–—] {0,3}(\d{1,4})")


def listed(menu: Menu, text: str) -> tuple[Meant, bool] | None:
    """What is named when the whole message consists of labels, numbers and small words; True when it is to the letter."""
    tokens = fold(_AND_BETWEEN_DIGITS.sub(r" \g<0> ", digits_to_ascii(text))).split()
    if len(tokens) > MOST_TOKENS or _counts_from_an_end(menu, tokens):
        return None
    named = without(" ".join(tokens), menu.words, "polite", "fillers")
    if len(named) == 1 and named.isalpha():  # "option B"
        tokens = [named]
    own: Finder = lambda t, i: menu.label_at(t, i, own_only=True)  # noqa: E731
    anyone: Finder = lambda t, i: menu.label_at(t, i, own_only=False)  # noqa: E731
    if len(tokens) == 1 and (both := _number_or_label(menu, tokens[0])):
        return [both], True
    attempts: tuple[tuple[tuple[Finder, ...], bool, bool], ...] = (
        ((own, menu.digits_at), False, True),
        ((anyone, menu.digits_at), False, True),
        ((menu.letter_at, menu.digits_at), False, True),
        ((menu.digits_at, menu.number_word_at), False, False),
        ((anyone, menu.digits_at), True, False),
        ((anyone, menu.digits_at, menu.number_word_at), True, False),
    )
    for finders, has_fillers, is_literal in attempts:
        if meant := _consume(menu, tokens, finders, "fillers" if has_fillers or not is_literal else None):
            return meant, is_literal
    return None


def _consume(menu: Menu, tokens: list[str], finders: Sequence[Finder], extra: str | None) -> Meant | None:
    meant: Meant = []
    at = 0
    words = menu.words
    skipped = (words["joiners"], words["polite"], words[extra] if extra else frozenset[str]())
    while at < len(tokens):
        takes, values = _found(tokens, at, finders)
        if takes:
            meant.append(values)
        elif not any(tokens[at] in small for small in skipped):
            return None
        at += takes or 1
    return meant or None


def _found(tokens: list[str], at: int, finders: Sequence[Finder]) -> Found:
    """What the first finder to know a word makes of it; behind an "and" that is written together with it, if need be."""
    found = next((found for finder in finders if (found := finder(tokens, at)) != NOTHING), NOTHING)
    rest = tokens[at].removeprefix(_AND)
    if found != NOTHING or not at or rest in ("", tokens[at]):
        return found
    return _found([*tokens[:at], rest, *tokens[at + 1 :]], at, finders)


def _counts_from_an_end(menu: Menu, tokens: list[str]) -> bool:
    """Whether this is "the first three" or "the last two", which is neither the first and the third nor the last and the second."""
    rest = [token for token in tokens if token not in menu.words["polite"] and token not in menu.words["fillers"]]
    if len(rest) != 2:
        return False
    lexicon, language = menu.lexicon, menu.language
    for end, count in (rest, rest[::-1]):
        number = int(count) if count.isdecimal() and len(count) <= 4 else lexicon.number(count, language) or 0
        if lexicon.ordinal(count, language):
            continue
        if (number > 1 and end in menu.words["final"]) or (number > 2 and _is_first(menu, end)):
            return True
    return False


def _is_first(menu: Menu, token: str) -> bool:
    return not token.isdecimal() and menu.lexicon.ordinal(token, menu.language) == 1


def _number_or_label(menu: Menu, token: str) -> frozenset[str]:
    """A lone number that is a place in the list, together with any label that begins with it: two meanings are not one."""
    placed = menu.digits_at([token], 0)[1]
    return (
        placed | menu.beginning_with(token, own_only=True)
        if placed and token.isdecimal() and not menu.offered
        else placed
    )


def is_one_label(menu: Menu, text: str) -> bool:
    """Whether the whole message is one label."""
    tokens = fold(text).split()
    return bool(tokens) and menu.label_at(tokens, 0, own_only=False)[0] == len(tokens)


def spelled_with_numbers(menu: Menu, text: str) -> frozenset[str]:
    """Labels that begin with several numbers ("16-24 years"), which would otherwise be read as places in the list."""
    tokens = fold(text).split()
    is_numbers = len(tokens) > 1 and all(token.isdecimal() for token in tokens)
    return menu.beginning_with(" ".join(tokens), own_only=False) if is_numbers else frozenset()


def named_alone(menu: Menu, text: str) -> frozenset[str]:
    """The one choice that a short text names, by number, label or beginning."""
    if meant := listed(menu, text):
        return frozenset().union(*meant[0])
    return menu.beginning_with(fold(text), own_only=False)


def spread_spans(menu: Menu, text: str) -> str:
    """ "1-3" and "1 to 3" written out, when they run upwards within the list."""
    last_place = len(menu.choices)

    def spread(match: re.Match[str]) -> str:
        first, last = int(match[1]), int(match[2])
        return " , ".join(str(n) for n in range(first, last + 1)) if 1 <= first < last <= last_place else match[0]

    plain = digits_to_ascii(text)
    spans = menu.words["between"] - menu.words["joiners"]
    plain = re.sub(r"(?<=\d) ([^\W\d_]{1,12}) (?=\d)", lambda said: "-" if fold(said[1]) in spans else said[0], plain)
    return _SPAN.sub(spread, plain, count=MOST_SPANS)


def parted(text: str, sign: re.Pattern[str]) -> tuple[str, str]:
    """What stands before the first such sign and what stands after it; ("", "") when either says nothing."""
    match = sign.search(text)
    if match is None or match.start() > MOST_TOKENS:
        return "", ""
    rest = text[match.end() :].strip()
    rest = rest.removesuffix(")").strip() if match[0] == "(" else rest
    return (text[: match.start()], rest) if fold(text[: match.start()]) and fold(rest) else ("", "")


def says(words: Mapping[str, Words], text: str, word: str) -> bool:
    """Whether the whole message is a word for yes, no …, courtesies and drawn-out letters aside."""
    folded = fold(text)
    if _is_said(words, folded, word):
        return True
    drawn_out = (shorter for row in (r"\1\1", r"\1") if (shorter := _DRAWN_OUT.sub(row, folded)) != folded)
    return any(_is_said(words, shorter, word) for shorter in drawn_out)


def _is_said(words: Mapping[str, Words], folded: str, word: str) -> bool:
    said = words[word]
    if folded in said:
        return True
    rest = without(folded, words, "polite")
    return rest in said or (bool(rest) and all(token in said for token in rest.split()))


def without(folded: str, words: Mapping[str, Words], *sets: str) -> str:
    """The folded text without the words of some sets."""
    return " ".join(token for token in folded.split() if not any(token in words[name] for name in sets))
