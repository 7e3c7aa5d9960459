"""/admin/desk/: the day as a table, and what stands around it."""

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.desk.visits import list_undelivered
from booking.models import Appointment, CancellationReason, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.desk.conftest import DAY, book, fill_day
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage, State
from staff.roles import sync_roles

PAGE = "/admin/desk/"


def open_day(client: Client, **query: Any) -> str:
    response = client.get(PAGE, {**DAY, **query})
    assert response.status_code == 200
    return read_text(response.content.decode())


def read_text(html: str) -> str:
    """What the page says, as one line."""
    text = re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(text.split())


def read_cells(client: Client, **query: Any) -> list[str]:
    """The cells of the board in the order of reading, headings included."""
    html = client.get(PAGE, {**DAY, **query}).content.decode()
    table = html[html.index('<table class="desk-table">') : html.index("</table>")]
    return [read_text(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", table, re.DOTALL)]


def test_without_login_it_asks_for_one(client: Client, db: None) -> None:
    response = client.get(PAGE)

    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:login"))


@pytest.mark.parametrize("address", ["", "refresh/", "find/", "book/", "print/"])
def test_without_the_permission_it_is_refused(onlooker: Client, address: str) -> None:
    assert onlooker.get(PAGE + address).status_code == 403


def test_visit_stands_in_its_row_with_sign_name_needs_type_and_status(
    desk: Client, visit: Appointment
) -> None:
    Appointment.objects.update(needs_interpreter=True, interpreter_language="Spanish")

    cells = read_cells(desk)

    row = cells.index("10:00 am")
    told = "○ Jordan Ellis 10:00 am to 10:40 am ◆ Spanish interpreter First visit, Booked"
    assert cells[row + 1] == told


def test_table_has_a_caption_and_headings(desk: Client, visit: Appointment) -> None:
    html = desk.get(PAGE, DAY).content.decode()

    assert ">Tuesday, November\N{NO-BREAK SPACE}24, by clinician</caption>" in html
    assert '<th scope="col" data-key="lena-fischer" data-place="midtown">Dr. Fischer' in html
    assert '<th scope="row">10:00\N{NO-BREAK SPACE}am</th>' in html


def test_title_names_nobody(desk: Client, visit: Appointment) -> None:
    html = desk.get(PAGE, DAY).content.decode()

    assert re.findall(r"<title>(.*?)</title>", html) == ["Desk | Alder Street Neurology (demo)"]


def test_open_time_leads_to_booking_with_the_time_known(desk: Client, visit: Appointment) -> None:
    html = desk.get(PAGE, DAY).content.decode()

    assert 'href="/admin/desk/book/?slot=2026-11-24T14:00Z/lena-fischer/midtown"' in html


def test_held_time_shows_its_end_and_nobody(
    desk: Client, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("11:00"),
        holder="a" * 64,
        holder_address="b" * 64,
        by=Actor.patient(),
    )

    cells = read_cells(desk)

    assert cells[cells.index("11:00 am") + 1].startswith("◌ until 9:20 am")
    assert "Held online" in cells[cells.index("11:00 am") + 1]


def test_hold_that_ran_out_is_open_time(
    desk: Client, visit_type: VisitType, practitioner: Practitioner, location: Location, clock: Any
) -> None:
    actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("11:00"),
        holder="a" * 64,
        holder_address="b" * 64,
        by=Actor.patient(),
    )
    clock.shift(timedelta(minutes=21))

    assert "Held online" not in open_day(desk)


def test_absence_shows_its_note(desk: Client, visit: Appointment) -> None:
    practice.close(visit.practitioner, TUESDAY, starts_at=time(13), ends_at=time(15), note="Teaching")

    cells = read_cells(desk)

    assert cells[cells.index("1:00 pm") + 1] == "Closed: Teaching"


def test_cancelled_visit_is_counted_and_not_on_the_board(desk: Client, visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason=CancellationReason.PATIENT, by=Actor.system())

    told = open_day(desk)

    assert "Jordan Ellis" not in told
    assert "1 cancelled visit" in told


def test_entered_in_error_is_nowhere(desk: Client, visit: Appointment) -> None:
    actions.enter_in_error(appointment=visit, by=Actor.system())

    told = open_day(desk)

    assert "Jordan Ellis" not in told
    assert "cancelled" not in told


def test_counts_are_those_of_the_day(desk: Client, visit: Appointment) -> None:
    actions.arrive(appointment=book(visit, "13:00"), by=Actor.system())
    book(visit, "09:00", TUESDAY + timedelta(days=1))

    told = open_day(desk)

    assert "○ Booked 1" in told
    assert "◐ Arrived 1" in told


def test_now_is_a_word_in_its_row(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("10:25"))

    assert "Now 10:20 am" in read_cells(desk)


def test_no_row_of_another_day_is_now(desk: Client, visit: Appointment) -> None:
    assert not any(cell.startswith("Now") for cell in read_cells(desk))


@pytest.mark.parametrize(
    "query",
    [
        {"day": "yesterday"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"day": "2026-02-30"},
        {"location": "x", "by": "<b>"},
        {"location": "99999999999999999999"},
    ],
)
def test_nonsense_in_the_address_shows_today(desk: Client, visit: Appointment, query: dict[str, str]) -> None:
    response = desk.get(PAGE, query)

    assert response.status_code == 200
    assert "Monday, November\N{NO-BREAK SPACE}23, 2026" in response.content.decode()


def test_empty_practice_has_a_desk(desk: Client) -> None:
    assert "No hours and no visits on this day." in open_day(desk)


def test_day_without_work_leads_to_the_next_visit(desk: Client, visit: Appointment) -> None:
    sunday = {"day": (TUESDAY - timedelta(days=2)).isoformat(), "location": visit.location_id}

    html = desk.get(PAGE, sunday).content.decode()

    assert "No hours and no visits on this day." in html
    address = f"/admin/desk/?day={TUESDAY}&amp;location={visit.location_id}"
    link = f'<a href="{address}">Tuesday, November\N{NO-BREAK SPACE}24</a>'
    assert f"The next visit is on {link}." in html


def test_day_without_work_tells_nobody_of_visits_that_are_not_theirs(
    desk: Client, django_user_model: Any, visit: Appointment
) -> None:
    sync_roles()
    user = django_user_model.objects.create_user("osei", is_staff=True)
    user.groups.add(Group.objects.get(name="Practitioner"))
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    Practitioner.objects.filter(pk=other.pk).update(user=user)
    desk.force_login(user)

    told = open_day(desk, day=TUESDAY - timedelta(days=2))

    assert "No hours and no visits on this day." in told
    assert "The next visit" not in told


def test_location_filters_columns_and_counts(desk: Client, visit: Appointment) -> None:
    uptown = practice.make_location(name="Uptown")
    practice.make_practitioner(visit_types=[visit.visit_type], location=uptown, family_name="Osei")

    told = open_day(desk, location=uptown.pk)

    assert "Dr. Osei" in told
    assert "Dr. Fischer" not in told
    assert "Booked 1" not in told


def test_visit_elsewhere_keeps_its_clinician_busy_here(desk: Client, visit: Appointment) -> None:
    uptown = practice.make_location(name="Uptown")
    practice.add_hours(visit.practitioner, uptown, weekday=1, hours="09:00-17:00")

    cells = read_cells(desk, location=uptown.pk)

    assert cells[cells.index("10:00 am") + 1].endswith("Midtown, First visit, Booked")


def test_places_with_clocks_of_their_own_are_shown_one_at_a_time(desk: Client, visit: Appointment) -> None:
    practice.make_location(name="Chicago", time_zone="America/Chicago")

    told = open_day(desk)

    assert "All locations" not in told
    assert "Jordan Ellis" not in told


def test_columns_are_rooms_if_asked_for(desk: Client, visit: Appointment) -> None:
    room = practice.make_room(visit.location, name="Room 3")
    visit.visit_type.rooms.add(room)
    book(visit, "11:00", family_name="Hart", given_name="Robin")

    cells = read_cells(desk, by="room")

    assert cells[:3] == ["Time", "Room 3", "No room"]
    assert "Robin Hart" in cells[cells.index("11:00 am") + 1]
    assert "Dr. Fischer, First visit, Booked" in cells[cells.index("11:00 am") + 1]


def test_visit_off_the_grid_tells_its_times(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(start=at("10:10"), busy_start=at("10:10"))

    html = desk.get(PAGE, DAY).content.decode()

    assert "<span>10:10\N{NO-BREAK SPACE}am to 10:40\N{NO-BREAK SPACE}am</span>" in html


def test_waiting_is_sorted_by_minutes_and_marks_who_is_late(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    early = book(visit, "11:00", family_name="Hart", given_name="Robin")
    clock.move_to(at("09:50"))
    actions.arrive(appointment=early, by=Actor.system())
    clock.move_to(at("10:00"))
    actions.arrive(appointment=visit, by=Actor.system())
    clock.move_to(at("10:16"))

    told = open_day(desk)

    waiting = told[told.index("Waiting now 2") : told.index("Not delivered")]
    assert "Robin Hart 11:00 am, Dr. Fischer waiting 26 min Jordan" in waiting
    assert "Jordan Ellis 10:00 am, Dr. Fischer waiting 16 min We are late" in waiting


def test_failed_mail_shows_whom_to_call(desk: Client, visit: Appointment) -> None:
    OutboxMessage.objects.update(state=State.DEAD)

    told = open_day(desk)

    assert "Not delivered 1 Jordan Ellis Confirmation, visit Tue, Nov 24, 10:00 am" in told
    assert "Call 212 555 0177" in told


def test_failed_mail_that_is_no_longer_true_is_not_missed(desk: Client, visit: Appointment) -> None:
    OutboxMessage.objects.update(state=State.DEAD)
    Appointment.objects.update(version=visit.version + 1)

    assert "Not delivered 0" in open_day(desk)


def test_visits_are_not_read_for_mails_of_which_none_failed(
    visit: Appointment, admin_user: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    now = at("09:00")

    with django_assert_num_queries(2):
        assert list_undelivered(now=now, place_id=None, user=admin_user) == []

    OutboxMessage.objects.update(state=State.DEAD)
    [one] = list_undelivered(now=now, place_id=None, user=admin_user)
    assert one.visit == visit


def test_booked_share_is_of_the_open_hours(desk: Client, visit: Appointment) -> None:
    practice.close(visit.practitioner, TUESDAY, starts_at=time(11), ends_at=time(17))

    told = open_day(desk)

    assert "Dr. Fischer 33%" in told


def test_queries_are_the_same_for_three_and_thirty_visits(desk: Client, visit: Appointment) -> None:
    fill_day(visit, 2)
    with CaptureQueriesContext(connection) as few:
        desk.get(PAGE, DAY)
    fill_day(visit, 27)

    with CaptureQueriesContext(connection) as many:
        desk.get(PAGE, DAY)

    assert Appointment.objects.count() == 30
    # Five of them record whom the page showed.
    assert len(many) == len(few) <= 22


def test_it_changes_nothing(desk: Client, visit: Appointment) -> None:
    before = list(Appointment.objects.values())

    desk.get(PAGE, DAY)

    assert list(Appointment.objects.values()) == before
