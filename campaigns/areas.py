"""Reading areas from GeoJSON (RFC 7946). Figures by area and maps are made elsewhere."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import shapely

from bot.problems import InputRefused, Problem
from campaigns.decoding import decode

MAX_DEPTH = 100
_BLANK = re.compile(r"[ \t\r\n]*")
_DEGREES = "use WGS 84 degrees, longitude first (EPSG:4326); SWEREF 99 must be reprojected"


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area; `geometry` is its GeoJSON Polygon or MultiPolygon."""

    code: str
    name: str
    geometry: dict[str, Any] = field(repr=False)


def read_areas(data: bytes | str, filename: str) -> list[AreaRow]:
    """The areas of a FeatureCollection whose features have the properties `code` and `name`. Raises InputRefused."""
    text = decode(data, filename)
    collection = _parse(text, filename)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        raise InputRefused([Problem("This is no FeatureCollection.", "export the areas as GeoJSON", filename)])
    if not features:
        raise InputRefused([Problem("The file holds no areas.", "add at least one feature", filename)])
    problems: list[Problem] = []
    rows: list[AreaRow] = []
    for index, (feature, line) in enumerate(zip(features, _lines_of_features(text, len(features)), strict=True)):
        place = f"feature {index}, line {line}"
        row, mistakes = _read_feature(feature)
        problems += [Problem(what, remedy, filename, place) for what, remedy in mistakes]
        if row is not None and any(row.code == other.code for other in rows):
            problems.append(Problem("Another feature has the same code.", "give each area its own", filename, place))
        if row is not None:
            rows.append(row)
    if problems:
        raise InputRefused(problems)
    return rows


def _parse(text: str, filename: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        remedy = "mend the comma, bracket or quote there"
        raise InputRefused([Problem(f"This is not JSON: {error.msg}.", remedy, filename, place)]) from None
    except ValueError:
        what = "The file holds a number that is none."
        raise InputRefused([Problem(what, "write coordinates as plain decimals", filename)]) from None
    except RecursionError:
        raise InputRefused([Problem("The file is nested too deeply.", "export it again", filename)]) from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _lines_of_features(text: str, count: int) -> list[int]:
    """The line on which each feature begins. The text is known to be a JSON object with that many features."""
    decoder = json.JSONDecoder()
    starts: list[int] = []
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if key == "features" and text[at] == "[":
            starts = []
            at = _skip(text, at + 1)
            while text[at] != "]":
                starts.append(at)
                _, at = decoder.raw_decode(text, at)
                at = _skip(text, at)
                at = _skip(text, at + 1) if text[at] == "," else at
            at += 1
        else:
            _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at
    lines, line, last = [], 1, 0
    for start in starts[:count]:
        line += text.count("\n", last, start)
        last = start
        lines.append(line)
    return lines


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


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
