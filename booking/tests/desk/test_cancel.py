"""/admin/desk/visit/<pk>/cancel/: asks once who cancels; undo brings the visit back."""

from typing import Any

import pytest
from django.test import Client

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, CancellationReason
from booking.models.appointment import Status
from booking.tests.desk.conftest import book, read_outcomes
from booking.tests.practice import at
from outbox.models import OutboxMessage


def address(visit: Appointment) -> str:
    return f"/admin/desk/visit/{visit.pk}/cancel/"


def test_cancel_by_a_get_asks(desk: Client, visit: Appointment) -> None:
    page = desk.get(address(visit)).content.decode()

    visit.refresh_from_db()
    assert "Cancel the visit of Jordan Ellis?" in page
    assert visit.status == Status.BOOKED


def test_cancel_keeps_who_cancelled_and_tells_the_patient(desk: Client, visit: Appointment) -> None:
    response = desk.post(address(visit), {"reason": "practice", "version": 0}, follow=True)

    visit.refresh_from_db()
    assert (visit.status, visit.cancellation_reason) == (Status.CANCELLED, CancellationReason.PRACTICE)
    assert read_outcomes(response) == ["Cancelled. An email goes to the patient."]
    assert OutboxMessage.objects.filter(kind="booking.cancelled", subject_id=visit.pk).exists()


def test_cancel_can_be_undone_from_where_it_was_done(desk: Client, visit: Appointment) -> None:
    desk.post(address(visit), {"reason": "patient", "version": 0}, follow=True)

    response = desk.post(
        f"/admin/desk/visit/{visit.pk}/step/",
        {"step": "undo", "from": "cancelled", "version": 1},
        follow=True,
    )

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    assert read_outcomes(response) == ["Undone. The visit is again: Booked."]


def test_undo_of_a_cancellation_whose_time_was_taken_is_refused_in_words(
    desk: Client, visit: Appointment
) -> None:
    desk.post(address(visit), {"reason": "patient", "version": 0}, follow=True)
    book(visit, "10:00")

    response = desk.post(
        f"/admin/desk/visit/{visit.pk}/step/",
        {"step": "undo", "from": "cancelled", "version": 1},
        follow=True,
    )

    assert read_outcomes(response) == ["The clinician or the patient already has a visit at that time."]


@pytest.mark.parametrize("reason", ["", "hold_expired", "nonsense"])
def test_cancel_with_another_reason_asks_again(desk: Client, visit: Appointment, reason: str) -> None:
    response = desk.post(address(visit), {"reason": reason, "version": 0})

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    assert response.context["form"].errors


def test_visit_that_is_done_cannot_be_cancelled(desk: Client, visit: Appointment) -> None:
    for step in (actions.arrive, actions.check_in, actions.fulfil):
        step(appointment=visit, by=Actor.system())

    response = desk.post(address(visit), {"reason": "patient"}, follow=True)

    visit.refresh_from_db()
    assert visit.status == Status.FULFILLED
    assert "It is now: Done. Nothing was done." in read_outcomes(response)[0]


def test_what_a_colleague_changed_meanwhile_is_left_alone(desk: Client, visit: Appointment) -> None:
    actions.arrive(appointment=visit, by=Actor.system())

    response = desk.post(address(visit), {"reason": "patient", "version": 0, "from": "booked"}, follow=True)

    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
    assert "It is now: Arrived." in read_outcomes(response)[0]


def test_without_the_permission_nothing_is_cancelled(onlooker: Client, visit: Appointment) -> None:
    assert onlooker.post(address(visit), {"reason": "patient"}).status_code == 403


def test_cancel_of_a_visit_that_is_over_promises_no_mail(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    clock.move_to(at("12:00"))

    response = desk.post(address(visit), {"reason": "patient", "version": 0}, follow=True)

    assert read_outcomes(response) == ["Cancelled. No email goes out: the visit is over."]
