"""The service's own application behind its own server: webhooks go a short way, and meet there what the long one has."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from structlog.testing import capture_logs

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
    small_hall.service.database.close()
    async with serving(small_hall) as address:
        answer = await text_from_a_resident(address, "SM1")
    assert status(answer) == 503
    assert b"\r\nretry-after: " in answer.lower()


async def test_a_webhook_that_fails_is_answered_without_a_page_and_the_log_says_why(
    small_hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(small_hall, error_pages=build_error_pages()) as address:
        await small_hall.service.database.write(
            lambda connection: connection.exec_driver_sql("DROP TABLE inbound_seen")
        )
        answer = await text_from_a_resident(address, "SM1")
    assert status(answer) == 500
    assert b"<html" not in answer
    assert "no such table" in caplog.text


async def text_from_a_resident(address: str, sid: str) -> bytes:
    """A message as Twilio hands it over; gives the answer."""
    parameters = {"MessageSid": sid, "From": "+46701740001", "Body": "Ja"}
    signature = sign(TwilioStandIn(now=time.time).auth_token, f"http://{address}/sms/inbound", parameters)
    body = urlencode(parameters).encode()
    said = head("/sms/inbound", content_length=str(len(body)), x_twilio_signature=signature)
    return await talk(address, said.replace(b"dialog.example", address.encode()) + body)


def room_for(pages: int) -> Callable[[Connection], None]:
    """The disk holds so many pages more."""

    def work(connection: Connection) -> None:
        count = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {count + pages}")

    return work


async def test_while_the_database_takes_nothing_in_providers_are_turned_away_and_counted(
    small_hall: Hall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("store.writing._CALM_SECONDS", 3600)
    database = small_hall.service.database
    async with serving(small_hall) as address:
        await database.write(room_for(pages=0))
        answers: list[bytes] = []
        with capture_logs() as said:
            while [status(each) for each in answers].count(503) < 3:
                answers.append(await text_from_a_resident(address, f"SM{len(answers)}{'x' * 500}"))
            monkeypatch.setattr("store.writing._CALM_SECONDS", 0)
            await database.write(room_for(pages=1000))
            assert await database.recovers()
            assert status(await text_from_a_resident(address, "SM-again")) == 200
    assert b"retry-after: 5" in answers[-1]
    assert {status(each) for each in answers} <= {200, 503}
    told = [
        (line["event"].partition(":")[0], line.get("turned_away"))
        for line in said
        if line["event"] != "nobody's message"
    ]
    assert told == [
        ("the database takes nothing in", None),
        ("turned away", None),  # once, with where it was met
        ("the database takes things in again", 3),
    ]
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert small_hall.service.lookout.turned_away == 0


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
