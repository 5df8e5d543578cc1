"""The seeded order of randomize(): the same seed gives the same order as in every ODK client. No chance of its own."""

from __future__ import annotations

import hashlib
import math
from typing import TypeVar

T = TypeVar("T")
_MODULUS = 2147483647
_MULTIPLIER = 16807


def seed_of(number: float, text: str) -> float | int:
    """The seed that a value stands for: a number itself, nothing 0, and any other text the first 64 bits of its SHA-256."""
    if number == number:
        return number
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True) if text else 0


def shuffled(items: list[T], seed: float | int) -> list[T]:
    """`items` by the inside-out Fisher-Yates shuffle with a Park-Miller generator (ODK XForms, randomize())."""
    state = _start(seed)
    found: list[T] = []
    for at, item in enumerate(items):
        state = state * _MULTIPLIER % _MODULUS
        place = math.floor((state - 1) / (_MODULUS - 1) * (at + 1))
        if place == at:
            found.append(item)
        else:
            found.append(found[place])
            found[place] = item
    return found


def _start(seed: float | int) -> int:
    if isinstance(seed, float):
        largest = 2**63 - 1 if seed > 0 else -(2**63)
        seed = largest if math.isinf(seed) else math.trunc(seed)
    rest = seed % _MODULUS if seed >= 0 else -(-seed % _MODULUS)
    return rest if rest > 0 else rest + _MODULUS - 1
