"""What a form must be to be loaded, and what is refused by name."""

import pytest

from bot.forms import Form
from bot.problems import InputRefused
from tests.bot.forms.surveys import xform


def refusals(source: str) -> str:
    with pytest.raises(InputRefused) as refused:
        Form.load(source)
    return str(refused.value)


REFUSED = {
    "no xml": ("<a", "well-formed"),
    "no form": ("<a/>", "no model"),
    "doctype": ('<!DOCTYPE a [<!ENTITY b "c">]>' + xform(), "document type"),
    "unknown node": (xform(model='<bind nodeset="/data/b"/>'), "/data/b"),
    "syntax": (xform(model='<bind nodeset="/data/a" relevant="1 +"/>'), "a, relevant"),
    "unknown function": (xform(model='<bind nodeset="/data/a" calculate="coalesc(1, 2)"/>'), "closest is coalesce()"),
    "refused function": (xform(model="""<bind nodeset="/data/a" calculate="property('x')"/>"""), "property()"),
    "arity": (xform(model='<bind nodeset="/data/a" calculate="count()"/>'), "takes 1 arguments, not 0"),
    "unknown path": (xform("<a/><age/>", model='<bind nodeset="/data/a" relevant="/data/agee = 1"/>'), "closest is 'age'"),
    "beyond the root": (xform(model='<bind nodeset="/data/a" relevant="../../../x = 1"/>'), "out of the form"),
    "unknown list": (xform(model="""<bind nodeset="/data/a" calculate="instance('x')/root/item/name"/>"""), "'x'"),
    "pulldata": (xform(model="""<bind nodeset="/data/a" calculate="pulldata('f', 'a', 'b', 'c')"/>"""), "another file"),
    "bad pattern": (xform(model="""<bind nodeset="/data/a" constraint="regex(., '[')"/>"""), "no regular expression"),
    "attribute": (xform(model='<bind nodeset="/data/a" calculate="/data/@id"/>'), "attributes"),
    "own relevance": (xform(model='<bind nodeset="/data/a" relevant=". = 1"/>'), "circle"),
    "circle": (
        xform("<a/><b/>", '<bind nodeset="/data/a" calculate="../b"/><bind nodeset="/data/b" calculate="../a"/>'),
        "circle: a → b",
    ),
    "upload": (xform(model='<bind nodeset="/data/a" type="binary"/>', body='<upload ref="/data/a"/>'), "picture, sound or file"),
    "barcode": (xform(model='<bind nodeset="/data/a" type="barcode"/>'), "barcode"),
    "geotrace": (xform(model='<bind nodeset="/data/a" type="geotrace"/>'), "line on a map"),
    "control": (xform(body='<secret ref="/data/a"/>'), "secret"),
    "metadata": (xform(model='<bind nodeset="/data/a" jr:preload="context" jr:preloadParams="UserName"/>'), "UserName"),
    "external list": (xform(model='<instance id="x" src="jr://file-csv/x.csv"/>'), "another file"),
    "location action": (xform(model='<odk:setgeopoint ref="/data/a" event="odk-instance-first-load"/>'), "setgeopoint"),
    "empty range": (xform(body='<range ref="/data/a" start="1" end="5"/>'), "no whole range"),
    "media": (
        xform(model='<itext><translation lang="sv"><text id="x"><value form="image">jr://images/a.png</value></text>'
              "</translation></itext>"),
        "image",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_by_name(case):
    source, told = REFUSED[case]
    assert told in refusals(source)


def test_every_problem_is_told_at_once():
    told = refusals(
        xform("<a/><b/>", '<bind nodeset="/data/a" relevant="("/><bind nodeset="/data/b" calculate="nix()"/>')
    )
    assert "a, relevant" in told
    assert "b, calculate" in told


def test_long_chains_of_calculations_load():
    nodes = "<a/>" + "".join(f"<c{i}/>" for i in range(600))
    binds = "".join(
        f'<bind nodeset="/data/c{i}" calculate="../{"a" if i == 599 else f"c{i + 1}"} + 1"/>' for i in range(600)
    )
    assert len(Form.load(xform(nodes, binds)).units) == 600


def test_a_form_without_languages_has_one():
    form = Form.load(xform())
    assert form.languages == ("default",)
    assert form.codes() == ("und",)
    assert form.language("sv") == "default"


def test_choices_may_stand_in_the_body(now):
    items = "".join(f"<item><label>{v.upper()}</label><value>{v}</value></item>" for v in "xy")
    entry = Form.load(xform(body=f'<select1 ref="/data/a"><label>A</label>{items}</select1>')).new(now=now)
    assert [(c.value, c.label) for c in entry.choices("/data/a", "default")] == [("x", "X"), ("y", "Y")]
    assert not entry.set("/data/a", "z").ok
