"""How a resident answers on a web page: open, read, fill in the form, send, follow. Only pages on this machine are opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from lxml import html

from sandbox.answering import Value, find_button
from sandbox.lives import BEGIN_WORDS, Life
from sandbox.reading import PhraseBook, Question, Shown, same_label
from sandbox.wire import Arrival

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_MOST_PAGES = 80
_TYPED = {"text", "number", "date", "time", "datetime-local", "range", "search", "tel", "email"}

Fields = list[tuple[str, str]]


class PageUnusable(Exception):
    """A page cannot be used as a resident would use it; the message says why, without the address."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something in a form to choose or press: what it says, and what it sends."""

    shown: Shown
    name: str
    value: str
    is_button: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a page, read from its elements."""

    action: str
    hidden: tuple[tuple[str, str], ...]
    controls: tuple[Control, ...]
    typed: tuple[str, ...]
    lists: tuple[tuple[str, str], ...]  # drop-down lists: what is beside each, and its name


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a resident reads it."""

    address: str
    text: str
    forms: tuple[Form, ...]

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Everything that can be chosen or pressed."""
        return tuple(control.shown for form in self.forms for control in form.controls)


class Pages:
    """A browser for all residents: one pool of connections, no cookies kept between them."""

    async def __aenter__(self) -> Pages:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=30)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def visit(self, life: Life, links: Sequence[str], book: PhraseBook, at: float) -> Iterable[str]:
        """Answer on the first of these pages that has a form, until thanked. Raises `PageUnusable` when there is no way on."""
        page = await self._open(links, life, book)
        done: list[str] = []
        for _ in range(_MOST_PAGES):
            life.see_page(page.text, page.shown, book, at)
            if life.finished or life.closed or life.has_stopped:
                break
            filled = fill_in(page, life, book)
            if filled is None:
                break
            form, fields, told = filled
            done.append(told)
            page = await self._send(page, form, fields)
        return done

    async def unsubscribe(self, url: str) -> None:
        """One-click unsubscribe as a mail program does it (RFC 8058, section 3.2). Raises `PageUnusable` when it is refused."""
        _refuse_far(url)
        async with self._session.post(url, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False) as response:
            if response.status >= 300:
                raise PageUnusable(f"one-click unsubscribe was answered with {response.status}")

    async def _open(self, links: Sequence[str], life: Life, book: PhraseBook) -> Page:
        """The first page that asks something or can be begun. Only looked at: opening a page says nothing to the service."""
        words = [*book.words[book.known(life.language)]["begin_words"], *BEGIN_WORDS]
        for link in links:
            if urlsplit(link).hostname not in _LOOPBACK:
                continue
            async with self._session.get(link) as response:
                page = read_page(await response.text(), str(response.url)) if response.status == 200 else None
            if page is not None and page.forms:
                reading = book.read(Arrival("web", "", "", page.text, 0.0), life.language)
                if reading.question is not None or find_button(page.shown, words):
                    return page
        raise PageUnusable(f"none of {len(links)} links leads to a page to answer on")

    async def _send(self, page: Page, form: Form, fields: Fields) -> Page:
        url = urljoin(page.address, form.action)
        _refuse_far(url)
        async with self._session.post(url, data=aiohttp.FormData([*form.hidden, *fields])) as response:
            text = await response.text()
            if response.status != 200:
                raise PageUnusable(f"a form was answered with {response.status}")
            return read_page(text, str(response.url))


def read_page(source: str, address: str) -> Page:
    """Read a page: its visible text, one line a block, and its forms that post."""
    tree: Any = html.fromstring(source)
    for hidden in tree.xpath("//script|//style|//template|//*[@hidden]"):
        hidden.drop_tree()
    forms = tuple(_read_form(f) for f in tree.iter("form") if (f.get("method") or "get").lower() == "post")
    for passed in tree.xpath("//details[not(@open)]/*[not(self::summary)]|//dl"):
        passed.drop_tree()  # what is folded away is not read, and a list of answers given asks nothing
    body = tree.find(".//body") if tree.tag != "body" else tree
    text = "\n".join(part.strip() for part in (tree if body is None else body).itertext() if part.strip())
    return Page(address, text, forms)


def _read_form(element: Any) -> Form:
    hidden: list[tuple[str, str]] = []
    controls: list[Control] = []
    typed: list[str] = []
    for field in element.xpath(".//input|.//textarea|.//button|.//option"):
        kind = (field.get("type") or ("submit" if field.tag == "button" else "text")).lower()
        name, value = field.get("name") or "", field.get("value") or ""
        if field.tag == "option":
            label = field.text_content().strip()
            controls.append(
                Control(Shown(label), field.getparent().get("name") or "", field.get("value", label), False)
            )
        elif kind == "hidden":
            hidden.append((name, value))
        elif kind in ("radio", "checkbox"):
            controls.append(Control(Shown(_label(element, field)), name, field.get("value", "on"), False))
        elif kind in ("submit", "image"):
            label = field.text_content().strip() or value
            controls.append(Control(Shown(label, data=value), name, value, True))
        elif field.tag == "textarea" or kind in _TYPED:
            typed.append(name)
    lists = tuple((_label(element, field), field.get("name") or "") for field in element.iter("select"))
    return Form(element.get("action") or "", tuple(hidden), tuple(controls), tuple(typed), lists)


def _label(form: Any, field: Any) -> str:
    own = form.xpath(".//label[@for=$id]", id=field.get("id") or "") or field.xpath("ancestor::label[1]")
    return " ".join(own[0].text_content().split()) if own else field.get("aria-label") or ""


def fill_in(page: Page, life: Life, book: PhraseBook) -> tuple[Form, Fields, str] | None:
    """Which form to send with what, and what to tell about it; None when the resident gives up."""
    question = life.asked
    if question is None:
        return _begin(page, life.begin(book))
    value = life.choose([control.shown for form in page.forms for control in form.controls])
    if value is None:
        return None
    for form in page.forms:
        fields = _chosen(form, question, value, life.language) if question.choices else _typed(form, question, value)
        if fields:
            told = value if isinstance(value, str) else ", ".join(value)
            return form, fields, f"{question.key}: {told}"
    raise PageUnusable(f"there is no way to answer {question.key!r} on the page")


def _begin(page: Page, words: Sequence[str]) -> tuple[Form, Fields, str]:
    for form in page.forms:
        button = find_button([c.shown for c in form.controls if c.is_button], words)
        if button is not None:
            return form, _pressing(form, button), button.label
    raise PageUnusable("there is no way to begin on the page")


def _chosen(form: Form, question: Question, value: Value, language: str) -> Fields:
    wanted = [value] if isinstance(value, str) else value
    labels = [question.choice_label(one, language) for one in wanted]
    if question.type == "rank" and form.lists:
        return _ranked(form, labels)
    found = [next((c for c in form.controls if same_label(c.shown.label, label)), None) for label in labels]
    fields = [(control.name, control.value) for control in found if control is not None]
    if len(fields) != len(wanted):
        return []
    return fields + ([] if any(c is not None and c.is_button for c in found) else _main_button(form))


def _ranked(form: Form, labels: Sequence[str]) -> Fields:
    """A place in the order for each label, where each has a list to choose it from."""
    names = {label: name for label in labels for beside, name in form.lists if same_label(beside, label)}
    if len(names) != len(labels):
        return []
    return [(names[label], str(place)) for place, label in enumerate(labels, start=1)] + _main_button(form)


def _typed(form: Form, question: Question, value: Value) -> Fields:
    """The value typed, chosen where it stands on a scale, or in two parts where latitude and longitude are asked for."""
    on_scale = next((c for c in form.controls if not c.is_button and same_label(c.shown.label, str(value))), None)
    if on_scale is not None:
        return [(on_scale.name, on_scale.value), *_main_button(form)]
    is_in_two = question.type == "geopoint" and len(form.typed) > 1
    parts = [part.strip() for part in str(value).split(",")] if is_in_two else [str(value)]
    if len(form.typed) < len(parts):
        return []
    return [*zip(form.typed, parts, strict=False), *_main_button(form)]


def _main_button(form: Form) -> Fields:
    """The button that sends a filled form: its first."""
    button = next((c for c in form.controls if c.is_button), None)
    return [(button.name, button.value)] if button is not None and button.name else []


def _pressing(form: Form, button: Shown) -> Fields:
    return [(c.name, c.value) for c in form.controls if c.shown is button and c.name]


def _refuse_far(url: str) -> None:
    if urlsplit(url).hostname not in _LOOPBACK:
        raise PageUnusable("the address leads away from this machine")
