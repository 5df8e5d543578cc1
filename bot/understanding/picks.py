"""Picking from a numbered list by its number in any form. Labels are read in `choices`."""

from __future__ import annotations

from bot.understanding.readings import Open


def place_said(question: Open, folded: str) -> int:
    """The number in a list that a whole folded message is: digits, a letter, a number word or an ordinal; 0 for none."""
    if folded.isdecimal():
        return int(folded) if len(folded) <= 2 else 0
    if len(folded) == 1 and "a" <= folded <= "z":
        return ord(folded) - ord("a") + 1
    lexicon, language = question.lexicon, question.language
    return lexicon.ordinal(folded, language) or lexicon.number(folded, language) or 0
