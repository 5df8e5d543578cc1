"""Sending a batch over a wire that takes single messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from channels.api import Heard, Outbound, Receipt
from channels.errors import SendError, TooLate, TryLater


async def send_each(
    batch: Sequence[Outbound],
    send_one: Callable[[Outbound], Awaitable[Receipt]],
    concurrency: int,
    until: float,
    heard: Heard | None,
) -> list[Receipt | SendError]:
    """Send a batch one by one, at most `concurrency` at a time, for channels whose wire takes single messages; else as `Channel.send`.

    When the provider asks to be left alone for a while, nothing more of the batch is begun: it shares that wish.
    """
    outcomes: list[Receipt | SendError | None] = [None] * len(batch)
    waiting = iter(enumerate(batch))
    wish: SendError | None = None

    async def work() -> None:
        nonlocal wish
        for place, outbound in waiting:
            if wish is not None:
                outcomes[place] = TryLater(wish.reason, after_seconds=wish.after_seconds)
                continue
            if monotonic() >= until:
                outcomes[place] = TooLate()
                continue
            try:
                outcomes[place] = receipt = await send_one(outbound)
            except SendError as error:
                outcomes[place] = error
                if isinstance(error, TryLater) and error.concerns == "lane" and error.after_seconds:
                    wish = error
            else:
                if heard is not None:
                    heard(receipt)

    await asyncio.gather(*(work() for _ in range(min(concurrency, len(batch)))))
    return [outcome for outcome in outcomes if outcome is not None]
