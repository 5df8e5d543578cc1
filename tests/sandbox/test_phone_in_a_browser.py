"""The phone page as people use it: by keyboard, from right to left, in light and dark, and by the rules of WCAG 2.2 AA."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright, expect

from sandbox.clock import SharedClock
from sandbox.reading import PhraseBook
from sandbox.town import town
from sandbox.wire import Button, NothingToPress
from sandbox.world import Habit, Resident, World
from tests.browsers import FLAGS, chromium_path
from tests.sandbox.scripted_wire import PHRASES, ScriptedWire
from tests.sandbox.served_app import served

pytestmark = pytest.mark.slow
expect.set_options(timeout=60_000)  # milliseconds, also on a machine with much to do

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def person(ref, channel, timing, language="en"):
    return Resident(ref, "SJ01", language, 1980, "f", {channel: f"{channel}:{ref}"}, (), Habit(timing=timing))


@pytest.fixture
async def page():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        yield page
        await browser.close()


@pytest.fixture
def wires(tmp_path):
    """A served village: two residents played by hand, two silent ones who have been invited in Arabic and English."""
    with SharedClock.create(tmp_path / "clock", 1_770_000_000.0) as clock:
        wires = {"telegram": ScriptedWire("telegram", clock, has_buttons=True), "sms": ScriptedWire("sms", clock)}
        residents = (
            person("you-telegram", "telegram", "by_hand"),
            person("you-sms", "sms", "by_hand"),
            person("R-1", "telegram", "silent", "ar"),
            person("R-2", "sms", "silent"),
        )
        world = World("Village", 7, "Europe/Stockholm", {"SJ01": "Centre"}, residents)
        with served(town(world, list(wires.values()), clock, phrases=PhraseBook(PHRASES)), lifespan="on") as address:
            for resident in residents:
                for channel, to in resident.contacts.items():
                    wires[channel].invite(to, resident.language)
            wires["address"] = f"{address}/sandbox/phone"
            yield wires


async def test_a_conversation_can_be_held_by_keyboard(page, wires):
    await page.goto(wires["address"])
    await page.get_by_role("button", name="Begin", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Which bus line do you use most?")
    await page.get_by_label("Your message").focus()
    await page.keyboard.type("2")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("When do you travel?")
    assert wires["telegram"].talks["telegram:you-telegram"].answers == {"bus": "two"}


async def test_whoever_ticks_by_keyboard_stays_at_the_button_when_the_message_is_edited(page, wires):
    wire, address = wires["telegram"], "telegram:you-telegram"
    ref = str(wire.sent + 1)
    wire.deliver(address, "Rank them", [Button("☐ Trees", "1.1"), Button("☐ Benches", "1.2")])
    await page.goto(wires["address"])
    await page.get_by_role("button", name="☐ Benches").focus()
    wire.deliver(address, "Rank them", [Button("☐ Trees", "1.1"), Button("1️⃣ Benches", "1.2")], edits=ref)
    await expect(page.get_by_role("button", name="1️⃣ Benches")).to_be_focused()
    await expect(page.get_by_role("log").get_by_text("Rank them")).to_have_count(1)


async def test_a_press_of_a_button_that_has_gone_is_told(page, wires):
    async def gone(address, arrival, data):
        raise NothingToPress("the message has no such button any more")

    wires["telegram"].press = gone
    await page.goto(wires["address"])
    await page.get_by_role("button", name="Begin", exact=True).click()
    await expect(page.get_by_text("the message has no such button any more")).to_be_visible()


async def test_arrow_keys_change_the_channel(page, wires):
    await page.goto(wires["address"])
    await page.get_by_role("tab", name="Telegram").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="SMS")).to_be_focused()
    await expect(page.get_by_role("tab", name="SMS")).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("log")).to_contain_text("Sjövik would like to hear")


async def test_an_arabic_conversation_runs_from_right_to_left(page, wires):
    await page.goto(wires["address"])
    await page.get_by_label("Search residents").fill("العربية")
    await page.get_by_role("listitem").get_by_role("button", name="R-1").click()
    await expect(page.locator(".glass")).to_have_attribute("dir", "rtl")
    box = await page.locator(".message .bubble").bounding_box()
    glass = await page.locator(".glass").bounding_box()
    assert box["x"] + box["width"] > glass["x"] + glass["width"] - 40


async def test_holding_still_stops_the_list(page, wires):
    await page.goto(wires["address"])
    await expect(page.locator("#list li")).to_have_count(4)
    first = page.locator("#list li button").first
    await expect(first).to_have_attribute("data-ref", "R-2")  # who was written to last
    await page.get_by_role("button", name="Hold still").click()
    wires["sms"].deliver("sms:you-sms", "News")
    await expect(page.locator("#tab-sms .badge")).to_have_text("1")  # the page has heard of it
    await expect(first).to_have_attribute("data-ref", "R-2")
    await page.get_by_role("button", name="Hold still").click()
    await expect(first).to_have_attribute("data-ref", "you-sms")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_breaks_no_rule_of_accessibility(page, wires, scheme):
    await page.emulate_media(color_scheme=scheme)
    await page.goto(wires["address"])
    await expect(page.get_by_role("log")).to_contain_text("Sjövik would like to hear")
    results = await Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()
