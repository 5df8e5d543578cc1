"""Signatures and their spelling in the marks that we put on every message. What is marked is decided by those who use them."""

from __future__ import annotations

import hmac
from hashlib import blake2b

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)


def sealed(key: bytes, message: bytes, size: int) -> bytes:
    """A signature of so many bytes: keyed BLAKE2b (RFC 7693), at half the price of HMAC, and a send-out signs every message thrice.

    The key has at most 64 bytes; `key_of` makes one of any secret.
    """
    return blake2b(message, key=key, digest_size=size).digest()


def key_of(secret: bytes, use: str) -> bytes:
    """A key for one use, from which neither the secret nor the key for another use can be found."""
    return hmac.digest(secret, use.encode(), "sha256")


def base32(raw: bytes) -> str:
    """RFC 4648 in lower case without padding, two characters at a time: `b32encode` takes twice as long."""
    bits = 8 * len(raw)
    count = (bits + 4) // 5
    room = 5 * (count + count % 2)
    number = int.from_bytes(raw) << (room - bits)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(room - 10, -1, -10)])[:count]
