"""What the patient said, as staff read it: on the page of the visit and in the list."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from booking.models import (
    Appointment,
    Coverage,
    IntakeAnswer,
    PractitionerChoice,
    Referral,
    RelatedPerson,
    Source,
    VisitType,
)
from booking.tests import practice
from booking.tests.admin.conftest import book_another, open_page

pytestmark = pytest.mark.django_db


def change(visit: Appointment, **fields: Any) -> None:
    Appointment.objects.filter(pk=visit.pk).update(**fields)


def read_field(desk: Client, visit: Appointment, name: str) -> str:
    """Return one line of the visit's page as text."""
    page = open_page(desk, "appointment_change", visit.pk).content.decode()
    [row] = re.findall(rf'field-{name}\b.*?class="readonly">(.*?)</div>', page, re.DOTALL)
    return re.sub(r"[ \n]+", " ", unescape(strip_tags(row.replace("<", " <")))).strip()


def add_related(visit: Appointment, **fields: Any) -> RelatedPerson:
    defaults = {"name": "Casey Ellis", "relationship": "child", "is_contact": True}
    assert visit.patient is not None
    person = RelatedPerson.objects.create(patient=visit.patient, **{**defaults, **fields})
    change(visit, related_person=person)
    return person


# --- Help at the visit ----------------------------------------------------------------


def test_needs_are_spelled_out_with_the_language_first(desk: Client, visit: Appointment):
    change(
        visit,
        needs_interpreter=True,
        interpreter_language="Polish",
        needs_step_free=True,
        needs_quiet=True,
        needs_more_time=True,
        access_needs="A chair with arms",
    )

    needs = read_field(desk, visit, "needs")

    assert needs == (
        "Interpreter: Polish Step-free way, or help with moving Quiet place or low light More time "
        "A chair with arms"
    )


def test_interpreter_without_a_language_says_to_ask(desk: Client, visit: Appointment):
    change(visit, needs_interpreter=True)

    assert read_field(desk, visit, "needs") == "Interpreter: ask which language"


def test_visit_without_needs_says_so(desk: Client, visit: Appointment):
    assert read_field(desk, visit, "needs") == "No help was asked for"


def test_needs_stand_before_everything_else_the_patient_says(desk: Client, visit: Appointment):
    change(visit, needs_quiet=True, reason="Cramps at night")

    page = open_page(desk, "appointment_change", visit.pk).content.decode()

    assert page.index("Quiet place") < page.index("Cramps at night")


@pytest.mark.parametrize(
    ("said", "sign"),
    [
        ({"needs_interpreter": True, "interpreter_language": "Polish"}, "◆ Polish interpreter"),
        ({"needs_interpreter": True, "needs_more_time": True}, "◆ interpreter, more time"),
        (
            {"needs_step_free": True, "needs_quiet": True, "access_needs": "x"},
            "◆ step-free, quiet, other help",
        ),
    ],
)
def test_list_signs_needs_in_words(desk: Client, visit: Appointment, said: dict[str, Any], sign: str):
    change(visit, **said)

    assert sign in open_page(desk, "appointment_changelist").content.decode()


def test_list_signs_nothing_where_nothing_is_needed(desk: Client, visit: Appointment):
    assert "◆" not in open_page(desk, "appointment_changelist").content.decode()


# --- Whom to call -----------------------------------------------------------------------


def test_patient_who_booked_is_the_one_to_call(desk: Client, visit: Appointment):
    assert read_field(desk, visit, "contact") == "The patient"
    assert read_field(desk, visit, "phone") == "212 555 0177"


def test_related_person_is_called_at_their_own_number(desk: Client, visit: Appointment):
    add_related(visit, phone="+17185550123", phone_typed="718 555 0123", email="casey@example.org")

    assert read_field(desk, visit, "contact") == "Casey Ellis (Son or daughter), not the patient"
    assert read_field(desk, visit, "phone") == "718 555 0123"
    assert read_field(desk, visit, "email") == "casey@example.org"


def test_patient_is_called_where_somebody_else_only_booked(desk: Client, visit: Appointment):
    add_related(visit, is_contact=False)

    assert read_field(desk, visit, "contact") == "The patient. Casey Ellis (Son or daughter) asked for them"
    assert read_field(desk, visit, "phone") == "212 555 0177"


def test_title_names_neither_patient_nor_who_booked(desk: Client, visit: Appointment):
    add_related(visit)

    page = open_page(desk, "appointment_change", visit.pk).content.decode()

    title = page[page.index("<title>") : page.index("</title>")]
    assert re.findall("Ellis|Jordan|Casey", title) == []


# --- What else was asked ----------------------------------------------------------------


def test_payment_referral_and_why_this_clinician_are_told(desk: Client, visit: Appointment):
    change(
        visit,
        coverage=Coverage.SELF_PAY,
        referral=Referral.SENT,
        referral_from="Dr. Moss",
        practitioner_choice=PractitionerChoice.FAIR,
    )

    assert read_field(desk, visit, "coverage") == "I pay for the visit myself."
    assert read_field(desk, visit, "referral_said") == "Yes, my doctor sends it to you: Dr. Moss"
    assert "had the most free time" in read_field(desk, visit, "practitioner_choice")


def test_answers_stand_under_their_questions_as_asked(desk: Client, visit: Appointment):
    for position, (wording, answer) in enumerate([("Since when?", "May"), ("<b>Which side?</b>", "Left")]):
        IntakeAnswer.objects.create(appointment=visit, wording=wording, answer=answer, position=position)

    page = open_page(desk, "appointment_change", visit.pk).content.decode()

    assert "<dt>Since when?</dt><dd>May</dd>" in page
    assert "<dt>&lt;b&gt;Which side?&lt;/b&gt;</dt><dd>Left</dd>" in page


def test_consent_is_told_with_its_day_and_wording(desk: Client, visit: Appointment):
    change(visit, consented_at=practice.NOW, consent_wording="You may keep this.")

    assert read_field(desk, visit, "consented_at") == "Nov. 23, 2026, 9 a.m."
    assert read_field(desk, visit, "consent_wording") == "You may keep this."


def test_urgency_is_told_as_yes_or_no(desk: Client, visit: Appointment):
    change(visit, source=Source.ONLINE)
    before = read_field(desk, visit, "urgency")
    change(visit, urgency_acknowledged_at=practice.NOW)

    after = read_field(desk, visit, "urgency")

    assert before == "No"
    assert after == "Yes, on Monday, November\xa023, 2026, 9:00\xa0am"


def test_urgency_of_a_visit_booked_by_staff_was_not_asked(desk: Client, visit: Appointment):
    change(visit, source=Source.STAFF)

    assert read_field(desk, visit, "urgency") == "Was not asked"


def test_video_visit_tells_the_clock_of_the_device(desk: Client, visit: Appointment):
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH)
    change(visit, patient_time_zone="America/Los_Angeles")

    told = read_field(desk, visit, "when_long")

    assert "10:00\xa0am – 10:40\xa0am, Eastern Time (New York)" in told
    assert "On the patient's device: Tuesday, November\xa024, 2026, 7:00\xa0am, Pacific Time" in told


@pytest.mark.parametrize(
    ("mode", "zone"),
    [("in_person", "America/Los_Angeles"), ("telehealth", ""), ("telehealth", "Mars/Olympus")],
)
def test_device_is_not_mentioned_where_it_says_nothing(
    desk: Client, visit: Appointment, mode: str, zone: str
):
    VisitType.objects.update(mode=mode)
    change(visit, patient_time_zone=zone)

    assert "device" not in read_field(desk, visit, "when_long")


# --- Queries ------------------------------------------------------------------------------


def count_queries(desk: Client, name: str, *args: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        open_page(desk, name, *args)
    return len(queries)


def test_page_asks_as_often_for_three_answers_as_for_one(desk: Client, visit: Appointment):
    add_related(visit)
    IntakeAnswer.objects.create(appointment=visit, wording="Since when?", answer="May")
    count_queries(desk, "appointment_change", visit.pk)
    for_one = count_queries(desk, "appointment_change", visit.pk)
    for wording in ("Which side?", "How often?"):
        IntakeAnswer.objects.create(appointment=visit, wording=wording, answer="Left")

    assert count_queries(desk, "appointment_change", visit.pk) == for_one


def test_list_asks_as_often_for_three_who_were_booked_for_as_for_one(desk: Client, visit: Appointment):
    add_related(visit)
    count_queries(desk, "appointment_changelist")
    for_one = count_queries(desk, "appointment_changelist")
    for days in (1, 2):
        add_related(book_another(visit, "10:00", practice.TUESDAY + timedelta(days=days)))

    assert count_queries(desk, "appointment_changelist") == for_one
