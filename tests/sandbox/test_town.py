"""The assembled sandbox over HTTP: its control API, its phone page, and residents who use web pages."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from sandbox.clock import SharedClock
from sandbox.lives import Life, Tempo
from sandbox.reading import PhraseBook
from sandbox.town import town
from sandbox.webpages import Pages, PageUnusable
from sandbox.world import Habit, Resident, World
from tests.sandbox.scripted_wire import PHRASES, QUESTIONS, ScriptedWire
from tests.sandbox.served_app import served

START = 1_770_000_000.0


@dataclass
class Faults:
    """Like a stand-in's faults: a switch and a set."""

    down: bool = False
    refuse: set = field(default_factory=set)


def person(ref, channel, habit=None, language="sv"):
    return Resident(ref, "SJ01", language, 1980, "f", {channel: f"{channel}:{ref}"}, (), habit or Habit())


@pytest.fixture
def clock(tmp_path):
    with SharedClock.create(tmp_path / "clock", START) as clock:
        yield clock


@pytest.fixture
def wires(clock):
    telegram = ScriptedWire("telegram", clock, has_buttons=True)
    telegram.faults = Faults()
    return [telegram, ScriptedWire("sms", clock), ScriptedWire("email", clock, opens_with_question=True)]


@pytest.fixture
def client(clock, wires):
    residents = (
        person("you-telegram", "telegram", Habit(timing="by_hand")),
        person("R-1", "telegram"),
        person("R-2", "sms", language="ar"),
        person("R-3", "email"),
    )
    world = World("Village", 7, "Europe/Stockholm", {"SJ01": "Centre"}, residents)
    app = town(world, wires, clock, tempo=Tempo(pace_seconds=0), phrases=PhraseBook(PHRASES))
    with TestClient(app) as client:
        yield client


def settle(client):
    for _ in range(1000):
        pulse = client.get("/sandbox/pulse").json()
        if pulse["idle"]:
            return pulse
        time.sleep(0.002)
    raise TimeoutError("the residents do not come to rest")


def test_the_shared_clock_is_seen_by_whoever_maps_it(clock, tmp_path):
    with SharedClock(tmp_path / "clock") as other:
        other.set(START + 5)
        assert clock() == START + 5


def test_a_file_of_another_size_is_no_clock(tmp_path):
    (tmp_path / "clock").write_bytes(b"12")
    with pytest.raises(ValueError, match="holds 2 bytes"):
        SharedClock(tmp_path / "clock")


def test_residents_act_when_the_clock_says_so(client, clock, wires):
    wires[0].invite("telegram:R-1", "sv")
    pulse = settle(client)
    assert pulse["next_at"] > pulse["now"]
    clock.set(START + 3600)
    settle(client)
    state = client.get("/sandbox/state").json()
    r1 = next(r for r in state["residents"] if r["ref"] == "R-1")
    assert (r1["finished"], r1["channel"], r1["language"], r1["invited"]) == (True, "telegram", "sv", 1)
    assert r1["answers"] == wires[0].talks["telegram:R-1"].answers
    assert state["unread_oddities"] == []


def test_everybody_done_means_idle_with_nothing_next(client):
    assert settle(client)["next_at"] is None


def test_the_log_tells_what_was_said_since(client, wires):
    wires[1].invite("sms:R-2", "ar")
    log = client.get("/sandbox/log").json()
    assert [(e["ref"], e["direction"], e["channel"]) for e in log["entries"]] == [("R-2", "in", "sms")]
    assert client.get(f"/sandbox/log?since={log['last']}").json()["entries"] == []
    assert client.get("/sandbox/log?since=yesterday").status_code == 400


def test_faults_are_set_on_the_stand_in(client, wires):
    answer = client.post("/sandbox/faults", json={"telegram": {"down": True, "refuse": ["telegram:R-1"]}})
    assert answer.json()["telegram"] == {"down": True, "refuse": ["telegram:R-1"]}
    assert wires[0].faults == Faults(down=True, refuse={"telegram:R-1"})


def test_an_unknown_fault_changes_nothing(client, wires):
    answer = client.post("/sandbox/faults", json={"telegram": {"down": True, "dwon": True}})
    assert answer.status_code == 400
    assert answer.json()["problem"] == "telegram has no fault dwon; there are down, refuse"
    assert wires[0].faults == Faults()


def test_a_phrase_book_can_be_given_later(client):
    answer = client.put("/sandbox/phrases", json=PHRASES)
    assert answer.json() == {"languages": ["sv", "en", "ar"], "questions": ["bus", "times", "trips", "why"]}
    assert client.put("/sandbox/phrases", json={"languages": {}}).status_code == 400


def test_the_phone_page_renders_with_its_files(client):
    page = client.get("/sandbox/phone")
    assert page.status_code == 200
    assert "Village is talking" in page.text
    assert "you-telegram" in page.text
    assert client.get("/sandbox/phone/phone.css").headers["content-type"].startswith("text/css")
    assert client.get("/sandbox/phone/phone.js").status_code == 200
    assert client.get("/sandbox/phone/phone.html").status_code == 404


def test_a_person_plays_by_hand_over_the_same_wire(client, wires):
    wires[0].invite("telegram:you-telegram", "sv")
    feed = client.get("/sandbox/phone/feed?ref=you-telegram").json()
    button = feed["entries"][0]["buttons"][0]
    assert (
        client.post("/sandbox/phone/press", json={"ref": "you-telegram", "n": 1, "data": button["data"]}).status_code
        == 200
    )
    assert (
        client.post("/sandbox/phone/say", json={"ref": "you-telegram", "channel": "telegram", "text": "3"}).status_code
        == 200
    )
    assert wires[0].talks["telegram:you-telegram"].answers == {"bus": "three"}
    more = client.get(f"/sandbox/phone/feed?ref=you-telegram&since={feed['last']}").json()
    assert [e["text"] for e in more["entries"] if e["direction"] == "out"] == ["Börja", "3"]


def test_what_cannot_be_played_is_said(client):
    answer = client.post("/sandbox/phone/press", json={"ref": "you-telegram", "n": 99, "data": "x"})
    assert answer.status_code == 404
    answer = client.post("/sandbox/phone/say", json={"ref": "you-telegram", "channel": "telegram", "text": "hi"})
    assert answer.status_code == 502
    assert "did not take it" in answer.json()["problem"]


def test_the_feed_tells_only_of_residents_with_news(client, wires):
    everybody = client.get("/sandbox/phone/feed").json()["residents"]
    assert [r["ref"] for r in everybody] == ["you-telegram", "R-1", "R-2", "R-3"]
    wires[1].invite("sms:R-2", "ar")
    news = client.get("/sandbox/phone/feed?told=0").json()["residents"]
    assert [(r["ref"], r["language_name"], r["status"]) for r in news] == [("R-2", "العربية", "invited")]


# A page to answer on ------------------------------------------------------------------------------------------------


class AnswerPages:
    """A small site with one question a page, as radio buttons, check boxes, a number and a text."""

    def __init__(self):
        self.at, self.posted, self.unsubscribed = 0, [], []

    def app(self):
        return Starlette(
            routes=[
                Route("/about", lambda r: HTMLResponse("<html><body><p>About us</p></body></html>")),
                Route("/p", self.page),
                Route("/p", self.post, methods=["POST"]),
                Route("/u", self.leave, methods=["GET", "POST"]),
            ]
        )

    async def leave(self, request):
        self.unsubscribed.append((request.method, (await request.form()).get("List-Unsubscribe")))
        return Response("")

    async def post(self, request):
        self.posted.append((await request.form()).multi_items())
        self.at += 1
        return RedirectResponse("/p", 303)

    async def page(self, request):
        sv = PHRASES["languages"]["sv"]
        if self.at == len(QUESTIONS):
            return HTMLResponse(f"<html lang=sv><body><main><p>{sv['thanks']}!</p></main></body></html>")
        question = QUESTIONS[self.at]
        kind = {"select_one": "radio", "select_multiple": "checkbox"}.get(question["type"])
        label = question["label"]["sv"].replace("…", "5")
        fields = (
            "".join(
                f'<label for="c{n}">{c["label"]["sv"]}</label><input type="{kind}" id="c{n}" name="choice" value="v{n}">'
                for n, c in enumerate(question.get("choices", ()))
            )
            or '<input name="text">'
        )
        return HTMLResponse(
            f"""<html lang=sv><head><title>x</title><script>"{sv["thanks"]}"</script></head><body>
            <form method="get" action="/"><button>Sök</button></form>
            <form method="post" action="p"><input type="hidden" name="q" value="{self.at}">
            <fieldset><legend>{label}</legend>{fields}</fieldset><button name="do" value="answer">Svara</button></form>
            </body></html>"""
        )


@pytest.fixture
def site():
    pages = AnswerPages()
    with served(pages.app()) as address:
        pages.address = address
        yield pages


def visitor(**habit):
    return Life(person("R-9", "email", Habit(route="web", **habit)), 7, Tempo())


async def test_a_resident_answers_on_the_page_behind_the_link(site):
    life = visitor()
    async with Pages() as browser:
        done = await browser.visit(life, [f"{site.address}/about", f"{site.address}/p"], PhraseBook(PHRASES), START)
    assert life.finished
    assert life.answers == life.meant
    assert [line.split(":")[0] for line in done] == ["bus", "times", "trips", "why"]
    value = "v" + str([c["value"] for c in QUESTIONS[0]["choices"]].index(life.answers["bus"]))
    assert site.posted[0] == [("q", "0"), ("choice", value), ("do", "answer")]
    assert [v for k, v in site.posted[1] if k == "choice"] == [
        f"v{n}" for n, c in enumerate(QUESTIONS[1]["choices"]) if c["value"] in life.answers["times"]
    ]
    assert ("text", life.answers["trips"]) in site.posted[2]


async def test_one_who_stops_midway_leaves_the_page(site):
    life = visitor(stops_after=2)
    async with Pages() as browser:
        await browser.visit(life, [f"{site.address}/p"], PhraseBook(PHRASES), START)
    assert list(life.answers) == ["bus", "times"]
    assert len(site.posted) == 2


async def test_one_click_unsubscribe_posts_what_the_standard_says(site):
    async with Pages() as browser:
        await browser.unsubscribe(f"{site.address}/u")
    assert site.unsubscribed == [("POST", "One-Click")]


async def test_no_page_away_from_this_machine_is_opened(site):
    async with Pages() as browser:
        with pytest.raises(PageUnusable, match="none of 1 links leads to a page to answer on"):
            await browser.visit(visitor(), ["http://example.org/p"], PhraseBook(PHRASES), START)
        with pytest.raises(PageUnusable, match="away from this machine"):
            await browser.unsubscribe("https://example.org/u")


async def test_a_page_without_a_way_to_answer_is_named(site):
    phrases = json.loads(json.dumps(PHRASES))
    phrases["questions"][0]["choices"][0]["label"]["sv"] = "Another line"
    phrases["questions"][0]["choices"] = phrases["questions"][0]["choices"][:1]
    async with Pages() as browser:
        with pytest.raises(PageUnusable, match="no way to answer 'bus'"):
            await asyncio.wait_for(browser.visit(visitor(), [f"{site.address}/p"], PhraseBook(phrases), START), 60)
