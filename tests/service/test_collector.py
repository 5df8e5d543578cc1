"""Traces on the real wire, OTLP over HTTP: what a collector is told, that it names nobody, and that nobody waits for one that is away."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from service.links import Links
from store.schema import participation
from tests.channels.serving import address_of, free_listener, serving
from tests.service.hall import SECRET, number_of, resident, until
from tests.service.test_watching import opened

WORDS = "Gatlyktan utanför skolan är trasig"
REFUSED = 3


def spellings(private: str) -> Iterator[bytes]:
    """A text as it may be hidden in another."""
    told = private.encode()
    yield told
    yield quote(private).encode()
    yield quote_plus(private).encode()
    for shift in range(3):  # wherever it begins in a longer text
        yield b64encode(bytes(shift) + told)[4 if shift else 0 : -4]
    yield told.hex().encode()


async def test_what_reaches_a_collector_names_nobody(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bytes] = []

    async def take(request: Request) -> Response:
        assert request.headers["content-type"] == "application/x-protobuf"
        taken.append(await request.body())
        return Response()

    listener = free_listener()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address_of(listener))
    async with (
        serving([Route("/v1/traces", take, methods=["POST"])], listener),
        opened(sqlite_url, tmp_path, monkeypatch, GENKLANG_TRACES="true") as post,
    ):
        post.invite(resident(1), sent=False)
        await until(lambda: set(post.statuses()) == {"delivered"})
        for words in ("ja", "1", WORDS):
            await post.provider.say(number_of(1), words)
        post.do(lambda c: c.exec_driver_sql("ALTER TABLE inbound_seen RENAME TO away"))
        with pytest.raises(Exception):  # noqa: B017, PT011 - the stand-in says that nobody took it in
            await post.provider.say(number_of(1), WORDS)
        post.do(lambda c: c.exec_driver_sql("ALTER TABLE away RENAME TO inbound_seen"))
        token = Links(SECRET.encode(), "").token(post.do(lambda c: c.execute(select(participation.c.id)).scalar_one()))
    requests = [ExportTraceServiceRequest.FromString(body) for body in taken]
    spans = [
        span for request in requests for each in request.resource_spans for s in each.scope_spans for span in s.spans
    ]
    assert {"inbound", "verify", "turn", "commit", "batch", "lease", "render", "send", "settle"} <= {
        span.name for span in spans
    }
    assert {attribute.key for span in spans for attribute in span.attributes} == {
        "genklang.channel", "genklang.kind", "genklang.lane", "genklang.messages",
    }  # fmt: skip
    [failed] = {span.status.message for span in spans if span.status.code == 2}
    assert failed == "OperationalError"
    assert all(not span.events for span in spans)
    for private in (number_of(1), number_of(1)[1:], WORDS, "Gatlyktan", token, SECRET):
        for spelled in spellings(private):
            assert not any(spelled in body for body in taken), private


async def test_a_collector_that_does_not_answer_is_told_of_once_and_waited_for_by_nobody(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    writers: list[asyncio.StreamWriter] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writers.append(writer)
        if calls <= REFUSED:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()
        else:
            with suppress(ConnectionError):
                await reader.read()  # for as long as the caller likes

    async with await asyncio.start_server(take, "127.0.0.1", 0) as collector:
        host, port = collector.sockets[0].getsockname()
        told: dict[str, Any] = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host}:{port}",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "3600",
            "OTEL_BSP_SCHEDULE_DELAY": "20",
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("service.tracing.LAST_SECONDS", 0.2)
        with capture_logs() as said:
            async with opened(sqlite_url, tmp_path, monkeypatch, GENKLANG_TRACES="true") as post:
                post.invite(resident(1), sent=False)
                await until(lambda: set(post.statuses()) == {"delivered"})
                while calls <= REFUSED:
                    await post.provider.say(number_of(1), "ja")
                await post.provider.say(number_of(1), "1")
        collector.close()  # or it would be tried once more
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)  # until they have noticed
    assert [line["event"] for line in said if line["log_level"] == "warning"] == [
        "the collector takes no traces: they are dropped"
    ]
