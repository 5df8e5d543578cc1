"""A stand-in for Telegram's Bot API server, speaking its wire, and its users' devices as a `Wire`.

The rules it keeps are those of https://core.telegram.org/bots/api, named where they are kept. `chats` is what stands on
the devices, `updates` the way to the bot, `methods` what the bot may ask for, `parameters` the limits it is held to.
"""

from __future__ import annotations

from sandbox.telegram.errors import RefusalError, UndeliveredError
from sandbox.telegram.standin import TOKEN, TelegramStandIn

__all__ = ["TOKEN", "RefusalError", "TelegramStandIn", "UndeliveredError"]
