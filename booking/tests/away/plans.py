"""Plans for a Tuesday on which Dr. Fischer is away."""

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from booking import actions, away
from booking.actions import Actor
from booking.blocking import BlockedTime
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Practitioner,
    Rearrangement,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage

ALL_DAY = BlockedTime(
    kind=AvailabilityException.Kind.CLOSED,
    first_day=TUESDAY,
    last_day=TUESDAY,
)
Way = Rearrangement.Way


def block(practitioner: Practitioner, by: Actor, time: BlockedTime = ALL_DAY) -> Absence:
    """A minute after the visits were booked: what is closed at the same moment was known."""
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        return away.plan_absence(practitioner=practitioner, time=time, by=by)


def plan(visit: Appointment, by: Actor) -> Absence:
    absence = block(visit.practitioner, by)
    away.find_proposals(absence=absence, by=by)
    return absence


def row_of(visit: Appointment) -> Rearrangement:
    return away.list_rows(Rearrangement.objects.filter(appointment=visit)).get()


def ask(visit: Appointment, by: Actor) -> Rearrangement:
    """Plan and send."""
    away.send(absence=plan(visit, by))
    return row_of(visit)


def book(visit: Appointment, clock: str, **fields: Any) -> Appointment:
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at(clock),
        patient=practice.make_patient(**fields),
        by=Actor.system(),
    )


def count_mails(visit: Appointment) -> int:
    return OutboxMessage.objects.filter(kind=away.AWAY, subject_id=visit.pk).count()


def hold_count() -> int:
    return Appointment.objects.filter(status=Status.PENDING).count()
