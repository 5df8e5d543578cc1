"""Free text on a page: telephone numbers, dates and addresses keep their order where text runs from right to left. Which runs those are is decided in `bot.directions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jinja2 import pass_context
from markupsafe import Markup, escape

from bot.directions import loose_runs, runs_left

if TYPE_CHECKING:
    from jinja2.runtime import Context

    from console.words import Words


@pass_context
def isolated(context: Context, text: str) -> Markup:
    """A template's filter: the text as HTML, each such run in a `bdi` where the page, or the text itself, runs from right to left."""
    words = cast("Words", context["words"])
    if words.direction == "ltr" and not runs_left(text):
        return escape(text)
    pieces, at = [], 0
    for start, end in loose_runs(text, with_addresses=True):
        pieces += [escape(text[at:start]), Markup('<bdi dir="ltr">{}</bdi>').format(text[start:end])]
        at = end
    return Markup("").join([*pieces, escape(text[at:])])
