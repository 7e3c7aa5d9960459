"""Two rows that are one person become one; nothing is lost, and history says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions
from booking.models import (
    Appointment,
    Location,
    Patient,
    PatientMerge,
    Practitioner,
    RelatedPerson,
    VisitType,
    WaitlistEntry,
)
from booking.tests import practice
from booking.tests.actions.rows import BY_PATIENT, BY_SYSTEM, list_messages
from booking.tests.practice import at


@pytest.fixture
def by_staff(receptionist: Any) -> actions.Actor:
    return actions.Actor.staff(receptionist)


@pytest.fixture
def twin(visit: Appointment) -> Patient:
    """The same person once more, without phone and email."""
    return practice.make_patient(given_name="Jordan", family_name="Ellis", phone="", phone_typed="", email="")


def book(patient: Patient, visit: Appointment, clock_time: str) -> Appointment:
    """Book `patient` with another clinician, for what and where `visit` is."""
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=other,
        location=visit.location,
        start=at(clock_time),
        patient=patient,
        by=BY_SYSTEM,
    )


def test_everything_goes_over_and_the_row_points_at_the_other(
    visit: Appointment, patient: Patient, twin: Patient, by_staff: actions.Actor
) -> None:
    kept, merged = twin, patient
    related = RelatedPerson.objects.create(patient=merged, name="Sam", relationship="parent")
    wish = WaitlistEntry.objects.create(
        patient=merged, visit_type=visit.visit_type, until=timezone.localdate() + timedelta(days=30)
    )

    merge = actions.merge_patients(kept=kept, merged=merged, by=by_staff)

    for row in (visit, related, wish, merged):
        row.refresh_from_db()
    assert visit.patient == related.patient == wish.patient == merged.merged_into == kept
    assert merge.moved == {
        "appointments": [visit.pk],
        "related_people": [related.pk],
        "waitlist_entries": [wish.pk],
    }
    assert (merge.kept, merge.merged, merge.by) == (kept, merged, by_staff.user)
    assert list(Patient.objects.current()) == [kept]


def test_history_of_each_visit_that_went_over_says_so(
    visit: Appointment, twin: Patient, by_staff: actions.Actor
) -> None:
    stays = book(twin, visit, "12:00")

    actions.merge_patients(kept=twin, merged=visit.patient, by=by_staff)

    event = visit.events.last()
    assert (event.kind, event.actor, event.to_status) == ("patients_merged", by_staff.user, "booked")
    assert event.details == {"kept": twin.pk, "merged": visit.patient_id}
    assert not stays.events.filter(kind="patients_merged").exists()


def test_no_visit_changes_and_nobody_is_told(
    visit: Appointment, twin: Patient, by_staff: actions.Actor
) -> None:
    actions.merge_patients(kept=twin, merged=visit.patient, by=by_staff)

    visit.refresh_from_db()
    assert visit.version == 0
    assert list_messages() == [("booking.booked", 0)]


def test_contact_goes_over_only_where_there_is_none(
    visit: Appointment, twin: Patient, by_staff: actions.Actor
) -> None:
    twin.email = "new@example.org"
    twin.save()

    actions.merge_patients(kept=twin, merged=visit.patient, by=by_staff)

    twin.refresh_from_db()
    assert (twin.email, str(twin.phone), twin.phone_typed) == (
        "new@example.org",
        "+12125550177",
        "212 555 0177",
    )
    assert visit.patient.email == "jordan.ellis@example.org"


def test_visits_at_the_same_time_are_two_people(
    visit: Appointment, twin: Patient, by_staff: actions.Actor
) -> None:
    book(twin, visit, "10:20")

    with pytest.raises(actions.VisitsOverlap):
        actions.merge_patients(kept=twin, merged=visit.patient, by=by_staff)

    visit.refresh_from_db()
    assert visit.patient != twin
    assert not PatientMerge.objects.exists()


def test_cancelled_visit_at_the_same_time_is_no_hindrance(
    visit: Appointment, twin: Patient, by_staff: actions.Actor
) -> None:
    other = book(twin, visit, "10:20")
    actions.cancel(appointment=other, reason="patient", by=BY_SYSTEM)

    actions.merge_patients(kept=visit.patient, merged=twin, by=by_staff)

    other.refresh_from_db()
    assert other.patient == visit.patient


def test_a_row_is_not_merged_into_itself(patient: Patient, by_staff: actions.Actor) -> None:
    with pytest.raises(actions.SamePatient):
        actions.merge_patients(kept=patient, merged=patient, by=by_staff)


@pytest.mark.parametrize("as_kept", [True, False])
def test_a_row_that_was_merged_is_out_of_it(
    visit: Appointment, twin: Patient, other_patient: Patient, by_staff: actions.Actor, as_kept: bool
) -> None:
    actions.merge_patients(kept=visit.patient, merged=twin, by=by_staff)
    again = {"kept": twin, "merged": other_patient} if as_kept else {"kept": other_patient, "merged": twin}

    with pytest.raises(actions.PatientMerged):
        actions.merge_patients(**again, by=by_staff)

    other_patient.refresh_from_db()
    assert other_patient.merged_into is None


@pytest.mark.parametrize("by", [BY_PATIENT, BY_SYSTEM], ids=["patient", "system"])
def test_only_staff_merge(patient: Patient, other_patient: Patient, by: actions.Actor) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.merge_patients(kept=patient, merged=other_patient, by=by)


def test_a_row_that_was_merged_gets_no_visit(
    clock: Any,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    patient: Patient,
    other_patient: Patient,
    by_staff: actions.Actor,
) -> None:
    actions.merge_patients(kept=patient, merged=other_patient, by=by_staff)

    with pytest.raises(actions.PatientMerged):
        actions.book_visit(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=at("10:00"),
            patient=other_patient,
            by=by_staff,
        )

    assert not Appointment.objects.exists()


def test_whoever_wants_no_reminders_at_an_address_wants_none_after_a_merge(by_staff: actions.Actor) -> None:
    kept = practice.make_patient(email="alex@example.org")
    merged = practice.make_patient(email="Alex@Example.org", reminders_off_at=practice.NOW)
    elsewhere = practice.make_patient(email="old@example.org", reminders_off_at=practice.NOW)

    off = []
    for twin in (elsewhere, merged):
        actions.merge_patients(kept=kept, merged=twin, by=by_staff)
        kept.refresh_from_db()
        off.append(kept.reminders_off_at)

    assert off == [None, practice.NOW]
