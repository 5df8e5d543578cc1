"""Each transcript beside this file, held anew and compared word for word. `python -m tests.transcripts.test_transcripts` writes them again."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.rendering import numbered
from tests.bot.talk.surveys import Resident

FOLDER = Path(__file__).parent
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
MANNERS = {
    "sms": {"is_terse": True},
    "e-mail": {"opens_with_question": True, "has_card_in_invitation": True},
    "chat": {"has_buttons": True},
}


def held_anew(transcript: str) -> str:
    """The transcript as it would be written today. Its first line is "channel language"."""
    head, *lines = transcript.splitlines()
    channel, language = head.split()
    manner = MANNERS[channel]
    resident = Resident(language=language, opens_with_question=manner.get("opens_with_question", False))
    written = [head, *_told(resident, manner)]
    for line in lines:
        if line.startswith("> "):
            written += ["", line, "", *_told(resident.says(line[2:]), manner)]
    return "\n".join(written) + "\n"


def _told(resident: Resident, manner: dict[str, bool]) -> list[str]:
    return [_shown(line) for content in resident.hears(**manner) for line in numbered(content).splitlines()]


def _shown(line: str) -> str:
    """Characters that nobody sees are left out, so that a transcript can be read and written by hand."""
    return "".join(char for char in line if char not in "\u2066\u2067\u2068\u2069\u200e\u200f")


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_conversation_still_goes_as_it_is_written(path):
    assert held_anew(path.read_text(encoding="utf-8")) == path.read_text(encoding="utf-8")


def test_there_are_transcripts():
    assert TRANSCRIPTS


if __name__ == "__main__":
    for path in TRANSCRIPTS:
        path.write_text(held_anew(path.read_text(encoding="utf-8")), encoding="utf-8")
