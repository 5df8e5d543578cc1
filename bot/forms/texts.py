"""Texts that residents read: parts of plain text and of values put in, by language. Nothing is translated here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from bot.forms.frames import Frame

Say = Callable[[Frame], str]
_NO_TEXT = "-"  # what pyxform writes where a language has no text


@dataclass(frozen=True, slots=True)
class Output:
    """A place in a text where the value of an expression is put in."""

    source: str


Parts = tuple[str | Output, ...]
Translations = Mapping[str, Parts]


def local(element: etree._Element) -> str:
    """The element's name without its namespace; "" for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def parts_of(element: etree._Element) -> Parts:
    """The parts of a label or value element, white space included: readers of the texts take it away."""
    parts: list[str | Output] = [element.text or ""]
    for child in element:
        if local(child) == "output":
            parts.append(Output(child.get("value") or child.get("ref") or ""))
        elif local(child):
            parts.append("".join(str(text) for text in child.itertext()))
        parts.append(child.tail or "")
    return tuple(part for part in parts if part != "")


def is_missing(parts: Parts) -> bool:
    """Whether a language has no text of its own there."""
    return not parts or (len(parts) == 1 and isinstance(parts[0], str) and parts[0].strip() in ("", _NO_TEXT))


def joined(runs: list[str | Say]) -> Say:
    """One function from parts."""
    if all(isinstance(run, str) for run in runs):
        fixed = "".join(run for run in runs if isinstance(run, str))
        return lambda frame: fixed
    return lambda frame: "".join(run if isinstance(run, str) else run(frame) for run in runs)


_CODE = re.compile(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)\s*$")
_BARE_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@lru_cache(maxsize=1024)
def code_of(language: str) -> str:
    """The BCP 47 code in a language's name, "Svenska (sv)" or "sv"; "und" when it has none."""
    match = _CODE.search(language)
    if match:
        return match[1]
    return language if _BARE_CODE.fullmatch(language) and language != "default" else "und"
