"""Time that is kept back: parts of the week that open only some hours before they come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from booking.engine.intervals import Interval, normalize
from booking.engine.openings import WeeklyRule, open_intervals


@dataclass(frozen=True, slots=True)
class KeptHours:
    """Hours of the week, each time kept back until `opens_before` minutes before they begin; None: always."""

    hours: WeeklyRule
    opens_before: int | None


def find_kept(
    kept: Iterable[KeptHours], *, first: date, last: date, zone: ZoneInfo, now: int
) -> list[Interval]:
    """Return the set of UTC minutes on the days first..last that are kept back at `now`.

    Each time opens as a whole: by the minute, what a page offers would change under its reader's eyes.
    """
    return normalize(
        (start, end)
        for one in kept
        for start, end, begins in open_intervals(first=first, last=last, zone=zone, rules=[one.hours])
        if one.opens_before is None or now < begins - one.opens_before
    )
