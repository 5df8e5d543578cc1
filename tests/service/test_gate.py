"""Slow, large and too many callers, on real sockets: what they are answered, and that everybody else is served meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from channels.calls import WHOLE
from channels.throttles import Throttle
from service.gate import MOST_BODY_BYTES, REFUSED_COST, Gate, network
from service.patience import MOST_FOLLOWING_BYTES, MOST_HEAD_BYTES, MOST_PIPELINED
from service.settings import Settings
from service.web import server_of
from tests.channels.serving import free_listener, started


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets do not fill while a busy machine is slow."""
    still = partial(Throttle, clock=lambda: 1000.0)
    monkeypatch.setattr("service.gate.Throttle", still)
    monkeypatch.setattr("channels.calls.Throttle", still)


async def echo(request: Request) -> Response:
    body = await request.body()
    told = f"{request.client.host if request.client else ''} {request.url} {len(body)}"
    return PlainTextResponse(told)


async def refuse(request: Request) -> Response:
    return Response(status_code=403)


def settings(**changes: Any) -> Settings:
    return Settings(secret_key="x" * 32, trusted_proxies="127.0.0.9", **changes)


def application(made: Settings) -> Starlette:
    gate = Middleware(
        Gate,
        settings=made,
        is_verified=lambda path: path.startswith("/hook"),
        resident_of=lambda path: path.split("/")[2] if path.startswith("/d/") else None,
    )
    paths = {"/": echo, "/d/{token}": echo, "/hook": echo, "/hook/refusing": refuse}
    routes = [Route(path, answer, methods=["GET", "POST"]) for path, answer in paths.items()]
    return Starlette(routes=routes, middleware=[gate])


@asynccontextmanager
async def serving(**changes: Any) -> AsyncIterator[str]:
    """The service's own server and gate, before an application that says what it got."""
    made = settings(**changes)
    server = server_of(application(made), made)
    server.config.lifespan = "off"
    with free_listener() as listener:
        async with started(server, listener) as address:
            yield address.removeprefix("http://")


async def talk(address: str, *parts: bytes, pause: float = 0, source: str = "127.0.0.1") -> bytes:
    """Send the parts, and give everything that was answered until the other side hung up."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), local_addr=(source, 0))
    answered = asyncio.ensure_future(_everything(reader))
    try:
        for part in parts:
            if answered.done():
                break
            with suppress(ConnectionError):  # it may hang up in the middle
                writer.write(part)
                await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(answered, 20)
    finally:
        answered.cancel()
        writer.close()


async def _everything(reader: asyncio.StreamReader) -> bytes:
    heard = b""
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            heard += data
    return heard


def head(path: str = "/", method: str = "POST", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: dialog.example", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_a_body_that_says_it_is_too_large_is_not_waited_for() -> None:
    async with serving() as address:
        answer = await talk(address, head(content_length=str(MOST_BODY_BYTES + 1)))
    assert status(answer) == 413


async def test_a_body_in_chunks_is_counted_as_it_comes() -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    async with serving() as address:
        fitting = await talk(address, head(transfer_encoding="chunked"), chunk * 3, b"0\r\n\r\n")
        endless = await talk(address, head(transfer_encoding="chunked"), *[chunk] * 17)
    assert fitting.endswith(f" {3 * 0x10000}".encode())
    assert status(endless) == 413


async def test_a_body_that_came_with_its_head_is_at_hand_and_is_read_as_any_other() -> None:
    async def tell(request: Request) -> Response:
        at_hand = request.scope.get("extensions", {}).get(WHOLE)
        return PlainTextResponse(f"{at_hand and at_hand.decode()} {(await request.body()).decode()}")

    server = server_of(Starlette(routes=[Route("/", tell, methods=["POST"])]), settings())
    server.config.lifespan = "off"
    with free_listener() as listener:
        async with started(server, listener) as address:
            answer = await talk(address.removeprefix("http://"), head(content_length="4") + b"abcd")
    assert answer.endswith(b"\r\n\r\nabcd abcd")


async def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.gate.BODY_SECONDS", 0.3)
    async with serving() as address:
        silent = await talk(address, head(content_length="10"), b"abc")
        dripping = await talk(address, head(content_length="10000"), *[b"x"] * 10, pause=0.05)
    assert (status(silent), status(dripping)) == (408, 408)


async def test_a_head_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.patience.HEAD_SECONDS", 0.3)
    async with serving() as address:
        nothing = await talk(address)
        dripping = await talk(address, b"GET / HTTP/1.1\r\n", *[b"X-Slow: 1\r\n"] * 10, pause=0.05)
    assert (status(nothing), status(dripping)) == (408, 408)


async def test_a_second_request_on_a_connection_has_no_more_time_than_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.patience.HEAD_SECONDS", 1.5)
    first = b"GET / HTTP/1.1\r\nHost: dialog.example\r\n\r\n"
    async with serving() as address:
        answer = await talk(address, first, b"GET / HTTP/1.1\r\nX-Slow: ", *[b"x"] * 60, pause=0.05)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer


async def test_a_head_that_is_too_long_is_refused() -> None:
    line = b"X-Long: " + b"y" * 1000 + b"\r\n"
    async with serving() as address:
        answer = await talk(
            address, b"GET / HTTP/1.1\r\nHost: dialog.example\r\n", line * (MOST_HEAD_BYTES // 1000 + 40)
        )
    assert status(answer) in (400, 431)


async def test_a_body_whose_trailers_do_not_end_is_refused() -> None:
    """A parser keeps them all, and no application reads them."""
    trailers = (b"X-More: " + b"y" * 1000 + b"\r\n") * 1000
    enough = MOST_FOLLOWING_BYTES // len(trailers) + 2
    async with serving() as address:
        fitting = await talk(address, head(transfer_encoding="chunked"), b"2\r\nab\r\n0\r\nX-Sum: 3\r\n\r\n")
        answer = await talk(address, head(transfer_encoding="chunked"), b"0\r\n", *[trailers] * enough)
    assert (status(fitting), status(answer)) == (200, 413)


async def test_who_asks_far_ahead_of_the_answers_is_cut_off() -> None:
    more = head(method="GET").replace(b"Connection: close\r\n", b"")
    last = head(method="GET")
    async with serving() as address:
        some = await talk(address, more * (MOST_PIPELINED // 2) + last)
        many = await talk(address, more * (20 * MOST_PIPELINED) + last)
        others = await talk(address, last)
    assert some.count(b"HTTP/1.1 200") == MOST_PIPELINED // 2 + 1
    assert many.count(b"HTTP/1.1 200") <= 1
    assert status(others) == 200


@pytest.mark.parametrize("ends", [b"Connection: close\r\n", b""])
@pytest.mark.parametrize("length", [1 << 24, 1 << 16])
async def test_who_does_not_read_the_answer_keeps_no_connection(
    length: int, ends: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether more is waiting than the server keeps for one, or less; and whether it is the last answer or not."""
    monkeypatch.setattr("service.patience.READING_SECONDS", 0.2)
    monkeypatch.setattr("service.answering.LINGERING_SECONDS", 0.2)
    monkeypatch.setattr("service.web.KEEP_ALIVE_SECONDS", 0.2)

    async def large(_: Request) -> Response:
        return Response(b"x" * length)

    server = server_of(Starlette(routes=[Route("/", large)]), settings())
    server.config.lifespan = "off"
    with free_listener() as listener, socket.socket() as lazy:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with started(server, listener):
            lazy.setblocking(False)
            await asyncio.get_running_loop().sock_connect(lazy, listener.getsockname())
            lazy.send(b"GET / HTTP/1.1\r\nHost: d\r\n" + ends + b"\r\n")
            async with asyncio.timeout(30):
                while not server.server_state.total_requests and not server.server_state.connections:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                while server.server_state.connections:  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.01)


async def test_others_are_served_while_many_are_slow() -> None:
    async with serving() as address:
        slow = [asyncio.ensure_future(talk(address, b"POST / HTTP/1.1\r\nHost: d", pause=30)) for _ in range(64)]
        await asyncio.sleep(0.1)
        answers = await asyncio.gather(*(talk(address, head(content_length="2"), b"ab") for _ in range(64)))
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    assert [status(answer) for answer in answers] == [200] * 64


async def test_one_client_is_told_when_to_come_again_and_others_are_served() -> None:
    async with serving(client_rate_per_second=3.0) as address:
        mine = [await talk(address, head(method="GET"), source="127.0.0.1") for _ in range(40)]  # this machine: never
        theirs = [await call_as(address, "192.0.2.1") for _ in range(40)]
        another = await call_as(address, "192.0.2.2")
    assert {status(answer) for answer in mine} == {200}
    assert [status(answer) for answer in theirs][:30] == [200] * 30
    assert status(theirs[-1]) == 429
    assert b"retry-after: 1" in theirs[-1]
    assert status(another) == 200


async def call_as(address: str, client: str, path: str = "/", method: str = "GET") -> bytes:
    """A request that the trusted proxy passes on."""
    return await talk(address, head(path, method, x_forwarded_for=client, content_length="0"), source="127.0.0.9")


async def test_one_personal_link_is_held_up_wherever_its_calls_come_from() -> None:
    async with serving(client_rate_per_second=10_000.0) as address:
        found = [status(await call_as(address, f"192.0.2.{n % 250}", "/d/one")) for n in range(140)]
        other = status(await call_as(address, "192.0.2.1", "/d/other"))
    assert found[:120] == [200] * 120
    assert found[-1] == 429
    assert other == 200


async def test_a_door_that_verifies_is_never_closed_before_it_has_looked() -> None:
    async with serving(client_rate_per_second=2.5) as address:
        guesses = [await call_as(address, "192.0.2.1", "/hook/refusing", "POST") for _ in range(3)]
        page = await call_as(address, "192.0.2.1")
        genuine = await call_as(address, "192.0.2.1", "/hook", "POST")
    assert REFUSED_COST == 25
    assert [status(answer) for answer in guesses] == [429, 429, 429]
    assert all(answer.count(b"retry-after: ") == answer.lower().count(b"content-length: ") == 1 for answer in guesses)
    assert status(page) == 429
    assert status(genuine) == 200


async def test_what_a_proxy_says_is_believed_only_of_one_that_is_trusted() -> None:
    said = head("/?a=1", "GET", x_forwarded_for="192.0.2.1", x_forwarded_proto="https", x_forwarded_host="svar.example")
    async with serving() as address:
        trusted = await talk(address, said, source="127.0.0.9")
        other = await talk(address, said, source="127.0.0.1")
    assert trusted.endswith(b"192.0.2.1 https://svar.example/?a=1 0")
    assert other.endswith(b"127.0.0.1 http://dialog.example/?a=1 0")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_one_customers_addresses_are_one_source(host: str, expected: str) -> None:
    assert network(host) == expected
