"""A question put together from its parts, once for all who are asked the same. What stands in the parts is found in `questions`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.contents import Content, Option
from bot.instructions import how, how_to_skip
from bot.kinds import INPUTS, SELECTS, WITH_CHOICES
from bot.wordings import Manner, Translation

if TYPE_CHECKING:
    from bot.forms import Question

MOST_KEPT = 50


class Parts(NamedTuple):
    """What the wording of a question hangs on, besides language and channel.

    `lines` stand above how to answer: headings, label, hint. `choices` are values and labels of what can be chosen, `number` is
    the question's place in the dialogue's history. `is_optional`: no answer is needed; `can_skip`: none, or it has one already.
    """

    question: Question
    language: str
    lines: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    number: int
    has_how: bool
    is_optional: bool
    can_skip: bool
    can_go_back: bool
    can_change_language: bool


def composed(parts: Parts, t: Translation, manner: Manner) -> Content:
    """The question as one message, with nothing ticked and the list at its beginning; kept where the list is short."""
    return _kept(parts, t, manner) if len(parts.choices) <= MOST_KEPT else _composed(parts, t, manner)


def _composed(parts: Parts, t: Translation, manner: Manner) -> Content:
    kind = parts.question.type
    shows_options = kind in WITH_CHOICES or manner.has_buttons
    labels = dict(parts.choices)
    options = tuple(
        Option(f"{parts.number}.{place}", labels[value])
        for place, (value, _) in enumerate(parts.choices if shows_options else (), start=1)
    )
    return Content(
        text="\n".join(line for line in (*parts.lines, _told(parts, t, manner, has_options=bool(options))) if line),
        language=parts.language,
        options=options,
        select=SELECTS.get(kind, "none") if options else "none",
        input=INPUTS.get(kind, "none") if not options or kind == "range" else "none",
        actions=_actions(parts, t),
    )


_kept = lru_cache(maxsize=4096)(_composed)


def _told(parts: Parts, t: Translation, manner: Manner, *, has_options: bool) -> str:
    """How to answer, and how not to."""
    if not parts.has_how:
        return ""
    told = how(t, parts.question, manner, language=parts.language, has_options=has_options)
    is_typed = parts.question.type not in WITH_CHOICES and not manner.has_buttons
    return f"{told} {how_to_skip(t)}".strip() if is_typed and parts.is_optional else told


def _actions(parts: Parts, t: Translation) -> tuple[Option, ...]:
    actions = []
    if parts.question.type in ("select_multiple", "rank"):
        actions.append(Option(f"!done.{parts.number}", t.pgettext("button", "Done")))
    if parts.can_skip:
        actions.append(Option(f"!skip.{parts.number}", t.pgettext("button", "Skip")))
    if parts.can_go_back:
        actions.append(Option("!back", t.pgettext("button", "Back")))
    elif parts.can_change_language:
        actions.append(Option("!lang", t.pgettext("button", "Change language")))
    return tuple(actions)
