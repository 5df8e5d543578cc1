"""Catalogs as files: which there are, reading and writing them, their headers, and the marks of each text. What is gathered from the code lives in `extraction`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.languages import standard
from locales import plurals

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "genklang.pot"
SOURCE = "en"

DRAFT = "draft"
APPROVED = re.compile(r"approved by (?P<name>.+) (?P<day>\d{4}-\d\d-\d\d)")
# A message id with its context before it, as gettext's own files write it.
CONTEXT_END = "\N{END OF TRANSMISSION}"
_FIRST_LINE = "# Genklang's texts: "


def paths(folder: Path = FOLDER) -> dict[str, Path]:
    """The catalogs' files by language (BCP 47), in alphabetical order."""
    return {standard(path.stem): path for path in sorted(folder.glob("*.po"))}


def path_of(code: str, folder: Path = FOLDER) -> Path:
    """Where a language's catalog stands: "fa-AF" in fa_AF.po, "sv-simple" in sv-simple.po."""
    primary, _, rest = standard(code).partition("-")
    return folder / (f"{primary}_{rest}.po" if rest[:1].isupper() else f"{standard(code)}.po")


def read(path: Path) -> Catalog:
    """A catalog as it stands. Its plural rule is the one of its own header; raises ValueError where a text has too many forms."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def as_bytes(catalog: Catalog, code: str = "") -> bytes:
    """The catalog as a PO file, sorted by where the texts are said; without a `code`, the template.

    Its head says nothing of when and by what it was made, so that the same code always gives the same file; what
    translators have written there after the first line stays.
    """
    buffer = BytesIO()
    write_po(buffer, catalog, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    return f"{_head(catalog, code)}\n{buffer.getvalue().decode()}".encode()


def _head(catalog: Catalog, code: str) -> str:
    first = f"{_FIRST_LINE}{code or 'the template'}. Entries marked draft wait for a person's approval."
    lines = [first, *remark(catalog), 'msgid ""', 'msgstr ""', r'"Project-Id-Version: Genklang 1\n"']
    if code:
        lines += [rf'"Language: {path_of(code).stem}\n"', rf'"Plural-Forms: {plurals.header(code)}\n"']
    lines += [
        r'"MIME-Version: 1.0\n"',
        r'"Content-Type: text/plain; charset=utf-8\n"',
        r'"Content-Transfer-Encoding: 8bit\n"',
    ]
    return "\n".join(lines) + "\n"


def remark(catalog: Catalog) -> list[str]:
    """What translators have written at the head of a catalog, after the line that every catalog begins with."""
    lines = str(catalog.header_comment).splitlines()
    return lines[1:] if lines and lines[0].startswith(_FIRST_LINE) else []


def key(message: Message) -> str:
    """What a text is called in lists: its (singular) English sentence, after its context if it has one."""
    identity = message.id if isinstance(message.id, str) else message.id[0]
    return f"{message.context}{CONTEXT_END}{identity}" if message.context else str(identity)


def forms(message: Message) -> tuple[str, ...]:
    """The translation's forms: one, or as many as the language has plurals; empty strings where there is none."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def is_translated(message: Message) -> bool:
    return all(forms(message)) and not message.fuzzy


def texts(catalog: Catalog) -> Iterator[Message]:
    """The catalog's texts, without its header."""
    return (message for message in catalog if message.id)


def is_draft(message: Message) -> bool:
    """A text is a draft until somebody has put their name to it."""
    return not any(APPROVED.fullmatch(comment) for comment in message.user_comments)


def marked(comments: list[str], mark: str) -> list[str]:
    """A text's comments with its mark first and every earlier mark gone."""
    return [mark, *(c for c in comments if c not in (DRAFT, "approved") and not APPROVED.fullmatch(c))]
