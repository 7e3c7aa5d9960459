"""The one question about busy time, beside the same one asked through Django."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from booking.availability.busy import LONGEST_BUSY, read_busy
from booking.availability.facts import Busy
from booking.availability.slots import to_minutes, to_minutes_up
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at

NOW = at("09:00")
START, END = at("00:00"), at("00:00", TUESDAY + timedelta(days=2))
pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(location: Location, visit_type: VisitType) -> list[Appointment]:
    """Visits and holds of every kind around two days, some to the second, some a day long."""
    dice = random.Random(7)
    people = [practice.make_practitioner(visit_types=[visit_type], location=location) for _ in range(3)]
    rooms = [practice.make_room(location) for _ in range(2)]
    patients = [practice.make_patient() for _ in range(3)]
    made = []
    for number in range(240):
        # An hour for each, so that nobody is double-booked, whatever it takes.
        start = START - timedelta(days=3) + timedelta(hours=number // 2, seconds=dice.choice([0, 1, 59]))
        status = dice.choice([Status.BOOKED, Status.PENDING, Status.CANCELLED, Status.FULFILLED])
        is_hold = status == Status.PENDING
        made.append(
            Appointment.objects.create(
                visit_type=visit_type,
                practitioner=people[number % 2],
                location=location,
                room=dice.choice([None, rooms[number % 2]]),
                patient=None if is_hold else patients[number % 2],
                status=status,
                start=start,
                end=start + timedelta(minutes=dice.choice([20, 45])),
                busy_start=start,
                busy_end=start + timedelta(minutes=50, seconds=dice.choice([0, 1])),
                hold_expires_at=NOW + timedelta(minutes=dice.choice([-5, 0, 5])) if is_hold else None,
                holder=dice.choice(["me", "you"]) if is_hold else "",
                cancelled_at=NOW if status == Status.CANCELLED else None,
            )
        )
    return made


def ask_django(takers: Q, *, patient: Patient | None = None, ignoring: int = 0, holder: str = "-") -> Busy:
    busy = Busy()
    visits = Appointment.objects.holding_time(now=NOW).filter(
        takers, busy_start__gt=START - LONGEST_BUSY, busy_start__lt=END, busy_end__gt=START
    )
    for visit in visits.exclude(pk=ignoring).exclude(status="pending", holder=holder).order_by("busy_start"):
        interval = (to_minutes(visit.busy_start), to_minutes_up(visit.busy_end))
        busy.of_practitioner[visit.practitioner_id].append(interval)
        if visit.room_id is not None:
            busy.of_room[visit.room_id].append(interval)
        if patient and visit.patient_id == patient.pk:
            busy.of_patient.append(interval)
        busy.counted[visit.practitioner_id, visit.visit_type_id].append(to_minutes(visit.start))
    return busy


def ask(practitioners: Any, **scope: Any) -> Busy:
    return read_busy(start=START, end=END, now=NOW, practitioners=practitioners, **scope)


def test_everybodys_busy_time(rows: list[Appointment]) -> None:
    busy = ask(None)

    assert busy == ask_django(Q())
    assert sum(map(len, busy.of_practitioner.values())) > 30


def test_busy_time_of_a_clinician_a_room_and_a_patient(rows: list[Appointment]) -> None:
    person = rows[0].practitioner_id
    room = next(row.room_id for row in rows if row.room_id and row.practitioner_id != person)
    patient = next(row.patient for row in rows if row.patient and row.practitioner_id != person)

    busy = ask([person], rooms=[room], patient=patient.pk)

    assert busy == ask_django(Q(practitioner=person) | Q(room=room) | Q(patient=patient), patient=patient)
    assert busy.of_patient
    assert busy.of_room[room]


def test_ones_own_visit_and_hold_are_not_in_the_way(rows: list[Appointment]) -> None:
    people = {row.practitioner_id for row in rows}
    own = next(row.pk for row in rows if row.status == Status.BOOKED and START < row.start < END)

    busy = ask(people, ignoring=own, holder="me")

    assert busy == ask_django(Q(), ignoring=own, holder="me")
    assert busy != ask(people)


def test_nobody_is_asked_for_nothing(rows: list[Appointment], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        busy = ask([])

    assert busy == Busy()


def test_a_practitioner_without_visits(rows: list[Appointment]) -> None:
    idle = Practitioner.objects.order_by("-pk")[0].pk

    assert ask([idle]).of_practitioner == {}
