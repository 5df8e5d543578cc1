"""What residents write in each shipped language, and words that mean different things in two: one row a case."""

from __future__ import annotations

import pytest

from bot.lexicon import Lexicon
from bot.understanding import Open, Selectable, Understood, read
from locales import load_lexicon
from tests.bot.talk import readings
from tests.bot.talk.readings import Meant
from tests.bot.talk.surveys import NOW

THINGS = (
    Selectable("bench", ("🪑 Bänkar", "Benches", "Penkkejä", "مقاعد", "Kuraasyo")),
    Selectable("light", ("💡 Bättre ljus", "Better light", "Parempi valaistus", "إضاءة أفضل", "Iftiin wanaagsan")),
    Selectable("square", ("Torget", "The square", "Tori", "الساحة", "Fagaaraha")),
    Selectable("street", ("Torggatan", "The street", "Katu", "الشارع", "Wadada")),
    Selectable("other", ("Annat", "Other", "Muu", "غير ذلك", "Wax kale")),
)
WITH_UNKNOWN = (*THINGS[:2], Selectable("dk", ("Vet ej", "Don't know", "En tiedä")))
CYRILLIC = (
    Selectable("school", ("Школа",)),
    Selectable("park", ("Парк",)),
    Selectable("forest", ("Ліс",)),
    Selectable("road", ("Велика дорога",)),
)
FINNISH = (Selectable("square", ("Tori",)), Selectable("shore", ("Ranta",)), Selectable("school", ("Koulu",)))


def value_of(kind: str, choices: tuple[Selectable, ...], text: str, language: str = "sv") -> Meant:
    return readings.value_of(kind, text, language, choices=choices)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1️⃣", "bench"),
        ("2️⃣", "light"),
        ("①", "bench"),
        ("🅱️", ("bench", "light")),
        ("🪑", "bench"),
        ("💡💡", "light"),
        ("bänkar", "bench"),
        ("🪑 bänkar", "bench"),
        ("bänkar 🪑", "bench"),
        ("torg", ("square", "street")),
        ("torgget", "square"),
        ("torgatan", "street"),
        ("torgets", "square"),
        ("bättre ljuset", "light"),
        ("inte 2", None),
        ("ja, men inte torget", None),
        ("inte torget", None),
        ("allt utom torget", None),
        ("annat: en lekplats", "other: en lekplats"),
        ("Annat - en lekplats", "other: en lekplats"),
        ("annat, en lekplats", "other: en lekplats"),
        ("annat (en lekplats)", "other: en lekplats"),
        ("5: en lekplats", "other: en lekplats"),
        ("annat en lekplats", "other: en lekplats"),
        ("Annat: Torget", "other: Torget"),
        ("something else: a playground", "other: a playground"),
        ("غير ذلك: ملعب", "other: ملعب"),
        ("muu: leikkipaikka", "other: leikkipaikka"),
        ("wax kale: garoon", "other: garoon"),
        ("annat", "other"),
        ("annat:", "other"),
        ("1: en lekplats", None),
        ("vet inte", ""),
        ("den femte", "other"),
    ],
)
def test_one_of_several(text, expected):
    assert value_of("select_one", THINGS, text) == expected


@pytest.mark.parametrize("text", ["vet inte", "vet ej", "jag vet inte", "no idea", "en tiedä", "لا أعرف", "ma aqaan"])
def test_not_knowing_is_a_choice_where_there_is_one(text):
    assert value_of("select_one", WITH_UNKNOWN, text) == "dk"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("alla utom 2", "sv", "bench square street other"),
        ("alla utom 2 och 5", "sv", "bench square street"),
        ("alla förutom torget, annat", "sv", "bench light street"),
        ("alla men inte 2", "sv", "bench square street other"),
        ("all except 2", "en", "bench square street other"),
        ("all but the square", "en", "bench light street other"),
        ("all of them except 1-3", "en", "street other"),
        ("kaikki paitsi 2", "fi", "bench square street other"),
        ("الكل ما عدا ٢", "ar", "bench square street other"),
        ("dhammaan 2 mooyee", "so", "bench square street other"),
        ("alla utom torg", "sv", None),
        ("alla utom alla", "sv", None),
        ("1 till 3", "sv", "bench light square"),
        ("1 to 3", "en", "bench light square"),
        ("1-3", "sv", "bench light square"),
        ("3-1", "sv", "bench square"),
        ("1–2 och 4", "sv", "bench light street"),
        ("1, annat: en lekplats, en gunga", "sv", "bench other: en lekplats, en gunga"),
        ("1 och annat: en lekplats", "sv", "bench other: en lekplats"),
        ("annat: en lekplats", "sv", "other: en lekplats"),
        ("1 and other: a swing", "en", "bench other: a swing"),
        ("1️⃣ 3️⃣", "sv", "bench square"),
        ("🪑💡", "sv", "bench light"),
        ("yksi ja kolme", "fi", "bench square"),
        ("واحد وثلاثة", "ar", "bench square"),
        ("hal iyo saddex", "so", "bench square"),
        ("1 men inte 2", "sv", None),
        ("inte 1, 2", "sv", None),
        ("vet ej", "sv", ""),
        ("en mitään näistä", "fi", None),
        ("ei mitään näistä", "fi", ""),
    ],
)
def test_several_of_several(text, language, expected):
    assert value_of("select_multiple", THINGS, text, language) == expected


@pytest.mark.parametrize(
    ("choices", "text", "language", "expected"),
    [
        (CYRILLIC, "школу", "uk", "school"),
        (CYRILLIC, "школі", "uk", "school"),
        (CYRILLIC, "парку", "uk", "park"),
        (CYRILLIC, "парками", "uk", ("park",)),
        (CYRILLIC, "лісу", "uk", "forest"),
        (CYRILLIC, "велику дорогу", "uk", "road"),
        (CYRILLIC, "шкода", "uk", "school"),
        (CYRILLIC, "паркан", "uk", "park"),
        (CYRILLIC, "лісопарк", "uk", None),
        (FINNISH, "torilla", "fi", ("square",)),
        (FINNISH, "torin", "fi", "square"),
        (FINNISH, "rantaa", "fi", "shore"),
        (FINNISH, "koulussa", "fi", ("school",)),
        (FINNISH, "kaulu", "fi", "school"),
        (FINNISH, "torstai", "fi", None),
    ],
)
def test_labels_in_another_case(choices, text, language, expected):
    assert value_of("select_one", choices, text, language) == expected


def test_what_was_read_through_an_ending_is_told_back():
    reading = read(Open("select_one", "uk", load_lexicon(), NOW, choices=CYRILLIC), "школу")
    assert reading == Understood("school", is_inferred=True)


@pytest.mark.parametrize(
    ("label", "text"),
    [("I can come", "I can't come"), ("With parking", "Without parking"), ("Lämpligt", "Olämpligt"), ("Viktigt", "Inte viktigt"), ("Det ska byggas", "Det ska ej byggas")],
)  # fmt: skip
def test_a_slip_never_turns_a_meaning_round(label, text):
    assert value_of("select_one", (Selectable("a", (label,)), Selectable("b", ("Xyz",))), text) is None


def test_a_word_that_is_yes_here_and_no_there_counts_in_its_own_language_alone():
    lexicon = Lexicon.build(
        {
            "aa": {"words": {"yes": ["ne", "da"], "fillers": ["um"]}},
            "bb": {"words": {"no": ["ne"], "negations": ["um"]}},
            "cc": {},
        }
    )
    assert ("ne" in lexicon.said("aa")["yes"], "ne" in lexicon.said("aa")["no"]) == (True, False)
    assert ("ne" in lexicon.said("bb")["yes"], "ne" in lexicon.said("bb")["no"]) == (False, True)
    assert ("ne" in lexicon.said("cc")["yes"], "ne" in lexicon.said("cc")["no"]) == (False, False)
    assert "da" in lexicon.said("cc")["yes"]
    assert "um" in lexicon.said("aa")["fillers"]
    assert "um" not in lexicon.said("cc")["fillers"]


def test_a_small_word_of_another_language_is_not_dropped_where_it_means_something():
    lexicon = Lexicon.build({"aa": {"words": {"fillers": ["sex"]}}, "bb": {"numbers": {"plain": {"6": ["sex"]}}}})
    assert "sex" not in lexicon.said("bb")["fillers"]
    assert "sex" in lexicon.said("aa")["fillers"]


def test_a_regional_language_reads_with_its_own_words_or_its_base_s():
    lexicon = Lexicon.build({"fa": {"words": {"yes": ["bale"]}}, "fa_AF": {"words": {"yes": ["are"]}}, "sv": {}})
    assert [lexicon.code(code) for code in ("fa-AF", "fa-IR", "sv-simple", "de")] == ["fa-AF", "fa", "sv", ""]


def test_lists_of_months_and_weekdays_are_whole():
    with pytest.raises(ValueError, match="weekdays: 6 lists, not 7"):
        Lexicon.build({"xx": {"weekdays": [["a"]] * 6}})


@pytest.mark.parametrize("code", ["sv", "en", "fi", "ar", "so", "fa", "fa-AF", "ckb", "kmr", "ti"])
def test_the_fuller_lists_are_there(code):
    vocabulary = load_lexicon().by_language[code]
    assert set(vocabulary.weekdays.values()) == set(range(7))
    assert all(vocabulary.words[name] for name in ("unknown", "other", "except", "between", "place"))
    assert 1000 in vocabulary.numbers.values()
    assert {"am", "pm", "night"} == set(vocabulary.clock.parts.values())
    assert all(vocabulary.relative[name] for name in ("coming", "next", "last", "ahead", "ago", "day", "week"))
