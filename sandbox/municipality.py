"""The fictional municipality of Sjövik: areas, population, residents, written as the files that a real one would bring. How its residents behave lives elsewhere."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count as count_up
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from sandbox.habits import deal
from sandbox.world import CHANNELS, Habit, Resident, World

NAME = "Sjövik"
AS_OF = "2025-12-31"
THIS_YEAR = 2026
POPULATION_SOURCE = "SCB-like register extract (fictional)"
SOURCE = "population register extract (fictional)"

# Corners at an invented place on an invented lake, (longitude, latitude). Areas share them, so that borders meet exactly.
_CORNERS: dict[str, tuple[float, float]] = {
    "north": (12.4310, 58.0935), "north_east": (12.4795, 58.0890), "cape": (12.3925, 58.0840),
    "shore": (12.3880, 58.0690), "harbour": (12.3995, 58.0575), "pier": (12.3960, 58.0490), "inlet": (12.4035, 58.0410),
    "mill": (12.4230, 58.0660), "square": (12.4345, 58.0625), "bridge": (12.4420, 58.0540), "crossing": (12.4330, 58.0455),
    "ridge": (12.4690, 58.0710), "quarry": (12.5035, 58.0655), "forest": (12.5150, 58.0480), "tarn": (12.5130, 58.0350),
    "south_east": (12.4980, 58.0265), "marsh": (12.4620, 58.0300), "south": (12.4410, 58.0170),
    "south_west": (12.4090, 58.0225), "field": (12.4480, 58.0425),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """One area: its border by corner names, how many live there, how old they are (1: older, -1: younger), what they speak."""

    code: str
    name: str
    border: tuple[str, ...]
    inhabitants: int
    tilt: int
    languages: dict[str, int]


AREAS: tuple[AreaPlan, ...] = (
    AreaPlan("SJ01", "Sjövik centrum", ("harbour", "mill", "square", "bridge", "crossing", "inlet", "pier"),
             8140, 0, {"sv": 68, "en": 9, "ar": 11, "so": 6, "fi": 6}),
    AreaPlan("SJ02", "Norrstrand", ("shore", "cape", "north", "north_east", "ridge", "square", "mill", "harbour"),
             4310, 1, {"sv": 84, "en": 6, "ar": 2, "so": 1, "fi": 7}),
    AreaPlan("SJ03", "Bruket", ("square", "ridge", "quarry", "forest", "field", "bridge"),
             6280, -1, {"sv": 55, "en": 8, "ar": 17, "so": 11, "fi": 9}),
    AreaPlan("SJ04", "Ängsby", ("inlet", "crossing", "bridge", "field", "marsh", "south", "south_west"),
             3150, -1, {"sv": 77, "en": 10, "ar": 6, "so": 4, "fi": 3}),
    AreaPlan("SJ05", "Skogstorp", ("field", "forest", "tarn", "south_east", "marsh"),
             2420, 1, {"sv": 83, "en": 6, "ar": 3, "so": 2, "fi": 6}),
)  # fmt: skip

AGE_BANDS: tuple[tuple[str, int, int, float, float], ...] = (  # name, from, to, share, change of share per tilt
    ("0-15", 0, 15, 0.18, -0.020),
    ("16-29", 16, 29, 0.15, -0.020),
    ("30-44", 30, 44, 0.19, -0.015),
    ("45-64", 45, 64, 0.26, 0.010),
    ("65+", 65, 94, 0.22, 0.045),
)

_GROUPS: tuple[tuple[str, int, int, float], ...] = (  # name, from age, to age, share
    ("elever", 16, 19, 0.7),
    ("föräldrar", 25, 55, 0.45),
    ("pendlare", 18, 66, 0.3),
    ("pensionärer", 65, 120, 0.8),
    ("biblioteksvänner", 16, 120, 0.08),
)

_COLUMNS = ("ref", "area", "language", "birth_year", "sex", "groups", "protected", "source", "lawful_basis", *CHANNELS)


def write_municipality(folder: Path, *, seed: int, residents: int) -> World:
    """Write areas.geojson, population.csv, residents.csv, residents-protected.csv and world.json; the same seed writes the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(
        NAME, seed, "Europe/Stockholm", {area.code: area.name for area in AREAS}, tuple(_people(residents, seed))
    )
    (folder / "areas.geojson").write_text(_one_feature_a_line(areas_geojson()), encoding="utf-8")
    _write_csv(folder / "population.csv", ("area", "age_band", "sex", "count", "source", "as_of"), population_rows())
    _write_csv(folder / "residents.csv", _COLUMNS, (_row(r, "no") for r in world.residents))
    _write_csv(folder / "residents-protected.csv", _COLUMNS, (_row(r, "yes") for r in _protected()))
    world.save(folder / "world.json")
    return world


def areas_geojson() -> dict[str, Any]:
    """The five areas as a GeoJSON FeatureCollection (RFC 7946, WGS 84, rings counter-clockwise)."""
    features = []
    for area in AREAS:
        ring = [point for a, b in _edges(area.border) for point in _stretch(a, b)[:-1]]
        ring.append(ring[0])
        if _doubled_surface(ring) < 0:
            ring.reverse()
        features.append(
            {
                "type": "Feature",
                "properties": {"code": area.code, "name": area.name, "municipality": NAME},
                "geometry": {"type": "Polygon", "coordinates": [[list(point) for point in ring]]},
            }
        )
    return {"type": "FeatureCollection", "name": f"Areas of {NAME}", "features": features}


def _one_feature_a_line(collection: dict[str, Any]) -> str:
    """JSON with a line for each feature, so that an error in one can be named by its line."""
    features = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in collection["features"])
    name = json.dumps(collection["name"], ensure_ascii=False)
    return f'{{"type": "FeatureCollection", "name": {name}, "features": [\n{features}\n]}}\n'


def population_rows() -> list[tuple[str, str, str, int, str, str]]:
    """How many live in each area by age band and sex: the baseline that coverage is measured against."""
    rows = []
    for area in AREAS:
        for band, _, _, share, lean in AGE_BANDS:
            both = round(area.inhabitants * (share + lean * area.tilt))
            women = both * 49 // 100 if band != "65+" else both * 53 // 100
            rows += [
                (area.code, band, sex, count, POPULATION_SOURCE, AS_OF)
                for sex, count in (("f", women), ("m", both - women))
            ]
    return rows


def _edges(border: Sequence[str]) -> Iterable[tuple[str, str]]:
    return zip(border, [*border[1:], border[0]], strict=True)


def _stretch(a: str, b: str) -> list[tuple[float, float]]:
    """The winding border between two corners, the same from both sides."""
    first, last = sorted((a, b))
    rng = Random(f"{first}|{last}")
    points = [_CORNERS[first], _CORNERS[last]]
    for _ in range(3):
        bent = [points[0]]
        for (x0, y0), (x1, y1) in pairwise(points):
            sway = rng.uniform(-0.13, 0.13)
            bent.append((round((x0 + x1) / 2 - (y1 - y0) * sway, 5), round((y0 + y1) / 2 + (x1 - x0) * sway / 2, 5)))
            bent.append((x1, y1))
        points = bent
    return points if (a, b) == (first, last) else points[::-1]


def _doubled_surface(ring: Sequence[tuple[float, float]]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))


def _people(count: int, seed: int) -> Iterable[Resident]:
    """`count` residents: three to be played by hand, the others simulated, reached first on each channel in equal parts."""
    by_hand = _played_by_hand()[:count]
    simulated = count - len(by_hand)
    rng = Random(f"{seed}:people")
    firsts = [CHANNELS[i % 3] for i in range(simulated)]
    rng.shuffle(firsts)
    decks = {channel: deal(channel, firsts.count(channel), rng) for channel in CHANNELS}
    phones = count_up(1)
    yield from by_hand
    for number, first in enumerate(firsts, start=1):
        yield _person(number, first, decks[first].pop(), rng, phones)


def _person(number: int, first: str, habit: Habit, rng: Random, phones: Iterator[int]) -> Resident:
    area = rng.choices(AREAS, [a.inhabitants for a in AREAS])[0]
    language = rng.choices(list(area.languages), list(area.languages.values()))[0]
    adult_bands = AGE_BANDS[1:]
    _, youngest, oldest, _, _ = rng.choices(adult_bands, [s + lean * area.tilt for *_, s, lean in adult_bands])[0]
    age = rng.randint(youngest, min(oldest, 94))
    # A second contact comes later in the usual order of channels, so that the habit fits the channel that is used first.
    later = CHANNELS[CHANNELS.index(first) + 1 :]
    second = [channel for channel in later if rng.random() < (0.25 if habit.reach == "alive" else 0.75)]
    return Resident(
        ref=f"SJ-{number:05d}",
        area=area.code,
        language=language,
        birth_year=THIS_YEAR - age,
        sex=rng.choice("fm"),
        contacts={
            channel: address(channel, next(phones) if channel == "sms" else number) for channel in (first, *second)
        },
        groups=tuple(name for name, low, high, share in _GROUPS if low <= age <= high and rng.random() < share),
        habit=_in_language(habit, language, rng),
    )


def _in_language(habit: Habit, language: str, rng: Random) -> Habit:
    """The habit with its language change aimed at another language than the resident's own: mostly Swedish or English."""
    if habit.switches_to is None:
        return habit
    others = [code for code in ("sv", "en", "fi", "ar", "so") if code != language]
    return replace(habit, switches_to=rng.choices(others, [6, 3, 1, 1][: len(others)])[0])


def address(channel: str, number: int) -> str:
    """An address that nobody has.

    Mobile numbers: 070-174 06 05 to 070-174 06 99 are kept free by PTS for fiction. When they have run out, numbers in
    078, a part of the Swedish mobile series that is assigned to no operator. Telegram ids lie far above those given out.
    E-mail uses the reserved top-level domain of RFC 2606.
    """
    if channel == "telegram":
        return str(900_000_000_000 + number)
    if channel == "email":
        return f"resident{number:05d}@post.sjovik.example"
    return f"+4670174{604 + number:04d}" if number <= 95 else f"+4678060{number:04d}"


def _played_by_hand() -> list[Resident]:
    languages = {"telegram": "en", "sms": "sv", "email": "en"}
    return [
        Resident(f"you-{channel}", "SJ01", languages[channel], 1988, "f", {channel: address}, (), Habit(timing="by_hand"))
        for channel, address in (
            ("telegram", "900000000000"), ("sms", "+46780699999"), ("email", "you@post.sjovik.example"),
        )
    ]  # fmt: skip


def _protected() -> list[Resident]:
    return [
        Resident("SJ-90001", "SJ01", "sv", 1979, "f", {"sms": "+46780690001"}),
        Resident("SJ-90002", "SJ03", "ar", 1991, "m", {"email": "resident90002@post.sjovik.example"}),
        Resident("SJ-90003", "SJ04", "fi", 1964, "f", {"telegram": "900000090003"}),
    ]


def _row(resident: Resident, protected: str) -> tuple[str, ...]:
    return (
        resident.ref, resident.area, resident.language, str(resident.birth_year), resident.sex,
        ";".join(resident.groups), protected, SOURCE, "public_task",
        *(resident.contacts.get(channel, "") for channel in CHANNELS),
    )  # fmt: skip


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
