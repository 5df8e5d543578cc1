"""A GeoJSON FeatureCollection (RFC 7946) as features that know their line. What a feature may be is left to each reader."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.problems import InputRefused, Problem
from campaigns.decoding import decode

_BLANK = re.compile(r"[ \t\r\n]*")


def open_features(data: bytes | str, filename: str, what: str) -> list[tuple[Any, str]]:
    """Each feature with its place in the file; `what` names them in the plural. Raises InputRefused when there are none."""
    text = decode(data, filename)
    collection = _parse(text, filename)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        raise InputRefused([Problem("This is no FeatureCollection.", f"export the {what} as GeoJSON", filename)])
    if not features:
        raise InputRefused([Problem(f"The file holds no {what}.", "add at least one feature", filename)])
    lines = _lines_of_features(text, len(features))
    return [(f, f"feature {index}, line {line}") for index, (f, line) in enumerate(zip(features, lines, strict=True))]


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
