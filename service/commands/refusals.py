"""Which errors are the caller's to mend, and how they are told. Anything else is a defect and keeps its traceback."""

from __future__ import annotations

from bot.problems import InputRefused


def explain(error: Exception) -> list[str] | None:
    """The lines that tell what is wrong and what to do; None when the error is not the caller's."""
    if isinstance(error, InputRefused):
        return [str(problem) for problem in error.problems]
    from channels.api import ChannelError
    from store.errors import StoreError

    if isinstance(error, StoreError | ChannelError):
        return [str(error)]
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError) and error.statement is None:
        return [f"The database cannot be used: {error.orig} - check GENKLANG_DATABASE_URL and that it is running"]
    return None
