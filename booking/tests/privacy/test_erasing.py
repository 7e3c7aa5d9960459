from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from audit.models import Entry
from booking import actions
from booking.actions import Actor, PatientMerged
from booking.models import Appointment, IntakeAnswer, Patient, WaitlistEntry
from booking.models.appointment import Status
from booking.privacy import StillExpected, count_erasure, erase_patient
from booking.privacy.inventory import DECISIONS
from booking.tests import practice
from booking.tests.privacy.conftest import MARK, make_marked
from booking.tests.privacy.test_exporting import officer  # noqa: F401 - a fixture
from outbox import addresses
from outbox.models import BadAddress, OutboxMessage

pytestmark = pytest.mark.django_db


def find_in_database(mark: str) -> set[str]:
    """Return the tables in which the text stands, in whatever column."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(mark in str(value).lower() for row in cursor.fetchall() for value in row):
                found.add(table)
    return found


def test_nothing_of_the_patient_is_left_in_any_table(marked: Patient) -> None:
    before = find_in_database(MARK)

    erase_patient(patient=marked, by=Actor.system())

    assert {"booking_patient", "booking_appointment", "booking_intakeanswer"} <= before
    assert find_in_database(MARK) == set()


def test_count_is_what_goes(marked: Patient) -> None:
    counted = count_erasure(marked)

    erased = erase_patient(patient=marked, by=Actor.system())

    assert erased == counted
    assert all(counted.counts.values())
    assert not any(count_erasure(marked).counts.values())


def test_others_keep_all_of_theirs(
    visit_type: Any, practitioner: Any, location: Any, receptionist: Any, marked: Patient, clock: Any
) -> None:
    clock.move_to(practice.NOW)
    other = make_marked(visit_type, practitioner, location, receptionist, clock_time="11:00", mark="other")
    clock.move_to(practice.at("15:00"))
    before = count_erasure(other)

    erase_patient(patient=marked, by=Actor.system())

    assert count_erasure(other) == before


def test_audit_stays_and_says_what_went(marked: Patient, receptionist: Any) -> None:
    kept = set(Entry.objects.values_list("pk", flat=True))

    erase_patient(patient=marked, by=Actor.staff(receptionist))

    assert kept <= set(Entry.objects.values_list("pk", flat=True))
    told = Entry.objects.exclude(pk__in=kept).filter(kind=Entry.Kind.DELETED)
    models = {entry.content_type.model for entry in told}
    assert {"patient", "appointment", "relatedperson", "waitlistentry", "patientmerge"} <= models
    assert not any(value for entry in told for value in (entry.changes or {}).values() if any(value))


def test_visits_ahead_stand_in_the_way(visit: Appointment) -> None:
    with pytest.raises(StillExpected) as refused:
        erase_patient(patient=visit.patient, by=Actor.system())

    assert (refused.value.visits, refused.value.wishes) == (1, 0)
    assert Appointment.objects.filter(pk=visit.pk).exists()


def test_a_wish_stands_in_the_way(patient: Patient, visit_type: Any) -> None:
    WaitlistEntry.objects.create(patient=patient, visit_type=visit_type, until=practice.TUESDAY)

    with pytest.raises(StillExpected):
        erase_patient(patient=patient, by=Actor.system())


def test_cancelled_visits_do_not(visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())

    erase_patient(patient=visit.patient, by=Actor.system())

    assert not Patient.objects.exists()
    assert not OutboxMessage.objects.filter(subject_id=visit.pk).exists()


def test_a_merged_record_goes_with_the_kept_one_only(marked: Patient) -> None:
    with pytest.raises(PatientMerged):
        erase_patient(patient=marked.merged.get(), by=Actor.system())

    assert Patient.objects.count() == 2


def test_twice_is_as_once(marked: Patient) -> None:
    erase_patient(patient=marked, by=Actor.system())

    assert erase_patient(patient=marked, by=Actor.system()).total == 0


@pytest.mark.parametrize("spell", [str, str.title], ids=["same", "other capitals"])
def test_mark_of_a_bounce_goes_unless_somebody_else_has_the_address(
    marked: Patient, spell: Callable[[str], str]
) -> None:
    shared, own = marked.email, "b@quetzalcoatl.org"
    practice.make_patient(email=spell(shared))
    for email in (shared, own):
        addresses.mark(email, reason=BadAddress.Reason.BOUNCED, message=None)

    erase_patient(patient=marked, by=Actor.system())

    assert BadAddress.objects.get().address_hash == addresses.hash_address(shared)


def test_page_wants_the_number_and_then_erases(officer: Client, marked: Patient) -> None:  # noqa: F811
    address = f"/admin/booking/patient/{marked.pk}/erase/"

    page = officer.get(address).content.decode()
    wrong = officer.post(address, {"number": marked.pk + 1}).content.decode()
    still_there = Patient.objects.filter(pk=marked.pk).exists()
    done = officer.post(address, {"number": marked.pk}, follow=True).content.decode()

    assert "1 visit, with its history and answers" in page
    assert "This is not the number of this record." in wrong
    assert still_there
    assert f"Record {marked.pk} was erased." in done
    assert not Patient.objects.exists()


def test_page_says_what_stands_in_the_way(officer: Client, visit: Appointment) -> None:  # noqa: F811
    number = visit.patient_id

    response = officer.post(f"/admin/booking/patient/{number}/erase/", {"number": number})

    assert "Cancel first: 1 visit to come, 0 wishes on the waitlist." in response.content.decode()


def test_command_only_says_what_would_go(marked: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("erase_patient", marked.pk)

    assert "Nothing was erased" in capsys.readouterr().out
    assert Patient.objects.filter(pk=marked.pk).exists()


def test_command_erases(marked: Patient) -> None:
    call_command("erase_patient", marked.pk, really=True)

    assert not Patient.objects.exists()


def test_command_names_what_stands_in_the_way(visit: Appointment) -> None:
    with pytest.raises(CommandError, match="Cancel first: 1 visits"):
        call_command("erase_patient", visit.patient_id, really=True)
    with pytest.raises(CommandError, match="no patient"):
        call_command("erase_patient", 999_999)


def test_every_table_of_a_decision_had_rows(marked: Patient) -> None:
    """The tests above would prove little about a table that is empty."""
    empty = [
        label
        for label, decision in DECISIONS.items()
        if decision.is_erased and not apps.get_model(label)._default_manager.exists()
    ]

    assert empty == []
    assert IntakeAnswer.objects.get().answer.endswith(MARK)
    assert Appointment.objects.get().status == Status.BOOKED
