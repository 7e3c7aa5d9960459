"""/visits/<token>/ and /visits/<token>/away/ for a patient whose clinician is away."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import away, links
from booking.actions import Actor
from booking.models import Appointment, Rearrangement, VisitType
from booking.models.appointment import Status
from booking.tests.away.plans import ALL_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(visit: Appointment, receptionist: Any) -> Rearrangement:
    """Tuesday's visit, to be held after the change cut-off, and what its patient is asked."""
    VisitType.objects.update(change_cutoff=10_000)
    by = Actor.staff(receptionist)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        absence = away.plan_absence(practitioner=visit.practitioner, time=ALL_DAY, by=by)
    away.find_proposals(absence=absence, by=by)
    away.send(absence=absence)
    return away.list_rows(Rearrangement.objects.all()).get()


def read(client: Client, token: str) -> str:
    response = client.get(reverse("visits:visit", args=[token]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def press(client: Client, token: str, **sent: Any) -> Any:
    return client.post(reverse("visits:away", args=[token]), sent, follow=True)


def test_page_shows_what_is_held_and_the_three_ways(client: Client, visit: Appointment, row: Rearrangement):
    page = read(client, links.issue(visit))

    assert "We are sorry: Dr. Lena Fischer is away at the time of your visit" in page
    assert "We keep it for you until Tuesday, November 24, 9:00 am." in page
    for way in ("Take this time", "Choose another time", "Please call me"):
        assert way in page
    assert "I will come" not in page


def test_taking_the_time_moves_the_visit_and_twice_is_as_once(
    client: Client, visit: Appointment, row: Rearrangement
):
    token = links.issue(visit)
    assert row.held is not None

    first = press(client, token, asked=row.pk, take="yes")
    again = press(client, token, asked=row.pk, take="yes")

    visit.refresh_from_db()
    assert "Your appointment has moved" in first.content.decode()
    assert again.status_code == 200
    assert (visit.start, visit.version) == (row.held.start, 1)


def test_another_time_may_be_chosen_after_the_cut_off(client: Client, visit: Appointment, row: Rearrangement):
    response = client.get(reverse("visits:move", args=[links.issue(visit)]))

    assert response.status_code == 200
    assert "Move your visit" in response.content.decode()


def test_call_is_asked_for_once_and_the_time_stays_held(
    client: Client, visit: Appointment, row: Rearrangement
):
    page = press(client, links.issue(visit), asked=row.pk, call="yes").content.decode()

    row.refresh_from_db()
    assert "We will call you to find a time together." in page
    assert "Please call me" not in page
    assert row.call_asked_at is not None
    assert row.held is not None


def test_lost_time_is_said_and_nothing_moves(client: Client, visit: Appointment, row: Rearrangement):
    Appointment.objects.filter(rearrangement=row).update(
        status=Status.CANCELLED, cancelled_at=timezone.now(), hold_expires_at=None
    )
    token = links.issue(visit)

    page = read(client, token)
    response = press(client, token, asked=row.pk, take="yes")

    assert "can no longer be had" in page
    assert "Take this time" not in page
    assert response.status_code == 409
    assert "This time is no longer kept for you" in response.content.decode()


@pytest.mark.parametrize("asked", ["", "x", "²", "9" * 30, "0"])
def test_unknown_question_moves_nothing(client: Client, visit: Appointment, row: Rearrangement, asked: str):
    response = press(client, links.issue(visit), asked=asked, take="yes")

    visit.refresh_from_db()
    assert response.status_code == 409
    assert visit.version == 0


def test_looking_changes_nothing(client: Client, visit: Appointment, row: Rearrangement):
    response = client.get(reverse("visits:away", args=[links.issue(visit)]))

    row.refresh_from_db()
    assert response.status_code == 405
    assert row.accepted_at is None


def test_page_before_the_plan_is_sent_says_nothing_of_it(
    client: Client, visit: Appointment, receptionist: Any
):
    by = Actor.staff(receptionist)
    absence = away.plan_absence(practitioner=visit.practitioner, time=ALL_DAY, by=by)
    away.find_proposals(absence=absence, by=by)

    assert "away at the time" not in read(client, links.issue(visit))
