"""Response rates as the field counts them, and what weighting costs. Which status a person has is known elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dispositions:
    """How the invited ended up, in the groups of AAPOR, Standard Definitions (10th edition, 2023).

    `unknown` are those of whom it is not known whether the invitation reached anybody (UH + UO).
    """

    complete: int = 0
    partial: int = 0
    refused: int = 0
    not_contacted: int = 0
    other: int = 0
    unknown: int = 0

    @property
    def everybody(self) -> int:
        """The denominator of RR1 and RR2: (I + P) + (R + NC + O) + (UH + UO)."""
        return self.complete + self.partial + self.refused + self.not_contacted + self.other + self.unknown


def rr1(ended: Dispositions) -> float | None:
    """The minimum response rate, I / everybody (AAPOR, Standard Definitions, RR1); None when nobody was invited."""
    return ended.complete / ended.everybody if ended.everybody else None


def rr2(ended: Dispositions) -> float | None:
    """The same with partial answers counted as answers, (I + P) / everybody (AAPOR, Standard Definitions, RR2)."""
    return (ended.complete + ended.partial) / ended.everybody if ended.everybody else None


def effective_n(weights: Iterable[float]) -> float:
    """How many equally weighted answers the weighted ones are worth: (sum w)^2 / sum w^2 (Kish, Survey Sampling, 1965)."""
    held = list(weights)
    squares = sum(weight * weight for weight in held)
    return sum(held) ** 2 / squares if squares else 0.0
