"""What is wrong in a file somebody wrote, where, and what to write instead. The readers of those files live elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in an input file.

    `what` says what is wrong in one sentence; it quotes the offending value only if that is no address and no answer.
    `remedy` says what to write instead. `place` is "row 14, column sms", "sheet survey, row 5, column relevant (D)"
    or "line 12, column 3".
    """

    what: str
    remedy: str
    file: str = ""
    place: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.place) if part)
        told = " — ".join(part for part in (self.what, self.remedy) if part)
        return f"{where}: {told}" if where else told


class InputRefused(Exception):
    """An input file cannot be used. Carries every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
