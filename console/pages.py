"""How a page leaves the house: templates, headers, static files, error pages. What stands on a page lives in `coordinators` and `residents`."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console import charts
from console.directions import isolated
from console.tables import Figure
from console.words import Languages, Words, choose, own_name

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PUBLIC = "public, max-age=60, stale-while-revalidate=600"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the main menu."""

    url: str
    label: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """One entry of the language switcher."""

    code: str
    name: str
    direction: str
    is_current: bool


class StaticFiles:
    """The few files beside the pages, held in memory and named by their content so that they may be cached for ever."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
        self._digests = {name: hashlib.sha256(data).hexdigest()[:12] for name, data in self._files.items()}

    def url(self, name: str) -> str:
        return f"/static/{self._digests[name]}/{name}"

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            raise HTTPException(404)
        is_named_by_content = request.path_params["digest"] == self._digests[name]
        cache = "public, max-age=31536000, immutable" if is_named_by_content else "public, max-age=60"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(
            self._files[name], media_type=kind, headers={"Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
        )


class Pages:
    """Renders templates into responses, in a thread, since a picture may have to be drawn."""

    def __init__(self, languages: Languages, house_languages: Sequence[str]) -> None:
        self.languages = languages
        self.house_languages = tuple(house_languages)
        self.static = StaticFiles(HERE / "static")
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(static=self.static.url, draw=draw)
        self._templates.filters["isolated"] = isolated

    def words(self, request: Request, offered: Sequence[str] = ()) -> Words:
        """The reader's words: `?lang=`, else Accept-Language, among `offered` (default: the house's languages)."""
        code = choose(
            request.query_params.get("lang"), request.headers.get("accept-language"), offered or self.house_languages
        )
        return self.languages.words(code)

    async def page(
        self,
        request: Request,
        template: str,
        words: Words,
        *,
        offered: Sequence[str] = (),
        menu: Sequence[MenuItem] = (),
        is_public: bool = False,
        status: int = 200,
        **values: Any,
    ) -> Response:
        """A whole page. Public pages may be cached and answer 304 to who has them already; others are never stored."""
        choices = self._choices(words, offered or self.house_languages)
        home = "/dialogues" if is_public else "/console"
        body = await self.render(template, words, offered=choices, menu=tuple(menu), home=home, **values)
        headers = dict(HEADERS) | {"Content-Language": words.language}
        if not is_public or status != 200:
            return Response(body, status, headers | {"Cache-Control": "no-store"}, "text/html")
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
        headers |= {"Cache-Control": PUBLIC, "ETag": tag, "Vary": "Accept-Language"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        return Response(body, 200, headers, "text/html")

    async def render(self, template: str, words: Words, **values: Any) -> str:
        """A template's text with the reader's words at hand."""
        made = self._templates.get_template(template)
        return await asyncio.to_thread(made.render, words=words, _=words.gettext, ngettext=words.ngettext, **values)

    async def error(self, request: Request, status: int) -> Response:
        """The page for an address that does not exist, or for a fault of ours."""
        words = self.words(request)
        if status == 404:
            heading = words.gettext("There is no such page")
            explanation = words.gettext("The address may be mistyped, or the page may have been moved.")
        elif status < 500:
            heading = words.gettext("That was not possible")
            explanation = words.gettext("The page cannot be shown to you in this way.")
        else:
            heading = words.gettext("Something went wrong on our side")
            explanation = words.gettext(
                "It has been noted. Nothing you have answered is lost. Please try again in a while."
            )
        return await self.page(
            request,
            "error.html",
            words,
            menu=public_menu(words),
            is_public=True,
            status=status,
            code=status,
            heading=heading,
            explanation=explanation,
        )

    def _choices(self, words: Words, offered: Sequence[str]) -> tuple[LanguageChoice, ...]:
        return tuple(
            LanguageChoice(code, own_name(code), self.languages.direction(code), code == words.language)
            for code in offered
        )


def public_menu(words: Words, current: str = "") -> tuple[MenuItem, ...]:
    """The menu of pages that everybody may read."""
    return (MenuItem(f"/dialogues?lang={words.language}", words.gettext("Dialogues"), current == "dialogues"),)


def console_menu(words: Words, current: str = "") -> tuple[MenuItem, ...]:
    """The menu of coordinators' pages."""
    return (
        MenuItem(f"/console?lang={words.language}", words.gettext("Campaigns"), current == "campaigns"),
        MenuItem(f"/dialogues?lang={words.language}", words.gettext("Public pages")),
    )


def draw(figure: Figure) -> Markup:
    """A figure's picture, ready to stand in a page. Its texts were escaped when it was drawn."""
    return Markup(charts.svg(figure.specification, label=figure.label))  # noqa: S704
