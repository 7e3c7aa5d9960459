"""Visits as a file: in words, in scope, harmless."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, IntakeAnswer, Patient
from booking.spreadsheets import neutralize
from booking.tests.admin.conftest import book_another

CLINICAL = {"Reason", "Answers", "Came from"}


def export(client: Client, *visits: Appointment) -> list[dict[str, str]]:
    address = reverse("admin:booking_appointment_changelist")
    response = client.post(address, {"action": "export", "_selected_action": [visit.pk for visit in visits]})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


@pytest.fixture
def give_rights(client: Client, django_user_model: Any) -> Any:
    def give(*rights: str) -> Client:
        user = django_user_model.objects.create_user("exporter", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=("view_appointment", *rights)))
        client.force_login(user)
        return client

    return give


def test_visit_is_written_in_words(desk: Client, visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(reason="Spasms", needs_quiet=True, article="spasms")
    IntakeAnswer.objects.create(appointment=visit, wording="Since when?", answer="May")

    (line,) = export(desk, visit)

    expected = {
        "Reference": visit.display_reference,
        "Status": "Booked",
        "Day": "2026-11-24",
        "Starts": "10:00",
        "Ends": "10:40",
        "Clinician": visit.practitioner.display_name,
        "Last name": "Ellis",
        "Phone": "212 555 0177",
        "Needs": "Quiet place or low light",
        "Reason": "Spasms",
        "Answers": "Since when? May",
        "Came from": "spasms",
    }
    assert {column: line[column] for column in expected} == expected


def test_answers_are_for_those_who_may_read_them(give_rights: Any, visit: Appointment) -> None:
    client = give_rights("export_appointment", "view_every_visit")

    (line,) = export(client, visit)

    assert not CLINICAL & line.keys()


def test_only_the_chosen_visits_leave(desk: Client, visit: Appointment) -> None:
    other = book_another(visit, "12:00")

    assert [line["Reference"] for line in export(desk, other)] == [other.display_reference]


def test_export_needs_its_permission_and_a_post(give_rights: Any, visit: Appointment) -> None:
    client = give_rights("change_appointment", "view_every_visit")
    address = reverse("admin:booking_appointment_changelist")
    data = {"action": "export", "_selected_action": [visit.pk]}

    posted, got = client.post(address, data), client.get(address, data)

    assert not posted.streaming
    assert not got.streaming


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", '=HYPERLINK("http://x")']
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert neutralize(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ellis", "212 555 0177", "a=b", "2026-11-24", "O'Hara"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert neutralize(text) == text


def test_formula_of_a_patient_does_not_reach_the_spreadsheet(desk: Client, visit: Appointment) -> None:
    assert visit.patient is not None
    Patient.objects.filter(pk=visit.patient.pk).update(family_name="=cmd|' /C calc'!A0", phone_typed="")
    Appointment.objects.filter(pk=visit.pk).update(reason="@SUM(A1)\n=2")

    (line,) = export(desk, visit)

    assert line["Last name"] == "'=cmd|' /C calc'!A0"
    assert line["Reason"] == "'@SUM(A1)\n=2"
    assert line["Phone"].startswith("'+1")


def test_export_asks_as_often_for_three_visits_as_for_one(desk: Client, visit: Appointment) -> None:
    others = [book_another(visit, clock) for clock in ("12:00", "14:00")]
    with CaptureQueriesContext(connection) as for_one:
        export(desk, visit)

    with CaptureQueriesContext(connection) as for_three:
        export(desk, visit, *others)

    assert len(for_three) == len(for_one)
