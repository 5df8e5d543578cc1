"""Telling that receivers block us: what only a person can mend, and no resident's fault. What counts as a block is said in `campaigns.bounces`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import structlog

from campaigns.bounces import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger("blocks")


def is_block(reason: str) -> bool:
    """Whether a message failed for our own standing with its receiver."""
    return kind_of(reason) == "block"


def warn_of_blocks(lane: str, reasons: Iterable[str]) -> None:
    """Log, once for each reason, that messages of a lane are turned away as unwanted."""
    for reason, count in sorted(Counter(reason for reason in reasons if is_block(reason)).items()):
        log.error("receivers block us", lane=lane, reason=reason, messages=count)
