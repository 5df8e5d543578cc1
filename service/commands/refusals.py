"""Which errors are the caller's to mend, and how they are told. Anything else is a defect and keeps its traceback."""

from __future__ import annotations

from errno import EACCES, EDQUOT, ENOSPC, EROFS

from bot.problems import InputRefused

NO_PLACE = (ENOSPC, EDQUOT, EROFS, EACCES)


def explain(error: Exception) -> list[str] | None:
    """The lines that tell what is wrong and what to do; None when the error is not the caller's."""
    if isinstance(error, InputRefused):
        return [str(problem) for problem in error.problems]
    from channels.errors import ChannelError
    from store.errors import StoreError

    if isinstance(error, StoreError | ChannelError):
        return [str(error)]
    if isinstance(error, OSError) and error.errno in NO_PLACE:
        return [f"{error.filename or 'A file'} cannot be written: {error.strerror} - make room, or name another place"]
    from sqlalchemy.exc import OperationalError

    from store.engines import trouble_of

    if (trouble := trouble_of(error)) not in ("", "no connection"):
        return [f"The database takes nothing in: {trouble} - mend that (genklang doctor), then run the command again"]
    if isinstance(error, OperationalError) and error.statement is None:
        return [f"The database cannot be used: {error.orig} - check GENKLANG_DATABASE_URL and that it is running"]
    return None
