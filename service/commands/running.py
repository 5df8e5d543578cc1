"""Running the service and its workers."""

from __future__ import annotations

import asyncio
import gc
import signal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import structlog

from service.commands.rooms import START_SECONDS, open_database
from service.logs import set_up_logs
from service.settings import Settings, load_settings

if TYPE_CHECKING:
    import uvicorn

ENDING: Final = (signal.SIGTERM, signal.SIGINT)
# New objects before the youngest are looked at, and how often they are before the older are.
COLLECTING: Final = (50_000, 10, 10)
log = structlog.get_logger("worker")


def serve() -> None:
    """Migrate, then serve until a signal says stop; what is under way is finished first."""
    gc.disable()  # a fifth of the start would go into looking at what stays
    from console.app import build_console, build_error_pages
    from locales import translation
    from service.web import build_app, server_of
    from service.wiring import Service

    settings = load_settings(Settings)
    set_up_logs(settings)
    with open_database(settings, patience_seconds=START_SECONDS):
        service = Service(settings)
    server: uvicorn.Server | None = None
    pages = build_console(
        service.database,
        now=service.clock.now,
        translation=translation,
        zone=ZoneInfo(settings.time_zone),
        is_stopping=lambda: server is not None and server.should_exit,
    )
    app = build_app(service, pages, build_error_pages(translation=translation, zone=ZoneInfo(settings.time_zone)))
    server = server_of(app, settings)
    service.lookout.is_stopping = lambda: server.should_exit
    spare_what_stands()
    server.run()


def spare_what_stands() -> None:
    """Let the collector begin, pass over what was loaded at the start and stays, and look less often at what comes and goes.

    What stands are modules, vocabularies and texts: most of what there is. What comes and goes are batches of a thousand
    messages in a hundred objects each; hardly any of them is part of a cycle, so that all are gone without the collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    gc.enable()


def work() -> None:
    """Run outbox and clock until a signal says stop, and end with 0 once what is under way is finished.

    A second signal ends the process at once; what it held comes back when its leases run out.
    """
    gc.disable()
    from service.wiring import Service

    settings = load_settings(Settings)
    set_up_logs(settings)
    with open_database(settings, patience_seconds=START_SECONDS):
        service = Service(settings, takes_in=False)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        service.lookout.is_stopping = stop.is_set

        def end() -> None:
            stop.set()
            for number in ENDING:
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_DFL)

        for number in ENDING:
            loop.add_signal_handler(number, end)
        async with service.running():
            log.info("worker ready")
            await stop.wait()
            log.info("worker draining")
        log.info("worker ended")

    spare_what_stands()
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(run())


def _new_loop() -> asyncio.AbstractEventLoop:
    """The quick loop where there is one, as the web server takes it too."""
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
