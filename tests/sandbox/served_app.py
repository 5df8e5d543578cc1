"""An application on a real socket of this machine, for tests that need a browser or a client of their own."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Thread

import uvicorn


@contextmanager
def served(app, *, lifespan="off"):
    """The address of an application that runs in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan=lifespan))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
