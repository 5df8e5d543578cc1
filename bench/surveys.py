"""A survey's step: an answer checked and taken in, all that follows from it worked out, the next question found and put with its choices."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure, beside
from bench.walks import NOW, Walk, form, walks, xform
from bench.with_lxml import LxmlEntry, LxmlForm
from bot.forms import Entry

RESIDENTS = 200
LANGUAGE = form().languages[0]


def figures() -> Iterator[Figure]:
    taken = walks(RESIDENTS)
    held = LxmlForm(xform())
    agree(held, taken)
    answers = sum(map(len, taken))
    for is_tracking, reference, least in (
        (False, "pyxform + lxml XPath", 5.0),
        (True, "the same with a graph of dependants", None),
    ):
        ours, theirs = beside(
            lambda: [_fill(entry, walk) for entry, walk in zip(_entries(), taken, strict=True)],
            lambda t=is_tracking: [_fill_lxml(e, walk) for e, walk in zip(_lxml_entries(held, t), taken, strict=True)],
        )
        begun, begun_lxml = beside(lambda: list(_entries()), lambda t=is_tracking: list(_lxml_entries(held, t)))
        yield Figure(
            "survey_answer_tracked" if is_tracking else "survey_answer",
            (ours - begun) / answers * 1e6,
            "µs an answer",
            reference,
            (theirs - begun_lxml) / answers * 1e6,
            least=least,
            most=10,
        )


def _entries() -> Iterator[Entry]:
    return (form().new(now=NOW) for _ in range(RESIDENTS))


def _lxml_entries(held: LxmlForm, is_tracking: bool) -> Iterator[LxmlEntry]:
    return (LxmlEntry(held, is_tracking=is_tracking) for _ in range(RESIDENTS))


def _fill(entry: Entry, walk: Walk) -> list[tuple[str, list[str]]]:
    """Answer everything. Gives each next question's text and choices, as a resident would be asked."""
    answered: set[str] = set()
    asked = []
    for path, value in walk:
        entry.set(path, value)
        answered.add(path)
        step = next((step for step in entry.steps() if step.path not in answered), None)
        if step is not None:
            has_choices = step.question.type in ("select_one", "select_multiple")
            choices = entry.choices(step.path, LANGUAGE) if has_choices else ()
            asked.append((entry.label(step.path, LANGUAGE), [choice.label for choice in choices]))
    return asked


def _fill_lxml(entry: LxmlEntry, walk: Walk) -> list[tuple[str, list[str]]]:
    answered: set[str] = set()
    asked = []
    for path, value in walk:
        entry.set(path, value)
        answered.add(path[6:])
        name = entry.next(answered)
        if name is not None:
            choices = entry.choices(name) if entry.form.questions[name].itemset is not None else {}
            asked.append((entry.label(name), list(choices.values())))
    return asked


def agree(held: LxmlForm, taken: list[Walk]) -> None:
    """Both must have worked out the same, or nothing was compared."""
    for place, walk in enumerate(taken):
        entry, other = form().new(now=NOW), LxmlEntry(held, is_tracking=place % 2 == 0)
        asked, asked_too = _fill(entry, walk), _fill_lxml(other, walk)
        assert [(label.strip(), choices) for label, choices in asked] == [(o.strip(), c) for o, c in asked_too]
        for path, state in entry.walk_state().items():
            if path.count("/") > 2:
                continue
            name = path[6:]
            assert (state["value"], state["relevant"]) == (other.data.findtext(name) or "", other.relevant[name]), path
