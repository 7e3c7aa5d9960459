"""/admin/desk/away/: plan what becomes of the visits of a clinician who is away, send, undo, call."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Absence, Appointment, AvailabilityException, Patient, Rearrangement
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY

pytestmark = pytest.mark.django_db


def read(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def start(desk: Client, visit: Appointment, **changes: str) -> str:
    sent = {"practitioner": visit.practitioner_id, "first_day": TUESDAY.isoformat(), **changes}
    return read(desk.post(reverse("desk:away"), sent, follow=True))


def press(desk: Client, name: str, key: int, **sent: Any) -> str:
    return read(desk.post(reverse(f"desk:{name}", args=[key]), sent, follow=True))


@pytest.fixture
def absence(desk: Client, visit: Appointment, clock: Any) -> Absence:
    clock.shift(60)
    start(desk, visit)
    return Absence.objects.get()


@pytest.fixture
def row(absence: Absence) -> Any:
    return absence.rearrangements.get()


def test_start_blocks_and_leads_to_the_plan(desk: Client, visit: Appointment, clock: Any):
    clock.shift(60)

    page = start(desk, visit)

    assert "Not sent: nobody has been told." in page
    assert "Jordan Ellis" in page
    assert "Send: 1 patient gets an email" in page
    assert AvailabilityException.objects.get().practitioner == visit.practitioner


def test_hours_that_end_before_they_start_are_refused_in_words(desk: Client, visit: Appointment):
    page = start(desk, visit, starts_at="12:00", ends_at="09:00")

    assert "The hours must end after they start." in page
    assert not Absence.objects.exists()


def test_desk_and_list_say_that_a_plan_waits(desk: Client, absence: Absence):
    day = read(desk.get(reverse("desk:day")))
    plans = read(desk.get(reverse("desk:away")))

    assert "Dr. Fischer away: the plan is not sent" in day
    assert reverse("desk:away-plan", args=[absence.pk]) in plans


def test_visit_in_closed_time_leads_to_its_plan(desk: Client, absence: Absence):
    assert "In the plan for the absence" in read(desk.get(reverse("desk:caught")))


def test_time_that_was_blocked_before_is_planned_from_the_caught_visits(
    desk: Client, visit: Appointment, clock: Any
):
    clock.shift(60)
    block = practice.close(visit.practitioner, TUESDAY)
    assert "Plan all of this absence" in read(desk.get(reverse("desk:caught")))

    page = press(desk, "away-block", block.pk)

    assert "Drop the plan" in page
    assert Absence.objects.get().block == block


def test_another_time_is_chosen_for_a_visit(desk: Client, row: Rearrangement):
    response = desk.get(reverse("desk:away-visit", args=[row.pk]))
    slot = response.context["options"].own[2]

    page = press(desk, "away-visit", row.pk, slot=slot.key)

    row.refresh_from_db()
    assert "Held. Nothing has been sent yet." in page
    assert row.hold is not None
    assert row.hold.start == slot.start


@pytest.mark.parametrize(
    ("way", "words"), [("choose", "Let the patient choose"), ("call", "Call the patient")]
)
def test_way_without_a_time(desk: Client, row: Rearrangement, way: str, words: str):
    assert words in press(desk, "away-visit", row.pk, way=way)


def test_unreadable_time_changes_nothing(desk: Client, row: Rearrangement):
    page = press(desk, "away-visit", row.pk, slot="tomorrow")

    assert "That time could not be read." in page
    assert Appointment.objects.filter(status=Status.PENDING).count() == 1


def test_send_and_what_came_of_it(desk: Client, absence: Absence, row: Rearrangement, clock: Any):
    clock.shift(2 * 60 * 60)
    sent = press(desk, "away-send", absence.pk)

    assert "Sent: 1 patient is told by email." in sent
    # A visit of the next 24 hours is called about, and not only written to.
    assert "To be called" in sent
    assert "They take it" in sent


def test_pressed_twice_says_so_and_without_any_email_all_are_called(desk: Client, absence: Absence):
    Patient.objects.update(email="")
    page = read(desk.get(reverse("desk:away-plan", args=[absence.pk])))

    sent, again = (press(desk, "away-send", absence.pk) for _ in range(2))

    assert "Go on: nobody has an email, all are to be called" in page
    assert "Nobody is told by email: please call." in sent
    assert "It was sent already." in again


def test_they_take_it_on_the_phone(desk: Client, absence: Absence, row: Rearrangement):
    press(desk, "away-send", absence.pk)

    page = press(desk, "away-accept", row.pk)

    assert "Took the time that was proposed" in page
    assert "An email goes to the patient." in page


def test_calls_are_noted(desk: Client, absence: Absence, row: Rearrangement, clock: Any):
    clock.shift(2 * 60 * 60)
    press(desk, "away-send", absence.pk)

    first = press(desk, "away-called", row.pk)
    second = press(desk, "away-called", row.pk, settled="yes")

    assert "Called 1 time, not reached" in first
    assert "Stays where it is" in second


def test_lost_time_is_said_and_found_anew(desk: Client, absence: Absence, row: Rearrangement):
    Appointment.objects.filter(rearrangement=row).update(
        status=Status.CANCELLED, cancelled_at=practice.NOW, hold_expires_at=None
    )

    refused = press(desk, "away-send", absence.pk)
    found = press(desk, "away-find", absence.pk)

    assert "so nothing was sent" in refused
    assert "1 visit has no time held for it." in refused
    assert "Send: 1 patient gets an email" in found


def test_undo_until_sent(desk: Client, absence: Absence):
    page = press(desk, "away-undo", absence.pk)

    assert "Undone. Nobody was told" in page
    assert not AvailabilityException.objects.exists()
    assert not Appointment.objects.filter(status=Status.PENDING).exists()


def test_what_was_sent_is_not_undone(desk: Client, absence: Absence):
    press(desk, "away-send", absence.pk)

    page = press(desk, "away-undo", absence.pk)

    assert "Its status does not allow this" in page
    assert AvailabilityException.objects.exists()


def test_list_asks_no_more_for_three_than_for_one(desk: Client, absence: Absence):

    with CaptureQueriesContext(connection) as for_one:
        desk.get(reverse("desk:away"))
    for _ in range(2):
        Absence.objects.create(practitioner=absence.practitioner, span="Tuesday")

    with CaptureQueriesContext(connection) as for_three:
        page = desk.get(reverse("desk:away"))

    assert len(page.context["plans"]) == 3
    assert len(for_three) == len(for_one)
