"""What the API stand-in refuses, and what the service did not take in. When it refuses lives with the account."""

from __future__ import annotations


class RefusalError(Exception):
    """The API refuses a request, with Twilio's code and wording."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        more = f"https://www.twilio.com/docs/errors/{code}"
        self.body = {"code": code, "message": message, "more_info": more, "status": status}


class UndeliveredError(Exception):
    """The service did not take in a resident's message, neither at the address for messages nor at the fallback."""
