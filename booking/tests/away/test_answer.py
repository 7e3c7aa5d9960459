"""What a patient does who was asked."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, away, offering
from booking.actions import Actor, CutOff, ProposalOver
from booking.availability.caught import find_caught
from booking.blocking import remove_block
from booking.models import (
    Appointment,
    AvailabilityException,
    Practitioner,
    VisitType,
    WaitlistEntry,
)
from booking.tests import practice
from booking.tests.away.plans import ask, hold_count, plan, row_of
from booking.tests.practice import TUESDAY, at
from outbox import queue
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_accepting_moves_the_visit_and_twice_is_as_once(visit: Appointment, by: Actor):
    row = ask(visit, by)
    assert row.held is not None

    first = actions.accept_proposal(rearrangement=row, by=Actor.patient())
    again = actions.accept_proposal(rearrangement=row_of(visit), by=Actor.patient())

    assert first == again == visit
    assert (first.start, first.version) == (row.held.start, 1)
    assert again.version == 1
    assert hold_count() == 0
    assert OutboxMessage.objects.filter(kind="booking.moved", subject_id=visit.pk).count() == 1
    assert find_caught(now=timezone.now()) == []


def test_mail_that_waits_is_dropped_once_the_visit_has_moved(visit: Appointment, by: Actor):
    row = ask(visit, by)
    message = OutboxMessage.objects.get(kind=away.AWAY)
    actions.accept_proposal(rearrangement=row, by=Actor.patient())

    deliver(message.pk)

    message.refresh_from_db()
    assert message.state == State.DROPPED


def test_time_that_somebody_else_took_is_over(visit: Appointment, by: Actor):
    row = ask(visit, by)
    assert row.held is not None
    Appointment.objects.filter(pk=row.held.pk).update(hold_expires_at=timezone.now() - timedelta(minutes=1))
    actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=row.held.practitioner,
        location=row.held.location,
        start=row.held.start,
        patient=practice.make_patient(),
        by=by,
    )

    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row, by=Actor.patient())

    visit.refresh_from_db()
    assert visit.start == at("10:00")


def test_plan_that_was_not_sent_cannot_be_accepted(visit: Appointment, by: Actor):
    plan(visit, by)

    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row_of(visit), by=Actor.patient())


def test_whoever_is_asked_may_change_after_the_cut_off(visit: Appointment, osei: Practitioner, by: Actor):
    VisitType.objects.update(change_cutoff=10_000)
    visit = Appointment.objects.get(pk=visit.pk)
    place = {"practitioner": osei, "location": visit.location, "start": at("14:00")}
    with pytest.raises(CutOff):
        actions.move(appointment=visit, by=Actor.patient(), **place)
    ask(visit, by)

    moved = actions.move(appointment=visit, by=Actor.patient(), **place)

    assert moved.start == at("14:00")
    assert hold_count() == 0


def test_cancelled_visit_gives_the_held_time_back(visit: Appointment, by: Actor):
    ask(visit, by)

    actions.cancel(appointment=visit, reason="patient", by=Actor.patient())

    assert hold_count() == 0


def test_time_of_a_clinician_who_is_away_is_offered_to_nobody(
    visit: Appointment, by: Actor, other_patient: Any
):
    WaitlistEntry.objects.create(
        patient=other_patient, visit_type=visit.visit_type, until=TUESDAY, notice=120
    )
    row = ask(visit, by)
    actions.accept_proposal(rearrangement=row, by=Actor.patient())

    offering.offer_freed_times()

    assert hold_count() == 0


# --- The time is open again ---------------------------------------------------------


def queue_reminder(visit: Appointment) -> OutboxMessage:
    """One that is due now."""
    return queue.enqueue(kind="booking.reminder", subject_id=visit.pk, version=0, recipient="patient-1d")


def test_time_that_is_opened_again_holds_nothing_any_more(
    visit: Appointment, osei: Practitioner, by: Actor
) -> None:
    ask(visit, by)
    held = hold_count()

    remove_block(block=AvailabilityException.objects.get(), by=by)

    assert (held, hold_count()) == (1, 0)


@pytest.mark.parametrize("end", ["settled", "kept", "opened"])
def test_reminder_that_came_due_while_they_were_asked_leaves_once_the_visit_stays(
    visit: Appointment, osei: Practitioner, by: Actor, clock: Any, end: str
) -> None:
    reminder = queue_reminder(visit)
    row = ask(visit, by)
    clock.shift(timedelta(minutes=2))
    deliver(reminder.pk)
    reminder.refresh_from_db()
    while_asked = reminder.state

    if end == "settled":
        actions.note_call(rearrangement=row, is_settled=True, by=by)
    elif end == "kept":
        [caught] = find_caught(now=timezone.now())
        actions.keep(appointment=caught.visit, seen=caught.mark, by=by)
    else:
        remove_block(block=AvailabilityException.objects.get(), by=by)

    deliver(reminder.pk)
    reminder.refresh_from_db()
    assert (while_asked, reminder.state) == (State.DROPPED, State.SENT)
