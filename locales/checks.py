"""What is wrong with a translation, in words a translator understands. Writing it into a catalog is done in `filling`."""

from __future__ import annotations

import string
from collections.abc import Iterator

from babel.messages.catalog import Message

_ISOLATES = "\u2066\u2067\u2068"
_END_OF_ISOLATE = "\u2069"
_EMBEDDINGS = set("\u202a\u202b\u202c\u202d\u202e")
# How a text may end, by what the English one ends with. Whatever else it ends with is a letter or a figure.
_ENDS = {".": ".።", "?": "?؟፧", "!": "!", ":": ":፡፦", ",": ",،፣"}
_QUOTES = (("“", "”"), ("«", "»"), ("„", "“"), ("„", "”"), ("”", "”"))
_QUOTE_SIGNS = set('"“”„«»')


def places(text: str) -> frozenset[str]:
    """The {named} places of a text. Raises ValueError when its braces do not match."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def faults(message: Message, forms: tuple[str, ...], plurals: int) -> list[str]:
    """What is wrong with `forms` as the translation of a text in a language with `plurals` forms; empty when nothing is."""
    wanted = plurals if isinstance(message.id, tuple | list) else 1
    if len(forms) != wanted:
        return [f"needs {wanted} form(s), has {len(forms)}"]
    return [fault for form in forms for fault in _faults(message, form)]


def _faults(message: Message, form: str) -> Iterator[str]:
    english = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    if not form.strip():
        yield "is empty"
        return
    yield from _place_faults(english, form)
    if form != form.strip() and english[0] == english[0].strip():
        yield "begins or ends with white space"
    if not are_isolates_balanced(form):
        yield "opens and closes direction marks unevenly"
    if not _is_quoted_well(form, english[0]):
        yield "has quotation marks that do not match"
    if _end(form) != _end(english[-1]):
        yield f"ends with {form[-1]!r} where the English text ends with {english[-1][-1]!r}"


def _place_faults(english: tuple[str, ...], form: str) -> Iterator[str]:
    wanted = frozenset().union(*map(places, english))
    may_lack = {"count", "n"} if len(english) > 1 else set()
    try:
        found = places(form)
    except ValueError as error:
        yield f"has braces that do not match ({error})"
        return
    if wanted - may_lack - found:
        yield f"lacks {sorted(wanted - may_lack - found)}"
    if found - wanted:
        yield f"fills in {sorted(found - wanted)}, which the English text does not"


def are_isolates_balanced(text: str) -> bool:
    """Each isolate is closed again, and no older direction marks are used (UAX #9 asks for isolates instead)."""
    depth = 0
    for character in text:
        depth += (character in _ISOLATES) - (character == _END_OF_ISOLATE)
        if depth < 0 or character in _EMBEDDINGS:
            return False
    return depth == 0


def _is_quoted_well(form: str, english: str) -> bool:
    """Quotation marks come in pairs of one kind, at least where English has them; straight ones only there.

    A script without capitals may quote the name of a button.
    """
    signs = [character for character in form if character in _QUOTE_SIGNS]
    pairs = list(zip(signs[::2], signs[1::2], strict=False))
    wanted = sum(1 for character in english if character in _QUOTE_SIGNS)
    if len(signs) % 2 or len(signs) < wanted or ('"' in signs and not wanted):
        return False
    return all(pair == ('"', '"') or pair in _QUOTES for pair in pairs)


def _end(text: str) -> str:
    last = text.rstrip(" \u2066\u2067\u2068\u2069\u200e\u200f")[-1:]
    return next((sign for sign, ends in _ENDS.items() if last in ends), "")
