from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from booking import links
from booking.models import Appointment, ManageLink, Patient, StopLink, WaitlistEntry, WishLink
from booking.privacy.retention import list_forgotten, list_lines, purge_line, purge_old
from booking.tests import practice

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=366)


def test_links_go_a_while_after_the_day(marked: Patient, clock: Any, settings: Any) -> None:
    settings.LINK_RETENTION_DAYS = 30
    clock.move_to(practice.at("15:00") + timedelta(days=29))
    purge_old()
    before = ManageLink.objects.count(), StopLink.objects.count(), WishLink.objects.count()

    clock.move_to(practice.at("15:00") + timedelta(days=32))
    purge_old()

    assert all(before)
    assert not ManageLink.objects.exists()
    assert not StopLink.objects.exists()
    assert not WishLink.objects.exists()


def test_link_of_a_visit_ahead_stays(visit: Appointment, settings: Any) -> None:
    settings.LINK_RETENTION_DAYS = 2
    token = links.issue(visit)

    purge_old()

    assert links.find(token) == visit


def test_wishes_that_ended_go(marked: Patient, clock: Any, settings: Any) -> None:
    settings.WAITLIST_RETENTION_DAYS = 10
    clock.move_to(practice.NOW + timedelta(days=11))

    purge_old()

    assert not WaitlistEntry.objects.exists()


@pytest.mark.parametrize(("years", "is_kept"), [(0, True), (1, False), (2, True)])
def test_patients_go_after_years_without_a_visit(
    marked: Patient, clock: Any, settings: Any, years: int, is_kept: bool
) -> None:
    settings.PATIENT_RETENTION_YEARS = years
    clock.move_to(practice.at("15:00") + YEAR)
    Patient.objects.update(created_at=practice.NOW)

    purge_old()

    assert Patient.objects.exists() == is_kept


def test_who_came_again_is_kept(marked: Patient, clock: Any, settings: Any) -> None:
    settings.PATIENT_RETENTION_YEARS = 1
    clock.move_to(practice.at("15:00") + YEAR)
    Patient.objects.update(created_at=practice.NOW)
    visit = Appointment.objects.get()
    Appointment.objects.filter(pk=visit.pk).update(
        start=timezone.now(),
        end=timezone.now() + timedelta(minutes=20),
        busy_start=timezone.now(),
        busy_end=timezone.now() + timedelta(minutes=20),
    )

    assert not list_forgotten(now=timezone.now()).exists()


def test_dry_run_counts_and_takes_nothing(marked: Patient, clock: Any, settings: Any) -> None:
    settings.PATIENT_RETENTION_YEARS = 1
    clock.move_to(practice.at("15:00") + 2 * YEAR)
    Patient.objects.update(created_at=practice.NOW)

    counted = {line.name: purge_line(line, dry_run=True) for line in list_lines()}
    still_there = Patient.objects.count()
    taken = {line.name: purge_line(line, dry_run=False) for line in list_lines()}

    assert counted["Patients who were not here"] == still_there == 2
    assert counted["Links to visits and wishes"] == 3
    assert taken["Patients who were not here"] == 2
    assert not Patient.objects.exists()


def test_command_says_how_long_each_thing_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("purge", dry_run=True)

    told = capsys.readouterr().out
    assert "Emails that are done" in told
    assert "800 days  (OUTBOX_RETENTION_DAYS)" in told
    assert "Nothing was taken away." in told
