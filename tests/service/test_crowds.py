"""One address that opens as many connections as it can, on real sockets: everybody else is served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from service.crowds import Crowds
from tests.service.test_gate import head, serving, status, talk

MOST = 20
PROXY, GREEDY, OTHER = "127.0.0.9", "127.0.0.66", "127.0.0.7"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(autouse=True)
def _this_machine_is_a_client_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """All the addresses that a test may have are this machine's."""
    monkeypatch.setattr("service.crowds.trusting", lambda proxies: {proxies})


async def connect(address: str, source: str) -> Stream:
    host, _, port = address.partition(":")
    return await asyncio.open_connection(host, int(port), local_addr=(source, 0))


@asynccontextmanager
async def crowd(address: str, source: str, count: int, says: bytes = b"") -> AsyncIterator[list[Stream]]:
    """Connections that are held, and say no more than this."""
    streams = [await connect(address, source) for _ in range(count)]
    for _, writer in streams:
        writer.write(says)
    try:
        yield streams
    finally:
        for _, writer in streams:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in streams), return_exceptions=True)


async def ask(address: str, source: str) -> int:
    return status(await talk(address, head(method="GET"), source=source))


@pytest.mark.parametrize(
    "says", [b"", b"GET / HTTP/1.1\r\nHost: d", b"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\n"]
)
async def test_who_holds_many_connections_is_refused_more_and_others_are_served(says: bytes) -> None:
    async with serving(connections_per_client=MOST, most_connections=100) as address:
        async with crowd(address, GREEDY, MOST, says):
            over = await talk(address, b"", source=GREEDY)  # nothing need be said to hear it
            assert status(over) == 503
            assert b"connection: close" in over
            assert await ask(address, GREEDY) == 503
            assert await ask(address, OTHER) == 200
        await until_served(address, GREEDY)  # once they are gone


async def test_more_than_all_connections_from_one_address_leave_room_for_others() -> None:
    async with (
        serving(connections_per_client=MOST, most_connections=100) as address,
        crowd(address, GREEDY, 150, b"GET / HTTP/1.1\r\n"),
    ):
        assert [await ask(address, OTHER) for _ in range(5)] == [200] * 5


async def test_a_trusted_proxy_brings_as_many_as_it_likes() -> None:
    async with serving(connections_per_client=MOST) as address, crowd(address, PROXY, 3 * MOST):
        assert await ask(address, PROXY) == 200


async def test_a_connection_that_is_kept_alive_counts_once_and_until_it_ends() -> None:
    kept = head(method="GET").replace(b"Connection: close\r\n", b"")
    async with serving(connections_per_client=MOST) as address, crowd(address, GREEDY, 1) as [(reader, writer)]:
        for _ in range(2 * MOST):
            writer.write(kept)
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        assert await ask(address, GREEDY) == 200


def test_the_connections_of_one_network_are_counted_together_and_forgotten() -> None:
    crowds = Crowds(2, exempt={"192.0.2.9"})
    first, second = crowds.enter("2001:db8::1"), crowds.enter("2001:db8::2")
    assert first == second == "2001:db8::/64"
    assert crowds.enter("2001:db8::3") is None
    assert crowds.enter("2001:db8:0:1::1") == "2001:db8:0:1::/64"
    assert [crowds.enter("192.0.2.9") for _ in range(5)] == [""] * 5
    crowds.leave("2001:db8::/64")
    assert crowds.enter("2001:db8::3") == "2001:db8::/64"
    for _ in range(2):
        crowds.leave("2001:db8::/64")
    crowds.leave("2001:db8:0:1::/64")
    assert not crowds._here  # who has left takes no room


async def until_served(address: str, source: str) -> None:
    async with asyncio.timeout(30):
        while await ask(address, source) != 200:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.05)
