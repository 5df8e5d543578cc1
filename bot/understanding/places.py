"""Places known by name, to be found the way residents write them. Coordinates and map links are read in `locations`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.folding import bare, fold

MOST_FOUND = 7  # one more than is ever asked back, so that "too many" can be told
LONGEST_NAME = 80
FAR_APART = 3  # decimals of a degree, about 100 m: nearer than that, two places of one name are one


@dataclass(frozen=True, slots=True)
class Place:
    """A point with a name; degrees, WGS 84."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All places of a municipality. Made by `build`; looking up costs no more than a walk over the names of one first letter."""

    places: tuple[Place, ...] = field(default=(), repr=False)
    by_name: Mapping[str, tuple[Place, ...]] = field(default_factory=dict, repr=False)
    by_bare_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    by_first: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, places: Iterable[tuple[str, float, float]]) -> Gazetteer:
        """From (name, latitude, longitude) in degrees. What has no letter in its name cannot be found and is left out."""
        kept = tuple(Place(*row) for row in dict.fromkeys(places) if fold(row[0]))
        by_name: dict[str, list[Place]] = {}
        for place in kept:
            by_name.setdefault(fold(place.name), []).append(place)
        by_bare: dict[str, list[str]] = {}
        by_first: dict[str, list[str]] = {}
        for name in sorted(by_name):
            by_bare.setdefault(bare(name), []).append(name)
            by_first.setdefault(name[0], []).append(name)
        return cls(
            places=kept,
            by_name={name: tuple(of_name) for name, of_name in by_name.items()},
            by_bare_name={name: tuple(names) for name, names in by_bare.items()},
            names=tuple(sorted(by_name)),
            by_first={letter: tuple(names) for letter, names in by_first.items()},
        )

    def called(self, folded: str) -> tuple[Place, ...]:
        """The places that are called exactly so, accents aside; of several at one spot only the first."""
        names = (folded,) if folded in self.by_name else self.by_bare_name.get(bare(folded), ())
        return _apart(place for name in names for place in self.by_name[name])

    def beginning_with(self, folded: str) -> tuple[Place, ...]:
        """Places whose name begins so, at most one more than can be asked back."""
        found: list[Place] = []
        for name in self.names[bisect_left(self.names, folded) :]:
            if not name.startswith(folded) or len(found) >= MOST_FOUND:
                break
            found.extend(self.by_name[name])
        return _apart(found)

    def near(self, folded: str) -> tuple[tuple[Place, ...], bool]:
        """Places whose name is a slip away, and whether one name alone is clearly the nearest. First letter and digits agree."""
        allowed = 0 if len(folded) < 4 else 1 if len(folded) < 8 else 2
        if not allowed or len(folded) > LONGEST_NAME:
            return (), False
        digits = [char for char in folded if char.isdecimal()]
        names = self.by_first.get(folded[0], ())
        ranked = extract(folded, names, scorer=OSA.distance, score_cutoff=allowed + 1, limit=MOST_FOUND)
        close = [(name, far) for name, far, _ in ranked if [char for char in name if char.isdecimal()] == digits]
        if not close or close[0][1] > allowed:
            return (), False
        is_clear = len(close) == 1 or close[1][1] - close[0][1] >= 2
        names_found = [name for name, far in close if not is_clear or far == close[0][1]]
        return _apart(place for name in names_found for place in self.by_name[name]), is_clear


def _apart(places: Iterable[Place]) -> tuple[Place, ...]:
    spots: dict[tuple[str, float, float], Place] = {}
    for place in places:
        spot = (fold(place.name), round(place.latitude, FAR_APART), round(place.longitude, FAR_APART))
        spots.setdefault(spot, place)
    return tuple(spots.values())


NOWHERE = Gazetteer()
