"""Two actions wait for each other instead of standing in each other's way, and not for ever."""

import threading
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import actions, availability, writing
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

BY_PATIENT = actions.Actor.patient()
BY_SYSTEM = actions.Actor.system()


def test_two_sessions_that_swap_their_lapsed_holds_do_not_deadlock(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    room_type.rooms.clear()
    slots = availability.find_slots(
        visit_type=room_type,
        first_day=timezone.localdate() + timedelta(days=1),
        last_day=timezone.localdate() + timedelta(days=4),
        practitioner=practitioners[0],
    )[::4]
    deadlocks_before = count_deadlocks()

    def hold(session: int, practitioner: Practitioner, start: datetime) -> Appointment:
        return actions.hold(
            visit_type=room_type,
            practitioner=practitioner,
            location=location,
            start=start,
            holder=f"session-{session}",
            holder_address=f"address-{session}",
            by=BY_PATIENT,
        )

    def take_over(start: datetime, session: int) -> Appointment:
        return hold(session, practitioners[1 - session], start)

    for start in [slot.start for slot in slots[:5]]:
        for session in range(2):
            hold(session, practitioners[session], start)
        Appointment.objects.filter(status=Status.PENDING).update(
            hold_expires_at=timezone.now() - timedelta(minutes=1)
        )

        swapped = run_at_once(2, partial(take_over, start))

        assert {held.practitioner for held in swapped} == set(practitioners[:2])
    assert count_deadlocks() == deadlocks_before


def test_two_who_merge_the_same_rows_the_other_way_round(
    room_type: VisitType, practitioners: list[Practitioner], location: Location, django_user_model: Any
) -> None:
    by_staff = actions.Actor.staff(django_user_model.objects.create(username="receptionist"))
    one, other = practice.make_patient(), practice.make_patient()
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    visit = actions.book_visit(
        visit_type=room_type,
        practitioner=slot.practitioner,
        location=location,
        start=slot.start,
        patient=one,
        by=BY_SYSTEM,
    )
    pairs = [{"kept": one, "merged": other}, {"kept": other, "merged": one}]
    deadlocks_before = count_deadlocks()

    def work(number: int) -> str:
        try:
            actions.merge_patients(**pairs[number], by=by_staff)
        except actions.PatientMerged:
            return "merged already"
        return "merged"

    results = run_at_once(2, work)

    visit.refresh_from_db()
    assert sorted(results) == ["merged", "merged already"]
    assert visit.patient == Patient.objects.current().get()
    assert count_deadlocks() == deadlocks_before


def test_lock_that_is_not_given_back_is_busy_and_nothing_is_written(
    room_type: VisitType,
    practitioners: list[Practitioner],
    location: Location,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer and no row locks")
    monkeypatch.setattr(writing, "LOCK_TIMEOUT", "50ms")
    slot = availability.find_soonest(visit_type=room_type, practitioner=practitioners[0], count=1)[0]
    patient = practice.make_patient()
    is_locked, may_end = threading.Event(), threading.Event()

    def keep_the_lock() -> None:
        with transaction.atomic():
            list(Practitioner.objects.select_for_update().filter(pk=practitioners[0].pk))
            is_locked.set()
            may_end.wait(timeout=30)
        connection.close()

    other = threading.Thread(target=keep_the_lock)
    other.start()
    is_locked.wait(timeout=10)
    try:
        with pytest.raises(actions.Busy):
            actions.book_visit(
                visit_type=room_type,
                practitioner=practitioners[0],
                location=location,
                start=slot.start,
                patient=patient,
                by=BY_SYSTEM,
            )
    finally:
        may_end.set()
        other.join()

    assert not Appointment.objects.exists()


def test_locks_are_taken_in_one_order(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    """Practitioners, rooms, the patient, the visit: what makes two actions wait instead of deadlock."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer and no row locks")
    first, second = availability.find_slots(
        visit_type=room_type,
        first_day=timezone.localdate() + timedelta(days=1),
        last_day=timezone.localdate() + timedelta(days=4),
        practitioner=practitioners[1],
    )[:2]
    visit = actions.book_visit(
        visit_type=room_type,
        practitioner=practitioners[1],
        location=location,
        start=first.start,
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    with CaptureQueriesContext(connection) as queries:
        actions.move(
            appointment=visit,
            practitioner=practitioners[0],
            location=location,
            start=second.start,
            by=BY_SYSTEM,
        )

    locking = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    tables = [sql.split('FROM "booking_')[1].split('"')[0] for sql in locking]
    assert tables == ["practitioner", "room", "patient", "appointment"]
    people = sorted(person.pk for person in practitioners[:2])
    assert all(str(pk) in locking[0] for pk in people)
    # 1 is the only column asked for: the primary key.
    assert "ORDER BY 1 ASC" in locking[0]
    assert 'ORDER BY "booking_room"."id" ASC' in locking[1]


def test_step_of_a_visit_that_is_being_moved_to_somebody_else_waits_and_is_told(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    """A row that is locked together with its joins is gone for whoever waited, once a join has changed."""
    slot = availability.find_soonest(visit_type=room_type, practitioner=practitioners[0], count=1)[0]
    place = {"location": location, "start": slot.start, "by": BY_SYSTEM}
    visit = actions.book_visit(
        visit_type=room_type, practitioner=practitioners[0], patient=practice.make_patient(), **place
    )
    is_moved, begins = threading.Event(), threading.Event()

    def move() -> None:
        with transaction.atomic():
            actions.move(
                appointment=Appointment.objects.get(pk=visit.pk), practitioner=practitioners[1], **place
            )
            is_moved.set()
            begins.wait(timeout=10)
            time.sleep(0.3)
        connection.close()

    other = threading.Thread(target=move)
    other.start()
    is_moved.wait(timeout=10)
    begins.set()

    # Not found would be an error page; that it has changed is a sentence.
    with pytest.raises(actions.NotAllowed):
        actions.arrive(appointment=visit, by=BY_SYSTEM)

    other.join()
    visit.refresh_from_db()
    assert (visit.status, visit.practitioner) == (Status.BOOKED, practitioners[1])
