"""What a benchmark gives, and how it is measured beside its reference. What is measured lives in the modules beside this one."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import perf_counter

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement beside its reference.

    `ratio` says how many times better the value is than the reference: for times and sizes the reference divided by the
    value, for rates the value divided by the reference. `least` is the ratio that is promised, `most` the value that is.
    """

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    least: float | None = None
    most: float | None = None
    is_rate: bool = False

    @property
    def ratio(self) -> float:
        over, under = (self.value, self.reference_value) if self.is_rate else (self.reference_value, self.value)
        return over / under if under else float("inf")

    @property
    def is_kept(self) -> bool:
        """Whether what is promised of it holds."""
        return (self.least is None or self.ratio >= self.least) and (self.most is None or self.value <= self.most)

    @property
    def promise(self) -> str:
        parts = [
            f"≥ {self.least:g}×" if self.least is not None else "",
            f"≤ {self.most:g}" if self.most is not None else "",
        ]
        return ", ".join(part for part in parts if part)

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "value": _short(self.value),
                "unit": self.unit,
                "reference": self.reference,
                "reference_value": _short(self.reference_value),
                "ratio": _short(self.ratio),
            },
            ensure_ascii=False,
        )


def measure(module: str) -> list[Figure]:
    """The figures of one benchmark, by its module's name."""
    figures: Callable[[], Iterable[Figure]] = import_module(module).figures
    return list(figures())


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes, with the garbage of earlier work out of the way."""
    gc.collect()
    gc.disable()
    try:
        begun = perf_counter()
        work()
        return perf_counter() - begun
    finally:
        gc.enable()


def beside(ours: Callable[[], object], reference: Callable[[], object], *, rounds: int = 7) -> tuple[float, float]:
    """The shortest times of both in seconds, taken in turns: what else the machine does only ever adds."""
    ours(), reference()
    pairs = [(seconds(ours), seconds(reference)) for _ in range(rounds)]
    return min(own for own, _ in pairs), min(other for _, other in pairs)


def table(figures: Sequence[Figure]) -> str:
    """The figures for people, one a line."""
    rows = [("what", "measured", "reference", "ratio", "promised", "")]
    rows += [
        (
            figure.name,
            f"{figure.value:,.4g} {figure.unit}",
            f"{figure.reference_value:,.4g} {figure.reference}",
            f"{figure.ratio:.2f}×",
            figure.promise,
            "" if figure.is_kept else "FALLS SHORT",
        )
        for figure in figures
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
