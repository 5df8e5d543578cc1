"""Webhooks that come twice, all at once, in another order, or before what they speak of: each inbound has one turn, and no message moves backwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import Response

from sandbox.twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, SERVICE_SID, Message, TwilioStandIn, sign
from sandbox.twilio.messages import resource
from store.schema import answer, inbound_seen, message, participation
from tests.channels.serving import address_of, free_listener, serving
from tests.faults.halls import address_of_resident, correspondent, hall_with
from tests.service.hall import OPENS, Hall, until

REPEATS = 8


@dataclass
class Doors:
    """A hall whose webhooks stand open, and a client at them."""

    hall: Hall
    url: str
    client: aiohttp.ClientSession

    async def twilio(self, path: str, **parameters: str) -> int:
        url = self.url + path
        headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, url, parameters)}
        async with self.client.post(url, data=parameters, headers=headers) as response:
            return response.status

    async def text_message(self, sid: str, number: int, words: str) -> int:
        return await self.twilio(
            "/sms/inbound",
            MessageSid=sid,
            AccountSid=ACCOUNT_SID,
            From=address_of_resident(number, "sms"),
            To=NUMBER,
            Body=words,
        )

    async def update(self, update_id: int, number: int, words: str) -> int:
        chat = int(address_of_resident(number, "telegram"))
        told = {
            "message_id": 100 + update_id,
            "date": int(OPENS.timestamp()),
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "R"},
            "text": words,
        }
        headers = {"X-Telegram-Bot-Api-Secret-Token": "tests"}
        body = {"update_id": update_id, "message": told}
        async with self.client.post(f"{self.url}/telegram/webhook", json=body, headers=headers) as response:
            return response.status


@asynccontextmanager
async def doors(channel: str, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Doors]:
    """Three residents have their invitations, and the provider may call."""
    listener = free_listener()
    address = address_of(listener)
    async with hall_with(url, folder, monkeypatch, channel, GENKLANG_PUBLIC_URL=address) as hall:
        hall.invite(*(correspondent(n, channel) for n in range(3)))
        routes = hall.service.channels[channel].routes(hall.service.desk)
        async with serving(routes, listener), aiohttp.ClientSession() as client:
            yield Doors(hall, address, client)


def replies(hall: Hall) -> int:
    return hall.count(message, message.c.priority == 0)


async def test_a_text_message_that_comes_many_times_at_once_has_one_turn(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with doors("sms", database_url, tmp_path, monkeypatch) as here:
        for sid, words in (("SM1", "ja"), ("SM2", "2")):
            told = await asyncio.gather(*(here.text_message(sid, 0, words) for _ in range(REPEATS)))
            assert set(told) == {200}
        assert await here.text_message("SM1", 0, "ja") == 200  # the first again, after what came later
        assert here.hall.count(inbound_seen) == 2
        assert [(row.path, row.value) for row in here.hall.rows(answer)] == [("/data/first", "seats")]
        assert replies(here.hall) == 2


async def test_updates_that_come_many_times_at_once_have_one_turn_each(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with doors("telegram", database_url, tmp_path, monkeypatch) as here:
        for update_id, words in ((1, "ja"), (2, "2")):
            told = await asyncio.gather(*(here.update(update_id, 0, words) for _ in range(REPEATS)))
            assert set(told) == {200}
        assert await here.update(1, 0, "ja") == 200
        assert here.hall.count(inbound_seen) == 2
        assert [(row.path, row.value) for row in here.hall.rows(answer)] == [("/data/first", "seats")]
        assert replies(here.hall) == 2


async def test_updates_in_another_order_are_each_heard_once(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with doors("telegram", database_url, tmp_path, monkeypatch) as here:
        order: Sequence[tuple[int, int, str]] = [(9, 1, "ja"), (4, 0, "ja"), (12, 1, "1"), (7, 0, "3"), (2, 2, "ja")]
        for update in [*order, *reversed(order), *order]:
            assert await here.update(*update) == 200
        assert here.hall.count(inbound_seen) == len(order)
        assert sorted(row.value for row in here.hall.rows(answer)) == ["gym", "play"]
        assert replies(here.hall) == len(order)
        assert here.hall.count(participation, participation.c.status == "started") == 3


class HastyTwilio(TwilioStandIn):
    """Reports the whole life of a message, in an order of the test's, before it answers the request that made it."""

    order: Sequence[str] = ()

    async def _create(self, request: Request) -> Response:
        async with request.form() as form:
            made = self._accept({name: str(value) for name, value in form.items()})
        for status in self.order:
            made.status = status
            assert await self.post(made.callback, self.callback_parameters(made))
        return self._told(made)

    def _told(self, made: Message) -> Response:
        from starlette.responses import JSONResponse

        return JSONResponse(resource(self.account_sid, made), status_code=201)


@pytest.mark.parametrize(
    ("order", "end"),
    [
        (("queued", "sent", "delivered"), "delivered"),
        (("delivered", "sent", "queued"), "delivered"),
        (("delivered", "delivered", "sent"), "delivered"),
        (("sent",), "sent"),
        (("undelivered", "sent"), "failed"),
        ((), "sent"),
    ],
)
async def test_reports_that_come_before_the_answer_stand(
    order: tuple[str, ...], end: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, api, service = HastyTwilio(now=OPENS.timestamp), free_listener(), free_listener()
    provider.order = order
    changes: dict[str, Any] = {
        "GENKLANG_SMS_API_BASE": address_of(api),
        "GENKLANG_PUBLIC_URL": address_of(service),
        "GENKLANG_SMS_MESSAGING_SERVICE_SID": SERVICE_SID,
    }
    async with hall_with(database_url, tmp_path, monkeypatch, "sms", **changes) as hall:
        hall.invite(*(correspondent(n, "sms") for n in range(3)), sent=False)
        routes = hall.service.channels["sms"].routes(hall.service.desk)
        async with serving(provider.routes(), api), serving(routes, service), provider.running():
            async with hall.service.outbox.running():
                await until(lambda: hall.statuses() == {end: 3})
            assert {row.provider_id for row in hall.rows(message)} == set(provider.messages)
            assert hall.statuses() == {end: 3}  # the answer to the request has not moved it back
            assert len(provider.messages) == 3
            provider.order = ("delivered", "sent", "queued")  # all of it again, late and the wrong way round
            for made in provider.messages.values():
                for status in provider.order:
                    made.status = status
                    assert await provider.post(made.callback, provider.callback_parameters(made))
            assert hall.statuses() == {"delivered": 3}  # the best that was ever told, in whatever order
