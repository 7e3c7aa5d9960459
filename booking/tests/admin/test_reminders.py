"""What staff set about reminders and the day's list, and what they see of them."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from booking import actions
from booking.models import Appointment, Patient, Practitioner, VisitType
from booking.models.practice import validate_reminders
from booking.tests.admin.conftest import open_page, send
from booking.tests.admin.test_visit_types import save

pytestmark = pytest.mark.django_db

LIST = "Write whole hours with commas between them, for example 168, 24."
RANGE = "A reminder leaves between 2 and 1440 hours before the visit."
NUMBER = "At most 4 reminders, each at another time."


@pytest.mark.parametrize(
    ("typed", "hours"), [("168, 24", [168, 24]), ("24", [24]), ("1440,2 , 36", [1440, 2, 36]), ("", [])]
)
def test_list_of_hours_is_kept(desk: Client, visit_type: VisitType, typed: str, hours: list[int]) -> None:
    assert save(desk, visit_type, reminders=typed).status_code == 200

    visit_type.refresh_from_db()
    assert visit_type.reminder_hours == hours


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("7 days", LIST),
        ("24,", LIST),
        ("24;12", LIST),
        ("-24", LIST),
        ("1.5", LIST),
        ("\N{SUPERSCRIPT TWO}4", LIST),
        ("99999", LIST),
        ("1", RANGE),
        ("1441", RANGE),
        ("24, 24", NUMBER),
        ("10, 20, 30, 40, 50", NUMBER),
    ],
)
def test_odd_list_gets_a_sentence(desk: Client, visit_type: VisitType, typed: str, sentence: str) -> None:
    page = save(desk, visit_type, reminders=typed).content.decode()

    visit_type.refresh_from_db()
    assert sentence in page
    assert visit_type.reminder_hours == [168, 24]


def test_new_visit_types_remind_a_week_and_a_day_before() -> None:
    assert VisitType().reminder_hours == [168, 24]
    validate_reminders(VisitType().reminders)


def test_days_list_needs_an_email(practitioner: Practitioner) -> None:
    practitioner.daily_list = True

    with pytest.raises(ValidationError, match=r"The day's list needs an email to go to\."):
        practitioner.full_clean()
    practitioner.email = "lena.fischer@clinic.example.org"
    practitioner.full_clean()


def test_pages_show_who_said_so_and_who_wants_none(desk: Client, visit: Appointment) -> None:
    actions.confirm_coming(appointment=visit, by=actions.Actor.patient())
    actions.stop_reminders(appointment=visit)

    record = open_page(desk, "appointment_change", visit.pk)
    person = open_page(desk, "patient_change", visit.patient_id)

    assert "Said they will come" in record.content.decode()
    assert 'name="reminders_off_at_0" value="2026-11-23"' in person.content.decode()


def test_staff_turn_reminders_on_again(visit: Appointment) -> None:
    Patient.objects.update(reminders_off_at=timezone.now())
    patient = Patient.objects.get()

    patient.reminders_off_at = None
    patient.full_clean()
    patient.save()

    assert Patient.objects.filter(reminders_off_at__isnull=True).exists()


INPUT = re.compile(r'<input type="(?:text|email|tel|hidden)" name="([\w-]+)"(?: value="([^"]*)")?')


def read_patients_form(desk: Client, visit: Appointment) -> dict[str, str]:
    """What a browser would send of the patient's page, as it is shown now."""
    page = open_page(desk, "patient_change", visit.patient_id).content.decode()
    return {**dict(INPUT.findall(page)), "language": "en"}


def test_saving_a_page_that_was_open_meanwhile_does_not_turn_reminders_on_again(
    desk: Client, visit: Appointment
) -> None:
    shown = read_patients_form(desk, visit)
    actions.stop_reminders(appointment=visit)

    saved = send(desk, "patient_change", visit.patient_id, **shown | {"given_name": "Jordana"})

    patient = Patient.objects.get()
    assert saved.status_code == 200
    assert (patient.given_name, patient.reminders_off_at) == ("Jordana", timezone.now())


def test_staff_turn_reminders_on_and_off_by_the_page(desk: Client, visit: Appointment) -> None:
    actions.stop_reminders(appointment=visit)
    off = read_patients_form(desk, visit)

    send(
        desk, "patient_change", visit.patient_id, **off | {"reminders_off_at_0": "", "reminders_off_at_1": ""}
    )

    assert Patient.objects.get().reminders_off_at is None
    on = read_patients_form(desk, visit)
    today = {"reminders_off_at_0": "2026-11-23", "reminders_off_at_1": "09:00:00"}
    send(desk, "patient_change", visit.patient_id, **on | today)
    assert Patient.objects.get().reminders_off_at == timezone.now()
