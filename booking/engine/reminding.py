"""When reminders of a visit leave: so many hours before it, by day, and never just after booking."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Whoever has booked today needs no reminder of it today.
AFTER_BOOKING = timedelta(hours=8)
# One that was put off to the morning must leave time to call.
BEFORE_VISIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Daytime:
    """The wall-clock hours in which reminders leave, the same day: both ends belong to it."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Reminder:
    """`hours` is how long before the visit it was wanted, `send_at` (aware, UTC) when it leaves."""

    hours: int
    send_at: datetime


def plan_reminders(
    *, start: datetime, zone: ZoneInfo, hours: Iterable[int], now: datetime, daytime: Daytime
) -> list[Reminder]:
    """Return the reminders of a visit that is booked or moved `now`, the earliest first.

    `start` and `now` are aware; `zone` is the zone of the visit's location. What would leave within
    AFTER_BOOKING, or at the same moment as another, is left out.
    """
    planned: dict[datetime, Reminder] = {}
    for before in sorted(hours, reverse=True):
        wanted = _go_back(start, hours=before, zone=zone)
        send_at = _keep_to_daytime(wanted, start=start, zone=zone, daytime=daytime)
        if send_at >= now + AFTER_BOOKING:
            planned.setdefault(send_at, Reminder(hours=before, send_at=send_at))
    return sorted(planned.values(), key=lambda reminder: reminder.send_at)


def _go_back(start: datetime, *, hours: int, zone: ZoneInfo) -> datetime:
    """Whole days by the wall clock, so that a week before 9 am is 9 am; the rest as it passes."""
    days, rest = divmod(hours, 24)
    # Python keeps the wall time when it subtracts within one zone.
    same_time = start.astimezone(zone) - timedelta(days=days)
    return same_time.astimezone(UTC) - timedelta(hours=rest)


def _keep_to_daytime(wanted: datetime, *, start: datetime, zone: ZoneInfo, daytime: Daytime) -> datetime:
    """Put off what falls into a night to the next morning; where that is too late, to the evening before."""
    local = wanted.astimezone(zone)
    if daytime.begins <= local.time() <= daytime.ends:
        return wanted
    # The night belongs to two days; this is the one on which it began.
    evening = local.date() if local.time() > daytime.ends else local.date() - timedelta(days=1)
    morning = datetime.combine(evening + timedelta(days=1), daytime.begins, zone).astimezone(UTC)
    if morning <= start - BEFORE_VISIT:
        return morning
    return datetime.combine(evening, daytime.ends, zone).astimezone(UTC)
