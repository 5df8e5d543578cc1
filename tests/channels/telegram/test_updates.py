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
    happening = translate({"update_id": 9} | update).happening
    assert isinstance(happening, Inbound)
    return happening


def test_a_text_comes_with_the_chat_the_update_and_the_language_of_the_telephone() -> None:
    heard = inbound({"message": message(text="Hej")})
    assert (heard.said, heard.address, heard.language) == (Said(text="Hej"), "77", "fi")


def test_a_message_is_known_by_a_name_that_tells_neither_its_chat_nor_its_number() -> None:
    one, same, other = (
        inbound({"update_id": update, "message": message(text="Hej", message_id=number)}).external_id
        for update, number in ((9, 5), (10, 5), (11, 6))
    )
    assert one == same != other
    assert one != "m77:5"
    assert updates.naming(b"another secret")(77, 5) != one


def test_the_same_number_in_another_chat_is_another_message() -> None:
    assert NAME(77, 5) != NAME(78, 5)


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
        ({"contact": {"phone_number": "+46701740605", "first_name": "Kim"}}, Said(text="")),
        ({"poll": {"question": "Hemligt?"}}, Said(text="")),
        ({"venue": {}, "location": {"latitude": 58.05, "longitude": 12.44}}, Said(location=(58.05, 12.44))),
    ],
    ids=["place", "caption", "sticker", "voice", "contact", "poll", "venue"],
)
def test_other_messages_say_what_can_be_said_in_words(what: dict[str, Any], said: Said) -> None:
    assert inbound({"message": message(**what)}).said == said


def test_a_press_names_its_message() -> None:
    press = {"id": "q1", "from": USER, "message": message(), "chat_instance": "1", "data": "2.1"}
    translated = translate({"update_id": 9, "callback_query": press})
    assert isinstance(translated.happening, Inbound)
    assert (translated.happening.said, translated.happening.message_ref) == (Said(choice="2.1"), "5")
    assert translated.callback_id == "q1"


def test_a_rewritten_text_names_what_it_rewrites_and_has_a_key_of_its_own() -> None:
    first = inbound({"message": message(text="Nej")})
    again = inbound({"update_id": 10, "edited_message": message(text="Ja", edit_date=1)})
    once_more = inbound({"update_id": 11, "edited_message": message(text="Jo", edit_date=1)})
    assert (again.said, again.edits) == (Said(text="Ja"), first.external_id)
    assert len({first.external_id, again.external_id, once_more.external_id}) == 3


def test_a_new_text_rewrites_nothing() -> None:
    assert inbound({"message": message(text="Nej")}).edits is None


def test_the_words_under_a_picture_can_be_rewritten_too() -> None:
    assert inbound({"edited_message": message(photo=[], caption="Vid bron", edit_date=1)}).said.text == "Vid bron"


def test_a_start_that_is_rewritten_opens_nothing() -> None:
    heard = inbound({"edited_message": message(text="/start abc", edit_date=1)})
    assert (heard.kind, heard.token) == ("said", None)


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_a_group_that_the_bot_was_put_into_is_left(kind: str) -> None:
    change = {"chat": {"id": -5, "type": kind}, "from": USER, "date": 1, "new_chat_member": {"status": "member"}}
    translated = translate({"update_id": 9, "my_chat_member": change})
    assert (translated.happening, translated.leaves) == (None, (-5, "fi"))


def test_a_group_that_has_thrown_the_bot_out_is_not_left_again() -> None:
    change = {"chat": {"id": -5, "type": "group"}, "from": USER, "date": 1, "new_chat_member": {"status": "kicked"}}
    assert translate({"update_id": 9, "my_chat_member": change}) == updates.Translated()


def test_blocking_the_bot_means_that_the_address_is_gone() -> None:
    change = {"chat": CHAT, "from": USER, "date": 1, "new_chat_member": {"status": "kicked"}}
    report = translate({"update_id": 9, "my_chat_member": change}).happening
    assert isinstance(report, DeliveryReport)
    assert (report.status, report.address, report.reason) == ("gone", "77", "blocked")


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(chat={"id": -5, "type": "group"}, text="Hej")},
        {"message": message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=-100)},
        {"message": message(**{"from": {**USER, "is_bot": True}}, text="Hej")},
        {"edited_channel_post": message(text="Hej")},
        {"message": message(pinned_message={})},
        {"edited_message": message(edit_date=1, location={"latitude": 1, "longitude": 2})},
        {"channel_post": message(text="Hej")},
    ],
    ids=[
        "group",
        "group that moved",
        "another bot",
        "edited channel post",
        "service message",
        "live location moving",
        "channel",
    ],
)
def test_what_no_resident_says_to_us_is_passed_over(update: dict[str, Any]) -> None:
    assert translate({"update_id": 9, **update}).happening is None
