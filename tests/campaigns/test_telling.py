"""What residents are told: the card before, the feedback after."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

import locales
from bot.days import day_text
from campaigns.cards import card, card_text, level_text
from campaigns.charter import LEVELS
from campaigns.decisions import read_decision
from campaigns.feedback import feedback_text, finding
from campaigns.figures import RawCount, question_figures
from tests.campaigns.definitions import FOLDER, English, example

LANGUAGES = example().languages
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("terse", [False, True])
def test_the_card_says_what_can_change_who_decides_when_and_what_becomes_of_answers(code: str, terse: bool) -> None:
    shown = card(example(), code)
    text = card_text(shown, locales.translation(code), terse)
    for part in (shown.can_change, shown.cannot_change, shown.who_decides, "22", shown.handling):
        assert part.rstrip(".") in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_on_the_card_is_left_in_english(code: str) -> None:
    english = card_text(card(example(), code), English(), terse=True)
    assert code == "en" or card_text(card(example(), code), locales.translation(code), terse=True) != english
    leads = ("You can influence", "You cannot influence", "decides on", "At the latest")
    text = card_text(card(example(), code), locales.translation(code), terse=False)
    assert code == "en" or not any(lead in text for lead in leads)


@pytest.mark.parametrize("code", ["sv", "en", "so", "fi"])
def test_terse_texts_fit_gsm_7(code: str) -> None:
    decision = read_decision((FOLDER / "decision.yaml").read_bytes())
    t = locales.translation(code)
    for text in (
        card_text(card(example(), code), t, terse=True),
        feedback_text(example(), decision, [], code, t, more_url="https://sjovik.example/d", terse=True),
    ):
        assert set(text) <= GSM_7, set(text) - GSM_7


@pytest.mark.parametrize("level", LEVELS)
def test_no_level_is_shown_as_a_step_of_a_ladder(level: str) -> None:
    text = level_text(level, English()).lower()
    assert text
    assert not any(
        word in text for word in ("step", "level", "highest", "higher", "lower", "ladder", "1", "2", "3", "4", "5")
    )


def test_a_part_that_is_not_written_leaves_no_empty_words() -> None:
    definition = example()
    bare = replace(definition, charter=replace(definition.charter, can_change={}, handling={}))
    text = card_text(card(bare, "en"), English(), terse=False)
    assert "You can influence:" not in text
    assert "The committee gets" not in text


def test_a_language_without_its_own_text_falls_back_to_the_first() -> None:
    assert card(example(), "uk").sender == "Sjöviks kommun"


def test_dates_are_written_in_every_languages_way() -> None:
    day = card(example(), "sv").decision_on
    assert [day_text(day, code) for code in ("sv", "fi", "rmy", "kmr", "sv-simple", "tlh")] == [
        "22 april 2026",
        "22. huhtikuuta 2026",
        "22 april 2026",
        "22ê nîsana 2026an",
        "22 april 2026",
        "2026-04-22",
    ]


@pytest.mark.parametrize(
    ("opens_at", "decision_at", "expected"),
    [
        ("2026-12-28", "2027-01-20", "on 20 January."),
        ("2026-12-28", "2028-01-20", "on 20 January 2028."),
        ("2027-01-11", "2027-12-20", "on 20 December 2027."),
    ],
)
def test_in_few_words_the_year_is_said_where_another_could_be_meant(
    opens_at: str, decision_at: str, expected: str
) -> None:
    opens, decides = (datetime.fromisoformat(f"{day}T12:00+00:00") for day in (opens_at, decision_at))
    shown = card(replace(example(), opens_at=opens, decision_at=decides), "en")
    assert expected in card_text(shown, English(), terse=True)


def test_no_date_begins_with_the_month_as_nobody_in_sweden_writes_it() -> None:
    day = card(example(), "sv").decision_on
    assert [day_text(day, code) for code in ("en", "so")] == ["22 April 2026", "22 Abriil 2026"]
    assert [day_text(day, code, is_short=True) for code in ("en", "so")] == ["22 April", "22 Abriil"]


@pytest.mark.parametrize("code", ["sv", "en", "so", "fi"])
def test_the_card_and_the_first_question_take_three_sms_at_most(code: str) -> None:
    text = card_text(card(example(), code), locales.translation(code), terse=True)
    first_question = 120
    assert len(text) + first_question <= 3 * 153


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_part_of_the_card_ends_its_sentence(code: str) -> None:
    text = card_text(card(example(), code), locales.translation(code), terse=False)
    assert all(paragraph[-1] in ".?!؟" for paragraph in text.split("\n\n"))


def test_how_to_reach_us_is_left_to_whoever_sends_the_card() -> None:
    shown = card(example(), "sv")
    assert shown.contact not in card_text(shown, locales.translation("sv"), terse=False)


LABELS = {"keep": "Behåll alla", "halve": "Ta bort hälften", "remove": "Ta bort alla"}


def parking(**answers: int) -> list[RawCount]:
    return [RawCount("", "", value, n) for value, n in answers.items()]


@pytest.mark.parametrize("code", LANGUAGES)
def test_feedback_says_what_was_said_the_decision_and_why(code: str) -> None:
    decision = read_decision((FOLDER / "decision.yaml").read_bytes(), languages=LANGUAGES)
    text = feedback_text(example(), decision, [], code, locales.translation(code), more_url="https://sjovik.example/d")
    parts = ["SBN 2026/0114", "https://sjovik.example/d"]
    parts += [decision.texts[code][name] for name in ("you_said", "decision", "reasons", "minority", "decided_by")]
    assert all(part in text for part in parts)


def test_feedback_names_the_most_given_answers_and_the_view_of_fewest() -> None:
    figures = question_figures("parking", "select_one", list(LABELS), parking(keep=30, halve=150, remove=20), 10)
    found = finding(figures, "Bilplatserna?", LABELS, top=2)
    decision = read_decision((FOLDER / "decision.yaml").read_bytes())
    text = feedback_text(example(), decision, [found] if found else [], "sv", locales.translation("sv"))
    assert "Bilplatserna? Ta bort hälften 75\u00a0%; Behåll alla 15\u00a0%" in text
    assert "Ta bort alla 10\u00a0%" in text


@pytest.mark.parametrize(("code", "mean"), [("sv", "1234,5"), ("bs", "1234,5"), ("en", "1234.5"), ("ar", "1234.5")])
def test_feedback_writes_a_mean_as_the_language_does_and_parts_no_thousands(code: str, mean: str) -> None:
    raw = [RawCount("", "", "1234.0", 20), RawCount("", "", "1235.0", 20)]
    found = finding(question_figures("far", "decimal", [], raw, 10), "Hur långt?", {})
    decision = read_decision((FOLDER / "decision.yaml").read_bytes())
    text = feedback_text(example(), decision, [found] if found else [], code, locales.translation(code))
    assert re.search(rf"\s{re.escape(mean)}$", text, re.MULTILINE)


def test_feedback_says_that_very_few_people_are_not_shown_and_shows_none_of_them() -> None:
    figures = question_figures("parking", "select_one", list(LABELS), parking(keep=3, halve=150, remove=20), 10)
    found = finding(figures, "Cars?", LABELS)
    decision = read_decision((FOLDER / "decision.yaml").read_bytes())
    text = feedback_text(example(), decision, [found] if found else [], "en", English())
    assert "very few people" in text
    assert "Behåll alla" not in text


def test_too_few_answers_give_no_finding() -> None:
    assert (
        finding(question_figures("parking", "select_one", list(LABELS), parking(keep=3), 10), "Cars?", LABELS) is None
    )
