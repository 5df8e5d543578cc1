"""The personal web pages: the door that the entry point names, and its settings. Building imports the libraries; no page is made here."""

from __future__ import annotations

from channels.api import Channel
from channels.doors import Door, Surroundings
from channels.errors import AddressRefused
from channels.web.limits import limits
from channels.web.settings import WebSettings


def normalise(address: str) -> str:
    """Never gives anything: a page is reached by its link. Raises `AddressRefused`."""
    raise AddressRefused("a web page has no addresses — leave it out, the personal link comes with every message")


def build(settings: WebSettings, surroundings: Surroundings) -> Channel | None:
    """The channel, or None when the pages are turned off."""
    if not settings.enabled:
        return None
    from channels.web.adapter import Web

    return Web(settings, surroundings)


door = Door(name="web", settings=WebSettings, build=build, normalise=normalise, limits=limits)

__all__ = ["WebSettings", "door"]
