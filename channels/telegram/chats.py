"""How fast one chat is written to: about a message a second in the long run, as Telegram asks. The bot's own rate belongs to its lane."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

CHAT_SECONDS: Final = 1.0  # Bot FAQ: no more than one message a second in a chat; short bursts may pass
BURST: Final = 20  # a resident who answers by quick presses is answered as quickly
REMEMBERED: Final = 10_000


class Chats:
    """When each chat's allowance is full again (GCRA), for the chats that were written to last."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._full_at: OrderedDict[int, float] = OrderedDict()

    def wait_seconds(self, chat: int) -> float:
        """How long the chat has to be left alone before another message; 0 when none."""
        debt = self._full_at.get(chat, 0.0) - self._now()
        return max(0.0, debt - (BURST - 1) * CHAT_SECONDS)

    def wrote(self, chat: int) -> None:
        """Note that a message goes to the chat."""
        now = self._now()
        self._full_at[chat] = max(now, self._full_at.pop(chat, 0.0)) + CHAT_SECONDS
        while len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)

    def is_busy(self, chat: int) -> bool:
        """Whether more than one message has gone there lately, so that a refusal may well be about this chat."""
        return self._full_at.get(chat, 0.0) - self._now() > CHAT_SECONDS
