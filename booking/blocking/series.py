"""Time that repeats: on which days a series has its times, and what a change of one of them is meant for."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from booking.models.hours import is_far
from booking.writing import BookingError

# Rows are made for every time: nobody plans further, and a slip of the finger must not make thousands.
LONGEST = timedelta(days=2 * 366)


class DayTooFar(BookingError):
    """It begins or ends more than three years from today."""


class SeriesTooLong(BookingError):
    """It would go on for more than two years."""


class SeriesOverlaps(BookingError):
    """Each time lasts longer than the weeks from one to the next."""


def refuse_far(*days: date) -> None:
    """Raises DayTooFar."""
    if any(is_far(day) for day in days):
        raise DayTooFar


class Scope(StrEnum):
    """Which times of a series a change is meant for. What has passed stays as it was, whatever the scope."""

    ONE = "one"
    FOLLOWING = "following"
    """This one and all that come after it."""
    ALL = "all"
    """All that have not passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Every `every_weeks` weeks; no time begins after `until`."""

    every_weeks: int
    until: date

    @property
    def step(self) -> timedelta:
        return timedelta(weeks=self.every_weeks)

    def list_days(self, first_day: date, last_day: date) -> list[date]:
        """Return the first day of each time, beginning with the time from `first_day` to `last_day`.

        On the same weekday, so the same wall times, through every change of the clock.
        Raises SeriesTooLong, SeriesOverlaps.
        """
        if self.until - first_day > LONGEST:
            raise SeriesTooLong
        if last_day - first_day >= self.step:
            raise SeriesOverlaps
        # No further than `until`, which may be the last day that there is.
        count = max((self.until - first_day) // self.step, 0)
        return [first_day + number * self.step for number in range(count + 1)]
