"""How much one address may say in an hour before it is taken for a machine: two programs that answer each other must come to rest. Kept in memory only, by hash."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field

HOUR_SECONDS = 3600.0
MOST_ALIKE = 3
LONG_CHARS = 40  # a short answer may be right for many questions; so long a one is not
MOST_ADDRESSES = 20_000


@dataclass(slots=True)
class LoopGuard:
    """Counts messages by address over the last hour, one guard per process. `most` is how many an hour are believed.

    Several processes each count their own, so that the bound is `most` times their number; it still is one.
    """

    most: int
    _heard: OrderedDict[bytes, deque[tuple[float, bytes]]] = field(default_factory=OrderedDict, repr=False)

    def is_loop(self, address: str, external_id: str, words: str, at: float) -> bool:
        """Count one message, at `at` seconds; whether it is one too many, or the same long text once too often.

        A message that the sender repeats, known by its `external_id`, counts once.
        """
        heard = self._of(address)
        while heard and heard[0][0] <= at - HOUR_SECONDS:
            heard.popleft()
        name = _digest(external_id)
        if any(known.startswith(name) for _, known in heard):
            return len(heard) > self.most
        text = _digest(words) if len(words) >= LONG_CHARS else b""
        alike = sum(1 for _, known in heard if text and known.endswith(text))
        heard.append((at, name + text))
        if len(heard) > self.most + 1:
            heard.popleft()
        return len(heard) > self.most or alike >= MOST_ALIKE

    def _of(self, address: str) -> deque[tuple[float, bytes]]:
        key = _digest(address)
        heard = self._heard.pop(key, None)
        if heard is None:
            heard = deque()
        self._heard[key] = heard
        if len(self._heard) > MOST_ADDRESSES:
            self._heard.popitem(last=False)
        return heard


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()
