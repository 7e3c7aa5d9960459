"""Hold it for 20 more minutes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests.views import walk
from booking.tests.views.walk import DETAILS, read, read_slots

URL = "/book/renew/"


def test_minutes_start_anew(client: Client, held: Appointment, clock: Any) -> None:
    clock.shift(timedelta(minutes=15))

    response = client.post(URL, {"hold": held.uid})

    held.refresh_from_db()
    assert response["Location"] == reverse("booking:details")
    assert held.hold_expires_at == timezone.now() + timedelta(minutes=20)


def test_time_that_ran_out_is_held_again_while_nobody_took_it(
    client: Client, held: Appointment, clock: Any
) -> None:
    clock.shift(timedelta(hours=2))

    client.post(URL, {"hold": held.uid})

    held.refresh_from_db()
    assert held.hold_expires_at == timezone.now() + timedelta(minutes=20)


def test_half_typed_details_come_along(client: Client, held: Appointment) -> None:
    client.post(URL, {**DETAILS, "birth_date_year": "", "phone": "212 555", "hold": held.uid})

    page = client.get(reverse("booking:details")).content.decode()
    assert 'value="Jordan"' in page
    assert 'value="212 555"' in page
    assert "There is a problem" not in page


def test_from_the_check_page_it_goes_back_there(client: Client, held: Appointment) -> None:
    response = client.post(URL, {"hold": held.uid, "next": "check"})

    assert response["Location"] == reverse("booking:check")


def test_foreign_address_to_go_to_is_ignored(client: Client, held: Appointment) -> None:
    response = client.post(URL, {"hold": held.uid, "next": "https://evil.example.org/"})

    assert response["Location"] == reverse("booking:details")


def test_page_of_another_tab_is_told_of_the_time_that_is_held(
    client: Client,
    held: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
) -> None:
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="11:00")

    response = client.post(URL, {**DETAILS, "hold": held.uid}, follow=True)

    assert "You chose another time since, in another tab or window." in read(response)
    assert "Tuesday, November 24 at 11:00 am" in read(response)
    assert f'id="hold-{held.uid}"' not in response.content.decode()
    assert 'value="Jordan"' in response.content.decode()


def test_answer_tells_a_script_the_new_end(client: Client, held: Appointment, clock: Any) -> None:
    clock.shift(timedelta(minutes=15))

    response = client.post(URL, {"hold": held.uid}, follow=True)

    assert f'id="hold-{held.uid}" role="status" data-left="1200"' in response.content.decode()
    assert "We hold it for you until 9:35 am." in read(response)


def test_lost_time_gets_a_sentence_and_the_nearest_times(client: Client, held: Appointment) -> None:
    # The purge, or somebody's take-over, ends a hold that ran out.
    Appointment.objects.update(status="cancelled", cancelled_at=timezone.now(), hold_expires_at=None)

    client.post(URL, {**DETAILS, "hold": held.uid})
    response = client.get(reverse("booking:details"))

    assert response.status_code == 409
    assert "Your time was not kept" in read(response)
    assert "What you have typed is kept." in read(response)
    assert len(read_slots(response)) == 3


def test_get_renews_nothing(client: Client, held: Appointment, clock: Any) -> None:
    clock.shift(timedelta(minutes=15))

    client.get(URL)

    before = held.hold_expires_at
    held.refresh_from_db()
    assert held.hold_expires_at == before


@pytest.mark.django_db
def test_without_a_hold_it_says_to_choose_a_time(client: Client) -> None:
    response = client.post(URL, follow=True)

    assert "Please choose a time first" in read(response)
