"""Gathering the texts to translate from the code and the pages into the template, and carrying the catalogs along. Reading them lives in the package."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file

from locales.catalogs import (
    DRAFT,
    FOLDER,
    SOURCE,
    TEMPLATE,
    as_bytes,
    is_draft,
    is_translated,
    marked,
    paths,
    read,
    texts,
)

PACKAGES = ("bot", "campaigns", "channels", "console", "service")
KEYWORDS: dict[str, Any] = {
    "gettext": None,
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    ".py": ("python", {}),
    ".html": ("jinja2.ext:babel_extract", {"extensions": "jinja2.ext.i18n", "silent": "false"}),
    ".txt": ("jinja2.ext:babel_extract", {"extensions": "jinja2.ext.i18n", "silent": "false"}),
}


def extract(root: Path = FOLDER.parent) -> Catalog:
    """Every text in the code and pages under `root`, with the files that say it."""
    template = Catalog(project="Genklang", version="1", charset="utf-8", fuzzy=False)
    for path in _sources(root):
        method, options = METHODS[path.suffix]
        found = extract_from_file(
            method,
            str(path),
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            options=options,
            strip_comment_tags=True,
        )
        for _, message, comments, context in found:
            template.add(
                message, locations=[(path.relative_to(root).as_posix(), 0)], auto_comments=comments, context=context
            )
    return template


def refresh(root: Path = FOLDER.parent, folder: Path = FOLDER) -> dict[str, int]:
    """Write the template anew and bring each catalog to it. Gives how many texts each catalog still lacks.

    A translation that nobody has put their name to is marked as a draft.
    """
    template = extract(root)
    (folder / TEMPLATE.name).write_bytes(as_bytes(template))
    lacking = {}
    for code, path in paths(folder).items():
        catalog = read(path)
        bring_up(catalog, template)
        if code == SOURCE:
            _speak_for_itself(catalog)
        for message in texts(catalog):
            if is_draft(message):
                message.user_comments = marked(message.user_comments, DRAFT)
        path.write_bytes(as_bytes(catalog, code))
        lacking[code] = sum(1 for message in texts(catalog) if not is_translated(message))
    return lacking


def bring_up(catalog: Catalog, template: Catalog) -> None:
    """Give a catalog the template's texts. Translations of texts that are no longer said are kept aside."""
    head = catalog.header_comment
    for message in catalog.obsolete.values():  # a text that comes back is not translated twice
        catalog[message.id] = message
    catalog.obsolete.clear()
    catalog.update(deepcopy(template), no_fuzzy_matching=True, update_creation_date=False)
    catalog.header_comment = head
    for key in [key for key, message in catalog.obsolete.items() if not is_translated(message)]:
        del catalog.obsolete[key]


def _speak_for_itself(catalog: Catalog) -> None:
    """English is the language of the code: each text is its own translation, and none is kept that is no longer said."""
    catalog.obsolete.clear()
    for message in texts(catalog):
        message.string = message.id


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in METHODS and path.is_file() and (path.suffix == ".py" or "templates" in path.parts):
                yield path
