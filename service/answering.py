"""How an answer gets onto the wire: its head and its body leave together. What it says, and when, is others' business."""

from __future__ import annotations

import asyncio
from typing import Any, Final

LINGERING_SECONDS: Final = 60.0


class Joining:
    """A transport that keeps an answer's head until the body comes, so that both leave in one system call.

    Only a head that says how long its body is, is kept: that of a stream leaves at once. `flush` says that nothing follows.
    """

    __slots__ = ("_head", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.is_closing = transport.is_closing  # asked for every answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send what was kept and this, or keep this where it is a head."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.endswith(b"\r\n\r\n") and b"\r\ncontent-length: " in data:
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what was kept, unless the client has gone."""
        if self._head and not self.is_closing():
            self.write(b"")

    def close(self) -> None:
        """Send what was kept, and hang up; on one who does not read it, after a while."""
        self.flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(LINGERING_SECONDS, self._transport.abort)
