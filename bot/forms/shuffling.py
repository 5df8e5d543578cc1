"""The seeded order of randomize(): the same seed gives the same order as in every ODK client. No chance of its own."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")
_MODULUS = 2147483647
_MULTIPLIER = 16807


def shuffled(items: list[T], seed: float) -> list[T]:
    """`items` by the inside-out Fisher-Yates shuffle with a Park-Miller generator (ODK XForms, randomize())."""
    state = int(seed) % _MODULUS if seed == seed and abs(seed) != float("inf") else 42
    if state <= 0:
        state += _MODULUS - 1
    found: list[T] = []
    for at, item in enumerate(items):
        state = state * _MULTIPLIER % _MODULUS
        place = int((state - 1) / (_MODULUS - 1) * (at + 1))
        if place == at:
            found.append(item)
        else:
            found.append(found[place])
            found[place] = item
    return found
