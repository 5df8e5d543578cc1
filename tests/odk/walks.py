"""Walks through a form by ours and by ODK's own engine, and what differs between them. Which forms are walked stands in the tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.forms import Form, walking
from bot.problems import InputRefused
from bot.xlsform import read_xlsform
from service.commands.walks import text_of

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "var" / "odk"
PINNED = ("package.json", "package-lock.json", ".npmrc")
CHANCE = ("/meta/instanceID",)
NOW = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)


class NoEngine(Exception):
    """ODK's engine cannot be had here; says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One walk: a survey in Markdown, the steps to take, and the files that lie beside it."""

    name: str
    survey: str
    answers: list[list[Any]]
    files: dict[str, str] = field(default_factory=dict)


def from_file(path: Path) -> Case:
    """A survey whose answers stand in its own JSON block, files in blocks with their names."""
    survey, blocks = path.read_text(), {}
    for part in survey.split("```")[1::2]:
        name, _, body = part.partition("\n")
        blocks[name.strip()] = body
    tables = "".join(survey.split("```")[0::2])
    answers = json.loads(blocks.pop("json"))
    return Case(path.stem, tables, answers, blocks)


def ours(case: Case, zone: str = "UTC") -> list[dict[str, Any]]:
    """Our states: at first and after each step, in a time zone. Raises `InputRefused`."""
    attachments = {name: text.encode() for name, text in case.files.items()}
    read = read_xlsform(case.survey.encode(), "survey.md", attachments.get)
    here = ZoneInfo(zone)
    entry = Form.load(read.xform, zone=here).new(now=NOW.astimezone(here), is_verbatim=True)
    lines = [_told(entry)]
    for path, value in case.answers:
        with suppress(KeyError):  # the engine has no such place either, and stays where it was
            walking.take(entry, path, text_of(value))
        lines.append(_told(entry))
    return lines


def _told(entry: Any) -> dict[str, Any]:
    columns = ("relevant", "required", "valid", "value", "label")
    return {
        "state": {path: {key: node[key] for key in columns} for path, node in walking.state(entry).items()},
        "choices": {path: [list(row) for row in rows] for path, rows in walking.choices(entry).items()},
    }


def engine(cases: Iterable[Case], zone: str = "UTC") -> Iterator[tuple[Case, dict[str, Any]]]:
    """What ODK's engine says of each walk: {"lines": …} or {"error": …}. Raises `NoEngine`."""
    cases = list(cases)
    walks = []
    for case in cases:
        attachments = {name: text.encode() for name, text in case.files.items()}
        xform = read_xlsform(case.survey.encode(), "survey.md", attachments.get).source
        walks.append({"xform": xform, "answers": case.answers, "files": case.files})
    return iter(list(zip(cases, asked(walks, zone), strict=True)))


def asked(walks: list[dict[str, Any]], zone: str = "UTC") -> list[dict[str, Any]]:
    """The engine's answer to each walk: an XForm with `answers` and `files`. Raises `NoEngine`."""
    home = installed()
    lines = "".join(json.dumps({**walk, "now": NOW.isoformat()}) + "\n" for walk in walks)
    ran = subprocess.run(
        ["node", "engine.mjs"], cwd=home, input=lines, capture_output=True, text=True, timeout=900, env={**os.environ, "TZ": zone}
    )  # fmt: skip
    said = ran.stdout.splitlines()
    if ran.returncode or len(said) != len(walks):
        raise RuntimeError(f"the engine gave up after {len(said)} of {len(walks)} walks: {ran.stderr[-2000:]}")
    return [json.loads(line) for line in said]


def installed() -> Path:
    """The folder with the pinned engine, installed now if need be. Raises `NoEngine`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NoEngine("node and npm are not installed, so ODK's engine cannot be asked")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in version.lstrip("v").split(".")[:2]) < (20, 19):
        raise NoEngine(f"ODK's engine needs Node 20.19 or later, and this is {version}")
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "engine.mjs", CACHE / "engine.mjs")
    if all((CACHE / name).exists() and (CACHE / name).read_text() == (HERE / name).read_text() for name in PINNED):
        return CACHE
    for name in PINNED[1:]:
        shutil.copy(HERE / name, CACHE / name)
    (CACHE / "package.json").write_text((HERE / "package.json").read_text())
    ran = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=CACHE, capture_output=True, text=True)
    if ran.returncode:
        (CACHE / "package.json").unlink()
        raise NoEngine(f"npm cannot install ODK's engine: {ran.stderr[-300:]}")
    return CACHE


def differences(mine: list[dict[str, Any]], theirs: list[dict[str, Any]], answers: list[list[Any]]) -> list[str]:
    """Every difference of two walks in words, step by step; chance (instance ids) aside."""
    found = []
    for step, (one, other) in enumerate(zip(mine, theirs, strict=True)):
        after = answers[step - 1] if step else None
        for what in ("state", "choices"):
            a, b = one[what], other[what]
            for path in sorted({*a, *b}):
                if path.endswith(CHANCE) or a.get(path) == b.get(path):
                    continue
                found.append(f"after {after}: {path} {what}: ours {_only(a, b, path)}, theirs {_only(b, a, path)}")
    return found


def _only(one: dict[str, Any], other: dict[str, Any], path: str) -> Any:
    """The part of a node that differs."""
    here, there = one.get(path), other.get(path)
    if isinstance(here, dict) and isinstance(there, dict):
        return {key: value for key, value in here.items() if there.get(key) != value}
    return here


def refused_by_us(case: Case) -> str:
    """Why we refuse the form, or ""."""
    try:
        ours(case)
    except InputRefused as refused:
        return str(refused)
    return ""
