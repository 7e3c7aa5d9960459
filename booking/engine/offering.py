"""Whom a freed time is offered to, when, and for how long they may think about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.engine.intervals import Interval

NOON = time(12)
# However near the visit is: the mail has to be read.
SHORTEST_ANSWER = 10


class PartOfDay(StrEnum):
    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What would help somebody. Sets that are empty narrow nothing.

    `until` is a local day of the visit's place, `weekdays` counts from Monday, 0. `notice` is in minutes
    from the offer to the visit; `before`, in UTC minutes, is the start of the visit that they have now.
    """

    until: date
    notice: int
    part_of_day: PartOfDay = PartOfDay.ANY
    weekdays: frozenset[int] = frozenset()
    practitioners: frozenset[int] = frozenset()
    locations: frozenset[int] = frozenset()
    before: int | None = None

    def fits(self, *, start: int, now: int, zone: ZoneInfo, practitioner: int, location: int) -> bool:
        """Tell whether a visit that starts at `start` would help. `start` and `now` are UTC minutes."""
        if start - now < self.notice or (self.before is not None and start >= self.before):
            return False
        local = datetime.fromtimestamp(start * 60, zone)
        is_morning = local.time() < NOON
        return (
            local.date() <= self.until
            and (not self.weekdays or local.weekday() in self.weekdays)
            and (not self.practitioners or practitioner in self.practitioners)
            and (not self.locations or location in self.locations)
            and (self.part_of_day == PartOfDay.ANY or (self.part_of_day == PartOfDay.MORNING) == is_morning)
        )


def was_freed(busy: Interval, freed: Iterable[Interval]) -> bool:
    """Tell whether a visit that takes `busy`, buffers included, takes any of the `freed` time."""
    return any(start < busy[1] and busy[0] < end for start, end in freed)


def measure_answer(*, start: int, now: int, longest: int) -> int:
    """Return the minutes that an offer stands: `longest`, or a quarter of what is left until `start`.

    A time tomorrow can wait an hour for its answer. One this afternoon cannot: whoever is asked next
    must be able to come, too. All are whole minutes.
    """
    return min(max(SHORTEST_ANSWER, min(longest, (start - now) // 4)), max(1, start - now))


def is_daytime(at: datetime, *, zone: ZoneInfo, begins: time, ends: time) -> bool:
    """Tell whether `at` (aware) lies in the wall-clock hours in which people may be written to."""
    return begins <= at.astimezone(zone).time() < ends
