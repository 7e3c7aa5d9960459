"""The other pages of the desk: find, book, print; and the way to the desk."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, Patient, RelatedPerson
from booking.tests import practice
from booking.tests.desk.conftest import DAY, HTMX, book, fill_day
from booking.tests.desk.test_day import read_text

FIND = "/admin/desk/find/"
PRINT = "/admin/desk/print/"


def find(client: Client, words: str, **headers: Any) -> str:
    response = client.post(FIND, {"words": words}, headers=headers)
    assert response.status_code == 200
    return read_text(response.content.decode())


@pytest.mark.parametrize(
    "words",
    [
        "Ellis",
        "jordan ellis",
        "Ellis, Jordan",
        "ell jor",
        "9/28/1975",
        "09/28/1975",
        "1975-09-28",
        "September 28, 1975",
        "Sep 28 1975",
        "212 555 0177",
        "(212) 555-0177",
        "0177",
        "Kim Ellis",
        "jordan.ellis@example.org",
        "ellis@example",
    ],
)
def test_patient_is_found_by_what_a_caller_says(
    desk: Client, visit: Appointment, patient: Patient, words: str
) -> None:
    RelatedPerson.objects.create(patient=patient, name="Kim Ellis", relationship="parent")
    practice.make_patient(
        given_name="Robin", family_name="Hart", birth_date=date(1980, 1, 2), phone="+12125550100"
    )

    told = find(desk, words)

    assert "Jordan Ellis born Sep 28, 1975" in told
    assert "Tue, Nov 24, 10:00 am: Booked, First visit, Dr. Fischer" in told
    assert "Robin Hart" not in told


def test_patient_is_found_by_reference(desk: Client, visit: Appointment, other_patient: Any) -> None:
    told = find(desk, visit.display_reference.lower())

    assert "Jordan Ellis" in told
    assert "Robin Hart" not in told


@pytest.mark.parametrize("words", ["", "  ", "x" * 5000, "12", "%", "2/30/1975", "Zzz", "Zz\0z"])
def test_words_that_fit_nobody_are_answered_kindly(desk: Client, visit: Appointment, words: str) -> None:
    assert "Jordan Ellis" not in find(desk, words)


def test_next_visit_comes_first(desk: Client, visit: Appointment, clock: Any) -> None:
    wednesday = practice.TUESDAY + timedelta(days=1)
    actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("10:00", wednesday),
        patient=visit.patient,
        by=Actor.system(),
    )
    clock.move_to(practice.at("12:00"))

    told = find(desk, "Ellis")

    assert told.index("Wed, Nov 25") < told.index("Tue, Nov 24")


def test_search_with_htmx_is_a_fragment(desk: Client, visit: Appointment) -> None:
    response = desk.post(FIND, {"words": "Ellis"}, headers=HTMX)

    assert "<html" not in response.content.decode()


def test_search_needs_the_right_to_see_patients(
    client: Client, visit: Appointment, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("half", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_appointment"))
    client.force_login(user)

    assert client.post(FIND, {"words": "Ellis"}).status_code == 403


def test_merged_rows_are_not_found(desk: Client, visit: Appointment, other_patient: Any) -> None:
    visit.patient.merged_into = other_patient
    visit.patient.save()

    assert "Jordan Ellis" not in find(desk, "Ellis")


def test_queries_of_the_search_do_not_grow(desk: Client, visit: Appointment) -> None:
    with CaptureQueriesContext(connection) as few:
        find(desk, "Ellis")
    book(visit, "11:00", family_name="Ellis")
    book(visit, "13:00", family_name="Ellis")

    with CaptureQueriesContext(connection) as many:
        assert find(desk, "Ellis").count("born") == 3

    assert len(many) == len(few)


# --- Print ---------------------------------------------------------------------------


def print_day(client: Client, **query: Any) -> str:
    response = client.get(PRINT, {**DAY, **query})
    assert response.status_code == 200
    return response.content.decode()


def test_list_spells_needs_out(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(
        needs_interpreter=True,
        interpreter_language="Spanish",
        needs_step_free=True,
        access_needs="A chair with arms",
    )

    told = read_text(print_day(desk))

    needs = "Interpreter: Spanish Step-free way, or help with moving A chair with arms"
    assert f"Jordan Ellis born Sep 28, 1975 First visit Midtown {needs} 212 555 0177 Booked" in told


def test_list_has_a_sheet_for_each_clinician_by_last_name(desk: Client, visit: Appointment) -> None:
    fill_day(visit, 2)

    headings = re.findall(r"<h2>(.*?)</h2>", print_day(desk))

    assert len(headings) == 3
    assert headings == sorted(headings)


def test_list_by_location_has_one_sheet_in_order_of_time(desk: Client, visit: Appointment) -> None:
    fill_day(visit, 3)

    html = print_day(desk, by="location")

    assert re.findall(r"<h2>(.*?)</h2>", html) == ["Midtown"]
    times = re.findall(r'<th scope="row">(\d+:\d+)', html)
    assert times == ["10:00", "10:00", "10:20", "10:40"]


def test_list_leaves_out_what_is_cancelled(desk: Client, visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason="patient", by=Actor.system())

    assert "No visits on this day." in print_day(desk)


def test_queries_of_the_list_do_not_grow(desk: Client, visit: Appointment) -> None:
    fill_day(visit, 2)
    with CaptureQueriesContext(connection) as few:
        print_day(desk)
    fill_day(visit, 27)

    with CaptureQueriesContext(connection) as many:
        print_day(desk)

    assert len(many) == len(few)


# --- The way there ---------------------------------------------------------------------


def test_header_of_the_admin_links_to_the_desk(desk: Client) -> None:
    assert 'href="/admin/desk/"' in desk.get(reverse("admin:index")).content.decode()


def test_who_may_not_use_the_desk_sees_no_link(onlooker: Client) -> None:
    assert "/admin/desk/" not in onlooker.get(reverse("admin:index")).content.decode()
