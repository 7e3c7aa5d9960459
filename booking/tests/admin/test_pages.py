"""The admin's own pages of a visit: its steps, entered in error; the rest is done at the desk."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.models import (
    Appointment,
)
from booking.models.appointment import Status
from booking.tests.admin.conftest import book_another, move_to, open_page, read_messages, send

pytestmark = pytest.mark.django_db


# --- Steps ---------------------------------------------------------------------------


@pytest.mark.usefixtures("on_the_day")
def test_step_is_taken_and_told(desk: Client, visit: Appointment):
    response = send(desk, "appointment_step", visit.pk, step="arrive", **{"from": "booked", "version": 0})

    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
    assert read_messages(response) == [f"{visit.display_reference}: Arrived"]


@pytest.mark.usefixtures("on_the_day")
def test_step_that_the_status_forbids_is_refused_in_words(desk: Client, visit: Appointment):
    response = send(desk, "appointment_step", visit.pk, step="fulfil", **{"from": "booked", "version": 0})

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    assert read_messages(response) == [
        "Its status does not allow this, or somebody else has just changed it."
    ]


@pytest.mark.parametrize("step", ["", "cancel", "__class__"])
def test_unknown_step_is_refused_in_words(desk: Client, visit: Appointment, step: str):
    response = send(desk, "appointment_step", visit.pk, step=step)

    assert read_messages(response) == ["This step does not exist."]


@pytest.mark.parametrize("seen", [{}, {"from": "booked", "version": 7}, {"from": "arrived", "version": 0}])
def test_step_of_what_the_page_did_not_show_is_refused(
    desk: Client, visit: Appointment, seen: dict[str, Any]
):
    response = send(desk, "appointment_step", visit.pk, step="arrive", **seen)

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    assert "somebody else has just changed it" in read_messages(response)[0]


def test_step_by_get_changes_nothing(desk: Client, visit: Appointment):
    response = open_page(desk, "appointment_step", visit.pk, step="arrive")

    visit.refresh_from_db()
    assert response.status_code == 405
    assert visit.status == Status.BOOKED


def test_pages_of_a_visit_that_does_not_exist_are_not_found(desk: Client, db: None):
    assert open_page(desk, "appointment_error", 999).status_code == 404


def test_pages_need_a_login(client: Client, visit: Appointment):
    response = open_page(client, "appointment_error", visit.pk)

    assert response.url.startswith(reverse("admin:login"))


def test_entered_in_error_asks_and_then_frees_the_time(desk: Client, visit: Appointment):
    asked = open_page(desk, "appointment_error", visit.pk)
    assert "There is no undo" in asked.content.decode()

    send(desk, "appointment_error", visit.pk, seen=asked.context["marks"])

    visit.refresh_from_db()
    assert visit.status == Status.ENTERED_IN_ERROR
    assert book_another(visit, "10:00").start == visit.start


@pytest.mark.usefixtures("on_the_day")
@pytest.mark.parametrize("meanwhile", ["arrived", "moved"])
def test_visit_that_changed_since_the_question_is_not_entered_in_error(
    desk: Client, visit: Appointment, meanwhile: str
):
    """There is no undo for it."""
    asked = open_page(desk, "appointment_error", visit.pk)
    if meanwhile == "arrived":
        actions.arrive(appointment=visit, by=Actor.system())
    else:
        move_to(visit, "13:00")

    response = send(desk, "appointment_error", visit.pk, seen=asked.context["marks"])

    visit.refresh_from_db()
    assert visit.status != Status.ENTERED_IN_ERROR
    assert "somebody else has just changed it" in read_messages(response)[0]


def test_visits_are_added_at_the_desk(desk: Client, visit: Appointment):
    assert open_page(desk, "appointment_add").url == reverse("desk:book")
