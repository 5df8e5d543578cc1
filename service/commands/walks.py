"""Walking a survey with given answers, so that its every step can be compared with ODK's own engine. What a step does lives in `bot.forms`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import typer

from bot.forms import Entry, Form, walking
from bot.forms.values import string
from bot.problems import InputRefused, Problem
from service.commands.reading import read_survey

_COLUMNS = ("relevant", "required", "valid", "value", "label")
_STEPS = ("@lang", "@repeat", "@remove")
Answer = tuple[str, Any]


def walk(path: Path, answers: Path) -> None:
    """Print the state at first and after each answer; answers "-" are read from standard input. Raises `InputRefused` for a survey
    or answers that cannot be used."""
    data, name = _read(answers)
    zone = local_zone()
    form = Form.load(read_survey(path).xform, zone=zone)
    lines, notes = walked(form, read_answers(data, name), name, datetime.now(zone))
    for note in notes:
        typer.echo(f"Note: {note}", err=True)
    for line in lines:
        typer.echo(orjson.dumps(line).decode())


def _read(answers: Path) -> tuple[bytes, str]:
    if answers == Path("-"):
        return sys.stdin.buffer.read(), "standard input"
    try:
        return answers.read_bytes(), answers.name
    except OSError as error:
        what = f"the answers cannot be read: {error.strerror}"
        raise InputRefused([Problem(what, "name a file, or - for standard input", str(answers))]) from None


def local_zone() -> tzinfo:
    """This machine's time zone with its summer time, as Node takes it: TZ, or what /etc/localtime stands for."""
    linked = str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", ""), linked):
        with suppress(ValueError, ZoneInfoNotFoundError, OSError):
            return ZoneInfo(name)
    return datetime.now().astimezone().tzinfo or UTC


def walked(
    form: Form, answers: list[Answer], filename: str, now: datetime
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """One line for the beginning and for each answer, and notes on answers that changed nothing."""
    entry = form.new(now=now, is_verbatim=True)
    lines, notes = [_line(entry, None)], []
    for at, (path, value) in enumerate(answers, start=1):
        try:
            is_taken = walking.take(entry, path, text_of(value))
        except KeyError:
            raise InputRefused([_unknown(form, path, value, filename, f"answer {at}")]) from None
        if not is_taken:
            notes.append(
                Problem(
                    f"{path} takes no such answer now", "the state stays as it was", filename, f"answer {at}", "warning"
                )
            )
        lines.append(_line(entry, [path, value]))
    return lines, notes


def _line(entry: Entry, after: list[Any] | None) -> dict[str, Any]:
    state = {path: {key: node[key] for key in _COLUMNS} for path, node in walking.state(entry).items()}
    return {"after": after, "state": state}


def _unknown(form: Form, path: str, value: Any, filename: str, place: str) -> Problem:
    if path == "@lang":
        known = ", ".join(f"“{language}”" for language in form.languages)
        return Problem(f"the form has no language “{value}”", f"write one of: {known}", filename, place)
    if path == "@repeat":
        return Problem(
            f"there is no repeat {value}", "write the path of a repeat, such as /data/child", filename, place
        )
    if path == "@remove":
        remedy = "write the path of an instance that is there, such as /data/child[2]"
        return Problem(f"there is no instance {value}", remedy, filename, place)
    remedy = 'write a path such as /data/age or /data/child[1]/age; an instance must be added first: ["@repeat", "/data/child"]'
    near = get_close_matches(path, list(form.nodes), n=1)
    return Problem(
        f"there is no question {path} now" + (f"; the closest is {near[0]}" if near else ""), remedy, filename, place
    )


def read_answers(data: bytes, filename: str) -> list[Answer]:
    """The answers of a JSON list of [path, value]. Raises `InputRefused` with the place of each mistake."""
    remedy = 'write a JSON list of [path, value], such as [["/data/age", "42"], ["/data/parks", ["a", "b"]]]'
    try:
        rows = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputRefused([Problem("the file is no JSON", remedy, filename, place)]) from None
    if not isinstance(rows, list):
        raise InputRefused([Problem("the file holds no list", remedy, filename)])
    problems = [
        Problem(what, remedy, filename, f"answer {at}") for at, row in enumerate(rows, start=1) if (what := _wrong(row))
    ]
    if problems:
        raise InputRefused(problems)
    return [(row[0], row[1]) for row in rows]


def _wrong(row: Any) -> str:
    if not isinstance(row, list) or len(row) != 2:
        return "this is no pair of path and value"
    path, value = row
    if not isinstance(path, str) or not (path.startswith("/") or path in _STEPS):
        return "the path is no path: it begins with /, or is @lang, @repeat or @remove"
    if path in _STEPS and not isinstance(value, str):
        return f"{path} takes one text"
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, list | dict) for part in parts):
        return "the value is neither a text, a number, true, false, null, nor a list of texts"
    return ""


def text_of(value: Any) -> str:
    """A JSON value as the text that a form stores: a list is several choices."""
    if isinstance(value, list):
        return " ".join(text_of(part) for part in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return string(float(value)) if isinstance(value, float) else str(value)
