"""How much a lane has under way: about a second's work, whatever the provider's speed."""

from __future__ import annotations

import pytest

from service.pacing import FIRST_SIZE, Flow


def after(flow: Flow, *batches: tuple[int, float]) -> int:
    for count, seconds in batches:
        flow.took(count, seconds)
    return flow.size


def test_it_begins_with_a_moderate_batch_and_no_more_than_the_channel_takes() -> None:
    assert Flow(1000, 20).size == FIRST_SIZE
    assert Flow(30, 20).size == 30


def test_a_quick_provider_is_given_more_at_a_time_up_to_what_the_channel_takes() -> None:
    assert after(Flow(1000, 20), (100, 0.01)) == 400
    assert after(Flow(1000, 20), (100, 0.01), (400, 0.04), (1000, 0.1)) == 1000


def test_a_slow_provider_is_given_what_it_takes_in_a_second() -> None:
    assert after(Flow(1000, 5), (100, 4.0)) == 25
    assert after(Flow(1000, 5), (100, 4.0), (25, 1.0)) == 25


@pytest.mark.parametrize("seconds", [3.0, 60.0, 600.0])
def test_it_never_gives_less_than_goes_side_by_side(seconds: float) -> None:
    assert after(Flow(1000, 20), (100, seconds)) in (20, 33)


def test_a_batch_that_was_small_for_want_of_messages_does_not_make_the_next_one_larger() -> None:
    assert after(Flow(1000, 20), (3, 0.001)) == FIRST_SIZE


def test_an_empty_batch_teaches_nothing() -> None:
    assert after(Flow(1000, 20), (0, 5.0)) == FIRST_SIZE
