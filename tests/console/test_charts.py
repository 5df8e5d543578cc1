"""Pictures: what they show, that they keep to the page's colours and rules, and that they carry no code."""

import pytest
from lxml import etree

from console import charts
from console.charts import Bar, MapWords, ShadedArea

ROWS = [Bar("Lekplats", 0.65, "65 % · 312"), Bar('Annat & "eget" <script>', None, "färre än 10")]
WORDS = MapWords(("–10 %", "10–20 %", "20–40 %", "40–60 %", "60 %–"), "för få svar")
LIMITS = (0.1, 0.2, 0.4, 0.6)


def square(west: float, south: float) -> dict:
    ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.05], [west, south + 0.05], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


AREAS = [ShadedArea("Norr", square(12, 58.05), 0.7), ShadedArea("Söder", square(12, 58.0), None)]


def texts(drawn: str) -> str:
    return " ".join(etree.fromstring(drawn).itertext())


def test_bars_name_their_rows_and_say_what_is_hidden():
    drawn = charts.svg(charts.bars(ROWS), label="Vad är viktigast?")
    assert "Lekplats" in texts(drawn)
    assert "färre än 10" in texts(drawn)


def test_a_hidden_share_has_no_bar():
    drawn = charts.svg(charts.bars([ROWS[1]]), label="x")
    assert "--chart-track" in drawn
    assert "--chart-bar" not in drawn


@pytest.mark.parametrize(
    "specification", [charts.bars(ROWS), charts.area_map(AREAS, LIMITS, WORDS)], ids=["bars", "map"]
)
def test_a_picture_in_a_page_is_one_named_image_without_styles_ids_or_code(specification):
    drawn = charts.svg(specification, label='Svar <per> "område"')
    root = etree.fromstring(drawn)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'Svar <per> "område"'
    assert not [
        name for node in root.iter() for name in node.attrib if name in ("style", "id") or name.startswith("on")
    ]
    assert not [node for node in root.iter() if node.tag.endswith("script")]


def test_every_colour_follows_the_readers_scheme():
    drawn = charts.svg(charts.bars(ROWS), label="x") + charts.svg(charts.area_map(AREAS, LIMITS, WORDS), label="x")
    fixed = {part.split('"')[0] for part in drawn.split('fill="#')[1:]}
    assert fixed == set()


def test_a_map_shades_areas_and_shows_hidden_ones_apart():
    drawn = charts.svg(charts.area_map(AREAS, LIMITS, WORDS), label="x")
    assert "--chart-step-5" in drawn
    assert "--chart-hidden" in drawn
    assert "för få svar" in texts(drawn)


def test_right_to_left_bars_grow_from_the_right():
    drawn = charts.bars([Bar("حديقة", 0.5, "50 %")], direction="rtl")
    assert '"reverse": true' in drawn
    assert "\u2067حديقة\u2069" in drawn


def test_the_same_picture_can_be_sent_as_png():
    assert charts.png(charts.bars(ROWS, title="Vad är viktigast?")).startswith(b"\x89PNG\r\n")
