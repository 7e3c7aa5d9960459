"""Rows → Calendar, in as few queries for thousands of rows as for one: mostly one, about busy time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from booking.availability.busy import read_busy
from booking.availability.calendar import Calendar
from booking.availability.facts import Desk, Keeping
from booking.availability.set_up import SetUp, know_set_up, list_kept_for, make_desks
from booking.availability.slots import to_minutes
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


def read_calendar(
    *,
    visit_type: VisitType,
    first_day: date,
    last_day: date,
    desks_through: date | None = None,
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

    Desks that have hours only later, through `desks_through`, are in it as well, without any time.
    `patient` cannot be in two places: their other visits are busy time as well. `ignoring` is a
    visit about to be moved: its patient is the patient, and its own time is free to itself, but not
    listed, because nobody moves to where they are.
    `holder` names the session whose own hold is not in its own way. `horizon`, in days, takes the
    place of the visit type's. `set_up` is that of these days, where somebody knows it already.
    """
    now = now or timezone.now()
    desks_through = max(desks_through or last_day, last_day)
    set_up = set_up or know_set_up(first_day=first_day, last_day=desks_through)
    able = set_up.find_able(visit_type)
    # Also when they do not do it: staff may book it all the same, and need to know their hours.
    asked = able if practitioner is None else [practitioner.pk]
    desks = set_up.list_desks(asked, location=location, first_day=first_day, last_day=desks_through)
    rooms = set_up.rooms_for.get(visit_type.pk, [])

    zones = {desk.location.pk: desk.location.zone for desk in desks}
    if location is not None:
        zones[location.pk] = location.zone
    keys = {desk.practitioner.pk for desk in desks} | ({practitioner.pk} if practitioner else set())
    start, end = _find_window(
        visit_types=[visit_type], first_day=first_day, last_day=last_day, zones=zones.values()
    )
    busy = read_busy(
        start=start,
        end=end,
        now=now,
        practitioners=keys,
        rooms=[room.pk for room in rooms],
        patient=patient.pk if patient else ignoring.patient_id if ignoring else None,
        ignoring=ignoring.pk if ignoring else None,
        holder=holder,
    )
    return Calendar(
        visit_type=visit_type,
        first_day=first_day,
        last_day=last_day,
        now=now,
        offering=frozenset(able),
        desks=desks,
        closures=[row for row in set_up.closures if row.first_day <= last_day and row.last_day >= first_day],
        busy=busy,
        rooms_at=_place_rooms(rooms),
        kept=_list_kept(set_up.kept, visit_type=visit_type),
        horizon=horizon,
        left_out=_find_own(ignoring) if ignoring is not None else None,
    )


def _find_own(visit: Appointment) -> tuple[int, int, int]:
    return to_minutes(visit.start), visit.practitioner_id, visit.location_id


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
    zones = {desk.location.zone for desk in desks}
    start, end = _find_window(visit_types=visit_types, first_day=first_day, last_day=last_day, zones=zones)
    closures = list(Closure.objects.filter(first_day__lte=last_day, last_day__gte=first_day))
    busy = read_busy(start=start, end=end, now=now, practitioners=None)
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
