"""A visit every few weeks, at the same time by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def list_starts(
    first: datetime, *, zone: ZoneInfo, every_weeks: int, times: int
) -> list[tuple[datetime, datetime | None]]:
    """Return `times` starts from `first` (aware) on, each as naive wall time in `zone` and as an instant.

    The instant is in UTC; None where the clocks are put forward and there is no such time. Of a time that
    comes twice it is the first pass.
    """
    wall = first.astimezone(zone).replace(tzinfo=None, fold=0)
    walls = [wall + timedelta(weeks=every_weeks * number) for number in range(times)]
    return [(wall, _find_instant(wall, zone=zone)) for wall in walls]


def _find_instant(wall: datetime, *, zone: ZoneInfo) -> datetime | None:
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    exists = instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    return instant if exists else None
