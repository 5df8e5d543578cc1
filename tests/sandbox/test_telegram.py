"""The Bot API stand-in holds the bot to Telegram's rules (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.telegram import RefusalError, TelegramStandIn, methods
from sandbox.wire import Arrival, NothingToPress

KIM = "77"
INLINE = {"inline_keyboard": [[{"text": "Ja", "callback_data": "1.1"}]]}
BESIDE = {"keyboard": [[{"text": "Dela", "request_location": True}], [{"text": "Hoppa över"}]]}


@pytest.fixture
async def bot() -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn(now=lambda: 1_772_000_000.0)
    stand_in.acquaint([KIM])
    async with stand_in.running():
        yield stand_in


def send(bot: TelegramStandIn, text: str = "Hej", **more: Any) -> int:
    return int(bot.methods.call("sendMessage", {"chat_id": KIM, "text": text, **more})["message_id"])


def edit(bot: TelegramStandIn, message_id: int, text: str = "Hej igen", **more: Any) -> Any:
    return bot.methods.call("editMessageText", {"chat_id": KIM, "message_id": message_id, "text": text, **more})


async def update(bot: TelegramStandIn, doing: Any) -> dict[str, Any]:
    """The update that something a user does leads to."""
    task = asyncio.ensure_future(doing)
    await asyncio.sleep(0)
    (first,) = await bot.updates.fetch({})
    await bot.updates.fetch({"offset": first["update_id"] + 1})
    await task
    return dict(first)


# Edits


async def test_a_message_without_buttons_or_with_inline_ones_can_be_edited(bot: TelegramStandIn) -> None:
    for markup in ({}, {"reply_markup": INLINE}):
        edit(bot, send(bot, **markup))
    assert [arrival.edits for arrival in bot.inbox(KIM)] == [None, "1", None, "2"]


@pytest.mark.parametrize("markup", [BESIDE, {"remove_keyboard": True}])
async def test_a_message_that_brought_or_took_a_keyboard_cannot(bot: TelegramStandIn, markup: dict[str, Any]) -> None:
    message_id = send(bot, reply_markup=markup)
    with pytest.raises(RefusalError, match="message can't be edited"):
        edit(bot, message_id)


async def test_a_message_of_the_users_cannot(bot: TelegramStandIn) -> None:
    told = await update(bot, bot.say(KIM, "Hej"))
    with pytest.raises(RefusalError, match="message can't be edited"):
        edit(bot, told["message"]["message_id"])


async def test_an_edit_gives_inline_keyboards_only(bot: TelegramStandIn) -> None:
    message_id = send(bot)
    with pytest.raises(RefusalError, match="inline keyboard expected"):
        edit(bot, message_id, reply_markup=BESIDE)


async def test_an_edit_that_changes_nothing_is_refused(bot: TelegramStandIn) -> None:
    message_id = send(bot, reply_markup=INLINE)
    with pytest.raises(RefusalError, match="message is not modified"):
        edit(bot, message_id, "Hej", reply_markup=INLINE)


async def test_an_edit_without_markup_takes_the_buttons_away(bot: TelegramStandIn) -> None:
    edit(bot, send(bot, reply_markup=INLINE))
    assert bot.inbox(KIM)[-1].buttons == ()


# Presses


def newest(bot: TelegramStandIn) -> Arrival:
    return bot.inbox(KIM)[-1]


async def test_a_press_tells_the_message_with_its_buttons(bot: TelegramStandIn) -> None:
    send(bot, reply_markup=INLINE)
    query = (await update(bot, bot.press(KIM, newest(bot), "1.1")))["callback_query"]
    assert (query["data"], query["message"]["reply_markup"]) == ("1.1", INLINE)


async def test_a_press_is_answered_once(bot: TelegramStandIn) -> None:
    send(bot, reply_markup=INLINE)
    query = (await update(bot, bot.press(KIM, newest(bot), "1.1")))["callback_query"]
    assert bot.methods.call("answerCallbackQuery", {"callback_query_id": query["id"]}) is True
    with pytest.raises(RefusalError, match="query is too old"):
        bot.methods.call("answerCallbackQuery", {"callback_query_id": query["id"]})


async def test_a_press_answered_too_late_is_refused(bot: TelegramStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    send(bot, reply_markup=INLINE)
    query = (await update(bot, bot.press(KIM, newest(bot), "1.1")))["callback_query"]
    monkeypatch.setattr(methods, "QUERY_SECONDS", -1.0)
    with pytest.raises(RefusalError, match="query is too old"):
        bot.methods.call("answerCallbackQuery", {"callback_query_id": query["id"]})


async def test_a_notice_is_two_hundred_characters_at_most(bot: TelegramStandIn) -> None:
    send(bot, reply_markup=INLINE)
    query = (await update(bot, bot.press(KIM, newest(bot), "1.1")))["callback_query"]
    with pytest.raises(RefusalError, match="MESSAGE_TOO_LONG"):
        bot.methods.call("answerCallbackQuery", {"callback_query_id": query["id"], "text": "x" * 201})


async def test_a_button_that_an_edit_took_away_cannot_be_pressed(bot: TelegramStandIn) -> None:
    message_id = send(bot, reply_markup=INLINE)
    before = newest(bot)
    edit(bot, message_id)
    with pytest.raises(NothingToPress):
        await bot.press(KIM, before, "1.1")


# The keyboard beside the text field


async def test_a_keyboard_stays_until_it_is_removed(bot: TelegramStandIn) -> None:
    send(bot, reply_markup=BESIDE)
    keyboard = newest(bot)
    send(bot, "Mer", reply_markup=INLINE)
    told = await update(bot, bot.press(KIM, keyboard, "Hoppa över"))
    assert told["message"]["text"] == "Hoppa över"
    send(bot, "Tack", reply_markup={"remove_keyboard": True})
    with pytest.raises(NothingToPress):
        await bot.press(KIM, keyboard, "Hoppa över")


# What users do


async def test_a_rewritten_text_is_the_same_message_with_the_date_of_the_edit(bot: TelegramStandIn) -> None:
    first = (await update(bot, bot.say(KIM, "Neej")))["message"]
    again = (await update(bot, bot.edit(KIM, "Nej")))["edited_message"]
    assert (again["message_id"], again["text"], "edit_date" in again) == (first["message_id"], "Nej", True)
    assert (first["text"], "edit_date" in first) == ("Neej", False)


async def test_the_language_of_the_app_is_told_where_it_is_known(bot: TelegramStandIn) -> None:
    bot.languages[KIM] = "fi"
    assert (await update(bot, bot.say(KIM, "Hei")))["message"]["from"]["language_code"] == "fi"


# Commands


def set_commands(bot: TelegramStandIn, command: str = "stop", language: str = "sv", description: str = "Sluta") -> Any:
    commands = [{"command": command, "description": description}]
    return bot.methods.call("setMyCommands", {"commands": commands, "language_code": language})


async def test_commands_are_kept_for_each_language(bot: TelegramStandIn) -> None:
    set_commands(bot)
    assert bot.methods.call("getMyCommands", {"language_code": "sv"})[0]["description"] == "Sluta"
    assert bot.methods.call("getMyCommands", {"language_code": "fi"}) == []


@pytest.mark.parametrize(
    "wrong", [{"command": "Stopp!"}, {"language": "sv-simple"}, {"language": "ckb"}, {"description": ""}]
)
async def test_commands_that_telegram_would_not_take_are_refused(bot: TelegramStandIn, wrong: dict[str, str]) -> None:
    with pytest.raises(RefusalError):
        set_commands(bot, **wrong)


@pytest.mark.parametrize("row", [[{"text": "", "callback_data": "1"}], [{"text": "x", "callback_data": "1" * 65}]])
async def test_buttons_that_telegram_would_not_take_are_refused(bot: TelegramStandIn, row: list[Any]) -> None:
    with pytest.raises(RefusalError):
        send(bot, reply_markup={"inline_keyboard": [row]})


async def test_a_row_has_eight_buttons_at_most(bot: TelegramStandIn) -> None:
    with pytest.raises(RefusalError):
        send(bot, reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "1"}] * 9]})
