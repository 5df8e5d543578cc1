"""Opening a filled form as it was left, also when the survey is no longer quite the same. What is asked then lives in `turns`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.forms import Entry, Form


def reopened(form: Form, data: Mapping[str, Any], *, now: datetime) -> Entry:
    """The filled form as it was left. What another version of the survey knew and this one does not is left out."""
    try:
        return form.restore(data, now=now)
    except KeyError:
        return form.restore({**data, "values": _known_values(form, data.get("values", {}))}, now=now)


def _known_values(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """The values of questions that the form still has, outside of repeats: how many of those there are may have changed."""
    return {
        key: value for key, value in values.items() if "[" not in key and f"{form.root_path}/{key}" in form.outermost
    }
