"""A time zone as calendars want it: a short VTIMEZONE made of yearly rules.

`icalendar` writes lists of RDATEs, which Outlook misreads by an hour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# A rule is believed when it held in the year before the visit and holds in the two after it.
YEARS = range(-1, 3)


@dataclass(frozen=True)
class _Change:
    """The moment at which clocks change: `at` is the last wall time of the old offset, naive."""

    at: datetime
    offset_from: timedelta
    offset_to: timedelta
    name: str

    @property
    def possible_days(self) -> set[str]:
        """The weekday of its month as BYDAY says it: both "4SU" and "-1SU" may fit."""
        weekday = WEEKDAYS[self.at.weekday()]
        days = {f"{(self.at.day - 1) // 7 + 1}{weekday}"}
        if (self.at + timedelta(days=7)).month != self.at.month:
            days.add(f"-1{weekday}")
        return days

    @property
    def kind(self) -> tuple[int, timedelta, timedelta, timedelta, str]:
        """What has to be the same every year: month, wall time, offsets, name."""
        wall_time = timedelta(hours=self.at.hour, minutes=self.at.minute)
        return self.at.month, wall_time, self.offset_from, self.offset_to, self.name


def make_timezone(zone: ZoneInfo, *, around: date) -> Timezone | None:
    """Return the zone as a VTIMEZONE that holds around a day.

    None where its changes follow no yearly rule of the kind "second Sunday in March" (some
    follow the moon, some were decided last month): such times are to be written in UTC.
    """
    changes_by_year = [list(_find_changes(zone, around.year + offset)) for offset in YEARS]
    component = Timezone()
    component.add("tzid", zone.key)
    if not any(changes_by_year):
        component.add_component(_describe_fixed(zone, around=around))
        return component
    for same in zip(*changes_by_year, strict=False):
        days = set.intersection(*(change.possible_days for change in same))
        if not days or len({change.kind for change in same}) != 1:
            return None
        # Where "the fourth" and "the last" both fit, lawmakers meant the last, which sorts first.
        component.add_component(_describe_change(same[0], day=min(days)))
    return component if all(len(changes) == 2 for changes in changes_by_year) else None


def _find_changes(zone: ZoneInfo, year: int) -> Iterator[_Change]:
    """Yield the changes of offset within a UTC year, in order. None fall on its edges."""
    step = timedelta(days=1)
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        if _offset(zone, at) != _offset(zone, at + step):
            yield _locate_change(zone, at, at + step)
        at += step


def _locate_change(zone: ZoneInfo, before: datetime, after: datetime) -> _Change:
    """Narrow a change down to the second between two instants."""
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    offset_from = _offset(zone, before)
    return _Change(
        at=(after + offset_from).replace(tzinfo=None),
        offset_from=offset_from,
        offset_to=_offset(zone, after),
        name=after.astimezone(zone).tzname() or "",
    )


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _describe_change(change: _Change, *, day: str) -> TimezoneStandard | TimezoneDaylight:
    # By the offsets and not by dst(): in Dublin's data the summer is the standard time.
    forward = change.offset_to > change.offset_from
    component = TimezoneDaylight() if forward else TimezoneStandard()
    component.add("dtstart", change.at)
    component.add("rrule", vRecur({"FREQ": "YEARLY", "BYMONTH": change.at.month, "BYDAY": day}))
    component.add("tzoffsetfrom", change.offset_from)
    component.add("tzoffsetto", change.offset_to)
    component.add("tzname", change.name)
    return component


def _describe_fixed(zone: ZoneInfo, *, around: date) -> TimezoneStandard:
    noon = datetime(around.year, around.month, around.day, 12, tzinfo=UTC)
    component = TimezoneStandard()
    component.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - a wall time, as the standard wants it
    component.add("tzoffsetfrom", _offset(zone, noon))
    component.add("tzoffsetto", _offset(zone, noon))
    component.add("tzname", noon.astimezone(zone).tzname() or zone.key)
    return component
