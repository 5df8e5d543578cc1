"""axe-core in a real browser on every kind of page: light and dark, narrow, and from right to left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from console.app import build_console
from store import requests
from store.database import Database
from tests.browsers import FLAGS, chromium_path
from tests.console import village
from tests.console.serving import served

pytestmark = pytest.mark.slow

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = (
    "/dialogues",
    "/dialogue/park?lang=sv",
    "/dialogue/park?lang=ar",
    "/dialogue/green?lang=ar",
    "/console",
    "/console/campaigns/green",
    "/accessibility",
    "/nothing",
)
VIEWS = {"light": (1200, "light"), "dark": (1200, "dark"), "narrow": (320, "light"), "narrow dark": (320, "dark")}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def address(sqlite_database: Database) -> Iterator[str]:
    """One dialogue that is decided, one that is late, on a real socket."""
    with sqlite_database.begin() as connection:
        park, green = village.definition("park"), village.definition("green")
        village.settle_in(connection)
        for made in (park, green):
            village.save(connection, made)
            village.start(connection, made)
        for made in (park, green):
            village.answer(connection, made)
        waiting = 241  # the first of those who are asked about the green
        requests.ask(connection, waiting, "person", channel="sms", language="ar", now=village.OPENS)
        village.decide(connection, park)
    now = village.OPENS + 40 * village.DAY
    stopping = threading.Event()
    routes = build_console(sqlite_database, now=lambda: now, is_stopping=stopping.is_set)
    with served(routes, stopping.set) as address:
        yield address


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_breaks_a_rule_that_a_checker_knows(chromium: Browser, address: str, view: str):
    width, scheme = VIEWS[view]
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    found: list[str] = []
    for path in PAGES:
        page = context.new_page()
        said: list[Any] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        report = Axe().run(page, options=RULES).response
        found += [
            f"{path} ({view}): {v['id']}: {v['help']}: {[node['target'] for node in v['nodes']][:3]}"
            for v in report["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{path} ({view}): the page is wider than the screen")
        found += [f"{path} ({view}): {text}" for text in said if path != "/nothing"]
        page.close()
    context.close()
    assert not found, "\n".join(found)


def test_numbers_renew_themselves_while_the_page_is_open(chromium: Browser, address: str, sqlite_database: Database):
    page = chromium.new_page()
    page.goto(address + "/console/campaigns/green?lang=en")
    page.wait_for_selector("[data-live-lamp][data-is-live]")
    with sqlite_database.begin() as connection:
        village.decide(connection, village.definition("green"))
    page.wait_for_selector('.timeline li[data-state="done"] >> text=TN 2027/114', timeout=60_000)
    page.close()


def test_everything_stands_on_the_page_without_javascript(chromium: Browser, address: str):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/console/campaigns/green?lang=en")
    assert page.locator(".numbers dd").first.inner_text() == "240"
    context.close()
