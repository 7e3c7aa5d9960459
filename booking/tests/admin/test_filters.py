"""What narrows the lists of visits and patients."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, Patient, RelatedPerson
from booking.tests import practice
from booking.tests.admin.conftest import book_another, open_page, read_messages, send
from booking.tests.practice import TUESDAY
from outbox.models import OutboxMessage, State

pytestmark = pytest.mark.django_db

VISITS = "appointment_changelist"
PATIENTS = "patient_changelist"


def listed(desk: Client, name: str, **query: Any) -> list[Any]:
    return list(open_page(desk, name, **query).context["cl"].result_list)


# --- Visits -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2026-11-24", "2026-11-24", True),
        ("2026-11-23", "", True),
        ("", "2026-11-24", True),
        ("2026-11-25", "", False),
        ("", "2026-11-23", False),
        ("2026-11-25", "2026-11-23", False),
        ("tomorrow", "0001-01-01", True),
        ("9999-12-31", "9999-12-31", True),
    ],
)
def test_visits_from_one_day_to_another(
    desk: Client, visit: Appointment, since: str, until: str, found: bool
) -> None:
    assert listed(desk, VISITS, since=since, until=until) == ([visit] if found else [])


def test_dates_read_forwards_and_keep_the_other_filters(desk: Client, visit: Appointment) -> None:
    later = book_another(visit, "09:00", TUESDAY + timedelta(days=1))

    page = open_page(desk, VISITS, since="2026-11-24", status="booked")

    assert list(page.context["cl"].result_list) == [visit, later]
    html = page.content.decode()
    assert '<input type="hidden" name="status" value="booked">' in html
    assert 'value="2026-11-24"' in html
    assert '<a href="?status=booked">All dates</a>' in html


@pytest.mark.parametrize(
    "fields",
    [
        {"needs_interpreter": True},
        {"needs_step_free": True},
        {"needs_quiet": True},
        {"needs_more_time": True},
        {"access_needs": "A chair with arms"},
    ],
)
def test_visits_that_need_help(desk: Client, visit: Appointment, fields: dict[str, Any]) -> None:
    needy = book_another(visit, "12:00")
    Appointment.objects.filter(pk=needy.pk).update(**fields)

    assert listed(desk, VISITS, help="yes") == [needy]
    assert listed(desk, VISITS, help="interpreter") == ([needy] if "needs_interpreter" in fields else [])


def test_visits_whose_mail_was_not_delivered(desk: Client, visit: Appointment) -> None:
    book_another(visit, "12:00", email="somebody@example.org")
    OutboxMessage.objects.filter(subject_id=visit.pk).update(state=State.DEAD)

    assert listed(desk, VISITS, mail="failed") == [visit]

    # Moved since: the mail that failed says what is no longer true.
    Appointment.objects.filter(pk=visit.pk).update(version=7)
    assert listed(desk, VISITS, mail="failed") == []


# --- Patients -----------------------------------------------------------------------


def test_patients_without_email(desk: Client, patient: Patient) -> None:
    by_phone = practice.make_patient(email="")
    reached = practice.make_patient(email="", phone="")
    nobody = practice.make_patient(email="", phone="")
    RelatedPerson.objects.create(
        patient=reached, name="Kim", relationship="parent", is_contact=True, email="kim@example.org"
    )

    assert set(listed(desk, PATIENTS, reach="no_email")) == {by_phone, nobody}
    assert listed(desk, PATIENTS, reach="no_way") == [nobody]


def compare(desk: Client, *patients: Patient) -> Any:
    chosen = [patient.pk for patient in patients]
    return send(desk, PATIENTS, action="compare", _selected_action=chosen)


def test_two_chosen_patients_are_compared(desk: Client, patient: Patient, other_patient: Patient) -> None:
    response = compare(desk, patient, other_patient)

    [(address, _)] = response.redirect_chain
    assert {str(patient.pk), str(other_patient.pk)} <= set(address.split("/"))
    assert "Which record is kept?" in response.content.decode()


def test_other_numbers_and_merged_records_are_not_compared(
    desk: Client, patient: Patient, other_patient: Patient
) -> None:
    merged = practice.make_patient(merged_into=patient)

    for chosen in ([patient], [patient, other_patient, practice.make_patient()]):
        told = read_messages(compare(desk, *chosen))
        assert told == ["Choose exactly two records that are not merged yet."]
    response = desk.post(
        reverse("admin:booking_patient_changelist") + "?merged=yes",
        {"action": "compare", "_selected_action": [merged.pk]},
        follow=True,
    )
    assert read_messages(response) == ["Choose exactly two records that are not merged yet."]


@pytest.mark.parametrize("query", [{}, {"reach": "no_way"}, {"q": "Ellis"}, {"double": "new"}])
def test_list_of_patients_asks_as_often_for_three_as_for_one(
    desk: Client, patient: Patient, query: dict[str, str]
) -> None:
    Patient.objects.update(email="", phone="")
    listed(desk, PATIENTS, **query)
    with CaptureQueriesContext(connection) as for_one:
        listed(desk, PATIENTS, **query)
    for _ in range(2):
        practice.make_patient(email="", phone="")

    with CaptureQueriesContext(connection) as for_three:
        listed(desk, PATIENTS, **query)

    assert len(for_three) == len(for_one)
