"""Transcripts as people write them: reading the YAML files, and writing what was recorded back without touching anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

FOLDER = Path(__file__).parent
SURVEYS = FOLDER / "surveys"
HERE = ZoneInfo("Europe/Stockholm")
CHANNELS = ("telegram", "sms", "email", "web", "terminal")
START = datetime(2027, 3, 1, 10, 0, tzinfo=HERE)  # a Monday
MOVES = (
    "receive", "begin", "say", "press", "tick", "rank", "share", "edit", "wait", "open", "away", "invite", "close", "stop_link",
)  # fmt: skip
BESIDE = {"on", "of", "as", "program", "events", "texts"}
HEAD = {
    "rule", "about", "language", "channel", "channels", "survey", "places", "start", "closes", "needs_service", "people",
    "turns", "answers", "app_language",
}  # fmt: skip
UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}


class Unreadable(Exception):
    """A transcript is not written as transcripts are. The message says where and what to write instead."""


@dataclass(frozen=True)
class Turn:
    """What was done (`move` and its `value`), and what is expected of it. None: not written down yet.

    `on` is another channel than the transcript's own, `of` the turn whose message is pressed, `who` the person who does it.
    """

    place: int
    move: str
    value: Any
    events: tuple[str, ...] | None
    texts: tuple[str, ...] | None
    on: str = ""
    of: int | None = None
    who: str = ""
    program: str = ""

    @property
    def span(self) -> timedelta:
        """How long is waited: "3 days"."""
        number, unit = self.value.split()
        return timedelta(seconds=float(number) * UNITS[unit.rstrip("s")])


@dataclass(frozen=True)
class Script:
    """One transcript. `channels` are those over whose wire it can pass; its texts are those of `channel`."""

    path: Path
    rules: tuple[str, ...]
    about: str
    language: str
    channel: str
    channels: tuple[str, ...]
    survey: str
    turns: tuple[Turn, ...]
    start: datetime
    places: tuple[tuple[str, float, float], ...] = ()
    closes: timedelta = timedelta(days=90)
    needs_service: bool = False
    people: tuple[Mapping[str, Any], ...] = ()
    answers: Mapping[str, str] | None = None
    app_language: str = ""

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"


def paths() -> list[Path]:
    """Every transcript, in the order of its name."""
    return sorted(FOLDER.glob("*/*.yaml"))


@cache
def script(path: Path) -> Script:
    """Read one transcript. Raises `Unreadable`."""
    try:
        return _script(path, yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506 - words alone
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise Unreadable(f"{path.relative_to(FOLDER)}: {error!r}") from error


def scripts() -> Iterator[Script]:
    """Every transcript, read."""
    return map(script, paths())


def _script(path: Path, data: dict[str, Any]) -> Script:
    unknown = set(data) - HEAD
    if unknown:
        raise ValueError(f"nothing is called {', '.join(sorted(unknown))}")
    rules = data["rule"] if isinstance(data["rule"], list) else [data["rule"]]
    places = data.get("places", {})
    own = data["channel"]
    return Script(
        path=path,
        rules=tuple(rules),
        about=data["about"],
        language=data["language"],
        channel=own,
        channels=tuple(data.get("channels", (own,) if data.get("needs_service") else CHANNELS)),
        survey=data["survey"],
        turns=tuple(_turn(place, turn) for place, turn in enumerate(data["turns"], start=1)),
        start=datetime.fromisoformat(data["start"]).replace(tzinfo=HERE) if "start" in data else START,
        places=tuple((name, float(at[0]), float(at[1])) for name, at in places.items()),
        closes=Turn(0, "wait", data.get("closes", "90 days"), None, None).span,
        needs_service=data.get("needs_service") == "yes",
        people=tuple(data.get("people", ())),
        answers=data.get("answers"),
        app_language=data.get("app_language", ""),
    )


def _turn(place: int, data: dict[str, Any]) -> Turn:
    moves = [move for move in MOVES if move in data]
    if len(moves) != 1 or set(data) - BESIDE - set(moves):
        raise ValueError(f"turn {place}: write one of {', '.join(MOVES)}, and beside it {', '.join(sorted(BESIDE))}")
    events = data.get("events")
    if isinstance(events, str):
        events = [part.strip() for part in events.split(";") if part.strip()]
    texts = data.get("texts")
    return Turn(
        place=place,
        move=moves[0],
        value=data[moves[0]],
        events=None if events is None else tuple(events),
        texts=None if texts is None else tuple(text.rstrip("\n") for text in texts),
        on=data.get("on", ""),
        of=int(data["of"]) if "of" in data else None,
        who=data.get("as", ""),
        program=data.get("program", ""),
    )


# --- recording


@dataclass
class Recorded:
    """What a turn led to when it was recorded. None stays as it is written."""

    texts: Sequence[str] | None = None
    events: Sequence[str] | None = field(default=None)


def record(path: Path, turns: Sequence[Recorded]) -> None:
    """Write the texts of each turn into the file, and its events where none are written; every other line stays as it is."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    root = yaml.compose(source)
    assert isinstance(root, yaml.MappingNode)
    place = next(place for place, (key, _) in enumerate(root.value) if key.value == "turns")
    written = root.value[place][1].value
    after = root.value[place + 1][0].start_mark.line if place + 1 < len(root.value) else len(lines)
    ends = [*(node.start_mark.line for node in written[1:]), after]
    for node, end, recorded in reversed(list(zip(written, ends, turns, strict=True))):
        lines = _rewritten(lines, node, _trimmed(lines, end), recorded)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script.cache_clear()


def _trimmed(lines: Sequence[str], end: int) -> int:
    """The end without the blank lines and remarks that belong to what follows."""
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _rewritten(lines: list[str], node: yaml.MappingNode, end: int, recorded: Recorded) -> list[str]:
    indent = " " * node.start_mark.column
    starts = [key.start_mark.line for key, _ in node.value]
    parts = zip((key.value for key, _ in node.value), starts, [*starts[1:], end], strict=True)
    blocks = [(name, lines[start:stop]) for name, start, stop in parts]
    has_events = any(name == "events" for name, _ in blocks)
    kept = [block for name, block in blocks if not (name == "texts" and recorded.texts is not None)]
    rows = [line for block in kept for line in block]
    rows += _block(indent, "events", None if has_events else recorded.events)
    rows += _block(indent, "texts", recorded.texts)
    return [*lines[: starts[0]], *rows, *lines[end:]]


def _block(indent: str, name: str, items: Sequence[str] | None) -> list[str]:
    if items is None:
        return []
    if not items:
        return [f"{indent}{name}: []"]
    rows = [f"{indent}{name}:"]
    for item in items:
        if name == "texts":
            rows.append(f"{indent}  - |-")
            rows += [f"{indent}    {line}".rstrip() for line in item.splitlines()]
        else:
            rows.append(f"{indent}  - {_plain(item)}")
    return rows


def _plain(text: str) -> str:
    """A scalar as YAML writes it, quoted only where it has to be."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).splitlines()[0]
