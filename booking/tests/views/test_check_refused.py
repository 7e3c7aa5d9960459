"""Step 4: what may stand in the way of the press that books, and what is said then."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.models import (
    Appointment,
    Location,
    Patient,
    Practitioner,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.views import walk
from booking.tests.views.walk import confirm, read, read_slots, send_details

URL = "/book/check/"


@pytest.mark.django_db
def test_without_a_time_it_says_to_choose_one(client: Client) -> None:
    response = client.post(URL)

    assert response.status_code == 409
    assert "Please choose a time first" in read(response)


def test_confirm_of_another_tab_books_nothing(
    client: Client,
    filled: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
) -> None:
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="11:00")

    response = confirm(client, filled)

    assert response.status_code == 409
    assert "You chose another time since" in read(response)
    assert "11:00 am" in read(response)
    assert not Appointment.objects.filter(status=Status.BOOKED).exists()


def test_hold_of_another_browser_cannot_be_confirmed(client: Client, filled: Appointment) -> None:
    response = confirm(Client(), filled)

    assert response.status_code == 409
    filled.refresh_from_db()
    assert filled.status == Status.PENDING


def test_hold_that_ran_out_can_be_confirmed_while_the_time_is_free(
    client: Client, filled: Appointment, clock: Any
) -> None:
    clock.shift(timedelta(minutes=40))

    response = confirm(client, filled)

    assert "Your appointment is booked" in read(client.get(response["Location"]))


def test_lost_time_keeps_the_answers_and_offers_the_nearest(
    client: Client, filled: Appointment, clock: Any, practitioner: Practitioner, location: Location
) -> None:
    clock.shift(timedelta(minutes=40))
    actions.book_visit(
        visit_type=filled.visit_type,
        practitioner=practitioner,
        location=location,
        start=filled.start,
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    response = confirm(client, filled)
    slots = read_slots(response)
    again = client.post(reverse("booking:hold", args=["new-patient"]), {"slot": slots[0]}, follow=True)

    assert response.status_code == 409
    assert "Your time was not kept" in read(response)
    assert len(slots) == 3
    assert "First name Jordan" in read(again)


def test_busy_database_leads_back_to_the_same_button(
    client: Client, filled: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_busy(**_: Any) -> None:
        raise actions.Busy

    monkeypatch.setattr(actions, "book", be_busy)

    response = confirm(client, filled)

    assert response.status_code == 503
    assert f'class="back" href="{URL}"' in response.content.decode()


def test_too_many_tries_get_a_sentence_and_the_phone_and_lose_nothing(
    client: Client, filled: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise actions.TooManyTries(retry_after=600)

    monkeypatch.setattr(actions, "book", refuse)

    response = confirm(client, filled)

    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert "(212) 555-0142" in read(response)
    assert "First name Jordan" in read(client.get(URL))


def test_day_closed_meanwhile_gets_a_sentence(
    client: Client, filled: Appointment, practitioner: Practitioner
) -> None:
    practice.close(practitioner, practice.TUESDAY)

    response = confirm(client, filled)

    assert response.status_code == 409
    assert "We are closed at that time." in read(response)
    assert not Patient.objects.exists()


def test_too_many_coming_visits_send_to_the_phone(client: Client, filled: Appointment, settings: Any) -> None:
    settings.MAX_UPCOMING_VISITS = 0

    response = confirm(client, filled)

    page = read(response)
    assert response.status_code == 409
    assert "Please call us" in page
    assert "You can book up to 0 visits online." in page
    assert read_slots(response) == []


def test_network_that_booked_too_often_waits_or_calls_and_keeps_its_time(
    client: Client, filled: Appointment, settings: Any
) -> None:
    settings.MAX_BOOKINGS_PER_DAY = 0

    response = confirm(client, filled)

    filled.refresh_from_db()
    assert response.status_code == 429
    assert settings.CLINIC["phone"] in read(response)
    assert filled.is_hold
    assert not Patient.objects.exists()


def test_known_and_unknown_email_get_the_same_answer_and_the_known_patient_stays(
    client: Client, filled: Appointment
) -> None:
    known = practice.make_patient(given_name="Robin", email="jordan.ellis@example.org")
    unknown = Client()
    walk.hold(
        unknown,
        visit_type=filled.visit_type,
        practitioner=filled.practitioner,
        location=filled.location,
        clock="14:00",
    )
    other = Appointment.objects.exclude(pk=filled.pk).get()
    send_details(unknown, other, email="nobody@example.org")

    pages = []
    for browser, visit, time in ((client, filled, "10:00 am"), (unknown, other, "2:00 pm")):
        page = read(browser.get(confirm(browser, visit)["Location"]))
        pages.append(page.replace(visit.display_reference, "REFERENCE").replace(time, "TIME"))

    before = (known.given_name, known.birth_date, known.phone)
    known.refresh_from_db()
    filled.refresh_from_db()
    assert pages[0] == pages[1]
    assert (known.given_name, known.birth_date, known.phone) == before
    assert filled.patient != known


def test_clinician_who_left_meanwhile_is_told_with_the_others_times(
    client: Client, filled: Appointment, location: Location
) -> None:
    other = practice.make_practitioner(visit_types=[filled.visit_type], location=location, family_name="Osei")
    Practitioner.objects.filter(pk=filled.practitioner_id).update(is_active=False)

    response = confirm(client, filled)

    page = read(response)
    assert response.status_code == 409
    assert "What you have typed is kept." in page
    assert f"with {other.display_name}" in page
    assert "Fischer" not in page
    assert not Appointment.objects.visits().exists()


def test_visit_that_is_no_longer_offered_sends_to_the_phone_and_to_the_other_visits(
    client: Client, filled: Appointment
) -> None:
    VisitType.objects.update(is_public=False)

    response = confirm(client, filled)

    back = re.search(r'class="back" href="([^"]+)"', response.text)
    assert response.status_code == 409
    assert "This kind of visit cannot be booked online. Please call us." in read(response)
    assert back is not None
    assert client.get(back[1]).status_code == 200
    assert not Appointment.objects.visits().exists()


@pytest.mark.parametrize("address", [URL, "/book/details/"])
def test_way_back_from_a_visit_that_is_no_longer_offered_leads_somewhere(
    client: Client, filled: Appointment, address: str
) -> None:
    VisitType.objects.update(is_public=False)

    page = client.get(address)

    addresses = set(re.findall(r'href="(/book/[^"#]*)', page.text))
    assert {link: client.get(link).status_code for link in addresses} == dict.fromkeys(addresses, 200)


def test_browser_that_lost_its_session_is_not_told_that_its_answers_are_kept(
    client: Client, filled: Appointment
) -> None:
    client.session.flush()

    response = confirm(client, filled)

    assert response.status_code == 409
    assert "Please choose a time first" in read(response)
    assert "is kept" not in read(response)


@pytest.mark.django_db
def test_answers_that_are_kept_without_a_time_are_told(client: Client) -> None:
    response = client.post("/book/details/", walk.DETAILS)

    assert "Please choose a time first" in read(response)
    assert "What you have typed is kept for a while." in read(response)
