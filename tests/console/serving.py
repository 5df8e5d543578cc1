"""The pages on a real socket, for browsers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from console.app import build_error_pages


@contextmanager
def served(routes: Sequence[BaseRoute], leave: Callable[[], None] = lambda: None) -> Iterator[str]:
    """The address of a server that answers until the end of the block; `leave` is called before it stops."""
    app = Starlette(routes=list(routes), exception_handlers=dict(build_error_pages()))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            leave()
            server.should_exit = True
            thread.join()
