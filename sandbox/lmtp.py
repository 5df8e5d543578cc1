"""Handing one message to a local mail door by LMTP (RFC 2033), as a mail server does. What is in it is made elsewhere."""

from __future__ import annotations

import asyncio


class RefusedError(Exception):
    """The door did not take the message; `code` is its answer."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the door answered {code}")
        self.code = code


async def hand_over(
    door: tuple[str, int], sender: str, recipient: str, data: bytes, *, hostname: str, seconds: float = 30.0
) -> None:
    """Give a message to one recipient. Raises `RefusedError` by the door's word, `OSError` when the connection breaks or the door is silent."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(*door)
        try:
            await _expect(reader, 220)
            for line, code in (
                (f"LHLO {hostname}", 250),
                (f"MAIL FROM:<{sender}>", 250),
                (f"RCPT TO:<{recipient}>", 250),
                ("DATA", 354),
            ):
                writer.write(line.encode() + b"\r\n")
                await _expect(reader, code)
            body = data if data.endswith(b"\r\n") else data + b"\r\n"
            stuffed = (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:]
            writer.write(stuffed + b".\r\n")
            await _expect(reader, 250)  # one answer for each recipient that was accepted
            writer.write(b"QUIT\r\n")
        finally:
            writer.close()


async def _expect(reader: asyncio.StreamReader, code: int) -> None:
    """Read a whole answer. Raises `RefusedError` when it is another."""
    while True:
        line = await reader.readline()
        if not line:
            raise ConnectionResetError("the door hung up")
        if line[3:4] != b"-":
            break
    given = int(line[:3])
    if given != code:
        raise RefusedError(given)
