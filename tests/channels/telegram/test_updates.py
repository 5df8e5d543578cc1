"""What Telegram's updates tell the service."""

from __future__ import annotations

from typing import Any

import pytest

from bot.contents import Said
from channels.api import DeliveryReport, Inbound
from channels.telegram import updates

NAME = updates.naming(b"secret of the tests")
USER = {"id": 77, "is_bot": False, "first_name": "Kim", "language_code": "fi"}
CHAT = {"id": 77, "type": "private", "first_name": "Kim"}


def translate(update: dict[str, Any]) -> updates.Translated:
    return updates.translate(update, NAME)


def message(**what: Any) -> dict[str, Any]:
    return {"message_id": 5, "from": USER, "chat": CHAT, "date": 1_772_000_000, **what}


def inbound(update: dict[str, Any]) -> Inbound:
    happening = translate({"update_id": 9, **update}).happening
    assert isinstance(happening, Inbound)
    return happening


def test_a_text_comes_with_the_chat_the_update_and_the_language_of_the_telephone() -> None:
    heard = inbound({"message": message(text="Hej")})
    assert (heard.said, heard.address, heard.external_id, heard.language) == (Said(text="Hej"), "77", "9", "fi")


def test_a_deep_link_opens_with_its_token() -> None:
    heard = inbound({"message": message(text="/start abc_DEF-1")})
    assert (heard.kind, heard.token, heard.said) == ("opened", "abc_DEF-1", Said())


def test_start_without_a_link_opens_without_a_token() -> None:
    heard = inbound({"message": message(text="/start@sjovik_bot")})
    assert (heard.kind, heard.token) == ("opened", None)


def test_a_command_is_the_word_it_stands_for() -> None:
    assert inbound({"message": message(text="/stop@sjovik_bot")}).said == Said(text="stop")


def test_a_slash_in_a_sentence_stays() -> None:
    assert inbound({"message": message(text="/ eller \\ ?")}).said == Said(text="/ eller \\ ?")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"location": {"latitude": 58.05, "longitude": 12.44}}, Said(location=(58.05, 12.44))),
        ({"photo": [], "caption": "Här är det mörkt"}, Said(text="Här är det mörkt")),
        ({"sticker": {"emoji": "👍"}}, Said(text="👍")),
        ({"voice": {"duration": 3}}, Said(text="")),
    ],
    ids=["place", "caption", "sticker", "voice"],
)
def test_other_messages_say_what_can_be_said_in_words(what: dict[str, Any], said: Said) -> None:
    assert inbound({"message": message(**what)}).said == said


def test_a_press_names_its_message() -> None:
    press = {"id": "q1", "from": USER, "message": message(), "chat_instance": "1", "data": "2.1"}
    translated = translate({"update_id": 9, "callback_query": press})
    assert isinstance(translated.happening, Inbound)
    assert (translated.happening.said, translated.happening.message_ref) == (Said(choice="2.1"), "5")
    assert translated.callback_id == "q1"


def test_an_edited_text_is_heard_again() -> None:
    assert inbound({"edited_message": message(text="Ja", edit_date=1)}).said == Said(text="Ja")


def test_blocking_the_bot_means_that_the_address_is_gone() -> None:
    change = {"chat": CHAT, "from": USER, "date": 1, "new_chat_member": {"status": "kicked"}}
    report = translate({"update_id": 9, "my_chat_member": change}).happening
    assert isinstance(report, DeliveryReport)
    assert (report.status, report.address, report.reason) == ("gone", "77", "blocked")


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(chat={"id": -5, "type": "group"}, text="Hej")},
        {"message": message(pinned_message={})},
        {"edited_message": message(edit_date=1, location={"latitude": 1, "longitude": 2})},
        {"my_chat_member": {"chat": CHAT, "from": USER, "new_chat_member": {"status": "member"}}},
        {"channel_post": message(text="Hej")},
    ],
    ids=["group", "service message", "live location moving", "unblocked", "channel"],
)
def test_what_no_resident_says_to_us_is_passed_over(update: dict[str, Any]) -> None:
    assert translate({"update_id": 9, **update}).happening is None
