"""Which texts are expressions, and how it is told when they are not."""

import pytest

from bot.forms.expressions import Binary, Call, Number, Path, parse
from bot.forms.tokens import XPathError


def test_names_of_operators_are_names_where_a_name_stands():
    tree = parse("div div mod")
    assert isinstance(tree, Binary)
    assert tree.operator == "div"
    assert isinstance(tree.left, Path)


def test_star_multiplies_after_an_operand_and_selects_elsewhere():
    tree = parse("* * 2")
    assert isinstance(tree, Binary)
    assert isinstance(tree.left, Path)
    assert tree.right == Number(2.0)


def test_a_hyphen_belongs_to_a_name_without_spaces():
    assert isinstance(parse("a-b"), Path)
    assert isinstance(parse("a - b"), Binary)


def test_operators_bind_as_in_xpath():
    tree = parse("1 = 2 or 3 < 4 and 5 + 6 * 7 > 0")
    assert isinstance(tree, Binary)
    assert tree.operator == "or"
    assert isinstance(tree.right, Binary)
    assert tree.right.operator == "and"


def test_prefixed_functions_are_calls():
    tree = parse("jr:choice-name(/data/a, '/data/a')")
    assert isinstance(tree, Call)
    assert tree.name == "jr:choice-name"


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("", 0),
        ("1 +", 3),
        ("(1", 2),
        ("1 2", 2),
        ("'open", 0),
        ("a[1", 3),
        ("f(1,", 4),
        ("a b", 2),
        ("/data/", 6),
        ("#", 0),
        ("$x", 0),
        ("nowhere::a", 0),
        ("${left}", 0),
    ],
)
def test_the_fault_is_pointed_at(source, at):
    with pytest.raises(XPathError) as refused:
        parse(source)
    assert refused.value.at == at


def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack():
    with pytest.raises(XPathError, match="nested"):
        parse("(" * 5000 + "1" + ")" * 5000)


def test_long_chains_are_no_nesting():
    assert parse(" + ".join(["1"] * 200))


def test_chains_have_an_end():
    with pytest.raises(XPathError, match="operators"):
        parse(" + ".join(["1"] * 5000))
