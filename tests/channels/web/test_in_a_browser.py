"""The personal page in a real browser: accessible by axe's rules, in both colour schemes, and usable without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, async_playwright

from bot.contents import Content, Option, Said
from tests.browsers import FLAGS, chromium_path
from tests.channels.web.rig import TOKEN, ChannelRig

pytestmark = pytest.mark.slow

OPTIONS = tuple(Option(f"2.{n}", label) for n, label in enumerate(("Bänkar", "Träd", "Ljus"), start=1))
DONE, BACK = Option("!done.2", "Klar"), Option("!back", "Tillbaka")
CARD = "Hej! Det här är Sjöviks kommun.\n\n" + "Så här hanteras svaren. " * 15 + "\n\nSe https://sjovik.example/park"
PAGES = {
    "card": Content(CARD, "sv", actions=(Option("!begin", "Börja"),)),
    "one": Content("Tack!\n\nFråga 1 av 3\nVad behövs?\nVälj.", "sv", options=OPTIONS, select="one", actions=(BACK,)),
    "many": Content("Vad?", "sv", options=OPTIONS, select="many", chosen=("2.1",), actions=(DONE, BACK)),
    "rank": Content("Vad först?", "sv", options=OPTIONS, select="rank", actions=(DONE,)),
    "text": Content("Vad mer?", "sv", input="text"),
    "date": Content("När?", "sv", input="date"),
    "location": Content("Var?", "sv", input="location"),
    "arabic": Content("ما رأيك؟", "ar", options=(Option("2.1", "جيد"), Option("2.2", "Facebook")), select="one"),
    "resting": Content("Tack! Det var alla frågor.", "sv"),
}


@pytest.fixture
async def web() -> AsyncIterator[ChannelRig]:
    rig = ChannelRig()
    async with rig.running():
        yield rig


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_to_object_to(
    web: ChannelRig, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    context = await browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    found = {}
    for name, content in PAGES.items():
        web.asks(content)
        for path in (f"/d/{TOKEN}", f"/d/{TOKEN}?missing=words", f"/u/{TOKEN}"):
            await page.goto(web.public_url + path)
            results = await Axe().run(page)
            found[name, path] = [violation["id"] for violation in results.response["violations"]]
            is_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not is_wide, f"{name} is wider than a telephone"
    assert {place: ids for place, ids in found.items() if ids} == {}


async def test_a_question_is_answered_without_javascript_and_by_keyboard(web: ChannelRig, browser: Browser) -> None:
    web.asks(PAGES["one"])
    page = await (await browser.new_context(java_script_enabled=False)).new_page()
    await page.goto(f"{web.public_url}/d/{TOKEN}")
    await page.get_by_role("radio", name="Bänkar").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/*#now")
    assert web.desk.inbounds[-1].said == Said(choice="2.2")


async def test_the_policy_of_the_page_breaks_nothing_on_it(web: ChannelRig, browser: Browser) -> None:
    web.asks(PAGES["location"])
    context = await browser.new_context(
        permissions=["geolocation"], geolocation={"latitude": 58.05, "longitude": 12.44}
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(f"{web.public_url}/d/{TOKEN}")
    await page.get_by_role("button", name="Use the place where I am").click()
    await page.wait_for_function("document.getElementById('latitude').value")
    await page.get_by_role("button", name="Send answer").click()
    assert (web.desk.inbounds[-1].said, complaints) == (Said(location=(58.05, 12.44)), [])
