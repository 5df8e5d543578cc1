"""How contents look in Telegram, and what stays of a keyboard that has been answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiogram.types import InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.contents import Content, Option
from channels.doors import untranslated
from channels.telegram.keyboards import Shape, shape
from channels.telegram.tidying import spent

T = untranslated("sv")


def options(count: int, label: str = "Val") -> tuple[Option, ...]:
    return tuple(Option(f"3.{k}", f"{label} {k}") for k in range(1, count + 1))


def question(count: int, **fields: Any) -> Content:
    return Content("Vilken by?", "sv", options=options(count), select="one", **fields)


def rows(shaped: Shape) -> list[list[tuple[str, str]]]:
    assert isinstance(shaped.markup, InlineKeyboardMarkup)
    return [[(button.text, str(button.callback_data)) for button in row] for row in shaped.markup.inline_keyboard]


def labels(shaped: Shape) -> list[str]:
    return [text for row in rows(shaped) for text, _ in row]


# Pages


def test_ten_options_need_no_pages() -> None:
    assert labels(shape(question(10), T)) == [f"Val {k}" for k in range(1, 11)]


def test_a_long_list_is_shown_eight_at_a_time_with_the_way_on_below() -> None:
    shown = rows(shape(question(30), T))
    assert [row[0][0] for row in shown[:-1]] == [f"Val {k}" for k in range(1, 9)]
    assert shown[-1] == [("◀", "!page.3.3"), ("1/4", "!page.3.0"), ("▶", "!page.3.1")]


def test_the_last_page_holds_the_rest_and_leads_round_to_the_first() -> None:
    shown = rows(shape(question(30, page=3), T))
    assert [row[0][1] for row in shown[:-1]] == [f"3.{k}" for k in range(25, 31)]
    assert shown[-1] == [("◀", "!page.3.2"), ("4/4", "!page.3.3"), ("▶", "!page.3.0")]


@pytest.mark.parametrize("page", [4, 400, -1])
def test_a_page_that_there_is_not_is_counted_round(page: int) -> None:
    assert labels(shape(question(30, page=page), T))[-2] == f"{page % 4 + 1}/4"


def test_what_is_ticked_on_other_pages_is_counted_beside_the_page() -> None:
    content = replace(question(30), select="many", chosen=("3.1", "3.20"))
    assert labels(shape(content, T))[0] == "☑ Val 1"
    assert labels(shape(content, T))[-2] == "1/4 ☑2"


def test_from_right_to_left_the_way_on_is_to_the_left() -> None:
    shown = rows(shape(replace(question(30), language="ar"), T))
    assert shown[-1] == [("◀", "!page.3.1"), ("1/4", "!page.3.0"), ("▶", "!page.3.3")]


def test_actions_stand_below_the_pages() -> None:
    assert labels(shape(question(30, actions=(Option("!back", "Tillbaka"),)), T))[-1] == "Tillbaka"


def test_long_labels_of_a_page_stand_in_the_text_with_the_numbers_they_have_in_the_whole_list() -> None:
    content = replace(question(0), options=options(20, "En lekplats för små barn med sandlåda och staket"), page=1)
    shaped = shape(content, T)
    assert shaped.parts[0].text.splitlines()[1:] == [f"{k} {content.options[k - 1].label}" for k in range(9, 17)]
    assert labels(shaped)[:8] == [str(k) for k in range(9, 17)]
    assert not shaped.is_same_text


@pytest.mark.parametrize("count", [1, 11, 95, 1000])
def test_no_message_has_more_buttons_than_telegram_takes_or_data_longer_than_that(count: int) -> None:
    shown = rows(shape(question(count, page=5), T))
    assert sum(map(len, shown)) <= 100
    assert max(len(row) for row in shown) <= 8
    assert all(1 <= len(data.encode()) <= 64 for row in shown for _, data in row)


def test_many_actions_stand_two_a_row() -> None:
    many = tuple(Option(f"!lang:{k}", f"Språk {k}") for k in range(7))
    assert [len(row) for row in rows(shape(Content("Språk?", "sv", actions=many), T))] == [2, 2, 2, 1]


# Ticks and places


def test_a_ranking_shows_places_in_the_order_of_ticking() -> None:
    content = replace(question(3), select="rank", chosen=("3.3", "3.1"))
    assert labels(shape(content, T)) == ["2️⃣ Val 1", "☐ Val 2", "1️⃣ Val 3"]


def test_a_question_with_one_answer_has_no_ticks() -> None:
    assert labels(shape(question(2), T)) == ["Val 1", "Val 2"]


def test_ticks_change_the_buttons_only() -> None:
    assert shape(replace(question(3), select="many"), T).is_same_text


# The keyboard for sharing a place


def test_the_keyboard_for_places_goes_with_a_message_of_its_own_where_buttons_follow() -> None:
    first, second = shape(question(2, ends_place=True), T).parts
    assert isinstance(first.markup, ReplyKeyboardRemove)
    assert (second.text, type(second.markup)) == ("Vilken by?", InlineKeyboardMarkup)


def test_a_text_without_buttons_takes_the_keyboard_away_itself() -> None:
    (only,) = shape(Content("Tack!", "sv", ends_place=True), T).parts
    assert (only.text, type(only.markup)) == ("Tack!", ReplyKeyboardRemove)


def test_a_place_is_asked_for_beside_the_text_field() -> None:
    content = Content("Var?", "sv", input="location", actions=(Option("!skip.2", "Hoppa över"),))
    markup = shape(content, T).markup
    assert isinstance(markup, ReplyKeyboardMarkup)
    assert [(b.text, bool(b.request_location)) for row in markup.keyboard for b in row] == [
        ("📍 Share my location", True),
        ("Hoppa över", False),
    ]


# The personal link


def test_the_personal_link_has_a_sentence_before_it() -> None:
    text = shape(Content("Hej", "sv"), T, "https://x.example/d/abc").parts[0].text
    assert text == "Hej\n\nYou can also answer on a web page:\nhttps://x.example/d/abc"


# What stays of a keyboard


def pressed(content: Content, data: str) -> dict[str, Any]:
    markup = shape(content, T).markup
    assert isinstance(markup, InlineKeyboardMarkup)
    message = {
        "message_id": 5,
        "chat": {"id": 77, "type": "private"},
        "reply_markup": markup.model_dump(exclude_none=True),
    }
    return {"id": "q", "from": {"id": 77}, "message": message, "data": data}


def left(content: Content, data: str) -> list[str] | None:
    """The labels that stay after a press; None when the keyboard is left alone."""
    found = spent(pressed(content, data))
    if found is None:
        return None
    assert (found.chat_id, found.message_id) == (77, 5)
    return [button.text for row in found.markup.inline_keyboard for button in row] if found.markup else []


MANY = Content(
    "Vad?",
    "sv",
    options=options(3),
    select="many",
    chosen=("3.2",),
    actions=(Option("!done.3", "Klar"), Option("!skip.3", "Hoppa över"), Option("!lang", "Byt språk")),
)


@pytest.mark.parametrize(
    ("content", "data", "stays"),
    [
        (question(3), "3.2", ["☑ Val 2"]),
        (MANY, "3.1", None),
        (MANY, "!done.3", ["☑ Val 2"]),
        (MANY, "!skip.3", []),
        (MANY, "!lang", None),
        (replace(MANY, language="ar"), "3.1", None),
        (replace(MANY, select="rank", chosen=("3.3", "3.1")), "3.2", None),
        (replace(MANY, select="rank", chosen=("3.3", "3.1")), "!done.3", ["2️⃣ Val 1", "1️⃣ Val 3"]),
        (question(30), "!page.3.1", None),
        (question(30), "3.4", ["☑ Val 4"]),
        (question(3), "3.9", None),
    ],
    ids=[
        "one answer", "a tick", "done", "skipped", "another language", "a tick from right to left", "a place",
        "done ranking", "another page", "one answer of a page", "a button that is not there",
    ],
)  # fmt: skip
def test_only_what_was_chosen_stays(content: Content, data: str, stays: list[str] | None) -> None:
    assert left(content, data) == stays


def test_pressing_what_stayed_changes_no_keyboard() -> None:
    assert left(Content("Vad?", "sv", options=(Option("3.2", "☑ Val 2"),), select="one"), "3.2") is None


@pytest.mark.parametrize("message", [None, {"message_id": 5, "chat": {"id": 77}, "date": 0}])
def test_a_keyboard_that_telegram_no_longer_shows_us_is_left_alone(message: dict[str, Any] | None) -> None:
    assert spent({"id": "q", "from": {"id": 77}, "message": message, "data": "3.1"}) is None
