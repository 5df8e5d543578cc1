"""Structured logs on standard error. No address, token or answer is ever passed to a logger; this is the only set-up of logging.

Libraries' own lines take the same form. Of an error the log tells what and where: its words may repeat what a resident
wrote, so they are left out unless they are known to hold none.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
import warnings
from math import inf
from typing import TYPE_CHECKING, Any, Final

import structlog

from store.engines import trouble_of

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from types import TracebackType

    from service.settings import Settings

MOST_FRAMES: Final = 12
MOST_ERRORS: Final = 10
SPELL_SECONDS: Final = 60.0  # trouble that was not heard of for so long is new
# What these say comes from us or from the operating system.
PLAIN_MODULES: Final = frozenset({"store.errors", "channels.errors", "bot.problems"})


def set_up_logs(settings: Settings) -> None:
    """Write one line an event, in the settings' format and from their level on."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        Troubles(),
        tell_errors,
    ]
    if settings.traces:
        from service.tracing import trace_ids

        shared.insert(0, trace_ids)
    renderer = _renderer(settings.log_format)
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, first_line_of_the_loop, *shared[:-2]],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Troubles(),
                tell_errors,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=max(logging.WARNING, level), handlers=[handler], force=True)
    for theirs in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # it may have set up lines of its own form before
        logging.getLogger(theirs).handlers.clear()
        logging.getLogger(theirs).propagate = True
    for ours in ("channels", "service"):
        logging.getLogger(ours).setLevel(level)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that takes longer than its interval is no news
    _hear_of_the_unforeseen()


def _hear_of_the_unforeseen() -> None:
    """Have what Python itself would write to standard error, words and all, told as every other error is."""
    log = structlog.get_logger("process")

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("ended by an error", exc_info=error)

    def warned(_words: Any, category: type[Warning], filename: str, lineno: int, *_: Any) -> None:
        log.warning("warned", category=category.__name__, place=f"{filename}:{lineno}")

    sys.excepthook = ended
    threading.excepthook = lambda told: log.critical("thread ended by an error", exc_info=told.exc_value)
    sys.unraisablehook = lambda told: log.error("error in passing", exc_info=told.exc_value)
    warnings.showwarning = warned  # type: ignore[assignment]  # its words, and the line they stand in, are left out


def _renderer(form: str) -> structlog.typing.Processor:
    if form == "text" or (form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


class Troubles:
    """A processor: while the database is in one and the same trouble, whoever logs it says the first time where it came from, and then only its name."""

    def __init__(self) -> None:
        self._told: dict[tuple[Any, str], float] = {}

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        error = _error_of(event.get("exc_info"))
        if error is None or not (trouble := trouble_of(error)):
            return event
        teller, now = (event.get("logger"), trouble), time.monotonic()
        if now - self._told.get(teller, -inf) < SPELL_SECONDS:
            del event["exc_info"]
            event["error"] = _name(error)
        self._told[teller] = now
        return event


def tell_errors(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: `exc_info` becomes `error`, a text that says which errors led to each other, and where."""
    error = _error_of(event.pop("exc_info", None))
    if error is not None:
        event["error"] = "\n".join(("Traceback, the newest error first:", *_told(error)))
    return event


def _error_of(given: Any) -> BaseException | None:
    """The error in any of the forms that `exc_info` takes."""
    found = sys.exc_info() if given is True else given
    if isinstance(found, BaseException):
        return found
    return found[1] if found else None


def first_line_of_the_loop(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: asyncio goes on after its first line with the task's repr, which holds what the error said."""
    if event.get("logger") == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _told(error: BaseException) -> Iterator[str]:
    """The error and what it came from, the newest first; of several at once each."""
    seen: set[int] = set()
    causes: list[BaseException | None] = [error]
    while causes and len(seen) < MOST_ERRORS:
        cause = causes.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield _name(cause)
        for frame in traceback.extract_tb(cause.__traceback__)[-MOST_FRAMES:]:
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        if isinstance(cause, BaseExceptionGroup):
            causes += cause.exceptions
        causes.append(cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__))


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}{_words(error)}"


def _words(error: BaseException) -> str:
    """What an error says, where that is known to hold nothing of a resident's: ": …", or nothing."""
    original = getattr(error, "orig", None)  # a database's own error, whose details may be a whole row
    if original is not None:
        state = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
        return f" ({type(original).__name__} {state or ''})".replace(" )", ")")
    if isinstance(error, OSError) and error.errno is not None:
        return f": {error.strerror}"
    return f": {error}" if type(error).__module__ in PLAIN_MODULES else ""
