"""A submitted form as what a resident said, or as what is amiss with it. Pages are made elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import ImmutableMultiDict

from bot.contents import Said
from channels.web.views import DONE, Asked

Fields = ImmutableMultiDict[str, str]
MOST_CHARS = 4000
PLACE = "place:"  # before an option's value, in the name of the field that holds its place in a ranking
Reason = Literal["choose", "write", "place", "words", "number_missing", "number_twice", "not_taken"]

_NUMBER = r"[-+−]?\d{1,3}(?:[.,]\d{1,12})?"
_COORDINATES = re.compile(rf"\s*({_NUMBER})\s*°?\s*(?:[,;]\s+|\s+|,|;)\s*({_NUMBER})\s*°?\s*")


@dataclass(frozen=True, slots=True)
class Amiss:
    """One field that does not hold what it should. `field` is its id; `text` is said where the conversation has its own words."""

    field: str
    reason: Reason
    text: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing usable was chosen or written where something was asked for."""

    fields: tuple[Amiss, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """The form belongs to an earlier question, and what was written does not say to which."""

    written: str = ""


def read(fields: Fields, asked: Asked | None) -> Said | Missing | Moved:
    """What the form says, given the question now asked. Buttons and options name their question themselves; words do not."""
    if "words" in fields:
        words = fields["words"].strip()[:MOST_CHARS]
        return Said(text=words) if words else _missing("words", "words")
    pressed, kind = fields.get("do", ""), fields.get("kind", "buttons")
    if pressed and (kind == "buttons" or not pressed.startswith(DONE)):
        return Said(choice=pressed)
    if kind == "one":
        answers = _answers(fields)
        return Said(choice=answers[0]) if answers else _missing("answer-1", "choose")
    if kind in ("many", "rank") and pressed:
        return _several(fields, kind, pressed)
    if asked is None or fields.get("mark") != asked.mark:
        return Moved("" if kind in ("many", "rank") else "\n".join(_answers(fields)))
    if kind in ("many", "rank"):
        return _numbers(fields, kind, asked)
    answers = _answers(fields)
    if not answers:
        return _missing("answer", "place" if kind == "location" else "write")
    return _place(answers[0]) if kind == "location" else Said(text=answers[0])


def _missing(field: str, reason: Reason) -> Missing:
    return Missing((Amiss(field, reason),))


def _several(fields: Fields, kind: str, pressed: str) -> Said | Missing:
    """Several options at once: their values, then the action that ends choosing."""
    values = _chosen(fields, kind)
    return Said(choice=" ".join([*values, pressed])) if isinstance(values, list) else values


def _numbers(fields: Fields, kind: str, asked: Asked) -> Said | Missing:
    """Several options where no action ends choosing: their numbers, as one would write them."""
    numbers = {option.value: str(number) for number, option in enumerate(asked.options, start=1)}
    values = _chosen(fields, kind)
    if not isinstance(values, list):
        return values
    chosen = [numbers[value] for value in values if value in numbers]
    return Said(text=", ".join(chosen)) if chosen else _missing("answer-1", "choose")


def _chosen(fields: Fields, kind: str) -> list[str] | Missing:
    """The option values, in their order; or the lines of a ranking that have no place, or one that another has too."""
    if kind == "many":
        return _answers(fields) or _missing("answer-1", "choose")
    places = {name.removeprefix(PLACE): place for name, place in fields.items() if name.startswith(PLACE)}
    wanted = {str(number) for number in range(1, len(places) + 1)}
    count = Counter(places.values())
    amiss = [
        Amiss(f"place-{number}", "number_missing" if place not in wanted else "number_twice")
        for number, place in enumerate(places.values(), start=1)
        if place not in wanted or count[place] > 1
    ]
    if amiss or not places:
        return Missing(tuple(amiss)) if amiss else _missing("place-1", "number_missing")
    return sorted(places, key=lambda value: int(places[value]))


def _answers(fields: Fields) -> list[str]:
    return [answer.strip()[:MOST_CHARS] for answer in fields.getlist("answer") if answer.strip()]


def _place(written: str) -> Said | Missing:
    """Coordinates as a place; anything else as the words that they are, for the conversation knows streets."""
    found = _COORDINATES.fullmatch(written)
    if not found:
        return Said(text=written)
    latitude, longitude = (float(number.replace(",", ".").replace("−", "-")) for number in found.groups())
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    return Said(location=(latitude, longitude)) if is_on_earth else _missing("answer", "place")
