"""No more reminders: by the button of a page, or by a mail program's own POST without a cookie."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from booking import actions, links
from booking.models import Appointment
from booking.tests import practice
from booking.tests.views.walk import read
from booking.writing import Busy

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def url(visit: Appointment) -> str:
    return reverse("visits:stop-reminders", args=[links.issue_stop(visit)])


def is_off(visit: Appointment) -> bool:
    visit.patient.refresh_from_db()
    return visit.patient.reminders_off_at is not None


def test_page_asks_and_its_button_stops_them(client: Client, url: str, visit: Appointment) -> None:
    page = read(client.get(url))
    assert "Stop reminders? We will send you no more reminders of your visits." in page
    assert not is_off(visit)

    response = client.post(url)

    assert response.status_code == 200
    assert "Reminders are off We will send you no more reminders. Your visit stays as it is." in read(
        response
    )
    assert is_off(visit)
    assert "Reminders are off" in read(client.get(url))


def test_whoever_thinks_better_of_it_gets_them_again(client: Client, url: str, visit: Appointment) -> None:
    page = client.post(url).content.decode()
    assert 'name="again"' in page

    response = client.post(url, {"again": "1"})

    assert "Reminders are on again We will remind you of your visits by email." in read(response)
    assert not is_off(visit)
    assert "Stop reminders?" in read(client.get(url))


def test_mail_program_stops_them_without_cookie_form_or_redirect(url: str, visit: Appointment) -> None:
    before = Appointment.objects.values().get()

    response = Client(enforce_csrf_checks=True).post(url, ONE_CLICK)

    assert response.status_code == 200
    assert is_off(visit)
    assert Appointment.objects.values().get() == before
    assert list(visit.events.values_list("kind", flat=True)) == ["booked"]
    assert not Session.objects.exists()


def test_from_another_site_too_as_the_token_is_all_there_is(url: str, visit: Appointment) -> None:
    response = Client(enforce_csrf_checks=True).post(
        url, ONE_CLICK, headers={"origin": "https://mail.example.com", "sec-fetch-site": "cross-site"}
    )

    assert response.status_code == 200


def test_twice_is_once(client: Client, url: str, visit: Appointment, clock: Any) -> None:
    client.post(url, ONE_CLICK)
    clock.shift(timedelta(hours=1))

    assert client.post(url, ONE_CLICK).status_code == 200
    visit.patient.refresh_from_db()
    assert visit.patient.reminders_off_at == practice.NOW


def test_who_is_signed_in_makes_no_difference(
    client: Client, url: str, visit: Appointment, receptionist: Any
) -> None:
    client.force_login(receptionist)

    assert client.post("/visits/unknown/reminders/", ONE_CLICK).status_code == 404
    assert not is_off(visit)


def test_manage_link_stops_nothing_and_this_one_opens_no_visit(
    client: Client, url: str, visit: Appointment, token: str
) -> None:
    stop_token = url.split("/")[2]

    assert client.post(reverse("visits:stop-reminders", args=[token])).status_code == 404
    assert client.get(reverse("visits:visit", args=[stop_token])).status_code == 404
    assert client.post(reverse("visits:cancel", args=[stop_token])).status_code == 404
    assert not is_off(visit)


def test_wrong_and_expired_links_look_the_same(
    client: Client, url: str, visit: Appointment, clock: Any
) -> None:
    wrong = [client.post(f"/visits/{token}/reminders/") for token in ("unknown", "%00", "x" * 3000)]
    clock.move_to(visit.end + timedelta(hours=24))
    wrong.append(client.post(url))

    assert {answer.status_code for answer in wrong} == {404}
    assert len({read(answer) for answer in wrong}) == 1
    assert not is_off(visit)


def test_other_methods_are_refused(client: Client, url: str) -> None:
    assert client.put(url).status_code == 405


def test_page_keeps_to_itself(client: Client, url: str) -> None:
    for response in (client.get(url), client.post(url)):
        assert response["Cache-Control"] == "no-store, private"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex"
        assert "Jordan" not in response.content.decode()
        assert "example.org" not in response.content.decode()


def test_busy_database_asks_to_press_again(client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def be_busy(**request: Any) -> None:
        raise Busy

    monkeypatch.setattr(actions, "stop_reminders", be_busy)

    response = client.post(url)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Please press the button again." in read(response)


def list_views(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.pattern}", pattern.callback
        else:
            yield from list_views(pattern.url_patterns, f"{prefix}{pattern.pattern}")


def test_no_other_page_goes_without_the_check_of_forms() -> None:
    exempt = [
        address
        for address, view in list_views(get_resolver().url_patterns)
        if getattr(view, "csrf_exempt", False)
    ]

    assert exempt == ["visits/<str:token>/reminders/", "reports/csp/"]
