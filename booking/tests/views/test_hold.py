"""Choosing a time: it is held, or a sentence says why not."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions
from booking.availability import read_horizon
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.models.appointment import PractitionerChoice, Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.views import walk
from booking.tests.views.walk import make_key, read, read_slots
from booking.views.openings import Chooser, find_nearest

pytestmark = pytest.mark.usefixtures("clock")

URL = "/book/new-patient/hold/"


@pytest.fixture
def choose(client: Client, practitioner: Practitioner, location: Location) -> Callable[..., Any]:
    """Post a start with the practitioner of this practice."""

    def choose(start: datetime, *, by: Client = client, **extra: Any) -> Any:
        return by.post(URL, {"slot": make_key(start, practitioner, location)}, **extra)

    return choose


def test_chosen_time_is_held_for_twenty_minutes(choose: Callable[..., Any]) -> None:
    response = choose(at("10:00"))

    held = Appointment.objects.get()
    assert (response.status_code, response["Location"]) == (302, reverse("booking:details"))
    assert (held.status, held.start) == (Status.PENDING, at("10:00"))
    assert held.hold_expires_at == timezone.now() + timedelta(minutes=20)


def test_database_knows_the_holder_by_a_hash_only(client: Client, choose: Callable[..., Any]) -> None:
    choose(at("10:00"))

    held = Appointment.objects.get()
    assert len(held.holder) == 64
    assert held.holder not in str(dict(client.session))
    assert "127.0.0.1" not in held.holder_address


def test_another_choice_gives_the_first_back(choose: Callable[..., Any]) -> None:
    choose(at("10:00"))

    choose(at("10:20"))

    held = Appointment.objects.get(status=Status.PENDING)
    assert held.start == at("10:20")


def take(practitioner: Practitioner, location: Location, visit_type: VisitType) -> datetime:
    actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )
    return at("10:00")


def close_at_ten(practitioner: Practitioner, location: Location, visit_type: VisitType) -> datetime:
    practice.close(practitioner, TUESDAY, starts_at=time(9), ends_at=time(11))
    return at("10:00")


def ask_for_notice(practitioner: Practitioner, location: Location, visit_type: VisitType) -> datetime:
    VisitType.objects.update(minimum_notice=3 * 24 * 60)
    return at("10:00")


def teach_something_else(practitioner: Practitioner, location: Location, visit_type: VisitType) -> datetime:
    practitioner.visit_types.set([practice.make_visit_type()])
    # Somebody else does it: the page has other times to offer.
    practice.make_practitioner(visit_types=[visit_type], location=location)
    return at("10:00")


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        (take, "Someone else has just taken that time."),
        (lambda *_: at("09:00", date(2026, 11, 20)), "That time has passed."),
        (lambda *_: at("20:00"), "That time is outside our hours."),
        (close_at_ten, "We are closed at that time."),
        (lambda *_: at("10:00", date(2027, 3, 2)), "Online, you can book up to 90 days ahead."),
        (ask_for_notice, "Online, please book at least 3 days ahead."),
        (lambda *_: at("10:05"), "Visits do not start at that time."),
        (teach_something_else, "This clinician does not do this kind of visit."),
    ],
    ids=["taken", "past", "outside-hours", "closed", "too-far", "too-soon", "five-minutes-off", "wrong-type"],
)
def test_time_that_cannot_be_booked_gets_a_sentence_and_the_nearest_times(
    choose: Callable[..., Any],
    practitioner: Practitioner,
    location: Location,
    visit_type: VisitType,
    arrange: Callable[..., datetime],
    sentence: str,
) -> None:
    start = arrange(practitioner, location, visit_type)

    response = choose(start)

    assert response.status_code == 409
    assert sentence in read(response)
    assert "Nearest open times" in read(response)
    assert len(read_slots(response)) == 3
    assert not Appointment.objects.filter(status=Status.PENDING).exists()


def test_nearest_times_lie_around_the_wanted_one(
    choose: Callable[..., Any], practitioner: Practitioner, location: Location, visit_type: VisitType
) -> None:
    take(practitioner, location, visit_type)

    response = choose(at("10:00"))

    assert read_slots(response) == [
        make_key(at(clock), practitioner, location) for clock in ("09:00", "09:20", "10:40")
    ]


@pytest.mark.usefixtures("practitioner")
@pytest.mark.parametrize(
    "slot",
    [
        "",
        "garbage",
        "2026-11-24T15:00Z/lena-fischer",
        "2026-13-24T15:00Z/lena-fischer/midtown",
        "2026-11-24T15:00Z/nobody/midtown",
        "2026-11-24T15:00Z/lena-fischer/nowhere",
        "2026-11-24T15:00Z/lena\0fischer/midtown",
        "9999-11-24T15:00Z/lena-fischer/midtown",
        "2026-11-24T15:00:01Z/lena-fischer/midtown",
        "<script>alert(1)</script>",
        "x" * 10_000,
        "\N{PILE OF POO}/\r\n/O'Brien",
    ],
)
def test_unreadable_time_gets_a_sentence(client: Client, slot: str) -> None:
    response = client.post(URL, {"slot": slot})

    assert response.status_code == 409
    assert "We could not read that time." in read(response)
    assert len(read_slots(response)) == 3


def test_nothing_typed_is_not_told_to_be_kept(choose: Callable[..., Any]) -> None:
    response = choose(at("11:05"))

    assert "Visits do not start at that time." in read(response)
    assert "is kept" not in read(response)


def test_practitioner_who_left_cannot_be_booked(choose: Callable[..., Any]) -> None:
    Practitioner.objects.update(is_active=False)

    response = choose(at("10:00"))

    assert response.status_code == 409
    assert "We could not read that time." in read(response)


@pytest.mark.usefixtures("practitioner")
def test_hidden_type_is_not_found(client: Client) -> None:
    VisitType.objects.update(is_public=False)

    response = client.post(URL, {"slot": "2026-11-24T15:00Z/lena-fischer/midtown"})

    assert response.status_code == 404


@pytest.mark.usefixtures("practitioner")
def test_address_loaded_again_leads_back_to_the_times(client: Client) -> None:
    response = client.get(URL)

    assert (response.status_code, response["Location"]) == (302, "/book/new-patient/")
    assert not Appointment.objects.exists()


def test_one_hold_too_many_of_an_address_has_to_wait_whatever_it_forwards(
    choose: Callable[..., Any], settings: Any
) -> None:
    settings.MAX_HOLDS_PER_ADDRESS = 3
    for clock in ("09:00", "09:40", "10:20"):
        choose(at(clock), by=Client())

    response = choose(at("11:00"), by=Client(), headers={"x-forwarded-for": "203.0.113.9"})

    assert response.status_code == 429
    assert response["Retry-After"] == "1200"
    assert "Please try again in 20 minutes, or call us." in read(response)
    assert Appointment.objects.count() == 3


def test_busy_database_asks_to_try_again(choose: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def be_busy(**_: Any) -> None:
        raise actions.Busy

    monkeypatch.setattr(actions, "hold", be_busy)

    response = choose(at("10:00"))

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Many people are booking right now. Please go back and press the button again." in read(response)


def test_change_of_time_with_known_details_goes_straight_to_the_check(
    client: Client, held: Appointment, choose: Callable[..., Any]
) -> None:
    walk.send_details(client, held)

    response = choose(at("11:00"))

    assert response["Location"] == reverse("booking:check")
    assert "11:00 am" in read(client.get(response["Location"]))


def test_network_that_tried_too_often_waits_or_calls(choose: Callable[..., Any], settings: Any) -> None:
    settings.MAX_HOLD_TRIES_PER_HOUR = 1
    choose(at("10:00"))

    response = choose(at("10:20"))
    elsewhere = choose(at("11:00"), by=Client(), REMOTE_ADDR="203.0.113.9")

    page = read(response)
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "Please wait 60 minutes and try again." in page
    assert settings.CLINIC["phone"] in page
    assert elsewhere.status_code == 302


# --- Why this clinician -------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "others", "expected"),
    [
        ("named", 1, PractitionerChoice.NAMED),
        ("same", 1, PractitionerChoice.SAME),
        ("any", 1, PractitionerChoice.FAIR),
        ("any", 0, PractitionerChoice.ONLY),
        # The word is all that is believed: whether others were free is looked up.
        ("fair", 0, PractitionerChoice.ONLY),
        ("staff", 1, PractitionerChoice.FAIR),
        ("", 1, PractitionerChoice.FAIR),
        ("\0" * 5000, 0, PractitionerChoice.ONLY),
    ],
)
def test_reason_for_the_clinician_is_kept(
    client: Client,
    practitioner: Practitioner,
    visit_type: VisitType,
    location: Location,
    wanted: str,
    others: int,
    expected: PractitionerChoice,
) -> None:
    for _ in range(others):
        practice.make_practitioner(visit_types=[visit_type], location=location)

    client.post(URL, {"slot": make_key(at("10:00"), practitioner, location), "wanted": wanted})

    assert Appointment.objects.get().practitioner_choice == expected


def test_somebody_who_is_busy_then_is_nobody_to_choose_from(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    busy = practice.make_practitioner(visit_types=[visit_type], location=location)
    take(busy, location, visit_type)

    client.post(URL, {"slot": make_key(at("10:00"), practitioner, location), "wanted": "any"})

    assert Appointment.objects.get(status=Status.PENDING).practitioner_choice == PractitionerChoice.ONLY


@pytest.mark.parametrize(
    ("query", "number", "expected"),
    [
        ({}, 0, PractitionerChoice.FAIR),
        ({}, 5, PractitionerChoice.FAIR),
        ({"practitioner": "lena-fischer"}, 0, PractitionerChoice.NAMED),
        ({"practitioner": "lena-fischer"}, 5, PractitionerChoice.NAMED),
        ({"same": "lena-fischer"}, 0, PractitionerChoice.SAME),
        ({"view": "clinician"}, 3, PractitionerChoice.NAMED),
    ],
)
def test_each_list_posts_what_was_wanted_with_its_times(
    client: Client,
    practitioner: Practitioner,
    visit_type: VisitType,
    location: Location,
    query: dict[str, str],
    number: int,
    expected: PractitionerChoice,
) -> None:
    """As a browser does: press a button, and the fields of its form go along."""
    practice.make_practitioner(visit_types=[visit_type], location=location)
    page = client.get("/book/new-patient/", query).content.decode()
    slot = re.findall(r'name="slot" value="([^"]+)"', page)[number]
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'value="{slot}"' in form)
    wanted = re.findall(r'name="wanted" value="(\w+)"', form)

    client.post(URL, {"slot": slot, "wanted": wanted})

    assert Appointment.objects.get().practitioner_choice == expected


def test_nearest_times_are_different_starts(
    choose: Callable[..., Any], practitioner: Practitioner, location: Location, visit_type: VisitType
) -> None:
    practice.make_practitioner(visit_types=[visit_type], location=location)
    take(practitioner, location, visit_type)

    starts = [key.split("/")[0] for key in read_slots(choose(at("10:00")))]

    assert len(set(starts)) == 3


@pytest.mark.parametrize("days_off", [0, 1, 3, 6, 9])
def test_nearest_times_are_the_nearest_however_far_the_next_open_day_is(
    visit_type: VisitType, location: Location, days_off: int
) -> None:
    person = practice.make_practitioner(visit_types=[visit_type], location=location, hours="10:00-11:00")
    wanted = at("10:00", TUESDAY + timedelta(days=14))
    for offset in range(-days_off, days_off):
        practice.close(person, wanted.date() + timedelta(days=offset))
    everything = read_horizon(visit_type=visit_type).shared_slots()
    distances = sorted(abs(slot.start - wanted) for slot in everything)

    nearest = find_nearest(Chooser.to_book(visit_type, holder=""), wanted=wanted)

    assert sorted(abs(slot.start - wanted) for slot in nearest) == distances[:3]
