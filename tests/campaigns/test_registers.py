"""People, areas and population as municipalities' own programs write them."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.problems import InputRefused
from campaigns.areas import read_areas
from campaigns.people import Imported, read_people
from campaigns.population import read_population
from tests.campaigns.definitions import is_read_or_refused

HEADER = "ref,area,language,birth_year,sex,groups,protected,source,lawful_basis,sms,email"
ROW = "p1,SJ01,sv,1980,f,elever;park,no,register,public_task,070-174 06 05,"


class NoPhone(Exception):
    """What a channel raises."""


def phone(text: str) -> str:
    if not text.startswith(("0", "+")):
        raise NoPhone("write the number with its country code")
    return "+46" + "".join(filter(str.isdigit, text))[1:]


def read(data: bytes | str) -> Imported:
    return read_people(
        data,
        "people.csv",
        normalise={"sms": phone, "email": str.lower},
        areas={"SJ01"},
        languages=["sv", "so", "fa-AF"],
        today=date(2026, 3, 1),
        refusal=NoPhone,
    )


def refused(data: bytes | str) -> list[str]:
    with pytest.raises(InputRefused) as caught:
        read(data)
    return [str(problem) for problem in caught.value.problems]


def lines(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def test_a_resident_is_read() -> None:
    [person] = read(lines(ROW)).rows
    assert (person.ref, person.groups, dict(person.contacts)) == ("p1", ("elever", "park"), {"sms": "+46701740605"})


@pytest.mark.parametrize(
    "data",
    [
        lines(ROW).encode("utf-8-sig"),
        lines(ROW).replace("\n", "\r\n").encode(),
        lines(ROW.replace("elever;park", "elever|park")).replace(",", ";").encode(),
        lines(ROW.replace("elever;park", '"elever;park"').replace(",", ";"))
        .replace(HEADER, HEADER.replace(",", ";"))
        .encode(),
        lines(ROW).replace(",", "\t").encode(),
        lines("", ROW, "").replace("ref,", "Ref ,").encode(),
    ],
    ids=["byte-order mark", "CRLF", "semicolons", "quoted groups", "tabs", "empty lines and a capital"],
)
def test_every_spreadsheets_csv_gives_the_same(data: bytes) -> None:
    assert read(data).rows == read(lines(ROW)).rows


def test_a_file_in_another_encoding_is_told_to_be_utf_8() -> None:
    told = refused(lines(ROW, ROW.replace("elever", "föräldrar")).encode("latin-1"))
    assert told == [
        "people.csv: line 3: The file is not UTF-8. — save the file as UTF-8 (in Excel: “CSV UTF-8”; in an editor: encoding UTF-8)"
    ]
    assert "UTF-16" in refused(lines(ROW).encode("utf-16"))[0]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (ROW.replace("SJ01", "SJ99"), "row 2, column area"),
        (ROW.replace("sv", "xx"), "row 2, column language"),
        (ROW.replace("1980", "80"), "row 2, column birth_year"),
        (ROW.replace(",f,", ",x,"), "row 2, column sex"),
        (ROW.replace(",no,", ",,"), "row 2, column protected"),
        (ROW.replace("public_task", "why not"), "row 2, column lawful_basis"),
        (ROW.replace("register", ""), "row 2, column source"),
        (ROW.replace("p1", ""), "row 2, column ref"),
        (ROW.replace("p1", "19800101-1234"), "row 2, column ref"),
        (ROW.replace("070-174", "x70-174"), "row 2, column sms"),
        (ROW + ",surplus", "row 2"),
    ],
)
def test_a_mistake_is_told_by_row_and_column(row: str, place: str) -> None:
    [told] = refused(lines(row))
    assert told.startswith(f"people.csv: {place}: ")


def test_all_mistakes_are_told_and_none_repeats_an_address() -> None:
    told = refused(
        lines(ROW, ROW, ROW.replace("p1", "p2").replace("070-174 06 05", "secret-place").replace("sv", "xx"))
    )
    assert [problem.split(":")[1].strip() for problem in told] == [
        "row 3, column ref",
        "row 4, column language",
        "row 4, column sms",
    ]
    assert not any("secret" in problem or "174" in problem for problem in told)


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (HEADER + ",personnummer", "personal identity numbers are never asked for"),
        (HEADER + ",shoe size", "“shoe_size” is not known"),
        (HEADER.replace("email", "sms"), "“sms” stands there twice"),
        (HEADER.replace("protected,", ""), "“protected” is missing"),
    ],
)
def test_columns_that_must_not_be_there_or_must_are_told(header: str, what: str) -> None:
    assert any(what in problem for problem in refused(f"{header}\n"))


def test_protected_people_are_counted_and_nothing_of_them_is_looked_at() -> None:
    imported = read(lines(ROW, "p9,nowhere,xx,x,x,,yes,,,not a number,"))
    assert [row.ref for row in imported.rows] == ["p1"]
    assert imported.protected_count == 1
    assert "1 with protected personal data" in imported.warnings[0].what


def test_nothing_is_kept_about_those_who_may_be_under_thirteen() -> None:
    imported = read(lines(ROW.replace("1980", "2013"), ROW.replace("1980", "2012")))
    assert (len(imported.rows), imported.too_young_count) == (1, 1)


def test_a_phone_may_be_shared() -> None:
    assert len(read(lines(ROW, ROW.replace("p1", "p2"))).rows) == 2


def test_a_hundred_thousand_rows_take_seconds() -> None:
    data = lines(*(ROW.replace("p1", f"p{n}") for n in range(100_000))).encode()
    started = time.process_time()
    assert len(read(data).rows) == 100_000
    assert time.process_time() - started < 10


def test_a_file_full_of_mistakes_ends_with_how_many_more() -> None:
    told = refused(lines(*(ROW.replace("p1", f"p{n}").replace("sv", "xx") for n in range(1500))))
    assert len(told) == 1001
    assert "500 more" in told[-1]


cells = st.sampled_from(
    [
        "p1",
        "SJ01",
        "sv",
        "1980",
        "yes",
        "no",
        "",
        "f",
        "elever;park",
        '"',
        "a\nb",
        "0701740605",
        "\0",
        "é",
        "register",
        "public_task",
    ]
)


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.lists(cells, max_size=13), max_size=4).map(lambda rows: lines(*map(",".join, rows)).encode()),
    )
)
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for reader in (read, lambda d: read_population(d, "p.csv", {"SJ01"}), lambda d: read_areas(d, "a.geojson")):
        assert is_read_or_refused(reader, data)


POPULATION = "area,age_band,sex,count,source,as_of\nSJ01,16-29,f,1 200,SCB,2025-12-31\nSJ01,16-29,m,1190,SCB,2025-12-31\nSJ01,65+,,900,SCB,2025-12-31\n"


def test_the_population_is_read() -> None:
    rows = read_population(POPULATION, "population.csv", {"SJ01"})
    assert [(row.age_band, row.sex, row.count) for row in rows] == [
        ("16-29", "f", 1200),
        ("16-29", "m", 1190),
        ("65+", "", 900),
    ]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("SJ01,16-29,f,5,SCB,2025-12-31", "counts the same people"),
        ("SJ01,16-29,,5,SCB,2025-12-31", "counts the same people"),
        ("SJ01,25-35,f,5,SCB,2025-12-31", "overlaps that of row 2, 16-29"),
        ("SJ77,30-44,f,5,SCB,2025-12-31", "No area has this code"),
        ("SJ01,old,f,5,SCB,2025-12-31", "no age band"),
        ("SJ01,30-44,f,five,SCB,2025-12-31", "not a whole number"),
        ("SJ01,30-44,f,5,,2025-12-31", "source is empty"),
        ("SJ01,30-44,f,5,SCB,31/12", "no date"),
    ],
)
def test_a_baseline_that_cannot_be_is_refused(row: str, what: str) -> None:
    with pytest.raises(InputRefused, match=what) as caught:
        read_population(f"{POPULATION}{row}\n", "population.csv", {"SJ01"})
    assert caught.value.problems[0].place.startswith("row 5")


SQUARE = [[[12.0, 58.0], [12.1, 58.0], [12.1, 58.1], [12.0, 58.1], [12.0, 58.0]]]


def collection(*features: tuple[dict[str, object], object]) -> str:
    made = [
        {"type": "Feature", "properties": p, "geometry": {"type": "Polygon", "coordinates": c}} for p, c in features
    ]
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(map(json.dumps, made)) + "\n]}"


GOOD: tuple[dict[str, object], object] = ({"code": "A", "name": "Centrum"}, SQUARE)


def test_areas_are_read() -> None:
    [area] = read_areas(collection(GOOD), "areas.geojson")
    assert (area.code, area.name, area.geometry["type"]) == ("A", "Centrum", "Polygon")


@pytest.mark.parametrize(
    ("feature", "what"),
    [
        (({"name": "No code"}, SQUARE), "“code” is missing"),
        (({"code": "A", "name": "Twice"}, SQUARE), "same code"),
        (({"code": "B", "name": "Bow tie"}, [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]), "not valid"),
        (({"code": "B", "name": "Open"}, [[[0, 0], [1, 0], [1, 1], [0, 1]]]), "not closed"),
        (({"code": "B", "name": "SWEREF"}, [[[6400000, 300000]] * 4]), "not degrees"),
        (({"code": "B", "name": "Short"}, [[[0, 0], [1, 0], [0, 0]]]), "fewer than four"),
        (({"code": "B", "name": "Words"}, [[["a", 0], [1, 0], [1, 1], ["a", 0]]]), "not two numbers"),
        (({"code": "B", "name": "None"}, None), "no rings"),
    ],
)
def test_a_wrong_area_is_told_by_its_feature_and_line(feature: tuple[dict[str, object], object], what: str) -> None:
    with pytest.raises(InputRefused, match=what) as caught:
        read_areas(collection(GOOD, feature), "areas.geojson")
    assert caught.value.problems[0].place == "feature 1, line 3"


def test_broken_json_is_told_by_line_and_column() -> None:
    with pytest.raises(InputRefused, match="line 2, column 2"):
        read_areas('{"type": "FeatureCollection",\n "fea: []}', "areas.geojson")


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.sampled_from(["Feature", "Polygon", "MultiPolygon", ""]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["type", "features", "geometry", "coordinates", "properties", "code", "name"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@given(json_values, json_values)
@settings(deadline=None, max_examples=300)
def test_any_geojson_is_read_or_refused(features: object, coordinates: object) -> None:
    for made in (
        {"features": features, "type": "FeatureCollection"},
        {
            "type": "FeatureCollection",
            "x": features,
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": 1, "name": "n"},
                    "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
                }
            ],
        },
    ):
        assert is_read_or_refused(lambda data: read_areas(data, "areas.geojson"), json.dumps(made))
