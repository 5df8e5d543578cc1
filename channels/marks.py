"""Signatures and their spelling in the marks that we put on every message. What is marked is decided by those who use them."""

from __future__ import annotations

import hmac

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)


class Keyed:
    """HMAC with one key, whose share of the work is done once: a send-out signs every message thrice."""

    __slots__ = ("_mac",)

    def __init__(self, key: bytes, algorithm: str = "sha256") -> None:
        self._mac = hmac.new(key, digestmod=algorithm)

    def digest(self, message: bytes) -> bytes:
        """The bytes that `hmac.digest` gives."""
        mac = self._mac.copy()
        mac.update(message)
        return mac.digest()


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
