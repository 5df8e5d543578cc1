"""What is logged of work that failed: the error and where it came from; while the database takes nothing in, once. What trouble is, `store.engines` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.engines import trouble_of

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class Complaints:
    """Work that is tried again and again while the database is in one and the same trouble complains of it the first time."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._told = ""

    def failed(self, event: str, error: Exception, **details: object) -> None:
        """Log a failure with where it came from, unless it is the trouble that was told last."""
        trouble = trouble_of(error)
        if trouble and trouble == self._told:
            return
        self._told = trouble or self._told
        self._log.error(event, exc_info=error, **details)

    def is_over(self) -> None:
        """The database has taken something in: what comes now is news."""
        self._told = ""
