"""Reading an answer to a question with choices: one, several, or in order. Never a guess: what could be two things is asked back."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.events import Puzzle
from bot.folding import fold
from bot.lexicon import Lexicon, remembering
from bot.understanding.listings import (
    MOST_TOKENS,
    is_one_label,
    listed,
    named_alone,
    parted,
    says,
    spelled_with_numbers,
    spread_spans,
    without,
)
from bot.understanding.menus import LONGEST_LABEL, Menu
from bot.understanding.readings import MOST_SUGGESTIONS, Ambiguous, NotUnderstood, Open, Reading, Understood

MOST_PARTS = 40
_PARTS = re.compile(r"[,;/&+\n،؛、|]|\s[-–—]\s")
_NAMED = re.compile(r"[:：(\n]")  # what stands between "other" and one's own words
_NAMED_LOOSELY = re.compile(r"[,،;–—]|\s-\s")


def read_one(question: Open, text: str) -> Reading:
    """One of the choices."""
    menu = Menu.of(question)
    return _narrowed(menu, _one(menu, text))


def _narrowed(menu: Menu, reading: Reading) -> Reading:
    """Of what could be meant, the one that had been asked back just before."""
    match reading:
        case Ambiguous(values=values, kept=()) if len(found := frozenset(values).intersection(menu.offered)) == 1:
            return Understood(next(iter(found)), is_inferred=True)
        case _:
            return reading


def _one(menu: Menu, text: str) -> Reading:
    if spelled := spelled_with_numbers(menu, text):
        return _one_of(menu, spelled)
    if named := _in_own_words(menu, text, _NAMED):
        return named
    if meant := listed(menu, text):
        values = frozenset().union(*meant[0])
        if len(values) > 1 or any(len(found) > 1 for found in meant[0]):
            return _asked(menu, values, "choice")
        return Understood(next(iter(values)), is_literal=meant[1])
    if reading := _answer_word(menu, text) or _in_own_words(menu, text, _NAMED_LOOSELY):
        return reading
    reading = _approximate(menu, text)
    return reading if not isinstance(reading, NotUnderstood) else _beginning_with_other(menu, text) or reading


def read_several(question: Open, text: str) -> Reading:
    """Any number of the choices, joined by spaces in list order; "" for none of them."""
    menu = Menu.of(question)
    if every := _every_one(menu, text):
        return Understood(" ".join(menu.in_order(every)), is_literal=True)
    if spelled := spelled_with_numbers(menu, text):
        return _one_of(menu, spelled)
    if reading := _all_except(menu, text) or _several_in_own_words(question, menu, text):
        return reading
    spread = text if is_one_label(menu, text) else spread_spans(menu, text)
    if meant := listed(menu, spread):
        return _together(menu, [(found, meant[1]) for found in meant[0]])
    if word := _answer_word(menu, text):
        return word
    parts = list(dict.fromkeys(fold(part) for part in _PARTS.split(spread) if fold(part)))
    return _part_by_part(menu, parts) if len(parts) > 1 else _approximate(menu, text)


def read_order(question: Open, text: str) -> Reading:
    """All of the choices in the resident's order, joined by spaces; the last one goes without saying."""
    menu = Menu.of(question)
    meant = listed(menu, text)
    if not meant:
        return Understood("") if fold(text) in menu.words["unknown"] else NotUnderstood("choice")
    unclear = [found for found in meant[0] if len(found) > 1]
    if unclear:
        return _asked(menu, unclear[0], "several")
    order = list(dict.fromkeys(value for found in meant[0] for value in found))
    rest = [choice.value for choice in menu.choices if choice.value not in order]
    if len(order) != len(meant[0]) or len(rest) > 1:
        return NotUnderstood("several")
    return Understood(" ".join(order + rest), is_literal=meant[1])


def read_acknowledgement(question: Open, text: str) -> Reading:
    """That something was read: any kind of yes, or the number of the only button."""
    folded = fold(text)
    is_yes = folded == "1" or without(folded, question.words, "polite", "fillers") in question.words["yes"]
    return Understood("OK") if is_yes else NotUnderstood("choice")


def is_yes_or_no(question: Open, text: str) -> bool | None:
    """True for a yes, False for a no in any language, None for anything else."""
    return _yes_or_no(question.lexicon, question.language, text)


@remembering
def _yes_or_no(lexicon: Lexicon, language: str, text: str) -> bool | None:
    for word, meaning in (("yes", True), ("no", False)):
        if says(lexicon.said(language), text, word):
            return meaning
    return None


def _answer_word(menu: Menu, text: str) -> Reading | None:
    """Yes, no, none of them and don't know, when they name a choice; the last two also when no choice is called so."""
    for word in ("none", "unknown", "yes", "no"):
        if not says(menu.words, text, word):
            continue
        alike = menu.called(word) or menu.like(word)
        if len(alike) == 1:
            return Understood(next(iter(alike)))
        if alike:
            return _asked(menu, alike, "choice")
        if word in ("none", "unknown"):
            return Understood("")
    return None


def _every_one(menu: Menu, text: str) -> frozenset[str]:
    """All choices, by a word for all; by one for both the two that there are, or the two that were asked back."""
    if says(menu.words, text, "all"):
        return _all_but_none(menu)
    if not says(menu.words, text, "both"):
        return frozenset()
    pairs = (frozenset(menu.offered), _all_but_none(menu))
    return next((pair for pair in pairs if len(pair) == 2), frozenset())


def _all_but_none(menu: Menu) -> frozenset[str]:
    return frozenset(choice.value for choice in menu.choices) - (menu.called("none") | menu.like("none"))


def _all_except(menu: Menu, text: str) -> Reading | None:
    """ "all except 2 and 3", told back; the word for except may stand on either side of what it takes away."""
    tokens = [token for token in fold(spread_spans(menu, text)).split() if token not in menu.words["polite"]]
    if len(tokens) > MOST_TOKENS:
        return None
    everything, excepted = menu.words["all"], menu.words["except"]
    rest = next((tokens[n:] for n in range(5, 0, -1) if len(tokens) > n and " ".join(tokens[:n]) in everything), [])
    for n in (3, 2, 1):
        for inner, phrase in ((rest[n:], rest[:n]), (rest[:-n], rest[-n:])):
            if inner and " ".join(phrase) in excepted and (meant := listed(menu, " ".join(inner))):
                gone = frozenset[str]().union(*meant[0])
                if any(len(found) > 1 for found in meant[0]):
                    return _asked(menu, gone, "several")
                left = _all_but_none(menu) - gone
                return Understood(" ".join(menu.in_order(left)), is_inferred=True) if left else NotUnderstood("several")
    return None


# --- "other", with one's own words


def _in_own_words(menu: Menu, text: str, sign: re.Pattern[str]) -> Reading | None:
    """ "other: a bench": the choice, with what follows the sign."""
    other = menu.other
    head, rest = parted(text, sign) if other else ("", "")
    if rest and (fold(head) in menu.words["other"] or named_alone(menu, head) == other):
        return Understood(next(iter(other)), rest=rest)
    return None


def _several_in_own_words(question: Open, menu: Menu, text: str) -> Reading | None:
    """ "1, other: a bench"."""
    other = menu.other
    head, rest = parted(text, _NAMED) if other else ("", "")
    parts = [part for part in _PARTS.split(head) if fold(part)]
    if not rest or not parts:
        return None
    last = fold(parts[-1]).split()
    if len(parts) == 1 and (named := _in_own_words(menu, text, _NAMED)):
        return named
    is_last = any(
        " ".join(last[-n:]) in menu.words["other"] or named_alone(menu, " ".join(last[-n:])) == other
        for n in range(1, min(len(last), 5) + 1)
    )
    reading = read_several(question, head) if is_last else None
    if isinstance(reading, Understood) and other <= set(reading.value.split()):
        return replace(reading, is_literal=False, rest=rest)
    return None


def _beginning_with_other(menu: Menu, text: str) -> Reading | None:
    """ "other a bench", told back."""
    other, words = menu.other, text.split(None, 3)
    for n in range(min(len(words) - 1, 3), 0, -1):
        head = fold(" ".join(words[:n]))
        is_label = bool(head) and menu.label_at(head.split(), 0, own_only=False) == (len(head.split()), other)
        if other and (head in menu.words["other"] or is_label):
            return Understood(next(iter(other)), is_inferred=True, rest=text.split(None, n)[n].strip())
    return None


# --- what is not to the letter


def _approximate(menu: Menu, text: str) -> Reading:
    """Beginnings, accents left out, slips and endings; then words out of the middle of a label, which are only asked back.

    What begins one label and stands in another ("square": "Square Street", "The square") could be either.
    """
    whole = fold(text)
    if not whole:
        return NotUnderstood("empty")
    if len(whole) > LONGEST_LABEL:
        return NotUnderstood("choice")
    folded = without(whole, menu.words, "polite", "fillers") or whole
    wordings = tuple(dict.fromkeys((whole, folded)))
    for wording in wordings:
        if found := menu.beginning_with(wording, own_only=True) or menu.beginning_with(wording, own_only=False):
            return _one_of(menu, found | (menu.mentioning(wording) if len(wording) >= 3 else frozenset()))
    for wording in wordings:
        clear, near = menu.near(wording)
        bent, is_sure = menu.inflected(wording)
        if found := menu.without_accents(wording) or clear or (bent if is_sure and near <= bent else clear):
            return _one_of(menu, found)
        if near | bent:
            return _asked(menu, near | bent, "choice")
    if len(folded) >= 3 and (asked := menu.mentioning(folded)):
        return _asked(menu, asked, "choice")
    return NotUnderstood("choice")


def _one_of(menu: Menu, found: frozenset[str]) -> Reading:
    return Understood(next(iter(found)), is_inferred=True) if len(found) == 1 else _asked(menu, found, "choice")


def _asked(menu: Menu, found: frozenset[str], reason: Puzzle) -> Reading:
    return Ambiguous(menu.in_order(found)) if len(found) <= MOST_SUGGESTIONS else NotUnderstood(reason)


def _part_by_part(menu: Menu, parts: list[str]) -> Reading:
    """Each part read as one choice; the whole is as sure as its least sure part."""
    if len(parts) > MOST_PARTS:
        return NotUnderstood("several")
    found: list[tuple[frozenset[str], bool]] = []
    for part in parts:
        match _one(menu, part):
            case Understood(value=value, rest="") if value:
                found.append((frozenset({value}), False))
            case Ambiguous(values=values):
                found.append((frozenset(values), False))
            case _:
                continue
    if len(found) < len(parts):
        return NotUnderstood("several" if found else "choice")
    reading = _together(menu, found)
    return Understood(reading.value, is_inferred=True) if isinstance(reading, Understood) else reading


def _together(menu: Menu, found: list[tuple[frozenset[str], bool]]) -> Reading:
    sure = frozenset().union(*(values for values, _ in found if len(values) == 1))
    unsure = frozenset().union(*(values for values, _ in found if len(values) > 1)) - sure
    if len(unsure) > MOST_SUGGESTIONS:
        return NotUnderstood("several")
    if unsure:
        return Ambiguous(menu.in_order(unsure), kept=menu.in_order(sure))
    return Understood(" ".join(menu.in_order(sure)), is_literal=all(literal for _, literal in found))
