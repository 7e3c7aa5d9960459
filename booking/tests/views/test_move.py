"""Moving a visit: the old time is kept until the new one is safe."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from booking import actions, links
from booking.models import Appointment, Location, Practitioner
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.views.walk import make_key, read, read_slots


@pytest.fixture
def url(token: str) -> str:
    return f"/visits/{token}/move/"


@pytest.fixture
def noon(practitioner: Practitioner, location: Location) -> str:
    return make_key(at("12:00"), practitioner, location)


def test_times_are_listed_with_the_time_that_is_kept(client: Client, url: str) -> None:
    response = client.get(url, {"day": TUESDAY})

    page = read(response)
    assert "Now: Tuesday, November 24 at 10:00 am with Dr. Lena Fischer" in page
    assert "You keep this time until you confirm another one." in page
    assert 'method="get"' in response.content.decode()


def test_own_time_does_not_stand_in_the_way(
    client: Client, url: str, practitioner: Practitioner, location: Location
) -> None:
    slots = read_slots(client.get(url, {"day": TUESDAY}))

    assert make_key(at("10:20"), practitioner, location) in slots


def test_chosen_time_is_asked_back_and_moves_nothing(
    client: Client, url: str, noon: str, visit: Appointment
) -> None:
    page = read(client.get(url, {"slot": noon}))

    visit.refresh_from_db()
    assert "Move your visit to this time?" in page
    assert "12:00 pm Tuesday, November 24, 2026" in page
    assert "Your time now is Tuesday, November 24 at 10:00 am with Dr. Lena Fischer." in page
    assert visit.start == at("10:00")


def test_time_at_another_place_says_so(client: Client, url: str, noon: str, visit: Appointment) -> None:
    uptown = practice.make_location(name="Uptown")
    person = practice.make_practitioner(visit_types=[visit.visit_type], location=uptown)

    elsewhere = read(client.get(url, {"slot": make_key(at("12:00"), person, uptown)}))
    here = read(client.get(url, {"slot": noon}))

    assert "This is at another place: Uptown, not Midtown." in elsewhere
    assert "another place" not in here


def test_confirmed_move_leads_to_a_new_link_and_ends_the_old(
    client: Client, url: str, noon: str, visit: Appointment, token: str
) -> None:
    response = client.post(url, {"slot": noon})

    visit.refresh_from_db()
    page = read(client.get(response["Location"]))
    assert (visit.start, visit.status) == (at("12:00"), Status.BOOKED)
    assert page.startswith("Your appointment has moved")
    assert "12:00 pm Tuesday, November 24, 2026" in page
    assert token not in response["Location"]
    assert client.get(f"/visits/{token}/").status_code == 404


def test_button_pressed_twice_moves_once_and_leads_to_the_visit(
    client: Client, url: str, noon: str, visit: Appointment
) -> None:
    client.post(url, {"slot": noon})

    response = client.post(url, {"slot": noon})

    visit.refresh_from_db()
    assert visit.version == 1
    assert read(client.get(response["Location"])).startswith("Your appointment has moved")


def test_second_press_that_came_before_the_first_was_done_leads_to_the_visit(
    client: Client, url: str, noon: str, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other press moves the visit after this one has found it by its link.
    stale = links.find(url.split("/")[2])
    client.post(url, {"slot": noon})
    monkeypatch.setattr(links, "find", lambda token: stale)

    response = client.post(url, {"slot": noon})

    monkeypatch.undo()
    assert read(client.get(response["Location"])).startswith("Your appointment has moved")


def test_old_link_in_another_browser_moves_nothing(
    client: Client, url: str, noon: str, visit: Appointment
) -> None:
    client.post(url, {"slot": noon})

    response = Client().post(url, {"slot": noon})

    assert response.status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (at("09:00", date(2026, 11, 20)), "That time has passed."),
        (at("20:00"), "That time is outside our hours."),
        (at("12:05"), "Visits do not start at that time."),
        (at("12:00", date(2027, 3, 2)), "Online, you can book up to 90 days ahead."),
        (at("14:00"), "Someone else has just taken that time."),
    ],
    ids=["past", "outside-hours", "five-minutes-off", "too-far", "taken"],
)
def test_time_that_cannot_be_had_keeps_the_visit_and_offers_the_nearest(
    client: Client,
    url: str,
    visit: Appointment,
    practitioner: Practitioner,
    location: Location,
    start: Any,
    sentence: str,
    method: str,
) -> None:
    actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=practitioner,
        location=location,
        start=at("14:00"),
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    response = getattr(client, method)(url, {"slot": make_key(start, practitioner, location)})

    page = read(response)
    visit.refresh_from_db()
    assert response.status_code == 409
    assert sentence in page
    assert "Your visit stays as it was." in page
    assert len(read_slots(response)) == 3
    assert visit.start == at("10:00")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("slot", ["", "garbage", "a\0b/c/d", "x" * 10_000, "<script>"])
def test_unreadable_time_gets_a_sentence(
    client: Client, url: str, visit: Appointment, slot: str, method: str
) -> None:
    response = getattr(client, method)(url, {"slot": slot})

    assert response.status_code == 409
    assert "We could not read that time." in read(response)


def test_after_the_cut_off_it_sends_to_the_phone(
    client: Client, url: str, noon: str, visit: Appointment, clock: Any, token: str
) -> None:
    clock.move_to(at("09:00"))

    asked = client.get(url)
    sent = client.post(url, {"slot": noon})

    visit.refresh_from_db()
    assert asked["Location"] == f"/visits/{token}/"
    assert sent.status_code == 409
    assert "Please call us Your visit is too soon to change it online." in read(sent)
    assert visit.start == at("10:00")


def test_cancelled_visit_is_not_moved(
    client: Client, url: str, noon: str, visit: Appointment, token: str
) -> None:
    actions.cancel(appointment=visit, reason="patient", by=actions.Actor.system())

    asked = client.get(url)
    sent = client.post(url, {"slot": noon})

    assert asked["Location"] == f"/visits/{token}/"
    assert sent.status_code == 409
    assert "This visit can no longer be changed online." in read(sent)


def test_the_time_that_they_have_is_not_listed(client: Client, url: str, visit: Appointment) -> None:
    own = make_key(visit.start, visit.practitioner, visit.location)
    page = client.get(url, {"day": visit.local_start.date().isoformat()})

    assert own not in read_slots(page)
    assert make_key(at("10:20"), visit.practitioner, visit.location) in read_slots(page)


def test_another_clinician_is_listed_at_the_time_that_they_have(
    client: Client, url: str, visit: Appointment
) -> None:
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    page = client.get(url, {"day": visit.local_start.date().isoformat()})

    assert make_key(visit.start, other, visit.location) in read_slots(page)


@pytest.mark.parametrize("method", ["get", "post"])
def test_to_where_it_is_nothing_moves_and_nothing_says_so(
    client: Client, url: str, visit: Appointment, method: str
) -> None:
    own = make_key(visit.start, visit.practitioner, visit.location)

    answer = getattr(client, method)(url, {"slot": own})

    visit.refresh_from_db()
    assert answer["Location"] == url.removesuffix("move/")
    assert visit.version == 0
    assert "has moved" not in client.get(answer["Location"]).content.decode()


def test_nobody_fills_a_mailbox_by_moving_to_and_fro(
    client: Client, visit: Appointment, practitioner: Practitioner, location: Location, clock: Any
) -> None:
    slots = [make_key(at(start), practitioner, location) for start in ("12:00", "13:00")]
    answers = []
    for number in range(11):
        clock.shift(60)
        answers.append(client.post(f"/visits/{links.issue(visit)}/move/", {"slot": slots[number % 2]}))

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert answers[-1]["Retry-After"] == str(24 * 60 * 60 - 10 * 60)
    # The desk goes on.
    visit.refresh_from_db()
    by_staff = actions.Actor.staff(None)
    visit = actions.move(
        appointment=visit, practitioner=practitioner, location=location, start=at("14:00"), by=by_staff
    )
    assert visit.start == at("14:00")
