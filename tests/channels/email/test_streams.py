"""What a server says comes to the same, however it is cut on its way: the whole of a round at once, line by line, or in the middle of a word."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.envelopes import Batch, Envelope, Errand
from channels.email.streams import Stream, group
from channels.email.wire import LONG_BYTES, Reply, Wire

ROUND = (b"250 2.0.0 taken\r\n", b"250 2.1.0 fine\r\n", b"250 2.1.5 fine\r\n", b"354 go on\r\n")
ODD = (
    b"250-2.0.0 taken,\r\n250 more or less\r\n",
    b"451 later\r\n",
    b"550 nobody\r\n",
    b"421 bye\r\n",
    b"25",
    b"hello\r\n",
)
COUNT = 6


class Transport(asyncio.Transport):
    """The wire: keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_over

    def abort(self) -> None:
        self.is_over = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """The test is what calls it."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing waits here."""


class Came(NamedTuple):
    """What it came to: bytes written, envelopes settled, how the stream stands, and what waits to be read."""

    written: tuple[bytes, ...]
    taken: tuple[int, ...]
    standing: tuple[int | None, int | None, int, bool, int]
    replies: tuple[Reply, ...]
    is_over: bool


async def heard(chunks: list[bytes], *, long: int | None) -> Came:
    """Let a stream of six envelopes hear these chunks, the one numbered `long` being too long for it."""
    taken: list[int] = []

    def envelope(place: int) -> Envelope:
        size = LONG_BYTES + 1 if place == long else 100
        return Envelope("a@b.example", f"r{place}@c.example", b"x" * size, is_dotless=True)

    batch = Batch(COUNT, envelope, taken.append)
    line = deque(Errand(batch, place, is_urgent=False) for place in range(COUNT))

    def take() -> Errand | None:
        errand = line.popleft() if line else None
        assert errand is None or errand.make()
        return errand

    transport, first = Transport(), take()
    assert first is not None
    wire = Wire(transport, timeout_seconds=60)
    wire.write(group(first.envelope))
    stream = Stream(first, take, wire.write, most=COUNT)
    carrying = asyncio.create_task(wire.carry(stream))
    await asyncio.sleep(0)
    for chunk in chunks:
        wire.data_received(chunk)
    carrying.cancel()
    await asyncio.gather(carrying, return_exceptions=True)
    places = [errand and errand.place for errand in (stream.errand, stream.following)]
    granted = 0 if stream.is_written else stream.granted  # it counts what is said before
    standing = (places[0], places[1], granted, stream.is_written, stream.begun)
    return Came(tuple(transport.written), tuple(taken), standing, tuple(wire._replies), transport.is_over)


def bytes_of(chunks: list[bytes]) -> bytes:
    return b"".join(chunks)


def cut(said: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(said) + 1) for place in places), len(said)]
    return [said[start:end] for start, end in pairwise(bounds) if end > start]


@settings(max_examples=300, deadline=None)
@given(
    rounds=st.lists(
        st.one_of(st.just(ROUND), st.lists(st.sampled_from((*ROUND, *ODD)), min_size=1, max_size=4).map(tuple)),
        max_size=7,
    ),
    places=st.lists(st.integers(0, 500), max_size=6),
    long=st.one_of(st.none(), st.integers(0, COUNT - 1)),
)
def test_however_it_is_cut_it_comes_to_the_same(
    rounds: list[tuple[bytes, ...]], places: list[int], long: int | None
) -> None:
    chunks = [bytes_of(list(ROUND[1:])), *(bytes_of(list(lines)) for lines in rounds)]
    said = bytes_of(chunks)

    async def play() -> list[Came]:
        ways = (chunks, said.splitlines(keepends=True), cut(said, places))
        return [await heard(way, long=long) for way in ways]

    whole, by_line, anyhow = asyncio.run(play())
    assert whole == by_line == anyhow


async def test_round_by_round_every_message_leaves_with_the_next_group_behind_it() -> None:
    came = await heard([bytes_of(list(ROUND[1:])), *[bytes_of(list(ROUND))] * (COUNT - 1), ROUND[0]], long=None)
    assert came.taken == tuple(range(COUNT))
    assert len(came.written) == COUNT + 1
    assert all(b"\r\nDATA\r\n" in written for written in came.written[:-1])
    assert came.written[-1].endswith(b"x.\r\n")
