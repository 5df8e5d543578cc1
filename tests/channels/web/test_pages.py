"""The personal page: what it shows, what a filled-in form says, and what keeps it private."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.contents import Content, Option, Said
from bot.receipts import GivenAnswer, Progress
from tests.channels.web.rig import TOKEN, ChannelRig

OPTIONS = (Option("2.1", "Bänkar"), Option("2.2", "Träd"), Option("2.3", "Ljus"))
BACK = Option("!back", "Tillbaka")
ONE = Content(
    "Tack!\n\nFråga 2 av 5\nVad behövs mest?\nVälj ett.", "sv", options=OPTIONS, select="one", actions=(BACK,)
)
MANY = Content("Vad behövs?", "sv", options=OPTIONS, select="many", actions=(Option("!done.2", "Klar"), BACK))
PLACE = Content("Var?", "sv", input="location")
LONG = Content("Vilken by?", "sv", options=tuple(Option(f"2.{n}", f"By {n}") for n in range(1, 41)), select="one")
RANK = Content("Vad är viktigast?", "sv", options=OPTIONS, select="rank", actions=(Option("!done.2", "Klar"),))


@pytest.fixture
async def web() -> AsyncIterator[ChannelRig]:
    rig = ChannelRig()
    async with rig.running():
        yield rig


async def said(web: ChannelRig, content: Content, *fields: tuple[str, str], is_open: bool = True) -> Said:
    """What the desk hears when a question is answered so."""
    web.asks(content, is_open=is_open)
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


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("58.05, 12.44", (58.05, 12.44)),
        ("58,05, 12,44", (58.05, 12.44)),
        ("58.05 12.44", (58.05, 12.44)),
        ("-33.9;18.4", (-33.9, 18.4)),
        ("58.05° 12.44°", (58.05, 12.44)),
    ],
)
async def test_coordinates_are_a_place(web: ChannelRig, written: str, place: tuple[float, float]) -> None:
    assert await said(web, PLACE, ("answer", written)) == Said(location=place)


@pytest.mark.parametrize("written", ["Storgatan 12", "58.05", "Torget, vid fontänen", "12, 3 och 4"])
async def test_a_street_is_said_as_it_is_written(web: ChannelRig, written: str) -> None:
    assert await said(web, PLACE, ("answer", written)) == Said(text=written)


async def test_a_date_is_written(web: ChannelRig) -> None:
    assert await said(web, Content("När?", "sv", input="date"), ("answer", "2026-05-31")) == Said(text="2026-05-31")


async def test_another_language_is_a_press(web: ChannelRig) -> None:
    assert await said(web, ONE, ("do", "!lang:ar")) == Said(choice="!lang:ar")


@pytest.mark.parametrize(
    ("content", "fields", "wrong"),
    [
        (ONE, (), ["answer-1"]),
        (MANY, (("do", "!done.2"),), ["answer-1"]),
        (RANK, (("place:2.1", "1"), ("place:2.2", "1"), ("place:2.3", ""), ("do", "!done.2")), ["place-1", "place-2", "place-3"]),
        (RANK, (("place:2.1", "1"), ("place:2.2", "9"), ("place:2.3", "3"), ("do", "!done.2")), ["place-2"]),
        (Content("Vad?", "sv", input="text"), (("answer", "  "),), ["answer"]),
        (PLACE, (("answer", "95, 12"),), ["answer"]),
        (LONG, (("answer", ""),), ["answer-1"]),
    ],
    ids=["one", "many", "rank", "rank twice", "text", "location", "long"],
)  # fmt: skip
async def test_what_is_amiss_is_told_above_and_beside_its_field(
    web: ChannelRig, content: Content, fields: tuple[tuple[str, str], ...], wrong: list[str]
) -> None:
    web.asks(content)
    page = await web.fill_in(*fields)
    assert (page.status, web.desk.inbounds) == (422, [])
    summary = page.tree.xpath("//*[@role='alert']")[0]
    assert (summary.get("id"), summary.get("tabindex"), "autofocus" in summary.attrib) == ("now", "-1", True)
    assert summary.xpath(".//a/@href") == [f"#{field}" for field in wrong]
    for field in wrong:
        (element,) = page.tree.xpath(f"//*[@id='{field}']")
        (told,) = page.tree.xpath(f"//*[@id='{field}-error']")
        holder = element if element.get("aria-invalid") else element.xpath("ancestor::fieldset")[0]
        assert holder.get("aria-invalid") == "true"
        assert told.get("id") in holder.get("aria-describedby").split()
        assert told.text_content().strip()
    assert len(page.tree.xpath("//*[@id='now']")) == 1


@pytest.mark.parametrize(
    ("content", "fields", "found", "kept"),
    [
        (RANK, (("place:2.1", "2"), ("place:2.2", "2"), ("place:2.3", "3"), ("do", "!done.2")), "//option[@selected]", ["2", "2", "3"]),
        (PLACE, (("answer", "95, 12"),), "//input[@id='answer']/@value", ["95, 12"]),
    ],
)  # fmt: skip
async def test_what_was_filled_in_stands_there_still(
    web: ChannelRig, content: Content, fields: tuple[tuple[str, str], ...], found: str, kept: list[str]
) -> None:
    web.asks(content)
    page = await web.fill_in(*fields)
    assert [getattr(one, "text", one) for one in page.tree.xpath(found)] == kept


async def test_what_the_conversation_does_not_take_is_told_beside_the_field(web: ChannelRig) -> None:
    asked = Content("Hur gammal är du?", "sv", input="integer")
    web.asks(asked)
    shown = await web.open()
    web.refuses(asked, "Här behöver vi ett tal.")
    page = await web.submit({**shown.hidden(), "answer": "<gammal>"})
    assert page.status == 422
    assert page.tree.xpath("//*[@id='answer-error']")[0].text_content() == "Här behöver vi ett tal."
    assert page.tree.xpath("//input[@id='answer']/@value") == ["<gammal>"]
    assert (
        page.tree.xpath("string(//main)").count("Här behöver vi ett tal.") == 2
    )  # in the summary and beside the field
    again = await web.open()
    assert (again.status, again.tree.xpath("//input[@id='answer']/@value")) == (200, [""])
    assert again.tree.xpath("//*[@id='answer-error']")


async def test_words_for_an_earlier_question_are_not_taken_for_this_one_and_not_thrown_away(web: ChannelRig) -> None:
    web.asks(Content("Vad heter du?", "sv", input="text"))
    earlier = (await web.open()).hidden()
    web.asks(Content("Hur gammal är du?", "sv", input="text"))
    page = await web.submit({**earlier, "answer": "Kim\nEk"})
    assert (page.status, web.desk.inbounds) == (409, [])
    assert page.tree.xpath("//*[@role='status']//blockquote")[0].text_content() == "KimEk"


async def test_the_same_question_of_another_round_is_another_question(web: ChannelRig) -> None:
    asked = Content("Vad heter barnet?", "sv", input="text")
    web.asks(asked, progress=Progress(2, 5, True))
    earlier = (await web.open()).hidden()
    web.asks(asked, progress=Progress(3, 6, True))
    assert (await web.submit({**earlier, "answer": "Kim"})).status == 409


async def test_sending_a_page_twice_is_one_answer(web: ChannelRig) -> None:
    web.asks(ONE)
    fields = {**(await web.open()).hidden(), "answer": "2.1"}
    first = await web.submit(fields)
    web.asks(MANY)
    second = await web.submit(fields)
    assert [answer.status for answer in (first, second)] == [303, 303]
    assert len(web.desk.inbounds) == 1


async def test_two_processes_give_a_page_that_is_sent_twice_the_same_id(web: ChannelRig) -> None:
    web.asks(ONE)
    fields = {**(await web.open()).hidden(), "answer": "2.1"}
    await web.submit(fields)
    web.forget()
    await web.submit(fields)
    first, second = web.desk.inbounds
    assert first.external_id == second.external_id


async def test_another_answer_on_a_page_that_the_browser_kept_is_another_answer(web: ChannelRig) -> None:
    web.asks(ONE)
    hidden = (await web.open()).hidden()
    for answer in ("2.1", "2.2"):
        await web.submit({**hidden, "answer": answer})
    assert [inbound.said.choice for inbound in web.desk.inbounds] == ["2.1", "2.2"]
    assert len({inbound.external_id for inbound in web.desk.inbounds}) == 2


@pytest.mark.parametrize("path", ["", "?pick=2.2", "?pick=!stop", "?do=!stop", "?answer=2.1&kind=one"])
async def test_opening_the_page_changes_nothing(web: ChannelRig, path: str) -> None:
    web.asks(ONE)
    assert (await web.open(f"/d/{TOKEN}{path}")).status == 200
    assert web.desk.inbounds == []


async def test_an_answer_pressed_in_a_letter_is_ticked_and_waits_to_be_sent(web: ChannelRig) -> None:
    web.asks(ONE)
    page = await web.open(f"/d/{TOKEN}?pick=2.2")
    assert page.tree.xpath("//input[@checked]/@value") == ["2.2"]
    assert (await web.open(f"/d/{TOKEN}?pick=7.1")).tree.xpath("//input[@checked]") == []


async def test_an_earlier_answer_can_be_changed_from_the_page(web: ChannelRig) -> None:
    answers = (GivenAnswer("Hur ofta?", "Varje dag", "!change.1"), GivenAnswer("Varför?", "<b>För</b>", "!change.2"))
    web.asks(ONE, answers=answers)
    page = await web.open()
    (button, _) = page.tree.xpath("//dl//button")
    assert "Hur ofta?" in button.text_content()
    assert "&lt;b&gt;" in page.source
    assert await said(web, ONE, ("do", button.get("value"))) == Said(choice="!change.1")


async def test_a_finished_page_is_a_receipt(web: ChannelRig) -> None:
    done = Content("Tack! Det var alla frågor.", "sv", actions=(Option("!mine", "Mina svar"),))
    web.asks(done, answers=(GivenAnswer("Hur ofta?", "Varje dag", "!change.1"),), is_finished=True)
    tree = (await web.open()).tree
    assert tree.xpath("//section//dt/text()") == ["Hur ofta?"]
    assert "Mina svar" not in tree.text_content()


async def test_a_closed_page_shows_what_was_answered_and_offers_no_change(web: ChannelRig) -> None:
    closed = Content("Det är för sent. Så här blev det.", "sv")
    web.asks(closed, answers=(GivenAnswer("Hur ofta?", "Varje dag", "!change.1"),), is_open=False)
    tree = (await web.open()).tree
    assert (tree.xpath("//main//button"), tree.xpath("//section//dt/text()")) == ([], ["Hur ofta?"])


async def test_progress_and_headings_stand_above_the_question(web: ChannelRig) -> None:
    web.asks(ONE, progress=Progress(2, 5, False), headings=("Parken", "Lekplatsen"))
    tree = (await web.open()).tree
    assert tree.xpath("//progress/@max") == ["5"]
    assert "Question 2 of 5" in tree.text_content()
    assert [one.text for one in tree.xpath("//*[@class='group']")] == ["Parken", "Lekplatsen"]


async def test_a_long_list_is_one_field_to_open_and_type_into(web: ChannelRig) -> None:
    web.asks(LONG)
    tree = (await web.open()).tree
    assert len(tree.xpath("//select[@id='answer-1']/option")) == len(LONG.options) + 1
    assert await said(web, LONG, ("answer", "2.30")) == Said(choice="2.30")


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


async def test_a_closed_dialogue_takes_no_answers_but_hears_who_writes(web: ChannelRig) -> None:
    web.asks(ONE, is_open=False)
    tree = (await web.open()).tree
    assert tree.xpath("//main//form") == []
    wishes = ["!person", "!who", "!mine", "!erase", "!stop"]
    assert tree.xpath("//footer//button[@name='do']/@value") == wishes
    assert await said(web, ONE, ("words", "Vem bestämmer?"), is_open=False) == Said(text="Vem bestämmer?")
    for wish in wishes:
        assert await said(web, ONE, ("do", wish), is_open=False) == Said(choice=wish)


async def test_what_one_has_asked_for_after_the_end_is_confirmed_by_a_button(web: ChannelRig) -> None:
    sure = Content("Ska vi radera?", "sv", actions=(Option("!erase:yes", "Radera allt"), Option("!erase:no", "Nej")))
    web.asks(Content("Det är för sent.", "sv"), sure, is_open=False)
    tree = (await web.open()).tree
    assert tree.xpath("//main//button/@value") == ["!erase:yes", "!erase:no"]
    assert "Det är för sent." in tree.text_content()


async def test_who_has_left_can_start_again_and_is_not_asked_to_leave(web: ChannelRig) -> None:
    web.asks(Content("Du får inga fler meddelanden.", "sv"), has_left=True)
    values = (await web.open()).tree.xpath("//footer//button/@value")
    assert values[0] == "!begin"
    assert "!stop" not in values


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
