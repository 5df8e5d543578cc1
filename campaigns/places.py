"""Reading streets and places by name, from CSV or GeoJSON (RFC 7946): one point for each. Looking them up lives in `bot.understanding`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

import shapely
import shapely.affinity
from shapely.geometry.base import BaseGeometry

from bot.problems import InputRefused, Problem
from campaigns.geojson import open_features
from campaigns.sheets import Complaints, read_rows

MAX_NAME_CHARS = 200
PARTS_APART_DEGREES = (
    0.005  # half a kilometre: pieces of one street lie closer, two villages' streets of one name do not
)
_SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_DEGREES = "use WGS 84 degrees (EPSG:4326); SWEREF 99 must be reprojected"


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place and a point of it, in degrees (WGS 84)."""

    name: str
    latitude: float
    longitude: float


def read_places(data: bytes | str, filename: str) -> list[PlaceRow]:
    """The places of a CSV file (name,latitude,longitude) or a FeatureCollection (property `name`). Raises InputRefused.

    Pieces of one street, as road registers hold them, become one place; streets of one name far apart stay two.
    """
    is_geojson = filename.lower().endswith((".geojson", ".json"))
    return _from_features(data, filename) if is_geojson else _from_rows(data, filename)


def _from_rows(data: bytes | str, filename: str) -> list[PlaceRow]:
    complaints = Complaints(filename)
    rows: dict[PlaceRow, None] = {}
    for number, cells in read_rows(data, complaints, required=("name", "latitude", "longitude")):
        name = cells["name"]
        if not 0 < len(name) <= MAX_NAME_CHARS:
            complaints.error(number, "name", "The name is missing or too long.", "write what people call the place")
        degrees = [_degrees(cells[column], most) for column, most in (("latitude", 90), ("longitude", 180))]
        for column, found in zip(("latitude", "longitude"), degrees, strict=True):
            if found is None:
                complaints.error(number, column, f"The {column} is not in degrees.", _DEGREES)
        latitude, longitude = degrees
        if latitude is not None and longitude is not None:
            rows[PlaceRow(name, latitude, longitude)] = None
    complaints.refuse_if_wrong()
    if not rows:
        raise InputRefused([Problem("The file holds no places.", "add at least one row", filename)])
    return list(rows)


def _degrees(text: str, most: float) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) <= most else None


def _from_features(data: bytes | str, filename: str) -> list[PlaceRow]:
    problems: list[Problem] = []
    shapes: dict[str, list[BaseGeometry]] = {}
    for feature, place in open_features(data, filename, "places"):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        name = str((properties or {}).get("name") or "").strip() if isinstance(properties, dict) else ""
        shape = _shape(feature.get("geometry") if isinstance(feature, dict) else None)
        if not 0 < len(name) <= MAX_NAME_CHARS:
            problems.append(Problem("The property “name” is missing.", "give the place a name", filename, place))
        if shape is None:
            what = "The place has no point, line or border in degrees."
            problems.append(Problem(what, _DEGREES, filename, place))
        if name and shape is not None:
            shapes.setdefault(name, []).append(shape)
    if problems:
        raise InputRefused(problems)
    return [_row(name, together) for name, parts in shapes.items() for together in _clusters(parts)]


def _shape(geometry: Any) -> BaseGeometry | None:
    if not isinstance(geometry, dict) or geometry.get("type") not in _SHAPES:
        return None
    try:
        found = shapely.geometry.shape(geometry)
    except (TypeError, ValueError, IndexError, shapely.GEOSException):
        return None
    west, south, east, north = found.bounds if not found.is_empty else (999, 999, 999, 999)
    return found if west >= -180 and east <= 180 and south >= -90 and north <= 90 else None


def _clusters(parts: Sequence[BaseGeometry]) -> Iterable[list[BaseGeometry]]:
    """Parts that lie close together, as one list each. East and west count for less the farther north they are."""
    shrink = cos(radians(parts[0].centroid.y))
    flat = [shapely.affinity.scale(part, xfact=shrink, origin=(0, 0)) for part in parts]
    waiting = set(range(len(parts)))
    tree = shapely.STRtree(flat)
    while waiting:
        reached, found = [waiting.pop()], []
        while reached:
            at = reached.pop()
            found.append(at)
            near = {int(n) for n in tree.query(flat[at], predicate="dwithin", distance=PARTS_APART_DEGREES)} & waiting
            waiting -= near
            reached.extend(near)
        yield [parts[at] for at in sorted(found)]


def _row(name: str, parts: Sequence[BaseGeometry]) -> PlaceRow:
    point = _point(parts)
    return PlaceRow(name, round(point.y, 6), round(point.x, 6))


def _point(parts: Sequence[BaseGeometry]) -> Any:
    """A point that lies on the place itself: half way along its longest line, inside its largest border, or a point of it."""
    merged = shapely.union_all(parts)
    singles = list(shapely.get_parts(merged))
    if all(part.geom_type == "LineString" for part in singles):
        joined = shapely.get_parts(shapely.line_merge(merged))
        longest = max(joined, key=lambda line: line.length)
        return longest.interpolate(0.5, normalized=True)
    largest = max(singles, key=lambda part: (part.area, part.length))
    return largest.representative_point()
