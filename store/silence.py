"""A connection to PostgreSQL that does not wait for ever. How long each kind of work waits is decided in `postgres`.

The kernels at both ends notice a way that swallows everything, but not one that still acknowledges every byte and passes none on:
a proxy, a load balancer or a tunnel whose other side is gone, a server whose disk has stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.errors import _WaitTimeout

_INTERVAL = 0.1  # the driver's own: how often it looks for Ctrl-C


class Bounded(psycopg.Connection[Any]):
    """Gives itself up when the server leaves a statement, or a COMMIT, without an answer for `patience_seconds`; None waits.

    Whoever waits hears the driver's `OperationalError`, as of any lost connection, and `on_silence` is called. `is_pooled` says that
    a pooler stands between: one transaction's server is not the next one's.
    """

    patience_seconds: float | None = None
    is_pooled = False
    on_silence: Callable[[], None] | None = None

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:
        """What the server answers."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience_seconds)
        except _WaitTimeout:
            self.pgconn.finish()  # whatever comes now would be taken for the answer to something else
            if self.on_silence is not None:
                self.on_silence()
            raise psycopg.OperationalError(
                f"the server has not answered for {self.patience_seconds:g} s: the connection was given up"
            ) from None
