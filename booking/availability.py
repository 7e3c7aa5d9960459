"""Rows → engine → slots: the only bridge from the database to what can be booked.

Listing, holding, booking, moving, staff pages and feeds all read availability here, so that
what is offered can be booked and what can be booked was offered. Each call reads every table
once, however many practitioners, days and appointments there are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from booking.engine.intervals import Interval
from booking.engine.openings import DateSpan, Opening, open_intervals
from booking.engine.rules import Code, Refusal, booking_window, check_start, is_taken
from booking.engine.slots import VisitShape, find_starts
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
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_minutes(at: datetime) -> int:
    """Return an aware datetime as whole UTC epoch minutes, rounded down."""
    return int(at.timestamp() // 60)


def to_minutes_up(at: datetime) -> int:
    """The same rounded up: a busy time lasts through its last minute, and a minute that began is past."""
    return -int(-at.timestamp() // 60)


def to_datetime(minutes: int) -> datetime:
    return EPOCH + timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that can be booked now. Computed, never stored. Times are aware and in UTC."""

    start: datetime
    end: datetime
    practitioner: Practitioner
    location: Location

    @property
    def local_start(self) -> datetime:
        """The start on the wall clock of its location."""
        return self.start.astimezone(self.location.zone)

    @property
    def key(self) -> str:
        """The slot in a form field; `parse_slot_key` reads it back."""
        return f"{self.start:%Y-%m-%dT%H:%MZ}/{self.practitioner.slug}/{self.location.slug}"


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """What somebody asked for: not known to be free, or even sensible."""

    practitioner: Practitioner
    location: Location
    start: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a listing. `is_closed` tells a day without hours from a full one."""

    day: date
    slots: list[Slot]
    is_closed: bool


def parse_slot_key(text: str) -> SlotChoice:
    """Read a `Slot.key` back. Raises ValueError for anything that names no slot of ours."""
    try:
        # PostgreSQL raises an error of its own for a NUL, even in a question.
        if not (text.isascii() and text.isprintable()):
            raise ValueError(text)
        start_text, practitioner_slug, location_slug = text.split("/")
        start = datetime.strptime(start_text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        if not 2000 <= start.year <= 2200:
            raise ValueError(start.year)
        return SlotChoice(
            practitioner=Practitioner.objects.get(slug=practitioner_slug, is_active=True),
            location=Location.objects.get(slug=location_slug, is_active=True),
            start=start,
        )
    except (ValueError, Practitioner.DoesNotExist, Location.DoesNotExist) as error:
        raise ValueError("not a slot key") from error


@dataclass(frozen=True)
class _Desk:
    """One practitioner at one location: the unit that has openings."""

    practitioner: Practitioner
    location: Location
    rules: list[AvailabilityRule] = field(default_factory=list)
    exceptions: list[AvailabilityException] = field(default_factory=list)


@dataclass(frozen=True)
class _Busy:
    """Who and what is taken when, in UTC minutes; `counted` are each practitioner's starts of this type."""

    of_practitioner: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    of_room: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    of_patient: list[Interval] = field(default_factory=list)
    counted: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Calendar:
    """Everything about a stretch of days that decides what can be booked, read once."""

    visit_type: VisitType
    first_day: date
    last_day: date
    now: datetime
    offering: frozenset[int]  # practitioners who do this type of visit
    desks: list[_Desk]
    closures: list[Closure]
    busy: _Busy
    rooms_at: dict[int, list[Room]] | None

    @cached_property
    def shape(self) -> VisitShape:
        return VisitShape(
            duration=self.visit_type.duration,
            buffer_before=self.visit_type.buffer_before,
            buffer_after=self.visit_type.buffer_after,
            start_step=self.visit_type.start_step,
        )

    def _window(self, zone: ZoneInfo) -> tuple[int, int]:
        return booking_window(
            now=to_minutes_up(self.now),
            minimum_notice=self.visit_type.minimum_notice,
            horizon_days=self.visit_type.booking_horizon,
            zone=zone,
        )

    def _closed_spans(self, desk: _Desk) -> list[DateSpan]:
        closures = [
            closure.as_date_span()
            for closure in self.closures
            if closure.location_id in (None, desk.location.pk)
        ]
        away = [
            exception.as_date_span()
            for exception in desk.exceptions
            if exception.kind == AvailabilityException.Kind.CLOSED
            and exception.location_id in (None, desk.location.pk)
        ]
        return closures + away

    def _full_days(self, desk: _Desk) -> list[DateSpan]:
        limit = self.visit_type.daily_limit
        if limit is None:
            return []
        counts = self._count_visits(desk.practitioner, zone=desk.location.zone)
        return [DateSpan(first=day, last=day) for day, count in counts.items() if count >= limit]

    def _count_visits(self, practitioner: Practitioner, *, zone: ZoneInfo) -> Counter[date]:
        """Visits of this type a day, wherever they are, by the days of `zone`.

        One zone for all of them: by each visit's own, a listing of every place and a check of
        one could count a late visit to different days.
        """
        return Counter(start.astimezone(zone).date() for start in self.busy.counted.get(practitioner.pk, []))

    def openings(self, desk: _Desk, *, closed: Iterable[DateSpan]) -> list[Opening]:
        return open_intervals(
            first=self.first_day,
            last=self.last_day,
            zone=desk.location.zone,
            rules=[rule.as_weekly_rule() for rule in desk.rules],
            extra=[
                exception.as_date_span()
                for exception in desk.exceptions
                if exception.kind == AvailabilityException.Kind.EXTRA
                and exception.location_id == desk.location.pk
            ],
            closed=list(closed),
        )

    def busy_of(self, desk: _Desk) -> list[Interval]:
        """Busy times of the practitioner, at every location."""
        return self.busy.of_practitioner.get(desk.practitioner.pk, [])

    def rooms_busy(self, desk: _Desk) -> list[list[Interval]] | None:
        """Busy times of each room that would do; None where the visit needs no room."""
        if self.rooms_at is None:
            return None
        return [self.busy.of_room.get(room.pk, []) for room in self.rooms_at.get(desk.location.pk, [])]

    def slots_of(self, desk: _Desk, *, limit: int | None = None) -> list[Slot]:
        earliest, latest = self._window(desk.location.zone)
        starts = find_starts(
            openings=self.openings(desk, closed=self._closed_spans(desk) + self._full_days(desk)),
            busy=[*self.busy_of(desk), *self.busy.of_patient],
            shape=self.shape,
            rooms_busy=self.rooms_busy(desk),
            earliest=earliest,
            latest=latest,
            limit=limit,
        )
        duration = timedelta(minutes=self.visit_type.duration)
        return [
            Slot(
                start=(at := to_datetime(start)),
                end=at + duration,
                practitioner=desk.practitioner,
                location=desk.location,
            )
            for start in starts
        ]

    def slots(self, *, limit: int | None = None) -> list[Slot]:
        per_desk = [self.slots_of(desk, limit=limit) for desk in self.desks]
        return list(islice(merge(*per_desk, key=attrgetter("start")), limit))

    def open_days(self) -> set[date]:
        """The local days on which anybody has hours, free or not."""
        return {
            to_datetime(opening.start).astimezone(desk.location.zone).date()
            for desk in self.desks
            for opening in self.openings(desk, closed=self._closed_spans(desk))
        }

    def refusals(self, *, practitioner: Practitioner, location: Location, start: datetime) -> list[Refusal]:
        """Return every reason why `start` cannot be booked; empty exactly when it is offered."""
        if practitioner.pk not in self.offering:
            # Their hours were not read, so nothing true can be said about them.
            return [Refusal(Code.WRONG_PRACTITIONER)]
        desk = next(
            (desk for desk in self.desks if (desk.practitioner, desk.location) == (practitioner, location)),
            _Desk(practitioner=practitioner, location=location),
        )
        visit_type = self.visit_type
        local_day = start.astimezone(location.zone).date()
        refusals = check_start(
            start=to_minutes(start),
            now=to_minutes_up(self.now),
            shape=self.shape,
            minimum_notice=visit_type.minimum_notice,
            horizon_days=visit_type.booking_horizon,
            zone=location.zone,
            openings=self.openings(desk, closed=self._closed_spans(desk)),
            openings_without_closings=self.openings(desk, closed=[]),
            busy=self.busy_of(desk),
            rooms_busy=self.rooms_busy(desk),
            daily_limit=visit_type.daily_limit,
            booked_that_day=self._count_visits(practitioner, zone=location.zone)[local_day],
            offers_type=True,
        )
        if is_taken(to_minutes(start), self.shape, self.busy.of_patient):
            refusals.append(Refusal(Code.PATIENT_BUSY))
        return refusals


def _read_desks(
    *,
    visit_type: VisitType,
    first_day: date,
    last_day: date,
    practitioner: Practitioner | None,
    location: Location | None,
) -> tuple[frozenset[int], list[_Desk]]:
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
    practitioners = Practitioner.objects.filter(visit_types=visit_type, is_active=True).prefetch_related(
        Prefetch("rules", queryset=rules), Prefetch("exceptions", queryset=exceptions)
    )
    if practitioner is not None:
        practitioners = practitioners.filter(pk=practitioner.pk)
    desks: list[_Desk] = []
    offering: set[int] = set()
    for person in practitioners:
        offering.add(person.pk)
        all_exceptions = list(person.exceptions.all())
        by_location: dict[int, _Desk] = {}
        extra_places = [
            exception.location
            for exception in all_exceptions
            if exception.kind == "extra" and exception.location
        ]
        for place in [rule.location for rule in person.rules.all()] + extra_places:
            if place.is_active and place.pk not in by_location:
                by_location[place.pk] = _Desk(
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
) -> _Busy:
    """Read the appointments once and sort their times by whom and what they take."""
    busy = _Busy()
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


class Scope(TypedDict, total=False):
    """What narrows a question about free time; see `read_calendar`."""

    practitioner: Practitioner | None
    location: Location | None
    patient: Patient | None
    ignoring: Appointment | None
    holder: str
    now: datetime | None


def find_slots(
    *,
    visit_type: VisitType,
    first_day: date,
    last_day: date,
    limit: int | None = None,
    **scope: Unpack[Scope],
) -> list[Slot]:
    """Return the bookable slots of the local days first_day to last_day, earliest first."""
    calendar = read_calendar(visit_type=visit_type, first_day=first_day, last_day=last_day, **scope)
    return calendar.slots(limit=limit)


def find_soonest(*, visit_type: VisitType, count: int = 3, **scope: Unpack[Scope]) -> list[Slot]:
    """Return the first `count` slots within the visit type's booking horizon."""
    today = timezone.localdate(scope.get("now"))
    return find_slots(
        visit_type=visit_type,
        # A day either side: a location's day may differ from the practice's.
        first_day=today - timedelta(days=1),
        last_day=today + timedelta(days=visit_type.booking_horizon + 1),
        limit=count,
        **scope,
    )


def find_days(*, visit_type: VisitType, first_day: date, days: int = 10, **scope: Unpack[Scope]) -> list[Day]:
    """Return `days` local days from first_day on, each with its slots, open or not."""
    last_day = first_day + timedelta(days=days - 1)
    calendar = read_calendar(visit_type=visit_type, first_day=first_day, last_day=last_day, **scope)
    by_day: dict[date, list[Slot]] = defaultdict(list)
    for slot in calendar.slots():
        by_day[slot.local_start.date()].append(slot)
    open_days = calendar.open_days()
    listed = [first_day + timedelta(days=offset) for offset in range(days)]
    return [Day(day=day, slots=by_day[day], is_closed=day not in open_days) for day in listed]


def check(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    patient: Patient | None = None,
    ignoring: Appointment | None = None,
    holder: str = "",
    now: datetime | None = None,
) -> list[Refusal]:
    """Return every reason why `start` (aware) cannot be booked; [] exactly when it would be offered."""
    if start.second or start.microsecond:
        return [Refusal(code=Code.OFF_GRID)]
    day = start.astimezone(location.zone).date()
    calendar = read_calendar(
        visit_type=visit_type,
        first_day=day,
        last_day=day,
        practitioner=practitioner,
        location=location,
        patient=patient,
        ignoring=ignoring,
        holder=holder,
        now=now,
    )
    return calendar.refusals(practitioner=practitioner, location=location, start=start)
