"""What happened and what was said, in the words of a transcript: events in one line each, contents as each channel shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.contents import Content
from bot.events import (
    Answered,
    Asked,
    ConstraintBroken,
    Corrected,
    Event,
    LanguageChanged,
    LanguageOffered,
    Misunderstood,
    Paged,
    Resumed,
    Toggled,
)
from channels.rendering import numbered, split, utf16_units
from channels.sms.layout import laid_out
from channels.telegram.keyboards import Part, shape
from locales import translation

UNSEEN = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))
BODY_CHARS = 1600
_OPTION = re.compile(r"^(\d+)\*? (.+)$")
_MARK = re.compile(r"^(?:☑|☐|[0-9]️⃣|🔟|\d+\.) ")
BESIDE = "📍"


def shown(text: str) -> str:
    """Without the characters that nobody sees and without blanks at the ends of lines, so that it can be read and written by hand."""
    return "\n".join(line.rstrip() for line in text.translate(UNSEEN).strip().splitlines())


def compact(event: Event) -> str:
    """An event in one line: its name, its path and what else matters."""
    name = type(event).__name__
    match event:
        case Answered(path=path, value=value):
            how = " (understood so)" if event.is_inferred else " (counts again)" if event.is_restored else ""
            return f"{name} {path} {_line(value)}{how}"
        case Corrected(path=path, old=old, new=new):
            return f"{name} {path} {_line(old)} -> {_line(new)}"
        case Asked(path=path, is_repeat=True):
            return f"{name} {path} one more?"
        case Toggled(path=path, chosen=chosen):
            return " ".join((name, path, *chosen))
        case Paged(path=path, page=page):
            return f"{name} {path} {page}"
        case Misunderstood(path=path, reason=reason, suggestions=suggestions):
            meant = f" ({' | '.join(suggestions)}?)" if suggestions else ""
            return " ".join(part for part in (name, path, reason) if part) + meant
        case ConstraintBroken(path=path):
            return f"{name} {path}"
        case LanguageChanged(language=language):
            return f"{name} {language}"
        case LanguageOffered(wanted=wanted):
            return f"{name} {wanted}".strip()
        case Resumed(answered=answered):
            return f"{name} {answered}"
    path = getattr(event, "path", "")
    return f"{name} {path}".strip()


def _line(value: str) -> str:
    return " / ".join(value.splitlines()) or "-"


# --- as channels show it


def told(channel: str, contents: Iterable[Content], personal_url: str = "") -> list[str]:
    """The messages as they stand on the resident's device. What is pressed stands in brackets."""
    return [text for content in contents for text in _SHOWING[channel](content, personal_url)]


def _telegram(content: Content, personal_url: str) -> list[str]:
    shaped = shape(content, translation(content.language), personal_url)
    if content.is_update and shaped.is_same_text:
        return [with_buttons("", buttons_of(shaped.parts[-1]))]
    return [with_buttons(part.text, buttons_of(part)) for part in shaped.parts]


def buttons_of(part: Part) -> list[str]:
    """What can be pressed under a message, row by row."""
    markup = part.markup
    rows = getattr(markup, "inline_keyboard", None) or getattr(markup, "keyboard", None) or ()
    return [BESIDE if getattr(button, "request_location", None) else button.text for row in rows for button in row]


def with_buttons(text: str, labels: Sequence[str]) -> str:
    """A message with what can be pressed under it."""
    line = " ".join(f"[{label}]" for label in labels)
    return shown("\n".join(part for part in (text, line) if part))


def _sms(content: Content, personal_url: str) -> list[str]:
    text = laid_out(content)
    if personal_url:
        text = f"{text}\n{translation(content.language).gettext('Or on the web:')} {personal_url}"
    return [shown(part) for part in split(text, BODY_CHARS, utf16_units)]


def _letter(content: Content, _: str) -> list[str]:
    return [shown(numbered(content))]


def _page(content: Content, _: str) -> list[str]:
    rows = [f"( ) {option.label}" for option in content.options]
    return [with_buttons("\n".join([content.text, *rows]), [action.label for action in content.actions])]


_SHOWING = {"telegram": _telegram, "sms": _sms, "email": _letter, "web": _page, "terminal": _letter}


# --- what can be pressed or named


def numbers_in(text: str) -> dict[str, str]:
    """The numbered lines of a message: label to number."""
    found = (_OPTION.match(line) for line in shown(text).splitlines())
    return {match[2]: match[1] for match in found if match}


def bare(label: str) -> str:
    """A button's label without its tick or its place."""
    return _MARK.sub("", label.translate(UNSEEN)).strip()
