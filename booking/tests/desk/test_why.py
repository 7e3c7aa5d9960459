"""/admin/desk/why/: every start of a day with what speaks against it, in words."""

import re
from datetime import date, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.desk.conftest import book
from booking.tests.desk.test_day import read_text
from booking.tests.practice import TUESDAY, at

PAGE = "/admin/desk/why/"


def ask(client: Client, visit: Appointment, **changes: Any) -> str:
    asked = {
        "clinician": visit.practitioner_id,
        "visit_type": visit.visit_type_id,
        "day": TUESDAY.isoformat(),
        "location": "",
    }
    response = client.get(PAGE, {**asked, **changes})
    assert response.status_code == 200
    return response.content.decode()


def read_lines(html: str) -> dict[str, str]:
    """What each start says, by its time."""
    rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</th>(.*?)</tr>', html, re.DOTALL)
    return {read_text(start): read_text(unescape(told)) for start, told in rows}


def tell(client: Client, visit: Appointment, **changes: Any) -> dict[str, str]:
    return read_lines(ask(client, visit, **changes))


def test_visit_is_named_without_the_patient_and_linked(desk: Client, visit: Appointment) -> None:
    html = ask(desk, visit)

    lines = read_lines(html)
    assert lines["9:20 am"] == "Offered Book 9:20 am"
    assert lines["9:40 am"] == "Not enough time before the 10:00 am visit"
    assert lines["10:00 am"] == "Already a visit: 10:00 am to 10:40 am, First visit"
    assert lines["10:40 am"] == "Offered Book 10:40 am"
    assert f'<a href="/admin/desk/visit/{visit.pk}/">Already a visit' in html
    assert "Ellis" not in html


def test_time_kept_free_is_told_from_the_visit(desk: Client, visit: Appointment) -> None:
    VisitType.objects.update(buffer_before=20, buffer_after=20)
    Appointment.objects.update(busy_end=at("11:00"))

    lines = tell(desk, visit)

    assert lines["9:20 am"] == "Kept free before the 10:00 am visit"
    assert lines["10:40 am"] == "Kept free after the 10:00 am visit"
    assert lines["11:00 am"] == "Kept free after the 10:00 am visit"
    assert lines["11:20 am"].startswith("Offered")


def test_break_and_end_of_hours_are_told(desk: Client, visit: Appointment) -> None:
    practice.add_hours(visit.practitioner, visit.location, weekday=1, hours="17:40-19:00")

    lines = tell(desk, visit)

    assert lines["4:40 pm"] == "It would last until 5:20 pm, and the hours end at 5:00 pm"
    assert lines["5:00 pm"] == lines["5:20 pm"] == "Break"


def test_closings_are_named(desk: Client, visit: Appointment) -> None:
    practice.close(visit.practitioner, TUESDAY, starts_at=time(13), ends_at=time(14), note="Teaching")
    practice.close_practice(TUESDAY, starts_at=time(15), ends_at=time(17), name="Works")

    lines = tell(desk, visit)

    assert lines["1:20 pm"] == "Away: Teaching"
    assert lines["3:00 pm"] == "Closed: Works"


def test_notice_and_what_has_passed_are_told(desk: Client, visit: Appointment, clock: Any) -> None:
    VisitType.objects.update(minimum_notice=120)
    clock.move_to(at("11:00"))

    lines = tell(desk, visit)

    assert lines["9:00 am"] == lines["10:00 am"] == "It has passed"
    assert lines["12:40 pm"] == "Sooner than the notice of 2 hours"
    assert lines["1:00 pm"].startswith("Offered")


def test_horizon_is_told(desk: Client, visit: Appointment) -> None:
    VisitType.objects.update(booking_horizon=90)

    lines = tell(desk, visit, day=date(2027, 3, 2).isoformat())

    assert set(lines.values()) == {
        "Beyond the 90 days that can be booked ahead",
        "Beyond the 90 days that can be booked ahead "
        "It would last until 5:20 pm, and the hours end at 5:00 pm",
    }


def test_daily_limit_is_told(desk: Client, visit: Appointment) -> None:
    VisitType.objects.update(daily_limit=1)

    assert tell(desk, visit)["2:00 pm"] == "The day's limit of 1 is reached"


def test_rooms_are_named(desk: Client, visit: Appointment) -> None:
    rooms = [practice.make_room(visit.location, name=name) for name in ("Room 2", "Room 3")]
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    visit.visit_type.rooms.set(rooms)
    third = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    for person in (other, third):
        actions.book_visit(
            visit_type=visit.visit_type,
            practitioner=person,
            location=visit.location,
            start=at("12:00"),
            patient=practice.make_patient(),
            by=Actor.system(),
        )

    assert tell(desk, visit)["12:00 pm"] == "No room free: Room 2 and Room 3 are taken"

    visit.visit_type.rooms.set([practice.make_room(practice.make_location())])
    assert tell(desk, visit)["2:00 pm"] == "No room here is for this type of visit"


def test_hold_says_until_when(
    desk: Client, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    held = actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("11:00"),
        holder="a",
        holder_address="b",
        by=Actor.patient(),
    )

    assert tell(desk, held)["11:00 am"] == "Held online until 9:20 am: 11:00 am to 11:40 am"


# --- What speaks against the whole day -------------------------------------------------


def test_day_without_hours_says_so(desk: Client, visit: Appointment) -> None:
    saturday = (TUESDAY + timedelta(days=4)).isoformat()

    assert "Dr. Lena Fischer has no hours on this Saturday." in read_text(ask(desk, visit, day=saturday))


def test_place_without_hours_says_so(desk: Client, visit: Appointment) -> None:
    elsewhere = practice.make_location(name="Uptown")

    told = read_text(ask(desk, visit, location=elsewhere.pk))

    assert "Dr. Lena Fischer has no hours at Uptown on this Tuesday." in told


def test_closed_day_says_so(desk: Client, visit: Appointment) -> None:
    practice.close_practice(TUESDAY, name="Thanksgiving")

    assert "All day at Midtown: Closed: Thanksgiving." in read_text(ask(desk, visit))


def test_clinician_who_does_not_do_it_says_so(desk: Client, visit: Appointment) -> None:
    other = practice.make_visit_type(name="Nerve test")

    html = ask(desk, visit, visit_type=other.pk)

    assert "Dr. Lena Fischer does not do this type: Nerve test." in read_text(html)
    assert read_lines(html)["9:00 am"] == "Not with this clinician"
    assert "Offered" not in html


def test_who_left_and_what_is_not_online_say_so(desk: Client, visit: Appointment) -> None:
    Practitioner.objects.update(is_active=False)
    VisitType.objects.update(is_public=False)
    Location.objects.update(is_active=False)

    told = read_text(ask(desk, visit, location=visit.location_id))

    assert "Dr. Lena Fischer does not take appointments." in told
    assert "Patients cannot book this type online: First visit. Staff can." in told
    assert "Midtown is not open for booking." in told


# --- The form and the way there ---------------------------------------------------------


def test_page_without_a_question_asks_and_blames_nothing(desk: Client, visit: Appointment) -> None:
    html = desk.get(PAGE, {"day": "2026-11-24", "visit_type": visit.visit_type_id}).content.decode()

    assert 'value="2026-11-24"' in html
    assert f'<option value="{visit.visit_type_id}" selected>' in html
    assert "desk-error" not in html.replace("desk_error", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"clinician": ""},
        {"clinician": "x"},
        {"clinician": "9" * 30},
        {"visit_type": "0"},
        {"day": "tomorrow"},
        {"day": "0001-01-01"},
        {"location": "-1"},
    ],
)
def test_nonsense_is_told_at_its_field(desk: Client, visit: Appointment, changes: dict[str, str]) -> None:
    html = ask(desk, visit, **changes)

    assert html.count('class="desk-error"') == 1
    assert "<table" not in html


def test_offered_start_leads_to_booking(desk: Client, visit: Appointment) -> None:
    html = ask(desk, visit)

    assert 'href="/admin/desk/book/?slot=2026-11-24T14%3A00Z/lena-fischer/midtown"' in html


def test_day_leads_here(desk: Client, visit: Appointment) -> None:
    html = desk.get("/admin/desk/", {"day": "2026-11-24"}).content.decode()

    assert 'href="/admin/desk/why/?day=2026-11-24"' in html


def test_move_without_openings_leads_here(desk: Client, visit: Appointment) -> None:
    practice.close_practice(TUESDAY, last_day=TUESDAY + timedelta(days=30))
    asked = {"first_day": "2026-11-24", "practitioner": visit.practitioner_id}

    html = desk.get(f"/admin/desk/visit/{visit.pk}/move/", asked).content.decode()

    query = f"visit_type={visit.visit_type_id}&amp;day=2026-11-24&amp;clinician={visit.practitioner_id}"
    assert f'href="/admin/desk/why/?{query}"' in html


def test_slip_without_openings_leads_here(desk: Client, visit: Appointment) -> None:
    practice.close_practice(TUESDAY - timedelta(days=1), last_day=TUESDAY + timedelta(days=30))

    sent = {"visit_type": visit.visit_type_id, "times": "yes"}
    html = desk.post("/admin/desk/book/", sent).content.decode()

    assert f'href="/admin/desk/why/?visit_type={visit.visit_type_id}&amp;day=2026-11-23"' in html


def test_queries_do_not_grow(desk: Client, visit: Appointment) -> None:
    with CaptureQueriesContext(connection) as few:
        ask(desk, visit)
    for clock in ("12:00", "14:00"):
        more = practice.make_visit_type(rooms=[practice.make_room(visit.location)])
        practice.make_practitioner(visit_types=[more], location=practice.make_location())
        book(visit, clock)

    with CaptureQueriesContext(connection) as many:
        assert ask(desk, visit).count("Already a visit") == 6

    assert len(many) == len(few)
