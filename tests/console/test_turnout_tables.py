"""Turnout as tables and a map."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.turnout_tables import SHADES, shade_steps


def test_a_map_shows_what_differs():
    steps = shade_steps([0.54, 0.58, 0.59, 0.65, 0.69])
    assert steps == (0.54, 0.58, 0.62, 0.66)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_shades_rise_and_cover_every_share(shares: list[float]):
    steps = shade_steps(shares)
    assert len(steps) == SHADES - 1
    assert list(steps) == sorted(set(steps))
    if shares:
        width = round(steps[1] - steps[0], 2)
        assert min(shares) >= steps[0] - width - 1e-9
        assert max(shares) <= steps[-1] + width + 0.01
