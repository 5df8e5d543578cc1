"""Distance and area of geopoints, in metres on a sphere, as ODK defines them. Maps and areas of campaigns live elsewhere."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

_RADIUS_METRES = 6378100.0
Point = tuple[float, float]


def points(texts: Sequence[str]) -> list[Point] | None:
    """(latitude, longitude) of each point in geopoint, geotrace or geoshape texts; None when one is none."""
    found: list[Point] = []
    for text in texts:
        for part in text.strip().strip(";").split(";"):
            point = parse_point(part)
            if point is None:
                return None
            found.append(point)
    return found


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


def distance(*texts: Sequence[str]) -> float:
    """Metres along the points, in their order, to the centimetre; NaN without two valid points."""
    line = points([text for part in texts for text in part])
    if line is None or len(line) < 2:
        return math.nan
    return round(math.fsum(_apart(a, b) for a, b in itertools.pairwise(line)), 2)


def _apart(a: Point, b: Point) -> float:
    """Haversine: the great-circle distance of two points."""
    lat_a, lat_b = math.radians(a[0]), math.radians(b[0])
    turn = math.radians(b[1] - a[1])
    chord = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(turn / 2) ** 2
    return 2 * _RADIUS_METRES * math.asin(math.sqrt(min(1.0, chord)))


def area(texts: Sequence[str]) -> float:
    """Square metres inside the points, to two decimals; 0 with fewer than three, NaN when one is no point."""
    ring = points(texts)
    if ring is None:
        return math.nan
    if len(ring) < 3:
        return 0.0
    if ring[0] != ring[-1]:
        ring = [*ring, ring[0]]
    total = 0.0
    for (lat_a, lon_a), (lat_b, lon_b) in itertools.pairwise(ring):
        wedge = 2 + math.sin(math.radians(lat_a)) + math.sin(math.radians(lat_b))
        total += math.radians(lon_b - lon_a) * wedge
    return round(abs(total * _RADIUS_METRES**2 / 2), 2)


def is_inside(place: str, shape: str) -> bool:
    """Whether a geopoint lies inside a geoshape; false when either is none."""
    point, ring = parse_point(place), points([shape]) if shape else None
    if point is None or ring is None or len(ring) < 3:
        return False
    latitude, longitude = point
    inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in itertools.pairwise([*ring, ring[0]]):
        if (lat_a > latitude) != (lat_b > latitude):
            crossing = lon_a + (latitude - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
            inside ^= longitude < crossing
    return inside
