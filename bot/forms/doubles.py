"""The bits of a double in two halves, and polynomials: what `trigonometry` and `logarithms` are computed with."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def high(x: float) -> int:
    """The upper half of a double's bits."""
    return int.from_bytes(struct.pack(">d", x)[:4])


def low(x: float) -> int:
    """The lower half of a double's bits."""
    return int.from_bytes(struct.pack(">d", x)[4:])


def made(upper: int, lower: int) -> float:
    """The double of two halves."""
    found: float = struct.unpack(">d", struct.pack(">II", upper, lower))[0]
    return found


def cut(x: float) -> float:
    """The number with the lower half of its bits cleared."""
    return made(high(x), 0)


def row(x: float, factors: Sequence[float]) -> float:
    """A polynomial by Horner's scheme, the constant first."""
    total = factors[-1]
    for factor in factors[-2::-1]:
        total = factor + x * total
    return total
