"""Rows → the desk's day: a fixed number of queries, however many clinicians and visits there are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from booking import scope
from booking.admin.visit_fields import SIGNS
from booking.availability import to_datetime, to_minutes
from booking.availability.hours import Hours, read_hours
from booking.desk.board import Board, Lane, Place, Shut, build_board, choose_step
from booking.desk.choice import Choice
from booking.desk.words import SHOWN, describe
from booking.engine.intervals import normalize
from booking.engine.sharing import measure_share
from booking.models import Appointment, AppointmentEvent, Practitioner, Room
from booking.models.appointment import Status

# So long after both the start and the arrival, somebody should say something.
LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Waiting:
    visit: Appointment
    minutes: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How much of somebody's open time of the day is taken, in percent."""

    name: str
    percent: int


@dataclass(frozen=True, slots=True)
class Count:
    status: str
    sign: str
    word: str
    count: int


@dataclass(frozen=True)
class DeskDay:
    """One day as chosen: `visits` are those on the board, at the chosen location or of its clinicians."""

    choice: Choice
    now: datetime
    hours: list[Hours]
    visits: list[Appointment]
    cancelled: int
    rooms: list[Room]

    @cached_property
    def here(self) -> list[Appointment]:
        """The visits at the chosen location."""
        place = self.choice.location
        return [visit for visit in self.visits if place is None or visit.location_id == place.pk]

    @cached_property
    def counts(self) -> list[Count]:
        found = Counter(visit.status for visit in self.here)
        return [
            Count(status=status.value, sign=SIGNS[status], word=str(status.label), count=found[status])
            for status in SHOWN
        ]

    @cached_property
    def board(self) -> Board:
        lanes = self._list_rooms() if self.choice.by_room else self._list_clinicians()
        steps = {
            visit_type.start_step
            for hours in self.hours
            for visit_type in hours.practitioner.visit_types.all()
        }
        return build_board(
            lanes,
            step=choose_step(steps),
            midnight=to_minutes(self.choice.midnight),
            now=to_minutes(self.now),
        )

    @cached_property
    def labels(self) -> dict[int, datetime]:
        """When each row of the board starts, on the clock of the place."""
        return {row.start: to_datetime(row.start).astimezone(self.choice.zone) for row in self.board.rows}

    @cached_property
    def shares(self) -> list[Share]:
        """Of each clinician with open time, the booked share, by name."""
        busy = defaultdict(list)
        for visit in self.visits:
            busy[visit.practitioner_id].append((to_minutes(visit.busy_start), to_minutes(visit.busy_end)))
        shares = []
        for person, hours in _group_by_person(self.hours):
            openings = normalize(interval for one in hours for interval in one.open)
            if openings:
                taken = measure_share(openings=openings, busy=busy[person.pk])
                shares.append(Share(name=person.short_name, percent=round(taken * Fraction(100))))
        return shares

    # --- Columns --------------------------------------------------------------

    def _list_clinicians(self) -> list[Lane]:
        """Everybody with hours or visits at the chosen location, with all that they do that day."""
        hours_of = dict(_group_by_person(self.hours))
        visits_of: dict[Practitioner, list[Appointment]] = defaultdict(list)
        for visit in self.visits:
            visits_of[visit.practitioner].append(visit)
        here = {visit.practitioner for visit in self.here}
        people = sorted(
            {*hours_of, *here}, key=lambda person: (person.family_name, person.given_name, person.pk)
        )
        return [self._make_lane(person, hours_of.get(person, []), visits_of[person]) for person in people]

    def _make_lane(self, person: Practitioner, hours: list[Hours], visits: list[Appointment]) -> Lane:
        here = {one.location.pk: one.location for one in hours}
        here |= {visit.location_id: visit.location for visit in visits}
        places = {place.pk: place.name for place in here.values()}
        one_place = len(places) == 1
        durations = [
            visit_type.duration for one in hours[:1] for visit_type in one.practitioner.visit_types.all()
        ]
        return Lane(
            key=person.slug,
            heading=person.short_name,
            place=next(iter(here.values())).slug,
            detail=", ".join([*places.values(), *(note for one in hours for note in one.extra_notes)]),
            planned=normalize(interval for one in hours for interval in one.planned),
            open=[Place(start, end, one.location.slug) for one in hours for start, end in one.open],
            shut=_list_shut(hours),
            entries=[
                describe(
                    visit, zone=self.choice.zone, besides=_name_place(visit, with_location=not one_place)
                )
                for visit in visits
            ],
            shortest=min(durations, default=None),
        )

    def _list_rooms(self) -> list[Lane]:
        visits_in: dict[Room | None, list[Appointment]] = defaultdict(list)
        for visit in self.here:
            visits_in[visit.room].append(visit)
        rooms = [room for room in {*self.rooms, *visits_in} if room is not None]
        rooms.sort(key=lambda room: (room.location.name, room.name, room.pk))
        several = len({room.location_id for room in rooms}) > 1
        lanes = []
        for room in [*rooms, *([None] if visits_in[None] else [])]:
            hours = [one for one in self.hours if room is not None and one.location.pk == room.location_id]
            planned = normalize(interval for one in hours for interval in one.planned)
            lanes.append(
                Lane(
                    key=f"room-{room.pk}" if room else "no-room",
                    heading=room.name if room else _("No room"),
                    detail=room.location.name if room and several else "",
                    planned=planned,
                    open=[
                        Place(start, end, "")
                        for start, end in normalize(interval for one in hours for interval in one.open)
                    ],
                    # A clinician's reason to be away says nothing about the room.
                    shut=[Shut(one.start, one.end, "") for one in _list_shut(hours)],
                    entries=[
                        describe(visit, zone=self.choice.zone, besides=(visit.practitioner.short_name,))
                        for visit in visits_in[room]
                    ],
                )
            )
        return lanes


def read_day(choice: Choice, *, now: datetime, user: Any) -> DeskDay:
    """Read everything of the chosen day that `user` may see. Holds that ran out are left away."""
    place = choice.location
    rows = (
        scope.visible_visits(user)
        .with_parts()
        .select_related("room__location", "waitlist_offer")
        .filter(start__lt=choice.next_midnight, end__gt=choice.midnight)
        .exclude(status=Status.ENTERED_IN_ERROR)
        .exclude(Q(status=Status.PENDING, hold_expires_at__lte=now))
        .exclude(status=Status.CANCELLED, patient__isnull=True)
    )
    visits = list(rows)
    hours = [
        one for one in read_hours(day=choice.day, now=now) if scope.may_see_calendar(user, one.practitioner)
    ]
    if place is not None:
        hours = [one for one in hours if one.location == place]
        people = {visit.practitioner_id for visit in visits if visit.location_id == place.pk}
        people |= {one.practitioner.pk for one in hours}
        visits = [visit for visit in visits if visit.practitioner_id in people]
    rooms: list[Room] = []
    if choice.by_room:
        active = Room.objects.filter(is_active=True, location__is_active=True).select_related("location")
        rooms = list(active.filter(location=place) if place else active)
    return DeskDay(
        choice=choice,
        now=now,
        hours=hours,
        visits=[visit for visit in visits if visit.status != Status.CANCELLED],
        cancelled=sum(
            visit.status == Status.CANCELLED and (place is None or visit.location_id == place.pk)
            for visit in visits
        ),
        rooms=rooms,
    )


def find_next_day(choice: Choice, *, user: Any) -> date | None:
    """Return the day after the chosen one that has a visit which `user` may see."""
    coming = scope.visible_visits(user).visits().filter(start__gte=choice.next_midnight)
    coming = coming.exclude(status__in=[Status.CANCELLED, Status.ENTERED_IN_ERROR])
    if choice.location is not None:
        coming = coming.filter(location=choice.location)
    start = coming.order_by("start").values_list("start", flat=True).first()
    return start.astimezone(choice.zone).date() if start else None


def list_waiting(visits: Iterable[Appointment], *, now: datetime) -> list[Waiting]:
    """Return who has arrived and is not in a room yet, the longest wait first. One query."""
    arrived = [visit for visit in visits if visit.status == Status.ARRIVED]
    events = AppointmentEvent.objects.filter(
        appointment__in=[visit.pk for visit in arrived], kind=AppointmentEvent.Kind.ARRIVED
    ).order_by("at", "pk")
    since = {event.appointment_id: event.at for event in events}
    waiting = [measure_wait(visit, since=since.get(visit.pk, visit.start), now=now) for visit in arrived]
    return sorted(waiting, key=lambda one: (-one.minutes, one.visit.start, one.visit.pk))


def measure_wait(visit: Appointment, *, since: datetime, now: datetime) -> Waiting:
    """Return how long somebody who came at `since` has waited; early birds are not late before their time."""
    return Waiting(
        visit=visit,
        minutes=max(0, int((now - since).total_seconds() // 60)),
        is_late=now - max(since, visit.start) >= LATE_AFTER,
    )


def _group_by_person(hours: Iterable[Hours]) -> list[tuple[Practitioner, list[Hours]]]:
    groups: dict[Practitioner, list[Hours]] = {}
    for one in hours:
        groups.setdefault(one.practitioner, []).append(one)
    return list(groups.items())


def _list_shut(hours: Sequence[Hours]) -> list[Shut]:
    return [Shut(closing.start, closing.end, closing.label) for one in hours for closing in one.closings]


def _name_place(visit: Appointment, *, with_location: bool) -> tuple[str, ...]:
    parts = (visit.room.name if visit.room else "", visit.location.name if with_location else "")
    return tuple(filter(None, parts))
