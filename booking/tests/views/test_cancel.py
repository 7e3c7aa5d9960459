"""Cancelling asks once."""

from typing import Any

import pytest
from django.test import Client

from booking.models import Appointment
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.views.walk import read


@pytest.fixture
def url(token: str) -> str:
    return f"/visits/{token}/cancel/"


def test_it_asks_and_offers_to_move_instead(client: Client, url: str, visit: Appointment) -> None:
    page = read(client.get(url))

    visit.refresh_from_db()
    assert "Cancel your visit on Tuesday, November 24 at 10:00 am?" in page
    assert "Move it instead" in page
    assert "Keep my visit" in page
    assert visit.status == Status.BOOKED


def test_yes_cancels_and_the_visit_says_so(client: Client, url: str, visit: Appointment, token: str) -> None:
    response = client.post(url)

    visit.refresh_from_db()
    assert response["Location"] == f"/visits/{token}/"
    assert (visit.status, visit.cancellation_reason) == (Status.CANCELLED, "patient")
    assert read(client.get(response["Location"])).startswith("Cancelled This visit is cancelled")


def test_second_press_gives_the_same_answer(client: Client, url: str, visit: Appointment) -> None:
    first = client.post(url)

    second = client.post(url)

    visit.refresh_from_db()
    assert second["Location"] == first["Location"]
    assert visit.version == 1


def test_after_the_cut_off_it_sends_to_the_phone(
    client: Client, url: str, visit: Appointment, clock: Any, token: str
) -> None:
    clock.move_to(practice.at("09:00"))

    asked = client.get(url)
    sent = client.post(url)

    visit.refresh_from_db()
    assert asked["Location"] == f"/visits/{token}/"
    assert sent.status_code == 409
    assert "Your visit is too soon to change it online." in read(sent)
    assert visit.status == Status.BOOKED


def test_unknown_link_cancels_nothing(client: Client, visit: Appointment) -> None:
    response = client.post("/visits/unknown/cancel/")

    visit.refresh_from_db()
    assert response.status_code == 404
    assert visit.status == Status.BOOKED
