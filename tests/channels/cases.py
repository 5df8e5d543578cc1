"""The table of what every channel does: one case a line of the contract. How a channel's provider says it stands in its rig."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

import pytest

from bot.contents import Content, Option
from channels.api import Receipt
from channels.errors import Doubtful, GatewayFailed, Misconfigured, RecipientGone, Refused, SendError, TooLate, TryLater
from tests.channels.rigs import Rig, latest, outbound

HELLO = Content("Hej! Vad tycker du om parken?", "sv")
QUESTION = Content("Är parken trygg?", "sv", options=(Option("1.1", "Ja"), Option("1.2", "Nej")), select="one")
ARABIC = Content("ما رأيك في الحديقة؟", "ar", options=(Option("1.1", "جيدة"), Option("1.2", "Facebook")), select="one")
VILLAGES = Content("Var bor du?", "sv", options=tuple(Option(f"2.{k}", f"By {k}") for k in range(1, 31)), select="one")
RANKING = Content(
    "Vad är viktigast?", "sv", select="rank", chosen=("3.2",),
    options=(Option("3.1", "Bänkar"), Option("3.2", "Träd")), actions=(Option("!done.3", "Klar"),),
)  # fmt: skip
LONG = Content("\n\n".join(f"Stycke {n}. " + "Parken behöver fler bänkar. " * 30 for n in range(12)), "sv")


@dataclass(frozen=True)
class Case:
    """One line of the contract. `needs` names what a rig must be able to do for it to apply."""

    says: str
    run: Callable[[Rig, pytest.LogCaptureFixture], Awaitable[None]]
    needs: frozenset[str]


CASES: list[Case] = []


def case(*needs: str) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Put a function into the table; its name is what it says."""

    def enter(run: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        CASES.append(Case(run.__name__, run, frozenset(needs)))
        return run

    return enter


async def send(rig: Rig, content: Content = HELLO) -> Receipt | SendError:
    """The one outcome of one message."""
    (outcome,) = await rig.channel.send([outbound(rig, content)])
    return outcome


# Sending -------------------------------------------------------------------------------------------------------------


@case("send")
async def an_accepted_message_has_a_receipt_and_arrives(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    outcome = await send(rig)
    assert isinstance(outcome, Receipt)
    assert outcome.message_id == 7
    await rig.settle()
    assert HELLO.text in rig.arrivals()[-1].text


@case("send")
async def each_message_of_a_batch_has_its_own_outcome_in_order(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    outcomes = await rig.channel.send([outbound(rig, HELLO, message_id=number) for number in (3, 1, 2)])
    assert [outcome.message_id for outcome in outcomes if isinstance(outcome, Receipt)] == [3, 1, 2]


@case("down")
async def a_provider_out_of_order_means_later(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    rig.go_down()
    assert isinstance(await send(rig), TryLater)


@case("http")
async def a_gateway_that_failed_leaves_doubt(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    """It may have passed the request on (RFC 9110, 15.6.3 and 15.6.5), and what stands behind it may have done its work."""
    pages = ["<html>Bad gateway</html>", "", '{"ok": false, "error_code": 502, "description": "Bad Gateway"}']
    for status in (502, 503, 504, 520):
        for page in pages:
            rig.answer(status, page)
            outcome = await send(rig)
            assert isinstance(outcome, GatewayFailed), (status, page)
            assert (outcome.reason, outcome.concerns) == (f"http_{status}", "lane")


@case("http")
async def a_server_that_failed_in_the_middle_leaves_doubt(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    own = '{"ok": false, "error_code": 500, "description": "Internal Server Error: restart", "code": 20500}'
    for page in ("oops", own):
        rig.answer(500, page)
        outcome = await send(rig)
        assert isinstance(outcome, Doubtful)
        assert not isinstance(outcome, GatewayFailed)


@case("http")
async def a_gateway_that_throttles_means_later(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    for page in ("<html>Too many requests</html>", "", "{}", '{"ok": false, "description": "Too Many Requests"}'):
        rig.answer(429, page)
        outcome = await send(rig)
        assert isinstance(outcome, TryLater), page
        assert outcome.reason == "throttled"


@case("http", "codes")
async def a_server_that_says_itself_that_it_took_nothing_means_later(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    rig.answer(503, '{"code": 20503, "message": "Service unavailable", "status": 503}')
    assert isinstance(await send(rig), TryLater)
    rig.answer(503, "<html>Back soon</html>", **{"Retry-After": "40"})
    outcome = await send(rig)
    assert isinstance(outcome, TryLater)
    assert outcome.after_seconds == 40


@case("send")
async def what_may_not_leave_any_more_stays(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    """Its lease ran out while it waited: somebody else may be sending it."""
    batch = [outbound(rig, HELLO, message_id=number) for number in (1, 2, 3)]
    outcomes = await rig.channel.send(batch, until=monotonic())
    assert [type(outcome) for outcome in outcomes] == [TooLate] * 3
    await rig.settle()
    assert rig.arrivals() == []


@case("throttle")
async def a_busy_provider_means_later_after_its_own_wish(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    wish = rig.throttle()
    outcome = await send(rig)
    assert isinstance(outcome, TryLater)
    assert outcome.after_seconds == wish


@case("refuse")
async def a_refused_message_is_refused_for_good(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    rig.refuse()
    assert isinstance(await send(rig), Refused)


@case("gone")
async def a_dead_address_is_gone(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    rig.kill()
    assert isinstance(await send(rig), RecipientGone)


@case("send")
async def refused_credentials_need_a_person(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    rig.revoke()
    assert isinstance(await send(rig), Misconfigured)


@case("send")
async def a_connection_cut_after_the_request_leaves_doubt(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    rig.cut()
    assert isinstance(await send(rig), Doubtful)


@case("send")
async def a_long_text_arrives_whole_within_the_limit(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    assert isinstance(await send(rig, LONG), Receipt)
    await rig.settle()
    texts = [arrival.text for arrival in rig.arrivals()]
    assert max(map(len, texts)) <= rig.channel.limits.text_chars
    assert LONG.text.split() == " ".join(texts).split()[: len(LONG.text.split())]


@case("send")
async def a_text_from_right_to_left_arrives_unharmed(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    assert isinstance(await send(rig, ARABIC), Receipt)
    await rig.settle()
    assert ARABIC.text in rig.arrivals()[-1].text


@case("send")
async def a_list_of_thirty_arrives_and_can_be_answered(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    assert isinstance(await send(rig, VILLAGES), Receipt)
    await rig.settle()
    shown = _shown(rig)
    assert "Var bor du?" in shown
    assert "By 1" in shown


@case("send")
async def a_ranking_shows_what_has_been_ranked(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    assert isinstance(await send(rig, RANKING), Receipt)
    await rig.settle()
    lines = [line for line in _shown(rig).splitlines() if "Bänkar" in line or "Träd" in line]
    bare = [line.strip("0123456789. ☐▫️").replace("Bänkar", "").replace("Träd", "") for line in lines]
    assert len(set(bare)) == 2, "what is ranked looks the same as what is not"


def _shown(rig: Rig) -> str:
    """What the resident sees of the latest message: its text and its buttons, one a line."""
    latest_one = rig.arrivals()[-1]
    return "\n".join([latest_one.text, *(button.label for button in getattr(latest_one, "buttons", ()))])


@case("send")
async def no_address_or_text_reaches_a_log(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    with log.at_level(logging.DEBUG):
        await send(rig)
        await rig.say("Hemlig åsikt")
        rig.go_down()
        await send(rig)
    own = [r for r in log.records if not r.name.startswith(("asyncio", "uvicorn", "aiosmtpd", "mail.log"))]
    logged = "\n".join(record.getMessage() for record in own)
    assert not [secret for secret in (rig.address, rig.address[3:], HELLO.text, "Hemlig") if secret in logged]


@case("report")
async def a_delivery_is_reported_for_our_message(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await send(rig)
    await rig.settle()
    report = rig.desk.reports[-1]
    assert (report.status, report.message_id) == ("delivered", 7)


# Receiving -----------------------------------------------------------------------------------------------------------


@case()
async def a_text_is_taken_in_with_its_sender(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await rig.say("Fler bänkar, tack ☀️")
    inbound = latest(rig)
    assert (inbound.kind, inbound.said.text, inbound.address) == ("said", "Fler bänkar, tack ☀️", rig.address)
    assert (inbound.channel, inbound.lane) == (rig.channel.name, rig.channel.lane)


@case("press", "send")
async def a_press_is_taken_in_with_its_value(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    receipt = await send(rig, QUESTION)
    await rig.press("1.2")
    assert latest(rig).said.choice == "1.2"
    assert isinstance(receipt, Receipt)
    assert latest(rig).message_ref in (None, receipt.provider_id)


@case()
async def what_the_provider_repeats_has_the_same_id(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await rig.say("Ja")
    await rig.repeat()
    first, second = rig.desk.inbounds
    assert first.external_id == second.external_id


@case()
async def two_things_said_have_two_ids(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await rig.say("Ja")
    await rig.say("Ja")
    first, second = rig.desk.inbounds
    assert first.external_id != second.external_id


@case("forge")
async def a_forged_request_does_not_touch_the_desk(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    status = await rig.forge()
    assert (status, rig.desk.touched) == (403, 0)


@case("keyword")
async def the_providers_own_opt_out_word_opts_out(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await rig.say_keyword()
    assert latest(rig).kind == "opted_out"


@case("rewrite")
async def a_rewritten_message_names_the_one_it_rewrites(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await rig.say("Neej")
    await rig.rewrite("Nej")
    first, second = rig.desk.inbounds
    assert (second.said.text, second.edits) == ("Nej", first.external_id)
    assert second.external_id != first.external_id


@case("wordless")
async def what_has_no_words_is_taken_in_as_nothing_said(rig: Rig, log: pytest.LogCaptureFixture) -> None:
    await rig.say_without_words()
    assert (latest(rig).kind, latest(rig).said.text) == ("said", "")
