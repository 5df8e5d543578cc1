"""What is Telegram's own: keyboards, edits, the webhook's manners, polling, and texts in several messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.contents import Content, Option
from channels.api import Receipt
from channels.calls import RESIDENT_BURST, RESIDENT_PER_SECOND
from channels.doors import Surroundings
from channels.errors import AddressRefused, ChannelError, Doubtful, RecipientGone, Refused, TryLater
from channels.telegram import TelegramSettings, door
from channels.telegram.chats import BURST
from channels.telegram.examining import examine
from channels.telegram.listening import TIDIED_A_SECOND
from channels.throttles import Throttle
from sandbox.telegram import UndeliveredError
from sandbox.wire import Arrival
from tests.channels.rigs import outbound
from tests.channels.serving import ChokingDesk, hanging_up, nobody_there
from tests.channels.telegram.rig import ChannelRig

MANY = Content(
    "Vad behövs?",
    "sv",
    options=(Option("2.1", "Bänkar"), Option("2.2", "Träd")),
    select="many",
    chosen=("2.2",),
    actions=(Option("!done.2", "Klar"),),
)
PLACE = Content("Var?", "sv", input="location", actions=(Option("!skip.2", "Hoppa över"),))


@pytest.fixture
async def telegram() -> AsyncIterator[ChannelRig]:
    rig = ChannelRig()
    async with rig.running():
        yield rig


async def send(rig: ChannelRig, content: Content, **fields: object) -> Receipt:
    (outcome,) = await rig.channel.send([outbound(rig, content, **fields)])
    assert isinstance(outcome, Receipt), outcome
    return outcome


# What residents see


async def test_ticks_show_what_is_chosen_and_actions_stand_below(telegram: ChannelRig) -> None:
    await send(telegram, MANY)
    buttons = [(button.label, button.data) for button in telegram.arrivals()[-1].buttons]
    assert buttons == [("☐ Bänkar", "2.1"), ("☑ Träd", "2.2"), ("Klar", "!done.2")]


async def test_long_options_stand_in_the_text_and_buttons_hold_their_numbers(telegram: ChannelRig) -> None:
    long = Option("1.1", "En lekplats för små barn med sandlåda och staket")
    await send(telegram, Content("Vad?", "sv", options=(long, Option("1.2", "Träd")), select="one"))
    arrival = telegram.arrivals()[-1]
    assert arrival.text == f"Vad?\n1 {long.label}\n2 Träd"
    assert [button.label for button in arrival.buttons] == ["1", "2"]


async def test_a_place_is_asked_for_with_a_button(telegram: ChannelRig) -> None:
    await send(telegram, PLACE)
    arrival = telegram.arrivals()[-1]
    assert (arrival.wants_location, [button.label for button in arrival.buttons]) == (True, ["Hoppa över"])


async def test_an_update_edits_the_message_that_was_pressed(telegram: ChannelRig) -> None:
    first = await send(telegram, MANY)
    changed = Content(MANY.text, "sv", options=MANY.options, select="many", is_update=True)
    second = await send(telegram, changed, updates_ref=first.provider_id)
    assert (second.provider_id, telegram.arrivals()[-1].edits) == (first.provider_id, first.provider_id)


async def test_ticks_leave_the_text_above_the_question_alone(telegram: ChannelRig) -> None:
    first = await send(telegram, MANY.preceded_by("Tack!"))
    await send(telegram, replace(MANY, chosen=("2.1",), is_update=True), updates_ref=first.provider_id)
    edited = telegram.arrivals()[-1]
    assert (edited.text, edited.buttons[0].label) == ("Tack!\n\nVad behövs?", "☑ Bänkar")


async def test_another_page_of_long_answers_edits_text_and_buttons(telegram: ChannelRig) -> None:
    villages = tuple(Option(f"1.{k}", f"Byn som ligger bortom den stora skogen {k}") for k in range(1, 21))
    long = Content("Var bor du?", "sv", options=villages, select="one")
    first = await send(telegram, long)
    second = await send(telegram, replace(long, page=2, is_update=True), updates_ref=first.provider_id)
    assert second.provider_id == first.provider_id
    assert telegram.arrivals()[-1].text.splitlines()[1] == f"17 {villages[16].label}"


async def test_the_page_that_is_shown_already_is_no_failure(telegram: ChannelRig) -> None:
    villages = tuple(Option(f"1.{k}", f"By {k}") for k in range(1, 21))
    first = await send(telegram, Content("Var?", "sv", options=villages, select="one"))
    again = Content("Var?", "sv", options=villages, select="one", is_update=True)
    assert (await send(telegram, again, updates_ref=first.provider_id)).provider_id == first.provider_id


async def test_a_message_with_a_keyboard_for_places_is_never_edited_but_followed(telegram: ChannelRig) -> None:
    first = await send(telegram, PLACE)
    second = await send(telegram, Content("Var då?", "sv", is_update=True), updates_ref=first.provider_id)
    assert second.provider_id != first.provider_id


async def test_the_keyboard_for_places_is_gone_once_the_place_is_known(telegram: ChannelRig) -> None:
    await send(telegram, PLACE)
    device = telegram.stand_in.devices[telegram.address]
    assert device.keyboard is not None
    await telegram.stand_in.share_location(telegram.address, 58.05, 12.44)
    await send(telegram, replace(MANY, ends_place=True))
    assert device.keyboard is None
    assert telegram.arrivals()[-1].buttons[0].label == "☐ Bänkar"


async def test_an_update_that_changes_nothing_has_succeeded(telegram: ChannelRig) -> None:
    first = await send(telegram, MANY)
    same = Content(MANY.text, "sv", MANY.title, MANY.options, "many", MANY.chosen, "none", MANY.actions, is_update=True)
    assert (await send(telegram, same, updates_ref=first.provider_id)).provider_id == first.provider_id


async def test_an_update_of_a_message_that_is_gone_is_a_new_message(telegram: ChannelRig) -> None:
    await send(telegram, Content("Ja", "sv", is_update=True), updates_ref="999")
    assert telegram.arrivals()[-1].edits is None


@pytest.mark.parametrize(("purpose", "links"), [("invitation", ("https://x.example/d/abc",)), ("reply", ())])
async def test_the_personal_link_comes_with_what_we_begin(
    telegram: ChannelRig, purpose: str, links: tuple[str]
) -> None:
    await send(telegram, Content("Hej", "sv"), purpose=purpose, personal_url="https://x.example/d/abc")
    assert telegram.arrivals()[-1].links == links


async def test_a_text_in_several_messages_goes_on_where_it_was_interrupted(telegram: ChannelRig) -> None:
    content = Content("\n\n".join(letter * 3000 for letter in "abc"), "sv")
    telegram.stand_in.faults.throttle_every = 2
    (first,) = await telegram.channel.send([outbound(telegram, content)])
    assert isinstance(first, TryLater)
    telegram.stand_in.faults.throttle_every = 0
    await send(telegram, content)
    assert [arrival.text[0] for arrival in telegram.arrivals()] == ["a", "b", "c"]


# What can go wrong


async def test_somebody_who_never_started_the_chat_is_gone(telegram: ChannelRig) -> None:
    telegram.address = "99"
    (outcome,) = await telegram.channel.send([outbound(telegram, MANY)])
    assert isinstance(outcome, RecipientGone)
    assert outcome.reason == "never_started"


async def test_nobody_waits_behind_a_chat_that_is_written_to_too_often(telegram: ChannelRig) -> None:
    telegram.stand_in.acquaint(["7000002"])
    batch = [outbound(telegram, Content(f"{n}", "sv"), message_id=n) for n in range(3 * BURST)]
    other = batch[0]._replace(message_id=99, address="7000002")
    *outcomes, theirs = await telegram.channel.send([*batch, other])
    assert isinstance(theirs, Receipt)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes[:BURST])
    put_off = outcomes[-1]
    assert isinstance(put_off, TryLater)
    assert put_off.concerns == "message"
    assert put_off.after_seconds


async def test_an_empty_message_is_refused_without_asking_telegram(telegram: ChannelRig) -> None:
    (outcome,) = await telegram.channel.send([outbound(telegram, Content("", "sv"))])
    assert isinstance(outcome, Refused)


async def test_nobody_listening_means_later_and_hanging_up_means_doubt(telegram: ChannelRig) -> None:
    unreachable = telegram.build(nobody_there())
    async with hanging_up() as address, unreachable.running(telegram.desk):
        rude = telegram.build(address)
        async with rude.running(telegram.desk):
            (later,) = await unreachable.send([outbound(telegram, MANY)])
            (doubt,) = await rude.send([outbound(telegram, MANY)])
    assert (type(later), type(doubt)) == (TryLater, Doubtful)


def test_a_malformed_token_names_its_setting() -> None:
    with pytest.raises(ChannelError, match="GENKLANG_TELEGRAM_TOKEN"):
        door.build(TelegramSettings(token="nonsense"), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["@sjovik", "-10012", "+46701234567", ""])
def test_only_the_number_of_a_private_chat_is_an_address(address: str) -> None:
    with pytest.raises(AddressRefused):
        door.normalise(address)


# The webhook's manners


async def test_a_press_is_answered(telegram: ChannelRig) -> None:
    await send(telegram, MANY)
    await telegram.press("2.1")
    assert telegram.stand_in.unanswered == set()


async def until(holds: Callable[[], object]) -> None:
    """Wait for what the adapter does on the side."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - over the wire
            await asyncio.sleep(0.005)


async def test_what_was_chosen_is_all_that_stays_of_the_buttons(telegram: ChannelRig) -> None:
    await send(telegram, Content("Trygg?", "sv", options=(Option("1.1", "Ja"), Option("1.2", "Nej")), select="one"))
    await telegram.press("1.2")
    await until(lambda: telegram.arrivals()[-1].edits)
    edited = telegram.arrivals()[-1]
    assert (edited.text, [(b.label, b.data) for b in edited.buttons]) == ("Trygg?", [("☑ Nej", "1.2")])


async def test_keyboards_are_tidied_only_while_that_is_cheap(
    telegram: ChannelRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.telegram.listening.monotonic", lambda: 1000.0)  # all within one second, however slow
    for _ in range(2 * TIDIED_A_SECOND):
        await send(telegram, Content("?", "sv", options=(Option("1.1", "Ja"), Option("1.2", "Nej")), select="one"))
        await telegram.stand_in.press(telegram.address, _newest(telegram), "1.1")
    await until(lambda: len(_edits(telegram)) >= TIDIED_A_SECOND)
    assert len(telegram.desk.inbounds) == 2 * TIDIED_A_SECOND
    assert len(_edits(telegram)) == TIDIED_A_SECOND


def _edits(rig: ChannelRig) -> list[Arrival]:
    return [arrival for arrival in rig.arrivals() if arrival.edits]


def _newest(rig: ChannelRig) -> Arrival:
    return next(arrival for arrival in reversed(rig.arrivals()) if arrival.edits is None)


async def test_a_press_that_the_desk_did_not_keep_leaves_the_buttons(telegram: ChannelRig) -> None:
    await send(telegram, Content("?", "sv", options=(Option("1.1", "Ja"), Option("1.2", "Nej")), select="one"))
    telegram.desk.fails = True
    with pytest.raises(UndeliveredError):
        await telegram.press("1.1")
    assert not _edits(telegram)


async def test_a_rewritten_answer_names_the_answer(telegram: ChannelRig) -> None:
    await telegram.say("Neej")
    await telegram.stand_in.edit(telegram.address, "Nej")
    first, second = telegram.desk.inbounds
    assert (second.said.text, second.edits) == ("Nej", first.external_id)


async def test_a_group_is_told_where_to_write_and_left(telegram: ChannelRig) -> None:
    left: list[str] = []
    telegram.stand_in.methods._handlers["leavechat"] = lambda params: left.append(str(params["chat_id"])) or True
    user = telegram.stand_in.chats.user(telegram.address)
    joined = {"chat": {"id": -5, "type": "group"}, "from": user, "date": 1, "new_chat_member": {"status": "member"}}
    await telegram.stand_in.updates.deliver("-5", {"my_chat_member": joined})
    await until(lambda: left)
    assert (left, telegram.desk.touched) == (["-5"], 0)


async def test_commands_are_registered_in_each_language_that_telegram_knows(telegram: ChannelRig) -> None:
    commands = telegram.stand_in.methods.commands
    await until(lambda: len(commands) == 3)
    assert {language for _, language in commands} == {"", "sv", "fi"}
    assert {scope for scope, _ in commands} == {"all_private_chats"}
    names = {tuple(entry["command"] for entry in entries) for entries in commands.values()}
    assert names == {("start", "help", "language", "back", "mine", "who", "stop", "erase")}


async def test_nothing_is_acknowledged_that_the_desk_did_not_keep(telegram: ChannelRig) -> None:
    telegram.desk.fails = True
    with pytest.raises(UndeliveredError):
        await telegram.say("Ja")
    telegram.desk.fails = False
    await telegram.say("Nej")
    assert [inbound.said.text for inbound in telegram.desk.inbounds] == ["Ja", "Nej"]


async def test_a_body_that_is_too_large_is_not_read_to_the_end(telegram: ChannelRig) -> None:
    await telegram.say("Ja")
    assert await telegram.post({"update_id": 3, "padding": "x" * (1 << 19)}) == 413


@pytest.mark.parametrize("update", [[], "text", {"message": {}}, {"update_id": 1, "message": []}])
async def test_nonsense_is_refused_quietly(telegram: ChannelRig, update: object) -> None:
    await telegram.say("Ja")
    assert await telegram.post(update) in (200, 400)


async def test_blocking_is_reported(telegram: ChannelRig) -> None:
    await telegram.stand_in.block(telegram.address)
    await telegram.stand_in.unblock(telegram.address)
    reports = [(report.status, report.address) for report in telegram.desk.reports]
    assert reports == [("gone", telegram.address), ("back", telegram.address)]


async def test_a_chat_that_has_moved_is_written_to_where_it_is_now(telegram: ChannelRig) -> None:
    telegram.stand_in.faults.moved[telegram.address] = "-1001234567890"
    telegram.stand_in.acquaint(["-1001234567890"])
    receipt = await send(telegram, Content("Hej", "sv"))
    assert receipt.moved_to == "-1001234567890"
    assert [arrival.text for arrival in telegram.stand_in.inbox("-1001234567890")] == ["Hej"]
    assert "1234567890" not in repr(receipt)


async def test_a_machine_that_writes_on_and_on_is_told_to_wait_and_others_are_heard(telegram: ChannelRig) -> None:
    def update(number: int, chat: int) -> object:
        message = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "Ja"}
        return {"update_id": number, "message": {**message, "from": {"id": chat, "is_bot": False}}}

    telegram.channel._listening._residents = Throttle(RESIDENT_PER_SECOND, RESIDENT_BURST, clock=lambda: 1000.0)
    found = [await telegram.post(update(n, 4711001122)) for n in range(1, RESIDENT_BURST + 20)]
    assert (found[:RESIDENT_BURST], found[-1]) == ([200] * RESIDENT_BURST, 429)
    assert await telegram.post(update(1, 4711001123)) == 200


# Polling


async def test_polling_takes_updates_in_and_answers_presses() -> None:
    rig = ChannelRig("polling")
    async with rig.running(), asyncio.timeout(60):
        await rig.say("Hej")
        await send(rig, MANY)
        await rig.press("2.1")
        await until(lambda: not rig.stand_in.unanswered)
    assert [inbound.said.text or inbound.said.choice for inbound in rig.desk.inbounds] == ["Hej", "2.1"]


async def test_an_update_that_was_not_kept_is_fetched_again() -> None:
    rig = ChannelRig("polling")
    rig.desk.fails = True
    async with rig.running(), asyncio.timeout(60):
        saying = asyncio.create_task(rig.say("Hej"))
        while not rig.desk.touched:  # noqa: ASYNC110 - another process's progress
            await asyncio.sleep(0.01)
        rig.desk.fails = False
        await saying
    assert [inbound.said.text for inbound in rig.desk.inbounds] == ["Hej"]


async def test_an_update_that_the_desk_chokes_on_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.telegram.listening.LONGEST_PAUSE_SECONDS", 0.01)
    rig = ChannelRig("polling")
    rig.desk = ChokingDesk()
    rig.stand_in.acquaint(["4711001123"])
    async with rig.running(), asyncio.timeout(60):
        poisoning = asyncio.create_task(rig.say("poison"))
        await until(lambda: rig.desk.touched)
        await rig.stand_in.say("4711001123", "Hej")
        await poisoning
    assert {inbound.said.text for inbound in rig.desk.inbounds} == {"Hej"}


async def test_doctor_tells_that_somebody_else_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "channels.telegram.examining.LISTENING_SECONDS", 9
    )  # the other polls again after a second or so
    rig = ChannelRig("polling")
    async with rig.running():
        chosen = TelegramSettings(
            token=rig.stand_in.token, api_base=rig.channel._bot.session.api.base.partition("/bot")[0]
        )
        surroundings = Surroundings("http://127.0.0.1:8000", now=lambda: datetime.now(UTC))
        found = {finding.subject: finding for finding in await examine(chosen, surroundings)}
        assert "another process" in found["telegram updates"].what
    assert found["telegram updates"].state == "note"
