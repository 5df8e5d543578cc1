"""Where a resident means: coordinates, links from maps, and names of streets and squares."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import Gazetteer, NotUnderstood, Open, Reading, Understood, read
from locales import load_lexicon
from tests.bot.talk import readings
from tests.bot.talk.readings import Meant, told
from tests.bot.talk.surveys import NOW

TOWN = Gazetteer.build(
    [
        ("Torget", 57.93, 12.11),
        ("Torggatan", 57.931, 12.114),
        ("Storgatan", 57.94, 12.12),
        ("Kyrkogatan", 57.95, 12.13),
        ("Skolan", 57.9, 12.0),
        ("Skolan", 57.8, 12.5),
        ("Nygatan", 57.97, 12.2),
        ("Nygatan", 57.97001, 12.20001),
        ("Älvängens torg", 57.96, 12.14),
        ("Rv 45", 57.99, 12.0),
        ("!?", 1.0, 1.0),
    ]
)


def reading_of(text: str, **more: Any) -> Reading:
    return readings.reading_of("geopoint", text, places=TOWN, **more)


def value_of(text: str) -> Meant:
    return told(reading_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("57.93, 12.11", "57.93 12.11 0 0"),
        ("57,93; 12,11", "57.93 12.11 0 0"),
        ("57,93, 12,11", "57.93 12.11 0 0"),
        ("-57.93 12.11", "-57.93 12.11 0 0"),
        ("(57.93, 12.11)", "57.93 12.11 0 0"),
        ("٥٧٫٩٣، ١٢٫١١", "57.93 12.11 0 0"),
        ("57.93° N, 12.11° E", "57.93 12.11 0 0"),
        ("N 57.93, E 12.11", "57.93 12.11 0 0"),
        ("57.93 N 12.11 Ö", "57.93 12.11 0 0"),
        ("33.9 S 12.11 W", "-33.9 -12.11 0 0"),
        ("57°55'48\"N 12°06'36\"E", "57.93 12.11 0 0"),
        ("57°55′48.0″N 12°06′36.0″E", "57.93 12.11 0 0"),
        ("97.93, 12.11", None),
        ("57.93, 212.11", None),
        ("57, 12", None),
        ("12°06'36\"E 57°55'48\"N", None),
    ],
)
def test_coordinates(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("geo:57.93,12.11", "57.93 12.11 0 0"),
        ("geo:57.93,12.11;u=35", "57.93 12.11 0 0"),
        ("geo:0,0?q=57.93,12.11(Torget)", "57.93 12.11 0 0"),
        ("https://maps.google.com/?q=57.93,12.11", "57.93 12.11 0 0"),
        ("https://www.google.com/maps/search/?api=1&query=57.93%2C12.11", "57.93 12.11 0 0"),
        ("https://www.google.com/maps/@57.93,12.11,17z", "57.93 12.11 0 0"),
        (
            "https://www.google.com/maps/place/Torget/@57.5,12.5,17z/data=!3m1!4b1!4m6!3d57.93!4d12.11",
            "57.93 12.11 0 0",
        ),
        ("https://www.google.com/maps/place/57.93,12.11", "57.93 12.11 0 0"),
        ("https://maps.apple.com/?ll=57.93,12.11&q=Torget", "57.93 12.11 0 0"),
        ("https://maps.apple.com/place?coordinate=57.93,12.11&name=Torget", "57.93 12.11 0 0"),
        ("https://www.openstreetmap.org/?mlat=57.93&mlon=12.11#map=17/57.5/12.5", "57.93 12.11 0 0"),
        ("https://www.openstreetmap.org/#map=17/57.93/12.11", "57.93 12.11 0 0"),
        ("https://www.bing.com/maps?cp=57.93~12.11", "57.93 12.11 0 0"),
        ("Här är det: https://maps.google.com/?q=57.93,12.11", "57.93 12.11 0 0"),
        ("Torget\nhttps://maps.app.goo.gl/abc", "57.93 12.11 0 0"),
        ("https://maps.app.goo.gl/abc", None),
        ("https://maps.google.com/?q=57.93,12.11 https://maps.google.com/?q=58.93,12.11", None),
        ("https://example.com/", None),
        ("http://[", None),
    ],
)
def test_links_from_maps(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Torget", "57.93 12.11 0 0"),
        ("TORGET!", "57.93 12.11 0 0"),
        ("vid torget", "57.93 12.11 0 0"),
        ("på Storgatan", "57.94 12.12 0 0"),
        ("Storgatan 5", "57.94 12.12 0 0"),
        ("storgatan 12b", "57.94 12.12 0 0"),
        ("storgtan", "57.94 12.12 0 0"),
        ("kyrkog", "57.95 12.13 0 0"),
        ("Alvangens torg", "57.96 12.14 0 0"),
        ("Nygatan", "57.97 12.2 0 0"),
        ("mittemot kyrkogatan", "57.95 12.13 0 0"),
        ("torg", ("Torget", "Torggatan")),
        ("hörnet av Storgatan och Kyrkogatan", ("Storgatan", "Kyrkogatan")),
        ("skolan", ("Skolan (57.9000, 12.0000)", "Skolan (57.8000, 12.5000)")),
        ("rv 54", None),
        ("inte vid torget", None),
        ("Malmö", None),
        ("överallt", None),
        ("!?", None),
    ],
)
def test_names_of_places(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "is_inferred"), [("vid torget", False), ("Storgatan 5", True), ("storgtan", True), ("kyrkog", True)]
)
def test_what_was_read_into_a_name_is_told_back(text, is_inferred):
    reading = reading_of(text)
    assert isinstance(reading, Understood)
    assert reading.is_inferred is is_inferred
    assert reading.told in {place.name for place in TOWN.places}


def test_what_was_asked_back_is_answered_by_number_or_name():
    offered = ("57.93 12.11 0 0", "57.931 12.114 0 0")
    assert reading_of("2", offered=offered) == Understood(offered[1])
    assert reading_of("den första", offered=offered) == Understood(offered[0])
    assert reading_of("torggatan", offered=offered) == Understood(offered[1], told="Torggatan")
    assert reading_of("torgg", offered=offered) == Understood(offered[1], is_inferred=True, told="Torggatan")


def test_where_no_places_are_known_only_coordinates_and_links_are_read():
    bare = Open("geopoint", "sv", load_lexicon(), NOW)
    assert read(bare, "Torget") == NotUnderstood("location")
    assert read(bare, "57.93, 12.11") == Understood("57.93 12.11 0 0")


def test_too_many_places_of_one_beginning_are_not_listed():
    many = Gazetteer.build((f"Storgatan {letter}", 57.0 + n / 10, 12.0) for n, letter in enumerate("abcdefghij"))
    assert read(Open("geopoint", "sv", load_lexicon(), NOW, places=many), "storgatan") == NotUnderstood("location")
