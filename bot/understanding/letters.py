"""Where a letter's own words end: the greeting above a short answer and the closing phrase with a name below it say nothing of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.folding import fold
from bot.vocabularies import Words

MOST_LINES, LONGEST_PHRASE, LONGEST_NAME = 60, 5, 4
_SIGNED = re.compile(r"\s*//?\s*[^\W\d_]+(\s+[^\W\d_]+){0,2}\s*$")  # "/Anna"


def unsigned(text: str, words: Mapping[str, Words]) -> str:
    """The message without greeting and signature; as it is when it is one line, or when nothing would be left."""
    lines = text.splitlines()
    if not 2 <= len(lines) <= MOST_LINES:
        return text
    end = next((at for at, line in enumerate(lines) if at and _closes(line, words["closing"])), len(lines))
    start = next((at for at, line in enumerate(lines) if not _greets(line, words["polite"])), 0)
    return "\n".join(lines[start:end]).strip() or text


def _greets(line: str, polite: Words) -> bool:
    return all(token in polite for token in fold(line).split())


def _closes(line: str, phrases: Words) -> bool:
    tokens = fold(line).split()
    begins = any(
        " ".join(tokens[:n]) in phrases and len(tokens) <= n + LONGEST_NAME
        for n in range(1, min(LONGEST_PHRASE, len(tokens)) + 1)
    )
    return begins or bool(_SIGNED.match(line))
