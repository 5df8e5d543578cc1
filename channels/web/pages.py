"""Pages from templates, with the headers that keep them private. What they show is decided in `views`."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from channels.api import Page
from channels.doors import Translation
from channels.rendering import direction
from channels.web.answers import Amiss, Fields, Moved, Reason
from channels.web.texts import blocks, language_name, lines
from channels.web.views import Kind, View

STYLE = files("channels.web").joinpath("style.css").read_text("utf-8")
SCRIPT = files("channels.web").joinpath("place.js").read_text("utf-8")


def complaint(gettext: Callable[[str], str], reason: Reason) -> str:
    """What a resident should do about a field."""
    texts: dict[Reason, str] = {
        "choose": gettext("Choose an answer first"),
        "write": gettext("Write an answer first"),
        "place": gettext("Write a street, a place, or coordinates"),
        "words": gettext("Write something first"),
        "number_missing": gettext("Choose a number for this line"),
        "number_twice": gettext("Another line has the same number"),
        "not_taken": gettext("Check your answer"),
    }
    return texts[reason]


def _first_field(kind: Kind) -> str:
    return {"one": "answer-1", "many": "answer-1", "rank": "place-1"}.get(kind, "answer")


def _progress(gettext: Callable[[str], str], page: Page) -> str:
    if page.progress is None or page.progress.total < 2:
        return ""
    text = "Question {number} of about {total}" if page.progress.is_estimate else "Question {number} of {total}"
    return gettext(text).format(number=page.progress.number, total=page.progress.total)


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Pages:
    """Every page of the channel, in the language of its resident."""

    def __init__(self, translation: Callable[[str], Translation], accessibility_url: str) -> None:
        self._translation = translation
        self._environment = Environment(
            loader=PackageLoader("channels.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            style=Markup(STYLE),  # noqa: S704 - our own file
            script=Markup(SCRIPT),  # noqa: S704 - our own file
            accessibility_url=accessibility_url,
            blocks=blocks,
            lines=lines,
            language_name=language_name,
            direction=direction,
        )

    def conversation(
        self, view: View, *, nonce: str, fields: Fields, amiss: tuple[Amiss, ...], moved: Moved | None
    ) -> Response:
        """The conversation as it stands; with what was filled in, and what is amiss with it, when that was not taken."""
        page, gettext = view.page, self._translation(view.page.language).gettext
        if not amiss and view.asked is not None and view.asked.problem:
            amiss = (Amiss(_first_field(view.asked.kind), "not_taken", view.asked.problem),)
        errors = {one.field: one.text or complaint(gettext, one.reason) for one in amiss}
        status = 422 if errors and fields else 409 if moved else 200
        return self._page(
            "conversation.html",
            page.language,
            status=status,
            view=view,
            page=page,
            nonce=nonce,
            fields=fields,
            errors=errors,
            moved=moved,
            progress=_progress(gettext, page),
        )

    def unsubscribe(self, page: Page) -> Response:
        """The question whether to unsubscribe."""
        return self._page("unsubscribe.html", page.language, title=page.title, is_done=False)

    def unsubscribed(self, language: str) -> Response:
        """That it is done."""
        return self._page("unsubscribe.html", language, title="", is_done=True)

    def erased(self, language: str) -> Response:
        """That everything is being erased, to one who has asked for it."""
        return self._page("erased.html", language)

    def unknown(self, language: str) -> Response:
        """That the link is not one of ours."""
        return self._page("unknown.html", language, status=404)

    def _page(self, name: str, language: str, *, status: int = 200, **values: Any) -> Response:
        gettext = self._translation(language).gettext
        html = self._environment.get_template(name).render(
            _=gettext, language=language, text_direction=direction(language), **values
        )
        return HTMLResponse(html, status_code=status, headers=HEADERS)
