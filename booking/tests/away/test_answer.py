"""What a patient does who was asked."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, away, offering
from booking.actions import Actor, CutOff, ProposalOver
from booking.availability.caught import find_caught
from booking.blocking import BlockedTime, Repeat, Scope, block_time, change_block, remove_block, save_block
from booking.engine.rules import Code
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


def move_block(by: Actor, *, to: date) -> None:
    """As the desk does."""
    moved = BlockedTime(kind=AvailabilityException.Kind.CLOSED, first_day=to, last_day=to)
    change_block(block=AvailabilityException.objects.get(), to=moved, by=by)


def test_patient_whose_clinician_is_away_another_day_after_all_is_asked_no_longer(
    visit: Appointment, osei: Practitioner, by: Actor
) -> None:
    row = ask(visit, by)
    held = hold_count()

    move_block(by, to=TUESDAY + timedelta(days=7))

    assert (held, hold_count()) == (1, 0)
    assert away.find_asked(visit) is None
    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row, by=Actor.patient())


def test_block_made_extra_time_on_its_stock_page_asks_nobody_any_more(
    visit: Appointment, osei: Practitioner, by: Actor
) -> None:
    ask(visit, by)
    block = AvailabilityException.objects.get()
    block.kind, block.location = AvailabilityException.Kind.EXTRA, visit.location
    block.starts_at, block.ends_at = time(8), time(20)

    save_block(block=block, by=by)

    assert (away.find_asked(visit), hold_count()) == (None, 0)


def test_block_that_still_holds_the_visit_goes_on_asking(
    visit: Appointment, osei: Practitioner, by: Actor
) -> None:
    row = ask(visit, by)
    longer = BlockedTime(
        kind=AvailabilityException.Kind.CLOSED, first_day=TUESDAY, last_day=TUESDAY + timedelta(days=1)
    )

    change_block(block=AvailabilityException.objects.get(), to=longer, by=by)

    assert away.find_asked(visit) == row
    assert hold_count() == 1


def test_series_that_is_made_shorter_lets_go_of_what_was_held_for_its_visits(
    visit: Appointment, osei: Practitioner, by: Actor, clock: Any
) -> None:
    clock.shift(timedelta(minutes=1))
    monday = TUESDAY - timedelta(days=1)
    daily = BlockedTime(kind=AvailabilityException.Kind.CLOSED, first_day=monday, last_day=monday)
    repeat = Repeat(every_weeks=1, until=monday + timedelta(days=7))
    first, second = block_time(practitioners=[visit.practitioner], block=daily, repeat=repeat)
    late = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("10:00") + timedelta(days=6),
        patient=practice.make_patient(),
        by=Actor.system(),
        override={Code.CLOSED},
    )
    assert late.local_start.date() == second.first_day
    clock.shift(timedelta(minutes=1))
    AvailabilityException.objects.filter(pk=second.pk).update(changed_at=timezone.now())
    clock.shift(timedelta(minutes=1))
    absence = away.plan_absence(practitioner=visit.practitioner, block=second, by=by)
    away.find_proposals(absence=absence, by=by)
    away.send(absence=absence)
    held = hold_count()

    change_block(block=first, to=daily, scope=Scope.ALL, until=monday, by=by)

    assert AvailabilityException.objects.get() == first
    assert (held, hold_count()) == (1, 0)


@pytest.mark.parametrize("end", ["settled", "kept", "opened", "elsewhere"])
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
    elif end == "elsewhere":
        move_block(by, to=TUESDAY + timedelta(days=7))
    else:
        remove_block(block=AvailabilityException.objects.get(), by=by)

    deliver(reminder.pk)
    reminder.refresh_from_db()
    assert (while_asked, reminder.state) == (State.DROPPED, State.SENT)
