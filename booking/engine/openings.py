"""When a practitioner is open for visits: weekly rules and extra hours, minus closings, in one time zone.

Rules speak in wall time, because a practice opens at nine by the clock on the wall in summer and in winter.
Openings are UTC minutes since 1970, because visits last real minutes. Wall time is counted in minutes too,
from 1970-01-01 00:00 by the clock on the wall: 1970-01-02 00:10 is 1450 in every zone.

Where the clock is set forward, the skipped wall times do not exist and nothing is open. Where it is set back,
only the first pass through the repeated hour is open: "1:30" on paper must mean one moment.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.engine.intervals import Interval, normalize, subtract

DAY = 24 * 60
WEEK = 7 * DAY
_DAY_ZERO = date(1970, 1, 1).toordinal()
_A_MONDAY = 4 * DAY  # 1970-01-05
# No zone has changed its offset twice within six days since 1972, by the tz database of 2026.
_READ_EVERY = 4 * DAY


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

    def list_midnights(self, first: date, last: date) -> range:
        """The midnights (wall minutes) of the days in first..last on which this rule holds."""
        begin = _at_midnight(max(first, self.valid_from or first))
        end = _at_midnight(min(last, self.valid_to or last))
        on_weekday = _A_MONDAY + self.weekday * DAY
        return range(begin + (on_weekday - begin) % WEEK, end + DAY, WEEK)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Each day of first..last inclusive, between two wall times in minutes since midnight."""

    first: date
    last: date
    starts: int = 0
    ends: int = DAY

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"last day before the first: {self.first}, {self.last}")
        _require_wall_times(self.starts, self.ends)

    def list_midnights(self, first: date, last: date) -> range:
        """The midnights (wall minutes) of the days in first..last that belong to this span."""
        return range(_at_midnight(max(first, self.first)), _at_midnight(min(last, self.last)) + DAY, DAY)


class Opening(NamedTuple):
    """Open time [start, end) in UTC minutes. Visits start a whole number of steps after `anchor`.

    A tuple, for there are hundreds in a request and a frozen dataclass takes three times as long to make.
    """

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
    openings = _to_utc(_split_at_midnight(_lay_out(chain(rules, extra), first, last)), stretches)
    closings = _to_utc(_lay_out(closed, first, last), stretches)
    return cut_openings(openings, normalize((start, end) for start, end, _ in closings))


def cut_openings(openings: Iterable[Opening], closings: Sequence[Interval]) -> list[Opening]:
    """Return the openings without the set of closings. Each piece keeps the anchor of its opening."""
    cut = []
    position = 0
    for opening in openings:
        while position < len(closings) and closings[position][1] <= opening.start:
            position += 1
        if position == len(closings) or opening.end <= closings[position][0]:
            cut.append(opening)
            continue
        for start, end in subtract([(opening.start, opening.end)], closings[position:]):
            cut.append(Opening(start, end, opening.anchor))
    return cut


def _lay_out(hours: Iterable[WeeklyRule | DateSpan], first: date, last: date) -> list[Interval]:
    """Return the set of wall times that these hours cover on the days first..last."""
    walls: list[Interval] = []
    for entry in hours:
        starts, ends = entry.starts, entry.ends
        walls += [(midnight + starts, midnight + ends) for midnight in entry.list_midnights(first, last)]
    return normalize(walls)


def _split_at_midnight(walls: Iterable[Interval]) -> list[Interval]:
    split = []
    for start, end in walls:
        while (midnight := start - start % DAY + DAY) < end:
            split.append((start, midnight))
            start = midnight
        split.append((start, end))
    return split


class _Stretch(NamedTuple):
    """Wall minutes [start, end) during which the clock is `offset` minutes ahead of UTC."""

    start: int
    end: int
    offset: int


def _to_utc(walls: Iterable[Interval], stretches: Sequence[_Stretch]) -> list[Opening]:
    """Return the times in UTC at which the clock shows these wall times, which must be sorted.

    An interval comes to nothing where the clock skips all of it, and to two pieces with one anchor where an
    hour repeats inside it.
    """
    found = []
    following = iter(stretches)
    stretch_start, stretch_end, offset = next(following)
    for start, end in walls:
        while stretch_end <= start:
            stretch_start, stretch_end, offset = next(following)
        if stretch_start <= start and end <= stretch_end:
            utc = start - offset
            found.append(Opening(utc, end - offset, utc))
        else:
            pieces = normalize(
                (max(start, first) - ahead, min(end, last) - ahead)
                for first, last, ahead in stretches
                if first < end and start < last
            )
            found += [Opening(*piece, anchor=pieces[0][0]) for piece in pieces]
    return found


@lru_cache(maxsize=128)
def _list_stretches(first: date, last: date, zone: ZoneInfo) -> tuple[_Stretch, ...]:
    """Split the wall clock over these days where the zone changes its offset, sorted and disjoint.

    A skipped hour lies in no stretch; a repeated hour lies in the earlier one only. One day more on both
    sides covers every offset there is. Cached, because a page asks for the same days of every practitioner.
    """
    begin, end = _at_midnight(first) - DAY, _at_midnight(last) + 2 * DAY
    readings = [*range(begin, end, _READ_EVERY), end]
    offsets = [_read_offset(utc, zone) for utc in readings]
    changes = [
        _find_change(earlier, later, zone)
        for (earlier, before), (later, after) in pairwise(zip(readings, offsets, strict=True))
        if before != after
    ]
    stretches: list[_Stretch] = []
    reached = begin - DAY
    for change, next_change in pairwise([begin, *changes, end]):
        offset = _read_offset(change, zone)
        if next_change + offset > reached:
            stretches.append(_Stretch(max(change + offset, reached), next_change + offset, offset))
            reached = next_change + offset
    return tuple(stretches)


def _find_change(earlier: int, later: int, zone: ZoneInfo) -> int:
    """Return the first UTC minute in (earlier, later] with another offset than the one at `earlier`."""
    before = _read_offset(earlier, zone)
    minutes = range(earlier, later)
    return earlier + bisect_left(minutes, True, key=lambda utc: _read_offset(utc, zone) != before)


def _read_offset(utc: int, zone: ZoneInfo) -> int:
    """Return how many minutes the wall clock is ahead of UTC at this UTC minute."""
    wall = datetime.fromtimestamp(utc * 60, zone)
    return _at_midnight(wall) + wall.hour * 60 + wall.minute - utc


def _at_midnight(day: date) -> int:
    """Return the wall minute at which this day begins."""
    return (day.toordinal() - _DAY_ZERO) * DAY


def _require_wall_times(starts: int, ends: int) -> None:
    if not 0 <= starts < ends <= DAY:
        raise ValueError(f"not two wall times of a day in order: {starts}, {ends}")
