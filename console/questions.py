"""The questions of a survey as results name them: type, label and choices in one language. Asking them is the conversation's work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from lxml import etree

from bot.forms import Entry, Form, Question
from campaigns.corrections import Shape
from campaigns.figures import kind_of


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that can be counted; `labels` are its choices' by value, in the survey's order."""

    path: str
    type: str
    label: str
    labels: dict[str, str]


_WHOLE_LIST = re.compile(r"instance\('[^']*'\)/root/item")
_LEFT_OUT = "…"


@lru_cache(maxsize=64)
def load_form(xform: str) -> Form:
    """The survey as results look at it, kept as long as it is looked at: versions never change.

    Every choice is offered, whatever the filters; where an earlier answer would be quoted stands an ellipsis.
    """
    tree = etree.fromstring(xform.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for itemset in tree.iter("{*}itemset"):
        whole = _WHOLE_LIST.search(itemset.get("nodeset", ""))
        if whole:
            itemset.set("nodeset", whole[0])
    for quoted in list(tree.iter("{*}output")):
        _replace(quoted, _LEFT_OUT)
    return Form.load(etree.tostring(tree, encoding="unicode"))


def _replace(element: etree._Element, text: str) -> None:
    """Put a text where an element stood."""
    text += element.tail or ""
    parent, before = element.getparent(), element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text
    if parent is not None:
        parent.remove(element)


def countable(*xforms: str) -> tuple[str, ...]:
    """The paths of the questions whose values may be counted: choices, ranks and numbers, never free text."""
    found = (question.path for xform in xforms for question in load_form(xform).questions if _is_countable(question))
    return tuple(dict.fromkeys(found))


def asked(xform: str, code: str, now: datetime) -> tuple[Asked, ...]:
    """The countable questions in a language, as they read before anything is answered."""
    form = load_form(xform)
    language, entry = form.language(code), form.new(now=now)
    return tuple(_asked(entry, question, language) for question in form.questions if _is_countable(question))


def asked_over(xforms: Sequence[str], code: str, now: datetime) -> tuple[Asked, ...]:
    """The countable questions of all versions of a survey, the newest version first: what it lacks follows from the others.

    A choice that only an older version had keeps its label there, so that answers to all versions can be told together.
    """
    found: dict[str, Asked] = {}
    for xform in xforms:
        for question in asked(xform, code, now):
            known = found.get(question.path)
            labels = (
                {**known.labels, **{k: v for k, v in question.labels.items() if k not in known.labels}} if known else {}
            )
            found[question.path] = replace(known, labels=labels) if known else question
    return tuple(found.values())


def shapes(xform: str, now: datetime) -> tuple[Shape, ...]:
    """Every question as answers to it can be told apart."""
    form = load_form(xform)
    entry, language = form.new(now=now), form.language(form.codes()[0])
    return tuple(Shape(q.path, q.type, frozenset(_asked(entry, q, language).labels)) for q in form.questions)


def _asked(entry: Entry, question: Question, language: str) -> Asked:
    choices = entry.choices(question.path, language) if question.type.startswith(("select", "rank")) else ()
    labels = {choice.value: choice.label for choice in choices}
    return Asked(question.path, question.type, entry.label(question.path, language), labels)


def _is_countable(question: Question) -> bool:
    return kind_of(question.type) != "count"
