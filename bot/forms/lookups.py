"""Functions that look up what the form carries: its lists, the names of choices, its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.forms.codes import Code, Special, View, nodes
from bot.forms.expressions import Call, Literal, parse
from bot.forms.tokens import XPathError

if TYPE_CHECKING:
    from bot.forms.compiler import Compiler


def _instance(compiler: Compiler, tree: Call, view: View) -> Code:
    name = tree.arguments[0]
    if not isinstance(name, Literal):
        raise XPathError("instance() takes the list's name in quotation marks", tree.at)
    element = compiler.model.instances.get(name.text)
    if element is None:
        known = ", ".join(sorted(compiler.model.instances)) or "none"
        raise XPathError(f"there is no list {name.text!r} (lists: {known})", tree.at)
    return nodes(lambda c: [element], (), is_elements=True, is_single=True, text=lambda c: element.value())


def _pulldata(compiler: Compiler, tree: Call, view: View) -> Code:
    source, wanted, by = tree.arguments[:3]
    if not isinstance(source, Literal) or source.text not in compiler.model.instances:
        raise XPathError(
            "pulldata() reads another file, which cannot be carried; put the rows on the choices sheet", tree.at
        )
    items = [row for root in compiler.model.instances[source.text].children for row in root.children]
    column, key_column, key = (compiler.string(compiler.code(part, view)) for part in (wanted, by, tree.arguments[3]))

    def run(c: Any) -> str:
        name, key_name, value = column(c), key_column(c), key(c)
        for row in items:
            found = row.by_name.get(name)
            if found and any(child.value() == value for child in row.by_name.get(key_name, ())):
                return found[0].value()
        return ""

    return Code("string", run)


def _choice_name(compiler: Compiler, tree: Call, view: View) -> Code:
    value = compiler.string(compiler.code(tree.arguments[0], view))
    where = tree.arguments[1]
    if not isinstance(where, Literal):
        raise XPathError(
            "jr:choice-name() takes the question in quotation marks: jr:choice-name(${q}, '${q}')", tree.at
        )
    before = compiler.reads.values.copy()
    code = compiler.code(parse(where.text), view)
    compiler.reads.values = before
    if not code.targets:
        raise XPathError(f"jr:choice-name(): {where.text.strip()!r} is no question", tree.at)
    names = compiler.model.choice_names(code.targets[0])
    compiler.model.named.append((compiler.reads, code.targets[0]))
    compiler.reads.is_translated = True
    frame = view.frame
    return Code("string", lambda c: names(frame(c), value(c)))


def _itext(compiler: Compiler, tree: Call, view: View) -> Code:
    key = tree.arguments[0]
    compiler.reads.is_translated = True
    frame = view.frame
    if isinstance(key, Literal):
        text = compiler.model.itext(key.text, compiler.node)
        return Code("string", lambda c: text(frame(c)))
    keyed, model, node = compiler.string(compiler.code(key, view)), compiler.model, compiler.node
    return Code("string", lambda c: model.itext(keyed(c), node)(frame(c)))


FORMS: dict[str, Special] = {
    "instance": (1, 1, _instance),
    "pulldata": (4, 4, _pulldata),
    "jr:choice-name": (2, 2, _choice_name),
    "jr:itext": (1, 1, _itext),
}
