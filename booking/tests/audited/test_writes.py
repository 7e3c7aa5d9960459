"""What is written is recorded: by whom, and which fields; of people's data no value."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import BreakGlass, Entry, Shown
from booking import actions, links, waiting
from booking.actions import Actor, PatientDetails, VisitDetails
from booking.blocking import BlockedTime, block_time
from booking.models import (
    Appointment,
    AvailabilityException,
    CancellationReason,
    Patient,
    Practitioner,
    VisitType,
    WaitlistEntry,
)
from booking.tests.audited.conftest import last_key, list_entries, list_shown
from booking.tests.practice import TUESDAY, at

Kind = Entry.Kind
MARKER = "Zanzibar"
PHONE = "+12125550177"


def send_patient(desk: Client, patient: Patient, **changed: Any) -> Any:
    fields = {
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "birth_date": patient.birth_date.isoformat(),
        "phone": str(patient.phone),
        "email": patient.email,
        "language": "en",
        "reminders_off_at_0": "",
        "reminders_off_at_1": "",
        "appointments-TOTAL_FORMS": 0,
        "appointments-INITIAL_FORMS": 0,
        "related_people-TOTAL_FORMS": 0,
        "related_people-INITIAL_FORMS": 0,
        **changed,
    }
    return desk.post(reverse("admin:booking_patient_change", args=[patient.pk]), fields)


def test_a_changed_patient_is_told_by_the_names_of_the_fields(
    desk: Client, patient: Patient, receptionist: Any
) -> None:
    before = last_key()

    response = send_patient(desk, patient, family_name=MARKER, email="zanzibar@example.org")

    assert response.status_code == 302
    [entry] = list_entries(after=before, kind=Kind.CHANGED)
    assert (entry.actor, entry.patient_id, entry.object_repr) == (receptionist, patient.pk, "")
    assert entry.changes == {"family_name": ["", ""], "email": ["", ""]}


def test_what_patients_do_themselves_is_told_without_their_address(
    desk: Client, visit: Appointment, client: Client
) -> None:
    before = last_key()

    cancelled = client.post(f"/visits/{links.issue(visit)}/cancel/", REMOTE_ADDR="203.0.113.9")
    undone = desk.post(
        f"/admin/desk/visit/{visit.pk}/step/", {"step": "undo", "version": 1, "from": "cancelled"}
    )

    assert (cancelled.status_code, undone.status_code) == (302, 302)
    entries = Entry.objects.filter(pk__gt=before, patient_id__isnull=False)
    told = {(entry.actor_kind, entry.remote_addr) for entry in entries}
    assert told == {("visitor", None), ("staff", "127.0.0.1")}


@pytest.mark.parametrize(("by", "actor_kind"), [(Actor.patient(), "visitor"), (Actor.system(), "system")])
def test_a_visit_is_told_step_by_step(visit: Appointment, by: Actor, actor_kind: str) -> None:
    before = last_key()

    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("14:00"),
        by=by,
    )
    actions.cancel(appointment=moved, reason=CancellationReason.PATIENT, by=by)

    told = [(entry.detail, entry.actor_kind, entry.patient_id) for entry in list_entries(after=before)]
    assert told == [("moved", actor_kind, visit.patient_id), ("cancelled", actor_kind, visit.patient_id)]


def test_a_step_of_staff_names_who_took_it(visit: Appointment, receptionist: Any) -> None:
    actions.cancel(appointment=visit, reason=CancellationReason.PRACTICE, by=Actor.staff(receptionist))

    [entry] = list_entries(detail="cancelled")
    assert (entry.actor, entry.actor_kind, entry.object_repr) == (
        receptionist,
        "staff",
        visit.display_reference,
    )


def test_a_hold_is_nobodys_yet(
    clock: Any, practitioner: Practitioner, visit_type: VisitType, location: Any
) -> None:
    before = last_key()

    actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        holder="a-session",
        holder_address="an-address",
        by=Actor.patient(),
    )

    assert list_entries(after=before) == []


def test_a_merge_is_told_of_both_records_and_of_each_visit(
    visit: Appointment, other_patient: Patient, receptionist: Any
) -> None:
    merged = visit.patient
    before = last_key()

    actions.merge_patients(kept=other_patient, merged=merged, by=Actor.staff(receptionist))

    entries = list_entries(after=before)
    assert {entry.patient_id for entry in entries} == {other_patient.pk, merged.pk}
    [moved] = [entry for entry in entries if entry.detail == "patients_merged"]
    assert (moved.object_id, moved.patient_id) == (visit.pk, other_patient.pk)


def test_what_is_updated_in_one_go_is_told_row_by_row(visit: Appointment) -> None:
    wish = {"patient": visit.patient, "visit_type": visit.visit_type, "until": date(2026, 12, 24)}
    entry = WaitlistEntry.objects.create(appointment=visit, **wish)
    before = last_key()

    waiting.stop_asking(appointment=visit)
    waiting.stop_asking(appointment=visit)

    [told] = list_entries(after=before)
    assert (told.kind, told.object_id, told.patient_id) == (Kind.CHANGED, entry.pk, visit.patient_id)
    assert told.changes.keys() == {"status", "ended_at"}


def test_stopped_reminders_are_told(visit: Appointment) -> None:
    before = last_key()

    actions.stop_reminders(appointment=visit)

    [told] = list_entries(after=before)
    assert (told.patient_id, told.changes) == (visit.patient_id, {"reminders_off_at": ["", ""]})


def test_blocked_time_made_in_one_go_is_told_without_its_note(practitioner: Practitioner) -> None:
    before = last_key()

    block_time(
        practitioners=[practitioner],
        block=BlockedTime(
            kind=AvailabilityException.Kind.CLOSED,
            first_day=TUESDAY + timedelta(days=7),
            last_day=TUESDAY + timedelta(days=7),
            starts_at=time(9),
            ends_at=time(10),
            note=MARKER,
        ),
    )

    [told] = [entry for entry in list_entries(after=before) if entry.content_type.model != "exceptionseries"]
    assert (told.kind, told.object_id) == (Kind.CREATED, AvailabilityException.objects.get().pk)


def test_set_up_keeps_numbers_and_no_texts(visit_type: VisitType) -> None:
    visit_type.duration += 20
    visit_type.preparation = MARKER
    before = last_key()

    visit_type.save()

    [told] = list_entries(after=before)
    assert told.changes == {"duration": ["40", "60"], "preparation": ["", ""]}
    assert told.actor_kind == "system"


def test_links_are_told_by_number(practitioner: Practitioner, visit_type: VisitType) -> None:
    before = last_key()

    practitioner.visit_types.remove(visit_type)

    [told] = list_entries(after=before)
    assert told.changes == {"visit_types": {"operation": "delete", "objects": [visit_type.pk]}}


def test_nothing_that_somebody_said_stands_in_the_trail(
    desk: Client,
    client: Client,
    clock: Any,
    practitioner: Practitioner,
    visit_type: VisitType,
    location: Any,
    receptionist: Any,
) -> None:
    """A journey in which everything that can be typed says Zanzibar, or has the phone."""
    visit = actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        patient=PatientDetails(
            given_name=MARKER,
            family_name=MARKER,
            birth_date=date(1975, 9, 28),
            phone=PHONE,
            phone_typed="(212) 555-0177",
            email="zanzibar@example.org",
        ),
        visit=VisitDetails(reason=MARKER, access_needs=MARKER),
        by=Actor.patient(),
    )
    patient = visit.patient
    desk.get(reverse("desk:day"), {"day": TUESDAY.isoformat()})
    desk.get(reverse("desk:visit", args=[visit.pk]))
    desk.post(reverse("desk:find"), {"words": f"{MARKER} 9/28/1975"})
    desk.get(reverse("admin:booking_appointment_changelist"), {"q": MARKER})
    desk.get(reverse("admin:booking_patient_change", args=[patient.pk]))
    send_patient(desk, patient, given_name=f"{MARKER}2")
    actions.cancel(appointment=visit, reason=CancellationReason.PRACTICE, by=Actor.staff(receptionist))
    patient.related_people.create(name=MARKER, relationship="parent", phone=PHONE)
    patient.related_people.all().delete()
    desk.logout()
    client.post(reverse("admin:login"), {"username": MARKER, "password": MARKER})

    rows = [
        *Entry.objects.values_list(),
        *Shown.objects.values_list(),
        *BreakGlass.objects.values_list(),
    ]
    everything = repr(rows).lower()
    assert len(rows) > 10
    for said in (MARKER.lower(), "5550177", "555-0177", "1975-09-28", "9/28/1975"):
        assert said not in everything


def test_an_erased_patient_leaves_the_trail_behind(patient: Patient) -> None:
    number = patient.pk

    patient.delete()

    assert [entry.kind for entry in Entry.objects.about_patient(number)] == [Kind.DELETED, Kind.CREATED]


def test_a_booking_writes_two_entries(
    clock: Any,
    practitioner: Practitioner,
    visit_type: VisitType,
    location: Any,
) -> None:
    before = last_key()

    actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("10:00"),
        patient=PatientDetails(given_name="Jordan", family_name="Ellis", birth_date=date(1975, 9, 28)),
        by=Actor.patient(),
    )

    assert [entry.content_type.model for entry in list_entries(after=before)] == ["patient", "appointment"]


def test_only_the_patients_own_lists_are_found(
    desk: Client, visit: Appointment, other_patient: Patient
) -> None:
    desk.get(reverse("desk:print"), {"day": TUESDAY.isoformat()})

    [printed] = list_entries(kind=Kind.PRINTED)
    assert list_shown(printed) == {visit.patient_id}
    assert printed in Entry.objects.about_patient(visit.patient_id)
    assert printed not in Entry.objects.about_patient(other_patient.pk)
    assert printed.detail == TUESDAY.isoformat()
