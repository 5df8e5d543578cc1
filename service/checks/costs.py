"""What a survey costs where messages cost, and which characters make it dear. The messages are those of `holding`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from service.checks.reports import Cost, CostlyCharacter, WayName

if TYPE_CHECKING:
    from channels.doors import Weight
    from service.checks.holding import Spoken

MOST_CHARACTERS = 12
"""A language whose letters are not in the cheap alphabet has no use for a list of them all."""


def cost_of(channel: str, language: str, way: WayName, weighed: list[tuple[Spoken, Weight]]) -> Cost:
    """The cost of one dialogue."""
    prices = [weight.price for _, weight in weighed]
    dearest, most = max(weighed, key=lambda pair: pair[1].segments)
    dear = next((weight for _, weight in weighed if weight.encoding != weighed[0][1].encoding), weighed[0][1])
    return Cost(
        channel,
        language,
        way,
        messages=len(weighed),
        segments=sum(weight.segments for _, weight in weighed),
        invitation_segments=sum(weight.segments for spoken, weight in weighed if spoken.name == "invitation"),
        encoding=dear.encoding if dear is weighed[0][1] else "mixed",
        price=None if None in prices else sum((price for price in prices if price is not None), Decimal(0)),
        currency=weighed[0][1].currency,
        dearest=dearest.name,
        dearest_segments=most.segments,
    )


def costly_characters(
    channel: str, language: str, weighed: Iterable[tuple[Spoken, Weight]]
) -> tuple[CostlyCharacter, ...]:
    """The characters that made messages dear, each with how many messages and the first of them.

    Empty where most messages are dear: there the language is written so, and no single character is to blame.
    """
    pairs = list(weighed)
    found: dict[str, list[str]] = {}
    replacements: dict[str, str | None] = {}
    for spoken, weight in pairs:
        for character, replacement in weight.costly:
            found.setdefault(character, []).append(spoken.name)
            replacements[character] = replacement
    if sum(bool(weight.costly) for _, weight in pairs) > len(pairs) / 2 and len(found) > MOST_CHARACTERS:
        return ()
    return tuple(
        CostlyCharacter(channel, language, character, replacements[character], len(names), names[0])
        for character, names in found.items()
    )
