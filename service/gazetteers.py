"""The places that answers may name, handed to the engine and renewed when an import changes them. Looking them up lives in `bot.understanding`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.understanding.places import Gazetteer
from store.places import load_places, places_mark

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.engine import Engine

log = structlog.get_logger("places")


class PlaceWatch:
    """Keeps an engine's places as the store has them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mark = (0, 0)

    def look(self, connection: Connection) -> None:
        """Load the places anew if they were changed since the last look."""
        mark = places_mark(connection)
        if mark == self._mark:
            return
        places = load_places(connection)
        self._engine.places = Gazetteer.build(places)
        self._mark = mark
        log.info("places loaded", places=len(places))
