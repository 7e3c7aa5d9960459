"""Rows → Calendar. Reads every table once, however many practitioners, days and appointments there are."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from booking.availability.calendar import Busy, Calendar, Desk
from booking.availability.slots import to_minutes, to_minutes_up
from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    Location,
    Patient,
    Practitioner,
    Room,
    VisitType,
)
from booking.models.practice import MAX_BUSY_MINUTES

LONGEST_BUSY = timedelta(minutes=MAX_BUSY_MINUTES)


def _read_desks(
    *,
    visit_type: VisitType,
    first_day: date,
    last_day: date,
    practitioner: Practitioner | None,
    location: Location | None,
) -> tuple[frozenset[int], list[Desk]]:
    """Return who does this type of visit, and their desks. Three queries; locations come with the rules."""
    rules = (
        AvailabilityRule.objects.filter(location__is_active=True)
        .exclude(valid_from__gt=last_day)
        .exclude(valid_to__lt=first_day)
        .select_related("location")
    )
    exceptions = AvailabilityException.objects.filter(
        first_day__lte=last_day, last_day__gte=first_day
    ).select_related("location")
    able = Practitioner.objects.filter(visit_types=visit_type, is_active=True)
    practitioners = able
    if practitioner is not None:
        # Also when they do not do it: staff may book it all the same, and need to know their hours.
        practitioners = Practitioner.objects.filter(pk=practitioner.pk)
    practitioners = practitioners.annotate(is_able=Exists(able.filter(pk=OuterRef("pk")))).prefetch_related(
        Prefetch("rules", queryset=rules), Prefetch("exceptions", queryset=exceptions)
    )
    desks: list[Desk] = []
    offering: set[int] = set()
    for person in practitioners:
        if person.is_able:
            offering.add(person.pk)
        all_exceptions = list(person.exceptions.all())
        by_location: dict[int, Desk] = {}
        extra_places = [
            exception.location
            for exception in all_exceptions
            if exception.kind == "extra" and exception.location
        ]
        for place in [rule.location for rule in person.rules.all()] + extra_places:
            if place.is_active and place.pk not in by_location:
                by_location[place.pk] = Desk(
                    practitioner=person,
                    location=place,
                    rules=[rule for rule in person.rules.all() if rule.location_id == place.pk],
                    exceptions=all_exceptions,
                )
        desks.extend(by_location.values())
    if location is not None:
        desks = [desk for desk in desks if desk.location == location]
    return frozenset(offering), desks


def _find_window(
    *, visit_type: VisitType, first_day: date, last_day: date, zones: Iterable[ZoneInfo]
) -> tuple[datetime, datetime]:
    """Return the stretch of time whose busy hours matter: the local days in every zone, and the buffers."""
    all_zones = list(zones) or [timezone.get_default_timezone()]
    begins = min(datetime.combine(first_day, time(), zone).astimezone(UTC) for zone in all_zones)
    ends = max(
        datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC) for zone in all_zones
    )
    return begins - timedelta(minutes=visit_type.buffer_before), ends + timedelta(
        minutes=visit_type.buffer_after
    )


def _sort_busy(
    rows: QuerySet[Appointment],
    *,
    visit_type: VisitType,
    patient_id: int | None,
) -> Busy:
    """Read the appointments once and sort their times by whom and what they take."""
    busy = Busy()
    takes = ("practitioner_id", "room_id", "patient_id", "visit_type_id")
    times = ("start", "busy_start", "busy_end")
    for person, room, owner, kind, start, busy_start, busy_end in rows.order_by("busy_start").values_list(
        *takes, *times
    ):
        interval = (to_minutes(busy_start), to_minutes_up(busy_end))
        busy.of_practitioner[person].append(interval)
        if room is not None:
            busy.of_room[room].append(interval)
        if patient_id is not None and owner == patient_id:
            busy.of_patient.append(interval)
        if kind == visit_type.pk:
            busy.counted[person].append(start)
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
    now: datetime | None = None,
) -> Calendar:
    """Read all that decides availability from first_day to last_day (local days, inclusive).

    `patient` cannot be in two places: their other visits are busy time as well. `ignoring` is a
    visit about to be moved: its own time is free to itself, and its patient is the patient.
    `holder` names the session whose own hold is not in its own way.
    """
    now = now or timezone.now()
    offering, desks = _read_desks(
        visit_type=visit_type,
        first_day=first_day,
        last_day=last_day,
        practitioner=practitioner,
        location=location,
    )
    rooms = list(Room.objects.filter(visit_types=visit_type))
    rooms_at: dict[int, list[Room]] | None = None
    if rooms:
        rooms_at = defaultdict(list)
        for room in rooms:
            if room.is_active:
                rooms_at[room.location_id].append(room)

    zones = {desk.location.pk: desk.location.zone for desk in desks}
    if location is not None:
        zones[location.pk] = location.zone
    people = {desk.practitioner.pk for desk in desks} | ({practitioner.pk} if practitioner else set())
    patient_id = patient.pk if patient else ignoring.patient_id if ignoring else None
    resources = Q(practitioner__in=people) | Q(room__in=[room.pk for room in rooms])
    if patient_id is not None:
        resources |= Q(patient=patient_id)
    window_start, window_end = _find_window(
        visit_type=visit_type, first_day=first_day, last_day=last_day, zones=zones.values()
    )
    rows = Appointment.objects.holding_time(now=now).filter(
        resources,
        busy_start__gt=window_start - LONGEST_BUSY,
        busy_start__lt=window_end,
        busy_end__gt=window_start,
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
        offering=offering,
        desks=desks,
        closures=list(Closure.objects.filter(first_day__lte=last_day, last_day__gte=first_day)),
        busy=_sort_busy(rows, visit_type=visit_type, patient_id=patient_id),
        rooms_at=rooms_at,
    )
