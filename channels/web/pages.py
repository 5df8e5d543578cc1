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

from channels.api import Page, Translation
from channels.rendering import direction
from channels.web.texts import blocks, language_name, lines
from channels.web.views import View

STYLE = files("channels.web").joinpath("style.css").read_text("utf-8")
SCRIPT = files("channels.web").joinpath("place.js").read_text("utf-8")


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

    def conversation(self, view: View, *, nonce: str, missing: str | None, notes: frozenset[str]) -> Response:
        """The conversation as it stands."""
        page = view.page
        return self._page(
            "conversation.html", page.language, view=view, page=page, nonce=nonce, missing=missing, notes=notes
        )

    def unsubscribe(self, page: Page) -> Response:
        """The question whether to unsubscribe."""
        return self._page("unsubscribe.html", page.language, title=page.title, is_done=False)

    def unsubscribed(self, language: str) -> Response:
        """That it is done."""
        return self._page("unsubscribe.html", language, title="", is_done=True)

    def unknown(self, language: str) -> Response:
        """That the link is not one of ours."""
        return self._page("unknown.html", language, status=404)

    def _page(self, name: str, language: str, *, status: int = 200, **values: Any) -> Response:
        gettext = self._translation(language).gettext
        html = self._environment.get_template(name).render(
            _=gettext, language=language, text_direction=direction(language), **values
        )
        return HTMLResponse(html, status_code=status, headers=HEADERS)
