"""A submitted form as what a resident said. Pages are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import ImmutableMultiDict

from bot.contents import Said
from channels.web.views import DONE, Asked

Fields = ImmutableMultiDict[str, str]
MOST_CHARS = 4000
PLACE = "place:"  # before an option's value, in the name of the field that holds its place in a ranking
FIRST_FIELDS = {"one": "answer-1", "many": "answer-1", "rank": "place-1", "location": "latitude", "buttons": "now"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing usable was chosen or written where something was asked for. `field` is the id of the field to go to."""

    field: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The form belongs to an earlier question, and what was written does not say to which."""


def read(fields: Fields, asked: Asked | None) -> Said | Missing | Moved:
    """What the form says, given the question now asked. Buttons and options name their question themselves; words do not."""
    if "words" in fields:
        words = fields["words"].strip()[:MOST_CHARS]
        return Said(text=words) if words else Missing("words")
    pressed, kind = fields.get("do", ""), fields.get("kind", "buttons")
    if pressed and (kind == "buttons" or not pressed.startswith(DONE)):
        return Said(choice=pressed)
    if kind == "one":
        return _one(fields)
    if kind in ("many", "rank") and pressed:
        return _several(fields, kind, pressed)
    if asked is None or fields.get("mark") != asked.mark:
        return Moved()
    if kind in ("many", "rank"):
        return _numbers(fields, kind, asked)
    return _place(fields) if kind == "location" else _typed(fields)


def _one(fields: Fields) -> Said | Missing:
    answers = _answers(fields)
    return Said(choice=answers[0]) if answers else Missing(FIRST_FIELDS["one"])


def _several(fields: Fields, kind: str, pressed: str) -> Said | Missing:
    """Several options at once: their values, then the action that ends choosing."""
    values = _ranking(fields) if kind == "rank" else _answers(fields)
    return Said(choice=" ".join([*values, pressed])) if values else Missing(FIRST_FIELDS[kind])


def _numbers(fields: Fields, kind: str, asked: Asked) -> Said | Missing:
    """Several options where no action ends choosing: their numbers, as one would write them."""
    numbers = {option.value: str(number) for number, option in enumerate(asked.options, start=1)}
    values = _ranking(fields) if kind == "rank" else _answers(fields)
    chosen = [numbers[value] for value in values if value in numbers]
    return Said(text=", ".join(chosen)) if chosen else Missing(FIRST_FIELDS[kind])


def _ranking(fields: Fields) -> list[str]:
    """Option values in the order given; none unless every option has a place of its own."""
    places = {name.removeprefix(PLACE): place for name, place in fields.items() if name.startswith(PLACE)}
    wanted = {str(number) for number in range(1, len(places) + 1)}
    if set(places.values()) != wanted:
        return []
    return sorted(places, key=lambda value: int(places[value]))


def _typed(fields: Fields) -> Said | Missing:
    answers = _answers(fields)
    return Said(text=answers[0]) if answers else Missing("answer")


def _answers(fields: Fields) -> list[str]:
    return [answer.strip()[:MOST_CHARS] for answer in fields.getlist("answer") if answer.strip()]


def _place(fields: Fields) -> Said | Missing:
    latitude, longitude = fields.get("latitude", "").strip(), fields.get("longitude", "").strip()
    try:
        place = float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    except ValueError:
        return Missing(FIRST_FIELDS["location"])
    is_on_earth = abs(place[0]) <= 90 and abs(place[1]) <= 180
    return Said(location=place) if is_on_earth else Missing(FIRST_FIELDS["location"])
