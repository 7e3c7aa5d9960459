import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from audit.models import Entry
from booking.models import Patient
from booking.privacy import export_patient
from booking.tests import practice
from booking.tests.privacy.conftest import MARK

pytestmark = pytest.mark.django_db


def test_file_has_everything(marked: Patient) -> None:
    told = export_patient(patient=marked, with_answers=True)

    records = told["records"]
    assert {name for name, rows in records.items() if rows} == {
        "Patients",
        "Merges of patients",
        "Related people",
        "Appointments",
        "History",
        "Intake answers",
        "Waitlist",
        "Waitlist offers",
        "Visits of an absence",
        "Outgoing messages",
    }
    [visit] = records["Appointments"]
    assert visit["Reason"] == f"Reason {MARK}"
    assert visit["Status"] == "Booked"
    assert visit["Practitioner"].startswith("Dr")
    assert records["Intake answers"][0]["Answer"] == f"Answer {MARK}"
    assert len(records["Patients"]) == 2
    assert told["about"]["left_out"] == []
    assert json.dumps(told)


def test_file_holds_no_secret_and_no_name_of_staff(marked: Patient, receptionist: Any) -> None:
    text = json.dumps(export_patient(patient=marked, with_answers=True))

    assert "hash" not in text.lower()
    assert receptionist.username not in text
    assert "holder" not in text.lower()


def test_file_is_about_nobody_else(marked: Patient) -> None:
    practice.make_patient(family_name="Somebody-else")

    assert "Somebody-else" not in json.dumps(export_patient(patient=marked, with_answers=True))


def test_what_tells_of_health_is_left_out_for_those_who_do_not_read_it(marked: Patient) -> None:
    told = export_patient(patient=marked, with_answers=False)

    [visit] = told["records"]["Appointments"]
    assert "Reason" not in visit
    assert "Answer" not in told["records"]["Intake answers"][0]
    assert told["about"]["left_out"] != []


def test_taking_the_file_is_recorded(marked: Patient) -> None:
    export_patient(patient=marked, with_answers=True)

    entry = Entry.objects.filter(kind=Entry.Kind.EXPORTED).get()
    assert (entry.patient_id, entry.detail) == (marked.pk, "whole record")


@pytest.fixture
def officer(client: Client, receptionist: Any) -> Client:
    receptionist.user_permissions.add(
        *Permission.objects.filter(
            codename__in=[
                "export_patient",
                "erase_patient",
                "view_every_visit",
                "view_patient",
                "change_patient",
            ]
        )
    )
    client.force_login(receptionist)
    return client


def test_page_says_what_there_is_and_gives_it_out_by_post(officer: Client, marked: Patient) -> None:
    address = f"/admin/booking/patient/{marked.pk}/export/"

    page = officer.get(address)
    file = officer.post(address)

    assert "It has 1 visit." in page.content.decode()
    assert file["Content-Disposition"] == f'attachment; filename="patient-{marked.pk}.json"'
    assert file["Cache-Control"] == "no-store, private"
    assert file.json()["about"]["record"] == marked.pk


def test_page_asks_again_who_is_there(officer: Client, marked: Patient, settings: Any) -> None:
    settings.STAFF_FRESH_MINUTES = 10

    for verb in ("export", "erase"):
        response = officer.post(f"/admin/booking/patient/{marked.pk}/{verb}/", {"number": marked.pk})

        assert response.status_code in (302, 403)
    assert Patient.objects.filter(pk=marked.pk).exists()


def test_record_that_was_merged_is_not_given_out_by_itself(officer: Client, marked: Patient) -> None:
    double = marked.merged.get()

    assert officer.get(f"/admin/booking/patient/{double.pk}/export/").status_code == 404
    assert officer.get(f"/admin/booking/patient/{double.pk}/erase/").status_code == 404


def test_command_writes_a_file_for_its_owner_alone(marked: Patient, tmp_path: Any) -> None:
    file = tmp_path / "patient.json"

    call_command("export_patient", marked.pk, file)

    assert f"Reason {MARK}" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_command_overwrites_nothing(marked: Patient, tmp_path: Any) -> None:
    (tmp_path / "there").write_text("already")

    with pytest.raises(CommandError, match="cannot be made"):
        call_command("export_patient", marked.pk, tmp_path / "there")

    assert not Entry.objects.filter(kind=Entry.Kind.EXPORTED).exists()


def test_dry_run_counts_and_records_nothing(marked: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_patient", marked.pk, dry_run=True)

    assert "booking.Patient                  2" in capsys.readouterr().out
    assert not Entry.objects.filter(kind=Entry.Kind.EXPORTED).exists()
