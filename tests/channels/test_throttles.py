"""The token bucket: never more than it promises, never less, and no more memory than it may have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.throttles import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.integers(1, 20), st.floats(0.1, 10))
def test_no_window_lets_more_through_than_the_burst_and_the_rate(
    pauses: list[float], burst: int, per_second: float
) -> None:
    clock = Clock()
    throttle = Throttle(per_second, burst, clock=clock)
    let_through = []
    for pause in pauses:
        clock.now += pause
        if not throttle.wait("a"):
            let_through.append(clock.now)
    for first, begun in enumerate(let_through):
        for last in range(first, len(let_through)):
            assert last - first + 1 <= burst + (let_through[last] - begun) * per_second + 1e-6


@given(st.integers(1, 20), st.floats(0.1, 10), st.integers(1, 60))
def test_whoever_waits_as_long_as_told_is_let_through(burst: int, per_second: float, calls: int) -> None:
    clock = Clock()
    throttle = Throttle(per_second, burst, clock=clock)
    waits = [throttle.wait("a") for _ in range(burst + calls)]
    assert waits[:burst] == [0] * burst
    clock.now += waits[-1]
    assert throttle.wait("a") == 0
    assert throttle.wait("a") > 0


def test_one_source_does_not_use_up_anothers() -> None:
    throttle = Throttle(1, 1, clock=Clock())
    assert [throttle.wait("a"), throttle.wait("b")] == [0, 0]
    assert throttle.wait("a") == 1


def test_memory_is_bounded_and_the_busy_are_kept() -> None:
    throttle = Throttle(1, 1, most=10, clock=Clock())
    for number in range(100):
        throttle.wait(number)
        throttle.charge("busy", 1)
    assert len(throttle) == 10
    assert throttle.wait("busy") > 0


def test_what_is_charged_may_be_more_than_there_is_but_ends() -> None:
    clock = Clock()
    throttle = Throttle(1, 5, clock=clock)
    for _ in range(100):
        throttle.charge("a", 5)
    clock.now += 6
    assert not throttle.wait("a")
