"""What exploring a survey found, told with its place in the sheets. The exploring is done in `bot.forms.ways`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.problems import Problem
from bot.xlsform.choices import list_of
from bot.xlsform.rows import kind_of
from bot.xlsform.texts import choice_row, rows_by_path
from campaigns.gates import MANY_QUESTIONS, MAX_QUESTIONS_ON_SMS

if TYPE_CHECKING:
    from bot.forms.ways import Finding, Ways
    from bot.xlsform.sheets import Row, Workbook

_COLUMNS = {"calculate": "calculation"}


class Places:
    """Finds the cells that a finding speaks of."""

    def __init__(self, book: Workbook, unreachable: frozenset[str]) -> None:
        self.book = book
        self.rows = rows_by_path(book)
        self.unreachable = unreachable

    def row(self, finding: Finding) -> Row | None:
        """The row of the rule at fault, or of the question."""
        return self.rows.get(finding.culprit) or self.rows.get(finding.path)

    def place(self, finding: Finding) -> str:
        """Sheet, row and column of the rule at fault."""
        row = self.row(finding)
        column = _COLUMNS.get(finding.role, finding.role) or "name"
        return self.book.survey.place(row, column) if row is not None else finding.path

    def written(self, finding: Finding) -> str:
        """The rule as its author wrote it."""
        row = self.row(finding)
        column = _COLUMNS.get(finding.role, finding.role)
        return (self.book.survey.get(row, column) if row is not None else "") or finding.rule

    def choice_place(self, finding: Finding) -> str:
        """Sheet, row and column of a choice."""
        survey, row = self.book.survey, self.rows.get(finding.path)
        found = None
        if row is not None:
            found = choice_row(self.book, list_of(kind_of(survey, row)[1]), finding.value)
        return self.book.get("choices").place(found, "name") if found is not None else self.place(finding)


def path_problems(book: Workbook, ways: Ways) -> list[Problem]:
    """Everything on no way, and every trap."""
    places = Places(book, frozenset(finding.path for finding in ways.unreachable))
    problems = [_unreachable(finding, places) for finding in ways.unreachable]
    problems += _never_offered(ways.never_offered, places)
    problems += [_trap(finding, places) for finding in ways.traps]
    problems += [_impossible(finding, places) for finding in ways.impossible]
    return problems


def length_problems(ways: Ways, place: str, *, is_sms_planned: bool) -> Iterator[Problem]:
    """Too many questions: above five many stop, above nine SMS refuses."""
    longest = ways.longest.count
    some = "" if ways.longest.is_exact else "at least "
    if longest > MAX_QUESTIONS_ON_SMS:
        yield Problem(
            f"the longest way asks {some}{longest} questions, too many for SMS",
            f"ask at most {MAX_QUESTIONS_ON_SMS}, or leave SMS out of the campaign's plan",
            place=place,
            severity="error" if is_sms_planned else "warning",
        )
    elif longest > MANY_QUESTIONS:
        yield Problem(
            f"the longest way asks {some}{longest} questions; above {MANY_QUESTIONS} many stop before the end",
            "leave out what you can do without",
            place=place,
            severity="warning",
        )


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _names(finding: Finding) -> str:
    named = [f"“{name}”" for name in finding.names]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _why(finding: Finding, places: Places) -> str:
    written = places.written(finding)
    never = {_name(path) for path in places.unreachable if path != finding.path}
    if not finding.rule:
        return "every way ends before it"
    if finding.names and set(finding.names) <= never:
        return f"it waits for {_names(finding)}, never asked either"
    if finding.role == "repeat_count":
        return "its repeat has no instance on any way"
    if not finding.names:
        return f"“{written}” is never true"
    return f"no answer to {_names(finding)} makes “{written}” true"


def _unreachable(finding: Finding, places: Places) -> Problem:
    is_asked = "is never asked" if finding.is_certain else "seems never to be asked (not all ways were tried)"
    told = f"“{_name(finding.path)}” {is_asked}: {_why(finding, places)}"
    return Problem(
        told, "mend the condition, or take the question out", place=places.place(finding), severity="warning"
    )


def _never_offered(findings: tuple[Finding, ...], places: Places) -> Iterator[Problem]:
    for finding in findings:
        offered = "is never offered" if finding.is_certain else "seems never to be offered (not all ways were tried)"
        told = f"the choice “{finding.value}” {offered} at “{_name(finding.path)}”: “{places.written(finding)}” lets it through for no answer"
        yield Problem(
            told,
            "mend the choice_filter, or take the choice out",
            place=places.choice_place(finding),
            severity="warning",
        )


def _trap(finding: Finding, places: Places) -> Problem:
    name, written = _name(finding.path), places.written(finding)
    if finding.role == "choice_filter":
        told = f"“{name}” must be answered, but “{written}” can leave nothing to choose"
        remedy = "ask it only when there is a choice (relevant), or do not require it"
    else:
        told = f"“{name}” must be answered, but on some way no answer passes “{written}”"
        remedy = "mend the constraint, or do not require an answer"
    return Problem(told, remedy, place=places.place(finding))


def _impossible(finding: Finding, places: Places) -> Problem:
    name, written = _name(finding.path), places.written(finding)
    what = "nothing to choose" if finding.role == "choice_filter" else "no answer that may be given"
    told = f"“{name}” can only be passed over: “{written}” leaves {what}"
    return Problem(told, f"mend the {finding.role}", place=places.place(finding), severity="warning")
