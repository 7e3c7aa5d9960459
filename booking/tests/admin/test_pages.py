"""The admin's own pages: steps, cancelling, moving, booking for a caller."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.availability import find_slots
from booking.models import (
    Appointment,
    AvailabilityRule,
    CancellationReason,
    Coverage,
    Patient,
    Referral,
    RelatedPerson,
    Source,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.admin.conftest import book_another, open_page, read_messages, send
from outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db


def key(visit: Appointment, clock: str, day: date = practice.TUESDAY) -> str:
    start = practice.at(clock, day)
    return f"{start:%Y-%m-%dT%H:%MZ}/{visit.practitioner.slug}/{visit.location.slug}"


# --- Steps ---------------------------------------------------------------------------


def test_step_is_taken_and_told(desk: Client, visit: Appointment):
    response = send(desk, "appointment_step", visit.pk, step="arrive")

    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
    assert read_messages(response) == [f"{visit.display_reference}: Arrived"]


def test_step_that_the_status_forbids_is_refused_in_words(desk: Client, visit: Appointment):
    response = send(desk, "appointment_step", visit.pk, step="fulfil")

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED
    assert read_messages(response) == [
        "Its status does not allow this, or somebody else has just changed it."
    ]


@pytest.mark.parametrize("step", ["", "cancel", "__class__"])
def test_unknown_step_is_refused_in_words(desk: Client, visit: Appointment, step: str):
    response = send(desk, "appointment_step", visit.pk, step=step)

    assert read_messages(response) == ["This step does not exist."]


def test_step_by_get_changes_nothing(desk: Client, visit: Appointment):
    response = open_page(desk, "appointment_step", visit.pk, step="arrive")

    visit.refresh_from_db()
    assert response.status_code == 405
    assert visit.status == Status.BOOKED


def test_pages_of_a_visit_that_does_not_exist_are_not_found(desk: Client, db: None):
    names = ("appointment_cancel", "appointment_error", "appointment_move")

    assert [open_page(desk, name, 999).status_code for name in names] == [404, 404, 404]


def test_pages_need_a_login(client: Client, visit: Appointment):
    response = open_page(client, "appointment_move", visit.pk)

    assert response.url.startswith(reverse("admin:login"))


# --- Cancelling ------------------------------------------------------------------------


def test_cancel_by_get_asks(desk: Client, visit: Appointment):
    page = open_page(desk, "appointment_cancel", visit.pk)

    visit.refresh_from_db()
    assert "Who cancels?" in page.content.decode()
    assert visit.status == Status.BOOKED


def test_cancel_keeps_who_cancelled_and_tells_the_patient(desk: Client, visit: Appointment):
    response = send(desk, "appointment_cancel", visit.pk, reason="patient")

    visit.refresh_from_db()
    assert (visit.status, visit.cancellation_reason) == (Status.CANCELLED, CancellationReason.PATIENT)
    assert read_messages(response) == [f"{visit.display_reference}: Cancelled"]
    assert OutboxMessage.objects.filter(kind="booking.cancelled", subject_id=visit.pk).exists()


@pytest.mark.parametrize("reason", ["", "hold_expired", "nonsense"])
def test_cancel_with_another_reason_asks_again(desk: Client, visit: Appointment, reason: str):
    send(desk, "appointment_cancel", visit.pk, reason=reason)

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_cancel_of_a_visit_that_is_done_is_refused_in_words(desk: Client, visit: Appointment):
    Appointment.objects.update(status=Status.FULFILLED)

    response = send(desk, "appointment_cancel", visit.pk, reason="patient")

    assert read_messages(response) == [
        "Its status does not allow this, or somebody else has just changed it."
    ]


def test_entered_in_error_asks_and_then_frees_the_time(desk: Client, visit: Appointment):
    asked = open_page(desk, "appointment_error", visit.pk)
    assert "There is no undo" in asked.content.decode()

    send(desk, "appointment_error", visit.pk)

    visit.refresh_from_db()
    assert visit.status == Status.ENTERED_IN_ERROR
    assert book_another(visit, "10:00").start == visit.start


# --- Moving ------------------------------------------------------------------------------


def test_move_lists_what_is_bookable_its_own_time_included(desk: Client, visit: Appointment):
    book_another(visit, "12:00")

    page = open_page(desk, "appointment_move", visit.pk, first_day="2026-11-24")

    offered = {slot.key for _, groups in page.context["days"] for group in groups for slot in group.slots}
    bookable = find_slots(
        visit_type=visit.visit_type,
        first_day=practice.TUESDAY,
        last_day=practice.TUESDAY + timedelta(days=4),
        ignoring=visit,
    )
    assert offered == {slot.key for slot in bookable}
    assert key(visit, "10:00") in offered
    assert key(visit, "12:00") not in offered


def test_move_lists_only_the_practitioner_asked_for(desk: Client, visit: Appointment):
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)

    page = open_page(desk, "appointment_move", visit.pk, practitioner=other.pk)

    people = {group.practitioner for _, groups in page.context["days"] for group in groups}
    assert people == {other}


@pytest.mark.parametrize("first_day", ["", "nonsense", "1000-01-01", "9999-12-31", "2026-11-22"])
def test_move_lists_days_whatever_day_is_asked_for(desk: Client, visit: Appointment, first_day: str):
    page = open_page(desk, "appointment_move", visit.pk, first_day=first_day)

    assert len(page.context["days"]) == 5


def test_move_with_a_chosen_time_asks_once(desk: Client, visit: Appointment):
    page = open_page(desk, "appointment_move", visit.pk, slot=key(visit, "14:00"))

    visit.refresh_from_db()
    assert page.context["concerns"] == []
    assert page.context["is_possible"]
    assert visit.start == practice.at("10:00")


def test_move_moves_and_tells_the_patient(desk: Client, visit: Appointment):
    response = send(desk, "appointment_move", visit.pk, slot=key(visit, "14:00"))

    visit.refresh_from_db()
    assert visit.start == practice.at("14:00")
    assert read_messages(response) == [f"{visit.display_reference}: Moved"]
    assert OutboxMessage.objects.filter(kind="booking.moved", subject_id=visit.pk).exists()


def test_move_to_a_taken_time_is_refused_in_words_and_cannot_be_forced(desk: Client, visit: Appointment):
    book_another(visit, "14:00")

    response = send(desk, "appointment_move", visit.pk, slot=key(visit, "14:00"), anyway=["taken"])

    visit.refresh_from_db()
    assert visit.start == practice.at("10:00")
    assert read_messages(response) == ["The clinician or the patient already has a visit at that time."]
    assert not response.context["is_possible"]


def test_move_of_what_a_colleague_moved_meanwhile_is_refused(desk: Client, visit: Appointment):
    page = open_page(desk, "appointment_move", visit.pk, slot=key(visit, "14:00"))
    send(desk, "appointment_move", visit.pk, slot=key(visit, "15:00"))

    response = send(
        desk, "appointment_move", visit.pk, slot=key(visit, "14:00"), version=page.context["fixed"]["version"]
    )

    visit.refresh_from_db()
    assert visit.start == practice.at("15:00")
    assert "somebody else has just changed it" in read_messages(response)[-1]


def test_move_outside_hours_warns_first(desk: Client, visit: Appointment):
    page = open_page(desk, "appointment_move", visit.pk, slot=key(visit, "18:00"))
    sent_without_warning = send(desk, "appointment_move", visit.pk, slot=key(visit, "18:00"))

    visit.refresh_from_db()
    sentence = "This is outside the clinician's hours at this location."
    assert [concern.sentence for concern in page.context["concerns"]] == [sentence]
    assert page.context["is_possible"]
    assert read_messages(sent_without_warning) == [sentence]
    assert visit.start == practice.at("10:00")


def test_move_outside_hours_anyway_moves(desk: Client, visit: Appointment):
    send(desk, "appointment_move", visit.pk, slot=key(visit, "18:00"), anyway=["outside_hours"])

    visit.refresh_from_db()
    assert visit.start == practice.at("18:00")


def test_only_what_was_warned_about_is_set_aside(desk: Client, visit: Appointment):
    practice.close_practice(practice.TUESDAY)

    response = send(desk, "appointment_move", visit.pk, slot=key(visit, "18:00"), anyway=["outside_hours"])
    closed = send(desk, "appointment_move", visit.pk, slot=key(visit, "12:00"), anyway=["outside_hours"])

    visit.refresh_from_db()
    assert visit.start == practice.at("18:00")
    assert read_messages(response) == [f"{visit.display_reference}: Moved"]
    assert "The practice is closed then, or the clinician is away." in read_messages(closed)[0]


def test_move_to_another_time_by_its_parts(desk: Client, visit: Appointment):
    fields = {
        "other-practitioner": visit.practitioner.pk,
        "other-location": visit.location.pk,
        "other-day": "2026-11-25",
        "other-time": "09:05",
    }

    page = open_page(desk, "appointment_move", visit.pk, **fields)

    assert page.context["slot"].key == key(visit, "09:05", date(2026, 11, 25))
    assert [concern.sentence for concern in page.context["concerns"]] == [
        "Visits of this kind do not start at this minute."
    ]


@pytest.mark.parametrize(
    ("day", "at", "error"),
    [
        ("2027-03-14", "02:30", "The clocks are put forward then: there is no such time."),
        ("2999-01-01", "09:00", "Choose a day within two years."),
        ("nonsense", "09:00", "Enter a valid date."),
        ("2026-11-25", "25:00", "Enter a valid time."),
    ],
)
def test_another_time_that_does_not_exist_is_refused(
    desk: Client, visit: Appointment, day: str, at: str, error: str
):
    fields = {
        "other-practitioner": visit.practitioner.pk,
        "other-location": visit.location.pk,
        "other-day": day,
        "other-time": at,
    }

    page = open_page(desk, "appointment_move", visit.pk, **fields)

    assert error in page.content.decode()
    assert "slot" not in page.context


@pytest.mark.parametrize("slot", ["", "nonsense", "2026-11-24T15:00Z/nobody/nowhere", "a/b/c/d", "\x00"])
def test_unreadable_time_is_refused_in_words(desk: Client, visit: Appointment, slot: str):
    response = send(desk, "appointment_move", visit.pk, slot=slot)

    assert read_messages(response) == ["We could not read that time. Please choose one of the times shown."]


def test_visit_that_is_not_booked_cannot_be_moved(desk: Client, visit: Appointment):
    actions.arrive(appointment=visit, by=Actor.system())

    response = send(desk, "appointment_move", visit.pk, slot=key(visit, "14:00"))

    assert read_messages(response) == ["Only a booked visit can be moved."]


# --- Booking for a caller --------------------------------------------------------------------


@pytest.fixture
def asked(visit: Appointment, other_patient: Patient) -> dict[str, int]:
    """What the first page of "Book a visit" sends."""
    return {"patient": other_patient.pk, "visit_type": visit.visit_type_id}


def test_add_begins_with_the_patient_and_the_visit_type(desk: Client, db: None):
    page = open_page(desk, "appointment_add")

    assert list(page.context["form"].fields) == ["patient", "visit_type"]
    assert page.context["form"].errors == {}


def test_add_from_a_patients_page_has_the_patient_filled_in(desk: Client, other_patient: Patient):
    page = open_page(desk, "appointment_add", patient=other_patient.pk)

    assert "Hart, Robin" in page.content.decode()


def test_add_with_an_unknown_patient_asks_again(desk: Client, visit: Appointment):
    page = open_page(desk, "appointment_add", patient=999, visit_type=visit.visit_type_id)

    assert list(page.context["form"].errors) == ["patient"]


def test_add_lists_times_and_books_nothing(desk: Client, asked: dict[str, int]):
    page = open_page(desk, "appointment_add", **asked)

    assert any(groups for _, groups in page.context["days"])
    assert Appointment.objects.count() == 1


def test_add_books_with_what_the_caller_said(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    response = send(
        desk,
        "appointment_add",
        **asked,
        slot=key(visit, "12:00"),
        reason="Cramps",
        access_needs="A chair with arms",
        needs_interpreter="on",
        interpreter_language="Spanish",
        needs_quiet="on",
        coverage="unsure",
    )

    booked = other_patient.appointments.get()
    assert (booked.start, booked.source) == (practice.at("12:00"), Source.STAFF)
    assert (booked.reason, booked.access_needs) == ("Cramps", "A chair with arms")
    assert (booked.needs_interpreter, booked.interpreter_language) == (True, "Spanish")
    assert (booked.needs_step_free, booked.needs_quiet) == (False, True)
    assert booked.coverage == Coverage.UNSURE
    assert read_messages(response) == [f"{booked.display_reference}: Booked"]
    assert OutboxMessage.objects.filter(kind="booking.booked", subject_id=booked.pk).exists()


def test_add_at_a_taken_time_keeps_what_was_typed(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    response = send(desk, "appointment_add", **asked, slot=key(visit, "10:00"), reason="O'Brien <b>")

    assert not other_patient.appointments.exists()
    assert read_messages(response) == ["The clinician or the patient already has a visit at that time."]
    assert response.context["notes"]["reason"].value() == "O'Brien <b>"


def test_add_beside_the_patients_own_visit_is_refused_in_words(desk: Client, visit: Appointment):
    colleague = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    slot = key(visit, "10:00").replace(visit.practitioner.slug, colleague.slug)

    response = send(
        desk, "appointment_add", patient=visit.patient_id, visit_type=visit.visit_type_id, slot=slot
    )

    assert read_messages(response) == ["The patient already has a visit at that time."]
    assert Appointment.objects.count() == 1


def test_add_inside_the_notice_warns_and_then_books(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    VisitType.objects.update(minimum_notice=3 * 24 * 60)
    slot = key(visit, "12:00")

    page = open_page(desk, "appointment_add", **asked, slot=slot)
    codes = [concern.code.value for concern in page.context["concerns"]]
    send(desk, "appointment_add", **asked, slot=slot, anyway=codes)

    assert codes == ["too_soon"]
    assert other_patient.appointments.get().start == practice.at("12:00")


def test_add_with_a_reason_that_is_too_long_asks_again(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    response = send(desk, "appointment_add", **asked, slot=key(visit, "12:00"), reason="x" * 2001)

    assert list(response.context["notes"].errors) == ["reason"]
    assert not other_patient.appointments.exists()


def test_add_with_an_interpreter_asks_for_the_language(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    response = send(desk, "appointment_add", **asked, slot=key(visit, "12:00"), needs_interpreter="on")

    assert "Ask which language, and write it here." in response.content.decode()
    assert not other_patient.appointments.exists()


def test_add_asks_for_the_request_only_where_the_visit_needs_one(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    before = open_page(desk, "appointment_add", **asked, slot=key(visit, "12:00"))
    VisitType.objects.update(needs_referral=True)
    after = open_page(desk, "appointment_add", **asked, slot=key(visit, "12:00"))
    said = {"referral": "sent", "referral_from": "Dr. Moss"}

    send(desk, "appointment_add", **asked, slot=key(visit, "12:00"), **said)

    assert "referral" not in before.context["notes"].fields
    assert "referral" in after.context["notes"].fields
    booked = other_patient.appointments.get()
    assert (booked.referral, booked.referral_from) == (Referral.SENT, "Dr. Moss")


def test_add_keeps_who_asks_for_the_patient(
    desk: Client, visit: Appointment, other_patient: Patient, asked: dict[str, int]
):
    person = RelatedPerson.objects.create(
        patient=other_patient, name="Casey Hart", relationship="child", is_contact=True
    )

    send(desk, "appointment_add", **asked, slot=key(visit, "12:00"), related_person=person.pk)

    assert other_patient.appointments.get().contact == person


def test_add_refuses_who_belongs_to_another_patient(
    desk: Client, visit: Appointment, patient: Patient, other_patient: Patient, asked: dict[str, int]
):
    RelatedPerson.objects.create(patient=other_patient, name="Casey Hart", relationship="child")
    stranger = RelatedPerson.objects.create(patient=patient, name="Alex Moss", relationship="other")

    response = send(desk, "appointment_add", **asked, slot=key(visit, "12:00"), related_person=stranger.pk)

    assert list(response.context["notes"].errors) == ["related_person"]
    assert not other_patient.appointments.exists()


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("casey@example.org", "Casey Ellis (Son or daughter) gets an email."),
        ("", "There is no email address: please call."),
    ],
)
def test_move_says_who_gets_the_email(
    desk: Client, visit: Appointment, patient: Patient, email: str, sentence: str
):
    visit.related_person = RelatedPerson.objects.create(
        patient=patient, name="Casey Ellis", relationship="child", is_contact=True, email=email
    )
    visit.save()

    page = open_page(desk, "appointment_move", visit.pk, slot=key(visit, "14:00")).content.decode()

    assert sentence in page


def test_add_for_a_merged_patient_asks_again(desk: Client, visit: Appointment, other_patient: Patient):
    merged = practice.make_patient(merged_into=other_patient)

    page = open_page(desk, "appointment_add", patient=merged.pk, visit_type=visit.visit_type_id)

    assert list(page.context["form"].errors) == ["patient"]


def test_add_where_nobody_has_hours_says_closed(desk: Client, asked: dict[str, int]):
    AvailabilityRule.objects.all().delete()

    page = open_page(desk, "appointment_add", **asked)

    assert page.content.decode().count("<p>Closed. <a ") == 5


def test_add_needs_the_right_to_see_patients(client: Client, visit: Appointment, django_user_model: Any):
    user = django_user_model.objects.create_user("half", password="a-long-password-for-tests", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="add_appointment"))
    client.force_login(user)

    response = open_page(client, "appointment_add", patient=visit.patient_id)

    assert response.status_code == 403


@pytest.mark.parametrize("asked", ["abc", "", "1.5", "-1", "9" * 30])
def test_add_for_a_patient_who_cannot_be_asks_again(desk: Client, visit: Appointment, asked: str):
    response = open_page(desk, "appointment_add", patient=asked, visit_type=visit.visit_type_id)

    assert response.status_code == 200
    assert "form" in response.context
