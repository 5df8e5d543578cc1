"""What the Bot API stand-in refuses, and what does not get through. When it refuses lives with the methods."""

from __future__ import annotations

from typing import Any


class RefusalError(Exception):
    """The Bot API refuses a request. `parameters` as in ResponseParameters (Bot API, "Making requests")."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class UndeliveredError(Exception):
    """The bot did not acknowledge an update, however often it was tried."""
