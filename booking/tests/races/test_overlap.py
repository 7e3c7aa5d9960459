"""Nobody is ever double-booked.

The first test switches the guard off and must see an overlap; without it the others prove
nothing. The herd and the storm count overlaps with a query of their own.
"""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions, availability
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.races.at_once import count_overlaps, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

BY_PATIENT = actions.Actor.patient()
BY_SYSTEM = actions.Actor.system()


def check_then_insert(visit_type: VisitType, practitioner: Practitioner, location: Location) -> int:
    """Do what the database must judge: everybody looks, everybody sees the time free, everybody books."""
    slot = availability.find_soonest(visit_type=visit_type, practitioner=practitioner, count=1)[0]
    barrier = threading.Barrier(4)

    def work(number: int) -> bool:
        free = not availability.check(
            visit_type=visit_type, practitioner=practitioner, location=location, start=slot.start
        )
        barrier.wait()
        try:
            Appointment.objects.create(
                visit_type=visit_type,
                practitioner=practitioner,
                location=location,
                status=Status.PENDING,
                hold_expires_at=timezone.now() + timedelta(hours=1),
                start=slot.start,
                end=slot.end,
                busy_start=slot.start,
                busy_end=slot.end,
            )
        except (IntegrityError, OperationalError):
            return False
        return free

    return sum(run_at_once(4, work))


@pytest.mark.usefixtures("without_guards")
def test_control_without_the_guard_there_are_overlaps(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    booked = check_then_insert(room_type, practitioners[0], location)

    assert booked == 4
    assert count_overlaps() == 6


def test_with_the_guard_the_same_rush_has_one_winner(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    booked = check_then_insert(room_type, practitioners[0], location)

    assert booked == 1
    assert count_overlaps() == 0


def test_herd_of_32_on_one_slot_has_one_winner(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]

    def work(number: int) -> str:
        try:
            actions.hold(
                visit_type=room_type,
                practitioner=slot.practitioner,
                location=location,
                start=slot.start,
                holder=f"session-{number}",
                holder_address=f"address-{number}",
                by=BY_PATIENT,
            )
        except actions.SlotTaken:
            return "taken"
        return "held"

    results = Counter(run_at_once(32, work))

    assert results == {"held": 1, "taken": 31}
    assert count_overlaps() == 0


def test_herd_of_32_posts_has_one_winner_and_nobody_gets_a_server_error(
    room_type: VisitType, practitioners: list[Practitioner]
) -> None:
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    address = reverse("booking:hold", args=[room_type.slug])

    def post(number: int) -> tuple[int, bool]:
        response = Client().post(address, {"slot": slot.key}, REMOTE_ADDR=f"198.51.100.{number}")
        return response.status_code, "Someone else has just taken that time" in response.content.decode()

    results = Counter(run_at_once(32, post))

    assert results == {(302, False): 1, (409, True): 31}
    assert count_overlaps() == 0


def test_one_patient_is_not_booked_twice_at_one_time(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    """Each booking is with another practitioner: only the patient stands in the way."""
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    patient = practice.make_patient()

    def work(number: int) -> str:
        try:
            actions.book_visit(
                visit_type=room_type,
                practitioner=practitioners[number],
                location=location,
                start=slot.start,
                patient=patient,
                by=BY_SYSTEM,
            )
        except actions.SlotTaken:
            return "taken"
        return "booked"

    results = Counter(run_at_once(3, work))

    assert results == {"booked": 1, "taken": 2}


def test_two_confirms_of_one_hold_make_one_visit(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    held = actions.hold(
        visit_type=room_type,
        practitioner=slot.practitioner,
        location=location,
        start=slot.start,
        holder="a",
        holder_address="x",
        by=BY_PATIENT,
    )
    details = actions.PatientDetails(given_name="A", family_name="B", birth_date=practice.TUESDAY)

    results = run_at_once(8, lambda _: actions.book(hold=held, patient=details, by=BY_PATIENT))

    assert {(result.pk, result.status) for result in results} == {(held.pk, Status.BOOKED)}
    assert len({result.patient_id for result in results}) == 1
    assert held.events.filter(kind="booked").count() == 1
