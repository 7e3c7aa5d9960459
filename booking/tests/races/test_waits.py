"""What changes while an action waits for a lock counts, and nobody waits for another place."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from booking import actions, availability
from booking.models import Appointment, Patient, Room
from booking.tests import practice
from booking.tests.races.at_once import wait_until_one_waits

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no row locks"),
]

BY_PATIENT = actions.Actor.patient()


def start(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Run the work in a thread; what it returned or raised is in the list when it has ended."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except actions.BookingError as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_room_that_is_required_while_a_booking_waits_for_its_patient_counts() -> None:
    location, visit_type = practice.make_location(), practice.make_visit_type()
    person = practice.make_practitioner(visit_types=[visit_type], location=location)
    room, patient = practice.make_room(location), practice.make_patient()
    slot = availability.find_soonest(visit_type=visit_type, count=1)[0]

    with transaction.atomic():
        list(Patient.objects.select_for_update().filter(pk=patient.pk))
        booking, outcome = start(
            lambda: actions.book_visit(
                visit_type=visit_type,
                practitioner=person,
                location=location,
                start=slot.start,
                patient=patient,
                by=actions.Actor.system(),
            )
        )
        wait_until_one_waits()
        start(lambda: visit_type.rooms.add(room))[0].join()
    booking.join()

    assert isinstance(outcome[0], actions.Refused) or outcome[0].room_id == room.pk


def test_one_place_does_not_wait_for_the_rooms_of_another() -> None:
    here, there = practice.make_location(), practice.make_location()
    rooms = [practice.make_room(here), practice.make_room(there)]
    visit_type = practice.make_visit_type(rooms=rooms)
    person = practice.make_practitioner(visit_types=[visit_type], location=here)
    slot = availability.find_soonest(visit_type=visit_type, count=1)[0]

    with transaction.atomic():
        list(Room.objects.select_for_update(no_key=True).filter(pk=rooms[1].pk))
        holding, outcome = start(
            lambda: actions.hold(
                visit_type=visit_type,
                practitioner=person,
                location=here,
                start=slot.start,
                holder="somebody",
                holder_address="one address",
                by=BY_PATIENT,
            )
        )
        holding.join(timeout=6)
        has_waited = holding.is_alive()
    holding.join()

    assert not has_waited
    assert outcome[0].room_id == rooms[0].pk


def test_hold_that_ends_while_it_waits_to_be_prolonged_counts_as_a_new_one(settings: Any) -> None:
    location, visit_type = practice.make_location(), practice.make_visit_type()
    people = [
        practice.make_practitioner(visit_types=[visit_type], location=location)
        for _ in range(settings.MAX_HOLDS_PER_ADDRESS + 1)
    ]
    slot = availability.find_soonest(visit_type=visit_type, count=1)[0]

    def hold(number: int) -> Appointment:
        return actions.hold(
            visit_type=visit_type,
            practitioner=people[number],
            location=location,
            start=slot.start,
            holder=f"session-{number}",
            holder_address="one address",
            by=BY_PATIENT,
        )

    first = hold(0)
    ends_at = timezone.now() + timedelta(seconds=0.7)
    Appointment.objects.update(hold_expires_at=ends_at)
    first.refresh_from_db()
    with transaction.atomic():
        list(Appointment.objects.select_for_update(no_key=True).filter(pk=first.pk))
        renewing, _ = start(lambda: actions.renew_hold(appointment=first, by=BY_PATIENT))
        wait_until_one_waits()
        time.sleep(max(0, (ends_at - timezone.now()).total_seconds()))
        start(lambda: [hold(number) for number in range(1, len(people))])[0].join()
    renewing.join()

    living = Appointment.objects.filter(status="pending", hold_expires_at__gt=timezone.now())
    assert living.count() <= settings.MAX_HOLDS_PER_ADDRESS
