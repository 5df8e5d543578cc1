"""Signatures and their spelling in the marks that we put on every message. What is marked is decided by those who use them."""

from __future__ import annotations

import hmac
from itertools import product

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_TRIPLES = tuple(map("".join, product(_DIGITS, repeat=3)))


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
    """RFC 4648 in lower case without padding, three characters at a time: `b32encode` takes thrice as long."""
    bits = 8 * len(raw)
    count = (bits + 4) // 5
    room = 5 * (count + -count % 3)
    number = int.from_bytes(raw) << (room - bits)
    return "".join([_TRIPLES[number >> shift & 32767] for shift in range(room - 15, -1, -15)])[:count]


def base32_of_eight(raw: bytes) -> str:
    """`base32` of eight bytes, thirteen characters, in half the time: a send-out needs it twice for every message."""
    number, triples = int.from_bytes(raw), _TRIPLES
    return (
        f"{triples[number >> 49]}{triples[number >> 34 & 32767]}{triples[number >> 19 & 32767]}"
        f"{triples[number >> 4 & 32767]}{_DIGITS[number << 1 & 31]}"
    )
