"""Streets and places from files: one point each, pieces of one street together, and every mistake with its place."""

from __future__ import annotations

import json

import pytest

from bot.problems import InputRefused
from campaigns.places import PlaceRow, read_places


def collection(*features: tuple[str, str, object]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"name": n}, "geometry": {"type": kind, "coordinates": at}}
                for n, kind, at in features
            ],
        }
    )


def test_rows_whatever_the_spreadsheet():
    text = "name;latitude;longitude\nTorget;58,41;12,30\nTorget;58,41;12,30\nBadet;-1;179.5\n"
    assert read_places(text, "places.csv") == [PlaceRow("Torget", 58.41, 12.3), PlaceRow("Badet", -1, 179.5)]


def test_pieces_of_a_street_are_one_place_with_a_point_on_it():
    found = read_places(
        collection(
            ("Storgatan", "LineString", [[12.30, 58.40], [12.31, 58.40]]),
            ("Storgatan", "LineString", [[12.31, 58.40], [12.33, 58.40]]),
        ),
        "roads.geojson",
    )
    assert found == [PlaceRow("Storgatan", 58.4, 12.315)]


def test_streets_of_one_name_in_two_villages_stay_two():
    found = read_places(
        collection(
            ("Storgatan", "LineString", [[12.30, 58.40], [12.31, 58.40]]),
            ("Storgatan", "LineString", [[12.50, 58.40], [12.51, 58.40]]),
        ),
        "roads.geojson",
    )
    assert [(row.name, row.longitude) for row in found] == [("Storgatan", 12.305), ("Storgatan", 12.505)]


def test_a_park_is_met_inside_its_border():
    ring = [[[12.0, 58.0], [12.2, 58.0], [12.2, 58.1], [12.0, 58.1], [12.0, 58.0]]]
    [park] = read_places(collection(("Parken", "Polygon", ring)), "parks.json")
    assert 58.0 < park.latitude < 58.1
    assert 12.0 < park.longitude < 12.2


@pytest.mark.parametrize(
    ("text", "filename", "expected"),
    [
        ("name,latitude,longitude\n,58,12\n", "a.csv", "row 2, column name"),
        ("name,latitude,longitude\nTorget,6500000,12\n", "a.csv", "SWEREF"),
        ("name,latitude,longitude\nTorget,58,nan\n", "a.csv", "longitude"),
        ("name,latitude,longitude\n", "a.csv", "no places"),
        ("name,longitude\nTorget,12\n", "a.csv", "latitude"),
        (collection(("", "Point", [12, 58])), "a.geojson", "feature 0"),
        (collection(("Torget", "Point", [6500000, 400000])), "a.geojson", "SWEREF"),
        (collection(("Torget", "Point", "here")), "a.geojson", "SWEREF"),
        (collection(("Torget", "Point", [])), "a.geojson", "SWEREF"),
        ('{"type": "FeatureCollection", "features": [7]}', "a.geojson", "feature 0"),
        ('{"type": "FeatureCollection", "features": [{"properties": [], "geometry": []}]}', "a.geojson", "name"),
        ("[]", "a.json", "FeatureCollection"),
    ],
)
def test_every_mistake_is_told(text: str, filename: str, expected: str):
    with pytest.raises(InputRefused, match=expected):
        read_places(text, filename)
