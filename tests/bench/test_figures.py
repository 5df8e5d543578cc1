"""What a benchmark's figure says of itself; the measuring is `make bench`."""

import json

import pytest

from bench.__main__ import BENCHES, main
from bench.figures import Figure, table
from bench.surveys import agree
from bench.walks import walks, xform
from bench.with_lxml import LxmlForm


def test_a_time_is_better_when_it_is_shorter():
    assert Figure("f", 2.0, "µs", "other", 10.0).ratio == 5


def test_a_rate_is_better_when_it_is_higher():
    assert Figure("f", 50.0, "/s", "other", 10.0, is_rate=True).ratio == 5


@pytest.mark.parametrize(
    ("promise", "is_kept"), [({"least": 5}, True), ({"least": 5.1}, False), ({"most": 2}, True), ({"most": 1.9}, False)]
)
def test_a_promise_can_be_broken(promise: dict[str, float], is_kept: bool):
    figure = Figure("f", 2.0, "µs", "other", 10.0, **promise)
    assert figure.is_kept is is_kept
    assert ("FALLS SHORT" in table([figure])) is not is_kept


def test_a_line_of_the_results_is_json():
    line = json.loads(Figure("f", 2.0, "µs", "other", 10.0).to_line())
    assert line == {
        "name": "f",
        "value": 2.0,
        "unit": "µs",
        "reference": "other",
        "reference_value": 10.0,
        "ratio": 5.0,
    }


def test_an_unknown_benchmark_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["speed"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in BENCHES)


def test_the_reference_walks_as_we_do():
    agree(LxmlForm(xform()), walks(40, seed=2))
