"""What stands on the pages, and what never may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import html as markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse

import locales
from bot.xlsform import read_xlsform
from console.app import STOCKHOLM
from console.pages import HEADERS, Pages
from console.words import Languages
from store import requests
from store.corrections import add_version
from store.database import Database
from store.lanes import Standing, ensure, save
from tests.console import village
from tests.console.conftest import Browser

NO_BREAK = "\N{NO-BREAK SPACE}"


def cells(page: Any, key: str) -> dict[str, list[str]]:
    """A table's rows by their headings."""
    rows = page.xpath(f'//table[caption/@id="caption-{key}"]/tbody/tr')
    return {row.xpath("string(th)"): [cell.text_content() for cell in row.xpath("td")] for row in rows}


def numbers(page: Any) -> dict[str, str]:
    return {
        entry.xpath("string(dt)"): (entry.xpath("dd/text()") or [""])[0].strip()
        for entry in page.xpath('//dl[@class="numbers"]/div')
    }


def text(page: Any) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


async def test_an_empty_house_says_so(browser: Browser):
    assert "There is no campaign yet" in text(await browser.page("/console?lang=en"))
    assert "No dialogue has been opened yet" in text(await browser.page("/dialogues?lang=en"))


@pytest.mark.usefixtures("launched")
async def test_the_list_of_campaigns_tells_status_dates_and_progress(browser: Browser):
    row = (await browser.page("/console?lang=en")).xpath('//table[@class="campaigns"]/tbody/tr')[0].text_content()
    assert "What does the park by the station need?" in row
    assert "Open for answers" in row
    assert "1–22 Mar 2027" in row
    assert "240" in row


@pytest.mark.usefixtures("launched")
async def test_a_campaign_shows_how_far_it_has_come(browser: Browser):
    found = numbers(await browser.page("/console/campaigns/park?lang=en"))
    shown = [found[name] for name in ("Invited", "Started answering", "Finished", "Partial answers", "Reminded")]
    assert shown == ["240", "113", "102", "11", "0"]


@pytest.mark.usefixtures("launched")
async def test_a_campaign_shows_what_became_of_its_messages(browser: Browser):
    found = cells(await browser.page("/console/campaigns/park?lang=en"), "outbox")
    assert found["All channels"][2] == "200"


@pytest.mark.usefixtures("launched")
async def test_inside_no_figure_under_six_can_be_read_or_computed(browser: Browser):
    page = await browser.page("/console/campaigns/park?lang=en")
    areas = cells(page, "area")
    assert areas["Öd"] == ["40", "hidden", "hidden"]
    assert sum(row[1] == "hidden" for row in areas.values()) >= 2
    wishes = cells(page, "answers-1")
    assert wishes["Something else"] == ["hidden", "hidden"]
    assert sum(row[0] == "hidden" for row in wishes.values()) >= 2
    assert wishes["A playground"][0] == "65"
    assert numbers(page)["Opted out"] == "hidden"


@pytest.mark.usefixtures("launched")
async def test_the_least_heard_come_first(browser: Browser):
    page = await browser.page("/console/campaigns/park?lang=en")
    heard = [
        float(row[2].strip("%").replace(NO_BREAK, ""))
        for row in cells(page, "coverage-age").values()
        if row[2] != "hidden"
    ]
    assert heard == sorted(heard)
    assert len(heard) == 3


@pytest.mark.usefixtures("launched")
async def test_a_promise_that_is_late_is_marked(browser: Browser):
    page = await browser.at(40).page("/console/campaigns/park?lang=en")
    assert page.xpath('//li[@data-state="overdue"]')
    assert "Late:" in page.xpath('string(//div[@data-tone="warn"])')


@pytest.mark.usefixtures("launched")
async def test_live_numbers_are_the_pages_own_region(browse: Any):
    browser = browse(is_stopping=iter([False, True]).__next__)
    response = await browser.get("/console/campaigns/park/live?lang=en")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "event: figures" in response.text
    assert 'data: <h2 id="progress">Progress</h2>' in response.text


async def test_a_guard_stands_before_every_page_of_the_console(browse: Any, launched: Database):
    async def refuse(request: Any) -> PlainTextResponse:
        return PlainTextResponse("sign in", 401)

    browser = browse(guard=refuse)
    paths = ("/console", "/console/campaigns/park", "/console/campaigns/park/live")
    assert [(await browser.get(path)).status_code for path in paths] == [401, 401, 401]
    assert (await browser.get("/dialogue/park")).status_code == 200


@pytest.mark.usefixtures("launched")
async def test_the_public_page_says_what_can_change_before_the_decision_and_shows_no_figure(browser: Browser):
    page = await browser.page("/dialogue/park?lang=en")
    shown = text(page)
    assert "What is built, where it stands and in which order." in shown
    assert "the budget of four million kronor" in shown
    assert "Your answers are advice to those who decide." in shown
    assert "Answers are taken until 22 March 2027" in shown
    assert not page.xpath("//main//table")
    assert not page.xpath("//figure")


@pytest.mark.usefixtures("decided")
async def test_after_the_decision_everybody_reads_what_was_decided_why_and_where(browser: Browser):
    shown = text(await browser.at(55).page("/dialogue/park?lang=sv"))
    assert "Lekplatsen byggs i år" in shown
    assert "Pengarna räcker till en etapp om året." in shown
    assert "TN 2027/114" in shown
    assert "Några ville hellre ha ett utegym." in shown


@pytest.mark.usefixtures("decided")
async def test_in_public_no_figure_under_ten_and_no_free_text(browser: Browser):
    response = await browser.at(55).get("/dialogue/park?lang=en")
    page = await browser.page("/dialogue/park?lang=en")
    wishes = cells(page, "answers-1")
    assert wishes["A playground"][0] == "65"
    assert wishes["An outdoor gym"] == ["hidden", "hidden"]
    assert wishes["Something else"] == ["hidden", "hidden"]
    assert village.SECRET_TEXT not in response.text
    assert "Ture" not in response.text


@pytest.mark.usefixtures("decided")
async def test_the_view_of_the_fewest_is_shown_where_it_may_be(browser: Browser):
    shown = text(await browser.at(55).page("/dialogue/park?lang=en"))
    assert "What matters most in the park? Seats in the shade: 35" in shown


@pytest.mark.usefixtures("decided")
async def test_a_dialogue_is_read_in_any_of_its_languages(browser: Browser):
    page = await browser.at(55).page("/dialogue/park", accept_language="ar;q=0.9, en;q=0.5")
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert "سيُبنى الملعب هذا العام" in text(page)
    assert "ملعب للأطفال" in cells(page, "answers-1")
    assert page.xpath('//nav[@class="languages"]//a[@hreflang="sv"]')


@pytest.mark.usefixtures("decided")
async def test_a_language_without_a_text_gets_the_campaigns_first(browser: Browser):
    page = await browser.at(55).page("/dialogue/park?lang=en")
    assert "Lekplatsen byggs i år" in text(page)


@pytest.mark.usefixtures("decided")
async def test_public_pages_can_be_cached_and_asked_for_again(browser: Browser):
    first = await browser.at(55).get("/dialogue/park")
    assert first.headers["cache-control"].startswith("public, max-age=")
    assert "set-cookie" not in first.headers
    again = await browser.get("/dialogue/park", if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.usefixtures("launched")
async def test_coordinators_pages_are_never_stored(browser: Browser):
    assert (await browser.get("/console")).headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("path", ["/dialogue/park", "/dialogues", "/console", "/console/campaigns/park"])
async def test_no_page_names_an_address_or_a_person(browser: Browser, path: str):
    shown = (await browser.at(55).get(path)).text
    assert "+4670" not in shown
    assert "@example.org" not in shown
    assert "VB01-1" not in shown


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize(
    "path",
    ["/dialogue/park?lang=ar", "/dialogues", "/console", "/console/campaigns/park", "/accessibility", "/nothing"],
)
async def test_every_page_is_well_formed_and_keeps_to_the_strict_policy(browser: Browser, path: str):
    response = await browser.at(55).get(path)
    assert response.text.startswith("<!doctype html>")
    page = markup.fromstring(response.text)
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert page.get("lang")
    assert page.get("dir") in ("ltr", "rtl")
    assert len(page.xpath("//h1")) == 1
    assert len(page.xpath("//main")) == 1
    assert page.xpath("//title")[0].text.strip()
    assert not page.xpath("//@style | //style | //script[not(@src)] | //@*[starts-with(name(), 'on')]")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not set(page.xpath("//@aria-labelledby")) - set(ids)
    for table in page.xpath("//table"):
        assert table.xpath("caption")
        assert not table.xpath(".//th[not(@scope)]")


async def test_information_asks_for_no_answers(browser: Browser, sqlite_database: Database):
    made = village.definition()
    made = replace(made, charter=replace(made.charter, level="information"))
    with sqlite_database.begin() as connection:
        village.settle_in(connection)
        village.save(connection, made, has_survey=False)
        village.start(connection, made)
    shown = text(await browser.page("/dialogue/park?lang=en"))
    assert "This is information. We do not ask for answers." in shown
    assert "Answers are taken until" not in shown
    assert (await browser.get("/console/campaigns/park")).status_code == 200


async def test_drafts_are_not_public(browser: Browser, sqlite_database: Database):
    with sqlite_database.begin() as connection:
        village.save(connection, village.definition())
    assert (await browser.get("/dialogue/park")).status_code == 404
    assert (await browser.get("/console/campaigns/park")).status_code == 200


async def test_what_is_not_there_gets_a_page_of_its_own(browser: Browser):
    for path in ("/dialogue/none", "/console/campaigns/none", "/static/0/none.css"):
        response = await browser.get(path, accept_language="en")
        assert response.status_code == 404
        assert "There is no such page" in response.text


async def test_a_fault_of_ours_says_so_and_nothing_more(browse: Any):
    async def fail(request: Any) -> None:
        raise RuntimeError("a secret detail")

    response = await browse(guard=fail).get("/console", accept_language="en")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert "secret" not in response.text


async def test_files_named_by_their_content_are_kept_for_ever(browser: Browser):
    page = await browser.page("/accessibility")
    response = await browser.get(page.xpath('//link[@rel="stylesheet"]/@href')[0])
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-type"].startswith("text/css")


async def test_a_page_says_which_language_it_is_in_even_when_another_ones_dates_stand_in():
    """Meänkieli has no formats of its own, but a page in it is no page in Swedish."""
    pages = Pages(Languages(locales.translation, locales.direction, STOCKHOLM), ("fit",))
    scope = {"type": "http", "method": "GET", "path": "/nowhere", "query_string": b"", "headers": []}
    response = await pages.error(Request(scope), 404)
    assert response.headers["content-language"] == "fit"
    assert markup.fromstring(response.body.decode()).get("lang") == "fit"


async def test_who_waits_for_a_person_is_shown_without_any_address(browser: Browser, launched: Database):
    assert not (await browser.page("/console/campaigns/park?lang=en")).xpath('//section[@aria-labelledby="requests"]')
    with launched.begin() as connection:
        number = requests.ask(
            connection, 1, "person", channel="sms", language="so", now=village.OPENS - 2 * village.DAY
        )
    page = await browser.page("/console/campaigns/park?lang=en")
    assert cells(page, "requests") == {str(number): ["27 February 2027", "Somali", "Text message", "4"]}
    with launched.begin() as connection:
        requests.finish_request(connection, number, "Åsa", village.OPENS)
    assert not (await browser.page("/console/campaigns/park?lang=en")).xpath('//section[@aria-labelledby="requests"]')


async def test_answers_to_all_versions_are_counted_together_and_it_is_said(browser: Browser, launched: Database):
    before = cells(await browser.page("/console/campaigns/park?lang=en"), "answers-1")
    shorter = "\n".join(line for line in village.SURVEY.splitlines() if "| integer |" not in line)
    newer = read_xlsform(shorter.replace("A playground", "A big playground").encode(), "survey.md").xform
    with launched.begin() as connection:
        add_version(connection, "park", newer, village.OPENS)
    page = await browser.page("/console/campaigns/park?lang=en")
    after = cells(page, "answers-1")
    assert after.pop("A big playground") == before.pop("A playground")
    assert after == before
    assert "How many times a week?" in text(page)  # asked in the first version alone
    assert "answers to its 2 versions are counted together" in text(page)


@pytest.mark.usefixtures("launched")
async def test_a_campaigns_page_says_which_lane_rests_and_why(browser: Browser, sqlite_database: Database):
    now = browser.at(2).clock[0]
    with sqlite_database.begin() as connection:
        ensure(connection, ["sms", "email"])
        save(connection, Standing("sms", 5, 3, now - timedelta(hours=1), now + timedelta(minutes=5), "twilio_20003"))
    told = (await browser.page("/console/campaigns/park?lang=en")).xpath('string(//div[@data-tone="warn"])')
    assert "Messages on sms have been waiting since" in told
    assert "twilio_20003" in told
    assert "email" not in told
