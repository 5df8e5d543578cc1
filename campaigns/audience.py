"""Whom a campaign addresses (R11): everyone, areas, a drawn polygon, an interest list, a target group, and their combinations. Finding those people is the store's work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import shapely

from bot.problems import InputRefused, Problem
from campaigns import plain_data

if TYPE_CHECKING:
    from campaigns.areas import AreaRow
    from campaigns.documents import Branch

Kind = Literal["everyone", "areas", "polygon", "interest", "target_group", "any_of", "all_of"]
KINDS: tuple[Kind, ...] = ("everyone", "areas", "polygon", "interest", "target_group", "any_of", "all_of")
MAX_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Audience:
    """One condition on people, or several joined.

    As plain data: `{"kind": "everyone"}`, `{"kind": "areas", "areas": ["SJ01"]}`, `{"kind": "interest", "lists": ["park"]}`,
    `{"kind": "target_group", "min_age": 16, "max_age": 29, "languages": ["ar"], "groups": ["elever"]}`,
    `{"kind": "polygon", "geometry": GeoJSON}`, `{"kind": "any_of" | "all_of", "parts": [...]}`.
    Ages are in whole years, both ends included. Within a target group every given trait must fit, and one value of
    each trait is enough. Interest lists and groups are both rows of a person's named groups.
    """

    kind: Kind
    areas: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    geometry: dict[str, Any] = field(default_factory=dict)
    min_age: int | None = None
    max_age: int | None = None
    languages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    parts: tuple[Audience, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain data for the store: JSON types only."""
        data: dict[str, Any] = plain_data.to_data(self)
        return data


def read_audience(branch: Branch, depth: int = 0) -> Audience:
    """An audience from campaign.yaml; mistakes are noted in the document. Several kinds side by side must all fit."""
    branch.allow("everyone", "areas", "polygon", "interest", "target_group", "any_of", "all_of")
    if depth > MAX_DEPTH:
        branch.complain("The audience is nested too deeply.", "join the conditions on fewer levels")
        return Audience("everyone")
    parts = [_read_part(branch, kind, depth) for kind in KINDS if branch.has(kind)]
    found = [part for part in parts if part is not None]
    if not parts:
        branch.complain("The audience is empty.", f"write one of: {', '.join(KINDS)}")
    return found[0] if len(found) == 1 else Audience("all_of", parts=tuple(found)) if found else Audience("everyone")


def _read_part(branch: Branch, kind: Kind, depth: int) -> Audience | None:
    if kind == "everyone":
        if not branch.boolean("everyone"):
            branch.complain("“everyone” can only be yes.", "write “everyone: yes” or leave it out", "everyone")
        return Audience("everyone")
    if kind == "areas":
        return Audience("areas", areas=branch.words("areas"))
    if kind == "interest":
        return Audience("interest", lists=branch.words("interest"))
    if kind == "polygon":
        return _read_polygon(branch)
    if kind == "target_group":
        inner = branch.branch("target_group")
        return _read_target_group(inner) if inner else None
    inner_parts = tuple(read_audience(part, depth + 1) for part in branch.branches(kind))
    if not inner_parts:
        branch.complain(f"{kind} is empty.", "list the audiences that it joins", kind)
    return Audience(kind, parts=inner_parts)


def _read_target_group(branch: Branch) -> Audience:
    branch.allow("min_age", "max_age", "languages", "groups")
    low, high = branch.integer("min_age", None, 0, 120), branch.integer("max_age", None, 0, 120)
    if low is not None and high is not None and low > high:
        branch.complain("min_age is higher than max_age.", "write the younger age as min_age", "min_age")
    group = Audience(
        "target_group", min_age=low, max_age=high, languages=branch.words("languages"), groups=branch.words("groups")
    )
    if group == Audience("target_group"):
        branch.complain("The target group says nothing.", "write min_age, max_age, languages or groups")
    return group


def _read_polygon(branch: Branch) -> Audience:
    text = branch.text("polygon")
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        shape = None
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty or not shape.is_valid:
        remedy = "write well-known text in WGS 84, longitude first: POLYGON((12.43 58.06, 12.44 58.06, …, 12.43 58.06))"
        branch.complain("The polygon cannot be read.", remedy, "polygon")
        return Audience("polygon")
    return Audience("polygon", geometry=_plain(shapely.geometry.mapping(shape)))


def _plain(value: Any) -> Any:
    """GeoJSON with lists instead of tuples."""
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, (list, tuple)) else value


def resolve(audience: Audience, areas: Iterable[AreaRow], groups: Collection[str] | None = None) -> Audience:
    """The audience with its polygons replaced by areas: those of which at least half lies inside.

    People are placed by area, not by home address. Raises InputRefused when an area code (or, if `groups` are given, a
    group) is unknown, or when a polygon covers no area.
    """
    known = list(areas)
    problems: list[Problem] = []
    resolved = _resolve(audience, known, groups, problems)
    if problems:
        raise InputRefused(problems)
    return resolved


def _resolve(
    audience: Audience, areas: list[AreaRow], groups: Collection[str] | None, problems: list[Problem]
) -> Audience:
    codes = [area.code for area in areas]
    problems += [
        Problem(f"The audience names an unknown area “{code}”.", f"use one of: {', '.join(codes)}")
        for code in audience.areas
        if code not in codes
    ]
    problems += [
        Problem(f"Nobody is in a group named “{name}”.", f"use one of: {', '.join(sorted(groups))}")
        for name in (*audience.lists, *audience.groups)
        if groups is not None and name not in groups
    ]
    if audience.kind == "polygon":
        drawn = shapely.geometry.shape(audience.geometry)
        inside = [area.code for area in areas if _is_half_inside(shapely.geometry.shape(area.geometry), drawn)]
        if not inside:
            problems.append(Problem("No area lies at least half inside the drawn polygon.", "draw it larger"))
        return Audience("areas", areas=tuple(inside))
    return replace(audience, parts=tuple(_resolve(part, areas, groups, problems) for part in audience.parts))


def _is_half_inside(area: shapely.geometry.base.BaseGeometry, drawn: shapely.geometry.base.BaseGeometry) -> bool:
    return bool(area.intersection(drawn).area * 2 >= area.area)


def youngest_age(audience: Audience) -> int:
    """The lowest age that the audience lets in; 0 when nothing bounds it."""
    if audience.kind == "target_group":
        return audience.min_age or 0
    ages = [youngest_age(part) for part in audience.parts]
    if audience.kind == "all_of":
        return max(ages, default=0)
    return min(ages, default=0)
