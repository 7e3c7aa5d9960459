"""/admin/desk/week/: booked and free for each clinician and visit type, and the third next opening."""

import re
from datetime import time, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions, availability
from booking.actions import Actor
from booking.models import Appointment, Practitioner, Room, VisitType
from booking.tests import practice
from booking.tests.desk.conftest import book, fill_day
from booking.tests.desk.test_day import read_text
from booking.tests.practice import TUESDAY, at

PAGE = "/admin/desk/week/"
WEEK = {"week": TUESDAY.isoformat()}
# Monday to Friday; in the clinic from 9 to 5 a 40-minute visit can start 23 times.
DAYS = ["Mon, Nov 23 Today", "Tue, Nov 24", "Wed, Nov 25", "Thu, Nov 26", "Fri, Nov 27"]


def open_week(client: Client, **query: Any) -> str:
    response = client.get(PAGE, {**WEEK, **query})
    assert response.status_code == 200
    return response.content.decode()


def read_table(html: str, number: int) -> dict[str, list[str]]:
    """The rows of the first (clinicians) or second (visit types) table by their headings."""
    table = re.findall(r"<table.*?</table>", html, re.DOTALL)[number]
    # Said for those who hear the links one by one.
    table = re.sub(r'<span class="visually-hidden">[^<]*, [^<]*</span>', "", table)
    rows = [
        [read_text(unescape(cell)) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]
    return {first: cells for first, *cells in rows}


def read_clinicians(client: Client, **query: Any) -> dict[str, list[str]]:
    return read_table(open_week(client, **query), 0)


def read_types(client: Client, **query: Any) -> dict[str, list[str]]:
    return read_table(open_week(client, **query), 1)


# --- Clinicians ---------------------------------------------------------------------


def test_each_clinician_has_booked_and_free_of_each_day(desk: Client, visit: Appointment) -> None:
    table = read_clinicians(desk)

    assert table["Clinician"] == DAYS
    # On Monday it is 9 am. On Tuesday the visit at 10:00 takes the starts from 9:40 to 10:20.
    assert table["Dr. Fischer"] == [
        "0 booked, 23 free Midtown",
        "1 booked, 20 free Midtown",
        *["0 booked, 23 free Midtown"] * 3,
    ]


def test_start_that_serves_several_types_is_free_once(desk: Client, visit: Appointment) -> None:
    short = practice.make_visit_type(duration=20)
    visit.practitioner.visit_types.add(short)

    [monday, *_] = read_clinicians(desk)["Dr. Fischer"]

    assert monday == "0 booked, 24 free Midtown"


def test_day_that_is_over_has_nothing_free(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("09:30", TUESDAY + timedelta(days=1)))

    [monday, tuesday, wednesday, *_] = read_clinicians(desk)["Dr. Fischer"]

    assert (monday, tuesday) == ("0 booked Midtown", "1 booked Midtown")
    assert wednesday.startswith("0 booked, 21 free")


def test_closed_and_away_are_said_in_words(desk: Client, visit: Appointment) -> None:
    practice.close_practice(TUESDAY, name="Snow")
    wednesday, thursday = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
    practice.close(visit.practitioner, wednesday, note="Conference")
    practice.close(visit.practitioner, thursday, starts_at=time(13), ends_at=time(17), note="Teaching")

    cells = read_clinicians(desk)["Dr. Fischer"]

    assert cells[1] == "Closed: Snow 1 booked"
    assert cells[2] == "Away: Conference"
    assert cells[3] == "0 booked, 11 free Midtown Away for a part: Teaching"


def test_weekend_shows_only_with_hours_or_visits(desk: Client, visit: Appointment) -> None:
    practice.add_hours(visit.practitioner, visit.location, weekday=5, hours="09:00-11:00")

    table = read_clinicians(desk)

    assert table["Clinician"] == [*DAYS, "Sat, Nov 28"]
    assert table["Dr. Fischer"][-1] == "0 booked, 5 free Midtown"


def test_visit_outside_hours_is_counted(desk: Client, visit: Appointment) -> None:
    Practitioner.objects.get().rules.filter(weekday=1).delete()

    assert read_clinicians(desk)["Dr. Fischer"][1] == "1 booked No hours"


def test_day_past_the_horizon_is_not_open_yet(desk: Client, visit: Appointment) -> None:
    VisitType.objects.update(booking_horizon=2)

    cells = read_clinicians(desk)["Dr. Fischer"]

    assert cells[2] == "0 booked, 23 free Midtown"
    assert cells[3] == "0 booked, not open yet Midtown"


def test_cells_lead_to_their_day_at_the_chosen_place(desk: Client, visit: Appointment) -> None:
    html = open_week(desk, location=visit.location_id)

    assert f'href="/admin/desk/?day=2026-11-24&amp;location={visit.location_id}"' in html
    assert '<span class="visually-hidden">Dr. Fischer, Tuesday, November\N{NO-BREAK SPACE}24</span>' in html


def test_location_narrows_everything(desk: Client, visit: Appointment) -> None:
    elsewhere = practice.make_location()
    practice.make_practitioner(visit_types=[visit.visit_type], location=elsewhere, family_name="Osei")

    everywhere, there = read_clinicians(desk), read_clinicians(desk, location=elsewhere.pk)

    assert set(everywhere) == {"Clinician", "Dr. Fischer", "Dr. Osei"}
    assert set(there) == {"Clinician", "Dr. Osei"}
    assert read_types(desk)["First visit"][1] == "1 booked, 43 free"
    assert read_types(desk, location=elsewhere.pk)["First visit"][1] == "0 booked, 23 free"


@pytest.mark.parametrize("status", ["cancelled", "held"])
def test_only_visits_count_as_booked(desk: Client, visit: Appointment, status: str) -> None:
    actions.cancel(appointment=visit, reason="patient", by=Actor.system())
    if status == "held":
        actions.hold(
            visit_type=visit.visit_type,
            practitioner=visit.practitioner,
            location=visit.location,
            start=at("10:00"),
            holder="a",
            holder_address="b",
            by=Actor.patient(),
        )

    free = 20 if status == "held" else 23
    assert read_clinicians(desk)["Dr. Fischer"][1] == f"0 booked, {free} free Midtown"


# --- Visit types ---------------------------------------------------------------------


def test_start_of_several_clinicians_is_free_once_for_the_type(desk: Client, visit: Appointment) -> None:
    practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)

    table = read_types(desk)

    # The other clinician is free all Tuesday.
    assert table["First visit"][:2] == ["0 booked, 23 free", "1 booked, 23 free"]


def test_free_of_a_type_is_what_the_listing_shares(desk: Client, visit: Appointment) -> None:
    fill_day(visit, 4)
    elsewhere = practice.make_location()
    practice.make_practitioner(visit_types=[visit.visit_type], location=elsewhere, hours="10:00-12:00")
    calendar = availability.read_calendar(visit_type=visit.visit_type, first_day=TUESDAY, last_day=TUESDAY)

    told = read_types(desk)["First visit"][1]

    assert told == f"5 booked, {len(calendar.shared_slots())} free"


def test_third_next_opening_is_counted_in_days_from_today(desk: Client, visit: Appointment) -> None:
    assert read_types(desk)["First visit"][-1] == "Today Mon, Nov 23"

    VisitType.objects.update(minimum_notice=4 * 24 * 60)

    assert read_types(desk)["First visit"][-1] == "4 days Fri, Nov 27"


def test_third_next_opening_is_not_the_second(desk: Client, visit: Appointment) -> None:
    Practitioner.objects.get().rules.all().delete()
    for weekday in (1, 2, 3):
        practice.add_hours(visit.practitioner, visit.location, weekday=weekday, hours="14:00-14:40")

    assert read_types(desk)["First visit"][-1] == "3 days Thu, Nov 26"


def test_third_next_opening_far_ahead_is_found(desk: Client, visit: Appointment) -> None:
    Practitioner.objects.get().rules.update(valid_from=TUESDAY + timedelta(days=60))

    assert read_types(desk)["First visit"][-1] == "63 days Mon, Jan 25"


def test_type_without_three_openings_says_so(desk: Client, visit: Appointment) -> None:
    practice.close_practice(TUESDAY - timedelta(days=1), last_day=TUESDAY + timedelta(days=400))

    assert read_types(desk)["First visit"][-1] == "None within 90 days"


def test_type_that_nobody_does_is_left_out(desk: Client, visit: Appointment) -> None:
    practice.make_visit_type(name="Nobody does it")

    assert "Nobody does it" not in open_week(desk)


def test_type_that_is_not_online_says_so(desk: Client, visit: Appointment) -> None:
    VisitType.objects.update(is_public=False)

    assert "First visit Not online" in read_types(desk)


# --- Around them ---------------------------------------------------------------------


def test_weeks_before_and_after_are_links_that_keep_day_and_place(desk: Client, visit: Appointment) -> None:
    html = open_week(desk, location=visit.location_id)

    place = f"&amp;location={visit.location_id}"
    assert f'href="?week=2026-11-17{place}"' in html
    assert f'href="?week=2026-11-23{place}" aria-current="date"' in html
    assert f'href="?week=2026-12-01{place}"' in html
    assert f'href="/admin/desk/?day=2026-11-24{place}">Day: Tue, Nov\N{NO-BREAK SPACE}24' in html


def test_day_links_to_its_week(desk: Client, visit: Appointment) -> None:
    asked = {"day": TUESDAY.isoformat(), "location": visit.location_id}
    html = desk.get("/admin/desk/", asked).content.decode()

    assert f'href="/admin/desk/week/?week=2026-11-24&amp;location={visit.location_id}"' in html


@pytest.mark.parametrize("week", ["", "x", "2026-02-30", "9999-12-31", "0001-01-01", "\N{SNOWMAN}"])
def test_nonsense_is_this_week(desk: Client, visit: Appointment, week: str) -> None:
    told = read_text(open_week(desk, week=week, location="x"))

    assert "Monday, November 23 to Sunday, November 29, 2026" in told


def test_week_without_anything_says_so(desk: Client, db: None) -> None:
    assert "No hours and no visits in this week." in read_text(open_week(desk))


@pytest.mark.parametrize("address", [PAGE, "/admin/desk/why/"])
def test_without_the_permission_it_is_refused(onlooker: Client, address: str) -> None:
    assert onlooker.get(address).status_code == 403


def test_queries_do_not_grow(desk: Client, visit: Appointment) -> None:
    with CaptureQueriesContext(connection) as few:
        open_week(desk)
    room: Room = practice.make_room(visit.location)
    for clock in ("12:00", "14:00"):
        more = practice.make_visit_type(rooms=[room])
        person = practice.make_practitioner(visit_types=[more], location=visit.location)
        practice.close(person, TUESDAY, starts_at=time(16), ends_at=time(17))
        book(visit, clock)

    with CaptureQueriesContext(connection) as many:
        html = open_week(desk)

    assert len(read_table(html, 0)) == len(read_table(html, 1)) == 4
    assert len(many) == len(few)
