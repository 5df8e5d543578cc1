"""What expressions give: each line was also walked by ODK's own engine unless it says otherwise."""

from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

import pytest

from bot.forms import Form
from tests.odk.expressions import XFORM

NOW = datetime(2026, 5, 31, 14, 30, tzinfo=UTC)


def evaluated(expression: str) -> str:
    return Form.load(XFORM % quoteattr(expression)).new(now=NOW).value("/data/c")


ARITHMETIC = {
    "1 + 2 * 3": "7",
    "(1 + 2) * 3": "9",
    "-3 + 5": "2",
    "1 - -1": "2",
    "7 mod 3": "1",
    "-7 mod 3": "-1",
    "7 mod -3": "1",
    "6 div 2 div 3": "1",
    "1 div 0": "Infinity",
    "-1 div 0": "-Infinity",
    "0 div 0": "",
    "1.5 + 1.5": "3",
    "0.1 + 0.2": "0.30000000000000004",
    "1 div 3": "0.3333333333333333",
    "round(2.5)": "3",
    "round(-2.5)": "-3",
    "round(1.234, 2)": "1.23",
    "round(1234, -2)": "1200",
    "int(-2.7)": "-2",
    "floor(-2.5)": "-3",
    "ceiling(2.1)": "3",
    "abs(-3)": "3",
    "pow(2, 10)": "1024",
    "sqrt(2)": "1.4142135623730951",
    "sqrt(-1)": "",
    "log(0)": "-Infinity",
    "log10(1000)": "3",
    "exp10(2)": "100",
    "pi()": "3.141592653589793",
    "number('12.50')": "12.5",
    "number('  5 ')": "5",
    "number('abc')": "",
    "number('1e3')": "1000",
    "number(true())": "1",
    "number('2020-01-01')": "18262",
    "number('2020-13-01')": "",
    "0.0000001": "1e-7",
    "1000000 * 1000000": "1000000000000",
}
TEXTS = {
    "concat('a', 'b', 1)": "ab1",
    "concat(/data/r/a)": "123",
    "join(', ', /data/r/a)": "1, 2, 3",
    "join('-', 'a', 'b')": "a-b",
    "substr('hello', 1, 3)": "el",
    "substr('hello', -3)": "llo",
    "substr('hello', -3, -1)": "ll",
    "substr('hello', 10)": "",
    "substring('12345', 2, 3)": "234",
    "substring('12345', 1.5, 2.6)": "234",
    "substring('12345', 0, 3)": "12",
    "substring-before('a/b/c', '/')": "a",
    "substring-after('a/b/c', '/')": "b/c",
    "substring-after('abc', 'x')": "",
    "string-length('häll')": "4",
    "normalize-space('  a   b ')": "a b",
    "translate('bar', 'abc', 'AB')": "BAr",
    "string(1.0)": "1",
    "string(true())": "true",
    "string('')": "",
    "digest('abc', 'MD5', 'hex')": "900150983cd24fb0d6963f7d28e17f72",
    "digest('abc', 'SHA-1', 'base64')": "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
    "base64-decode('aGk=')": "hi",
    "selected-at('a b c', 1)": "b",
    "selected-at('a b c', 9)": "",
    "selected-at('a b c', -1)": "",
    "count-selected('a b  c')": "3",
    "count-selected('')": "0",
    "coalesce(/data/e, 'x')": "x",
    "coalesce('', '')": "",
    "once('a')": "a",
    "version()": "7",
}
TRUTHS = {
    "contains('abc', '')": True,
    "starts-with('abc', 'ab')": True,
    "ends-with('abc', 'bc')": True,
    "boolean('false')": True,
    "boolean('')": False,
    "boolean(0)": False,
    "boolean(/data/e)": True,
    "boolean-from-string('1')": True,
    "boolean-from-string('TRUE')": False,
    "not('a')": False,
    "selected('a b c', 'b')": True,
    "selected('a b c', 'a b')": False,
    "selected('', '')": True,
    "selected('a', '')": False,
    "selected('a b', 'a b')": False,
    "regex('abc', 'b')": True,
    "regex('abc', '^[a-z]+$')": True,
    "regex('0701234567', '^[0-9]{10}$')": True,
    "regex('07012345678', '^[0-9]{10}$')": False,
    "checklist(1, 2, 0, 1, 1)": True,
    "checklist(-1, 2, 1, 1, 1)": False,
    "weighted-checklist(1, 5, 1, 3, 0, 9)": True,
    "1 = '1'": True,
    "'1.0' = '1'": False,
    "/data/n = 5": True,
    "/data/e = ''": True,
    "/data/e = 0": False,
    "/data/e != 0": True,
    "/data/e < 1": False,
    "'a' < 'b'": False,
    "'10' > '9'": True,
    "true() = 'x'": True,
    "/data/r/a = 2": True,
    "/data/r/a != 2": True,
    "/data/r/a > 3": False,
    "1 = 2 or 3 = 3": True,
    "'2020-01-02' > '2020-01-01'": True,
    "/data/d > '2020-01-01'": True,
    "today() > '2020-01-01'": True,
    "today() = date(today())": True,
    "geofence('57.75 11.95', '57.7 11.9 0 0;57.8 11.9 0 0;57.8 12.0 0 0;57.7 12.0 0 0;57.7 11.9 0 0')": True,
    "geofence('58.75 11.95', '57.7 11.9 0 0;57.8 11.9 0 0;57.8 12.0 0 0;57.7 12.0 0 0;57.7 11.9 0 0')": False,
}
DATES = {
    "/data/d + 1": "18272",
    "date('2020-01-05')": "2020-01-05",
    "date(18000)": "2019-04-14",
    "date(/data/d + 7)": "2020-01-17",
    "date('xyz')": "Invalid Date",
    "date('')": "",
    "date('2020-01-05') - date('2020-01-01')": "4",
    "decimal-date-time('2020-01-01T12:00:00Z')": "18262.5",
    "decimal-date-time('2020-01-01')": "18262",
    "decimal-time('12:00')": "0.5",
    "decimal-time('18:00:00')": "0.75",
    "decimal-time('x')": "",
    "format-date('2020-01-05', '%Y-%m-%d %e %n %y %b')": "2020-01-05 5 1 20 Jan",
    "format-date('', '%Y')": "",
    "format-date('x', '%Y')": "",
    "format-date-time('2020-01-05T10:05:09', '%H:%M:%S %h %3')": "10:05:09 10 000",
    "today()": "2026-05-31",
    "now()": "2026-05-31T14:30:00.000+00:00",
}
NODES = {
    "sum(/data/r/a)": "6",
    "sum(/data/r[a > 9]/a)": "",
    "max(/data/r/a)": "3",
    "min(/data/r/a)": "1",
    "max(1, 2, 3)": "3",
    "max(/data/e)": "",
    "count(/data/r)": "3",
    "count-non-empty(/data/r/b)": "1",
    "count(/data/r[a > 1])": "2",
    "sum(/data/r[a > 1]/a)": "5",
    "/data/r[2]/a": "2",
    "/data/r[position() = 2]/a": "2",
    "/data/r[last()]/a": "3",
    "//n": "5",
    "count(//a)": "3",
    "../n": "5",
    "./../n": "5",
    "/data/*[1]": "5",
    "count(/data/r | /data/n)": "4",
    "count(/data/r[2]/preceding-sibling::r)": "1",
    "/data/r[1]/following-sibling::r[1]/a": "2",
    "current()/../n": "5",
    "position(/data/r[2])": "2",
    "indexed-repeat(/data/r/a, /data/r, 2)": "2",
    "indexed-repeat(/data/r/a, /data/r, 9)": "",
    "instance('park')/root/item[name = 'b']/label": "B park",
    "instance('park')/root/item[name = /data/sel]/label": "B park",
    "instance('park')/root/item[2]/label": "B park",
    "count(instance('park')/root/item[kind = 'x' and name != 'a'])": "1",
    "sum(instance('park')/root/item/size)": "10",
    "pulldata('park', 'label', 'name', 'b')": "B park",
    "jr:choice-name(/data/sel, '/data/sel')": "B park",
    "join(' ', randomize(instance('park')/root/item/name, 42))": "a d c b",
    "distance('57.7 11.9 0 0;57.8 12.0 0 0')": "12617.61",
    "area('57.7 11.9 0 0;57.8 12.0 0 0;57.7 12.0 0 0;57.7 11.9 0 0')": "33062445.07",
    "if(1 > 0, 1, 2) + 1": "2",
    "if('', 'y', 'n')": "n",
    "if(/data/n > 4, 'big', 'small')": "big",
}


@pytest.mark.parametrize(
    ("expression", "expected"), [*ARITHMETIC.items(), *TEXTS.items(), *DATES.items(), *NODES.items()]
)
def test_gives(expression, expected):
    assert evaluated(expression) == expected


@pytest.mark.parametrize(("expression", "expected"), TRUTHS.items())
def test_is_true_or_false(expression, expected):
    assert evaluated(expression) == ("true" if expected else "false")


def test_chance_is_the_same_throughout_one_entry_and_differs_between_entries():
    form = Form.load(XFORM % '"once(random())"')
    one, other = form.new(now=NOW, seed="one"), form.new(now=NOW, seed="other")
    assert one.value("/data/c") == form.restore(one.data(), now=NOW).value("/data/c") != other.value("/data/c")
    assert 0 <= float(one.value("/data/c")) < 1


def test_uuid_is_a_version_4_uuid():
    text = Form.load(XFORM % '"uuid()"').new(now=NOW).value("/data/c")
    assert [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12]
    assert text[14] == "4"
