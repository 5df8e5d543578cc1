"""Reading `decision.yaml`: what was decided, by whom and why, in every language (R33). Telling residents lives in `feedback`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from campaigns.documents import Branch, open_document

_TEXTS = ("decided_by", "you_said", "decision", "reasons", "minority")


@dataclass(frozen=True, slots=True)
class DecisionTexts:
    """A decision. `texts` holds by language: decided_by, you_said, decision, reasons and, when written, minority."""

    case_ref: str
    decided_on: date
    decided_by: str
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def text(self, name: str, language: str, fallback: str) -> str:
        """One of the texts in a language, else in `fallback`."""
        for code in (language, language.split("-")[0], fallback):
            found = self.texts.get(code, {}).get(name)
            if found:
                return found
        return ""


def read_decision(
    data: bytes | str, filename: str = "decision.yaml", *, languages: Collection[str] | None = None
) -> DecisionTexts:
    """The decision. With `languages` every text must be in each of them. Raises InputRefused with line and column."""
    top = open_document(data, filename)
    top.allow("case_ref", "decided_on", *_TEXTS)
    codes = languages if languages is not None else _languages_written(top)
    parts = {name: top.texts(name, codes, required=name != "minority") for name in _TEXTS}
    decided_on = top.day("decided_on")
    if decided_on is None and not top.has("decided_on"):
        top.complain("decided_on is missing.", "write the date of the meeting, such as 2026-04-22")
    case_ref = top.text("case_ref")
    texts = {code: {name: texts[code] for name, texts in parts.items() if code in texts} for code in codes}
    top.refuse_if_wrong()
    decided_by = next(iter(parts["decided_by"].values()), "")
    return DecisionTexts(case_ref, decided_on or date.min, decided_by, texts)


def _languages_written(top: Branch) -> tuple[str, ...]:
    """The languages of the decision itself; the other texts must be in the same ones."""
    branch = top.branch("decision")
    return branch.names() if branch else ()
