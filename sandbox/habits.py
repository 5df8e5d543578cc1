"""How habits are spread over a municipality: a deck per channel, dealt by a seed. What a habit makes a resident do lives in `residents`."""

from __future__ import annotations

from random import Random

from sandbox.world import Habit

# Shares are invented but shaped like real outreach: about four in ten finish, one in six starts and leaves or comes late,
# some addresses are dead, a few say stop. Each row: weight and habit.
_EVERYWHERE: tuple[tuple[float, Habit], ...] = (
    (15, Habit()),
    (11, Habit(timing="late")),
    (8, Habit(timing="after_reminder", reminders=1)),
    (4, Habit(timing="after_reminder", reminders=2)),
    (6, Habit(style="labels")),
    (3, Habit(style="labels", timing="late")),
    (5, Habit(style="words")),
    (5, Habit(style="labels", slips=True)),
    (4, Habit(tries_impossible=True)),
    (5, Habit(switches_to="?")),
    (4, Habit(stops_after=1)),
    (3, Habit(stops_after=2, timing="late")),
    (2, Habit(opts_out="at_invitation")),
    (2, Habit(opts_out="midway")),
    (19, Habit(timing="silent")),
)
_BY_CHANNEL: dict[str, tuple[tuple[float, Habit], ...]] = {
    "telegram": ((4, Habit(reach="blocked")),),
    "sms": ((2, Habit(reach="refused")), (2, Habit(reach="bounces"))),
    "email": (
        (9, Habit(route="web")),
        (3, Habit(route="web", timing="after_reminder", reminders=1)),
        (2, Habit(opts_out="one_click")),
        (2, Habit(reach="refused")),
        (2, Habit(reach="bounces")),
    ),
}


def deal(channel: str, count: int, rng: Random) -> list[Habit]:
    """`count` habits for residents first reached on `channel`, in shuffled order.

    Shares are kept by largest remainder, so that a small municipality holds as many kinds of people as it has room for.
    """
    rows = _EVERYWHERE + _BY_CHANNEL[channel]
    total = sum(weight for weight, _ in rows)
    quotas = [weight * count / total for weight, _ in rows]
    numbers = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(rows)), key=lambda i: (numbers[i] - quotas[i], i))
    for i in by_remainder[: count - sum(numbers)]:
        numbers[i] += 1
    deck = [habit for (_, habit), number in zip(rows, numbers, strict=True) for _ in range(number)]
    rng.shuffle(deck)
    return deck
