""" "I will come": a button on the visit's page, said of the time that the page shows."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions, links
from booking.models import Appointment, VisitType
from booking.tests import practice
from booking.tests.views.walk import read
from booking.writing import Busy
from outbox.models import OutboxMessage, State

THANKS = "You told us that you will come. Thank you."


@pytest.fixture
def url(token: str) -> str:
    return reverse("visits:visit", args=[token])


def press(client: Client, url: str, *, version: str = "0") -> Any:
    return client.post(f"{url}come/", {"version": version})


def test_button_records_it_and_the_page_says_so(client: Client, url: str, visit: Appointment) -> None:
    page = client.get(url).content.decode()
    assert f'action="{url}come/"' in page
    assert 'name="version" value="0"' in page

    response = press(client, url)

    assert (response.status_code, response["Location"]) == (302, url)
    visit.refresh_from_db()
    assert visit.confirmed_at == practice.NOW
    page = client.get(url).content.decode()
    assert THANKS in page
    assert f"{url}come/" not in page
    assert f"{url}move/" in page


def test_pressed_twice_is_answered_alike(client: Client, url: str, visit: Appointment) -> None:
    press(client, url)

    assert press(client, url)["Location"] == url
    assert visit.events.filter(kind="confirmed").count() == 1


def test_looking_says_nothing(client: Client, url: str, visit: Appointment) -> None:
    assert client.get(url).status_code == 200
    assert client.get(f"{url}come/").status_code == 405

    visit.refresh_from_db()
    assert visit.confirmed_at is None


def test_forged_form_is_refused(url: str, visit: Appointment) -> None:
    response = press(Client(enforce_csrf_checks=True), url)

    visit.refresh_from_db()
    assert (response.status_code, visit.confirmed_at) == (403, None)


@pytest.mark.parametrize("version", ["1", "", "x", "\N{SUPERSCRIPT TWO}"])
def test_said_of_another_time_shows_the_one_that_holds(
    client: Client, url: str, visit: Appointment, version: str
) -> None:
    response = press(client, url, version=version)

    visit.refresh_from_db()
    assert (response["Location"], visit.confirmed_at) == (url, None)


def test_after_a_move_without_a_mail_the_old_page_confirms_nothing(
    client: Client, url: str, visit: Appointment
) -> None:
    OutboxMessage.objects.update(state=State.SENT, sent_at=practice.NOW)
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("14:00"),
        by=actions.Actor.staff(None),
        tell=False,
    )

    response = press(client, url, version="0")

    visit.refresh_from_db()
    assert (response["Location"], visit.confirmed_at) == (url, None)


def test_too_late_to_change_is_not_too_late_to_say_so(
    client: Client, url: str, visit: Appointment, clock: Any
) -> None:
    VisitType.objects.update(change_cutoff=48 * 60)

    page = client.get(url).content.decode()

    assert f'action="{url}come/"' in page
    assert "It is too late to change this visit online." in read(client.get(url))
    assert press(client, url).status_code == 302
    visit.refresh_from_db()
    assert visit.confirmed_at is not None


def test_once_it_has_begun_there_is_nothing_to_say(
    client: Client, url: str, visit: Appointment, clock: Any
) -> None:
    clock.move_to(visit.start + timedelta(minutes=1))

    page = client.get(url).content.decode()
    response = press(client, url)

    assert f"{url}come/" not in page
    assert response.status_code == 409
    assert "This visit can no longer be changed online." in read(response)


def test_whoever_has_just_moved_is_not_asked(client: Client, url: str, visit: Appointment) -> None:
    response = client.post(
        f"{url}move/",
        {"slot": f"2026-11-24T19:00Z/{visit.practitioner.slug}/{visit.location.slug}"},
        follow=True,
    )

    assert "Your appointment has moved" in read(response)
    assert "/come/" not in response.content.decode()


def test_wrong_link_gets_the_same_page_as_everywhere(client: Client, visit: Appointment) -> None:
    response = press(client, "/visits/unknown/")

    assert response.status_code == 404
    assert "This link does not work" in read(response)


def test_busy_database_asks_to_press_again(client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def be_busy(**request: Any) -> None:
        raise Busy

    monkeypatch.setattr(actions, "confirm_coming", be_busy)

    assert press(client, url).status_code == 503


def test_page_takes_the_same_queries_before_and_after(
    client: Client, url: str, visit: Appointment, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10) as before:
        client.get(url)
    actions.confirm_coming(appointment=visit, by=actions.Actor.patient())

    with django_assert_max_num_queries(10) as after:
        client.get(url)

    assert len(before) == len(after)


def test_link_of_the_visit_is_enough(visit: Appointment) -> None:
    url = reverse("visits:visit", args=[links.issue(visit)])

    assert press(Client(), url).status_code == 302
