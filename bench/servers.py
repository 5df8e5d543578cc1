"""The servers that take requests in, each in a process of its own: ours as it is, and the references. `python -m bench.servers KIND URL PORT`."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/sms/inbound"  # where ours listens; the references take the same requests


def ours(url: str, port: int) -> uvicorn.Server:
    """The service as `genklang serve` has it, but for the pages and for what runs beside the requests: sending is a worker's."""
    from service.commands.running import spare_what_stands
    from service.settings import Settings, load_settings
    from service.web import build_app, server_of
    from service.wiring import Service

    service = Service(load_settings(Settings).model_copy(update={"database_url": url, "port": port}))

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(service.database.close)
            for channel in service.channels.values():
                await stack.enter_async_context(channel.running(service.desk))
            yield

    app = build_app(service)
    app.router.lifespan_context = running
    spare_what_stands()
    return server_of(app, service.settings)


def row(url: str, port: int) -> uvicorn.Server:
    """The least that keeps a request: its body in one row, committed before the answer."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE request (id INTEGER PRIMARY KEY, body BLOB)")

    async def take(request: Request) -> Response:
        connection.execute("INSERT INTO request (body) VALUES (?)", (await request.body(),))
        return Response()

    return _plain(Starlette(routes=[Route(PATH, take, methods=["POST"])]), port)


def orm(url: str, port: int) -> uvicorn.Server:
    """What a FastAPI tutorial does: a SQLModel session a request, one row added and committed."""
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, event
    from sqlmodel import Field, Session, SQLModel

    class Received(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        sender: str
        body: str

    engine = create_engine(
        url, pool_size=64, pool_timeout=120, connect_args={"check_same_thread": False}
    )  # one a caller

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=30000")

    SQLModel.metadata.create_all(engine, tables=[Received.__table__])  # type: ignore[attr-defined]
    app = FastAPI()

    def session() -> Any:
        with Session(engine) as opened:
            yield opened

    @app.post(PATH)
    def take(form: dict[str, str] = Depends(_form), session: Session = Depends(session)) -> dict[str, int | None]:  # noqa: B008
        received = Received(sender=form["From"], body=form["Body"])
        session.add(received)
        session.commit()
        session.refresh(received)
        return {"id": received.id}

    return _plain(app, port)


async def _form(request: Request) -> dict[str, str]:
    return {key: str(value) for key, value in (await request.form()).items()}


def _plain(app: Any, port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False, loop="uvloop")
    )


SERVERS = {"ours": ours, "row": row, "orm": orm}

if __name__ == "__main__":
    kind, url, port = sys.argv[1:]
    SERVERS[kind](url, int(port)).run()
