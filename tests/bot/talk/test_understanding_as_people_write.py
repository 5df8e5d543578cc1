"""How people really write: with courtesy, drawn out, with "and" written together, signed as a letter. Now is Wednesday 4 March 2026, noon."""

from __future__ import annotations

import pytest

from bot.understanding import Selectable, find_command, is_opt_out
from locales import load_lexicon
from tests.bot.talk.readings import value_of

PLACES = {
    "sv": ("Torget", "Torggatan", "Biblioteket", "Simhallen", "Parken"),
    "en": ("The square", "Square Street", "The library", "The pool", "The park"),
    "ar": ("الساحة", "شارع الساحة", "المكتبة", "المسبح", "الحديقة"),
    "fi": ("Tori", "Torikatu", "Kirjasto", "Uimahalli", "Puisto"),
    "ru": ("Площадь", "Улица", "Библиотека", "Бассейн", "Парк"),
}
YES_NO = {
    "sv": ("Ja", "Nej"),
    "en": ("Yes", "No"),
    "ar": ("نعم", "لا"),
    "ru": ("Да", "Нет"),
    "pl": ("Tak", "Nie"),
    "so": ("Haa", "Maya"),
}


def choices(labels: tuple[str, ...]) -> tuple[Selectable, ...]:
    return tuple(Selectable(str(place), (label,)) for place, label in enumerate(labels, start=1))


@pytest.mark.parametrize(
    "text",
    [
        "sluta tack", "Snälla sluta!", "STOPP 🙏", "stopp, stopp, STOPP", "Stop, thanks", "قف من فضلك", "fadlan jooji",
        "СТОП пожалуйста", "стоп, будь ласка", "STOP proszę", "توقف لطفا", "lopeta, kiitos", "Stopp\n\nMvh\nÅsa Ek",
        "Hej!\n\nAvregistrera mig\n\nMed vänlig hälsning\nÅsa Ek", "jag vill inte ha fler sms", "don't text me",
    ],
)  # fmt: skip
def test_an_opt_out_said_with_courtesy_is_one(text):
    assert is_opt_out(load_lexicon(), text)


@pytest.mark.parametrize(
    "text",
    [
        "stpo", "stopp för bilar", "Bussen stoppar inte här, tack", "sluta bygga hus", "stop the cars please", "🚌 stop",
        "tack", "tack tack", "من فضلك", "остановка автобуса, спасибо", "Stopp\nför bilar på torget", "hej stopp är bra",
    ],
)  # fmt: skip
def test_what_only_holds_such_a_word_is_none(text):
    assert not is_opt_out(load_lexicon(), text)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("hjälp tack", "sv", "help"),
        ("tillbaka, tack", "sv", "back"),
        ("ändra fråga 3 tack", "sv", "change"),
        ("english please", "sv", "speak"),
        ("delete my data please", "en", "erase"),
        ("مساعدة من فضلك", "ar", "help"),
        ("ሓገዝ በጃኹም", "ti", "help"),
        ("من", "ar", "who"),
        ("tack", "sv", None),
    ],
)
def test_commands_take_courtesy(text, language, expected):
    command = find_command(load_lexicon(), text, language)
    assert (command.name if command else None) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("den sista", "sv", "5"),
        ("the last one please", "en", "5"),
        ("الأخير", "ar", "5"),
        ("последний", "ru", "5"),
        ("viimeinen", "fi", "5"),
        ("alternativ b", "sv", ("2", "3")),
        ("alternativ d", "sv", "4"),
        ("de tre första", "sv", None),
        ("either 1 or 2", "en", ("1", "2")),
        ("2\n\nMvh\nAnna Ek", "sv", "2"),
        ("Hej!\n\nParken\n\nMed vänliga hälsningar\nAnna Ek", "sv", "5"),
        ("2\n\nBest regards,\nAnna", "en", "2"),
        ("2\n/Anna", "sv", "2"),
        ("٢\n\nمع تحياتي\nأحمد", "ar", "2"),
        ("2\n\nmen bara på vintern", "sv", None),
        ("2\n\nfast helst inte\n\nMvh\nAnna", "sv", None),
        ("2\n3", "sv", ("2", "3")),
    ],
)
def test_one_choice(text, language, expected):
    assert value_of("select_one", text, language, choices=choices(PLACES[language])) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("١و٣", "ar", "1 3"),
        ("الأول والثالث", "ar", "1 3"),
        ("المكتبة والحديقة", "ar", "3 5"),
        ("alla tack", "sv", "1 2 3 4 5"),
        ("kaikki kiitos", "fi", "1 2 3 4 5"),
        ("none of the above thanks", "en", ""),
        ("både 1 och 3", "sv", "1 3"),
        ("just the park", "en", "5"),
        ("the first and the last", "en", "1 5"),
        ("de två första", "sv", "1 2"),
        ("de tre första", "sv", None),
        ("the first three", "en", None),
        ("de två sista", "sv", None),
        ("bara inte 2", "sv", None),
    ],
)
def test_several_choices(text, language, expected):
    assert value_of("select_multiple", text, language, choices=choices(PLACES[language])) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Jaaaa", "sv", "1"),
        ("дааа", "ru", "1"),
        ("nieee", "pl", "2"),
        ("absolut inte", "sv", "2"),
        ("of course not", "en", "2"),
        ("لا طبعا", "ar", "2"),
        ("да нет", "ru", ("1", "2")),
        ("нет, конечно", "ru", "2"),
        ("hada", "so", None),
        ("haah", "so", "1"),
        ("nja", "sv", None),
        ("no", "pl", None),
        ("إن شاء الله", "ar", None),
    ],
)
def test_yes_and_no(text, language, expected):
    assert value_of("select_one", text, language, choices=choices(YES_NO[language])) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("minus 5", "sv", "-5"),
        ("minus five", "en", "-5"),
        ("- 5", "sv", "-5"),
        ("минус 5", "ru", "-5"),
        ("منفی ۵", "fa", "-5"),
        ("minus minus 5", "sv", None),
        ("minus -5", "sv", None),
        ("10 minus 5", "sv", None),
        ("25-vuotias", "fi", "25"),
        ("1,5 tim", "sv", "1.5"),
        ("en och en halv timme", "sv", "1.5"),
        ("25\n\nMvh\nAnna Ek", "sv", "25"),
        ("Jag minns inte\n0701234567", "sv", None),
    ],
)
def test_numbers(text, language, expected):
    assert value_of("decimal", text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("a week ago", "en", "2026-02-25"),
        ("через неделю", "ru", "2026-03-11"),
        ("tydzień temu", "pl", "2026-02-25"),
        ("kahden viikon päästä", "fi", "2026-03-18"),
        ("قبل يومين", "ar", "2026-03-02"),
        ("بكرا", "ar", "2026-03-05"),
        ("berrito", "so", "2026-03-05"),
        ("idag tack", "sv", "2026-03-04"),
        ("tomorrow please", "en", "2026-03-05"),
        ("igår kväll", "sv", "2026-03-03"),
        ("i morgon kväll", "sv", "2026-03-05"),
        ("3 mars på kvällen", "sv", "2026-03-03"),
        ("ikväll", "sv", None),
        ("jutro rano", "pl", "2026-03-05"),
        ("غدا صباحا", "ar", "2026-03-05"),
        ("yesterday evening", "en", "2026-03-03"),
        ("вчера вечером", "ru", "2026-03-03"),
        ("inte idag", "sv", None),
        ("igår natt", "sv", None),
        ("۱۲/۱۲/۱۴۰۴", "fa", "2026-03-03"),
        ("31 maj\n\nHälsningar\nÅsa", "sv", "2026-05-31"),
    ],
)
def test_dates(text, language, expected):
    assert value_of("date", text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("igår kväll kl 8", "sv", "2026-03-03T20:00:00"),
        ("imorgon bitti kl 7", "sv", "2026-03-05T07:00:00"),
        ("tomorrow at 6 pm", "en", "2026-03-05T18:00:00"),
    ],
)
def test_moments(text, language, expected):
    assert value_of("datetime", text, language) == expected


def test_free_text_keeps_its_signature():
    assert value_of("text", "Hej!\nFler bänkar.\n\nMvh\nÅsa") == "Hej!\nFler bänkar.\n\nMvh\nÅsa"


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("1.000", "sv", ("1", "1000")),
        ("2.500 kr", "fi", ("2.5", "2500")),
        ("1,250", "sv", "1.25"),
        ("1.250", "en", "1.25"),
        ("1,250", "en", "1250"),
        ("0.125", "sv", "0.125"),
    ],
)
def test_a_point_before_three_digits_is_asked_back_where_decimals_have_a_comma(text, language, expected):
    assert value_of("decimal", text, language) == expected
