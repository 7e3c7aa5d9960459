"""The clinic hours of one day, everybody's at once and whatever the visit type: what the desk shows."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Prefetch

from booking.availability.calendar import Busy, Calendar, Desk
from booking.engine.intervals import Interval, intersect, normalize
from booking.engine.openings import open_intervals
from booking.models import (
    AvailabilityException,
    AvailabilityRule,
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
    rules = (
        AvailabilityRule.objects.filter(location__is_active=True, weekday=day.weekday())
        .exclude(valid_from__gt=day)
        .exclude(valid_to__lt=day)
        .select_related("location")
    )
    exceptions = AvailabilityException.objects.filter(first_day__lte=day, last_day__gte=day).select_related(
        "location"
    )
    people = Practitioner.objects.filter(is_active=True).prefetch_related(
        "visit_types", Prefetch("rules", queryset=rules), Prefetch("exceptions", queryset=exceptions)
    )
    calendar = Calendar(
        visit_type=VisitType(),
        first_day=day,
        last_day=day,
        now=now,
        offering=frozenset(),
        desks=[],
        closures=list(Closure.objects.filter(first_day__lte=day, last_day__gte=day)),
        busy=Busy(),
        rooms_at=None,
    )
    return [
        hours
        for person in people
        for desk in _list_desks(person)
        if (hours := _lay_out(desk, calendar=calendar)).planned
    ]


def list_hours(calendar: Calendar, *, day: date) -> list[Hours]:
    """Return the hours of one of the calendar's days: what `read_hours` says, without a query."""
    one_day = replace(calendar, first_day=day, last_day=day)
    return [hours for desk in calendar.desks if (hours := _lay_out(desk, calendar=one_day)).planned]


def _list_desks(person: Practitioner) -> list[Desk]:
    rules = list(person.rules.all())
    exceptions = list(person.exceptions.all())
    places = {rule.location_id: rule.location for rule in rules}
    for exception in exceptions:
        if exception.kind == AvailabilityException.Kind.EXTRA and exception.location is not None:
            places.setdefault(exception.location.pk, exception.location)
    return [
        Desk(
            practitioner=person,
            location=place,
            rules=[rule for rule in rules if rule.location_id == place.pk],
            exceptions=exceptions,
        )
        for place in places.values()
        if place.is_active
    ]


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
