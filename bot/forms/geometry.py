"""Distance and area of geopoints, in metres on a sphere, as ODK's engine computes them. Maps and areas of campaigns live elsewhere."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence

from bot.forms.trigonometry import acos, cos, sin
from bot.forms.values import decimal_text, numeral

_RADIUS_METRES = 6378100.0
Point = tuple[float, float]


def parse_point(text: str) -> Point | None:
    """(latitude, longitude) from "57.9 12.1 0 0"; altitude and accuracy may be left out."""
    try:
        numbers = [float(part) for part in text.split()]
    except ValueError:
        return None
    if not 2 <= len(numbers) <= 4 or not all(math.isfinite(n) for n in numbers):
        return None
    latitude, longitude = numbers[:2]
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def point_text(text: str) -> str:
    """A geopoint as ODK's engine stores it: two to four numbers with decimals; "" for what is none, and for 0 0."""
    if not text.strip():
        return ""
    numbers = [numeral(part) for part in text.split()]
    if len(numbers) < 2 or any(number != number or math.isinf(number) for number in numbers[:4]):
        return ""
    latitude, longitude = numbers[:2]
    if abs(latitude) > 90 or abs(longitude) > 180 or latitude == longitude == 0:
        return ""
    return " ".join(decimal_text(number) for number in numbers[:4])


def _points(texts: Sequence[str]) -> list[Point]:
    """The points of several geopoint texts, or of one geotrace or geoshape; none when one of them is no point."""
    parts = list(texts)
    if len(parts) == 1:
        parts = re.split(r"\s*;\s*", re.sub(r"(\s*;)+$", "", parts[0].strip()))
    found = [_point(part) for part in parts]
    kept = [point for point in found if point is not None]
    return kept if len(kept) == len(found) >= 2 else []


def _point(text: str) -> Point | None:
    parts = re.split(r"\s+", text)
    if not 2 <= len(parts) <= 4:
        return None
    latitude, longitude = (numeral(part) for part in parts[:2])
    return None if abs(latitude) > 90 or abs(longitude) > 180 else (latitude, longitude)


def distance(*texts: Sequence[str]) -> float:
    """Metres along the points, in their order, to the centimetre; NaN without two valid points."""
    line = _points([text for part in texts for text in part])
    return _to_centimetres(sum(_apart(a, b) for a, b in itertools.pairwise(line))) if line else math.nan


def _apart(a: Point, b: Point) -> float:
    """The great-circle distance of two points by the law of cosines; NaN where rounding leaves its domain."""
    lat_a, lat_b = a[0] * math.pi / 180, b[0] * math.pi / 180
    turn = (a[1] - b[1]) * math.pi / 180
    cosine = sin(lat_a) * sin(lat_b) + cos(lat_a) * cos(lat_b) * cos(turn)
    return acos(cosine) * _RADIUS_METRES if -1 <= cosine <= 1 else math.nan


def area(texts: Sequence[str]) -> float:
    """Square metres inside the points, to two decimals; 0 with fewer than three, and where one is no point."""
    ring = _points(texts)
    if len(ring) < 3:
        return 0.0
    if ring[0] != ring[-1]:
        ring = [*ring, ring[0]]
    total = 0.0
    for (lat_a, lon_a), (lat_b, lon_b) in itertools.pairwise(ring):
        wedge = 2 + sin(lat_b * math.pi / 180) + sin(lat_a * math.pi / 180)
        total += (lon_b - lon_a) * math.pi / 180 * wedge
    return abs(_to_centimetres(total * _RADIUS_METRES * _RADIUS_METRES / 2))


def _to_centimetres(value: float) -> float:
    return math.floor(value * 100 + 0.5) / 100 if math.isfinite(value) else value


def is_inside(place: Sequence[str], shape: Sequence[str]) -> bool:
    """Whether a geopoint lies inside a closed geoshape; false when either is none."""
    point = _point(place[0]) if place and place[0] else None
    ring = _points([shape[0]]) if shape and shape[0] else []
    if point is None or not ring or ring[0] != ring[-1]:
        return False
    latitude, longitude = point
    inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in itertools.pairwise(ring):
        if (lat_b > latitude) != (lat_a > latitude):
            crossing = (lon_a - lon_b) * (latitude - lat_b) / (lat_a - lat_b) + lon_b
            inside ^= longitude < crossing
    return inside
