"""A content as the text of one message, in as few characters as say it all. What they cost lives in `segments`."""

from __future__ import annotations

from bot.contents import Content
from channels.rendering import direction, numbered

TATWEEL = "\N{ARABIC TATWEEL}"  # stretches a word and says nothing


def laid_out(content: Content) -> str:
    """The text with its options as numbered lines. Empty lines, idle blanks and stretched letters cost, and are left out."""
    lines = (" ".join(line.split()) for line in numbered(content).splitlines())
    text = "\n".join(line for line in lines if line)
    return text.replace(TATWEEL, "") if direction(content.language) == "rtl" else text
