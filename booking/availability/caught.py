"""Visits that time was taken from after somebody last settled on them: they wait to be dealt with.

A booked visit to come is caught

- by a closure, or by its clinician being away, that overlaps it and was set after the visit was last booked,
  moved or kept: staff who book into closed time, or keep a visit in it, know what they do;
- by a change of the clinician's hours that left it outside them. What is gone says no longer when it went,
  so `booking.blocking` writes that into the visit's history;
- by an undo that brought it back into closed time, or out of the hours: `booking.actions` writes that there.

Nothing else has to be cleared up: a visit stops being caught when it is moved, cancelled or kept, and when
the time is opened again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from booking.availability.slots import to_minutes, to_minutes_up
from booking.engine.intervals import Interval, intersect, normalize, subtract
from booking.engine.openings import DateSpan, WeeklyRule, open_intervals
from booking.engine.states import HOLDS_TIME
from booking.models import Appointment, AppointmentEvent, AvailabilityException, AvailabilityRule, Closure

Kind = AppointmentEvent.Kind
# After one of these, somebody has agreed to the time of the visit.
SETTLING = (Kind.BOOKED, Kind.MOVED, Kind.KEPT)
A_DAY = timedelta(days=1)
# Nobody books further ahead, nor closes: the forms refuse it.
FURTHEST = timedelta(days=3 * 366)
# The database narrows the visits down by so many stretches of closed days; beyond that, all are read.
MOST_RUNS = 60

Closing = Closure | AvailabilityException


@dataclass(frozen=True)
class Caught:
    """A visit, the closings that caught it, and whether it was left outside the clinician's hours."""

    visit: Appointment
    closings: tuple[Closing, ...]
    is_outside_hours: bool

    @property
    def mark(self) -> str:
        """Which version of the visit, and what caught it: whoever keeps the visit says what they saw."""
        keys = [
            f"{closing._meta.model_name}-{closing.pk}@{closing.changed_at.isoformat()}"
            for closing in self.closings
        ]
        return " ".join([str(self.visit.version), str(self.is_outside_hours), *sorted(keys)])


def find_caught(*, now: datetime, place_id: int | None = None, visit_id: int | None = None) -> list[Caught]:
    """Return the caught visits, the next one first: all, at one location, or that visit alone.

    At most six queries.
    """
    closings = _read_closings(now=now)
    keys = _find_suspects(closings, now=now, visit_id=visit_id)
    if not keys:
        return []
    visits = _read_with_history(keys)
    if place_id is not None:
        visits = visits.filter(location=place_id)
    # The annotations are not of its type.
    suspects: list[Any] = list(visits)
    hours = read_working_hours({visit.practitioner_id for visit in suspects})
    found = [
        Caught(
            visit=visit,
            closings=tuple(
                closing
                for closing in closings
                if (visit.was_left or closing.changed_at > visit.settled_at) and closes(closing, visit)
            ),
            is_outside_hours=visit.was_left and not hours.cover(visit),
        )
        for visit in suspects
    ]
    return [one for one in found if one.closings or one.is_outside_hours]


def count_caught(*, by: Iterable[Closing] = (), left_out_of: Collection[int] = (), now: datetime) -> int:
    """Return how many visits these closings caught, or a change of these practitioners' hours."""
    closings = set(by)
    return sum(
        not closings.isdisjoint(one.closings)
        or (one.is_outside_hours and one.visit.practitioner_id in left_out_of)
        for one in find_caught(now=now)
    )


def find_outside_hours(*, practitioners: Collection[int], now: datetime) -> list[Appointment]:
    """Return the visits to come that lie outside their clinicians' hours, closings aside.

    Booked ones, and those that an undo of the day makes booked again: a patient who is here too early, a
    no-show by mistake. (What an undo of a cancellation brings back, that undo notes itself.) Three queries.
    """
    hours = read_working_hours(practitioners)
    visits = Appointment.objects.visits().filter(
        practitioner__in=practitioners, status__in=HOLDS_TIME, start__gt=now
    )
    return [visit for visit in visits.select_related("location") if not hours.cover(visit)]


def _read_closings(*, now: datetime) -> list[Closing]:
    """Return what is closed from now on, wherever it is already another day. Two queries."""
    coming = Q(last_day__gte=now.date() - A_DAY)
    away = AvailabilityException.objects.filter(coming, kind=AvailabilityException.Kind.CLOSED)
    return [*Closure.objects.filter(coming), *away]


def _find_suspects(closings: Iterable[Closing], *, now: datetime, visit_id: int | None) -> list[int]:
    """Return the keys of visits on days with a closing of theirs, and of those left in closed time before.

    One query, which reads little of each visit: the desk asks twice a minute, and most visits are in
    nobody's way. Whether the hours really meet is for the engine to say.
    """
    was_left = AppointmentEvent.objects.filter(appointment=OuterRef("pk"), kind=Kind.LEFT_IN_CLOSED)
    today = now.date()
    closed: dict[int | None, set[date]] = defaultdict(set)
    for closing in closings:
        owner = closing.practitioner_id if isinstance(closing, AvailabilityException) else None
        closed[owner] |= list_closed_days(closing, first_day=today - A_DAY, last_day=today + FURTHEST)
    visits = Appointment.objects.upcoming(now=now).annotate(was_ever_left=Exists(was_left))
    if visit_id is not None:
        visits = visits.filter(pk=visit_id)
    runs = _find_runs(set().union(*closed.values()))
    if len(runs) <= MOST_RUNS:
        near = Q(was_ever_left=True)
        for first, last in runs:
            # Two days either side of a day of UTC hold that day of every zone.
            near |= Q(start__lt=_at_midnight(last + 2 * A_DAY), end__gt=_at_midnight(first - A_DAY))
        visits = visits.filter(near)
    rows = list(visits.values_list("pk", "practitioner", "start", "end", "was_ever_left"))
    for person in {person for _, person, _, _, _ in rows}:
        closed[person] |= closed[None]
    return [
        key
        for key, person, start, end, was_ever_left in rows
        if was_ever_left
        # A day either side: what day it is depends on the zone of the place.
        or not {start.date() - A_DAY, start.date(), end.date(), end.date() + A_DAY}.isdisjoint(closed[person])
    ]


def _find_runs(days: set[date]) -> list[tuple[date, date]]:
    """Return the days as runs of days that follow each other, each with its first and last."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and runs[-1][1] + A_DAY == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _at_midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def list_closed_days(closing: Closing, *, first_day: date, last_day: date) -> set[date]:
    """Return the days of the closing that lie in first_day..last_day: a typo in the year makes centuries."""
    first = max(closing.first_day, first_day)
    count = (min(closing.last_day, last_day) - first).days + 1
    return {first + timedelta(days=number) for number in range(count)}


def _read_with_history(keys: Collection[int]) -> QuerySet[Appointment]:
    """Return these visits with when somebody last settled on them, and whether they were left since."""
    events = AppointmentEvent.objects.filter(appointment=OuterRef("pk")).order_by("-at").values("at")
    return (
        Appointment.objects.with_parts()
        .filter(pk__in=keys)
        .annotate(
            settled_at=Coalesce(Subquery(events.filter(kind__in=SETTLING)[:1]), "created_at"),
            left_at=Subquery(events.filter(kind=Kind.LEFT_IN_CLOSED)[:1]),
            # Not before: an undo settles and leaves at one moment.
            was_left=Case(When(left_at__gte=F("settled_at"), then=True), default=False),
        )
    )


def closes(closing: Closing, visit: Appointment) -> bool:
    """Tell whether it closes any of the visit's time, whenever it was set."""
    if closing.location_id not in (None, visit.location_id):
        return False
    if isinstance(closing, AvailabilityException) and closing.practitioner_id != visit.practitioner_id:
        return False
    # Most are of other days, and asking the engine takes longer.
    if closing.first_day > visit.local_end.date() or closing.last_day < visit.local_start.date():
        return False
    closed = _list_open(visit, rules=[], extra=[closing.as_date_span()])
    return bool(intersect(closed, [_measure(visit)]))


@dataclass(frozen=True)
class WorkingHours:
    """Weekly hours and extra time by practitioner and location."""

    rules: dict[tuple[int, int], list[WeeklyRule]]
    extra: dict[tuple[int, int], list[DateSpan]]

    def cover(self, visit: Appointment) -> bool:
        """Tell whether all of the visit lies in the hours of its clinician at its place."""
        key = visit.practitioner_id, visit.location_id
        openings = _list_open(visit, rules=self.rules.get(key, ()), extra=self.extra.get(key, ()))
        return not subtract([_measure(visit)], openings)


def read_working_hours(practitioners: Collection[int]) -> WorkingHours:
    """Read the hours of these practitioners, past and to come. Two queries."""
    rules: dict[tuple[int, int], list[WeeklyRule]] = defaultdict(list)
    for rule in AvailabilityRule.objects.filter(practitioner__in=practitioners):
        rules[rule.practitioner_id, rule.location_id].append(rule.as_weekly_rule())
    extra: dict[tuple[int, int], list[DateSpan]] = defaultdict(list)
    for exception in AvailabilityException.objects.filter(
        practitioner__in=practitioners, kind=AvailabilityException.Kind.EXTRA, location__isnull=False
    ):
        assert exception.location_id is not None
        extra[exception.practitioner_id, exception.location_id].append(exception.as_date_span())
    return WorkingHours(rules=rules, extra=extra)


def _list_open(
    visit: Appointment, *, rules: Iterable[WeeklyRule], extra: Iterable[DateSpan]
) -> list[Interval]:
    """Return what these hours open, in UTC minutes, on the local days of the visit."""
    openings = open_intervals(
        first=visit.local_start.date(),
        last=visit.local_end.date(),
        zone=visit.location.zone,
        rules=rules,
        extra=extra,
    )
    return normalize((start, end) for start, end, _ in openings)


def _measure(visit: Appointment) -> Interval:
    return to_minutes(visit.start), to_minutes_up(visit.end)
