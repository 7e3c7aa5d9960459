"""When a practitioner is open for visits: weekly rules and extra hours, minus closings, in one time zone.

Rules speak in wall time, because a practice opens at nine by the clock on the wall in summer and in winter.
Openings are UTC minutes since 1970, because visits last real minutes. Wall times are counted in minutes too:
a wall time of 1970-01-02 00:10 is 1450, whatever the zone.

Where the clock is set forward, the skipped wall times do not exist and nothing is open. Where it is set back,
only the first pass through the repeated hour is open: "1:30" on paper must mean one moment.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.engine.intervals import Interval, normalize, subtract

DAY = 24 * 60
_DAY_ZERO = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Open on this weekday (0 is Monday) between two wall times, in minutes since midnight.

    Holds from `valid_from` through `valid_to`; None means without a limit.
    """

    weekday: int
    starts: int
    ends: int
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"not a weekday: {self.weekday}")
        _require_wall_times(self.starts, self.ends)

    def list_days(self, first: date, last: date) -> range:
        """The days in first..last on which this holds, as ordinals."""
        begin = max(first, self.valid_from or first).toordinal()
        end = min(last, self.valid_to or last).toordinal()
        # Day 1 of the calendar was a Monday.
        return range(begin + (self.weekday + 1 - begin) % 7, end + 1, 7)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Each day of first..last inclusive, between two wall times in minutes since midnight."""

    first: date
    last: date
    starts: int = 0
    ends: int = DAY

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"dates run backwards: {self.first}, {self.last}")
        _require_wall_times(self.starts, self.ends)

    def list_days(self, first: date, last: date) -> range:
        """The days in first..last on which this holds, as ordinals."""
        return range(max(first, self.first).toordinal(), min(last, self.last).toordinal() + 1)


@dataclass(frozen=True, slots=True)
class Opening:
    """Open time [start, end) in UTC minutes. Starts of visits are counted from `anchor`."""

    start: int
    end: int
    anchor: int


def open_intervals(
    *,
    first: date,
    last: date,
    zone: ZoneInfo,
    rules: Iterable[WeeklyRule],
    extra: Iterable[DateSpan] = (),
    closed: Iterable[DateSpan] = (),
) -> list[Opening]:
    """Return the open times of the days first..last inclusive, sorted and disjoint.

    Rules and extra hours that touch or overlap are one opening. Its anchor is where it starts before closings
    are cut out of it, so that a lunch break does not shift the starts of the afternoon. An opening ends at
    midnight at the latest: joined over midnight, the grid of a day would depend on the day asked for first.
    """
    stretches = _list_stretches(first, last, zone)
    openings = []
    for walls in _lay_out(chain(rules, extra), first, last):
        for wall in normalize(walls):
            pieces = _to_utc(wall, stretches)
            openings += [Opening(start, end, pieces[0][0]) for start, end in pieces]
    closings = [
        piece
        for walls in _lay_out(closed, first, last)
        for wall in walls
        for piece in _to_utc(wall, stretches)
    ]
    return _cut(openings, normalize(closings))


def _lay_out(hours: Iterable[WeeklyRule | DateSpan], first: date, last: date) -> list[list[Interval]]:
    """Return the wall intervals of each day that has any, one list a day, in the order of the days."""
    by_day: defaultdict[int, list[Interval]] = defaultdict(list)
    for entry in hours:
        for day in entry.list_days(first, last):
            midnight = (day - _DAY_ZERO) * DAY
            by_day[day].append((midnight + entry.starts, midnight + entry.ends))
    return [by_day[day] for day in sorted(by_day)]


def _cut(openings: Sequence[Opening], closed: Sequence[Interval]) -> list[Opening]:
    """Return the openings without the closed times. Each piece keeps the anchor of its opening."""
    starts = [opening.start for opening in openings]
    pieces = subtract([(opening.start, opening.end) for opening in openings], closed)
    return [Opening(start, end, openings[bisect_right(starts, start) - 1].anchor) for start, end in pieces]


class _Stretch(NamedTuple):
    """Wall minutes [start, end) during which the clock is `offset` minutes ahead of UTC."""

    start: int
    end: int
    offset: int


def _to_utc(wall: Interval, stretches: Iterable[_Stretch]) -> list[Interval]:
    """Return the UTC minutes of a wall interval: none if it was skipped, two if an hour repeats inside."""
    start, end = wall
    return normalize(
        (max(start, stretch.start) - stretch.offset, min(end, stretch.end) - stretch.offset)
        for stretch in stretches
        if stretch.start < end and start < stretch.end
    )


@lru_cache(maxsize=128)
def _list_stretches(first: date, last: date, zone: ZoneInfo) -> tuple[_Stretch, ...]:
    """Split the wall clock over these days where the zone changes its offset, sorted and disjoint.

    A skipped hour lies in no stretch; a repeated hour lies in the earlier one only. The zone is read once a
    day, since none changes its offset twice within a day; a day more on both sides covers every offset.
    Cached, because a page asks for the same days of every practitioner.
    """
    readings = range(_count_days(first) * DAY - DAY, _count_days(last) * DAY + 3 * DAY, DAY)
    changes = [
        _find_change(earlier, later, zone)
        for earlier, later in pairwise(readings)
        if _read_offset(earlier, zone) != _read_offset(later, zone)
    ]
    stretches: list[_Stretch] = []
    reached = readings[0] - DAY
    for start, end in pairwise([readings[0], *changes, readings[-1]]):
        offset = _read_offset(start, zone)
        if end + offset > reached:
            stretches.append(_Stretch(max(start + offset, reached), end + offset, offset))
            reached = end + offset
    return tuple(stretches)


def _find_change(earlier: int, later: int, zone: ZoneInfo) -> int:
    """Return the first UTC minute in (earlier, later] with another offset than the one at `earlier`."""
    before = _read_offset(earlier, zone)
    minutes = range(earlier, later)
    return earlier + bisect_left(minutes, True, key=lambda utc: _read_offset(utc, zone) != before)


def _read_offset(utc: int, zone: ZoneInfo) -> int:
    """Return how many minutes the wall clock is ahead of UTC at this UTC minute."""
    wall = datetime.fromtimestamp(utc * 60, zone)
    return _count_days(wall) * DAY + wall.hour * 60 + wall.minute - utc


def _count_days(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _DAY_ZERO


def _require_wall_times(starts: int, ends: int) -> None:
    if not 0 <= starts < ends <= DAY:
        raise ValueError(f"not wall times of one day in order: {starts}, {ends}")
