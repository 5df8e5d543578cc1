"""A translator's work list into a catalog: texts by their English sentence are checked and written as drafts. Approving them is done in `approval`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from locales import plurals
from locales.catalogs import (
    DRAFT,
    FOLDER,
    TEMPLATE,
    as_bytes,
    forms,
    is_translated,
    key,
    marked,
    path_of,
    paths,
    read,
    texts,
)
from locales.checks import faults
from locales.extraction import bring_up


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of a work list: how many texts were written and still lack; what was refused, by text."""

    written: int
    lacking: int
    refused: Mapping[str, str]


def fill(code: str, work: Mapping[str, Any], remark: str = "", folder: Path = FOLDER) -> Filled:
    """Write translations into a language's catalog as drafts, making the catalog if there is none.

    `work` maps an English sentence (the singular; after its context and U+0004 if it has one) to its translation, or to
    the list of its plural forms. A text that is approved and comes unchanged stays approved. What is unknown or wrong
    is refused and the rest written. `remark` replaces what stands at the head of the catalog. Raises KeyError for a
    language without a plural rule.
    """
    catalog = read(path_of(code, folder)) if code in paths(folder) else _blank(code, folder)
    by_key = {key(message): message for message in texts(catalog)}
    refused = {}
    written = 0
    for called, told in work.items():
        given = (told,) if isinstance(told, str) else tuple(told)
        message = by_key.get(called)
        wrong = ["no such text"] if message is None else faults(message, given, catalog.num_plurals)
        if message is None or wrong:
            refused[called] = "; ".join(wrong)
        elif forms(message) != given:
            message.string = given[0] if isinstance(message.id, str) else given
            message.user_comments = marked(message.user_comments, DRAFT)
            written += 1
    if remark:
        first = str(catalog.header_comment).splitlines()[0]
        catalog.header_comment = "\n".join([first, *(f"# {line}" for line in remark.splitlines())])
    path_of(code, folder).write_bytes(as_bytes(catalog, code))
    lacking = sum(1 for message in texts(catalog) if not is_translated(message))
    return Filled(written, lacking, refused)


def lacks(code: str, folder: Path = FOLDER) -> dict[str, str | list[str]]:
    """The work list of a language: each text that has no translation, by its key, with the English text to put it in place of."""
    catalog = read(path_of(code, folder)) if code in paths(folder) else _blank(code, folder)
    empty = [message for message in texts(catalog) if not is_translated(message)]
    return {key(message): message.id if isinstance(message.id, str) else list(message.id) for message in empty}


def _blank(code: str, folder: Path) -> Catalog:
    catalog = Catalog()
    catalog.header_comment = "# Genklang's texts: "
    catalog.mime_headers = [("Plural-Forms", plurals.header(code))]
    with (folder / TEMPLATE.name).open("rb") as file:
        bring_up(catalog, read_po(file))
    return catalog
