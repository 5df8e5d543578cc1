"""Lists that lie in files beside a survey (CSV, GeoJSON, XML), taken into the XForm so that it needs no other file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

from lxml import etree

from bot.forms.texts import local
from bot.forms.values import string
from bot.problems import InputRefused, Problem

Attachment = Callable[[str], bytes | None]
"""From a file's bare name to what it holds; None when it is not there."""
Items = list[list[tuple[str, str]]]

_SOURCE = re.compile(r"jr://(?:file|file-csv|instance)/([^/\\]+)")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_MAX_BYTES = 4 * 1024 * 1024
_MAX_ROWS = 20_000
_DELIMITERS = (",", ";", "\t", "|")
_XFORMS = "{http://www.w3.org/2002/xforms}"


def none(name: str) -> bytes | None:
    """No file lies beside the survey."""
    return None


def enclose(xform: str, attachment: Attachment) -> str:
    """The XForm with every list that it reads from a file put in its place. Raises `InputRefused` with the file and row of
    each mistake; its place names the file."""
    if "src=" not in xform:
        return xform
    root = etree.fromstring(xform.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    problems: list[Problem] = []
    for instance in [e for e in root.iter(f"{_XFORMS}instance") if e.get("src") is not None]:
        try:
            _fill(instance, attachment)
        except InputRefused as refused:
            problems += refused.problems
    if problems:
        raise InputRefused(problems)
    return etree.tostring(root, encoding="unicode")


def _fill(instance: Any, attachment: Attachment) -> None:
    source = str(instance.get("src"))
    match = _SOURCE.fullmatch(source)
    if match is None or match[1] == "last-saved":
        raise InputRefused([Problem(f"the list “{source}” cannot be read", "name a file beside the survey")])
    name = match[1]
    data = attachment(name)
    if data is None:
        raise InputRefused(
            [Problem(f"the file {name} is not there", f"put {name} beside the survey", place=f"file {name}")]
        )
    if len(data) > _MAX_BYTES:
        raise InputRefused(
            [Problem(f"{name} is larger than 4 MB", "leave out what is not needed", place=f"file {name}")]
        )
    kind = name.rpartition(".")[2].lower()
    del instance.attrib["src"]
    for child in list(instance):
        instance.remove(child)
    if kind == "xml":
        instance.append(_xml(data, name))
        return
    items = _geojson(data, name) if kind == "geojson" else _csv(data, name)
    if len(items) > _MAX_ROWS:
        raise InputRefused([Problem(f"{name} has more than {_MAX_ROWS} rows", "shorten it", place=f"file {name}")])
    around = etree.SubElement(instance, f"{_XFORMS}root")
    for item in items:
        row = etree.SubElement(around, f"{_XFORMS}item")
        for column, value in item:
            etree.SubElement(row, f"{_XFORMS}{column}").text = value


def _text(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused([Problem("the text is not in UTF-8", "save it as UTF-8", place=f"file {name}")]) from None
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text):
        raise InputRefused([Problem("the text holds control characters", "remove them", place=f"file {name}")])
    return text


# --- CSV, as ODK reads it: the delimiter is guessed from the header


def _csv(data: bytes, name: str) -> Items:
    text = _text(data, name).rstrip("\r\n")
    header = next(iter(text.splitlines()), "")
    delimiter = max(_DELIMITERS, key=lambda mark: (len(next(csv.reader([header], delimiter=mark), [])), mark == ","))
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        told = f"the row cannot be read: {error}"
        raise InputRefused(
            [Problem(told, "save it as CSV again", place=f"file {name}, row {reader.line_num}")]
        ) from None
    columns = rows[0] if rows else []
    problems = [*_strange_columns(columns, name), *_strange_rows(columns, rows, name)]
    if problems:
        raise InputRefused(problems)
    return [list(zip(columns, [*row, *[""] * len(columns)], strict=False)) for row in rows[1:]]


def _strange_columns(columns: list[str], name: str) -> Iterator[Problem]:
    if not columns:
        yield Problem("the file is empty", "write the names of the columns in the first row", place=f"file {name}")
    for at, column in enumerate(columns, start=1):
        if not _NAME.fullmatch(column):
            yield Problem(
                f"“{column}” cannot name a column", "write letters, digits, _ . - and a letter first", place=f"file {name}, row 1, column {at}"
            )  # fmt: skip


def _strange_rows(columns: list[str], rows: list[list[str]], name: str) -> Iterator[Problem]:
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            yield Problem("the row is empty", "remove it", place=f"file {name}, row {number}")
        elif len(row) > len(columns) and any(row[len(columns) :]):
            told = f"the row has {len(row)} cells, and the header {len(columns)}"
            yield Problem(told, "put texts with commas into quotation marks", place=f"file {name}, row {number}")


# --- GeoJSON, as ODK reads it: points, lines and plain polygons


def _geojson(data: bytes, name: str) -> Items:
    try:
        held = json.loads(_text(data, name))
    except json.JSONDecodeError as error:
        place = f"file {name}, line {error.lineno}, column {error.colno}"
        raise InputRefused([Problem("the file is no JSON", "save it as GeoJSON", place=place)]) from None
    features = held.get("features") if isinstance(held, dict) and held.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise InputRefused(
            [Problem("the file is no GeoJSON FeatureCollection", "save it as GeoJSON", place=f"file {name}")]
        )
    items, problems = [], []
    for number, feature in enumerate(features, start=1):
        try:
            items.append(_item(feature))
        except (KeyError, TypeError, ValueError, IndexError):
            told = "the feature is no point, line or plain polygon with longitude, latitude and properties"
            problems.append(Problem(told, "leave it out or mend it", place=f"file {name}, feature {number}"))
    if problems:
        raise InputRefused(problems)
    return items


def _item(feature: dict[str, Any]) -> list[tuple[str, str]]:
    geometry, properties = feature["geometry"], dict(feature["properties"] or {})
    corners: list[Any] = geometry["coordinates"]
    if geometry["type"] == "Point":
        corners = [corners]
    elif geometry["type"] == "Polygon":
        (corners,) = corners or [[]]
    elif geometry["type"] != "LineString":
        raise ValueError(geometry["type"])
    if feature["type"] != "Feature":
        raise ValueError(feature["type"])
    places = [f"{_written(latitude)} {_written(longitude)} 0 0" for longitude, latitude in corners]
    found = [("geometry", "; ".join(places))]
    own = properties.pop("id", None)
    identity = feature.get("id", own)
    if identity is not None:
        found.append(("id", _written(identity)))
    found += [(column, _written(value)) for column, value in properties.items()]
    if not all(_NAME.fullmatch(column) for column, _ in found):
        raise ValueError("a property's name")
    return found


def _written(value: Any) -> str:
    """A JSON value as ODK writes it (ECMAScript's String())."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return string(float(value))
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    raise TypeError(type(value).__name__)


# --- XML


def _xml(data: bytes, name: str) -> Any:
    problem = Problem("the file is no well-formed XML", "save it again", place=f"file {name}")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InputRefused(
            [Problem("the file declares a document type", "leave the DOCTYPE out", place=f"file {name}")]
        )
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    except etree.XMLSyntaxError:
        raise InputRefused([problem]) from None
    for element in root.iter():
        if local(element):
            element.tag = f"{_XFORMS}{local(element)}"
    return root
