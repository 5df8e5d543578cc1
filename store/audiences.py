"""An audience given as plain data, turned into one condition on people. What audiences there are lives in `campaigns.audience`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from store.schema import person, person_group


def condition(audience: Mapping[str, Any], year: int) -> ColumnElement[bool]:
    """Whom an audience means, as a condition on `person`; ages are those reached during `year`.

    The data is that of `campaigns.audience.Audience`, whose polygons have become the codes of areas before it comes here.
    Raises ValueError for any other kind.
    """
    match audience.get("kind", "everyone"):
        case "everyone":
            return true()
        case "areas":
            return person.c.area_code.in_(sorted(audience["areas"]))
        case "interest":
            return _is_in(audience["lists"])
        case "target_group":
            return and_(true(), *_traits(audience, year))
        case "all_of":
            return and_(true(), *(condition(part, year) for part in audience["parts"]))
        case "any_of":
            return or_(false(), *(condition(part, year) for part in audience["parts"]))
        case kind:
            raise ValueError(f"the store finds no people by {kind!r}")


def _is_in(groups: Sequence[str]) -> ColumnElement[bool]:
    return person.c.id.in_(select(person_group.c.person_id).where(person_group.c.name.in_(sorted(groups))))


def _traits(audience: Mapping[str, Any], year: int) -> list[ColumnElement[bool]]:
    """Every given trait must fit; of languages and groups one is enough. An unknown birth year fits no bound on age."""
    traits: list[ColumnElement[bool]] = []
    if audience.get("min_age") is not None:
        traits.append(person.c.birth_year <= year - audience["min_age"])
    if audience.get("max_age") is not None:
        traits.append(person.c.birth_year >= year - audience["max_age"])
    if audience.get("languages"):
        traits.append(person.c.language.in_(sorted(audience["languages"])))
    if audience.get("groups"):
        traits.append(_is_in(audience["groups"]))
    return traits
