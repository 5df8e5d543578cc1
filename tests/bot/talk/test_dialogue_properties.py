"""What holds for every survey and whatever is said: the dialogue ends or waits, never raises, survives JSON, and a repetition adds nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.events import Answered, Corrected, OptedOut, Skipped
from bot.forms import Form
from bot.phrasing import phrase
from bot.wordings import Manner
from locales import translation
from tests.bot.forms.surveys import compiled
from tests.bot.forms.test_form_properties import surveys
from tests.bot.talk.surveys import BRIEFING, ENGINE, NOW
from tests.bot.talk.test_anything import PLACES, PRESSES, TEXTS

MANNERS = (Manner(), Manner(is_terse=True), Manner(has_buttons=True, has_location_button=True))
STATES = ("invited", "asking", "finished", "opted_out", "declined")
often = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def spoken_surveys(draw: st.DrawFn) -> str:
    """A random survey, perhaps in two languages, perhaps with a question that takes other answers than its own."""
    lines = draw(surveys()).splitlines()
    last = lines.index("| choices |")
    if draw(st.booleans()):
        columns = [cell.strip() for cell in lines[1].split("|")]
        other = {"type": "select_one m or_other", "name": "q99", "label": "Q99"}
        lines.insert(last, "|".join(other.get(column, "") for column in columns))
        last += 1
        lines += ["| | m | d | D | |", "| | m | e | E | |"]
    if draw(st.booleans()):
        lines = [*_in_two_languages(lines[:last]), *_in_two_languages(lines[last:])]
    return "\n".join(lines) + "\n"


def _in_two_languages(sheet: list[str]) -> list[str]:
    """A sheet's lines with a second column of labels behind the first."""
    name, header, *rows = ([cell.strip() for cell in line.split("|")] for line in sheet)
    at = header.index("label")
    told = [[*header[:at], "label::Svenska (sv)", "label::English (en)", *header[at + 1 :]]]
    told += [[*row[: at + 1], row[at] and f"{row[at]} too", *row[at + 1 :]] for row in rows if len(row) > at]
    return ["|".join(cells) for cells in (name, *told)]


ACTS = st.one_of(
    TEXTS.map(lambda text: ("says", text)),
    st.sampled_from(["a", "b", "A", "B, C", "3", "2.5", "ja", "nej", "annat: en bänk", "hej", "klar", "hoppa"]).map(
        lambda text: ("says", text)
    ),
    PRESSES.map(lambda choice: ("presses", choice)),
    st.tuples(st.integers(1, 9), st.integers(1, 4)).map(lambda place: ("presses", f"{place[0]}.{place[1]}")),
    st.sampled_from(["!page.1.2", "!meant.1.1", "!again.1", "!erase:yes", "!done.2"]).map(lambda c: ("presses", c)),
    PLACES.map(lambda place: ("shares", place)),
    st.tuples(st.integers(0, 9), st.sampled_from(["1", "b", "nej", "7", "stopp", "x y z"])).map(
        lambda rewritten: ("rewrites", rewritten)
    ),
    st.just(("rests", None)),
)


def told(form: Form, turn, now) -> None:
    for manner in MANNERS:
        t = translation(turn.dialogue.language)
        how = {"briefing": BRIEFING, "t": t, "now": now, "manner": manner}
        contents = phrase(form, turn.dialogue, turn.events, **how, entry=turn.entry)
        assert contents == phrase(form, turn.dialogue, turn.events, **how)
        for content in contents:
            assert content.text.strip()
            assert Content.from_data(json.loads(json.dumps(content.to_data()))) == content
            assert all(len(o.value) <= 32 and o.value.isascii() for o in (*content.options, *content.actions))


@often
@given(
    survey=spoken_surveys(),
    acts=st.lists(ACTS, max_size=14),
    opens=st.booleans(),
    language=st.sampled_from(["sv", "en", "ar"]),
)
def test_a_dialogue_ends_or_waits_and_never_raises(survey, acts, opens, language):
    form, now = compiled(survey), NOW
    turn = ENGINE.invite(form, language=language, opens_with_question=opens, now=now)
    told(form, turn, now)
    dialogue = turn.dialogue
    for act, what in acts:
        if act == "rests":
            now += timedelta(hours=9)
            continue
        corrects, said = "", Said()
        if act == "says":
            said = Said(text=what)
        elif act == "presses":
            said = Said(choice=what)
        elif act == "shares":
            said = Said(location=what)
        else:
            corrects = dialogue.history[what[0] % len(dialogue.history)] if dialogue.history else ""
            said = Said(text=what[1])
        stored = Dialogue.from_data(json.loads(json.dumps(dialogue.to_data())))
        assert stored == dialogue
        turn = ENGINE.reply(form, stored, said, now=now, corrects=corrects)
        assert ENGINE.reply(form, dialogue, said, now=now, corrects=corrects) == turn
        dialogue = turn.dialogue
        assert dialogue.phase in STATES
        assert (dialogue.position != "") or dialogue.phase != "asking"
        told(form, turn, now)
        ENGINE.current(form, dialogue, now=now)


@often
@given(survey=spoken_surveys(), places=st.lists(st.integers(1, 3), max_size=8))
def test_the_same_press_twice_stores_nothing_new(survey, places):
    form = compiled(survey)
    dialogue = ENGINE.invite(form, language="sv", opens_with_question=True, now=NOW).dialogue
    for place in places:
        number = dialogue.number_of(dialogue.position)
        question = next((q for q in form.questions if q.path == dialogue.position), None)
        if question is not None and question.type in ("select_multiple", "rank"):
            said = Said(choice=f"{number}.{place} !done.{number}")
        else:
            said = (
                Said(choice=f"{number}.{place}") if question is not None and place else Said(choice=f"!enough.{number}")
            )
        once = ENGINE.reply(form, dialogue, said, now=NOW)
        twice = ENGINE.reply(form, once.dialogue, said, now=NOW)
        assert not [event for event in twice.events if isinstance(event, Answered | Corrected | Skipped)]
        assert twice.dialogue.entry == once.dialogue.entry
        assert twice.dialogue.answered == once.dialogue.answered
        dialogue = once.dialogue
        if once.events and not any(isinstance(event, Answered) for event in once.events):
            dialogue = ENGINE.reply(form, dialogue, Said(text="hoppa över"), now=NOW).dialogue


ANSWERS = ("1", "2", "1, 2", "7", "2.5", "2026-05-31", "57.9, 12.1", "OK", "aa", "c d e")


@often
@given(survey=spoken_surveys(), rng=st.randoms(use_true_random=False), more=st.integers(0, 2))
def test_whoever_answers_what_can_be_answered_comes_to_the_end(survey, rng, more):
    """Each turn one more question is dealt with, until none is left or one that must be answered takes no answer at all."""
    form = compiled(survey)
    dialogue = ENGINE.invite(form, language="sv", opens_with_question=True, now=NOW).dialogue
    turns = 0
    while dialogue.phase in ("invited", "asking"):
        turns += 1
        assert turns <= 20 * (3 + more)
        if dialogue.is_repeat:
            answer, more = ("ja", more - 1) if more else ("nej", 0)
            dialogue = ENGINE.reply(form, dialogue, Said(text=answer), now=NOW).dialogue
            continue
        path = dialogue.position
        candidates = [*rng.sample(ANSWERS, len(ANSWERS)), "hoppa över"]
        tried = (ENGINE.reply(form, dialogue, Said(text=answer), now=NOW) for answer in candidates)
        turn = next(
            (turn for turn in tried if turn.dialogue.position != path or turn.dialogue.phase == "finished"), None
        )
        if turn is None:
            assert form.restore(dialogue.entry, now=NOW).is_required(path)
            return
        dialogue = turn.dialogue
    assert dialogue.phase == "finished"


@often
@given(survey=spoken_surveys(), acts=st.lists(TEXTS, max_size=6))
def test_stop_is_never_an_answer(survey, acts):
    form = compiled(survey)
    dialogue = ENGINE.invite(form, language="sv", opens_with_question=True, now=NOW).dialogue
    for text in acts:
        dialogue = ENGINE.reply(form, dialogue, Said(text=text), now=NOW).dialogue
    turn = ENGINE.reply(form, dialogue, Said(text="STOPP!"), now=NOW)
    assert turn.events == (OptedOut(),)
    assert turn.dialogue.entry == dialogue.entry


def test_a_changed_dialogue_is_another_one_and_has_no_other_fields():
    dialogue = Dialogue("sv", answered=("/data/a",))
    changed = dialogue.changed(phase="asking", tries=1)
    assert changed == Dialogue("sv", "asking", answered=("/data/a",), tries=1)
    assert dialogue == Dialogue("sv", answered=("/data/a",))
    with pytest.raises(TypeError, match="no answerd"):
        dialogue.changed(answerd=())
