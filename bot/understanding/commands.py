"""Recognising commands: only when they are the whole message. What they do lives in `engine`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.folding import fold
from bot.lexicon import Lexicon


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
    folded = fold(text)
    if name := lexicon.commands.get(folded):
        is_own = name == "stop" or lexicon.is_own_command(folded, language)
        own = lexicon.own(language)
        if is_own or own is None or not own.uses(folded):  # "no" and the numbers are not commands in their own language
            return Command(name, is_own=is_own)
        return None
    wanted = (names or {}).get(folded) or lexicon.languages.get(folded)
    if wanted:
        return Command("speak", language=wanted)
    for phrase in lexicon.changes:
        if folded == phrase:
            return Command("mine")
        if folded.startswith(phrase + " "):
            number = _number(lexicon, folded[len(phrase) + 1 :], language)
            if number:
                return Command("change", number=number)
    return None


def is_opt_out(lexicon: Lexicon, text: str) -> bool:
    """Whether the whole message, but for punctuation and case, is an opt-out word of any shipped language."""
    return lexicon.commands.get(fold(text)) == "stop"


def _number(lexicon: Lexicon, folded: str, language: str) -> int:
    if folded.isdecimal() and len(folded) <= 4:
        return int(folded)
    return lexicon.number(folded, language) or lexicon.ordinal(folded, language) or 0
