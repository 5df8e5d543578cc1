"""What residents write in Ukrainian, Russian, Polish and Bosnian: case forms, apostrophes, clocks that count towards the hour, keyboards without marks."""

from __future__ import annotations

import pytest

from bot.folding import bare, fold
from bot.understanding import Open, Selectable, find_command, is_yes_or_no
from locales import load_lexicon
from tests.bot.talk.readings import Meant, value_of
from tests.bot.talk.surveys import NOW

LABELS = {
    "uk": ("Лавки", "Краще світло", "Дитячий майданчик", "Інше"),
    "ru": ("Скамейки", "Лучшее освещение", "Детская площадка", "Другое"),
    "pl": ("Ławki", "Lepsze oświetlenie", "Plac zabaw", "Inne"),
    "bs": ("Klupe", "Bolje svjetlo", "Igralište", "Drugo"),
}
VALUES = ("bench", "light", "play", "other")


def reading(kind: str, language: str, text: str) -> Meant:
    choices = tuple(Selectable(v, (label,)) for v, label in zip(VALUES, LABELS[language], strict=True))
    return value_of(kind, text, language, choices=choices)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "двадцять п'ять", "25"),
        ("uk", "двадцять п’ять років", "25"),
        ("uk", "пʼять", "5"),
        ("uk", "нас четверо", "4"),
        ("uk", "приблизно дві тисячі триста сорок два", "2342"),
        ("ru", "тысяча двести крон", "1200"),
        ("ru", "около двадцати", "20"),
        ("ru", "не 5", None),
        ("pl", "pięćset dwa", "502"),
        ("pl", "piecset dwa", "502"),
        ("pl", "ok. 20 osób", "20"),
        ("pl", "więcej niż 20", None),
        ("bs", "dvjesto pedeset", "250"),
        ("bs", "cetrdeset i dva", "42"),
        ("bs", "nije 5", None),
        ("ru", "1’200", "1200"),
    ],
)
def test_amounts(language, text, expected):
    assert reading("integer", language, text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "о пів на третю дня", "14:30"),
        ("uk", "чверть на третю", ("02:15", "14:15")),
        ("uk", "десять на дванадцяту ранку", "11:10"),
        ("uk", "за чверть третя", ("02:45", "14:45")),
        ("uk", "десять по третій вечора", "15:10"),
        ("uk", "о восьмій вечора", "20:00"),
        ("ru", "полтретьего дня", "14:30"),
        ("ru", "в половине восьмого вечера", "19:30"),
        ("ru", "пятнадцать минут двенадцатого ночи", "23:15"),
        ("ru", "без двадцати пяти восемь утра", "07:35"),
        ("ru", "без четверти три", ("02:45", "14:45")),
        ("ru", "в час дня", "13:00"),
        ("ru", "с восьми до десяти", None),
        ("pl", "wpół do trzeciej po południu", "14:30"),
        ("pl", "za kwadrans ósma rano", "07:45"),
        ("pl", "kwadrans po osmej rano", "08:15"),
        ("pl", "dwudziesta pierwsza trzydzieści", "21:30"),
        ("pl", "od ósmej do dziesiątej", None),
        ("bs", "pola tri popodne", "14:30"),
        ("bs", "petnaest do osam ujutro", "07:45"),
        ("bs", "osam i petnaest navečer", "20:15"),
        ("bs", "osam i po uvece", "20:30"),
        ("bs", "tri i kvarat", ("03:15", "15:15")),
    ],
)
def test_times_of_day(language, text, expected):
    found = reading("time", language, text)
    short = found[:5] if isinstance(found, str) else found and tuple(value[:5] for value in found)
    assert short == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "двадцять першого травня 2026", "2026-05-21"),
        ("uk", "у минулу п'ятницю", "2026-02-27"),
        ("uk", "п’ятниця", ("2026-02-27", "2026-03-06")),
        ("uk", "31 травня 2026 р.", "2026-05-31"),
        ("ru", "первого мая 2026 года", "2026-05-01"),
        ("ru", "31 мая 2026 г.", "2026-05-31"),
        ("ru", "31 мая 2026", "2026-05-31"),
        ("ru", "в прошлую пятницу", "2026-02-27"),
        ("ru", "в пятницу", ("2026-02-27", "2026-03-06")),
        ("ru", "через три дня", "2026-03-07"),
        ("pl", "5-go czerwca 2026 roku", "2026-06-05"),
        ("pl", "dwa tygodnie temu", "2026-02-18"),
        ("pl", "w zeszly piatek", "2026-02-27"),
        ("pl", "5 listopada 2026", "2026-11-05"),
        ("bs", "5. listopada 2026.", "2026-10-05"),
        ("bs", "prije dvije sedmice", "2026-02-18"),
        ("bs", "prošlog petka", "2026-02-27"),
    ],
)
def test_dates(language, text, expected):
    assert reading("date", language, text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "усі крім 2", "bench play other"),
        ("uk", "перше і третє", "bench play"),
        ("uk", "інше: фонтан", "other: фонтан"),
        ("uk", "жодного", ""),
        ("ru", "все кроме 2", "bench play other"),
        ("ru", "вторую", "light"),
        ("ru", "2-й", "light"),
        ("ru", "не скамейки", None),
        ("ru", "обе", None),
        ("pl", "lawki", "bench"),
        ("pl", "wszystko oprocz 2", "bench play other"),
        ("pl", "nie wiem", ""),
        ("pl", "żadne z powyższych", ""),
        ("bs", "igraliste", "play"),
        ("bs", "drugo: fontana", "other: fontana"),
        ("bs", "sve osim 2", "bench play other"),
        ("bs", "ništa od navedenog", ""),
    ],
)
def test_choices(language, text, expected):
    assert reading("select_multiple", language, text) == expected


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("більше не пишіть", "stop"),
        ("хватит", "stop"),
        ("nie piszcie wiecej", "stop"),
        ("ne pišite mi više", "stop"),
        ("допоможіть", "help"),
        ("promeni jezik", "language"),
        ("zmien jezyk", "language"),
        ("pokazi moje odgovore", "mine"),
        ("кто это?", "who"),
        ("chcę rozmawiać z człowiekiem", "person"),
        ("odgovaram za drugu osobu", "proxy"),
        ("відповідаю за іншу людину", "proxy"),
        ("preskoci", "skip"),
    ],
)
def test_commands_are_known_in_whatever_language_the_dialogue_is(text, command):
    found = find_command(load_lexicon(), text, "sv")
    assert (found.name if found else "") == command


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "`"])
def test_every_apostrophe_is_the_same(apostrophe):
    assert fold(f"п{apostrophe}ять") == "пять"


@pytest.mark.parametrize(("text", "plain"), [("Ławki", "lawki"), ("đak", "dak"), ("ґанок", "ганок"), ("ёлка", "елка")])
def test_a_letter_with_a_stroke_is_also_the_one_without(text, plain):
    assert bare(text) == plain


@pytest.mark.parametrize("language", LABELS)
@pytest.mark.parametrize(
    ("text", "is_yes"), [("Ja", True), ("nej", False), ("да", True), ("нет", False), ("tak", True)]
)
def test_yes_and_no_of_the_country_and_of_the_neighbours_count(language, text, is_yes):
    assert is_yes_or_no(Open("acknowledge", language, load_lexicon(), NOW), text) is is_yes


def test_what_is_yes_to_a_pole_and_no_to_an_englishman_is_asked_again():
    lexicon = load_lexicon()
    assert is_yes_or_no(Open("acknowledge", "pl", lexicon, NOW), "no") is None
    assert is_yes_or_no(Open("acknowledge", "pl", lexicon, NOW), "no tak") is True
    assert is_yes_or_no(Open("acknowledge", "en", lexicon, NOW), "no") is False
