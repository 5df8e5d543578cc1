"""Providers that are down, that storm with errors, or that ask for patience: everything arrives, once, and what nobody can know is named."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.responses import Response

import service.outbox
from sandbox.mail import Mail
from sandbox.telegram import TelegramStandIn
from sandbox.twilio import TwilioStandIn
from store.deliveries import resolve
from store.outbox import REPLY_PRIORITY
from store.schema import message, message_transition
from tests.channels.serving import address_of, free_listener, serving
from tests.faults.halls import address_of_resident, correspondent, doubts, hall_with, hours_pass, reasons, tried
from tests.faults.weather import Weather
from tests.service.hall import OPENS, Hall, until

COUNT = 12
CHATS = ("telegram", "sms")
REFUSALS = {
    "telegram": [
        (429, '{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}')
    ],
    "sms": [(503, '{"code": 20503, "message": "Service unavailable"}'), (429, '{"code": 20429}')],
}
FAILURES = [(500, "oops"), (502, "<html>Bad gateway</html>"), (503, "upstream connect error or disconnect/reset")]


class Post:
    """A hall, one provider behind some weather, and who got how many messages."""

    def __init__(self, hall: Hall, provider: Any, weather: Weather, arrived: Callable[[], Counter[str]]) -> None:
        self.hall, self.provider, self.weather, self.arrived = hall, provider, weather, arrived


@asynccontextmanager
async def post_by(
    channel: str, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, sent: bool = False
) -> AsyncIterator[Post]:
    """Twelve residents in one channel, with an invitation waiting for each."""
    weather, listener = Weather(), free_listener()
    now = OPENS.timestamp
    address = address_of(listener)
    if channel == "email":
        listener.close()
        mail = Mail(now)
        async with mail.running():
            changes = {"GENKLANG_EMAIL_PORT": str(mail.port)}
            async with hall_with(url, folder, monkeypatch, channel, **changes) as hall:
                _invite(hall, channel, sent=sent)
                yield Post(hall, mail, weather, lambda: Counter(letter.recipient for letter in mail.accepted))
        return
    provider: Any
    if channel == "telegram":
        provider = TelegramStandIn("424242:a-token-of-the-tests", now=now)
        provider.acquaint([address_of_resident(n, channel) for n in range(COUNT)])
        changes = {"GENKLANG_TELEGRAM_API_BASE": address}
    else:
        provider = TwilioStandIn(now=now)
        changes = {"GENKLANG_SMS_API_BASE": address}
    async with (
        serving(weather.over(provider.routes()), listener),
        provider.running(),
        hall_with(url, folder, monkeypatch, channel, **changes) as hall,
    ):
        _invite(hall, channel, sent=sent)
        yield Post(hall, provider, weather, lambda: _arrived(provider))


def _arrived(provider: TelegramStandIn | TwilioStandIn) -> Counter[str]:
    if isinstance(provider, TwilioStandIn):
        return Counter(accepted.to for accepted in provider.messages.values())
    return Counter(arrival.address for arrival in provider.sent)


def _invite(hall: Hall, channel: str, *, sent: bool) -> None:
    hall.invite(*(correspondent(n, channel) for n in range(COUNT)), sent=sent)


def everybody(channel: str, times: int = 1) -> Counter[str]:
    return Counter({address_of_resident(n, channel): times for n in range(COUNT)})


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_an_hour_without_the_provider_delays_and_loses_nothing(
    channel: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post_by(channel, database_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        post.provider.faults.down = True
        await until(
            lambda: tried(hall) > 0
        )  # after some failures in a row the lane rests, and one message tries at a time
        await hours_pass(hall, 1, 12)
        await until(lambda: hall.statuses() == {"queued": COUNT})
        with hall.service.database.connect() as connection:
            attempts = connection.execute(select(message.c.attempts)).scalars().all()
        assert max(attempts) <= 14  # doubling pauses: a provider that is down is not besieged
        post.provider.faults.down = False
        await hours_pass(hall, 1, 2)
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert post.arrived() == everybody(channel)
        assert doubts(hall) == 0


async def test_an_hour_behind_telegrams_gateway_is_named_where_it_may_have_doubled_something(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its gateway does not say whether it passed a message on: those that met it wait for a word, the others for their turn."""
    monkeypatch.setenv("GENKLANG_TELEGRAM_CONNECTIONS", "2")
    async with post_by("telegram", database_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        post.provider.faults.down = True
        await until(lambda: tried(hall) > 0)
        await hours_pass(hall, 1, 12)
        post.provider.faults.down = False
        await hours_pass(hall, 1, 2)
        await until(lambda: hall.statuses().keys() <= {"sent", "unknown"})
        named = hall.rows(message, message.c.status == "unknown")
        assert doubts(hall) == len(named)
        assert post.arrived().total() == COUNT - len(named)
        hall.do(lambda c: resolve(c, [row.id for row in named], "resend", hall.clock.now()))
        hall.service.outbox.wake()
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert post.arrived() == everybody("telegram")


async def test_a_reply_outlives_an_hour_behind_telegrams_gateway(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post_by("telegram", sqlite_url, tmp_path, monkeypatch, sent=True) as post:
        hall = post.hall
        post.provider.faults.down = True
        address = address_of_resident(0, "telegram")
        await hall.hear(0, "ja", channel="telegram", address=address)
        async with hall.service.outbox.running():
            is_reply = message.c.priority == REPLY_PRIORITY
            await until(lambda: hall.count(message, is_reply, message.c.attempts > 0) == 1)
            await hours_pass(hall, 1, 12)
            await until(lambda: hall.statuses(is_reply) == {"queued": 1})
            post.provider.faults.down = False
            await hours_pass(hall, 1, 2)
            await until(lambda: hall.statuses(is_reply) == {"sent": 1})
        assert post.arrived() == Counter({address: 1})
        assert doubts(hall) == 1


@pytest.mark.parametrize("channel", CHATS)
async def test_a_storm_of_server_errors_loses_nothing_and_doubles_nothing_unasked(
    channel: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post_by(channel, sqlite_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        post.weather.before = [Response(words, status) for status, words in FAILURES * 2]
        async with asyncio.timeout(60):
            while post.weather.before or not hall.statuses().keys() <= {"sent", "unknown"}:
                await hours_pass(hall, 0.5, 1)
        assert hall.statuses() == {"sent": COUNT - 6, "unknown": 6}
        assert doubts(hall) == 6
        assert set(post.arrived().values()) == {1}


@pytest.mark.parametrize("channel", CHATS)
async def test_a_storm_of_refusals_is_weathered(
    channel: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post_by(channel, sqlite_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        post.weather.before = [Response(words, status) for status, words in REFUSALS[channel] * COUNT]
        async with asyncio.timeout(60):
            while hall.statuses() != {"sent": COUNT}:
                await hours_pass(hall, 0.5, 1)
        assert post.weather.before == []
        assert post.arrived() == everybody(channel)
        assert doubts(hall) == 0


async def test_a_mail_server_that_puts_off_every_second_letter_gets_them_all(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post_by("email", sqlite_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        post.provider.faults.throttle_every = 2
        async with asyncio.timeout(60):
            while hall.statuses() != {"sent": COUNT}:
                await hours_pass(hall, 0.5, 1)
        assert post.arrived() == everybody("email")
        assert doubts(hall) == 0


@pytest.mark.parametrize("channel", CHATS)
async def test_a_gateway_that_timed_out_leaves_a_doubt_that_is_named(
    channel: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider has carried the request out; nobody here can know."""
    async with post_by(channel, sqlite_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        post.weather.after = [Response("<html>Gateway timeout</html>", 504) for _ in range(COUNT)]
        async with asyncio.timeout(60):
            while tried(hall) < COUNT:  # after some doubts in a row the lane rests, and one message tries at a time
                await hours_pass(hall, 0.5, 1)
        assert post.arrived() == everybody(channel)
        assert doubts(hall) == COUNT
        assert set(hall.statuses()) == {"unknown"}


@pytest.mark.parametrize("channel", CHATS)
async def test_a_reply_that_a_gateway_lost_sight_of_is_sent_again_and_named(
    channel: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post_by(channel, sqlite_url, tmp_path, monkeypatch, sent=True) as post:
        hall = post.hall
        post.weather.after = [Response("<html>Gateway timeout</html>", 504)]
        await hall.hear(0, "ja", channel=channel, address=address_of_resident(0, channel))
        async with hall.service.outbox.running():
            is_reply = message.c.priority == REPLY_PRIORITY
            is_back = message.c.status == "queued"
            await until(lambda: hall.count(message, is_reply, is_back, message.c.attempts > 0) == 1)
            hall.pass_time(timedelta(minutes=1))
            await until(lambda: hall.statuses(is_reply) == {"sent": 1})
        assert post.arrived() == Counter({address_of_resident(0, channel): 2})
        assert doubts(hall) == 1
        assert any(status == "queued" and reason.startswith("in_doubt:") for status, reason in reasons(hall))


async def test_twilios_wish_for_patience_is_heard(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENKLANG_SMS_CONNECTIONS", "1")
    async with post_by("sms", sqlite_url, tmp_path, monkeypatch) as post, post.hall.service.outbox.running():
        hall = post.hall
        body = '{"code": 20429, "message": "Too Many Requests", "status": 429}'
        post.weather.before = [Response(body, 429, {"Retry-After": "40"})]
        await until(lambda: tried(hall) == COUNT and hall.statuses() == {"queued": COUNT})
        assert {row.due_at for row in hall.rows(message)} == {OPENS + timedelta(seconds=40)}
        asked = post.weather.requests
        assert asked == 1  # nobody else was sent into the same answer
        hall.pass_time(timedelta(seconds=39))
        await asyncio.sleep(0.3)
        assert post.weather.requests == asked
        hall.pass_time(timedelta(seconds=1))
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert post.arrived() == everybody("sms")


async def test_what_has_arrived_is_settled_while_others_of_its_batch_are_still_on_the_wire(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.outbox, "EARLY_SECONDS", 0.02)
    monkeypatch.setenv("GENKLANG_SMS_CONNECTIONS", "1")
    async with post_by("sms", database_url, tmp_path, monkeypatch) as post:
        hall, post.weather.seconds = post.hall, 0.1
        async with hall.service.outbox.running():
            await until(lambda: {"sent", "sending"} <= set(hall.statuses()))
            post.weather.seconds = 0
            await until(lambda: hall.statuses() == {"sent": COUNT})
        assert post.arrived() == everybody("sms")
        with hall.service.database.connect() as connection:
            noted = select(func.count()).select_from(message_transition).where(message_transition.c.status == "sent")
            assert connection.execute(noted).scalar_one() == COUNT


async def test_what_a_slow_provider_keeps_waiting_beyond_its_lease_is_not_sent_beside_another(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease of a batch runs out on the wire, and its replies are swept and sent by others: each arrives once."""
    monkeypatch.setenv("GENKLANG_SMS_CONNECTIONS", "1")
    monkeypatch.setenv("GENKLANG_LEASE_SECONDS", "0.5")
    async with post_by("sms", database_url, tmp_path, monkeypatch) as post:
        hall, post.weather.seconds = post.hall, 0.2
        async with hall.service.outbox.running():
            await until(lambda: hall.statuses().get("sent", 0) == COUNT)
        assert post.arrived() == everybody("sms")
        assert ("queued", "waited_too_long") in reasons(hall)


async def test_what_has_arrived_is_no_doubt_when_the_rest_of_its_batch_is_cut_off(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.outbox, "EARLY_SECONDS", 60)
    monkeypatch.setenv("GENKLANG_SMS_CONNECTIONS", "1")
    monkeypatch.setenv("GENKLANG_DRAIN_SECONDS", "0.05")
    async with post_by("sms", database_url, tmp_path, monkeypatch) as post:
        post.weather.seconds = 0.3
        async with post.hall.service.outbox.running():
            await until(lambda: post.weather.requests == 3)
        told = post.hall.statuses()
        assert told["sent"] >= 2
        assert told["sending"] == COUNT - told["sent"]
