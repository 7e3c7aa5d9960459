"""Clinic hours, whatever the visit type: of one day for the desk, and of many to see what a change opens."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from booking.availability.calendar import Calendar
from booking.availability.facts import Busy, Desk
from booking.availability.reading import list_desks, with_hours
from booking.availability.slots import to_datetime
from booking.engine.intervals import Interval, intersect, normalize, union
from booking.engine.openings import open_intervals
from booking.models import (
    AvailabilityException,
    Closure,
    Location,
    Practitioner,
    VisitType,
)


@dataclass(frozen=True, slots=True)
class Closing:
    """Time that would be open and is not, in UTC minutes, with the name or note that says why."""

    start: int
    end: int
    label: str
    is_away: bool = False
    """The clinician is away; else the practice or the location is closed."""


@dataclass(frozen=True)
class Hours:
    """One practitioner's hours of one day at one location, in UTC minutes.

    `planned` is what would be open without closings, `open` what is. Each piece of `open` is
    cut where a closing lies; `extra_notes` are those of extra time.
    """

    practitioner: Practitioner
    location: Location
    planned: list[Interval]
    open: list[Interval]
    closings: list[Closing]
    extra_notes: list[str]


def read_hours(*, day: date, now: datetime) -> list[Hours]:
    """Return the hours of `day`, of each active practitioner at each active location, in five queries.

    Whoever has hours that are all closed is among them; whoever has none is not. The practitioners come
    with their visit types.
    """
    active = Practitioner.objects.filter(is_active=True).prefetch_related("visit_types")
    people = with_hours(active, first_day=day, last_day=day)
    calendar = _read_closures(first_day=day, last_day=day, now=now)
    return [
        hours
        for person in people
        for desk in list_desks([person], location=None)
        if (hours := _lay_out(desk, calendar=calendar)).planned
    ]


def read_open_time(
    *, practitioners: Collection[int] | None, first_day: date, last_day: date, now: datetime
) -> dict[int, list[Interval]]:
    """Return the UTC minutes in which each of these has hours that nothing closes; None: everybody.

    Visits do not count. Four queries, however many days.
    """
    active = Practitioner.objects.filter(is_active=True)
    if practitioners is not None:
        active = active.filter(pk__in=practitioners)
    calendar = _read_closures(first_day=first_day, last_day=last_day, now=now)
    opened: dict[int, list[Interval]] = {}
    for person in with_hours(active, first_day=first_day, last_day=last_day):
        desks = list_desks([person], location=None)
        opened[person.pk] = union(*(_lay_out(desk, calendar=calendar).open for desk in desks))
    return opened


def read_open_minutes(
    *, first_day: date, last_day: date, location: Location | None = None
) -> dict[date, int]:
    """Return the minutes of open hours of all practitioners together on each local day; visits do not count.

    Of whoever had hours then, also of those who have left. Four queries, however many days.
    """
    calendar = _read_closures(first_day=first_day, last_day=last_day, now=datetime.now(UTC))
    minutes: dict[date, int] = defaultdict(int)
    for person in with_hours(Practitioner.objects.all(), first_day=first_day, last_day=last_day):
        for desk in list_desks([person], location=location):
            for start, end in _lay_out(desk, calendar=calendar).open:
                # Openings end at midnight.
                minutes[to_datetime(start).astimezone(desk.location.zone).date()] += end - start
    return minutes


def _read_closures(*, first_day: date, last_day: date, now: datetime) -> Calendar:
    """Return a calendar that knows when the practice is closed, and nothing else."""
    return Calendar(
        visit_type=VisitType(),
        first_day=first_day,
        last_day=last_day,
        now=now,
        offering=frozenset(),
        desks=[],
        closures=list(Closure.objects.filter(first_day__lte=last_day, last_day__gte=first_day)),
        busy=Busy(),
        rooms_at=None,
    )


def list_hours(calendar: Calendar, *, day: date) -> list[Hours]:
    """Return the hours of one of the calendar's days: what `read_hours` says, without a query."""
    one_day = replace(calendar, first_day=day, last_day=day)
    return [hours for desk in calendar.desks if (hours := _lay_out(desk, calendar=one_day)).planned]


def _lay_out(desk: Desk, *, calendar: Calendar) -> Hours:
    away = [row for row in desk.exceptions if row.kind == AvailabilityException.Kind.CLOSED]
    everything: list[Closure | AvailabilityException] = [*calendar.closures, *away]
    rows = [row for row in everything if row.location_id in (None, desk.location.pk)]
    planned = normalize((start, end) for start, end, _ in calendar.openings(desk, closed=[]))
    still_open = calendar.openings(desk, closed=[row.as_date_span() for row in rows])
    return Hours(
        practitioner=desk.practitioner,
        location=desk.location,
        planned=planned,
        open=[(start, end) for start, end, _ in still_open],
        closings=[closing for row in rows for closing in _name_closing(row, planned, desk, calendar)],
        extra_notes=[
            exception.note
            for exception in desk.exceptions
            if exception.kind == AvailabilityException.Kind.EXTRA
            and exception.location_id == desk.location.pk
            and exception.note
        ],
    )


def _name_closing(
    row: Closure | AvailabilityException, planned: list[Interval], desk: Desk, calendar: Calendar
) -> list[Closing]:
    """Return the parts of the planned hours that the row closes."""
    spans = open_intervals(
        first=calendar.first_day,
        last=calendar.last_day,
        zone=desk.location.zone,
        rules=[],
        extra=[row.as_date_span()],
    )
    label = row.name if isinstance(row, Closure) else row.note
    closed = intersect(planned, normalize((start, end) for start, end, _ in spans))
    is_away = isinstance(row, AvailabilityException)
    return [Closing(start=start, end=end, label=label, is_away=is_away) for start, end in closed]
