"""Whatever a resident says or presses, at any point: no exception, state that survives JSON, the same turn when replayed, no stored opt-out."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.contents import Said
from bot.events import OptedOut
from bot.understanding import is_opt_out
from locales import load_lexicon
from tests.bot.talk.surveys import ENGINE, FILTERED, KINDS, NOW, REPEATS, WISHES, Resident, survey

WORDS = sorted(load_lexicon().commands)
FORMS = st.sampled_from(["", KINDS, WISHES, FILTERED, REPEATS])
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(WORDS),
    st.sampled_from(
        [
            "1",
            "2",
            "1, 2",
            "ja",
            "nej",
            "25",
            "2026-03-05",
            "14:30",
            "57.9, 12.1",
            "ändra 1",
            "English",
            "👍",
            "x" * 5000,
            "\x00",
            "-",
            "1-999999",
        ]
    ),
    st.text("0123456789.,-٢۲፪ ", max_size=12),
)
PRESSES = st.one_of(
    st.from_regex(r"[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True),
    st.sampled_from(
        [
            "!begin",
            "!done",
            "!skip",
            "!back",
            "!stop",
            "!help",
            "!lang",
            "!lang:ar",
            "!more",
            "!enough",
            "!done.1",
            "!skip.2",
            "1.1 !done",
            "2.1 2.2",
        ]
    ),
    st.text(max_size=32),
)
PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
SAID = st.one_of(
    TEXTS.map(lambda text: Said(text=text)),
    PRESSES.map(lambda choice: Said(choice=choice)),
    PLACES.map(lambda place: Said(location=place)),
    st.just(Said()),
)


@settings(max_examples=150, deadline=None)
@given(form=FORMS, said=st.lists(SAID, max_size=12), opens=st.booleans(), buttons=st.booleans())
@example(
    form="",
    said=[Said(text="1"), Said(text="1"), Said(text="ändra 1"), Said(text="2"), Said(choice="2.1")],
    opens=True,
    buttons=True,
)
def test_nothing_a_resident_does_breaks_the_conversation(form, said, opens, buttons):
    resident = Resident(survey(form) if form else survey(), opens_with_question=opens)
    for one in said:
        before = resident.dialogue
        resident._turn(one)
        assert ENGINE.reply(resident.form, before, one, now=NOW).dialogue == resident.dialogue
        for content in resident.hears(has_buttons=buttons):
            assert content.text


@settings(max_examples=60, deadline=None)
@given(said=st.lists(SAID, max_size=6), word=st.sampled_from([w for w in WORDS if is_opt_out(load_lexicon(), w)]))
def test_an_opt_out_is_never_stored_whatever_went_before(said, word):
    resident = Resident()
    for one in said:
        resident._turn(one)
    entry = dict(resident.dialogue.entry)
    resident.says(word)
    assert resident.events == (OptedOut(),)
    assert dict(resident.dialogue.entry) == entry
