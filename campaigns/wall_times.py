"""Between what clocks show where a campaign lives and moments: a shown time may be none, or two. What is planned for when lives in `lifecycle`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


def readings(shown: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The moments, in UTC and in order, at which clocks in the zone show a naive date and time.

    None where clocks are put forward over it, two where they are put back (PEP 495).
    """
    either = {_taken(shown, zone, fold) for fold in (0, 1)}
    return tuple(sorted(moment for moment in either if moment.astimezone(zone).replace(tzinfo=None) == shown))


def beside(shown: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """What clocks show as long before and as long after, where they are put forward over a time: 01:30 and 03:30 for 02:30."""
    before, after = (_taken(shown, zone, fold).astimezone(zone).replace(tzinfo=None) for fold in (1, 0))
    return before, after


def days_later(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of the local day so many days later, in UTC: what is planned by days keeps its hour over a change of clocks.

    On a day on which clocks are put forward over that time it is as much later (03:30 for 02:30); on one on which they
    show it twice, the first.
    """
    shown = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return _taken(shown, zone, 0)


def _taken(shown: datetime, zone: tzinfo, fold: int) -> datetime:
    return shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
