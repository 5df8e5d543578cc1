"""What the outbox and the desk let others see of their work. Here everybody looks away; `metrics` counts and `tracing` follows."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from channels.api import Receipt
    from channels.errors import SendError
    from store.outbox import Leased

T = TypeVar("T")
Step = Literal["lease", "render", "send", "settle"]
_NOTHING: Final[AbstractContextManager[None]] = nullcontext()


class Writing(Protocol):
    """The part of the database that the desk uses."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a work in the writer and give its result once it is committed."""

    async def write_together(self, take: Callable[[Connection, Sequence[T]], None], item: T) -> None:
        """Have one thing taken in the writer with what else waits to be taken so, and come back once it is committed."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a work that only reads."""


class Batch:
    """One batch on its way out, from the lease to the settling. Nobody watches this one."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def step(self, name: Step) -> AbstractContextManager[None]:
        """The time that one step takes, as a context."""
        return _NOTHING

    def leased(self, rows: Sequence[Leased]) -> None:
        """What the batch consists of; none is no batch."""

    def answered(self, results: Sequence[tuple[Leased, Receipt | SendError]], now: datetime) -> None:
        """How each message went on the wire."""


_UNWATCHED: Final = Batch()


class Watch:
    """Gives each batch to whoever watches it. This one gives it to nobody, which costs next to nothing."""

    def batch(self, lane: str) -> Batch:
        """A batch that is about to be leased on a lane."""
        return _UNWATCHED
