"""Numbers and addresses in texts that run from right to left, as a browser shows them: where each part stands on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from jinja2 import Environment
from playwright.sync_api import Browser, Page, sync_playwright

from bot.contents import Content
from bot.wordings import shielded
from channels.email.layout import Layout, words
from channels.web import texts as web_page
from console.app import build_console
from console.directions import isolated
from locales import translation
from store.database import Database
from tests.browsers import FLAGS, chromium_path
from tests.console import village
from tests.console.serving import served

# What a municipality writes, and the parts of it that must stand from left to right, one after the other.
RUNS = {
    "0980-319 200": ("0980", "319", "200"),
    "+46 (0)980-319 201": ("+46", "(0)", "980", "201"),
    "+4698031920": ("+", "4698031920"),
    "(0980) 319 202": ("(0980)", "319", "202"),
    "2026-03-09 09:00": ("2026", "03", "09", "09:00"),
    "SBN 2026/0114": ("SBN", "2026", "0114"),
    "Storgatan 12-14": ("Storgatan", "12", "14"),
    "831 31 Östersund": ("831", "31", "Östersund"),
    "torget@sjovik.example": ("torget", "@", "sjovik", "example"),
    "112@sjovik.example": ("112", "@", "sjovik", "example"),
    "@sjovik_bot": ("@", "sjovik_bot"),
    "https://sjovik.example/dialog/12": ("https", "sjovik", "dialog", "12"),
}
ARABIC = "اتصل بالرقم {} أو اكتب إلينا."
YIDDISH = "קלינגט {} אָדער שרײַבט צו אונדז."
# Where the text node with a run lies on the screen, part by part: the middle of each part's first box.
PLACES = """([within, run, parts]) => {
  const walker = document.createTreeWalker(document.querySelector(within), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let at = node.data.indexOf(run);
    if (at < 0 || node.parentElement.getClientRects().length === 0) continue;
    return parts.map(part => {
      const start = node.data.indexOf(part, at), range = document.createRange();
      at = start + part.length;
      range.setStart(node, start);
      range.setEnd(node, at);
      const box = range.getClientRects()[0];
      return [Math.round(box.y), box.x + box.width / 2];
    });
  }
  return null;
}"""


@pytest.fixture(scope="module")
def screen() -> Iterator[Page]:
    """A narrow screen."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser.new_page(viewport={"width": 360, "height": 800})
        browser.close()


def order(page: Page, within: str, run: str) -> list[Any]:
    found = page.evaluate(PLACES, [within, run, RUNS[run]])
    assert found is not None, f"{run} is not on the page"
    return list(found)


def out_of_order(page: Page, within: str = "body") -> list[str]:
    """The runs whose parts do not stand from left to right (or, where a line ends between them, below)."""
    return [run for run in RUNS if (places := order(page, within, run)) != sorted(places)]


@contextmanager
def _shown(page: Page, html: str) -> Iterator[Page]:
    page.set_content(html)
    yield page


def lines(pattern: str) -> str:
    return "\n\n".join(pattern.format(run) for run in RUNS)


def by_marks(language: str, pattern: str) -> Content:
    """The text as it leaves for chats and letters."""
    return shielded(translation(language), Content(lines(pattern), language, title=pattern.format("0980-319 200")))


def plain(language: str, pattern: str) -> str:
    return f'<pre dir="rtl" style="white-space:pre-wrap">{by_marks(language, pattern).text}</pre>'


def letter(language: str, pattern: str) -> str:
    layout = Layout(
        by_marks(language, pattern),
        "",
        words(translation(language)),
        has_page=True,
        has_stop=True,
        is_asking=False,
    )
    return layout.html()


def personal_page(language: str, pattern: str) -> str:
    return f'<main dir="rtl">{web_page.blocks(by_marks(language, pattern).text)}</main>'


def by_markup(language: str, pattern: str) -> str:
    """What the pages' templates make of it."""
    environment = Environment(autoescape=True)
    environment.filters["isolated"] = isolated
    template = environment.from_string('<main dir="rtl">{% for line in lines %}<p>{{ line|isolated }}</p>{% endfor %}')

    class Words:
        direction = "rtl"

    return template.render(lines=[pattern.format(run) for run in RUNS], words=Words())


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [ARABIC, YIDDISH], ids=["ar", "yi"])
@pytest.mark.parametrize("show", [plain, letter, personal_page, by_markup])
def test_numbers_and_addresses_stand_from_left_to_right(screen: Page, show: Any, pattern: str) -> None:
    with _shown(screen, show("ar" if pattern is ARABIC else "yi", pattern)) as page:
        assert out_of_order(page) == []


@pytest.mark.slow
def test_without_isolation_they_do_not(screen: Page) -> None:
    """That the measure can tell."""
    bare = "".join(f"<p>{ARABIC.format(run)}</p>" for run in RUNS)
    with _shown(screen, f'<main dir="rtl">{bare}</main>') as page:
        assert {"0980-319 200", "+4698031920", "112@sjovik.example", "831 31 Östersund"} <= set(out_of_order(page))


@pytest.mark.slow
def test_a_range_is_read_as_the_text_runs(screen: Page) -> None:
    said = shielded(translation("ar"), Content("من الساعة 09:00-20:00 كل يوم", "ar"))
    with _shown(screen, f'<p dir="rtl">{said.text}</p>') as page:
        (_, first), (_, second) = page.evaluate(PLACES, ["p", "09:00-20:00", ["09:00", "20:00"]])
        assert first > second


@pytest.mark.slow
def test_the_public_page_in_arabic_shows_how_to_reach_the_municipality(
    screen: Page, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = village.definition("park")
    told = {**made.contact, "ar": lines(ARABIC)}
    made = replace(
        made, contact=told, charter=replace(made.charter, who_decides={**made.charter.who_decides, "ar": lines(ARABIC)})
    )
    with sqlite_database.begin() as connection:
        village.settle_in(connection)
        village.save(connection, made)
        village.start(connection, made)
    routes = build_console(sqlite_database, now=lambda: village.OPENS)
    with served(routes) as address:
        screen.goto(f"{address}/dialogue/park?lang=ar")
        terms = screen.locator(".terms dd")
        assert terms.count() >= 5
        assert out_of_order(screen, ".terms") == []
        assert not screen.evaluate("document.documentElement.scrollWidth > window.innerWidth")
