"""Rows → Calendar. Reads every table once, however many practitioners, days and appointments there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, Func, Prefetch, Q, QuerySet
from django.utils import timezone

from booking.availability.calendar import Calendar
from booking.availability.facts import Busy, Desk, Keeping
from booking.availability.set_up import SetUp, know_set_up, list_kept_for, make_desks
from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    KeptTime,
    Location,
    Patient,
    Practitioner,
    Room,
    VisitType,
)
from booking.models.practice import MAX_BUSY_MINUTES

LONGEST_BUSY = timedelta(minutes=MAX_BUSY_MINUTES)


def with_hours(people: QuerySet[Practitioner], *, first_day: date, last_day: date) -> QuerySet[Practitioner]:
    """Return these people with the rules and exceptions that matter on those days: two queries more."""
    rules = (
        AvailabilityRule.objects.filter(location__is_active=True)
        .exclude(valid_from__gt=last_day)
        .exclude(valid_to__lt=first_day)
        .select_related("location")
    )
    exceptions = AvailabilityException.objects.filter(
        first_day__lte=last_day, last_day__gte=first_day
    ).select_related("location")
    return people.prefetch_related(
        Prefetch("rules", queryset=rules), Prefetch("exceptions", queryset=exceptions)
    )


def list_desks(people: Iterable[Practitioner], *, location: Location | None) -> list[Desk]:
    desks = [
        desk
        for person in people
        for desk in make_desks(person, rules=person.rules.all(), exceptions=person.exceptions.all())
    ]
    return [desk for desk in desks if location in (None, desk.location)]


def _find_window(
    *, visit_types: Sequence[VisitType], first_day: date, last_day: date, zones: Iterable[ZoneInfo]
) -> tuple[datetime, datetime]:
    """Return the stretch of time whose busy hours matter: the local days in every zone, and the buffers."""
    all_zones = list(zones) or [timezone.get_default_timezone()]
    begins = min(datetime.combine(first_day, time(), zone).astimezone(UTC) for zone in all_zones)
    ends = max(
        datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC) for zone in all_zones
    )
    return (
        begins - timedelta(minutes=max(visit_type.buffer_before for visit_type in visit_types)),
        ends + timedelta(minutes=max(visit_type.buffer_after for visit_type in visit_types)),
    )


def _read_rows(
    resources: Q,
    *,
    visit_types: Sequence[VisitType],
    first_day: date,
    last_day: date,
    zones: Iterable[ZoneInfo],
    now: datetime,
) -> QuerySet[Appointment]:
    """Return the appointments that take time of these resources on those days."""
    window_start, window_end = _find_window(
        visit_types=visit_types, first_day=first_day, last_day=last_day, zones=zones
    )
    return Appointment.objects.holding_time(now=now).filter(
        resources,
        busy_start__gt=window_start - LONGEST_BUSY,
        busy_start__lt=window_end,
        busy_end__gt=window_start,
    )


class _Minutes(Func):
    """An instant as whole UTC epoch minutes, rounded down; with `up=True` rounded up.

    Counted by the database: reading thousands of instants as datetimes took longer than all the rest.
    """

    output_field = BigIntegerField()

    def __init__(self, column: str, *, up: bool = False) -> None:
        super().__init__(F(column))
        self.up = up

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        name = "ceil" if self.up else "floor"
        return self.as_sql(
            compiler, connection, template=f"{name}(extract(epoch FROM %(expressions)s) / 60)::bigint"
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        # Of the one form that `BusyTime` allows, 2026-11-24 09:00:00 and perhaps a fraction.
        template = "strftime('%%%%s', substr(%(expressions)s, 1, 16)) / 60"
        if self.up:
            template += " + (substr(%(expressions)s, 18) > '00')"
        return self.as_sql(compiler, connection, template=f"({template})")


def _sort_busy(rows: QuerySet[Appointment], *, patient_id: int | None) -> Busy:
    """Read the appointments once and sort their times by whom and what they take."""
    busy = Busy()
    columns = ("practitioner_id", "room_id", "patient_id", "visit_type_id")
    minutes = (_Minutes("start"), _Minutes("busy_start"), _Minutes("busy_end", up=True))
    for person, room, owner, kind, start, busy_start, busy_end in rows.order_by("busy_start").values_list(
        *columns, *minutes
    ):
        interval = (busy_start, busy_end)
        busy.of_practitioner[person].append(interval)
        if room is not None:
            busy.of_room[room].append(interval)
        if patient_id is not None and owner == patient_id:
            busy.of_patient.append(interval)
        busy.counted[person, kind].append(start)
    return busy


def read_calendar(
    *,
    visit_type: VisitType,
    first_day: date,
    last_day: date,
    practitioner: Practitioner | None = None,
    location: Location | None = None,
    patient: Patient | None = None,
    ignoring: Appointment | None = None,
    holder: str = "",
    horizon: int | None = None,
    now: datetime | None = None,
    set_up: SetUp | None = None,
) -> Calendar:
    """Read all that decides availability from first_day to last_day (local days, inclusive).

    `patient` cannot be in two places: their other visits are busy time as well. `ignoring` is a
    visit about to be moved: its own time is free to itself, and its patient is the patient.
    `holder` names the session whose own hold is not in its own way. `horizon`, in days, takes the
    place of the visit type's. `set_up` is that of these days, where somebody knows it already.
    """
    now = now or timezone.now()
    set_up = set_up or know_set_up(first_day=first_day, last_day=last_day)
    able = set_up.find_able(visit_type)
    # Also when they do not do it: staff may book it all the same, and need to know their hours.
    asked = able if practitioner is None else [practitioner.pk]
    desks = set_up.list_desks(asked, location=location, first_day=first_day, last_day=last_day)
    rooms = set_up.rooms_for.get(visit_type.pk, [])

    zones = {desk.location.pk: desk.location.zone for desk in desks}
    if location is not None:
        zones[location.pk] = location.zone
    keys = {desk.practitioner.pk for desk in desks} | ({practitioner.pk} if practitioner else set())
    patient_id = patient.pk if patient else ignoring.patient_id if ignoring else None
    resources = Q(practitioner__in=keys) | Q(room__in=[room.pk for room in rooms])
    if patient_id is not None:
        resources |= Q(patient=patient_id)
    rows = _read_rows(
        resources,
        visit_types=[visit_type],
        first_day=first_day,
        last_day=last_day,
        zones=zones.values(),
        now=now,
    )
    if ignoring is not None:
        rows = rows.exclude(pk=ignoring.pk)
    if holder:
        rows = rows.exclude(status="pending", holder=holder)

    return Calendar(
        visit_type=visit_type,
        first_day=first_day,
        last_day=last_day,
        now=now,
        offering=frozenset(able),
        desks=desks,
        closures=[row for row in set_up.closures if row.first_day <= last_day and row.last_day >= first_day],
        busy=_sort_busy(rows, patient_id=patient_id),
        rooms_at=_place_rooms(rooms),
        kept=_list_kept(set_up.kept, visit_type=visit_type),
        horizon=horizon,
    )


def read_calendars(
    *, first_day: date, last_day: date, location: Location | None = None, now: datetime | None = None
) -> list[Calendar]:
    """Read the calendars of all visit types at once: nine queries, however many types there are.

    Each has the desks of everybody who takes appointments, and all of them share one reading of busy time.
    """
    now = now or timezone.now()
    visit_types = list(VisitType.objects.prefetch_related("rooms"))
    if not visit_types:
        return []
    everybody = Practitioner.objects.filter(is_active=True).prefetch_related("visit_types")
    people = with_hours(everybody, first_day=first_day, last_day=last_day)
    desks = list_desks(people, location=location)
    rows = _read_rows(
        Q(),
        visit_types=visit_types,
        first_day=first_day,
        last_day=last_day,
        zones={desk.location.zone for desk in desks},
        now=now,
    )
    closures = list(Closure.objects.filter(first_day__lte=last_day, last_day__gte=first_day))
    busy = _sort_busy(rows, patient_id=None)
    kept = _read_kept(first_day=first_day, last_day=last_day)
    return [
        Calendar(
            visit_type=visit_type,
            first_day=first_day,
            last_day=last_day,
            now=now,
            offering=frozenset(person.pk for person in people if visit_type in person.visit_types.all()),
            desks=desks,
            closures=closures,
            busy=busy,
            rooms_at=_place_rooms(visit_type.rooms.all()),
            kept=_list_kept(kept, visit_type=visit_type),
        )
        for visit_type in visit_types
    ]


def _read_kept(*, first_day: date, last_day: date) -> dict[KeptTime, set[int]]:
    """Read the kept time that holds on any of those days, with the visit types it is kept for: one query."""
    rows = KeptTime.objects.exclude(valid_from__gt=last_day).exclude(valid_to__lt=first_day)
    return list_kept_for(rows)


def _list_kept(kept: dict[KeptTime, set[int]], *, visit_type: VisitType) -> list[Keeping]:
    return [
        Keeping(
            name=row.name,
            practitioner_id=row.practitioner_id,
            location_id=row.location_id,
            hours=hours,
        )
        for row, types in kept.items()
        if (hours := row.as_kept_hours(is_for=visit_type.pk in types)) is not None
    ]


def _place_rooms(rooms: Iterable[Room]) -> dict[int, list[Room]] | None:
    """Return the rooms that would do by their location, without those out of use; None: no room is needed."""
    if not rooms:
        return None
    rooms_at: dict[int, list[Room]] = defaultdict(list)
    for room in rooms:
        if room.is_active:
            rooms_at[room.location_id].append(room)
    return rooms_at
