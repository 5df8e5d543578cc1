"""When a place is no longer awaited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.forms import Form
from bot.places_awaited import ending_place
from bot.xlsform import read_xlsform
from tests.bot.talk.surveys import ENGINE, NOW

WHERE = """
| survey |          |       |       |
|        | type     | name  | label |
|        | geopoint | where | Var?  |
|        | text     | why   | Varför? |
"""
THANKS, PLACE = Content("Tack!", "sv"), Content("Var?", "sv", input="location")


@pytest.fixture(scope="module")
def form() -> Form:
    return Form.load(read_xlsform(WHERE.encode(), "where.md").xform)


@pytest.fixture
def asked(form: Form) -> Dialogue:
    return ENGINE.invite(form, language="sv", opens_with_question=True, now=NOW).dialogue


@pytest.mark.parametrize("said", [Said(location=(58.0, 12.4)), Said(text="hoppa över"), Said(text="stopp")])
def test_an_answer_a_skip_and_a_stop_end_it(form: Form, asked: Dialogue, said: Said) -> None:
    after = ENGINE.reply(form, asked, said, now=NOW).dialogue
    assert [c.ends_place for c in ending_place(form, asked, after, (THANKS, THANKS))] == [True, False]


@pytest.mark.parametrize("said", [Said(text="hjälp"), Said(text="vet inte var")])
def test_it_goes_on_while_the_question_stays_open(form: Form, asked: Dialogue, said: Said) -> None:
    after = ENGINE.reply(form, asked, said, now=NOW).dialogue
    assert ending_place(form, asked, after, (PLACE,)) == (PLACE,)


def test_another_question_ends_nothing(form: Form, asked: Dialogue) -> None:
    why = ENGINE.reply(form, asked, Said(location=(58.0, 12.4)), now=NOW).dialogue
    after = ENGINE.reply(form, why, Said(text="Mörkt"), now=NOW).dialogue
    assert ending_place(form, why, after, (THANKS,)) == (THANKS,)


def test_a_place_in_another_repeat_is_asked_for_with_a_keyboard_of_its_own(form: Form, asked: Dialogue) -> None:
    assert ending_place(form, asked, replace(asked, position="/data/r[2]/where"), (PLACE,)) == (PLACE,)


def test_silence_stays_silence(form: Form, asked: Dialogue) -> None:
    assert ending_place(form, asked, replace(asked, position=""), ()) == ()


def test_the_mark_survives_the_store() -> None:
    marked = replace(THANKS, ends_place=True)
    assert Content.from_data(marked.to_data()) == marked
