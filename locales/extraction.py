"""Gathering the texts to translate from the code and the pages into the template, and carrying the catalogs along. Reading them lives in the package."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from locales import FOLDER, SOURCE, TEMPLATE

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
# The template says nothing of when it was made, so that the same code always gives the same file.
EMPTY_HEADERS = tuple(
    f'"{name}:'.encode()
    for name in (
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def extract(root: Path = FOLDER.parent) -> Catalog:
    """Every text in the code and pages under `root`, with the files that say it."""
    template = Catalog(project="Genklang", version="1", charset="utf-8", creation_date=MADE_AT, fuzzy=False)
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
    """Write the template anew and bring each catalog to it. Gives how many texts each catalog still lacks."""
    template = extract(root)
    (folder / TEMPLATE.name).write_bytes(as_bytes(template))
    lacking = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.stem.replace("-", "_"))
        for message in catalog.obsolete.values():  # a text that comes back is not translated twice
            catalog[message.id] = message
        catalog.obsolete.clear()
        catalog.update(deepcopy(template), no_fuzzy_matching=True, update_creation_date=False)
        for key in [key for key, message in catalog.obsolete.items() if not _is_translated(message.string)]:
            del catalog.obsolete[key]
        if path.stem == SOURCE:
            _speak_for_itself(catalog)
        path.write_bytes(as_bytes(catalog))
        lacking[path.stem] = sum(1 for message in catalog if message.id and not _is_translated(message.string))
    return lacking


def _speak_for_itself(catalog: Catalog) -> None:
    """English is the language of the code: each text is its own translation, and none is kept that is no longer said."""
    catalog.obsolete.clear()
    for message in catalog:
        if message.id:
            message.string = message.id


def as_bytes(catalog: Catalog) -> bytes:
    """The catalog as a PO file, sorted by where the texts are said."""
    buffer = BytesIO()
    catalog.creation_date = catalog.revision_date = MADE_AT
    catalog.header_comment = f"# Genklang's texts: {catalog.locale_identifier or 'the template'}. Entries marked draft wait for a person's approval."
    write_po(buffer, catalog, width=120, sort_by_file=True, include_lineno=False)
    return b"".join(line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(EMPTY_HEADERS))


def _is_translated(string: Any) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in METHODS and path.is_file() and (path.suffix == ".py" or "templates" in path.parts):
                yield path
