"""Functions of chance, which is the same at every look into one entry. The order that they make lives in `shuffling`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.forms.codes import Code, Special, View, nodes
from bot.forms.expressions import Call
from bot.forms.shuffling import seed_of, shuffled

if TYPE_CHECKING:
    from bot.forms.compiler import Compiler


def _random(compiler: Compiler, tree: Call, view: View) -> Code:
    compiler.reads.has_chance = True
    frame, node = view.frame, compiler.node
    return Code("number", lambda c: frame(c).entry.chance(frame(c), node, tree.at) / 2.0**128)


def _uuid(compiler: Compiler, tree: Call, view: View) -> Code:
    compiler.reads.has_chance = True
    frame, node = view.frame, compiler.node
    if tree.arguments:
        length = compiler.number(compiler.code(tree.arguments[0], view))
        return Code("string", lambda c: _letters(frame(c).entry.chance(frame(c), node, tree.at), length(c)))
    return Code("string", lambda c: _uuid_text(frame(c).entry.chance(frame(c), node, tree.at)))


_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _letters(chance: int, length: float) -> str:
    wanted = int(length) if length == length and 0 < length <= 64 else 0
    found = ""
    while len(found) < wanted:
        chance, rest = divmod(chance * 6364136223846793005 + 1442695040888963407, len(_ALPHABET))
        chance &= (1 << 128) - 1
        found += _ALPHABET[rest]
    return found


def _uuid_text(chance: int) -> str:
    """A version 4 UUID (RFC 4122) made of 128 bits."""
    bits = (chance & ~(0xF << 76) | (4 << 76)) & ~(0x3 << 62) | (2 << 62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _randomize(compiler: Compiler, tree: Call, view: View) -> Code:
    code = compiler.nodes_of(tree, view)
    run, frame, node = code.run, view.frame, compiler.node
    if len(tree.arguments) == 2:
        given = compiler.code(tree.arguments[1], view)
        seed, text = compiler.number(given), compiler.string(given)
        return nodes(lambda c: shuffled(run(c), seed_of(seed(c), text(c))), code.targets, is_elements=code.is_elements)
    compiler.reads.has_chance = True
    return nodes(
        lambda c: shuffled(run(c), frame(c).entry.chance(frame(c), node, tree.at) % 2147483647),
        code.targets,
        is_elements=code.is_elements,
    )


FORMS: dict[str, Special] = {
    "random": (0, 0, _random),
    "uuid": (0, 1, _uuid),
    "randomize": (1, 2, _randomize),
}
