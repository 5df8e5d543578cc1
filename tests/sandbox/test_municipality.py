"""The municipality's files: valid, fictional, and the same for the same seed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import combinations

import phonenumbers
import pytest
from shapely.geometry import shape
from typer.testing import CliRunner

from sandbox.__main__ import app
from sandbox.municipality import AREAS, write_municipality
from sandbox.world import World


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sjovik")
    write_municipality(path, seed=7, residents=600)
    return path


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_writes_the_same_bytes(folder, tmp_path):
    result = CliRunner().invoke(app, ["municipality", "--seed", "7", "--residents", "600", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in folder.iterdir()}


def test_another_seed_gives_other_people(folder, tmp_path):
    write_municipality(tmp_path, seed=8, residents=600)
    assert (tmp_path / "residents.csv").read_text() != (folder / "residents.csv").read_text()


def test_the_areas_are_valid_and_touch_without_overlapping(folder):
    features = json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))["features"]
    shapes = {f["properties"]["code"]: shape(f["geometry"]) for f in features}
    assert len(shapes) == 5
    assert all(polygon.is_valid and polygon.exterior.is_ccw for polygon in shapes.values())
    assert all(a.intersection(b).area == 0 for a, b in combinations(shapes.values(), 2))
    assert all(any(a.intersection(b).length > 0.005 for b in shapes.values() if b is not a) for a in shapes.values())


def test_the_population_adds_up_to_the_inhabitants(folder):
    counted = Counter()
    for row in rows(folder / "population.csv"):
        counted[row["area"]] += int(row["count"])
    assert {a.code: pytest.approx(a.inhabitants, abs=3) for a in AREAS} == counted


def test_every_phone_number_can_be_one_but_is_nobodys(folder):
    numbers = [row["sms"] for row in rows(folder / "residents.csv") if row["sms"]]
    assert len(numbers) == len(set(numbers)) > 200
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    for number in numbers:
        assert 701740605 <= int(number[3:]) <= 701740699 or number.startswith("+4678")


def test_each_channel_is_the_first_contact_of_a_third(folder):
    world = World.load(folder / "world.json")
    firsts = Counter(next(iter(r.contacts)) for r in world.residents)
    assert set(firsts.values()) == {200}
    assert 60 < sum(len(r.contacts) > 1 for r in world.residents) < 300


def test_five_languages_are_spoken(folder):
    spoken = Counter(row["language"] for row in rows(folder / "residents.csv"))
    assert set(spoken) == {"sv", "en", "ar", "so", "fi"}
    assert min(spoken.values()) >= 20
    assert spoken["sv"] > 300


def test_protected_persons_stand_in_a_file_of_their_own(folder):
    assert {row["protected"] for row in rows(folder / "residents.csv")} == {"no"}
    assert {row["protected"] for row in rows(folder / "residents-protected.csv")} == {"yes"}


def test_a_world_reads_back_as_it_was_written(folder, tmp_path):
    world = World.load(folder / "world.json")
    world.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (folder / "world.json").read_bytes()


def test_a_small_municipality_still_has_many_habits(tmp_path):
    world = write_municipality(tmp_path, seed=7, residents=150)
    habits = [r.habit for r in world.residents]
    assert {h.timing for h in habits} == {"prompt", "late", "after_reminder", "silent", "by_hand"}
    assert {h.reach for h in habits} == {"alive", "blocked", "refused", "bounces"}
    assert "web" in {h.route for h in habits}
