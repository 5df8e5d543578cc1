"""Reading an answer to a question with choices: one, several, or in order. Never a guess: what could be two things is asked back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.folding import digits_to_ascii, fold
from bot.understanding.menus import NOTHING, Found, Menu
from bot.understanding.readings import Ambiguous, NotUnderstood, Open, Reading, Understood

Finder = Callable[[Sequence[str], int], Found]
Meant = list[frozenset[str]]

MOST_SUGGESTIONS = 6
_PARTS = re.compile(r"[,;/&+\n،؛、|]|\s[-–—]\s")
_SPAN = re.compile(r"(\d{1,3})\s*[-–—]\s*(\d{1,3})")


def read_one(question: Open, text: str) -> Reading:
    """One of the choices."""
    menu = Menu.of(question)
    if spelled := _spelled(menu, text):
        return _one_of(menu, spelled)
    if meant := _listed(menu, text):
        values = frozenset().union(*meant[0])
        if len(values) > 1 or any(len(found) > 1 for found in meant[0]):
            return Ambiguous(menu.in_order(values)) if len(values) <= MOST_SUGGESTIONS else NotUnderstood("choice")
        return Understood(next(iter(values)), is_literal=meant[1])
    return _answer_word(menu, text) or _approximate(menu, text)


def read_several(question: Open, text: str) -> Reading:
    """Any number of the choices, joined by spaces in list order; "" for none of them."""
    menu = Menu.of(question)
    spread = text if _spelled(menu, text) else _spread_spans(text)
    if fold(text) in menu.lexicon.words["all"] and menu.choices:
        return Understood(" ".join(_all_but_none(menu)), is_literal=True)
    if spelled := _spelled(menu, text):
        return _one_of(menu, spelled)
    if meant := _listed(menu, spread):
        return _together(menu, [(found, meant[1]) for found in meant[0]])
    if word := _answer_word(menu, text):
        return word
    parts = [part for part in _PARTS.split(spread) if fold(part)]
    return _part_by_part(menu, question, parts) if len(parts) > 1 else _approximate(menu, text)


def read_order(question: Open, text: str) -> Reading:
    """All of the choices in the resident's order, joined by spaces; the last one goes without saying."""
    menu = Menu.of(question)
    meant = _listed(menu, text)
    if not meant:
        return NotUnderstood("several")
    unclear = [found for found in meant[0] if len(found) > 1]
    if unclear:
        return Ambiguous(menu.in_order(unclear[0]))
    order = list(dict.fromkeys(value for found in meant[0] for value in found))
    rest = [choice.value for choice in menu.choices if choice.value not in order]
    if len(order) != len(meant[0]) or len(rest) > 1:
        return NotUnderstood("several")
    return Understood(" ".join(order + rest), is_literal=meant[1])


def read_acknowledgement(question: Open, text: str) -> Reading:
    """That something was read: any kind of yes, or the number of the only button."""
    folded = fold(text)
    is_yes = folded == "1" or _without(folded, question, "polite", "fillers") in question.lexicon.words["yes"]
    return Understood("OK") if is_yes else NotUnderstood("choice")


def is_yes_or_no(question: Open, text: str) -> bool | None:
    """True for a yes, False for a no in any language, None for anything else."""
    for word, meaning in (("yes", True), ("no", False)):
        if _says(question, text, word):
            return meaning
    return None


def _says(question: Open, text: str, word: str) -> bool:
    folded = fold(text)
    said = question.lexicon.words[word]
    if folded in said:
        return True
    rest = _without(folded, question, "polite").split()
    return bool(rest) and all(token in said for token in rest)


def _without(folded: str, question: Open | Menu, *sets: str) -> str:
    words = question.lexicon.words
    return " ".join(token for token in folded.split() if not any(token in words[name] for name in sets))


def _listed(menu: Menu, text: str) -> tuple[Meant, bool] | None:
    """What is named when the whole message consists of labels, numbers and small words; True when it is to the letter."""
    tokens = fold(text).split()
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


def _spelled(menu: Menu, text: str) -> frozenset[str]:
    """Labels that begin with several numbers ("16-24 years"), which would otherwise be read as places in the list."""
    tokens = fold(text).split()
    is_numbers = len(tokens) > 1 and all(token.isdecimal() for token in tokens)
    return menu.beginning_with(" ".join(tokens), own_only=False) if is_numbers else frozenset()


def _number_or_label(menu: Menu, token: str) -> frozenset[str]:
    """A lone number that is a place in the list, together with any label that begins with it: two meanings are not one."""
    placed = menu.digits_at([token], 0)[1]
    return (
        placed | menu.beginning_with(token, own_only=True)
        if placed and token.isdecimal() and not menu.offered
        else placed
    )


def _consume(menu: Menu, tokens: list[str], finders: Sequence[Finder], extra: str | None) -> Meant | None:
    meant: Meant = []
    at = 0
    words = menu.lexicon.words
    skipped = (words["joiners"], words["polite"], words[extra] if extra else frozenset[str]())
    while at < len(tokens):
        takes, values = next((found for finder in finders if (found := finder(tokens, at)) != NOTHING), NOTHING)
        if takes:
            meant.append(values)
        elif not any(tokens[at] in small for small in skipped):
            return None
        at += takes or 1
    return meant or None


def _answer_word(menu: Menu, text: str) -> Reading | None:
    """Yes, no and none of them, when they name a choice; none of them also when no choice is called so."""
    for word in ("none", "yes", "no"):
        if not _says_in(menu, text, word):
            continue
        alike = menu.called(word) or frozenset(
            choice.value for choice in menu.choices if _is_like(menu, choice.value, word)
        )
        if len(alike) == 1:
            return Understood(next(iter(alike)))
        if alike:
            return Ambiguous(menu.in_order(alike))
        if word == "none":
            return Understood("")
    return None


def _says_in(menu: Menu, text: str, word: str) -> bool:
    folded, said = fold(text), menu.lexicon.words[word]
    rest = _without(folded, menu, "polite").split()
    return folded in said or (bool(rest) and all(token in said for token in rest))


def _all_but_none(menu: Menu) -> list[str]:
    nothing = menu.called("none")
    return [c.value for c in menu.choices if c.value not in nothing and not _is_like(menu, c.value, "none")]


def _is_like(menu: Menu, value: str, word: str) -> bool:
    """Whether a choice is a kind of yes, no or none: one of its labels begins with such a word."""
    said = menu.lexicon.words[word]
    labels = [label for v, label in menu.pairs() if v == value]
    return any(label.startswith(word_said + " ") for label in labels for word_said in said)


def _approximate(menu: Menu, text: str) -> Reading:
    """Beginnings, accents left out, slips; then words out of the middle of a label, which are only asked back."""
    whole = fold(text)
    if not whole:
        return NotUnderstood("empty")
    folded = _without(whole, menu, "polite", "fillers") or whole
    for wording in dict.fromkeys((whole, folded)):
        if found := menu.beginning_with(wording, own_only=True) or menu.beginning_with(wording, own_only=False):
            return _one_of(menu, found)
    for wording in dict.fromkeys((whole, folded)):
        clear, near = menu.near(wording)
        if found := menu.without_accents(wording) or clear:
            return _one_of(menu, found)
    if asked := near or (menu.mentioning(folded) if len(folded) >= 3 else near):
        return Ambiguous(menu.in_order(asked)) if len(asked) <= MOST_SUGGESTIONS else NotUnderstood("choice")
    return NotUnderstood("choice")


def _one_of(menu: Menu, found: frozenset[str]) -> Reading:
    if len(found) == 1:
        return Understood(next(iter(found)), is_inferred=True)
    return Ambiguous(menu.in_order(found)) if len(found) <= MOST_SUGGESTIONS else NotUnderstood("choice")


def _part_by_part(menu: Menu, question: Open, parts: list[str]) -> Reading:
    """Each part read as one choice; the whole is as sure as its least sure part."""
    found: list[tuple[frozenset[str], bool]] = []
    for part in parts:
        match read_one(question, part):
            case Understood(value=value) if value:
                found.append((frozenset({value}), False))
            case Ambiguous(values=values):
                found.append((frozenset(values), False))
            case _:
                return NotUnderstood("several")
    reading = _together(menu, found)
    return Understood(reading.value, is_inferred=True) if isinstance(reading, Understood) else reading


def _together(menu: Menu, found: list[tuple[frozenset[str], bool]]) -> Reading:
    sure = frozenset().union(*(values for values, _ in found if len(values) == 1))
    unsure = frozenset().union(*(values for values, _ in found if len(values) > 1)) - sure
    if unsure:
        return Ambiguous(menu.in_order(unsure), kept=menu.in_order(sure))
    return Understood(" ".join(menu.in_order(sure)), is_literal=all(literal for _, literal in found))


def _spread_spans(text: str) -> str:
    """ "1-3" written out, when it runs upwards."""

    def spread(match: re.Match[str]) -> str:
        first, last = int(match[1]), int(match[2])
        return " , ".join(str(n) for n in range(first, last + 1)) if first < last <= first + 50 else match[0]

    return _SPAN.sub(spread, digits_to_ascii(text))
