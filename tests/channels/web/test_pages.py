"""The personal page: what it shows, what a filled-in form says, and what keeps it private."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.contents import Content, Option, Said
from tests.channels.web.rig import TOKEN, ChannelRig

OPTIONS = (Option("2.1", "Bänkar"), Option("2.2", "Träd"), Option("2.3", "Ljus"))
BACK = Option("!back", "Tillbaka")
ONE = Content(
    "Tack!\n\nFråga 2 av 5\nVad behövs mest?\nVälj ett.", "sv", options=OPTIONS, select="one", actions=(BACK,)
)
MANY = Content("Vad behövs?", "sv", options=OPTIONS, select="many", actions=(Option("!done.2", "Klar"), BACK))
RANK = Content("Vad är viktigast?", "sv", options=OPTIONS, select="rank", actions=(Option("!done.2", "Klar"),))


@pytest.fixture
async def web() -> AsyncIterator[ChannelRig]:
    rig = ChannelRig()
    async with rig.running():
        yield rig


async def said(web: ChannelRig, content: Content, *fields: tuple[str, str]) -> Said:
    """What the desk hears when a question is answered so."""
    web.asks(content)
    answer = await web.fill_in(*fields)
    assert (answer.status, answer.headers["Location"]) == (303, f"/d/{TOKEN}#now")
    return web.desk.inbounds[-1].said


# What a form says


async def test_one_option_is_a_choice(web: ChannelRig) -> None:
    assert await said(web, ONE, ("answer", "2.3")) == Said(choice="2.3")


async def test_several_options_go_together_with_the_button_that_ends_choosing(web: ChannelRig) -> None:
    given = await said(web, MANY, ("answer", "2.1"), ("answer", "2.3"), ("do", "!done.2"))
    assert given == Said(choice="2.1 2.3 !done.2")


async def test_several_options_without_such_a_button_are_written_as_numbers(web: ChannelRig) -> None:
    content = Content("Vad behövs?", "sv", options=OPTIONS, select="many")
    assert await said(web, content, ("answer", "2.1"), ("answer", "2.3")) == Said(text="1, 3")


async def test_a_ranking_is_told_in_its_own_order(web: ChannelRig) -> None:
    places = (("place:2.1", "2"), ("place:2.2", "3"), ("place:2.3", "1"))
    assert await said(web, RANK, *places, ("do", "!done.2")) == Said(choice="2.3 2.1 2.2 !done.2")


async def test_a_button_beside_the_answer_leaves_the_answer_out(web: ChannelRig) -> None:
    assert await said(web, ONE, ("answer", "2.3"), ("do", "!back")) == Said(choice="!back")


async def test_a_place_is_a_place_with_comma_or_point(web: ChannelRig) -> None:
    content = Content("Var?", "sv", input="location")
    assert await said(web, content, ("latitude", "58,05"), ("longitude", "12.44")) == Said(location=(58.05, 12.44))


async def test_a_date_is_written(web: ChannelRig) -> None:
    assert await said(web, Content("När?", "sv", input="date"), ("answer", "2026-05-31")) == Said(text="2026-05-31")


async def test_another_language_is_a_press(web: ChannelRig) -> None:
    assert await said(web, ONE, ("do", "!lang:ar")) == Said(choice="!lang:ar")


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (ONE, (), "answer-1"),
        (MANY, (("do", "!done.2"),), "answer-1"),
        (RANK, (("place:2.1", "1"), ("place:2.2", "1"), ("place:2.3", "2"), ("do", "!done.2")), "place-1"),
        (Content("Vad?", "sv", input="text"), (("answer", "  "),), "answer"),
        (Content("Var?", "sv", input="location"), (("latitude", "95"), ("longitude", "12")), "latitude"),
    ],
    ids=["one", "many", "rank", "text", "location"],
)
async def test_an_empty_answer_goes_back_to_its_field(
    web: ChannelRig, content: Content, fields: tuple[tuple[str, str], ...], field: str
) -> None:
    web.asks(content)
    answer = await web.fill_in(*fields)
    assert (answer.headers["Location"], web.desk.inbounds) == (f"/d/{TOKEN}?missing={field}#now", [])
    page = await web.open(f"/d/{TOKEN}?missing={field}")
    assert page.tree.xpath("//*[@role='alert']//a/@href") == [f"#{field}"]
    assert page.tree.xpath(f"//*[@id='{field}']")


async def test_words_for_an_earlier_question_are_not_taken_for_this_one(web: ChannelRig) -> None:
    web.asks(Content("Vad heter du?", "sv", input="text"))
    earlier = (await web.open()).hidden()
    web.asks(Content("Hur gammal är du?", "sv", input="text"))
    answer = await web.submit({**earlier, "answer": "Kim"})
    assert (answer.headers["Location"], web.desk.inbounds) == (f"/d/{TOKEN}?moved=1#now", [])


async def test_sending_a_page_twice_is_one_answer(web: ChannelRig) -> None:
    web.asks(ONE)
    fields = {**(await web.open()).hidden(), "answer": "2.1"}
    await web.submit(fields)
    await web.submit(fields)
    first, second = web.desk.inbounds
    assert first.external_id == second.external_id


async def test_a_form_without_our_nonce_is_refused(web: ChannelRig) -> None:
    assert ((await web.submit({"words": "Ja"})).status, web.desk.touched) == (400, 0)


async def test_the_id_of_an_answer_does_not_hold_the_token(web: ChannelRig) -> None:
    await web.say("Ja")
    assert TOKEN not in web.desk.inbounds[-1].external_id


# What a page shows


async def test_the_question_is_the_legend_of_its_options(web: ChannelRig) -> None:
    web.asks(ONE)
    tree = (await web.open()).tree
    assert tree.xpath("//fieldset/legend//h1")[0].text_content() == "Vad behövs mest?"
    assert [label.text_content() for label in tree.xpath("//fieldset//label")] == ["Bänkar", "Träd", "Ljus"]


async def test_every_field_has_a_label(web: ChannelRig) -> None:
    for content in (ONE, MANY, RANK, Content("Vad?", "sv", input="text"), Content("Var?", "sv", input="location")):
        web.asks(content)
        tree = (await web.open()).tree
        fields = tree.xpath("//input[not(@type='hidden')]|//textarea|//select")
        assert all(tree.xpath(f"//label[@for='{field.get('id')}']") for field in fields)


async def test_options_ticked_elsewhere_are_ticked(web: ChannelRig) -> None:
    web.asks(Content("Vad behövs?", "sv", options=OPTIONS, select="many", chosen=("2.2",)))
    assert (await web.open()).tree.xpath("//input[@checked]/@value") == ["2.2"]


async def test_an_arabic_page_runs_from_right_to_left(web: ChannelRig) -> None:
    web.asks(Content("ما رأيك؟", "ar", input="text"))
    root = (await web.open()).tree
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")


async def test_what_residents_and_officers_write_is_text_and_no_markup(web: ChannelRig) -> None:
    attack = "<script>alert(1)</script>"
    web.asks(Content(f"{attack}\n\n{attack}?", "sv", options=(Option("1.1", attack),), select="one"))
    page = await web.open()
    assert (page.tree.xpath("//script"), page.source.count("&lt;script&gt;")) == ([], 3)


async def test_addresses_in_texts_are_links_without_their_full_stop(web: ChannelRig) -> None:
    web.asks(Content("Se https://example.org/park?a=1&b=2. Klart", "sv"))
    assert (await web.open()).tree.xpath("//main//a/@href") == ["https://example.org/park?a=1&b=2"]


async def test_a_closed_dialogue_has_no_form(web: ChannelRig) -> None:
    web.asks(ONE, is_open=False)
    assert (await web.open()).tree.xpath("//form") == []


async def test_a_link_that_is_not_ours_leads_to_a_page_that_says_so(web: ChannelRig) -> None:
    page = await web.open("/d/another", **{"Accept-Language": "ar,sv;q=0.8"})
    assert (page.status, page.tree.get("dir")) == (404, "rtl")


@pytest.mark.parametrize("path", [f"/d/{TOKEN}", f"/u/{TOKEN}", "/d/another"])
async def test_nothing_of_a_page_is_kept_or_told_to_others(web: ChannelRig, path: str) -> None:
    page = await web.open(path)
    policy = page.headers["Content-Security-Policy"]
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "http" not in "".join(page.tree.xpath("//@src|//link/@href"))


# Unsubscribing


async def test_opening_the_unsubscribe_link_unsubscribes_nobody(web: ChannelRig) -> None:
    page = await web.open(f"/u/{TOKEN}")
    assert (len(page.tree.xpath("//form//button")), web.desk.unsubscribed) == (1, [])


async def test_one_click_unsubscribes(web: ChannelRig) -> None:
    answer = await web.submit({"List-Unsubscribe": "One-Click"}, f"/u/{TOKEN}")
    assert (answer.status, web.desk.unsubscribed) == (200, [TOKEN])


async def test_unsubscribing_with_another_link_is_not_confirmed(web: ChannelRig) -> None:
    assert (await web.submit({"List-Unsubscribe": "One-Click"}, "/u/another")).status == 404
