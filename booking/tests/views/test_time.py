"""Step 2: when."""

import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from booking.tests.views.walk import make_key, read, read_button, read_slots, read_tiles, read_title

pytestmark = pytest.mark.usefixtures("clock")

URL = "/book/new-patient/"


@pytest.mark.usefixtures("practitioner")
def test_three_soonest_come_first(client: Client, practitioner: Practitioner, location: Location) -> None:
    slots = read_slots(client.get(URL))

    monday = date(2026, 11, 23)
    assert slots[:3] == [
        make_key(at(time, monday), practitioner, location) for time in ("09:00", "09:20", "09:40")
    ]


@pytest.mark.usefixtures("practitioner")
def test_slot_is_named_by_time_and_clinician(client: Client) -> None:
    page = client.get(URL, {"day": TUESDAY}).content.decode()

    buttons = [read_button(html) for html in re.findall(r'<button class="slot".*?</button>', page, re.DOTALL)]
    assert buttons[0] == "9:00 am with Dr. Fischer"


@pytest.mark.usefixtures("practitioner")
def test_times_stand_in_morning_and_afternoon_with_their_zone(client: Client) -> None:
    page = read(client.get(URL, {"day": TUESDAY}))

    assert "Eastern Time (New York)" in page
    assert "Tuesday, November 24 Morning 9:00 am with Dr. Fischer" in page
    assert "Afternoon 12:00 pm with Dr. Fischer" in page


def test_ten_days_leave_out_days_off_and_tell_closed_and_full(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    practice.close_practice(date(2026, 11, 26))
    visit_type.daily_limit = 1
    visit_type.save()
    actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    tiles = read_tiles(client.get(URL))

    assert tiles == [
        "Monday, November 23, 23 times",
        "Tuesday, November 24, full",
        "Wednesday, November 25, 23 times",
        "Thursday, November 26, closed",
        "Friday, November 27, 23 times",
        "Monday, November 30, 23 times",
        "Tuesday, December 1, 23 times",
        "Wednesday, December 2, 23 times",
        "Thursday, December 3, 23 times",
        "Friday, December 4, 23 times",
    ]


@pytest.mark.usefixtures("practitioner")
def test_full_and_closed_days_are_no_links(client: Client) -> None:
    practice.close_practice(TUESDAY)

    page = client.get(URL).content.decode()

    assert "day=2026-11-25" in page
    assert "day=2026-11-24" not in page


@pytest.mark.usefixtures("practitioner")
def test_later_days_go_on_where_the_ten_end(client: Client) -> None:
    page = client.get(URL).content.decode()
    later = re.search(r'href="\?(from=[^"]+)">Later days', page)
    assert later

    tiles = read_tiles(client.get(f"{URL}?{later[1]}"))

    assert tiles[0] == "Monday, December 7, 23 times"


@pytest.mark.usefixtures("practitioner")
def test_last_days_of_the_horizon_have_no_later_ones(client: Client) -> None:
    last = date(2026, 11, 23) + timedelta(days=90)

    page = read(client.get(URL, {"from": last}))

    assert "Later days" not in page
    assert "First open days" in page


@pytest.mark.usefixtures("practitioner")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"day": "garbage"}, "We could not read that day."),
        ({"day": "\0" * 20}, "We could not read that day."),
        ({"from": "2026-02-30"}, "We could not read that day."),
        ({"from": "9" * 10_000}, "We could not read that day."),
        ({"day": "2026-11-20"}, "That day has passed."),
        ({"from": "0001-01-01"}, "That day has passed."),
        ({"day": "2027-11-20"}, "That day is too far ahead to book online."),
        ({"from": "9999-12-31"}, "That day is too far ahead to book online."),
        ({"practitioner": "left-last-year"}, "That clinician cannot be booked online for this visit."),
        ({"practitioner": "\0<script>"}, "That clinician cannot be booked online for this visit."),
        ({"same": "left-last-year"}, "The clinician you saw before cannot be booked online for this visit."),
        ({"same": "x" * 10_000}, "The clinician you saw before cannot be booked online for this visit."),
        ({"location": "nowhere"}, "That place cannot be booked online for this visit."),
        ({"location": "\0\N{PILE OF POO}"}, "That place cannot be booked online for this visit."),
    ],
)
def test_garbage_in_the_address_gets_a_sentence_and_the_times(
    client: Client, query: dict[str, str], sentence: str
) -> None:
    response = client.get(URL, query)

    assert response.status_code == 200
    assert read(response).count(sentence) == 1
    assert response.content.decode().count('role="status"') == 1
    assert len(read_tiles(response)) == 10


@pytest.mark.usefixtures("practitioner")
@pytest.mark.parametrize("first", ["2026-11-24", "2027-02-01"])
def test_day_counts_where_the_first_day_does_not_fit_it(client: Client, first: str) -> None:
    page = read(client.get(URL, {"from": first, "day": "2027-01-05"}))

    assert "Tuesday, January 5 Morning 9:00 am" in page


@pytest.mark.usefixtures("practitioner")
@pytest.mark.parametrize("query", [{"day": "2026-11-29"}, {"from": "2026-11-24", "day": "2026-11-29"}])
def test_asked_sunday_is_told_to_be_closed(client: Client, query: dict[str, str]) -> None:
    page = read(client.get(URL, query))

    assert "We are closed on Sunday, November 29." in page


@pytest.mark.usefixtures("practitioner")
def test_the_same_mistake_twice_is_told_once(client: Client) -> None:
    page = read(client.get(URL, {"day": "garbage", "from": "garbage"}))

    assert page.count("We could not read that day.") == 1


@pytest.mark.parametrize("asked", ["practitioner", "same"])
@pytest.mark.parametrize("gone", ["left", "does something else"])
def test_clinician_who_cannot_be_booked_gets_a_sentence_and_the_others_times(
    client: Client,
    practitioner: Practitioner,
    visit_type: VisitType,
    location: Location,
    asked: str,
    gone: str,
) -> None:
    practice.make_practitioner(visit_types=[visit_type], location=location, slug="amara-osei")
    if gone == "left":
        Practitioner.objects.filter(pk=practitioner.pk).update(is_active=False)
    else:
        practitioner.visit_types.clear()

    response = client.get(URL, {asked: practitioner.slug})

    assert "cannot be booked online for this visit." in read(response)
    assert {key.split("/")[1] for key in read_slots(response)} == {"amara-osei"}


def test_closed_location_gets_a_sentence_and_the_other_places(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    uptown = practice.make_location(name="Uptown", slug="uptown", is_active=False)
    practice.add_hours(practitioner, uptown, weekday=2, hours="09:00-12:00")

    response = client.get(URL, {"location": "uptown"})

    assert "That place cannot be booked online for this visit. Here are all places." in read(response)
    assert {key.split("/")[2] for key in read_slots(response)} == {"midtown"}


@pytest.mark.usefixtures("practitioner")
def test_unknown_view_is_by_day(client: Client) -> None:
    response = client.get(URL, {"view": "<script>", "color": "blue"})

    assert len(read_tiles(response)) == 10


@pytest.mark.usefixtures("practitioner")
def test_asked_day_that_is_closed_says_so_and_shows_the_next(client: Client) -> None:
    practice.close_practice(TUESDAY)

    page = read(client.get(URL, {"from": TUESDAY, "day": TUESDAY}))

    assert "We are closed on Tuesday, November 24." in page
    assert "Wednesday, November 25 Morning" in page


def test_by_clinician_shows_each_with_next_times_and_a_link(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    practice.make_practitioner(
        visit_types=[visit_type], location=location, slug="amara-osei", given_name="Amara", family_name="Osei"
    )

    response = client.get(URL, {"view": "clinician"})

    page = read(response)
    assert "Dr. Lena Fischer Neurologist 9:00 am Mon, Nov 23 with Dr. Lena Fischer" in page
    assert "Dr. Amara Osei Neurologist 9:00 am Mon, Nov 23 with Dr. Amara Osei" in page
    assert "?practitioner=amara-osei" in response.content.decode()


def test_by_clinician_leaves_out_who_has_no_hours(
    client: Client, practitioner: Practitioner, visit_type: VisitType
) -> None:
    practice.make_practitioner(visit_types=[visit_type], family_name="Abbott")

    page = read(client.get(URL, {"view": "clinician"}))

    assert "Dr. Lena Fischer Neurologist" in page
    assert "Abbott" not in page


def test_by_clinician_keeps_without_hours_whom_the_address_names(
    client: Client, practitioner: Practitioner, visit_type: VisitType
) -> None:
    practice.make_practitioner(visit_types=[visit_type], slug="ada-abbott", family_name="Abbott")

    page = read(client.get(URL, {"view": "clinician", "same": "ada-abbott"}))

    assert "Abbott Neurologist No open times on these days." in page


def test_by_clinician_keeps_who_is_away(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    away = practice.make_practitioner(visit_types=[visit_type], location=location, family_name="Abbott")
    practice.close(away, TUESDAY - timedelta(days=7), last_day=TUESDAY + timedelta(days=60))

    page = read(client.get(URL, {"view": "clinician"}))

    assert "Abbott Neurologist No open times on these days." in page


def test_by_clinician_keeps_whose_hours_begin_later(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    VisitType.objects.update(booking_horizon=90)
    later = practice.make_practitioner(visit_types=[visit_type], family_name="Abbott")
    practice.add_hours(
        later, location, weekday=1, hours="09:00-17:00", valid_from=TUESDAY + timedelta(days=70)
    )

    page = read(client.get(URL, {"view": "clinician"}))

    assert "Abbott Neurologist No open times on these days." in page


def test_practitioner_limits_every_list(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location
) -> None:
    practice.make_practitioner(visit_types=[visit_type], location=location, slug="amara-osei")

    response = client.get(URL, {"practitioner": "amara-osei"})

    assert {key.split("/")[1] for key in read_slots(response)} == {"amara-osei"}
    assert "Show all clinicians" in read(response)


def test_two_places_stand_on_every_time(
    client: Client, practitioner: Practitioner, visit_type: VisitType
) -> None:
    uptown = practice.make_location(name="Uptown", slug="uptown")
    practice.make_practitioner(visit_types=[visit_type], location=uptown, family_name="Osei")

    page = read(client.get(URL, {"day": TUESDAY}))

    assert "9:00 am with Dr. Fischer Midtown" in page
    assert "9:00 am with Dr. Osei Uptown" in page


@pytest.mark.usefixtures("visit_type")
def test_no_times_at_all_offers_the_waitlist_and_the_phone(client: Client) -> None:
    response = client.get(URL)

    page = read(response)
    assert "No open times online right now" in page
    assert "Call us: (212) 555-0142" in page
    assert 'href="/book/new-patient/waitlist/"' in response.content.decode()


@pytest.mark.usefixtures("practitioner")
def test_none_of_the_times_offers_the_waitlist_and_the_phone(client: Client) -> None:
    response = client.get(URL)

    assert "None of these work? Join the waitlist." in read(response)
    assert 'href="/book/new-patient/waitlist/"' in response.content.decode()


@pytest.mark.usefixtures("practitioner")
def test_nothing_open_for_a_choice_leads_back_to_all_times(client: Client, visit_type: VisitType) -> None:
    practice.make_practitioner(visit_types=[visit_type], slug="amara-osei")

    response = client.get(URL, {"practitioner": "amara-osei"})

    assert "No open times online for this choice Show all times" in read(response)
    assert "Join the waitlist" in read(response)


@pytest.mark.parametrize(
    ("audience", "back"),
    [("new", "/book/?seen=no"), ("established", "/book/?seen=yes"), ("anybody", "/book/")],
)
@pytest.mark.usefixtures("practitioner")
def test_back_leads_to_the_list_that_has_this_visit(client: Client, audience: str, back: str) -> None:
    VisitType.objects.update(audience=audience)

    assert f'class="back" href="{back}"' in client.get(URL).content.decode()


def test_own_hold_is_not_in_the_way_and_is_in_others_way(
    client: Client, held: Appointment, practitioner: Practitioner, location: Location
) -> None:
    own_time = make_key(held.start, practitioner, location)

    own = read_slots(client.get(URL, {"day": TUESDAY}))
    others = read_slots(Client().get(URL, {"day": TUESDAY}))

    assert own_time in own
    assert own_time not in others


@pytest.mark.usefixtures("visit_type")
@pytest.mark.parametrize("slug", ["unknown", "staff-only"])
def test_unknown_and_hidden_types_are_not_found(client: Client, slug: str) -> None:
    practice.make_visit_type(slug="staff-only", is_public=False)

    response = client.get(f"/book/{slug}/")

    assert response.status_code == 404


@pytest.mark.usefixtures("practitioner")
def test_step_stands_in_the_title_and_in_words(client: Client) -> None:
    response = client.get(URL)

    assert read_title(response).startswith("Choose a time. Step 2 of 4")
    assert "Step 2 of 4" in read(response)


@pytest.mark.parametrize(
    "query", [{}, {"view": "clinician"}, {"same": "lena-fischer"}, {"location": "midtown", "day": TUESDAY}]
)
def test_queries_stay_the_same_with_more_clinicians(
    client: Client,
    practitioner: Practitioner,
    visit_type: VisitType,
    location: Location,
    query: dict[str, Any],
) -> None:
    client.get(URL, query)  # the set-up is known from now on
    with CaptureQueriesContext(connection) as with_one:
        client.get(URL, query)
    for _ in range(2):
        practice.make_practitioner(visit_types=[visit_type], location=location)
        practice.make_practitioner(visit_types=[visit_type], location=practice.make_location())
    client.get(URL, query)

    with CaptureQueriesContext(connection) as with_five:
        client.get(URL, query)

    assert len(with_five) == len(with_one)
    # Which versions hold, and whose time is taken.
    tables = [re.search(r'FROM "?(booking_\w+)"?', query["sql"]) for query in with_five]
    read_often = Counter(table[1] for table in tables if table)
    assert read_often == {"booking_availability_version": 1, "booking_appointment": 1}
