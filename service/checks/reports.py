"""The report on one survey as plain data, and its form for machines. What is found is found by its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from bot.problems import Problem
from bot.readability import Level, Mark

WayName = Literal["shortest", "longest"]


@dataclass(frozen=True, slots=True)
class Length:
    """How many questions a way asks. When not `is_exact`: at least (longest) or at most (shortest) so many."""

    way: WayName
    questions: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """What one whole dialogue costs where messages cost, in one language along one way; what residents write is not counted.

    `price` is in `currency`, None when no price is set. `dearest` names the question whose message has most segments.
    """

    channel: str
    language: str
    way: WayName
    messages: int
    segments: int
    invitation_segments: int
    encoding: str
    price: Decimal | None
    currency: str
    dearest: str
    dearest_segments: int


@dataclass(frozen=True, slots=True)
class CostlyCharacter:
    """A character that makes messages dearer. `replacement` is "" when it can be left out, None when nothing can stand for it."""

    channel: str
    language: str
    character: str
    replacement: str | None
    messages: int
    first_in: str


@dataclass(frozen=True, slots=True)
class Plainness:
    """How plain one language's texts are together. `is_measured`: the bound of a long word was found with parallel texts."""

    language: str
    level: Level
    lix: float
    words_a_sentence: float
    texts: int
    hard: int
    medium: int
    is_measured: bool


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text in which something is hard to read."""

    language: str
    place: str
    text: str
    level: Level
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """How many texts a language has not, of all that another has."""

    language: str
    texts: int
    of: int


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """Everything. `problems` tells errors and warnings with their place; the rest is figures."""

    file: str
    title: str
    languages: tuple[str, ...]
    questions: int
    lengths: tuple[Length, ...] = ()
    costs: tuple[Cost, ...] = ()
    costly: tuple[CostlyCharacter, ...] = ()
    missing: tuple[Missing, ...] = ()
    plainness: tuple[Plainness, ...] = ()
    marked: tuple[MarkedText, ...] = ()
    problems: tuple[Problem, ...] = ()
    campaign: str = ""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the survey from being used."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What should be thought over."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def to_data(self) -> dict[str, Any]:
        """JSON types only; prices as texts, since they are decimal."""
        data: dict[str, Any] = asdict(self)
        return {"is_ok": not self.errors, **_plain(data)}


def refused(file: str, problems: Sequence[Problem]) -> SurveyReport:
    """The report on a survey that cannot be read."""
    return SurveyReport(file, "", (), 0, problems=tuple(problems))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 1)
    return str(value) if isinstance(value, Decimal) else value
