"""Two records of one person: pointed out, compared, merged, and kept to look at."""

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
from booking.models import Appointment, Patient, PatientMerge, RelatedPerson
from booking.tests import practice
from booking.tests.admin.conftest import open_page, read_messages, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(patient: Patient) -> Patient:
    """A second record of `patient`: the same name and date of birth, no email."""
    return practice.make_patient(family_name="Ellis", email="", phone="+17185550199", phone_typed="")


@pytest.fixture
def merged(patient: Patient, twin: Patient, receptionist: Any) -> Patient:
    """`twin`, merged into `patient`."""
    actions.merge_patients(kept=patient, merged=twin, by=Actor.staff(receptionist))
    twin.refresh_from_db()
    return twin


@pytest.fixture
def onlooker(client: Client, django_user_model: Any) -> Client:
    user = django_user_model.objects.create_user("onlooker", is_staff=True)
    for codename in ("view_patient", "view_appointment", "view_relatedperson", "view_every_visit"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    return client


def book(visit: Appointment, patient: Patient, clock: str) -> Appointment:
    """Another visit, with a colleague of the visit's practitioner."""
    colleague = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=colleague,
        location=visit.location,
        start=practice.at(clock),
        patient=patient,
        by=Actor.system(),
    )


def merge(desk: Client, patient: Patient, other: Patient, **fields: Any) -> Any:
    return send(desk, "patient_merge", patient.pk, other.pk, **fields)


def listed(desk: Client, **query: Any) -> list[Patient]:
    return list(open_page(desk, "patient_changelist", **query).context["cl"].result_list)


# --- Pointed out --------------------------------------------------------------------------


def test_page_points_out_who_may_be_the_same_person_and_why(desk: Client, patient: Patient, twin: Patient):
    page = open_page(desk, "patient_change", patient.pk).content.decode()

    assert "May be the same person" in page
    assert "same or similar name, same date of birth." in page
    assert reverse("admin:booking_patient_merge", args=[patient.pk, twin.pk]) in page


def test_page_of_somebody_who_is_one_of_a_kind_points_out_nothing(desk: Client, patient: Patient):
    page = open_page(desk, "patient_change", patient.pk).content.decode()

    assert "May be the same person" not in page


def test_page_asks_as_often_for_three_likely_duplicates_as_for_one(
    desk: Client, patient: Patient, twin: Patient
):
    open_page(desk, "patient_change", patient.pk)
    with CaptureQueriesContext(connection) as for_one:
        open_page(desk, "patient_change", patient.pk)
    for _ in range(2):
        practice.make_patient(family_name="Ellis", email="", phone="")

    with CaptureQueriesContext(connection) as for_three:
        page = open_page(desk, "patient_change", patient.pk)

    assert len(page.context["duplicates"]) == 3
    assert len(for_three) == len(for_one)


def test_list_of_likely_doubles_has_new_records_like_another(
    desk: Client, patient: Patient, twin: Patient, other_patient: Patient
):
    Patient.objects.filter(pk=other_patient.pk).update(birth_date=date(1950, 1, 1))
    Patient.objects.filter(pk=patient.pk).update(created_at=twin.created_at - timedelta(days=40))

    assert listed(desk, double="new") == [twin]


# --- Compared -----------------------------------------------------------------------------


def test_comparison_shows_both_and_what_would_go_over(
    desk: Client, visit: Appointment, patient: Patient, twin: Patient
):
    book(visit, twin, "12:00")
    book(visit, twin, "14:00")
    RelatedPerson.objects.create(patient=twin, name="Casey Ellis", relationship="child")

    page = open_page(desk, "patient_merge", patient.pk, twin.pk)

    lines = {line.label: line for line in page.context["lines"]}
    assert lines["Email"].values == ["jordan.ellis@example.org", ""]
    assert lines["Email"].differs
    assert not lines["Date of birth"].differs
    assert lines["Goes over if the other is kept"].values == [
        "1 visit, 0 related people, 0 wishes on the waitlist",
        "2 visits, 1 related person, 0 wishes on the waitlist",
    ]


def test_comparison_changes_nothing_and_chooses_nothing(desk: Client, patient: Patient, twin: Patient):
    page = open_page(desk, "patient_merge", patient.pk, twin.pk, kept=patient.pk, is_same_person="on")

    assert " checked" not in page.content.decode()
    assert not PatientMerge.objects.exists()


def test_comparison_names_nobody_in_its_title(desk: Client, patient: Patient, twin: Patient):
    page = open_page(desk, "patient_merge", patient.pk, twin.pk).content.decode()

    [title] = re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
    assert "Ellis" not in title


def test_comparison_with_itself_with_nobody_or_with_a_merged_record_is_not_found(
    desk: Client, patient: Patient, merged: Patient
):
    pairs = [(patient.pk, patient.pk), (patient.pk, 9999), (patient.pk, merged.pk)]

    assert [open_page(desk, "patient_merge", *pair).status_code for pair in pairs] == [404, 404, 404]


# --- Merged -------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_first", [True, False])
def test_merge_keeps_the_record_that_was_chosen(
    desk: Client, visit: Appointment, patient: Patient, twin: Patient, receptionist: Any, keep_first: bool
):
    book(visit, twin, "12:00")
    kept, gone = (patient, twin) if keep_first else (twin, patient)

    response = merge(desk, patient, twin, kept=kept.pk, is_same_person="on")

    gone.refresh_from_db()
    assert gone.merged_into == kept
    assert set(Appointment.objects.values_list("patient", flat=True)) == {kept.pk}
    assert PatientMerge.objects.get().by == receptionist
    assert read_messages(response) == [
        "The two records are one now. This went over: 1 visit, 0 related people, 0 wishes on the waitlist."
    ]


@pytest.mark.parametrize(
    "fields", [{}, {"is_same_person": "on"}, {"is_same_person": "on", "kept": "9999"}, {"kept": "first"}]
)
def test_merge_without_both_answers_asks_again(
    desk: Client, patient: Patient, twin: Patient, fields: dict[str, Any]
):
    sent = {name: patient.pk if value == "first" else value for name, value in fields.items()}

    response = merge(desk, patient, twin, **sent)

    assert response.context["form"].errors
    assert not PatientMerge.objects.exists()


def test_merge_of_two_with_visits_at_one_time_is_refused_in_words(
    desk: Client, visit: Appointment, patient: Patient, twin: Patient
):
    book(visit, twin, "10:00")

    response = merge(desk, patient, twin, kept=patient.pk, is_same_person="on")

    assert read_messages(response) == [
        "Both have a visit at the same time, so they may be two people. "
        "If not, cancel or move one visit first."
    ]
    assert not PatientMerge.objects.exists()


def test_whoever_may_only_look_cannot_merge(onlooker: Client, patient: Patient, twin: Patient):
    page = open_page(onlooker, "patient_change", patient.pk).content.decode()
    seen = open_page(onlooker, "patient_merge", patient.pk, twin.pk)
    sent = merge(onlooker, patient, twin, kept=patient.pk, is_same_person="on")

    assert "May be the same person" in page
    assert "Compare and merge" not in page
    assert (seen.status_code, sent.status_code) == (403, 403)
    assert not PatientMerge.objects.exists()


# --- Kept to look at ----------------------------------------------------------------------


def test_merged_record_says_into_which_and_cannot_be_changed_or_booked(
    desk: Client, patient: Patient, merged: Patient
):
    page = open_page(desk, "patient_change", merged.pk).content.decode()
    saved = send(desk, "patient_change", merged.pk, given_name="Robin")
    deleted = send(desk, "patient_delete", merged.pk, post="yes")

    assert "Merged into" in page
    assert reverse("admin:booking_patient_change", args=[patient.pk]) in page
    assert "Book a visit" not in page
    assert (saved.status_code, deleted.status_code) == (403, 403)


def test_kept_record_says_what_was_merged_into_it(desk: Client, patient: Patient, merged: Patient):
    page = open_page(desk, "patient_change", patient.pk).content.decode()

    assert "Merged into this record" in page
    assert "0 visits, 0 related people, 0 wishes on the waitlist" in page
    assert reverse("admin:booking_patient_change", args=[merged.pk]) in page


def test_list_hides_merged_records_unless_asked_for(desk: Client, patient: Patient, merged: Patient):
    assert listed(desk) == [patient]
    assert listed(desk, merged="yes") == [merged]
