"""Digits in boxes written without a gap: 3️⃣4️⃣ may be the third and the fourth choice, or the thirty-fourth. Digits alone live in `folding`."""

from __future__ import annotations

import re

from bot.understanding.readings import Ambiguous, NotUnderstood, Open, Reading, Understood

_KEYCAP = "[0-9]\ufe0f?\u20e3"
_ROW = re.compile(f"(?:{_KEYCAP}){{2,}}")


def spread(text: str) -> str:
    """The text with a gap between digits in boxes that stand close together; "" when none do."""
    apart, count = _ROW.subn(lambda row: " ".join(re.findall(_KEYCAP, row[0])), text)
    return apart if count else ""


def either(question: Open, apart: Reading, joined: Reading) -> Reading:
    """What was read one way, when the other way makes nothing; both asked back when they differ."""
    if isinstance(joined, NotUnderstood) or joined == apart:
        return apart
    if isinstance(apart, NotUnderstood):
        return joined
    meant = {*_values(apart), *_values(joined)}
    return Ambiguous(tuple(choice.value for choice in question.choices if choice.value in meant))


def _values(reading: Understood | Ambiguous) -> tuple[str, ...]:
    return (*reading.values, *reading.kept) if isinstance(reading, Ambiguous) else tuple(reading.value.split())
