"""What is wrong in the sheets of a survey, before anything is converted. Each rule tells the place and what to write instead."""

from __future__ import annotations

from bot.problems import Problem
from bot.xlsform import choices, columns, languages, references, rows
from bot.xlsform.sheets import Workbook


def check(book: Workbook) -> list[Problem]:
    """Every mistake and every warning, in the order of the sheets."""
    problems = columns.check(book)
    if any(problem.severity == "error" for problem in problems):
        return problems
    problems += rows.check(book)
    problems += choices.check(book)
    problems += references.check(book)
    problems += languages.check(book)
    return problems
