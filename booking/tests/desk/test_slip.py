"""/admin/desk/book/: a caller's visit, asked in any order, booked in one press."""

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import (
    Appointment,
    AvailabilityRule,
    CameFrom,
    Coverage,
    IntakeQuestion,
    Patient,
    Referral,
    RelatedPerson,
    Source,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.desk.conftest import HTMX, book, name_slot, read_outcomes
from booking.tests.desk.test_day import read_text
from booking.tests.practice import at
from booking.tests.wishes import wait
from outbox.models import OutboxMessage

BOOK = "/admin/desk/book/"
NEW = {
    "is_new": "yes",
    "new-given_name": "Casey",
    "new-family_name": "Moss",
    "new-birth_date_month": "2",
    "new-birth_date_day": "29",
    "new-birth_date_year": "1980",
    "new-phone": "212 555 0143",
}


@pytest.fixture
def known(visit: Appointment, other_patient: Patient) -> dict[str, Any]:
    """All that is needed for a known patient at noon."""
    return {
        "patient": other_patient.pk,
        "visit_type": visit.visit_type_id,
        "slot": name_slot(visit, "12:00"),
        "has_notes": "yes",
    }


def press(client: Client, button: str, sent: dict[str, Any], **more: Any) -> Any:
    """Send the slip by one of its buttons."""
    response = client.post(BOOK, {**sent, button: "yes", **more}, follow=True)
    assert response.status_code == 200
    return response


def read_problems(response: Any) -> list[str]:
    return response.context["slip"].problems


# --- Any order -----------------------------------------------------------------------


def test_empty_slip_asks_everything(desk: Client, visit: Appointment) -> None:
    told = read_text(desk.get(BOOK).content.decode())

    assert "Who Name, birth date, phone or reference Find New patient" in told
    assert "Choose the type first, or a free cell of the day." in told


def test_time_first(desk: Client, visit: Appointment) -> None:
    told = read_text(desk.get(BOOK, {"slot": name_slot(visit, "12:00")}).content.decode())

    assert "Tuesday, November 24, 2026, 12:00 pm Dr. Lena Fischer, Midtown" in told


def test_patient_first(desk: Client, visit: Appointment, other_patient: Patient) -> None:
    told = read_text(desk.get(BOOK, {"patient": other_patient.pk}).content.decode())

    assert "Robin Hart born" in told


def test_type_first_lists_openings(desk: Client, visit: Appointment) -> None:
    slip = press(desk, "times", {"visit_type": visit.visit_type_id}).context["slip"]

    assert slip.openings.slots[0].start == at("09:40", date(2026, 11, 23)) or slip.openings.slots
    assert Appointment.objects.count() == 1


def test_everything_that_was_typed_stays(desk: Client, visit: Appointment, known: dict[str, Any]) -> None:
    typed = {"reason": "O'Brien <b>", "needs_quiet": "on", "coverage": "unsure"}

    html = press(desk, "drop_slot", known, **typed).content.decode()

    assert "O&#x27;Brien &lt;b&gt;" in html
    assert 'name="needs_quiet" id="id_needs_quiet" checked' in html
    assert '<option value="unsure" selected>' in html
    assert "Robin Hart" in html


def test_search_offers_patients_and_their_next_visit(desk: Client, visit: Appointment) -> None:
    told = read_text(press(desk, "find", {"words": "elis"}).content.decode())

    assert "Nobody fits exactly. These are close: Jordan Ellis born Sep 28, 1975. Tue, Nov 24" in told


def test_picking_a_patient_keeps_the_time(desk: Client, visit: Appointment, other_patient: Patient) -> None:
    sent = {"words": "Hart", "slot": name_slot(visit, "12:00")}

    slip = press(desk, "look", sent, pick_patient=other_patient.pk).context["slip"]

    assert (slip.patient, slip.time.start) == (other_patient, at("12:00"))


def test_openings_leave_out_the_patients_own_visits(desk: Client, visit: Appointment) -> None:
    practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    sent = {"patient": visit.patient_id, "visit_type": visit.visit_type_id, "first_day": "2026-11-24"}

    slots = press(desk, "times", sent).context["slip"].openings.slots

    assert slots
    assert not any(at("09:20") < slot.start < at("10:40") for slot in slots)


def test_where_nobody_has_hours_it_says_so(desk: Client, visit: Appointment) -> None:
    AvailabilityRule.objects.all().delete()

    html = press(desk, "times", {"visit_type": visit.visit_type_id}).content.decode()

    assert "No opening in these two weeks." in html


# --- Booking -------------------------------------------------------------------------


def test_book_keeps_what_the_caller_said(
    desk: Client, visit: Appointment, other_patient: Patient, known: dict[str, Any]
) -> None:
    question = IntakeQuestion.objects.create(visit_type=visit.visit_type, wording="How often?")

    response = press(
        desk,
        "book",
        known,
        reason="Cramps",
        access_needs="A chair with arms",
        needs_interpreter="on",
        interpreter_language="Spanish",
        needs_quiet="on",
        coverage="unsure",
        **{f"intake_{question.pk}": "Every night"},
    )

    booked = other_patient.appointments.get()
    assert (booked.start, booked.source, booked.came_from) == (at("12:00"), Source.STAFF, CameFrom.CALLER)
    assert (booked.reason, booked.access_needs) == ("Cramps", "A chair with arms")
    assert (booked.needs_interpreter, booked.interpreter_language) == (True, "Spanish")
    assert (booked.needs_step_free, booked.needs_quiet) == (False, True)
    assert booked.coverage == Coverage.UNSURE
    assert [(said.wording, said.answer) for said in booked.intake_answers.all()] == [
        ("How often?", "Every night")
    ]
    assert read_outcomes(response) == ["Booked. An email goes to the patient."]
    assert OutboxMessage.objects.filter(kind="booking.booked", subject_id=booked.pk).exists()


def test_book_with_htmx_answers_with_the_visit_and_wakes_the_page(
    desk: Client, known: dict[str, Any]
) -> None:
    response = desk.post(BOOK, {**known, "book": "yes"}, headers=HTMX)

    html = response.content.decode()
    assert "<html" not in html
    assert "Robin Hart" in html
    assert response["HX-Trigger-After-Swap"] == '{"desk-changed": {}}'


def test_who_waits_for_such_a_visit_and_is_booked_one_is_said_to_wait_still(
    desk: Client, visit: Appointment, other_patient: Patient, known: dict[str, Any]
) -> None:
    """Else the waitlist goes on to offer them times, and one that is taken is a second visit."""
    entry = wait(visit.visit_type, other_patient)
    wait(practice.make_visit_type(), other_patient)

    response = press(desk, "book", known)

    [booked, waits] = read_outcomes(response)
    assert booked.startswith("Booked.")
    told = "They still wait for such a visit, and are offered times: take them off if they need none."
    assert told in waits
    assert reverse("desk:wish", args=[entry.pk]) in response.content.decode()


def test_wish_for_an_earlier_time_of_another_visit_is_not_named(
    desk: Client, visit: Appointment, other_patient: Patient, known: dict[str, Any]
) -> None:
    wait(visit.visit_type, other_patient, appointment=visit)

    assert len(read_outcomes(press(desk, "book", known))) == 1


def test_booking_can_be_undone_from_where_it_was_done(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    press(desk, "book", known)
    booked = other_patient.appointments.get()

    response = desk.post(f"/admin/desk/visit/{booked.pk}/unbook/", {"version": 0}, follow=True)

    booked.refresh_from_db()
    assert booked.status == Status.ENTERED_IN_ERROR
    assert read_outcomes(response) == ["Undone: the visit is taken back. Nobody was told of it."]


def test_patient_without_email_gets_a_confirmation_on_paper(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    Patient.objects.update(email="")

    response = press(desk, "book", known)

    booked = other_patient.appointments.get()
    assert "print the confirmation" in read_outcomes(response)[0]
    assert f"/admin/desk/visit/{booked.pk}/confirmation/" in response.content.decode()


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("patient", "Choose the patient, or write down a new one."),
        ("visit_type", "Choose the type of visit."),
        ("slot", "Choose a time."),
    ],
)
def test_what_is_missing_is_named(desk: Client, known: dict[str, Any], missing: str, problem: str) -> None:
    del known[missing]

    response = press(desk, "book", known)

    assert problem in read_problems(response)
    assert "Not booked yet" in response.content.decode()
    assert Appointment.objects.count() == 1


def test_taken_time_is_refused_and_what_was_typed_stays(
    desk: Client, visit: Appointment, other_patient: Patient, known: dict[str, Any]
) -> None:
    book(visit, "12:00")

    response = press(desk, "book", known, reason="Cramps", anyway=["taken"], why="Please")

    told = read_text(response.content.decode())
    assert not other_patient.appointments.exists()
    assert "The clinician or the patient already has a visit at that time." in told
    assert read_problems(response) == ["Choose another time."]
    assert response.context["slip"].notes["reason"].value() == "Cramps"


def test_time_beside_the_patients_own_visit_is_refused_in_words(desk: Client, visit: Appointment) -> None:
    colleague = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    slot = name_slot(visit, "10:00").replace(visit.practitioner.slug, colleague.slug)
    sent = {"patient": visit.patient_id, "visit_type": visit.visit_type_id, "slot": slot, "has_notes": "yes"}

    response = press(desk, "book", sent)

    assert "The patient already has a visit at that time." in response.content.decode()
    assert Appointment.objects.count() == 1


def test_rules_are_set_aside_with_a_reason_that_is_kept(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    VisitType.objects.update(minimum_notice=3 * 24 * 60)

    shown = press(desk, "check", known)
    unread = press(desk, "book", known)
    without_reason = press(desk, "book", known, anyway=["too_soon"])
    press(desk, "book", known, anyway=["too_soon"], why="Asked for by Dr. Fischer")

    assert [concern.code.value for concern in shown.context["slip"].chosen.concerns] == ["too_soon"]
    assert "Read what speaks against this time" in read_problems(unread)[0]
    assert read_problems(without_reason) == ["Write why you book this time all the same."]
    event = other_patient.appointments.get().events.get()
    assert (event.details["set_aside"], event.note) == (["too_soon"], "Asked for by Dr. Fischer")


def test_reason_with_signs_that_no_database_keeps_is_cleaned(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    VisitType.objects.update(minimum_notice=3 * 24 * 60)

    press(desk, "book", known, anyway=["too_soon"], why="Asked\0for")

    assert other_patient.appointments.get().events.get().note == "Asked for"


def test_interpreter_needs_a_language(desk: Client, other_patient: Patient, known: dict[str, Any]) -> None:
    response = press(desk, "book", known, needs_interpreter="on")

    assert "Ask which language, and write it here." in response.content.decode()
    assert not other_patient.appointments.exists()


def test_request_is_asked_for_only_where_the_visit_needs_one(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    before = press(desk, "check", known)
    VisitType.objects.update(needs_referral=True)
    after = press(desk, "check", known)

    press(desk, "book", known, referral="sent", referral_from="Dr. Moss")

    assert "referral" not in before.context["slip"].notes.fields
    assert "referral" in after.context["slip"].notes.fields
    booked = other_patient.appointments.get()
    assert (booked.referral, booked.referral_from) == (Referral.SENT, "Dr. Moss")


def test_who_asks_for_the_patient_is_kept(
    desk: Client, other_patient: Patient, known: dict[str, Any]
) -> None:
    person = RelatedPerson.objects.create(
        patient=other_patient, name="Casey Hart", relationship="child", is_contact=True
    )

    press(desk, "book", known, related_person=person.pk)

    assert other_patient.appointments.get().contact == person


def test_who_belongs_to_another_patient_is_refused(
    desk: Client, patient: Patient, other_patient: Patient, known: dict[str, Any]
) -> None:
    RelatedPerson.objects.create(patient=other_patient, name="Casey Hart", relationship="child")
    stranger = RelatedPerson.objects.create(patient=patient, name="Alex Moss", relationship="other")

    response = press(desk, "book", known, related_person=stranger.pk)

    assert list(response.context["slip"].notes.errors) == ["related_person"]
    assert not other_patient.appointments.exists()


# --- A new patient -------------------------------------------------------------------


def test_new_patient_is_made_with_the_visit(desk: Client, known: dict[str, Any]) -> None:
    del known["patient"]

    press(desk, "book", {**known, **NEW})

    patient = Patient.objects.get(family_name="Moss")
    assert (patient.given_name, patient.birth_date) == ("Casey", date(1980, 2, 29))
    assert (str(patient.phone), patient.phone_typed) == ("+12125550143", "212 555 0143")
    assert patient.appointments.get().status == Status.BOOKED


def test_caller_who_is_not_the_patient_is_kept(desk: Client, known: dict[str, Any]) -> None:
    del known["patient"]
    caller = {"new-related_name": "Kim Moss", "new-relationship": "parent", "new-is_contact": "on"}

    press(desk, "book", {**known, **NEW, **caller})

    booked = Patient.objects.get(family_name="Moss").appointments.get()
    assert booked.contact.name == "Kim Moss"
    assert str(booked.contact.phone) == "+12125550143"


def test_new_patient_who_may_be_here_already_is_asked_about(
    desk: Client, known: dict[str, Any], other_patient: Patient
) -> None:
    del known["patient"]
    there = practice.make_patient(given_name="Cassey", family_name="Moss", birth_date=date(1980, 2, 29))

    response = press(desk, "book", {**known, **NEW})

    assert [one.patient for one in response.context["slip"].duplicates] == [there]
    assert "May already be here" in response.content.decode()
    assert Patient.objects.filter(family_name="Moss").count() == 1

    press(desk, "book", {**known, **NEW, "is_somebody_else": "on"})

    assert Patient.objects.filter(family_name="Moss").count() == 2


def test_new_patient_who_is_here_already_is_picked(desk: Client, known: dict[str, Any]) -> None:
    del known["patient"]
    there = practice.make_patient(given_name="Cassey", family_name="Moss", birth_date=date(1980, 2, 29))

    slip = press(desk, "look", {**known, **NEW}, pick_patient=there.pk).context["slip"]

    assert (slip.patient, slip.is_new) == (there, False)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("new-given_name", "", "Enter the patient&#x27;s first name."),
        ("new-birth_date_day", "31", "This date of birth does not exist. Check the month and the day."),
        ("new-phone", "12", "Enter a phone number with its area code, like 212 555 0177."),
        ("new-email", "nobody", "Enter an email address like name@example.com."),
    ],
)
def test_what_is_wrong_about_a_new_patient_is_told(
    desk: Client, known: dict[str, Any], field: str, value: str, sentence: str
) -> None:
    del known["patient"]

    looked = press(desk, "look", {**known, **NEW, field: value})
    response = press(desk, "book", {**known, **NEW, field: value})

    assert sentence not in looked.content.decode()
    assert sentence in response.content.decode()
    assert Appointment.objects.count() == 1


# --- Limits ----------------------------------------------------------------------------


def test_nothing_of_a_patient_stands_in_addresses(desk: Client, known: dict[str, Any]) -> None:
    html = press(desk, "look", {**known, "words": "Hart"}).content.decode()

    assert not any("Hart" in link for link in re.findall(r'(?:href|action)="([^"]*)"', html))


@pytest.mark.parametrize("asked", ["abc", "", "1.5", "-1", "9" * 30, "٣", "\x00"])
def test_patient_who_cannot_be_is_nobody(desk: Client, visit: Appointment, asked: str) -> None:
    response = desk.get(BOOK, {"patient": asked, "visit_type": asked})

    if response.status_code != 400:
        assert response.context["slip"].patient is None


def test_merged_patient_is_nobody(desk: Client, visit: Appointment, other_patient: Patient) -> None:
    merged = practice.make_patient(merged_into=other_patient)

    assert desk.get(BOOK, {"patient": merged.pk}).context["slip"].patient is None


@pytest.mark.parametrize("slot", ["x", "2026-11-24T16:00Z/nobody/midtown"])
def test_time_that_nobody_can_read_is_told(desk: Client, visit: Appointment, slot: str) -> None:
    response = desk.get(BOOK, {"slot": slot})

    assert read_outcomes(response) == ["We could not read that time. Please choose one of the times shown."]


def test_it_needs_the_right_to_book_and_to_see_patients(
    client: Client, visit: Appointment, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("half", is_staff=True)
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["add_appointment", "change_appointment"])
    )
    client.force_login(user)

    assert client.get(BOOK).status_code == 403


def test_new_patients_need_the_right_to_add_them(
    client: Client, visit: Appointment, known: dict[str, Any], django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("half", is_staff=True)
    rights = ["add_appointment", "change_appointment", "view_patient"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    del known["patient"]

    assert client.post(BOOK, {**known, **NEW, "book": "yes"}).status_code == 403
    assert "New patient" not in client.get(BOOK).content.decode()


def test_queries_of_the_slip_do_not_grow(desk: Client, visit: Appointment, known: dict[str, Any]) -> None:
    def find() -> None:
        press(desk, "find", {"words": "Ellis", "visit_type": visit.visit_type_id})

    def count() -> int:
        find()  # the set-up is known from now on
        with CaptureQueriesContext(connection) as queries:
            find()
        return len(queries)

    few = count()
    for clock in ("13:00", "14:00"):
        book(visit, clock, family_name="Ellis")
    practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)

    assert count() == few
