"""`make simulate`: it runs, and it sees what does not hold."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, offering
from booking.actions import Actor
from booking.models import Appointment, WaitlistEntry
from booking.models.appointment import Status
from booking.tests import practice
from clinic.run import ROOT
from outbox.models import OutboxMessage, State
from simulation.judge import Judge


def test_two_days_are_lived_through_with_and_without_a_waitlist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulation", "--days", "2", "--database", "SQLite"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    head, without, with_list = (line.split() for line in done.stdout.splitlines())
    assert head[:3] == ["database", "waitlist", "visits"]
    assert (without[:2], with_list[:2]) == (["SQLite", "without"], ["SQLite", "with"])
    assert int(without[2]) > 5
    assert "! " not in done.stdout


@pytest.fixture
def judge(visit: Appointment) -> Judge:
    judge = Judge()
    judge.expect(visit)
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    assert judge.look() == []
    return judge


def test_judge_misses_a_visit(judge: Judge, visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status=Status.NOSHOW)

    [complaint] = judge.look()

    assert "was told to be" in complaint


def test_judge_sees_mail_for_a_time_that_no_longer_holds(judge: Judge, visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(version=5)

    judge.look_at_mail()

    assert "booking.booked left for a time that no longer holds" in judge.look()


def test_judge_sees_mail_that_is_due_or_failed(judge: Judge, visit: Appointment) -> None:
    OutboxMessage.objects.update(state=State.DEAD)
    OutboxMessage.objects.create(kind="booking.link", subject_id=visit.pk, version=0, recipient="patient")

    assert sorted(judge.look()) == ["1 mails are due and have not left", "1 mails failed"]


def test_judge_sees_an_offer_without_its_time(judge: Judge, visit: Appointment, clock: Any) -> None:
    entry = WaitlistEntry.objects.create(
        patient=practice.make_patient(),
        visit_type=visit.visit_type,
        until=timezone.localdate() + timedelta(days=30),
        notice=120,
    )
    judge.expect(actions.cancel(appointment=visit, reason="patient", by=Actor.patient()))
    offering.offer_freed_times()
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    Appointment.objects.filter(waitlist_offer__entry=entry).update(
        status=Status.CANCELLED, cancelled_at=timezone.now(), hold_expires_at=None
    )

    assert judge.look() == ["an offer stands without its time"]
