"""Who stands for a translation: approving drafts, and how far each language has come. Where the marks stand is decided in `catalogs`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from babel.messages.catalog import Message

from locales.catalogs import FOLDER, as_bytes, forms, is_draft, is_translated, key, marked, paths, read, texts


class NotApprovable(Exception):
    """Some texts cannot be approved: they are not in the catalog, or have no translation yet. The message lists them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a language has come. `length` is that of its translations as a share of the English texts'."""

    code: str
    texts: int
    translated: int
    drafts: int
    length: float


def approve(code: str, name: str, day: date, wanted: Collection[str] | None = None, folder: Path = FOLDER) -> int:
    """Put a person's name to drafts of a language: `wanted` by `catalogs.key` or English sentence, None for all that are translated.

    Gives how many texts were drafts before. The name stands in the catalog for everybody to read.
    Raises NotApprovable, and changes nothing, when one of `wanted` cannot be approved; ValueError without a name.
    """
    name = " ".join(name.split())
    if not name:
        raise ValueError("an approval needs a name")
    path = paths(folder)[code]
    catalog = read(path)
    chosen = [m for m in texts(catalog) if is_translated(m) and (wanted is None or _is_wanted(m, wanted))]
    missing = set(wanted or ()) - {called for message in chosen for called in _calls(message)}
    if missing:
        raise NotApprovable(f"{code} has no translation of: " + "; ".join(sorted(missing)))
    approved = [message for message in chosen if is_draft(message)]
    for message in approved:
        message.user_comments = marked(message.user_comments, f"approved by {name} {day.isoformat()}")
    path.write_bytes(as_bytes(catalog, code))
    return len(approved)


def progress(folder: Path = FOLDER) -> list[Progress]:
    """How far each catalog has come, in alphabetical order."""
    return [_progress(code, list(texts(read(path)))) for code, path in paths(folder).items()]


def _progress(code: str, messages: list[Message]) -> Progress:
    done = [message for message in messages if is_translated(message)]
    own = sum(len(forms(message)[-1]) for message in done)
    english = sum(len(message.id if isinstance(message.id, str) else message.id[-1]) for message in done)
    drafts = sum(1 for message in done if is_draft(message))
    return Progress(code, len(messages), len(done), drafts, own / english if english else 0.0)


def _is_wanted(message: Message, wanted: Collection[str]) -> bool:
    return any(called in wanted for called in _calls(message))


def _calls(message: Message) -> tuple[str, ...]:
    """The full key, or the English sentence alone."""
    return key(message), key(message).rpartition("\N{END OF TRANSMISSION}")[2]
