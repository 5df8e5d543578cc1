"""The survey that is measured, and the answers that are given to it: the same walks for everybody."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.forms import Entry, Form
from bot.xlsform import read_xlsform

NOW = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)
SURVEY = Path(__file__).with_name("survey.md")
Walk = list[tuple[str, str]]


@cache
def xform() -> str:
    """The survey as an XForm, made by pyxform."""
    return read_xlsform(SURVEY.read_bytes(), SURVEY.name).xform


@cache
def form() -> Form:
    return Form.load(xform())


def walks(count: int, seed: int = 1) -> list[Walk]:
    """What `count` residents answer, question by question, all of it allowed."""
    rng = random.Random(seed)
    return [_walk(form().new(now=NOW), rng) for _ in range(count)]


def _walk(entry: Entry, rng: random.Random) -> Walk:
    walk: Walk = []
    answered: set[str] = set()
    while step := next((s for s in entry.steps() if s.path not in answered and s.question.type != "note"), None):
        answered.add(step.path)
        value = _answer(entry, step.path, step.question.type, rng)
        assert entry.set(step.path, value).ok, step.path
        walk.append((step.path, value))
    return walk


def _answer(entry: Entry, path: str, kind: str, rng: random.Random) -> str:
    match kind:
        case "integer":
            return str(rng.choice((13, 14, 19, 20)) if path.endswith("age") else rng.randrange(0, 16))
        case "decimal":
            return f"{rng.randrange(0, 90)}.5"
        case "text":
            return "More light by the lake, and benches."
    values = [choice.value for choice in entry.choices(path, entry.language)]
    chosen = rng.sample(values, rng.randrange(1, 4) if kind == "select_multiple" else 1)
    return " ".join(value for value in values if value in chosen)
