"""Staff book in one step."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions
from booking.engine.rules import Code
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_SYSTEM, DETAILS, Hold, list_messages
from booking.tests.practice import at
from outbox.models import OutboxMessage, State


def test_book_in_a_zone_whose_clock_changes_lasts_real_minutes(
    clock: Any, location: Location, practitioner: Practitioner, patient: Patient
) -> None:
    """2026-11-01 00:30 in New York: two hours later the clock says 1:30."""
    long = practice.make_visit_type(duration=120)
    practitioner.visit_types.add(long)
    clock.move_to(practice.at("09:00", date(2026, 10, 30)))

    visit = actions.book_visit(
        visit_type=long,
        practitioner=practitioner,
        location=location,
        start=datetime(2026, 11, 1, 0, 30, tzinfo=practice.NEW_YORK),
        patient=patient,
        by=BY_SYSTEM,
        override=list(Code),
    )

    assert visit.end - visit.start.astimezone(UTC) == timedelta(minutes=120)


def test_staff_set_rules_aside_but_never_the_overlap(
    visit: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    receptionist: Any,
) -> None:
    request = {
        "visit_type": visit_type,
        "practitioner": practitioner,
        "location": location,
        "by": actions.Actor.staff(receptionist),
        "override": list(Code),
    }

    at_night = actions.book_visit(start=at("22:05"), patient=practice.make_patient(), **request)
    with pytest.raises(actions.SlotTaken):
        actions.book_visit(start=at("10:05"), patient=practice.make_patient(), **request)

    assert at_night.status == Status.BOOKED
    assert at_night.source == "staff"


def test_patient_who_is_elsewhere_at_that_time_is_the_reason(
    visit: Appointment, visit_type: VisitType, location: Location, patient: Patient
) -> None:
    other = practice.make_practitioner(visit_types=[visit_type], location=location)

    with pytest.raises(actions.SlotTaken) as caught:
        actions.book_visit(
            visit_type=visit_type,
            practitioner=other,
            location=location,
            start=at("10:20"),
            patient=patient,
            by=BY_SYSTEM,
        )

    assert [refusal.code for refusal in caught.value.refusals] == [Code.PATIENT_BUSY]


def test_staff_take_over_the_time_of_a_hold_that_ran_out(
    hold: Hold, clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    lapsed = hold()
    clock.shift(timedelta(minutes=21))

    actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:20"),
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    lapsed.refresh_from_db()
    assert lapsed.status == Status.CANCELLED


# --- A new patient on the phone ---------------------------------------------------


def test_new_patient_and_whoever_asks_for_them_are_made_with_the_visit(
    clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location, receptionist: Any
) -> None:
    visit = actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        patient=DETAILS,
        related_person=actions.RelatedDetails(name="Kim Ellis", relationship="parent", is_contact=True),
        by=actions.Actor.staff(receptionist),
    )

    assert (visit.patient.full_name, visit.patient.email) == ("Jordan Ellis", "")
    assert (visit.contact.name, visit.contact.email) == ("Kim Ellis", "jordan.ellis@example.org")


def test_refused_booking_leaves_no_patient_behind(
    clock: Any,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    receptionist: Any,
    hold: Hold,
) -> None:
    hold("10:00")

    with pytest.raises(actions.SlotTaken):
        actions.book_visit(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=at("10:00"),
            patient=DETAILS,
            by=actions.Actor.staff(receptionist),
        )

    assert not Patient.objects.exists()


# --- A booking taken back -----------------------------------------------------------


@pytest.fixture
def by_staff(
    clock: Any,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    patient: Patient,
    receptionist: Any,
) -> Appointment:
    """Booked by the front desk a moment ago."""
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("15:00"),
        patient=patient,
        by=actions.Actor.staff(receptionist),
    )


def test_booking_taken_back_before_its_mail_left_is_heard_of_by_nobody(
    by_staff: Appointment, receptionist: Any
) -> None:
    undone = actions.unbook(appointment=by_staff, by=actions.Actor.staff(receptionist))

    assert undone.status == Status.ENTERED_IN_ERROR
    assert [(message.kind, message.state) for message in OutboxMessage.objects.all()] == [
        ("booking.booked", State.DROPPED)
    ]


# What is sent once more waits again, and has left all the same.
@pytest.mark.parametrize("state", [State.SENT, State.SENDING, State.QUEUED])
def test_booking_taken_back_after_its_mail_left_is_cancelled_and_told(
    by_staff: Appointment, receptionist: Any, state: State
) -> None:
    now = timezone.now()
    lease = now if state == State.SENDING else None
    sent_at = None if state == State.SENDING else now
    OutboxMessage.objects.update(state=state, sent_at=sent_at, lease_until=lease)

    undone = actions.unbook(appointment=by_staff, by=actions.Actor.staff(receptionist))

    assert (undone.status, undone.cancellation_reason) == (Status.CANCELLED, "practice")
    assert list_messages() == [("booking.booked", 0), ("booking.cancelled", 1)]


def test_patients_and_online_bookings_are_not_taken_back(
    by_staff: Appointment, hold: Hold, receptionist: Any
) -> None:
    online = actions.book(hold=hold("10:00"), patient=DETAILS, by=actions.Actor.patient())

    with pytest.raises(actions.NotAllowed):
        actions.unbook(appointment=by_staff, by=actions.Actor.patient())
    with pytest.raises(actions.NotAllowed):
        actions.unbook(appointment=online, by=actions.Actor.staff(receptionist))


def test_booking_that_somebody_moved_meanwhile_is_not_taken_back(
    by_staff: Appointment, location: Location, receptionist: Any
) -> None:
    staff = actions.Actor.staff(receptionist)
    moved = actions.move(
        appointment=Appointment.objects.get(pk=by_staff.pk),
        practitioner=by_staff.practitioner,
        location=location,
        start=at("14:00"),
        by=staff,
    )

    for seen in (by_staff, moved):
        with pytest.raises(actions.NotAllowed):
            actions.unbook(appointment=seen, by=staff)


def test_booking_is_not_taken_back_after_a_day(by_staff: Appointment, receptionist: Any, clock: Any) -> None:
    """By then nobody knows for sure whether its mail has left: rows of the outbox are not kept for ever."""
    clock.shift(timedelta(days=1))

    with pytest.raises(actions.NotAllowed):
        actions.unbook(appointment=by_staff, by=actions.Actor.staff(receptionist))
