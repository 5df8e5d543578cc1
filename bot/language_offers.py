"""The offer of a survey's languages: how it is put, and what is meant by the answer to it. Speaking another language is one of the `moves`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Content, Option
from bot.understanding import Open, Selectable, Understood, read
from bot.wordings import Manner, Translation, numbered_lines, paragraphs

if TYPE_CHECKING:
    from bot.forms import Form
    from bot.lexicon import Lexicon


def own_name(form: Form, code: str) -> str:
    """A language as the survey itself calls it; its code where the survey does not say which language it is in."""
    return code if "und" in form.codes() else form.language(code).partition("(")[0].strip() or code


def language_offer(form: Form, language: str, *, is_missing: bool, t: Translation, manner: Manner) -> Content:
    """Which language to go on in: buttons, or numbered lines where nothing can be pressed. `is_missing`: another was wished for."""
    codes = _offered(form)
    names = [own_name(form, code) for code in codes]
    lead = t.gettext("The questions are not available in that language.") if is_missing else ""
    if manner.has_buttons:
        ask = t.gettext("Which language do you want?")
    else:
        how = t.gettext("Write the number or the name of the language you want:")
        ask = "\n".join((how, *numbered_lines(t, names)))
    actions = tuple(Option(f"!lang:{code}", name) for code, name in zip(codes, names, strict=True))
    return Content(text=paragraphs(lead, ask), language=language, actions=actions)


def language_meant(form: Form, language: str, text: str, *, lexicon: Lexicon, now: datetime) -> str | None:
    """The code of the language that was chosen by its number or its name; None when it was none of those offered."""
    choices = tuple(Selectable(code, (own_name(form, code),)) for code in _offered(form))
    reading = read(Open("select_one", language, lexicon, now, choices=choices), text)
    return reading.value or None if isinstance(reading, Understood) and not reading.is_inferred else None


def _offered(form: Form) -> tuple[str, ...]:
    return tuple(code for code in form.codes() if code != "und")
