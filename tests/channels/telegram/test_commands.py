"""The menu of commands, in the languages that are shipped."""

from __future__ import annotations

import pytest

from bot.folding import fold
from channels.telegram.commands import menus
from locales import codes, load_lexicon, translation

MENUS = menus(codes(), translation)
MEANT = {"start": "begin"}


def test_every_command_of_the_menu_is_understood_when_written() -> None:
    known = load_lexicon().commands
    for name in (command.command for command in MENUS[""]):
        assert known[fold(name)] == MEANT.get(name, name)


@pytest.mark.parametrize("code", sorted(MENUS))
def test_every_description_is_one_that_telegram_takes(code: str) -> None:
    assert all(1 <= len(command.description) <= 256 for command in MENUS[code])


def test_swedish_residents_read_swedish_and_everybody_else_english() -> None:
    assert MENUS["sv"][0].description == "Börja, eller fortsätt"
    assert MENUS[""][0].description == "Begin, or go on"
    assert all(len(code) in (0, 2) for code in MENUS)
