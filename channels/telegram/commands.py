"""The menu of commands beside the text field, in each language that Telegram knows. What a command does is decided in `bot`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiogram.types import BotCommand

from channels.doors import Translation

LANGUAGE_LETTERS = 2  # setMyCommands: "A two-letter ISO 639-1 language code"


def commands(translation: Translation) -> list[BotCommand]:
    """The commands with what they are for; their names are words that residents may also write."""
    described = {
        "start": translation.gettext("Begin, or go on"),
        "help": translation.gettext("What you can write"),
        "language": translation.gettext("Another language"),
        "back": translation.gettext("The question before"),
        "mine": translation.gettext("Your answers"),
        "who": translation.gettext("Who asks, and why"),
        "stop": translation.gettext("No more messages"),
        "erase": translation.gettext("Erase everything about you"),
    }
    return [BotCommand(command=name, description=text) for name, text in described.items()]


def menus(
    languages: Iterable[str], translation: Callable[[str], Translation], otherwise: str = "en"
) -> dict[str, list[BotCommand]]:
    """The commands by Telegram's language code; "" is for those who read none of the others.

    Languages that have no code of two letters, or say nothing in words of their own, are left to "".
    """
    found = {"": commands(translation(otherwise))}
    for code in languages:
        own = commands(translation(code))
        if len(code) == LANGUAGE_LETTERS and own != found[""]:
            found[code] = own
    return found
