"""What the Bot API's refusals mean for a message. Reasons are ours: Telegram's own descriptions can repeat addresses."""

from __future__ import annotations

import aiogram.exceptions as telegram

from channels.connections import broken, from_status
from channels.errors import Concern, Doubtful, Misconfigured, RecipientGone, Refused, SendError, TryLater
from channels.telegram.session import StatusError

GONE = {
    "chat not found": "chat_not_found",
    "user not found": "user_not_found",
    "peer_id_invalid": "chat_not_found",
    "user is deactivated": "deactivated",
    "user_is_deactivated": "deactivated",
    "input_user_deactivated": "deactivated",
    "user_is_blocked": "blocked",
    "group chat was upgraded": "not_a_private_chat",
}
FORBIDDEN = {
    "blocked by the user": "blocked",
    "deactivated": "deactivated",
    "can't initiate conversation": "never_started",
    "can't send messages to bots": "is_a_bot",
    "kicked": "removed",
}
REFUSED = {
    "message is too long": "text_too_long",
    "message_too_long": "text_too_long",
    "text is empty": "text_empty",
    "button_data_invalid": "button_data_invalid",
    "can't parse entities": "entities",
}
UNCHANGED = "message is not modified"
NOT_EDITABLE = ("message to edit not found", "message can't be edited", "message_id_invalid")


def is_unchanged(error: Exception) -> bool:
    """Whether an edit was refused because the message already says so, which is what was wanted."""
    return isinstance(error, telegram.TelegramBadRequest) and UNCHANGED in error.message.lower()


def is_not_editable(error: Exception) -> bool:
    """Whether an edit was refused because the message is gone or too old, so that a new one has to be sent."""
    return isinstance(error, telegram.TelegramBadRequest) and any(
        words in error.message.lower() for words in NOT_EDITABLE
    )


def converted(error: telegram.AiogramError, *, is_chat_busy: bool = False) -> SendError:
    """The named failure that an exception of aiogram's stands for.

    A 429 does not say whether the chat or the bot has had too much: where the chat was just written to, it is the chat.
    Server errors are doubts: a Bot API server that closes down fails what it has passed on as well ("Internal Server Error:
    restart"), and the 502 of the gateway before it, though in Telegram's own form, was seen of messages that had arrived.
    """
    if isinstance(error, telegram.TelegramRetryAfter):
        concerns: Concern = "message" if is_chat_busy else "lane"
        return TryLater("throttled", after_seconds=float(error.retry_after), concerns=concerns)
    if isinstance(error, telegram.TelegramEntityTooLarge):  # a network error to the library
        return Refused("too_large")
    if isinstance(error, telegram.TelegramNetworkError):
        return broken(error.__cause__ or error)
    if isinstance(error, telegram.TelegramForbiddenError):
        return RecipientGone(_found(FORBIDDEN, error.message) or "forbidden")
    if isinstance(error, telegram.TelegramMigrateToChat):
        return RecipientGone("not_a_private_chat")
    if isinstance(error, telegram.TelegramUnauthorizedError | telegram.TelegramNotFound):
        return Misconfigured("token_refused")
    if isinstance(error, telegram.TelegramConflictError):
        return TryLater("conflict")
    if isinstance(error, StatusError):
        return from_status(error.status) or Refused("refused")
    if isinstance(error, telegram.TelegramBadRequest):
        gone = _found(GONE, error.message)
        return RecipientGone(gone) if gone else Refused(_found(REFUSED, error.message) or "bad_request")
    if isinstance(error, telegram.ClientDecodeError):
        return Doubtful("answer_unreadable")
    return Refused("refused")


def _found(reasons: dict[str, str], description: str) -> str | None:
    folded = description.lower()
    return next((reason for words, reason in reasons.items() if words in folded), None)
