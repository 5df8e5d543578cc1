"""The service's own application behind its own server: webhooks go a short way, and meet there what the long one has."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from channels.sms.webhooks import SIGNATURE_CHARS
from console.app import build_error_pages
from sandbox.twilio import TwilioStandIn, sign
from service.web import build_app, server_of
from tests.channels.serving import free_listener, started
from tests.service.hall import Hall
from tests.service.test_gate import head, status, talk

SIGNED = {"x_twilio_signature": "x" * SIGNATURE_CHARS}


@asynccontextmanager
async def serving(hall: Hall, *pages: BaseRoute, error_pages: Any = None) -> AsyncIterator[str]:
    server = server_of(build_app(hall.service, pages, error_pages), hall.service.settings)
    server.config.lifespan = "off"
    with free_listener() as listener:
        async with started(server, listener) as address:
            yield address.removeprefix("http://")


async def test_a_webhook_takes_what_is_posted_and_nothing_else(small_hall: Hall) -> None:
    async with serving(small_hall) as address:
        found = [status(await talk(address, head("/sms/inbound", method))) for method in ("POST", "GET", "PUT")]
        nowhere = status(await talk(address, head("/sms/inbounds")))
    assert (found, nowhere) == ([403, 405, 405], 404)


async def test_a_webhooks_body_has_an_end(small_hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.gate.BODY_SECONDS", 0.3)
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    async with serving(small_hall) as address:
        slow = await talk(address, head("/sms/inbound", content_length="9", **SIGNED), b"Body=")
        endless = await talk(address, head("/sms/inbound", transfer_encoding="chunked", **SIGNED), chunk, chunk)
    assert (status(slow), status(endless)) == (408, 413)
    assert b"connection: close" in slow


async def test_a_webhook_whose_desk_is_away_says_when_to_come_again(small_hall: Hall) -> None:
    parameters = {"MessageSid": "SM1", "From": "+46701740001", "Body": "Ja"}
    small_hall.service.database.close()
    async with serving(small_hall) as address:
        signature = sign(TwilioStandIn(now=time.time).auth_token, f"http://{address}/sms/inbound", parameters)
        body = b"MessageSid=SM1&From=%2B46701740001&Body=Ja"
        said = head("/sms/inbound", content_length=str(len(body)), x_twilio_signature=signature)
        answer = await talk(address, said.replace(b"dialog.example", address.encode()) + body)
    assert status(answer) == 503
    assert b"\r\nretry-after: " in answer.lower()


async def test_answers_are_whole_with_and_without_a_body_of_known_length(small_hall: Hall) -> None:
    async def page(_: Request) -> Response:
        return Response("whole")

    async def stream(_: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            yield "in "
            yield "parts"

        return StreamingResponse(parts())

    pages = [Route("/page", page), Route("/stream", stream)]
    once = head("/page", "GET").replace(b"Connection: close\r\n", b"")
    async with serving(small_hall, *pages) as address:
        asked = await talk(address, head("/page", "HEAD"))
        twice = await talk(address, once, head("/page", "GET"))
        streamed = await talk(address, head("/stream", "GET"))
    assert asked.startswith(b"HTTP/1.1 200")
    assert b"\r\ncontent-length: 5\r\n" in asked
    assert asked.endswith(b"\r\n\r\n")
    assert twice.count(b"\r\n\r\nwhole") == 2
    assert [part for part in (b"in ", b"parts") if part in streamed] == [b"in ", b"parts"]


async def test_a_page_whose_database_is_away_says_when_to_come_again(small_hall: Hall) -> None:
    async def page(_: Request) -> Response:
        return Response(str(await small_hall.service.database.read(lambda _: None)))

    small_hall.service.database.close()
    async with serving(small_hall, Route("/page", page), error_pages=build_error_pages()) as address:
        answer = await talk(address, head("/page", "GET"))
    assert status(answer) == 503
    assert b"\r\nretry-after: " in answer.lower()
    assert b"<html" in answer
