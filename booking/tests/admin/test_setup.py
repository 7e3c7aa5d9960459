"""Set-up data and patients in the admin, and what every page of it has in common."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    Location,
    Patient,
    Practitioner,
    RelatedPerson,
    Room,
    VisitType,
)
from booking.tests import practice
from booking.tests.admin.conftest import book_another, open_page, read_messages, send

pytestmark = pytest.mark.django_db

MODELS = [
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    Location,
    Patient,
    Practitioner,
    VisitType,
]


@pytest.fixture
def furnished(visit: Appointment) -> Appointment:
    """At least one row of everything."""
    room = practice.make_room(visit.location)
    visit.visit_type.rooms.add(room)
    practice.close(visit.practitioner, practice.TUESDAY)
    practice.close_practice(practice.TUESDAY)
    practice.keep(practice.TUESDAY, "09:00-10:00")
    return visit


def name_pages() -> list[tuple[str, type]]:
    pages = [(page, model) for model in MODELS for page in ("changelist", "add", "change")]
    # Visits are added at the desk.
    return [one for one in pages if one != ("add", Appointment)]


@pytest.mark.parametrize(("page", "model"), name_pages())
def test_page_opens_without_inline_script_or_style(
    desk: Client, furnished: Appointment, page: str, model: type[Any]
):
    args = [model.objects.first().pk] if page == "change" else []

    response = open_page(desk, f"{model._meta.model_name}_{page}", *args)

    html = response.content.decode()
    assert response.status_code == 200
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    # Beside these only JSON stands in script elements, which nothing runs.
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))[^>]*>", html) == []


def add_rule(visit: Appointment) -> None:
    for weekday in (5, 6):
        colleague = practice.make_practitioner(visit_types=[visit.visit_type])
        practice.add_hours(colleague, practice.make_location(), weekday=weekday, hours="09:00-12:00")


def add_exceptions(visit: Appointment) -> None:
    for _ in range(2):
        colleague = practice.make_practitioner(visit_types=[])
        practice.close(colleague, practice.TUESDAY, location=practice.make_location())


def add_closures(visit: Appointment) -> None:
    for _ in range(2):
        practice.close_practice(practice.TUESDAY, location=practice.make_location())


def add_patients(visit: Appointment) -> None:
    for _ in range(2):
        practice.make_patient()


def add_kept(visit: Appointment) -> None:
    for hours in ("11:00-12:00", "13:00-14:00"):
        practice.keep(practice.TUESDAY, hours, visit_types=[visit.visit_type])


def add_practitioners(visit: Appointment) -> None:
    for _ in range(2):
        practice.make_practitioner(visit_types=[visit.visit_type])


@pytest.mark.parametrize(
    ("model_name", "add_two"),
    [
        ("availabilityrule", add_rule),
        ("availabilityexception", add_exceptions),
        ("closure", add_closures),
        ("kepttime", add_kept),
        ("patient", add_patients),
        ("practitioner", add_practitioners),
    ],
)
def test_list_asks_as_often_for_three_rows_as_for_one(
    desk: Client, furnished: Appointment, model_name: str, add_two: Callable[[Appointment], None]
):
    AvailabilityRule.objects.exclude(weekday=0).delete()
    open_page(desk, f"{model_name}_changelist")
    with CaptureQueriesContext(connection) as for_one:
        open_page(desk, f"{model_name}_changelist")
    add_two(furnished)

    with CaptureQueriesContext(connection) as for_three:
        listed = open_page(desk, f"{model_name}_changelist").context["cl"].result_count

    assert listed == 3
    assert len(for_three) == len(for_one)


# --- Set-up -----------------------------------------------------------------------------


def test_location_is_added_with_its_rooms(desk: Client, db: None):
    send(
        desk,
        "location_add",
        name="Uptown",
        slug="uptown",
        line1="1 Elm Street",
        city="New York",
        state="NY",
        postal_code="10027",
        time_zone="America/New_York",
        is_active="on",
        **{
            "rooms-TOTAL_FORMS": 1,
            "rooms-INITIAL_FORMS": 0,
            "rooms-0-name": "Room 1",
            "rooms-0-is_active": "on",
        },
    )

    assert list(Room.objects.values_list("name", "location__slug")) == [("Room 1", "uptown")]


def test_location_with_an_unknown_zone_is_refused_in_words(desk: Client, db: None):
    response = send(
        desk,
        "location_add",
        name="Mars",
        slug="mars",
        line1="1 Crater",
        city="Mars",
        state="MA",
        postal_code="00000",
        time_zone="Mars/Olympus",
        **{"rooms-TOTAL_FORMS": 0, "rooms-INITIAL_FORMS": 0},
    )

    assert "is not a time zone" in response.content.decode()
    assert not Location.objects.filter(slug="mars").exists()


def test_slug_is_asked_for_once(desk: Client, furnished: Appointment):
    new = open_page(desk, "visittype_add").context["adminform"]
    old = open_page(desk, "visittype_change", furnished.visit_type_id).context["adminform"]

    assert "slug" in new.form.fields
    assert "slug" not in old.form.fields


def test_rule_that_ends_before_it_starts_is_refused_in_words(desk: Client, furnished: Appointment):
    response = send(
        desk,
        "availabilityrule_add",
        practitioner=furnished.practitioner_id,
        location=furnished.location_id,
        weekday=0,
        starts_at="12:00",
        ends_at="09:00",
    )

    assert "The hours must end after they start." in response.content.decode()
    assert not AvailabilityRule.objects.filter(starts_at=time(12)).exists()


def save_again(desk: Client, name: str, row: Any, **changes: Any) -> list[str]:
    """Save the row's page with these changes (None: unticked), and return what is told of it."""
    context = open_page(desk, f"{name}_change", row.pk).context
    form = context["adminform"].form
    shown = {field: form.get_initial_for_field(form.fields[field], field) for field in form.fields}
    shown["visit_types"] = [one.pk for one in shown.get("visit_types") or []]
    for inline in context["inline_admin_formsets"]:
        shown |= {f"{inline.formset.prefix}-{part}_FORMS": "0" for part in ("TOTAL", "INITIAL")}
    sent = {key: value for key, value in (shown | changes).items() if value not in (None, False)}
    # As the page sends it beside a field whose default is made anew.
    sent |= {f"initial-{key}": shown[key] for key in form.fields if form.fields[key].show_hidden_initial}
    return read_messages(send(desk, f"{name}_change", row.pk, **sent))


@pytest.mark.parametrize("name", ["practitioner", "location"])
def test_visits_to_come_of_what_takes_none_any_more_are_told(desk: Client, visit: Appointment, name: str):
    book_another(visit, "12:00")

    told = save_again(desk, name, getattr(visit, name), is_active=None)

    assert not type(getattr(visit, name)).objects.get().is_active
    assert "2 visits to come stay booked: move or cancel them." in told[0]
    address = f"?{name}__id__exact={getattr(visit, name).pk}&amp;status=booked&amp;since=2026-11-23"
    assert address in told[0]


def test_visits_to_come_are_told_where_the_clock_of_their_place_changes(desk: Client, visit: Appointment):
    told = save_again(desk, "location", visit.location, time_zone="America/Los_Angeles")

    assert "1 visit to come keeps its moment, and its time by the new clock is another" in told[0]


def test_nothing_is_told_of_other_changes(desk: Client, visit: Appointment):
    told = save_again(desk, "location", visit.location, phone="(212) 555-0100")

    assert len(told) == 1
    assert "visit to come" not in told[0]


def test_practitioner_with_visits_cannot_be_deleted(desk: Client, visit: Appointment):
    response = send(desk, "practitioner_delete", visit.practitioner_id, post="yes")

    assert "Cannot delete practitioner" in response.content.decode()
    assert Practitioner.objects.filter(pk=visit.practitioner_id).exists()


# --- Patients -----------------------------------------------------------------------------


def test_patient_has_their_visits_to_look_at(desk: Client, visit: Appointment):
    page = open_page(desk, "patient_change", visit.patient_id)

    visits, _ = page.context["inline_admin_formsets"]
    assert [form.instance for form in visits.formset] == [visit]
    allowed = {visits.has_add_permission, visits.has_change_permission, visits.has_delete_permission}
    assert allowed == {False}
    assert reverse("admin:booking_appointment_change", args=[visit.pk]) in page.content.decode()


def test_patient_has_their_related_people_to_look_at(desk: Client, patient: Patient):
    person = RelatedPerson.objects.create(patient=patient, name="Casey Moss", relationship="child")

    page = open_page(desk, "patient_change", patient.pk)

    _, people = page.context["inline_admin_formsets"]
    assert [form.instance for form in people.formset] == [person]
    allowed = {people.has_add_permission, people.has_change_permission, people.has_delete_permission}
    assert allowed == {False}


def test_patient_names_do_not_stand_in_titles(desk: Client, patient: Patient):
    pages = [
        open_page(desk, f"patient_{page}", patient.pk).content.decode()
        for page in ("change", "history", "delete")
    ]

    titles = [re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0] for page in pages]
    assert [title for title in titles if "Ellis" in title] == []


def save_patient(desk: Client, patient: Patient, **fields: str) -> Any:
    kept = {
        "given_name": "Jordan",
        "family_name": "Ellis",
        "birth_date": "1975-09-28",
        "phone": "+12125550177",
        "email": "jordan.ellis@example.org",
        "language": "en",
        "appointments-TOTAL_FORMS": "0",
        "appointments-INITIAL_FORMS": "0",
        "related_people-TOTAL_FORMS": "0",
        "related_people-INITIAL_FORMS": "0",
    }
    return send(desk, "patient_change", patient.pk, **{**kept, **fields})


def test_changed_phone_replaces_the_number_as_typed(desk: Client, patient: Patient):
    save_patient(desk, patient, phone="(718) 555-0123")

    patient.refresh_from_db()
    assert (str(patient.phone), patient.phone_typed) == ("+17185550123", "(718) 555-0123")


def test_removed_phone_removes_the_number_as_typed(desk: Client, patient: Patient):
    save_patient(desk, patient, phone="")

    patient.refresh_from_db()
    assert (patient.phone, patient.phone_typed) == ("", "")


def test_kept_phone_keeps_the_number_as_typed(desk: Client, patient: Patient):
    save_patient(desk, patient, given_name="Jo")

    patient.refresh_from_db()
    assert (patient.given_name, patient.phone_typed) == ("Jo", "212 555 0177")


def test_language_that_the_site_does_not_speak_is_refused(desk: Client, patient: Patient):
    response = save_patient(desk, patient, language="tlh")

    assert "Select a valid choice" in response.content.decode()


def test_patient_with_visits_cannot_be_deleted(desk: Client, visit: Appointment):
    response = send(desk, "patient_delete", visit.patient_id, post="yes")

    assert "Cannot delete patient" in response.content.decode()
    assert Patient.objects.get() == visit.patient
