"""What channels, ages, sexes and areas are called in a reader's words."""

from __future__ import annotations

from collections.abc import Mapping

from console.words import Words


def channel_name(channel: str, words: Words) -> str:
    names = {
        "telegram": words.gettext("Telegram"),
        "sms": words.gettext("Text message"),
        "email": words.gettext("E-mail"),
        "web": words.gettext("Web page"),
    }
    return names.get(channel, channel)


def age_name(band: str, words: Words) -> str:
    if not band:
        return words.gettext("Not known")
    if band.endswith("+"):
        return words.gettext("{age} years and older", age=band[:-1])
    return words.gettext("{ages} years", ages=band.replace("-", "–"))


def sex_name(sex: str, words: Words) -> str:
    return {"f": words.gettext("Women"), "m": words.gettext("Men")}.get(sex, words.gettext("Not known"))


def area_name(code: str, areas: Mapping[str, str], words: Words) -> str:
    return areas.get(code) or code or words.gettext("Not known")
