"""Sine, cosine, tangent and their inverses to the last bit as ODK's engine gives them, on any machine. Logarithms live in `logarithms`.

ECMAScript leaves the last bits open; V8, which runs the engine, takes those of fdlibm 5.3, from which polynomials and reductions
here come. Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute
this software is freely granted, provided that this notice is preserved.
"""

from __future__ import annotations

import math

from bot.forms.doubles import cut, high, made, row

_SIN = (-1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04, 2.75573137070700676789e-06,
        -2.50507602534068634195e-08, 1.58969099521155010221e-10)  # fmt: skip
_COS = (4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05, -2.75573143513906633035e-07,
        2.08757232129817482790e-09, -1.13596475577881948265e-11)  # fmt: skip
_TAN = (3.33333333333334091986e-01, 1.33333333333201242699e-01, 5.39682539762260521377e-02, 2.18694882948595424599e-02,
        8.86323982359930005737e-03, 3.59207910759131235356e-03, 1.45620945432529025516e-03, 5.88041240820264096874e-04,
        2.46463134818469906812e-04, 7.81794442939557092300e-05, 7.14072491382608190305e-05, -1.85586374855275456654e-05,
        2.59073051863633712884e-05)  # fmt: skip
_ARC_P = (1.66666666666666657415e-01, -3.25565818622400915405e-01, 2.01212532134862925881e-01, -4.00555345006794114027e-02,
          7.91534994289814532176e-04, 3.47933107596021167570e-05)  # fmt: skip
_ARC_Q = (
    1.0,
    -2.40339491173441421878e00,
    2.02094576023350569471e00,
    -6.88283971605453293030e-01,
    7.70381505559019352791e-02,
)
_ATAN = (3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01, -1.11111104054623557880e-01,
         9.09088713343650656196e-02, -7.69187620504482999495e-02, 6.66107313738753120669e-02, -5.83357013379057348645e-02,
         4.97687799461593236017e-02, -3.65315727442169155270e-02, 1.62858201153657823623e-02)  # fmt: skip
_ATAN_HIGH = (
    4.63647609000806093515e-01,
    7.85398163397448278999e-01,
    9.82793723247329054082e-01,
    1.57079632679489655800e00,
)
_ATAN_LOW = (
    2.26987774529616870924e-17,
    3.06161699786838301793e-17,
    1.39033110312309984516e-17,
    6.12323399573676603587e-17,
)
_PI_2_HIGH, _PI_2_LOW = 1.57079632679489655800e00, 6.12323399573676603587e-17
_PI_4_HIGH, _PI_4_LOW = 7.85398163397448278999e-01, 3.06161699786838301793e-17
_PARTS = ((1.57079632673412561417e00, 6.07710050650619224932e-11), (6.07710050630396597660e-11, 2.02226624879595063154e-21),
          (2.02226624871116645580e-21, 8.47842766036889956997e-32))  # fmt: skip
"""Half of pi in pieces of 33 bits, each with what then remains."""
_WIDE = 2.0**19 * math.pi / 2


# --- sine, cosine, tangent


def _reduced(x: float) -> tuple[int, float, float]:
    """How many quarter turns are in an angle, and what is left in two parts."""
    size, place = abs(x), high(x) & 0x7FFFFFFF
    turns = int(size * 6.36619772367581382433e-01 + 0.5) if place >= 0x4002D97C else 1
    rest = size - turns * _PARTS[0][0]
    error = turns * _PARTS[0][1]
    first = rest - error
    for bound, (part, after) in ((16, _PARTS[1]), (49, _PARTS[2])):
        if (place >> 20) - ((high(first) >> 20) & 0x7FF) <= bound:
            break
        before, taken = rest, turns * part
        rest = before - taken
        error = turns * after - ((before - rest) - taken)
        first = rest - error
    second = (rest - first) - error
    return (turns, first, second) if x > 0 else (-turns, -first, -second)


def _near_sin(x: float, y: float) -> float:
    if abs(x) < 2.0**-27:
        return x
    z = x * x
    v, r = z * x, row(z, _SIN[1:])
    return x + v * (_SIN[0] + z * r) if y == 0 else x - ((z * (0.5 * y - v * r) - y) - v * _SIN[0])


def _near_cos(x: float, y: float) -> float:
    place = high(x) & 0x7FFFFFFF
    if place < 0x3E400000:
        return 1.0
    z = x * x
    r = z * row(z, _COS)
    if place < 0x3FD33333:
        return 1.0 - (0.5 * z - (z * r - x * y))
    quarter = 0.28125 if place > 0x3FE90000 else made(place - 0x00200000, 0)
    return (1.0 - quarter) - ((0.5 * z - quarter) - (z * r - x * y))


def _near_tan(x: float, y: float, *, is_even: bool) -> float:
    sign, is_far = math.copysign(1.0, x), (high(x) & 0x7FFFFFFF) >= 0x3FE59428
    if abs(x) < 2.0**-28:
        return x if is_even else -1.0 / x
    if is_far:
        x, y = abs(x), y * sign
        x, y = (_PI_4_HIGH - x) + (_PI_4_LOW - y), 0.0
    z = x * x
    w = z * z
    r, v, s = row(w, _TAN[1::2]), z * row(w, _TAN[2::2]), z * x
    r = y + z * (s * (r + v) + y) + _TAN[0] * s
    w = x + r
    if is_far:
        v = 1.0 if is_even else -1.0
        return sign * (v - 2.0 * (x - (w * w / (w + v) - r)))
    if is_even:
        return w
    z, a = cut(w), -1.0 / w
    t = cut(a)
    return t + a * ((1.0 + t * z) + t * (r - (z - x)))


def sin(x: float) -> float:
    """Sine of radians."""
    if abs(x) <= math.pi / 4:
        return _near_sin(x, 0.0)
    if not abs(x) <= _WIDE:
        return math.sin(x)
    turns, first, second = _reduced(x)
    value = (_near_cos if turns & 1 else _near_sin)(first, second)
    return -value if turns & 2 else value


def cos(x: float) -> float:
    """Cosine of radians."""
    if abs(x) <= math.pi / 4:
        return _near_cos(x, 0.0)
    if not abs(x) <= _WIDE:
        return math.cos(x)
    turns, first, second = _reduced(x)
    value = (_near_sin if turns & 1 else _near_cos)(first, second)
    return -value if (turns + 1) & 2 else value


def tan(x: float) -> float:
    """Tangent of radians."""
    if abs(x) <= math.pi / 4:
        return _near_tan(x, 0.0, is_even=True)
    if not abs(x) <= _WIDE:
        return math.tan(x)
    turns, first, second = _reduced(x)
    return _near_tan(first, second, is_even=not turns & 1)


# --- their inverses


def acos(x: float) -> float:
    """Radians of a cosine. Raises `ValueError` outside -1 to 1."""
    if not abs(x) < 1:
        return math.acos(x)
    if abs(x) < 0.5:
        if abs(x) <= 2.0**-57:
            return _PI_2_HIGH + _PI_2_LOW
        z = x * x
        return _PI_2_HIGH - (x - (_PI_2_LOW - x * _arc(z)))
    z = (1.0 - abs(x)) * 0.5
    s = math.sqrt(z)
    if x < 0:
        return math.pi - 2.0 * (s + (_arc(z) * s - _PI_2_LOW))
    whole = cut(s)
    return 2.0 * (whole + (_arc(z) * s + (z - whole * whole) / (s + whole)))


def asin(x: float) -> float:
    """Radians of a sine. Raises `ValueError` outside -1 to 1."""
    if not abs(x) < 1 or abs(x) < 2.0**-27:
        return math.asin(x)
    if abs(x) < 0.5:
        return x + x * _arc(x * x)
    z = (1.0 - abs(x)) * 0.5
    s, r = math.sqrt(z), _arc(z)
    if (high(x) & 0x7FFFFFFF) >= 0x3FEF3333:
        return math.copysign(_PI_2_HIGH - (2.0 * (s + s * r) - _PI_2_LOW), x)
    whole = cut(s)
    c = (z - whole * whole) / (s + whole)
    p = 2.0 * s * r - (_PI_2_LOW - 2.0 * c)
    return math.copysign(_PI_4_HIGH - (p - (_PI_4_HIGH - 2.0 * whole)), x)


def _arc(z: float) -> float:
    return z * row(z, _ARC_P) / row(z, _ARC_Q)


def atan(x: float) -> float:
    """Radians of a tangent."""
    size, place = abs(x), high(x) & 0x7FFFFFFF
    if place >= 0x44100000 or x != x or place < 0x3E400000:
        return math.atan(x)
    part = -1
    if place >= 0x3FDC0000:
        if place < 0x3FE60000:
            part, size = 0, (2.0 * size - 1.0) / (2.0 + size)
        elif place < 0x3FF30000:
            part, size = 1, (size - 1.0) / (size + 1.0)
        elif place < 0x40038000:
            part, size = 2, (size - 1.5) / (1.0 + 1.5 * size)
        else:
            part, size = 3, -1.0 / size
    z = size * size
    w = z * z
    s = size * (z * row(w, _ATAN[0::2]) + w * row(w, _ATAN[1::2]))
    value = size - s if part < 0 else _ATAN_HIGH[part] - ((s - _ATAN_LOW[part]) - size)
    return math.copysign(value, x)


def atan2(y: float, x: float) -> float:
    """Radians of the direction to (x, y)."""
    if x != x or y != y or 0 in (x, y) or math.isinf(x) or math.isinf(y):
        return math.atan2(y, x)
    if x == 1:
        return atan(y)
    apart = ((high(y) & 0x7FFFFFFF) - (high(x) & 0x7FFFFFFF)) >> 20
    if apart > 60:
        return math.copysign(_PI_2_HIGH + 0.5 * 2 * _PI_2_LOW, y)
    steep = 0.0 if x < 0 and apart < -60 else atan(abs(y / x))
    if x > 0:
        return math.copysign(steep, y)
    rest = steep - 2 * _PI_2_LOW
    return math.pi - rest if y > 0 else rest - math.pi
