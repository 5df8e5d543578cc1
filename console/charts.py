"""Pictures of figures: pure functions from bars and areas to SVG or PNG bytes, rendered by Vega-Lite without browser or network. No figure is computed here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Direction = Literal["ltr", "rtl"]

# The light palette, as it stands in PNGs and e-mails. On pages each colour becomes a custom property of console.css,
# so that the same picture follows the reader's light or dark scheme.
INK, MUTED, TRACK, BAR, MARK, PAPER, HIDDEN = (
    "#1c2429",
    "#566169",
    "#e7e3d9",
    "#0d6570",
    "#a8571a",
    "#fffefb",
    "#d8d3c7",
)
STEPS = ("#dcebea", "#a9d0cf", "#69aeb0", "#2c8489", "#0b555f")
DARK_STEP, ON_DARK = 3, "#fffefa"
PROPERTIES = {
    INK: "--chart-ink",
    MUTED: "--chart-muted",
    TRACK: "--chart-track",
    BAR: "--chart-bar",
    MARK: "--chart-mark",
    PAPER: "--chart-paper",
    HIDDEN: "--chart-hidden",
    ON_DARK: "--chart-on-dark",
    **{colour: f"--chart-step-{number}" for number, colour in enumerate(STEPS, 1)},
}
FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', 'Noto Sans Arabic', sans-serif"
WIDTH = 360
MOST_NAMES = 20  # on a map; more would lie upon each other


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: `share` of the full width (0 to 1; None: hidden), and what stands beside it. `mark` is a second share to compare with."""

    label: str
    share: float | None
    text: str
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class ShadedArea:
    """One area of a map: its border (GeoJSON geometry, WGS 84) and the value it is shaded by (None: hidden or unknown)."""

    name: str
    geometry: dict[str, Any]
    value: float | None


@dataclass(frozen=True, slots=True)
class MapWords:
    """The words of a map's legend: the label of each shade, from low to high, and of areas without a value."""

    shades: tuple[str, ...]
    hidden: str


def bars(rows: Sequence[Bar], *, title: str = "", direction: Direction = "ltr") -> str:
    """A Vega-Lite specification (JSON) of horizontal bars, each under its own label, so that long labels fit a narrow screen."""
    alt = _altair()
    values = [
        {
            "row": number,
            "label": _isolated(row.label, direction),
            "text": _isolated(row.text, direction),
            "share": row.share,
            "full": 1,
            "mark": row.mark,
        }
        for number, row in enumerate(rows)
    ]
    rtl = direction == "rtl"
    near, far = (WIDTH, 0) if rtl else (0, WIDTH)
    line = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    scale = alt.Scale(domain=[0, 1], reverse=rtl)
    plot = alt.Chart(alt.Data(values=values))
    words = {"dy": -7, "baseline": "bottom", "fontSize": 14}
    bar = {"height": 12, "yOffset": 6, "cornerRadius": 2}
    full, share = (alt.X(f"{name}:Q", scale=scale, axis=None, stack=None) for name in ("full", "share"))
    layers = [
        plot.mark_bar(color=TRACK, **bar).encode(full, line),
        plot.mark_bar(color=BAR, **bar).encode(share, line).transform_filter("isValid(datum.share)"),
        plot.mark_text(align="right" if rtl else "left", color=INK, limit=WIDTH - 90, **words).encode(
            x=alt.value(near), y=line, text="label:N"
        ),
        plot.mark_text(align="left" if rtl else "right", color=MUTED, **words).encode(
            x=alt.value(far), y=line, text="text:N"
        ),
    ]
    if any(row.mark is not None for row in rows):
        layers.append(
            plot.mark_tick(color=MARK, opacity=1, thickness=3, height=20, yOffset=6)
            .encode(alt.X("mark:Q", scale=scale, axis=None), line)
            .transform_filter("isValid(datum.mark)")
        )
    return _finished(alt.layer(*layers).properties(width=WIDTH, height=46 * max(len(rows), 1)), title, direction)


def area_map(
    areas: Sequence[ShadedArea],
    limits: Sequence[float],
    words: MapWords,
    *,
    title: str = "",
    direction: Direction = "ltr",
) -> str:
    """A Vega-Lite specification of areas shaded in up to five steps; `limits` are the upper ends of all steps but the last."""
    alt = _altair()
    features = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {"name": _isolated(area.name, direction), "shade": _shade(area.value, limits, words)},
        }
        for area, geometry in zip(areas, _planar([area.geometry for area in areas]), strict=True)
    ]
    layers = [_ground(features, words)]
    if len(areas) <= MOST_NAMES:
        are_dark = [area.value is not None and _step(area.value, limits) >= DARK_STEP for area in areas]
        layers.append(_names(features, are_dark))
    return _finished(alt.layer(*layers).properties(width=WIDTH, height=_map_height(features)), title, direction)


def _ground(features: Sequence[dict[str, Any]], words: MapWords) -> Any:
    """The areas in their shades, above the legend."""
    alt = _altair()
    legend = alt.Legend(
        title=None,
        orient="bottom",
        direction="horizontal",
        columns=3,
        symbolType="square",
        symbolStrokeWidth=0,
        labelLimit=150,
    )
    scale = alt.Scale(domain=[*words.shades, words.hidden], range=[*STEPS[: len(words.shades)], HIDDEN])
    return (
        alt.Chart(alt.Data(values=features))
        .mark_geoshape(stroke=PAPER, strokeWidth=1.5)
        .encode(color=alt.Color("properties.shade:N", scale=scale, legend=legend))
        .project(type="identity", reflectY=True)
    )


def _names(features: Sequence[dict[str, Any]], are_dark: Sequence[bool]) -> Any:
    """The areas' names, each at a point inside its area."""
    alt = _altair()
    points = []
    for feature, is_dark in zip(features, are_dark, strict=True):
        x, y = _inner_point(feature["geometry"])
        properties = {"x": x, "y": y, "name": feature["properties"]["name"], "is_dark": is_dark}
        place = {"type": "Point", "coordinates": [x, y]}
        points.append({"type": "Feature", "geometry": place, "properties": properties})
    return (
        alt.Chart(alt.Data(values=points))
        .mark_text(fontSize=12, limit=110)
        .encode(
            longitude="geometry.coordinates[0]:Q",
            latitude="geometry.coordinates[1]:Q",
            text="properties.name:N",
            color=alt.condition("datum.properties.is_dark", alt.value(ON_DARK), alt.value(INK)),
        )
        .project(type="identity", reflectY=True)
    )


def png(specification: str, *, scale: float = 2.0) -> bytes:
    """The picture as PNG on white paper, for messages and files."""
    return _png(specification, scale)


def svg(specification: str, *, label: str) -> str:
    """The picture as SVG to set into a page: one image with a name for those who cannot see it, in the page's own colours."""
    return _svg(specification).replace("<svg ", f'<svg role="img" aria-label="{_attribute(label)}" direction="ltr" ', 1)


@lru_cache(maxsize=256)
def _svg(specification: str) -> str:
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(json.loads(specification), allowed_base_urls=[])
    drawn = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events|xmlns:xlink|version)="[^"]*"', "", drawn)
    drawn = re.sub(
        r' width="[\d.]+" height="[\d.]+" (viewBox="0 0 ([\d.]+) [\d.]+")',
        r' class="chart" width="\2" \1',
        drawn,
        count=1,
    )
    for colour, name in PROPERTIES.items():
        drawn = drawn.replace(f'"{colour}"', f'"var({name}, {colour})"')
    return drawn


@lru_cache(maxsize=64)
def _png(specification: str, scale: float) -> bytes:
    import vl_convert

    specification_on_paper = json.loads(specification) | {"background": "#ffffff"}
    drawn: bytes = vl_convert.vegalite_to_png(specification_on_paper, scale=scale, allowed_base_urls=[])
    return drawn


def _altair() -> Any:
    """altair, imported when it is first needed: it is heavy, and its signatures say more than what is drawn here needs."""
    import altair as alt

    return alt


def _finished(chart: Any, title: str, direction: Direction) -> str:
    font = {"labelFont": FONTS, "titleFont": FONTS, "labelColor": INK, "titleColor": INK, "labelFontSize": 13}
    chart = chart.configure(
        font=FONTS, background="transparent", padding={"left": 2, "right": 2, "top": 4, "bottom": 4}
    )
    chart = chart.configure_view(stroke=None).configure_axis(**font).configure_legend(**font)
    if title:
        anchor = "end" if direction == "rtl" else "start"
        chart = chart.properties(
            title={
                "text": _isolated(title, direction),
                "anchor": anchor,
                "offset": 10,
                "fontSize": 16,
                "font": FONTS,
                "color": INK,
            }
        )
    return json.dumps(chart.to_dict(), ensure_ascii=False, sort_keys=True)


def _isolated(text: str, direction: Direction) -> str:
    """The text in its own direction, whatever stands around it (Unicode bidirectional isolates)."""
    return f"\u2067{text}\u2069" if direction == "rtl" else text


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _shade(value: float | None, limits: Sequence[float], words: MapWords) -> str:
    return words.hidden if value is None else words.shades[_step(value, limits)]


def _step(value: float, limits: Sequence[float]) -> int:
    return sum(value >= limit for limit in limits)


def _planar(geometries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Borders on a plane with the right proportions at their latitude, without detail that a picture of this size cannot show."""
    from shapely import affinity
    from shapely.geometry import mapping, shape

    shapes = [shape(geometry) for geometry in geometries]
    if not shapes:
        return []
    west, south = min(s.bounds[0] for s in shapes), min(s.bounds[1] for s in shapes)
    east, north = max(s.bounds[2] for s in shapes), max(s.bounds[3] for s in shapes)
    squeeze = math.cos(math.radians((south + north) / 2))
    unit = 1000 / max((east - west) * squeeze, north - south, 1e-9)
    flat = [
        affinity.affine_transform(s, [unit * squeeze, 0, 0, unit, -west * unit * squeeze, -south * unit])
        for s in shapes
    ]
    return [_rounded(dict(mapping(s.simplify(1.0, preserve_topology=True)))) for s in flat]


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part) for part in value]
    return round(value, 1) if isinstance(value, float) else value


def _inner_point(geometry: dict[str, Any]) -> tuple[float, float]:
    from shapely.geometry import shape

    point = shape(geometry).representative_point()
    return round(point.x, 1), round(point.y, 1)


def _map_height(features: Sequence[dict[str, Any]]) -> int:
    from shapely.geometry import shape

    if not features:
        return 40
    bounds = [shape(feature["geometry"]).bounds for feature in features]
    width = max(b[2] for b in bounds) - min(b[0] for b in bounds)
    height = max(b[3] for b in bounds) - min(b[1] for b in bounds)
    return round(min(max(WIDTH * height / max(width, 1.0), 160), 460))
