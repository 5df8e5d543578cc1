"""Whom a campaign addresses."""

from __future__ import annotations

import json

import pytest

from bot.problems import InputRefused
from campaigns.areas import AreaRow
from campaigns.audience import Audience, resolve, youngest_age
from campaigns.definition_files import read_definition
from tests.campaigns.definitions import without


def square(west: float) -> dict[str, object]:
    ring = [[west, 58.0], [west + 0.1, 58.0], [west + 0.1, 58.1], [west, 58.1], [west, 58.0]]
    return {"type": "Polygon", "coordinates": [ring]}


AREAS = [AreaRow("A", "West", square(12.0)), AreaRow("B", "Middle", square(12.1)), AreaRow("C", "East", square(12.2))]


def drawn(wkt: str) -> Audience:
    return read_definition(f'{without("audience")}\naudience: {{polygon: "{wkt}"}}').audience


def test_a_drawn_polygon_means_the_areas_of_which_half_lies_inside() -> None:
    polygon = drawn("POLYGON((12.0 58, 12.16 58, 12.16 58.1, 12.0 58.1, 12.0 58))")
    assert resolve(polygon, AREAS) == Audience("areas", areas=("A", "B"))


def test_a_polygon_inside_a_combination_is_found_too() -> None:
    polygon = drawn("POLYGON((12.2 58, 12.3 58, 12.3 58.1, 12.2 58.1, 12.2 58))")
    combined = Audience("all_of", parts=(polygon, Audience("target_group", min_age=16)))
    assert resolve(combined, AREAS).parts[0] == Audience("areas", areas=("C",))


@pytest.mark.parametrize(
    ("audience", "what"),
    [
        (Audience("areas", areas=("A", "X")), "unknown area “X”"),
        (Audience("interest", lists=("parks",)), "Nobody is in a group named “parks”"),
        (Audience("any_of", parts=(Audience("target_group", groups=("parks",)),)), "Nobody is in a group"),
        (drawn("POLYGON((10 50, 10.1 50, 10.1 50.1, 10 50))"), "No area lies"),
    ],
)
def test_an_audience_that_nobody_could_be_in_is_refused(audience: Audience, what: str) -> None:
    with pytest.raises(InputRefused, match=what):
        resolve(audience, AREAS, {"park"})


@pytest.mark.parametrize("wkt", ["POINT(12 58)", "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "a circle", "POLYGON EMPTY"])
def test_a_polygon_that_is_none_is_refused(wkt: str) -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        drawn(wkt)


def test_plain_data_are_json_and_name_the_kind() -> None:
    everyone = Audience("everyone").to_data()
    assert everyone == {"kind": "everyone"}
    group = Audience("all_of", parts=(Audience("target_group", min_age=16, languages=("so",)),)).to_data()
    assert json.loads(json.dumps(group)) == {
        "kind": "all_of",
        "parts": [{"kind": "target_group", "min_age": 16, "languages": ["so"]}],
    }


def test_the_youngest_that_an_audience_lets_in() -> None:
    adults, everyone = Audience("target_group", min_age=18), Audience("everyone")
    assert youngest_age(Audience("all_of", parts=(adults, everyone))) == 18
    assert youngest_age(Audience("any_of", parts=(adults, everyone))) == 0
