"""Conversations that are kept open: the database alone says where they stand."""

from __future__ import annotations

import json
from datetime import timedelta

from bot.contents import Said
from bot.dialogues import Dialogue
from bot.engine import Engine
from locales import load_lexicon
from service.recently import LASTING, MOST, Recently
from store.schema import participation
from tests.bot.forms.surveys import NOW, compiled
from tests.service.hall import Hall, resident

TABLE = "| survey |\n| | type | name | label |\n| | integer | a | A |\n| | integer | b | B |\n| | integer | c | C |\n"
ENGINE = Engine(load_lexicon())


def begun(form):
    before = ENGINE.invite(form, language="en", opens_with_question=True, now=NOW).dialogue
    turn = ENGINE.reply(form, before, Said(text="1"), now=NOW)
    return turn, json.loads(json.dumps(turn.dialogue.to_data()))


def test_a_kept_conversation_goes_on_as_one_that_is_read_again():
    form, recently = compiled(TABLE), Recently()
    turn, data = begun(form)
    recently.keep(7, turn, turn.dialogue.to_data(), NOW)
    dialogue, entry = recently.take(7, form, data)
    assert dialogue is not None
    went_on = ENGINE.reply(form, dialogue, Said(text="2"), now=NOW, entry=entry)
    assert went_on == ENGINE.reply(form, Dialogue.from_data(data), Said(text="2"), now=NOW)
    assert recently.take(7, form, data) == (None, None), "a turn has changed it since"


def test_what_the_database_says_otherwise_is_not_taken():
    form, recently = compiled(TABLE), Recently()
    turn, data = begun(form)
    for other_form, other in ((form, None), (form, {**data, "tries": 1}), (compiled(TABLE), data)):
        recently.keep(7, turn, data, NOW)
        assert recently.take(7, other_form, other) == (None, None)


def test_no_more_are_kept_than_have_room_and_none_for_longer_than_minutes():
    form, recently = compiled(TABLE), Recently()
    turn, data = begun(form)
    for number in range(MOST + 1):
        recently.keep(number, turn, data, NOW)
    assert recently.take(0, form, data) == (None, None)
    assert recently.take(1, form, data) != (None, None)
    recently.keep(1, turn, data, NOW + LASTING + timedelta(seconds=1))
    assert recently.take(2, form, data) == (None, None)


async def test_a_conversation_that_was_set_back_goes_on_from_there(hall: Hall):
    hall.invite(resident(1))
    await hall.hear(1, "ja")
    before = hall.participation(1).dialogue
    await hall.hear(1, "en mening om något annat")
    hall.do(lambda connection: connection.execute(participation.update().values(dialogue=before)))
    await hall.hear(1, "en mening om något annat")
    assert hall.participation(1).dialogue["tries"] == 1
