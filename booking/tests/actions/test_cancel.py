"""A visit is called off and stays as a record."""

from typing import Any

import pytest

from booking import actions
from booking.models import Appointment
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, BY_SYSTEM, Hold, list_messages
from booking.tests.practice import at


def test_cancel_keeps_the_record_and_frees_the_time(visit: Appointment, hold: Hold) -> None:
    cancelled = actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    assert (cancelled.status, cancelled.version) == (Status.CANCELLED, 1)
    assert cancelled.cancelled_at == practice.NOW
    assert list_messages() == [("booking.booked", 0), ("booking.cancelled", 1)]
    assert hold("10:00").status == Status.PENDING


def test_patient_who_has_arrived_cannot_cancel_by_link(visit: Appointment, receptionist: Any) -> None:
    arrived = actions.arrive(appointment=visit, by=BY_SYSTEM)

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=arrived, reason="patient", by=BY_PATIENT)
    cancelled = actions.cancel(appointment=arrived, reason="patient", by=actions.Actor.staff(receptionist))

    assert cancelled.status == Status.CANCELLED


def test_cancel_twice_tells_once(visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    again = actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)

    assert again.version == 1
    assert list_messages() == [("booking.booked", 0), ("booking.cancelled", 1)]


def test_a_visit_that_is_done_cannot_be_cancelled(visit: Appointment) -> None:
    for step in (actions.arrive, actions.check_in, actions.fulfil):
        step(appointment=visit, by=BY_SYSTEM)

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)


def test_cancel_of_a_visit_that_was_moved_meanwhile_is_refused(visit: Appointment, receptionist: Any) -> None:
    staff = actions.Actor.staff(receptionist)
    seen = Appointment.objects.get(pk=visit.pk)
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("14:00"),
        by=staff,
    )

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=seen, reason="practice", by=staff)
