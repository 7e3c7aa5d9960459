"""Step 2: when."""

import re
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
from booking.tests.views.walk import make_key, read, read_slots, read_title

pytestmark = pytest.mark.usefixtures("clock")

URL = "/book/new-patient/"


def read_tiles(response: Any) -> list[str]:
    page = response.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    return re.findall(r'class="day(?: day--none)?"[^>]*>\s*<span class="visually-hidden">(.*?)</span>', page)


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


def read_button(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


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
    ],
)
def test_garbage_in_the_address_gets_a_sentence_and_the_times(
    client: Client, query: dict[str, str], sentence: str
) -> None:
    response = client.get(URL, query)

    assert response.status_code == 200
    assert sentence in read(response)
    assert len(read_tiles(response)) == 10


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
def test_no_times_at_all_sends_to_the_phone(client: Client) -> None:
    page = read(client.get(URL))

    assert "No open times online right now" in page
    assert "Call us: (212) 555-0142" in page


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


@pytest.mark.parametrize("view", ["day", "clinician"])
def test_queries_stay_the_same_with_more_clinicians(
    client: Client, practitioner: Practitioner, visit_type: VisitType, location: Location, view: str
) -> None:
    with CaptureQueriesContext(connection) as with_one:
        client.get(URL, {"view": view})
    for _ in range(2):
        practice.make_practitioner(visit_types=[visit_type], location=practice.make_location())

    with CaptureQueriesContext(connection) as with_three:
        client.get(URL, {"view": view})

    assert len(with_three) == len(with_one)
