"""All are told at once, once, and only what is still true."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, away
from booking.actions import Actor, NotAllowed, ProposalOver, SlotTaken
from booking.blocking import BlockedTime
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Practitioner,
)
from booking.models.appointment import Status
from booking.tests.away.plans import Way, ask, block, book, count_mails, hold_count, plan, row_of
from booking.tests.practice import TUESDAY, at
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_send_tells_everybody_with_an_address_once(visit: Appointment, by: Actor):
    without = book(visit, "11:00", email="")
    called, left = book(visit, "12:00"), book(visit, "13:00")
    absence = plan(visit, by)
    away.set_way(rearrangement=row_of(called), way=Way.CALL)
    away.set_way(rearrangement=row_of(left), way=Way.LEAVE)

    told = [away.send(absence=absence), away.send(absence=absence)]

    assert told == [1, None]
    assert [count_mails(one) for one in (visit, without, called, left)] == [1, 0, 0, 0]


def test_reminders_of_the_old_time_do_not_leave_and_come_back_once_it_is_settled(
    visit: Appointment, by: Actor
):
    reminders = [
        OutboxMessage.objects.create(
            kind="booking.reminder", subject_id=visit.pk, version=0, recipient=f"patient-{days}d"
        )
        for days in (1, 2)
    ]
    row = ask(visit, by)

    deliver(reminders[0].pk)
    reminders[0].refresh_from_db()
    while_asked = reminders[0].state
    actions.note_call(rearrangement=row, is_settled=True, by=by)
    for one in reminders:
        deliver(one.pk)

    # Of two that are due at once one leaves.
    states = [OutboxMessage.objects.get(pk=one.pk).state for one in reminders]
    assert (while_asked, states) == (State.DROPPED, [State.DROPPED, State.SENT])


def test_visit_that_was_settled_and_is_planned_again_is_written_to_again(visit: Appointment, by: Actor):
    row = ask(visit, by)
    actions.note_call(rearrangement=row, is_settled=True, by=by)
    again = away.plan_absence(practitioner=visit.practitioner, block=row.absence.block, by=by)
    away.find_proposals(absence=again, by=by)

    assert away.send(absence=again) == 1
    assert count_mails(visit) == 2


def test_time_that_was_opened_again_is_sent_to_nobody(visit: Appointment, by: Actor):
    absence = plan(visit, by)
    assert absence.block is not None
    absence.block.delete()

    with pytest.raises(NotAllowed):
        away.send(absence=absence)


def test_nobody_is_asked_any_more_once_the_time_was_opened_again(visit: Appointment, by: Actor):
    row = ask(visit, by)
    assert row.absence.block is not None
    row.absence.block.delete()

    with pytest.raises(ProposalOver):
        actions.accept_proposal(rearrangement=row, by=Actor.patient())

    assert away.find_asked(visit) is None


def test_time_that_has_come_meanwhile_is_lost(visit: Appointment, by: Actor, clock: Any):
    absence = plan(visit, by)
    held = row_of(visit).held
    assert held is not None
    Appointment.objects.filter(pk=visit.pk).update(
        start=held.start + timedelta(days=1),
        end=held.end + timedelta(days=1),
        busy_start=held.busy_start + timedelta(days=1),
        busy_end=held.busy_end + timedelta(days=1),
    )
    clock.move_to(held.start)

    assert row_of(visit).held is None
    assert absence.status == Absence.Status.DRAFT


def test_clinician_holds_no_time_of_colleagues(
    visit: Appointment, osei: Practitioner, django_user_model: Any
):
    user = django_user_model.objects.create_user("fischer", is_staff=True)
    Practitioner.objects.filter(pk=visit.practitioner_id).update(user=user)
    visit = Appointment.objects.get(pk=visit.pk)

    options = away.list_options(visit, user=user)

    assert options.own
    assert options.other == []


def test_two_visits_of_one_patient_are_not_proposed_one_time(
    visit: Appointment, osei: Practitioner, by: Actor
):
    second = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("13:00"),
        patient=visit.patient,
        by=by,
    )
    plan(visit, by)
    first = row_of(visit).held
    assert first is not None

    with pytest.raises(SlotTaken):
        actions.propose(
            rearrangement=row_of(second), practitioner=osei, location=visit.location, start=first.start, by=by
        )


def test_visit_that_is_left_where_it_is_is_in_no_second_plan(visit: Appointment, by: Actor):
    plan(visit, by)
    away.set_way(rearrangement=row_of(visit), way=Way.LEAVE)

    second = block(
        visit.practitioner,
        by,
        BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY + timedelta(days=1)),
    )

    assert second.rearrangements.count() == 0


def test_first_press_sent_twice_makes_one_plan(visit: Appointment, by: Actor):
    first, again = block(visit.practitioner, by), block(visit.practitioner, by)

    assert first == again
    assert AvailabilityException.objects.count() == 1


def test_whoever_arrives_all_the_same_gives_the_held_time_back(visit: Appointment, by: Actor):
    ask(visit, by)

    actions.arrive(appointment=visit, by=by)

    assert hold_count() == 0


def test_nothing_is_sent_while_a_time_is_lost(visit: Appointment, by: Actor):
    absence = plan(visit, by)
    row = row_of(visit)
    Appointment.objects.filter(rearrangement=row).update(
        status=Status.CANCELLED, cancelled_at=timezone.now(), hold_expires_at=None
    )

    with pytest.raises(away.ProposalsLost):
        away.send(absence=absence)
    away.find_proposals(absence=absence, by=by)

    assert away.send(absence=absence) == 1


def test_visit_that_was_moved_before_the_plan_was_sent_is_left_alone(
    visit: Appointment, osei: Practitioner, by: Actor
):
    absence = plan(visit, by)
    actions.move(appointment=visit, practitioner=osei, location=visit.location, start=at("14:00"), by=by)

    told = away.send(absence=absence)

    assert told == 0
    assert count_mails(visit) == 0
    assert hold_count() == 0


@pytest.mark.parametrize("step", ["undo", "set_way", "propose"])
def test_what_was_sent_is_not_changed_any_more(visit: Appointment, by: Actor, step: str):
    absence = plan(visit, by)
    away.send(absence=absence)
    row, slot = row_of(visit), away.list_options(visit, user=None).own[0]
    place = {"practitioner": slot.practitioner, "location": slot.location, "start": slot.start}
    steps = {
        "undo": lambda: away.undo(absence=absence, by=by),
        "set_way": lambda: away.set_way(rearrangement=row, way=Way.CALL),
        "propose": lambda: actions.propose(rearrangement=row, by=by, **place),
    }

    with pytest.raises(NotAllowed):
        steps[step]()
