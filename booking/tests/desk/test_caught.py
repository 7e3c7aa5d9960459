"""/admin/desk/caught/ and what leads to it: no visit is silently left in closed time."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.reads import DESK_WINDOW
from booking import actions
from booking.actions import Actor, changing
from booking.blocking import BlockedTime, block_time, close_practice
from booking.models import Appointment, Closure
from booking.tests import practice
from booking.tests.desk.conftest import DAY, fill_day
from booking.tests.desk.test_day import read_text
from booking.tests.desk.test_refresh import open_day, refresh
from booking.tests.practice import TUESDAY

CAUGHT = "/admin/desk/caught/"


@pytest.fixture
def caught(visit: Appointment, clock: Any) -> Appointment:
    """The visit, and its clinician at a conference since a minute after it was booked."""
    clock.shift(60)
    block_time(
        practitioners=[visit.practitioner],
        block=BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY, note="Conference"),
    )
    clock.shift(60)
    return visit


def read(response: Any) -> str:
    assert response.status_code == 200
    return read_text(response.content.decode())


def read_seen(client: Client) -> str:
    """What the list shows, as its button for keeping sends it."""
    seen = re.findall(r'name="seen" value="([^"]+)"', client.get(CAUGHT).content.decode())
    return seen[0] if seen else ""


def keep(client: Client, visit: Appointment, *, seen: str) -> Any:
    return client.post(f"{CAUGHT}{visit.pk}/keep/", {"seen": seen}, follow=True)


def test_list_says_who_when_with_whom_and_why(desk: Client, caught: Appointment) -> None:
    response = desk.get(CAUGHT)

    told = read(response)
    assert "Tuesday, November 24, 2026 10:00 am to 10:40" in told
    assert "Dr. Fischer, Midtown" in told
    assert "Jordan Ellis First visit Call 212 555 0177 Away: Conference" in told
    html = response.content.decode()
    for page in ("move", "cancel"):
        assert reverse(f"desk:{page}", args=[caught.pk]) in html


def test_list_without_visits_says_so(desk: Client, visit: Appointment) -> None:
    assert "No visit is in closed time. There is nothing to do." in read(desk.get(CAUGHT))


def test_patients_do_not_stand_in_the_title(desk: Client, caught: Appointment) -> None:
    title = re.findall(r"<title>(.*?)</title>", desk.get(CAUGHT).content.decode(), re.DOTALL)[0]

    assert "Ellis" not in title


def test_kept_visit_leaves_the_list(desk: Client, caught: Appointment) -> None:
    response = keep(desk, caught, seen=read_seen(desk))

    assert response.redirect_chain == [(CAUGHT, 302)]
    told = read(response)
    assert f"{caught.display_reference}: kept." in told
    assert "Jordan Ellis" not in told
    assert caught.events.last().kind == "kept"


@pytest.mark.parametrize("seen", ["7 False", "", "x"])
def test_visit_that_the_page_did_not_show_so_is_not_kept(
    desk: Client, caught: Appointment, seen: str
) -> None:
    told = read(keep(desk, caught, seen=seen))

    assert "somebody else has just changed it" in told
    assert "Jordan Ellis" in told


def test_visit_is_not_kept_in_a_closure_that_nobody_saw(
    desk: Client, caught: Appointment, clock: Any
) -> None:
    seen = read_seen(desk)
    close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])
    clock.shift(60)

    told = read(keep(desk, caught, seen=seen))

    assert "Closed: Snow" in told
    assert not caught.events.filter(kind="kept").exists()


def test_visit_is_not_kept_in_a_closure_that_comes_while_the_button_is_pressed(
    desk: Client, caught: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = read_seen(desk)
    lock = changing.lock_practitioners

    def wait_for_the_lock(keys: Any) -> None:
        """Whoever holds it closes the practice."""
        close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])
        lock(keys)

    monkeypatch.setattr(changing, "lock_practitioners", wait_for_the_lock)

    told = read(keep(desk, caught, seen=seen))

    assert "somebody else has just changed it" in told
    assert not caught.events.filter(kind="kept").exists()


def test_visit_that_was_cancelled_meanwhile_is_not_kept(desk: Client, caught: Appointment) -> None:
    seen = read_seen(desk)
    actions.cancel(appointment=caught, reason="patient", by=Actor.system())

    assert "Its status does not allow this" in read(keep(desk, caught, seen=seen))


def test_keeping_is_a_post(desk: Client, onlooker: Client, caught: Appointment) -> None:
    assert desk.get(f"{CAUGHT}{caught.pk}/keep/").status_code in (403, 405)
    assert onlooker.post(f"{CAUGHT}{caught.pk}/keep/").status_code == 403


def test_day_of_the_desk_says_how_many(desk: Client, caught: Appointment) -> None:
    html = desk.get("/admin/desk/", DAY).content.decode()

    assert "1 visit in closed time" in read_text(html)
    assert f'href="{CAUGHT}"' in html


def test_day_without_such_visits_says_nothing(desk: Client, visit: Appointment) -> None:
    assert "in closed time" not in read(desk.get("/admin/desk/", DAY))


def test_open_day_hears_of_a_new_closure(desk: Client, visit: Appointment, clock: Any) -> None:
    seen = open_day(desk)
    clock.shift(60)

    close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])

    status, parts = refresh(desk, seen=seen)
    assert status == 200
    assert "caught" in parts


def test_another_location_is_not_bothered(desk: Client, caught: Appointment) -> None:
    elsewhere = practice.make_location()

    assert "in closed time" not in read(desk.get("/admin/desk/", {**DAY, "location": elsewhere.pk}))


def test_queries_do_not_grow(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(60)
    close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])
    for path in (CAUGHT, "/admin/desk/"):
        desk.get(path, DAY)
    clock.shift(DESK_WINDOW.total_seconds())  # who was seen just now is not recorded again
    with CaptureQueriesContext(connection) as for_one:
        for path in (CAUGHT, "/admin/desk/"):
            desk.get(path, DAY)
    Closure.objects.all().delete()
    fill_day(visit, 2)
    Appointment.objects.filter(status="arrived").update(status="booked")
    clock.shift(60)
    close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])

    with CaptureQueriesContext(connection) as for_three:
        pages = [read(desk.get(path, DAY)) for path in (CAUGHT, "/admin/desk/")]

    assert "3 visits in closed time" in pages[1]
    assert len(for_three) == len(for_one)
