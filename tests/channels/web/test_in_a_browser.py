"""The personal page in a real browser: accessible by axe's rules, in both colour schemes, and usable without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.contents import Content, Option, Said
from bot.receipts import GivenAnswer, Progress
from tests.browsers import FLAGS, chromium_path
from tests.channels.web.rig import TOKEN, ChannelRig

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)  # milliseconds, also on a machine with much to do

OPTIONS = tuple(Option(f"2.{n}", label) for n, label in enumerate(("Bänkar", "Träd", "Ljus"), start=1))
DONE, BACK = Option("!done.2", "Klar"), Option("!back", "Tillbaka")
CARD = "Hej! Det här är Sjöviks kommun.\n\n" + "Så här hanteras svaren. " * 15 + "\n\nSe https://sjovik.example/park"
ANSWERS = (GivenAnswer("Hur ofta?", "Varje dag", "!change.1"), GivenAnswer("Varför?", "Skugga. " * 30, "!change.2"))
LONG_WORD = "Kommunfullmäktigeledamotsersättningsreglementesöversyn"
LONG = tuple(Option(f"2.{n}", f"{LONG_WORD} {n}") for n in range(1, 31))
PAGES = {
    "card": Content(CARD, "sv", actions=(Option("!begin", "Börja"),)),
    "one": Content("Tack!\n\nVad behövs?\nVälj.", "sv", options=OPTIONS, select="one", actions=(BACK,)),
    "many": Content("Vad?", "sv", options=OPTIONS, select="many", chosen=("2.1",), actions=(DONE, BACK)),
    "rank": Content("Vad först?", "sv", options=OPTIONS, select="rank", actions=(DONE,)),
    "scale": Content("Hur?", "sv", options=tuple(Option(f"2.{n}", str(n)) for n in range(11)), select="one"),
    "long": Content("Vilken by?", "sv", options=LONG, select="one"),
    "long many": Content("Vilka byar?", "sv", options=LONG, select="many", actions=(DONE,)),
    "text": Content("Vad mer?", "sv", input="text"),
    "number": Content("Hur många?", "sv", input="integer"),
    "date": Content("När?", "sv", input="date"),
    "moment": Content("När?", "sv", input="datetime"),
    "location": Content("Var?", "sv", input="location"),
    "refused": Content("Här behövs ett tal.\n\nHur många?", "sv", input="integer", problem="Här behövs ett tal."),
    "arabic": Content("ما رأيك؟", "ar", options=(Option("2.1", "جيد"), Option("2.2", "Facebook")), select="one"),
    "resting": Content("Tack! Det var alla frågor.", "sv"),
    "closed": Content("Det är för sent att svara nu. Så här blev det: https://sjovik.example/park", "sv"),
    "erasing": Content(
        "Ska vi radera allt?", "sv", actions=(Option("!erase:yes", "Radera"), Option("!erase:no", "Nej"))
    ),
    "left": Content("لن تصلك رسائل أخرى من بلدية سيوفيك.", "ar"),
}
FIELDS = {"one", "many", "rank", "long", "text", "number", "date", "location", "arabic"}


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


async def show(web: ChannelRig, page: Page, name: str) -> None:
    """Open a page of the table, in the middle of a conversation."""
    beside = {"progress": Progress(2, 5, True), "headings": ("Parken",), "answers": ANSWERS}
    is_open = name not in ("closed", "erasing")
    web.asks(PAGES[name], is_open=is_open, is_finished=name == "resting", has_left=name == "left", **beside)
    await page.goto(f"{web.public_url}/d/{TOKEN}")


async def objections(page: Page) -> list[str]:
    """What axe has to say, and whether anything is wider than the window."""
    results = await Axe().run(page)
    is_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [violation["id"] for violation in results.response["violations"]] + ["wide"] * is_wide


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_to_object_to(
    web: ChannelRig, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    context = await browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 740})
    page = await context.new_page()
    found = {}
    for name in PAGES:
        await show(web, page, name)
        for folded in await page.query_selector_all("details:not([open]) > summary"):
            await folded.click()
        found[name] = await objections(page)
        if name in FIELDS:
            await page.evaluate("document.querySelectorAll(':checked').forEach(field => field.checked = false)")
            await page.click(".asked .main")
            await expect(page).to_have_title("Check your answer – Ny park i Sjövik")
            found[name, "amiss"] = await objections(page)
    for path in (f"/u/{TOKEN}", "/d/another"):
        await page.goto(web.public_url + path)
        found[path] = await objections(page)
    assert {place: ids for place, ids in found.items() if ids} == {}


async def test_text_twice_as_large_needs_no_scrolling_sideways(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context(viewport={"width": 640, "height": 740})).new_page()
    wide = []
    for name in PAGES:
        await show(web, page, name)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
    assert wide == []


async def test_nothing_to_press_is_smaller_than_a_fingertip(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context(viewport={"width": 320, "height": 740})).new_page()
    small = {}
    for name in PAGES:
        await show(web, page, name)
        small[name] = await page.evaluate(
            "[...document.querySelectorAll('button, select, summary, .option, textarea, input[type=text]')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
    assert {name: found for name, found in small.items() if found} == {}


async def test_the_eye_and_the_keyboard_come_to_what_is_amiss(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context(java_script_enabled=True)).new_page()
    await show(web, page, "text")
    await page.keyboard.press("Tab")
    await page.click(".asked .main")
    await expect(page.get_by_role("alert")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("Bänkar")
    assert await page.input_value("#answer") == "Bänkar"


async def test_a_ranking_is_made_by_keyboard_alone(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context(java_script_enabled=False)).new_page()
    await show(web, page, "rank")
    await page.get_by_label("Bänkar").focus()
    for place in ("2", "3", "1"):
        await page.keyboard.type(place)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/*#now")
    assert web.desk.inbounds[-1].said == Said(choice="2.3 2.1 2.2 !done.2")


async def test_everything_is_reached_by_keyboard_and_shows_where_one_is(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context(viewport={"width": 320, "height": 740})).new_page()
    await show(web, page, "many")
    reached = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        here = await page.evaluate(
            "(e => e === document.body ? null : {name: e.textContent.trim() || e.id, ring:"
            " getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e.parentElement).outlineStyle !== 'none'})"
            "(document.activeElement)"
        )
        if here is None:
            break
        reached.append(here["name"])
        assert here["ring"], here
    wanted = ["Go to the question", "Svenska", "answer-1", "answer-3", "Klar", "Tillbaka", "Your answers so far"]
    assert [name for name in wanted if name not in reached] == []


async def test_going_back_in_the_browser_and_answering_otherwise_is_a_change(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context()).new_page()
    await show(web, page, "one")
    await page.get_by_role("radio", name="Bänkar").check()
    await page.click(".asked .main")
    await page.wait_for_url("**/*#now")
    web.asks(PAGES["text"])
    await page.goto(f"{web.public_url}/d/{TOKEN}")
    web.asks(PAGES["one"])
    await page.go_back()
    await page.get_by_role("radio", name="Träd").check()
    async with page.expect_response(lambda response: response.request.method == "POST"):
        await page.click(".asked .main")
    assert [inbound.said.choice for inbound in web.desk.inbounds] == ["2.1", "2.2"]


async def test_a_double_click_is_one_answer(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context()).new_page()
    await show(web, page, "text")
    await page.fill("#answer", "Bänkar")
    await page.dblclick(".asked .main")
    await page.wait_for_url("**/*#now")
    assert len({inbound.external_id for inbound in web.desk.inbounds}) == 1


async def test_a_page_is_printed_without_what_one_presses(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context()).new_page()
    await show(web, page, "resting")
    await page.emulate_media(media="print")
    assert await page.get_by_text("Varje dag").is_visible()
    assert [b for b in await page.query_selector_all("button, summary") if await b.is_visible()] == []


async def test_with_forced_colours_the_chosen_option_is_still_told_apart(web: ChannelRig, browser: Browser) -> None:
    page = await (await browser.new_context(forced_colors="active")).new_page()
    await show(web, page, "many")
    styles = await page.evaluate("[...document.querySelectorAll('.option')].map(e => getComputedStyle(e).outlineStyle)")
    assert styles == ["solid", "none", "none"]


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
    await page.wait_for_function("document.getElementById('answer').value")
    await page.get_by_role("button", name="Send answer").click()
    await page.wait_for_url("**/*#now")
    assert (web.desk.inbounds[-1].said, complaints) == (Said(location=(58.05, 12.44)), [])
