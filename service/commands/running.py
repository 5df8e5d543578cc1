"""Running the service and its workers."""

from __future__ import annotations

import asyncio
import signal
from zoneinfo import ZoneInfo

from service.commands.rooms import open_database
from service.logs import set_up_logs
from service.settings import Settings, load_settings


def serve() -> None:
    """Migrate, then serve until a signal says stop; what is under way is finished first."""
    import uvicorn

    from console.app import build_console, build_error_pages
    from locales import translation
    from service.web import build_app
    from service.wiring import Service

    settings = load_settings(Settings)
    set_up_logs(settings)
    with open_database(settings):
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
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,  # personal links carry their token in the path
            timeout_graceful_shutdown=20,
            proxy_headers=True,
        )
    )
    service.lookout.is_stopping = lambda: server.should_exit
    server.run()


def work() -> None:
    """Run outbox and clock until a signal says stop."""
    from service.wiring import Service

    settings = load_settings(Settings)
    set_up_logs(settings)
    with open_database(settings):
        service = Service(settings, takes_in=False)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with service.running():
            await stop.wait()

    asyncio.run(run())
