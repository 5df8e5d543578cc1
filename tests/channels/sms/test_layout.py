"""How a content becomes one text message."""

from __future__ import annotations

from bot.contents import Content, Option
from channels.sms.layout import laid_out

OPTIONS = (Option("1.1", "Ja"), Option("1.2", "Nej"))


def test_options_are_numbered_lines_without_empty_lines_between() -> None:
    content = Content("Tack!\n\nTrygg?\n", "sv", options=OPTIONS, select="one")
    assert laid_out(content) == "Tack!\nTrygg?\n1 Ja\n2 Nej"


def test_idle_blanks_are_left_out() -> None:
    assert laid_out(Content("1. Buss?\n   Linje   2 ", "sv")) == "1. Buss?\nLinje 2"


def test_a_ranking_tells_the_places() -> None:
    content = Content("Viktigast?", "sv", options=OPTIONS, select="rank", chosen=("1.2", "1.1"))
    assert laid_out(content) == "Viktigast?\n1 Ja (2)\n2 Nej (1)"


def test_stretched_letters_are_written_plainly() -> None:
    assert laid_out(Content("مرحـــبا", "ar")) == "مرحبا"
