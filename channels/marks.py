"""Signatures and their spelling in the marks that we put on every message. What is marked is decided by those who use them."""

from __future__ import annotations

import hashlib

_BLOCK_BYTES = 64  # of SHA-256
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)


class Keyed:
    """HMAC-SHA-256 (RFC 2104) with one key, whose share of the work is done once: a send-out signs every message thrice."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
        self._inner, self._outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))

    def digest(self, message: bytes) -> bytes:
        """The 32 bytes that `hmac.digest` gives."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def base32(raw: bytes) -> str:
    """RFC 4648 in lower case without padding, two characters at a time: `b32encode` takes twice as long."""
    bits = 8 * len(raw)
    count = (bits + 4) // 5
    room = 5 * (count + count % 2)
    number = int.from_bytes(raw) << (room - bits)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(room - 10, -1, -10)])[:count]


def base32_of_eight(raw: bytes) -> str:
    """`base32` of eight bytes, thirteen characters, in half the time: a send-out needs it twice for every message."""
    number, pairs = int.from_bytes(raw) << 1, _PAIRS
    return (
        f"{pairs[number >> 55]}{pairs[number >> 45 & 1023]}{pairs[number >> 35 & 1023]}{pairs[number >> 25 & 1023]}"
        f"{pairs[number >> 15 & 1023]}{pairs[number >> 5 & 1023]}{_DIGITS[number & 31]}"
    )
