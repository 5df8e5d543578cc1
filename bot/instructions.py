"""How to answer a question: in one sentence with it, in other words after a misunderstanding, in full on request. The question itself is put in `questions`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from bot.days import day_text
from bot.decimals import number_text
from bot.kinds import plain
from bot.wordings import Manner, Translation, fill

if TYPE_CHECKING:
    from bot.forms import Question

_SAMPLE_DAY = date(2026, 5, 31)


def how(t: Translation, question: Question, manner: Manner, *, language: str, has_options: bool) -> str:
    """One sentence that goes with the question, or "" where it goes without saying."""
    if manner.is_page:
        return ""  # the fields of a page say themselves how to fill them in
    kind = question.type
    if manner.has_buttons and has_options:
        return {
            "select_multiple": t.gettext("Choose one or more answers, then press Done."),
            "rank": t.gettext("Press them in your order, the most important first."),
        }.get(kind, "")
    if kind == "range" and question.range:
        return _within(t, question.range, language)
    if kind == "geopoint" and manner.has_location_button:
        share = t.gettext("Share the place with the paper clip or the button.")
        by_name = t.gettext("You can also write a street or the name of a place.")
        return f"{share} {by_name}" if manner.knows_places else share
    if kind == "geopoint" and manner.knows_places:
        return t.gettext("Reply with a street or the name of a place.")
    return _typed(t, kind)


def _typed(t: Translation, kind: str) -> str:
    match kind:
        case "select_one":
            return t.gettext("Reply with the number.")
        case "select_multiple":
            return t.gettext("Reply with one or more numbers, for example 1, 2.")
        case "rank":
            return t.gettext("Reply with the numbers in your order, the most important first.")
        case "acknowledge":
            return t.gettext("Reply OK when you have read this.")
        case "integer" | "decimal":
            return t.gettext("Reply with a number.")
        case "date":
            return t.gettext("Reply with a date, for example 2026-05-31.")
        case "datetime":
            return t.gettext("Reply with a date and a time, for example 2026-05-31 14:30.")
        case "time":
            return t.gettext("Reply with a time, for example 14:30.")
        case "geopoint":
            return t.gettext("Reply with the place's latitude and longitude from a map, for example 57.93, 12.11.")
    return ""


def in_other_words(
    t: Translation, question: Question, manner: Manner, *, language: str, count: int, has_options: bool
) -> str:
    """What to do, put differently than with the question itself. `count` is the number of choices."""
    kind = question.type
    if manner.has_buttons and has_options:
        return {
            "select_one": t.gettext("Press the answer that suits you best."),
            "select_multiple": t.gettext("Press every answer that suits you. Press Done when you are ready."),
            "rank": t.gettext("Press the answers one by one. Begin with the most important."),
            "acknowledge": t.gettext("Press the button when you have read the text."),
            "range": t.gettext("Press one of the numbers."),
        }[kind]
    if kind == "select_one" and count <= 2:
        return (
            t.gettext("Write 1 or 2, or the answer itself.")
            if count == 2
            else t.gettext("Write 1 or the answer itself.")
        )
    day = day_text(_SAMPLE_DAY, language)
    texts = {
        "select_one": t.gettext("Write one number from 1 to {count}, or the answer itself."),
        "select_multiple": t.gettext("Write the numbers that suit you, from 1 to {count}, with a comma between."),
        "rank": t.gettext("Write all the numbers from 1 to {count}, the most important first, with a comma between."),
        "acknowledge": t.gettext("Write OK when you have read the text."),
        "integer": t.gettext("Write the number in digits, for example 25."),
        "decimal": t.gettext("Write the number in digits, for example 2.5."),
        "date": t.gettext("Write day, month and year, for example {day}."),
        "datetime": t.gettext("Write day, month, year and time, for example {day} 14:30."),
        "time": t.gettext("Write the hour and the minutes, for example 14:30."),
        "geopoint": t.gettext("Write two numbers from a map with a comma between, for example 57.93, 12.11."),
        "text": t.gettext("Write with your own words."),
    }
    if kind == "range" and question.range:
        return _within(t, question.range, language, is_retold=True)
    if kind == "geopoint" and manner.has_location_button:
        return t.gettext("Press the paper clip, choose Location, and send the place.")
    return fill(t, texts.get(kind, ""), count=count, day=day)


def how_to_skip(t: Translation) -> str:
    return fill(t, t.gettext("Write {skip} if you do not want to answer."))


def _within(t: Translation, bounds: tuple[float, float, float], language: str, *, is_retold: bool = False) -> str:
    """The ends of a scale, the lower one first, and its step where that is not 1."""
    start, end, step = bounds
    told = {"lowest": min(start, end), "highest": max(start, end), "step": step}
    places = {name: number_text(plain(number), language) for name, number in told.items()}
    if is_retold:
        text = t.gettext("Write one number: {lowest} is the lowest and {highest} the highest.")
    elif step == 1:
        text = t.gettext("Reply with a number from {lowest} to {highest}.")
    else:
        text = t.gettext("Reply with a number from {lowest} to {highest}, in steps of {step}.")
    return fill(t, text, **places)
