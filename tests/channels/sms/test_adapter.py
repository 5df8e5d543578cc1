"""What is SMS's own: senders, codes, status callbacks, signatures behind proxies, and costs."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.contents import Content, Option, Said
from channels.api import Receipt
from channels.calls import RESIDENT_BURST, RESIDENT_PER_SECOND
from channels.errors import (
    AddressRefused,
    ChannelError,
    Doubtful,
    GatewayFailed,
    Misconfigured,
    RecipientGone,
    RecipientOptedOut,
    Refused,
    SendError,
    TryLater,
)
from channels.sms import SmsSettings, door
from channels.sms.errors import delivery_status, from_code
from channels.sms.resources import accepted_from, receipt, sender_fields
from channels.throttles import Throttle
from sandbox.twilio import sign
from sandbox.wire import NothingToPress
from tests.channels.rigs import outbound
from tests.channels.serving import hanging_up, nobody_there
from tests.channels.sms.rig import ChannelRig

HELLO = Content("Hej!", "sv")


@pytest.fixture
async def sms() -> AsyncIterator[ChannelRig]:
    rig = ChannelRig()
    async with rig.running():
        yield rig


async def send(rig: ChannelRig, content: Content = HELLO, **fields: object) -> Receipt | SendError:
    (outcome,) = await rig.channel.send([outbound(rig, content, **fields)])
    await rig.settle()
    return outcome


async def test_options_are_numbered_lines(sms: ChannelRig) -> None:
    await send(sms, Content("Trygg?", "sv", options=(Option("1.1", "Ja"), Option("1.2", "Nej"))))
    assert sms.arrivals()[-1].text == "Trygg?\n1 Ja\n2 Nej"


@pytest.mark.parametrize(("purpose", "links"), [("invitation", ()), ("reminder", ("https://x.example/d/abc",))])
async def test_the_first_message_carries_no_link(sms: ChannelRig, purpose: str, links: tuple[str, ...]) -> None:
    await send(sms, purpose=purpose, personal_url="https://x.example/d/abc")
    assert sms.arrivals()[-1].links == links


async def test_the_link_comes_with_a_word_of_what_it_is(sms: ChannelRig) -> None:
    await send(sms, purpose="reminder", personal_url="https://x.example/d/abc")
    assert sms.arrivals()[-1].text == "Hej!\nOr on the web: https://x.example/d/abc"


async def test_typography_is_sent_plainly_where_that_is_cheaper(sms: ChannelRig) -> None:
    await send(sms, Content("”Torget” – nu…", "sv"))
    assert sms.arrivals()[-1].text == '"Torget" - nu...'


async def test_typography_is_left_alone_where_it_is_so_set(sms: ChannelRig) -> None:
    sms.channel._settings.plain_typography = False
    outcome = await send(sms, Content("Torget – nu", "sv"))
    assert sms.arrivals()[-1].text == "Torget – nu"
    assert isinstance(outcome, Receipt)


async def test_a_text_of_many_segments_is_one_message(sms: ChannelRig) -> None:
    outcome = await send(sms, Content("Fler bänkar. " * 100, "sv"))
    assert len(sms.arrivals()) == 1
    assert isinstance(outcome, Receipt)
    assert outcome.segments == 9


async def test_a_text_longer_than_that_is_cut_between_words(sms: ChannelRig) -> None:
    await send(sms, Content("Parkbänk " * 400, "sv"))
    texts = [arrival.text for arrival in sms.arrivals()]
    assert len(texts) == 3
    assert {word for text in texts for word in text.split()} == {"Parkbänk"}


# What Twilio takes for its keywords


@pytest.mark.parametrize(
    ("body", "opt_out_type", "kind", "said"),
    [
        ("Stopp", "STOP", "opted_out", Said(text="Stopp")),
        ("STOP", "", "opted_out", Said(text="STOP")),
        ("stop it now", "", "said", Said(text="stop it now")),
        ("START", "START", "opened", Said()),
        ("Börja", "START", "opened", Said()),
        ("Yes", "START", "said", Said(text="Yes")),
        ("INFO", "HELP", "said", Said(choice="!help")),
        ("END", "HELP", "said", Said(choice="!help")),
    ],
)
async def test_a_keyword_does_what_twilio_took_it_for(
    sms: ChannelRig, body: str, opt_out_type: str, kind: str, said: Said
) -> None:
    extra = {"OptOutType": opt_out_type} if opt_out_type else {}
    await sms.post("/sms/inbound", sms.parameters(Body=body, **extra))
    assert (sms.desk.inbounds[-1].kind, sms.desk.inbounds[-1].said) == (kind, said)


# What else comes in


async def test_a_picture_with_words_says_the_words(sms: ChannelRig) -> None:
    await sms.stand_in.send_picture(sms.address, "Här är det mörkt")
    assert sms.desk.inbounds[-1].said == Said(text="Här är det mörkt")


async def test_a_long_message_comes_in_whole(sms: ChannelRig) -> None:
    text = "Vi behöver fler bänkar 🪑 " * 40
    await sms.say(text)
    assert sms.desk.inbounds[-1].said.text == text


@pytest.mark.parametrize("sender", ["Posten", "72020", "whatsapp:+46701740605", "rcs:sjovik_agent", ""])
async def test_who_has_no_telephone_number_is_passed_over(sms: ChannelRig, sender: str) -> None:
    assert (await sms.post("/sms/inbound", sms.parameters(From=sender)), sms.desk.touched) == (200, 0)


async def test_there_is_nothing_to_press_in_a_text_message(sms: ChannelRig) -> None:
    await send(sms)
    with pytest.raises(NothingToPress, match="type the number"):
        await sms.stand_in.press(sms.address, sms.arrivals()[-1], "1.1")


async def test_a_receipt_tells_what_will_be_billed(sms: ChannelRig) -> None:
    sms.channel._settings.price_per_segment = Decimal("0.40")
    outcome = await send(sms, Content("ن" * 100, "ar"))
    assert isinstance(outcome, Receipt)
    assert (outcome.segments, outcome.cost) == (2, Decimal("0.80"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"num_segments": "0", "price": None, "price_unit": "USD"}, (2, Decimal("0.80"), "SEK")),
        ({"num_segments": "3", "price": None, "price_unit": None}, (3, Decimal("1.20"), "SEK")),
        ({"num_segments": "3", "price": "-0.02250", "price_unit": "usd"}, (3, Decimal("0.02250"), "USD")),
        ({"num_segments": None, "price": "?"}, (2, Decimal("0.80"), "SEK")),
    ],
)
def test_what_twilio_says_of_segments_and_price_goes_before_our_own_count(
    said: dict[str, str | None], expected: tuple[int, Decimal, str]
) -> None:
    settings = SmsSettings(price_per_segment=Decimal("0.40"), currency="SEK")
    told = receipt(7, [accepted_from(201, json.dumps({"sid": "SM1", **said}))], 2, settings)
    assert (told.segments, told.cost, told.currency) == expected


@pytest.mark.parametrize(
    ("status", "text", "failure"),
    [
        (201, "{", Doubtful),
        (201, "[]", Doubtful),
        (201, "{}", Doubtful),
        (400, "<html>", Refused),
        (401, "", Misconfigured),
    ],
)
def test_an_answer_that_cannot_be_read_is_doubt_only_where_it_may_have_been_accepted(
    status: int, text: str, failure: type[SendError]
) -> None:
    with pytest.raises(failure):
        accepted_from(status, text)


async def test_the_validity_period_is_told(sms: ChannelRig) -> None:
    settings = SmsSettings(messaging_service_sid="MG1", validity_seconds=600)
    assert sender_fields(settings) == {"MessagingServiceSid": "MG1", "ValidityPeriod": "600"}
    assert sender_fields(SmsSettings(sender="Vallby")) == {"From": "Vallby"}


async def test_a_sender_of_stop_is_not_written_to_until_start(sms: ChannelRig) -> None:
    await sms.say("STOP")
    assert isinstance(await send(sms), RecipientOptedOut)
    await sms.say("START")
    assert isinstance(await send(sms), Receipt)


async def test_what_cannot_be_delivered_is_reported_with_its_code(sms: ChannelRig) -> None:
    sms.stand_in.faults.undelivered[sms.address] = 30005
    await send(sms)
    report = sms.desk.reports[-1]
    assert (report.status, report.reason, report.message_id) == ("gone", "twilio_30005", 7)


async def test_a_report_that_is_repeated_has_the_same_id(sms: ChannelRig) -> None:
    status = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    for _ in range(2):
        assert await sms.post("/sms/status?message=7", status) == 204
    first, second = sms.desk.reports
    assert first.external_id == second.external_id


async def test_steps_before_a_message_has_left_settle_nothing(sms: ChannelRig) -> None:
    await sms.post("/sms/status?message=7", {"MessageSid": "SM1", "MessageStatus": "queued"})
    assert sms.desk.touched == 0


async def test_a_message_id_that_was_tampered_with_is_not_believed(sms: ChannelRig) -> None:
    status = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    signed_for_another = f"{sms.public_url}/sms/status?message=8"
    assert (
        await sms.post("/sms/status?message=7", status, url=signed_for_another[: -len("/sms/status?message=8")] + "/x")
        == 403
    )
    assert sms.desk.touched == 0


async def test_a_signature_made_for_the_public_address_holds_behind_a_proxy(sms: ChannelRig) -> None:
    object.__setattr__(sms.channel._doorkeeper, "public_url", "https://dialog.sjovik.example")
    assert await sms.post("/sms/inbound", sms.parameters(), url="https://dialog.sjovik.example") == 200
    assert await sms.post("/sms/inbound", sms.parameters(), url="https://dialog.sjovik.example:443") == 200


async def test_a_signature_made_for_another_name_of_ours_holds_where_the_request_came_by_it(sms: ChannelRig) -> None:
    other = sms.public_url.replace("127.0.0.1", "localhost")
    assert await sms.post("/sms/inbound?from=console&x=%C3%A5", sms.parameters(), url=other) == 403
    signature = sign(sms.stand_in.auth_token, f"{other}/sms/inbound?x=%C3%A5", sms.parameters())
    headers = {"X-Twilio-Signature": signature, "Host": other.removeprefix("http://")}
    url = f"{sms.public_url}/sms/inbound?x=%C3%A5"
    async with sms.client.post(url, data=sms.parameters(), headers=headers) as response:
        assert response.status == 200


async def test_json_is_signed_by_its_hash(sms: ChannelRig) -> None:
    body = json.dumps(sms.parameters(NumMedia="0"))
    for told, expected in ((body, 200), (body.replace("Ja", "Nej"), 403)):
        path = f"/sms/inbound?bodySHA256={hashlib.sha256(told.encode()).hexdigest()}"
        signature = sign(sms.stand_in.auth_token, f"{sms.public_url}{path}", {})
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/json"}
        async with sms.client.post(sms.public_url + path, data=body, headers=headers) as response:
            assert response.status == expected
    assert [inbound.said.text for inbound in sms.desk.inbounds] == ["Ja"]


async def test_a_call_without_a_signature_is_refused_before_its_body_is_there(sms: ChannelRig) -> None:
    host, _, port = sms.public_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /sms/inbound HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nFrom=")
    assert (await reader.readline()).startswith(b"HTTP/1.1 403")
    writer.close()


async def test_a_machine_that_writes_on_and_on_is_told_to_wait_and_others_are_heard(sms: ChannelRig) -> None:
    sms.channel._residents = Throttle(RESIDENT_PER_SECOND, RESIDENT_BURST, clock=lambda: 1000.0)
    found = [await sms.post("/sms/inbound", sms.parameters(MessageSid=f"SM{n}")) for n in range(RESIDENT_BURST + 20)]
    other = await sms.post("/sms/inbound", sms.parameters(MessageSid="SMx", From="+46701740606"))
    assert (found[:RESIDENT_BURST], found[-1], other) == ([200] * RESIDENT_BURST, 429, 200)


async def test_nothing_is_acknowledged_that_the_desk_did_not_keep(sms: ChannelRig) -> None:
    sms.desk.fails = True
    assert await sms.post("/sms/inbound", sms.parameters()) == 500


async def test_nobody_listening_means_later_and_hanging_up_means_doubt(sms: ChannelRig) -> None:
    unreachable = sms.build(nobody_there())
    async with hanging_up() as address, unreachable.running(sms.desk):
        rude = sms.build(address)
        async with rude.running(sms.desk):
            (later,) = await unreachable.send([outbound(sms, HELLO)])
            (doubt,) = await rude.send([outbound(sms, HELLO)])
    assert (type(later), type(doubt)) == (TryLater, Doubtful)


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (400, 21610, RecipientOptedOut),
        (400, 21211, RecipientGone),
        (400, 21614, RecipientGone),
        (400, 21268, RecipientGone),
        (400, 30035, Misconfigured),
        (429, 30454, TryLater),
        (400, 30450, TryLater),
        (400, 21612, Refused),
        (400, 21606, Misconfigured),
        (400, 21661, Misconfigured),
        (400, 21408, Misconfigured),
        (400, 30034, Misconfigured),
        (400, 21617, Refused),
        (400, 30003, Refused),
        (400, 30007, Refused),
        (429, 14107, TryLater),
        (404, 21701, Misconfigured),
        (401, 20003, Misconfigured),
        (429, 20429, TryLater),
        (429, 63038, TryLater),
        (400, 30001, TryLater),
        (400, 99999, Refused),
        (500, None, Doubtful),
        (500, 20500, Doubtful),
        (502, None, GatewayFailed),
        (503, None, GatewayFailed),
        (503, 20503, TryLater),
        (503, 12345, TryLater),
        (504, None, GatewayFailed),
    ],
)  # fmt: skip
def test_each_code_is_one_of_the_named_failures(status: int, code: int | None, failure: type[SendError]) -> None:
    assert type(from_code(status, code)) is failure


@pytest.mark.parametrize(
    ("status", "code", "settled"),
    [
        ("sent", None, "sent"),
        ("undelivered", 30003, "failed"),
        ("undelivered", 30006, "gone"),
        ("undelivered", 30007, "failed"),
        ("failed", 21610, "opted_out"),
        ("accepted", None, None),
    ],
)  # fmt: skip
def test_each_status_settles_what_it_can(status: str, code: int | None, settled: str | None) -> None:
    assert delivery_status(status, code) == settled


def test_numbers_are_kept_in_one_form() -> None:
    assert {door.normalise(number) for number in ("070-174 06 05", "+46 70 174 06 05", "0046701740605")} == {
        "+46701740605"
    }


def test_what_is_no_number_is_refused_without_being_repeated() -> None:
    with pytest.raises(AddressRefused) as refused:
        door.normalise("ring mig 12")
    assert "ring" not in str(refused.value)


@pytest.mark.parametrize(
    ("missing", "setting"),
    [("auth_token", "GENKLANG_SMS_AUTH_TOKEN"), ("messaging_service_sid", "GENKLANG_SMS_SENDER")],
)
def test_half_an_account_names_the_setting_that_is_missing(missing: str, setting: str) -> None:
    whole = {"account_sid": "AC1", "auth_token": "x", "messaging_service_sid": "MG1"}
    with pytest.raises(ChannelError, match=setting):
        door.build(SmsSettings(**{**whole, missing: ""}), None)  # type: ignore[arg-type]
