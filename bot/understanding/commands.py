"""Recognising commands: only when they are the whole message, courtesies and repetitions aside. What they do lives in `engine`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.folding import fold
from bot.lexicon import Lexicon, remembering
from bot.understanding.letters import unsigned

MOST_CHARS = 80
_FOLDED_HANDS = ("🙏",)


@dataclass(frozen=True, slots=True)
class Command:
    """`name` is one of the lexicon's commands, or "change" (`number`), or "speak" (`language`).

    `is_own`: a phrase of the dialogue's own language, or one that says beyond doubt what it orders; an answer goes before
    any other.
    """

    name: str
    number: int = 0
    language: str = ""
    is_own: bool = True


def find_command(lexicon: Lexicon, text: str, language: str, names: Mapping[str, str] | None = None) -> Command | None:
    """The command that the whole message is, in any shipped language. `names`: folded own names of the survey's languages."""
    for wording in _wordings(lexicon, "", text):
        if names and wording not in lexicon.commands and (wanted := names.get(wording)):
            return Command("speak", language=wanted)
        if command := _find_command(lexicon, language, wording):
            return command
    return None


@remembering
def _find_command(lexicon: Lexicon, language: str, folded: str) -> Command | None:
    if name := lexicon.commands.get(folded):
        is_own = name == "stop" or lexicon.is_own_command(folded, language)
        own = lexicon.own(language)
        if is_own or own is None or not own.uses(folded):  # "no" and the numbers are not commands in their own language
            return Command(name, is_own=is_own)
        return None
    if wanted := lexicon.languages.get(folded):
        return Command("speak", language=wanted)
    if folded in lexicon.changes:
        return Command("mine")
    for phrase, rest in _beginnings(folded, lexicon.longest_change):
        if phrase in lexicon.changes and (number := _number(lexicon, rest, language)):
            return Command("change", number=number)
    return None


def _beginnings(folded: str, most: int) -> Iterator[tuple[str, str]]:
    """The first words, at most so many characters of them, and the rest: the longest beginning first."""
    end = folded.rfind(" ", 0, most + 1)
    while end > 0:
        yield folded[:end], folded[end + 1 :]
        end = folded.rfind(" ", 0, end)


def is_opt_out(lexicon: Lexicon, text: str) -> bool:
    """Whether the whole message, but for punctuation, case and courtesies, is an opt-out word of any shipped language."""
    return any(lexicon.commands.get(wording) == "stop" for wording in _wordings(lexicon, "", text))


@remembering
def _wordings(lexicon: Lexicon, _language: str, text: str) -> tuple[str, ...]:
    """The whole message as commands are spelled: to the letter, and without courtesies where that differs. Alike in every language."""
    folded = fold(unsigned(text, lexicon.words))
    return tuple(dict.fromkeys((folded, _plainly(lexicon, folded))))


def _plainly(lexicon: Lexicon, folded: str) -> str:
    """The folded text without words of courtesy, and one word said over and over as said once; "" for a long message."""
    if len(folded) > MOST_CHARS:
        return ""
    tokens = [token for token in folded.split() if token not in lexicon.words["polite"] and token not in _FOLDED_HANDS]
    return tokens[0] if len(set(tokens)) == 1 else " ".join(tokens)


def _number(lexicon: Lexicon, folded: str, language: str) -> int:
    if folded.isdecimal() and len(folded) <= 4:
        return int(folded)
    return lexicon.number(folded, language) or lexicon.ordinal(folded, language) or 0
