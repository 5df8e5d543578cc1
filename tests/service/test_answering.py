"""What an answer's writes become on the transport: a recording one stands for the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from service.answering import Joining

HEAD = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_closed
        self.sent.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def get_write_buffer_size(self) -> int:
        return 0  # everything was read


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ([HEAD, b"ok"], [HEAD + b"ok"]),
        ([HEAD, b"o", b"k"], [HEAD + b"o", b"k"]),
        ([HEAD, b""], [HEAD]),
        ([STREAM, b"2\r\nok\r\n"], [STREAM, b"2\r\nok\r\n"]),
        ([HEAD, b"ok", HEAD, b"no"], [HEAD + b"ok", HEAD + b"no"]),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", HEAD, b"ok"], [b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + b"ok"]),
    ],
)
def test_a_head_leaves_with_its_body_and_a_streams_at_once(written: list[bytes], sent: list[bytes]) -> None:
    wire = Wire()
    joining = Joining(wire)
    for data in written:
        joining.write(data)
    assert wire.sent == sent


@pytest.mark.parametrize("ending", ["flush", "close"])
def test_a_head_without_a_body_leaves_in_the_end(ending: str) -> None:
    wire = Wire()
    joining = Joining(wire)
    joining.write(HEAD)
    assert wire.sent == []
    getattr(joining, ending)()
    assert (wire.sent, wire.is_closed) == ([HEAD], ending == "close")


def test_nothing_is_written_to_a_client_who_has_gone() -> None:
    wire = Wire()
    joining = Joining(wire)
    joining.write(HEAD)
    wire.close()
    joining.close()
    assert wire.sent == []
