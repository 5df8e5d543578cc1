"""What can be seen on this machine alone: the key, the address, the zone, the texts, the disk, the clock."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from channels.doors import Finding
from service.settings import Settings

LEAST_BITS: Final = 96.0  # what guessing the key must cost; a random key of 32 characters has far more
GIGABYTE: Final = 1 << 30
NEARLY_FULL: Final = (0.05, GIGABYTE // 2)  # share and bytes that are free
FILLING: Final = (0.15, 2 * GIGABYTE)
PLACEHOLDERS: Final = ("change-me", "changeme", "change_me", "secret-key", "example")


def look_at_house(settings: Settings) -> Iterator[Finding]:
    """Everything that needs neither database nor network."""
    yield secret_key(settings.secret_key.get_secret_value())
    yield public_url(settings.public_url)
    if not settings.controller:
        what = "nobody is named as responsible for the personal data"
        yield Finding("controller", "wrong", what, "set GENKLANG_CONTROLLER to the municipality's or committee's name")
    if not settings.contact:
        what = "residents are not told how to reach a person"
        yield Finding("contact", "note", what, "set GENKLANG_CONTACT")
    yield time_zone(settings)
    yield catalogs()
    if settings.database_url.startswith("sqlite:///"):
        yield disk(Path(settings.database_url.removeprefix("sqlite:///")))
    yield clock_file(settings.clock_file)


def secret_key(key: str) -> Finding:
    """Whether the key can be guessed: the entropy of its characters, and words that stand for "fill this in"."""
    counts = Counter(key)
    bits = -sum(count * math.log2(count / len(key)) for count in counts.values())
    remedy = "before anything is imported, make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
    if any(word in key.lower() for word in PLACEHOLDERS):
        return Finding("secret key", "wrong", "it looks like a placeholder", remedy)
    if bits < LEAST_BITS:
        return Finding("secret key", "wrong", f"it can be guessed: about {bits:.0f} bits", remedy)
    return Finding("secret key", "fine", f"{len(key)} characters")


def public_url(address: str) -> Finding:
    """Whether residents and providers can reach the address, as far as its form tells."""
    subject, parts = "public address", urlsplit(address)
    host = parts.hostname or ""
    remedy = "set GENKLANG_PUBLIC_URL to the https address under which a proxy reaches the service"
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        return Finding(subject, "wrong", "it is no web address", remedy)
    if _is_local(host):
        return Finding(subject, "wrong", f"{host} can be reached from this machine or network alone", remedy)
    if parts.scheme != "https":
        return Finding(subject, "wrong", "it is not https: links and answers cross the network in clear", remedy)
    return Finding(subject, "fine", host)


def _is_local(host: str) -> bool:
    if (
        host == "localhost"
        or host.endswith((".localhost", ".local", ".internal"))
        or ("." not in host and ":" not in host)
    ):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def time_zone(settings: Settings) -> Finding:
    """Whether the zone's data are there, and holidays are known for the country."""
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "set GENKLANG_TIME_ZONE to a name such as Europe/Stockholm, or install tzdata"
        return Finding("time zone", "wrong", f"nothing is known of the zone {settings.time_zone}", remedy)
    import holidays

    if settings.country not in holidays.list_supported_countries():
        remedy = "set GENKLANG_COUNTRY to an ISO 3166 code such as SE"
        return Finding("time zone", "wrong", f"no public holidays are known for {settings.country}", remedy)
    return Finding("time zone", "fine", f"{settings.time_zone}, holidays of {settings.country}")


def catalogs() -> Finding:
    """Whether every shipped language can be read, and which hold texts that no person has approved."""
    from locales import codes, drafts, load_lexicon

    load_lexicon()
    unapproved = [code for code in codes() if drafts(code)]
    if unapproved:
        what = f"{len(codes())} languages; with texts that no person has approved: {', '.join(unapproved)}"
        return Finding("languages", "note", what, "have them read: python -m locales status")
    return Finding("languages", "fine", f"{len(codes())} languages")


def disk(path: Path) -> Finding:
    """Whether there is room for the database's file to grow. On a full disk the service stops taking in."""
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    what = f"{usage.free / GIGABYTE:.1f} GB free ({share:.0%}) where the database lies"
    remedy = "make room, or move the database: on a full disk nothing is taken in any more"
    if share < NEARLY_FULL[0] or usage.free < NEARLY_FULL[1]:
        return Finding("disk", "wrong", f"nearly full: {what}", remedy)
    if share < FILLING[0] or usage.free < FILLING[1]:
        return Finding("disk", "note", f"filling up: {what}", remedy)
    return Finding("disk", "fine", what)


def clock_file(path: Path | None) -> Finding:
    """Whether the machine's clock or a shared one counts, and whether it can be read."""
    if path is None:
        return Finding("clock", "fine", "the machine's own")
    from service.clock import SharedClock

    try:
        at = SharedClock(path).now()
    except (OSError, ValueError, OverflowError):
        remedy = "unset GENKLANG_CLOCK_FILE, which is for demonstrations"
        return Finding("clock", "wrong", "the shared clock's file cannot be read", remedy)
    away = at - datetime.now(UTC)
    what = f"a shared clock, which says {at:%Y-%m-%d %H:%M}"
    state = "note" if abs(away) < timedelta(days=1) else "wrong"
    return Finding("clock", state, what, "unset GENKLANG_CLOCK_FILE, which is for demonstrations")  # type: ignore[arg-type]
