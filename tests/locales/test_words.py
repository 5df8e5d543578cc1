"""The words residents use: complete in each language, never two commands at once, and the ones our texts tell people to write are known."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.days import day_text
from bot.folding import fold
from bot.languages import name
from bot.lexicon import COMMANDS, WORD_SETS, Lexicon
from bot.understanding import Open, Understood, find_command, read
from bot.wordings import words_to_write
from locales import FOLDER, codes, load_lexicon, translation
from locales.catalogs import path_of

LEXICON = load_lexicon()
SPOKEN = [code for code in codes() if code != "sv-simple"]  # who reads easy Swedish writes Swedish


@pytest.mark.parametrize("code", SPOKEN)
def test_each_language_has_its_lists(code):
    vocabulary = LEXICON.own(code)
    assert vocabulary is not None
    assert [name for name in WORD_SETS if name != "suffixes" and not vocabulary.words[name]] == []
    assert set(vocabulary.numbers.values()) >= set(range(101))
    assert set(vocabulary.months.values()) == set(range(1, 13))
    assert set(vocabulary.ordinals.values()) >= set(range(1, 11))
    assert set(vocabulary.days.values()) >= {-1, 0, 1}


@pytest.mark.parametrize("code", codes())
def test_what_our_texts_tell_people_to_write_is_understood(code):
    words = words_to_write(translation(code))
    expected = {"start": "begin"}
    for command_name, word in words.items():
        if command_name in ("yes", "no"):
            assert fold(word) in LEXICON.words[command_name]
        elif command_name == "change":
            command = find_command(LEXICON, f"{word} 2", code)
            assert command is not None
            assert (command.name, command.number) == ("change", 2)
        else:
            command = find_command(LEXICON, word, code)
            assert command is not None, word
            assert command.name == expected.get(command_name, command_name)


@pytest.mark.parametrize("code", SPOKEN)
def test_every_language_names_every_language(code):
    data = tomllib.loads((FOLDER / "words" / f"{path_of(code).stem}.toml").read_text(encoding="utf-8"))
    assert set(data["languages"]) >= set(SPOKEN)


@pytest.mark.parametrize("code", codes())
def test_a_language_is_found_by_the_name_it_has_in_itself(code):
    assert LEXICON.languages[fold(name(code))] == code


def test_no_name_is_two_languages():
    named: dict[str, set[str]] = {}
    for path in (FOLDER / "words").glob("*.toml"):
        for code, names in tomllib.loads(path.read_text(encoding="utf-8"))["languages"].items():
            for called in names:
                named.setdefault(fold(called), set()).add(code)
    assert {called: meant for called, meant in named.items() if len(meant) > 1} == {}


def test_every_command_is_reachable():
    assert set(LEXICON.commands.values()) >= set(COMMANDS) - {"more", "enough"}


@pytest.mark.parametrize("word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT"])
def test_the_opt_out_words_of_the_telephone_world_are_known(word):
    assert LEXICON.commands[fold(word)] == "stop"


STOPS = {phrase for phrase, name in LEXICON.commands.items() if name == "stop"}


def test_no_opt_out_word_is_an_answer_in_any_language():
    answers = {word for name in ("yes", "no", "none", "all", "unknown", "other") for word in LEXICON.words[name]}
    assert STOPS & answers == set()


@pytest.mark.parametrize("code", sorted(LEXICON.by_language))
def test_in_one_language_a_word_is_one_thing(code):
    own = LEXICON.by_language[code]
    answers = own.words["yes"] | own.words["no"] | own.words["none"] | own.words["unknown"]
    assert LEXICON.own_commands[code] & answers == set()
    assert own.words["yes"] & (own.words["no"] | own.words["none"] | own.words["negations"]) == set()
    assert own.words["unknown"] & (own.words["yes"] | own.words["no"]) == set()
    assert own.words["all"] & own.words["none"] == set()


@pytest.mark.parametrize("code", ["", *sorted(LEXICON.by_language)])
def test_all_languages_together_yes_is_never_no_and_nothing_that_turns_a_meaning_is_dropped(code):
    said = LEXICON.said(code)
    own = LEXICON.by_language[code].words if code else {}
    assert said["yes"] & (said["no"] | said["none"]) == set()
    for small in ("fillers", "polite", "about", "units"):
        assert (said[small] - own.get(small, frozenset())) & (said["negations"] | said["except"] | said["no"]) == set()


@pytest.mark.parametrize("code", sorted(LEXICON.by_language))
def test_fillers_never_turn_a_meaning_round(code):
    own = LEXICON.by_language[code].words
    assert (own["fillers"] | own["joiners"] | own["about"]) & (own["no"] | own["negations"]) == set()


def test_no_opt_out_word_is_a_number_or_a_language():
    numbers = {word for v in LEXICON.by_language.values() for word in (*v.numbers, *v.ordinals, *v.months, *v.days)}
    assert STOPS & (numbers | set(LEXICON.languages)) == set()


def test_a_phrase_that_is_two_commands_is_refused():
    with pytest.raises(ValueError, match="both stop and help"):
        Lexicon.build({"xx": {"commands": {"stop": ["halt"], "help": ["Halt!"]}}})


def test_a_command_that_nobody_carries_out_is_refused():
    with pytest.raises(ValueError, match="no command is called dance"):
        Lexicon.build({"xx": {"commands": {"dance": ["dance"]}}})


def test_a_word_with_two_meanings_counts_only_in_its_own_language():
    lexicon = Lexicon.build(
        {"aa": {"numbers": {"plain": {"1": ["hal"]}}}, "bb": {"numbers": {"plain": {"2": ["hal"]}}}}
    )
    assert (lexicon.number("hal", "aa"), lexicon.number("hal", "bb"), lexicon.number("hal", "cc")) == (1, 2, None)


@pytest.mark.parametrize("code", codes())
def test_the_dates_we_write_can_be_written_back(code: str):
    question = Open("date", code, LEXICON, datetime(2026, 6, 15, 12, tzinfo=UTC))
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(0, 365, 7)]
    misread = [text for day in days if read(question, text := day_text(day, code)) != Understood(day.isoformat())]
    assert not misread
