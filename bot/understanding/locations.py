"""Reading a place: coordinates, a link from a map, or the name of a street or square. What places there are lives in `places`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bot.folding import digits_to_ascii, fold, normalised
from bot.understanding.picks import place_said
from bot.understanding.places import Place
from bot.understanding.readings import Open, Reading, Understood, one_or_asked

MOST_CHARS, MOST_WORDS = 1000, 24
_DEGREE_SIGNS = str.maketrans({"−": "-", "–": "-", "٫": ".", "،": ",", "؛": ";"})
_PAIR = re.compile(r"([+-]?\d{1,3}[.,]\d{1,15})[ ,;/]{1,4}([+-]?\d{1,3}[.,]\d{1,15})")
_WITH_LETTERS = re.compile(
    r"([NS]?) ?(\d{1,3}(?:[.,]\d{1,15})?) ?([NS]?)[ ,;]{1,4}([EWÖV]?) ?(\d{1,3}(?:[.,]\d{1,15})?) ?([EWÖVO]?)"
)
_DEGREES = re.compile(r"(\d{1,3}) ?° ?(\d{1,2}) ?['′’] ?(?:(\d{1,2}(?:[.,]\d{1,6})?) ?(?:[\"″”]|''|′′)?)? ?([NSEWÖV])")
_LINK = re.compile(r"(?:https?://|geo:|www\.)[^\s<>\"]{1,900}", re.IGNORECASE)
_HERE = r"(-?\d{1,2}\.\d{1,15})(?:,|%2C|~|/|\+|%20){1,3}(-?\d{1,3}\.\d{1,15})"
# How map services write a spot into a link, the point that is meant before the middle of the picture
_IN_LINK = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"!3d(-?\d{1,2}\.\d{1,15})!4d(-?\d{1,3}\.\d{1,15})",  # Google, the pin
        r"[?&](?:q|query|daddr|destination|coordinate|address|mlat)=(?:loc:)?" + _HERE,  # Google, Apple, geo:
        r"[?&]mlat=(-?\d{1,2}\.\d{1,15})&mlon=(-?\d{1,3}\.\d{1,15})",  # OpenStreetMap, the pin
        r"^geo:" + _HERE,  # RFC 5870
        r"[?&](?:ll|sll|center|cp|map)=" + _HERE,  # Apple, Bing, HERE
        r"/@" + _HERE,  # Google, the middle of the picture
        r"#map=\d{1,2}(?:\.\d{1,3})?/" + _HERE,  # OpenStreetMap
        r"/(?:search|place|dir)/" + _HERE,
        r"kartan!~" + _HERE,  # hitta.se
    )
)


def read_place(question: Open, text: str) -> Reading:
    """ "latitude longitude 0 0" of what coordinates, a link or a name stand for; a shared location comes in by itself."""
    text = text.strip()[:MOST_CHARS]
    if point := _coordinates(text) or _linked(text):
        return Understood(place_value(*point))
    folded = fold(text)
    if folded in question.words["unknown"]:
        return Understood("")
    if 1 <= (place := place_said(question, folded)) <= len(question.offered):
        return Understood(question.offered[place - 1])
    found, is_inferred = _named(question, _LINK.sub(" ", text))
    readable = _readable(found)
    offered = {value: name for value, name in readable.items() if value in question.offered}
    reading = one_or_asked(offered if len(offered) == 1 else readable, is_inferred=is_inferred, reason="location")
    return replace(reading, told=readable[reading.value]) if isinstance(reading, Understood) else reading


def place_value(latitude: Decimal | float, longitude: Decimal | float) -> str:
    """A point as the survey stores it: latitude, longitude, and altitude and accuracy that are not known."""
    return f"{_plain(latitude)} {_plain(longitude)} 0 0"


def _plain(degrees: Decimal | float) -> str:
    text = format(Decimal(str(degrees)).normalize(), "f")
    return "0" if text in ("-0", "") else text


def _readable(places: Sequence[Place]) -> dict[str, str]:
    """Each point with its name, and where two have one name, with where it is."""
    names = [fold(place.name) for place in places]
    return {
        place_value(p.latitude, p.longitude): p.name
        if names.count(fold(p.name)) == 1
        else f"{p.name} ({p.latitude:.4f}, {p.longitude:.4f})"
        for p in places
    }


# --- coordinates


def _coordinates(text: str) -> tuple[Decimal, Decimal] | None:
    plain = " ".join(
        digits_to_ascii(normalised(text.translate(_DEGREE_SIGNS))).translate(_DEGREE_SIGNS).upper().split()
    )
    plain = plain.strip("()[] .")
    if match := _PAIR.fullmatch(plain):
        return _on_earth(*(Decimal(part.replace(",", ".")) for part in match.groups()))
    if len(parts := _DEGREES.findall(plain)) == 2:
        return _from_minutes(parts)
    if match := _WITH_LETTERS.fullmatch(plain.replace("°", " ").replace("  ", " ").strip()):
        north, first, north_after, east, second, east_after = match.groups()
        if bool(north) != bool(north_after) and bool(east) != bool(east_after):
            return _on_earth(_signed(first, north or north_after), _signed(second, east or east_after))
    return None


def _signed(degrees: str, letter: str) -> Decimal:
    """South and west count down; the Swedish letters are Ö (east) and V (west)."""
    value = Decimal(degrees.replace(",", "."))
    return -value if letter in ("S", "W", "V") else value


def _from_minutes(parts: Sequence[Sequence[str]]) -> tuple[Decimal, Decimal] | None:
    values = [
        (_signed(str(Decimal(d) + Decimal(m) / 60 + Decimal((s or "0").replace(",", ".")) / 3600), letter), letter)
        for d, m, s, letter in parts
    ]
    if values[0][1] not in "NS" or values[1][1] in "NS":
        return None
    return _on_earth(round(values[0][0], 7), round(values[1][0], 7))


def _on_earth(latitude: Decimal, longitude: Decimal) -> tuple[Decimal, Decimal] | None:
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _linked(text: str) -> tuple[Decimal, Decimal] | None:
    """The spot that a link holds; a shortened link holds none, and nothing is ever fetched. Two links are two places."""
    spots = {spot for link in _LINK.findall(digits_to_ascii(text)) if (spot := _in_link(link)) is not None}
    return spots.pop() if len(spots) == 1 else None


def _in_link(link: str) -> tuple[Decimal, Decimal] | None:
    for pattern in _IN_LINK:
        if (match := pattern.search(link)) and (spot := _on_earth(Decimal(match[1]), Decimal(match[2]))):
            return spot
    return None


# --- names


def _named(question: Open, text: str) -> tuple[tuple[Place, ...], bool]:
    """The places a message names, and whether that was read through a slip, a beginning or a house number."""
    known, folded = question.places, fold(text)
    tokens = folded.split()
    if not known.names or not tokens or len(tokens) > MOST_WORDS:
        return (), False
    if found := known.called(folded):
        return found, False
    small = frozenset[str]().union(*(question.words[name] for name in ("place", "polite", "fillers")))
    core = [token for token in tokens if token not in small]
    if any(token in question.words["negations"] for token in core):
        return (), False
    without_number = core[:-1] if len(core) > 1 and _is_house_number(core[-1]) else core
    for words in (core, without_number):
        if words and (found := known.called(" ".join(words))):
            return found, words is not core
    if found := _mentioned(question, core):
        return found, True
    wording = " ".join(without_number)
    if len(wording) >= 3 and (found := known.beginning_with(wording)):
        return found, True
    found, is_clear = known.near(wording)
    return found, is_clear


def _is_house_number(token: str) -> bool:
    return re.fullmatch(r"\d{1,4}[a-zåäö]?", token) is not None


def _mentioned(question: Open, tokens: Sequence[str]) -> tuple[Place, ...]:
    """The places that stand whole among other words ("the corner of A and B"); each counts once, the longest name first."""
    found: list[Place] = []
    at = 0
    while at < len(tokens):
        for takes in range(min(6, len(tokens) - at), 0, -1):
            name = " ".join(tokens[at : at + takes])
            if len(name) >= 4 and (here := question.places.called(name)):
                found.extend(place for place in here if place not in found)
                at += takes - 1
                break
        at += 1
    return tuple(found)
