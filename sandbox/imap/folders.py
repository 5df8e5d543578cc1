"""What lies in the mailbox: folders of letters, and how they are named by their UIDs. Who may ask for them lives in `sessions`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Letter:
    """One message in a folder."""

    uid: int
    data: bytes
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Folder:
    """Messages in the order in which they came; a UID is never given again."""

    letters: list[Letter] = field(default_factory=list)
    next_uid: int = 1

    def add(self, data: bytes) -> Letter:
        letter = Letter(self.next_uid, data)
        self.next_uid += 1
        self.letters.append(letter)
        return letter

    def matching(self, uids: str) -> list[tuple[int, Letter]]:
        """The letters of a set of UIDs ("1", "2:5", "1,4:*"), with their places."""
        wanted: set[int] = set()
        last = self.letters[-1].uid if self.letters else 0
        for part in uids.split(","):
            first, _, end = part.partition(":")
            ends = [last if bound == "*" else int(bound) for bound in (first, end or first)]
            wanted |= set(range(min(ends), max(ends) + 1))
        return [(place, letter) for place, letter in enumerate(self.letters, 1) if letter.uid in wanted]
