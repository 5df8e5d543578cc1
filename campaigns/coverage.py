"""Who is missing: how well each group in each area is heard against the population baseline (R14), lowest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.audience import Audience
from campaigns.disclosure import protect, two_way
from campaigns.population import parse_age_band

BOOST_BELOW = 0.8
Place = tuple[str, str]  # group (an age band such as "16-29", or a named group) and area code


@dataclass(frozen=True, slots=True)
class Coverage:
    """One group in one area. None stands for what disclosure control hides.

    `baseline_share` is the part of all inhabitants, `answered_share` the part of all who answered; `index` is the
    second over the first: 1 is heard as much as they are many, below 1 too little. `expected` is how many of those who
    answered would be theirs at index 1.
    """

    group: str
    area: str
    inhabitants: int
    baseline_share: float
    invited: int | None
    answered: int | None
    expected: float | None
    answered_share: float | None
    index: float | None


def coverage(
    baseline: Mapping[Place, int], invited: Mapping[Place, int], answered: Mapping[Place, int], k: int
) -> tuple[Coverage, ...]:
    """Every group × area of the baseline: first those nobody answered from, then those too few to show, then by index.

    People outside the baseline (no area, no known age) count in no cell and in no share.
    """
    places = [place for place, inhabitants in baseline.items() if inhabitants > 0]
    inhabitants = sum(baseline[place] for place in places)
    safe_invited = protect(two_way({place: invited.get(place, 0) for place in places}), k)
    safe_answered = protect(two_way({place: answered.get(place, 0) for place in places}), k)
    total = safe_answered["", ""] if places else 0
    rows = []
    for place in places:
        share = baseline[place] / inhabitants
        count, asked = safe_answered[place], safe_invited[place]
        expected = total * share if total else None
        heard = count / total if count is not None and total else None
        index = heard / share if heard is not None else None
        rows.append(Coverage(*place, baseline[place], share, asked, count, expected, heard, index))
    return tuple(sorted(rows, key=_lowest_first))


def _lowest_first(row: Coverage) -> tuple[int, float, str, str]:
    if row.answered == 0:
        return 0, -row.baseline_share, row.area, row.group
    if row.index is None:
        return 1, 0.0, row.area, row.group
    return 2, row.index, row.area, row.group


def booster(rows: Iterable[Coverage], k: int, *, below: float = BOOST_BELOW) -> Audience | None:
    """The audience of a further wave to those who are heard too little; None when there are none.

    A cell that is too small to show counts as too little heard when at least k answers were to be expected from it.
    """
    low = [row for row in rows if _is_low(row, below, k)]
    parts = tuple(_audience(row) for row in low)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Audience("any_of", parts=parts)


def _is_low(row: Coverage, below: float, k: int) -> bool:
    if row.index is not None:
        return row.index < below
    return row.expected is not None and row.expected >= k


def _audience(row: Coverage) -> Audience:
    band = parse_age_band(row.group)
    if band:
        group = Audience("target_group", min_age=band.low, max_age=band.high)
    else:
        group = Audience("target_group", groups=(row.group,))
    return Audience("all_of", parts=(Audience("areas", areas=(row.area,)), group))
