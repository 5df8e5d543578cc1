"""Logarithms and powers of e to the last bit as ODK's engine gives them, on any machine. Angles live in `trigonometry`.

ECMAScript leaves the last bits open; V8, which runs the engine, takes those of fdlibm 5.3, from which polynomials and reductions
here come. Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute
this software is freely granted, provided that this notice is preserved.
"""

from __future__ import annotations

import math

from bot.forms.doubles import high, low, made, row

_LOG = (6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
        1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01)  # fmt: skip
_EXP = (1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06,
        4.13813679705723846039e-08)  # fmt: skip
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


def log(x: float) -> float:
    """The natural logarithm. Raises `ValueError` for what is not above 0."""
    if not x > 0 or math.isinf(x):
        return math.log(x)
    power = 0
    if x < 2.0**-1022:
        x, power = x * 2.0**54, -54
    place = high(x)
    power += (place >> 20) - 1023
    place &= 0xFFFFF
    carry = (place + 0x95F64) & 0x100000
    f = made(place | (carry ^ 0x3FF00000), low(x)) - 1.0
    power += carry >> 20
    if (0xFFFFF & (2 + place)) < 3:
        if f == 0:
            return power * _LN2_HIGH + power * _LN2_LOW if power else 0.0
        r = f * f * (0.5 - 0.33333333333333333 * f)
        return power * _LN2_HIGH - ((r - power * _LN2_LOW) - f) if power else f - r
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * row(w, _LOG[0::2]) + w * row(w, _LOG[1::2])
    if (place - 0x6147A) | (0x6B851 - place) > 0:
        half = 0.5 * f * f
        bulk = s * (half + r)
        return power * _LN2_HIGH - ((half - (bulk + power * _LN2_LOW)) - f) if power else f - (half - bulk)
    bulk = s * (f - r)
    return power * _LN2_HIGH - ((bulk - power * _LN2_LOW) - f) if power else f - bulk


def log10(x: float) -> float:
    """The logarithm to base 10. Raises `ValueError` for what is not above 0."""
    if not x > 0 or math.isinf(x):
        return math.log10(x)
    power = 0
    if x < 2.0**-1022:
        x, power = x * 2.0**54, -54
    place = high(x)
    power += (place >> 20) - 1023
    below = int(power < 0)
    rest = made((place & 0xFFFFF) | ((0x3FF - below) << 20), low(x))
    shift = power + below
    return (
        shift * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * log(rest)
    ) + shift * 3.01029995663611771306e-01


def exp(x: float) -> float:
    """e to a power. Raises `OverflowError`."""
    if not abs(x) < 708 or abs(x) < 2.0**-28:
        return math.exp(x)
    if x == 1:
        return math.e
    power, bulk, rest = 0, x, 0.0
    place = high(x) & 0x7FFFFFFF
    if place > 0x3FD62E42:
        power = (
            int(1.44269504088896338700e00 * x + math.copysign(0.5, x)) if place >= 0x3FF0A2B2 else (1 if x > 0 else -1)
        )
        bulk, rest = x - power * _LN2_HIGH, power * _LN2_LOW
        x = bulk - rest
    t = x * x
    c = x - t * row(t, _EXP)
    if power == 0:
        return 1.0 - ((x * c) / (c - 2.0) - x)
    return math.ldexp(1.0 - ((rest - (x * c) / (2.0 - c)) - bulk), power)
