"""Reading areas from GeoJSON (RFC 7946). Figures by area and maps are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import shapely

from bot.problems import InputRefused, Problem
from campaigns.geojson import open_features

MAX_DEPTH = 100
_DEGREES = "use WGS 84 degrees, longitude first (EPSG:4326); SWEREF 99 must be reprojected"


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area; `geometry` is its GeoJSON Polygon or MultiPolygon."""

    code: str
    name: str
    geometry: dict[str, Any] = field(repr=False)


def read_areas(data: bytes | str, filename: str) -> list[AreaRow]:
    """The areas of a FeatureCollection whose features have the properties `code` and `name`. Raises InputRefused."""
    features = open_features(data, filename, "areas")
    problems: list[Problem] = []
    rows: list[AreaRow] = []
    for feature, place in features:
        row, mistakes = _read_feature(feature)
        problems += [Problem(what, remedy, filename, place) for what, remedy in mistakes]
        if row is not None and any(row.code == other.code for other in rows):
            problems.append(Problem("Another feature has the same code.", "give each area its own", filename, place))
        if row is not None:
            rows.append(row)
    if problems:
        raise InputRefused(problems)
    return rows


def _read_feature(feature: Any) -> tuple[AreaRow | None, list[tuple[str, str]]]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, [("This is no Feature.", "write type, properties and geometry")]
    mistakes: list[tuple[str, str]] = []
    properties: dict[str, Any] = feature["properties"] if isinstance(feature.get("properties"), dict) else {}
    words = {}
    for name in ("code", "name"):
        value = properties.get(name)
        words[name] = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
        if not words[name]:
            mistakes.append((f"The property “{name}” is missing.", f"give the area a {name}"))
    geometry: Any = feature.get("geometry")
    mistake = _geometry_mistake(geometry)
    if mistake:
        mistakes.append(mistake)
    if mistakes:
        return None, mistakes
    border = {"type": geometry["type"], "coordinates": geometry["coordinates"]}
    return AreaRow(words["code"], words["name"], border), []


def _geometry_mistake(geometry: Any) -> tuple[str, str] | None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return "The area has no Polygon or MultiPolygon.", "draw its border"
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        return "The border has no coordinates.", "draw it again"
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            return "The border has no rings.", "draw it again"
        for ring in polygon:
            mistake = _ring_mistake(ring)
            if mistake:
                return mistake
    shape = shapely.geometry.shape(geometry)
    if not shape.is_valid:
        return f"The border is not valid: {shapely.is_valid_reason(shape)}.", "draw it so that it does not cross itself"
    return None


def _ring_mistake(ring: Any) -> tuple[str, str] | None:
    if not isinstance(ring, list) or len(ring) < 4:
        return "A ring has fewer than four positions.", "begin and end with the same position"
    for position in ring:
        if not isinstance(position, list) or not 2 <= len(position) <= 3 or not all(map(_is_number, position)):
            return "A position is not two numbers.", "write [longitude, latitude]"
        if abs(position[0]) > 180 or abs(position[1]) > 90:
            return "The coordinates are not degrees.", _DEGREES
    if ring[0] != ring[-1]:
        return "A ring is not closed.", "end it with its first position"
    if len({len(position) for position in ring}) > 1:
        return "Some positions have heights and others not.", "leave the heights out"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9
