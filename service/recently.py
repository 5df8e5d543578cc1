"""Conversations that were just being held, kept open in memory. The database alone says where they stand; see `Recently.take`."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from bot.dialogues import Dialogue, Turn
    from bot.forms import Entry, Form

MOST: Final = 1000
LASTING: Final = timedelta(minutes=10)


class _Kept(NamedTuple):
    """A dialogue and its open form, with what both were written down as, and when."""

    written: str
    dialogue: Dialogue
    entry: Entry
    at: datetime

    def __repr__(self) -> str:
        """Without what was said."""
        return f"_Kept(at={self.at!r})"


class Recently:
    """Who answers, mostly answers again within minutes: their form need not be read and worked out anew.

    Used in the writer's thread alone. What is kept is dropped after some minutes, when the next turn is kept.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def take(
        self, participation_id: int, form: Form, written: str | None
    ) -> tuple[Dialogue, Entry] | tuple[None, None]:
        """The dialogue that was written down so, and its form, given away since a turn changes it.

        Nothing where the database says otherwise than what was kept: a turn was undone, or somebody else took one.
        """
        kept = self._kept.pop(participation_id, None)
        if kept is None or kept.entry.form is not form or kept.written != written:
            return None, None
        return kept.dialogue, kept.entry

    def keep(self, participation_id: int, turn: Turn, written: str, now: datetime) -> None:
        """Keep a turn with what it was written down as."""
        if turn.entry is None:
            return
        self._kept[participation_id] = _Kept(written, turn.dialogue, turn.entry, now)
        while len(self._kept) > MOST or next(iter(self._kept.values())).at < now - LASTING:
            self._kept.popitem(last=False)
