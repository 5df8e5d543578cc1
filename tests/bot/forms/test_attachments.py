"""Lists in files beside a survey: taken into the stored form, and told by file and row when they cannot be read."""

import pytest

from bot.forms import Form
from bot.problems import InputRefused
from bot.xlsform import read_xlsform
from tests.bot.forms.surveys import NOW

SURVEY = """
| survey |
| | type | name | label | parameters |
| | select_one_from_file {file} | q | Which? | {parameters} |
"""

STOPS = """{"type": "FeatureCollection", "features": [
 {"type": "Feature", "id": "ale", "geometry": {"type": "Point", "coordinates": [12.1, 57.9]}, "properties": {"title": "Ale"}},
 {"type": "Feature", "geometry": {"type": "Point", "coordinates": [12.9, 57.7]}, "properties": {"id": "bor", "title": "Borås, city"}}
]}"""


def read(file: str, content: bytes | None, parameters: str = ""):
    files = {} if content is None else {file: content}
    return read_xlsform(SURVEY.format(file=file, parameters=parameters).encode(), "s.md", files.get)


def choices(file: str, content: bytes, parameters: str = "") -> list[tuple[str, str]]:
    form = Form.load(read(file, content, parameters).xform)
    return [(choice.value, choice.label) for choice in form.new(now=NOW).choices("/data/q", "default")]


def test_the_stored_form_needs_no_other_file():
    survey = read("towns.csv", b"name,label\nale,Ale\n")
    assert "src=" not in survey.xform
    assert 'src="jr://file-csv/towns.csv"' in survey.source


@pytest.mark.parametrize(
    ("file", "content", "parameters"),
    [
        ("t.csv", "name,label\nale,Ale\nbor,\"Borås, city\"\n", ""),
        ("t.csv", "\ufeffname;label\r\nale;Ale\r\nbor;Borås, city\r\n", ""),
        ("t.csv", "code\tsaid\nale\tAle\nbor\tBorås, city", "value=code label=said"),
        ("t.geojson", STOPS, ""),
        ("t.xml", "<root><item><name>ale</name><label>Ale</label></item><item><name>bor</name><label>Borås, city</label></item></root>", ""),
    ],
)  # fmt: skip
def test_choices_are_read_from_each_kind_of_file(file, content, parameters):
    assert choices(file, content.encode(), parameters) == [("ale", "Ale"), ("bor", "Borås, city")]


@pytest.mark.parametrize(
    ("file", "content", "place", "what"),
    [
        ("t.csv", None, "sheet survey, row 2, column type (A)", "not there"),
        ("t.csv", b"code,label\na,A", "sheet survey, row 2, column type (A)", "no column “name”"),
        ("t.csv", b"name,my label\na,A", "file t.csv, row 1, column 2", "my label"),
        ("t.csv", b"name,label\na,A\n\nb,B", "file t.csv, row 3", "empty"),
        ("t.csv", b"name,label\na,A,B", "file t.csv, row 2", "3 cells"),
        ("t.csv", b"\xff\xfe", "sheet survey, row 2, column type (A)", "UTF-8"),
        ("t.geojson", b"{", "file t.geojson, line 1, column 2", "no JSON"),
        ("t.geojson", b"[]", "sheet survey, row 2, column type (A)", "FeatureCollection"),
        ("t.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feature"}]}', "file t.geojson, feature 1", "no point"),
        ("t.xml", b"<root><item></root>", "sheet survey, row 2, column type (A)", "well-formed"),
        ("t.xml", b"<!DOCTYPE x><root/>", "sheet survey, row 2, column type (A)", "document type"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_at_its_place(file, content, place, what):
    with pytest.raises(InputRefused) as refused:
        read(file, content)
    (problem,) = refused.value.problems
    assert problem.place == place
    assert what in problem.what
