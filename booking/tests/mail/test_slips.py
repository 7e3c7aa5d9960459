"""A visit marked as here by a slip: what was dropped meanwhile, or told without it, leaves after all."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from booking import actions
from booking.actions import Actor, Wanted
from booking.models import Appointment, CancellationReason
from booking.tests import practice
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State

pytestmark = pytest.mark.django_db

BY_STAFF = Actor.staff(None)


def deliver_due() -> list[str]:
    """Work through what is due as the sweep does, and return the subjects that left."""
    before = len(mail.outbox)
    for message in OutboxMessage.objects.filter(state=State.QUEUED, send_at__lte=timezone.now()):
        deliver(message.pk)
    return [str(sent.subject) for sent in mail.outbox[before:]]


def slip(visit: Appointment) -> Appointment:
    return actions.arrive(appointment=Appointment.objects.with_parts().get(pk=visit.pk), by=BY_STAFF)


def undo(visit: Appointment) -> Appointment:
    return actions.undo(appointment=Appointment.objects.with_parts().get(pk=visit.pk), by=BY_STAFF)


def want(like: Appointment, *, days: int) -> Wanted:
    return Wanted(
        visit_type=like.visit_type,
        practitioner=like.practitioner,
        location=like.location,
        start=practice.at("09:20", practice.TUESDAY + timedelta(days=days)),
    )


@pytest.fixture
def far(booked: Appointment) -> Appointment:
    """Two weeks ahead, told and with two reminders to come: a week before and a day before."""
    assert booked.patient is not None
    wanted = want(booked, days=14)
    visit = actions.book_visit(
        visit_type=wanted.visit_type,
        practitioner=wanted.practitioner,
        location=wanted.location,
        start=wanted.start,
        patient=booked.patient,
        by=BY_STAFF,
    )
    deliver_due()
    return visit


@pytest.fixture
def both(booked: Appointment) -> list[Appointment]:
    """Two visits of one group, of which one mail waits to tell."""
    assert booked.patient is not None
    deliver_due()
    visits = [want(booked, days=days) for days in (7, 14)]
    return actions.book_together(visits=visits, every_weeks=1, patient=booked.patient, by=BY_STAFF)


def test_reminder_that_came_due_meanwhile_leaves(far: Appointment, clock: Any) -> None:
    slip(far)
    clock.move_to(far.start - timedelta(days=7))
    dropped = deliver_due()

    undo(far)

    assert dropped == []
    assert len(deliver_due()) == 1


def test_of_two_that_came_due_meanwhile_one_leaves(far: Appointment, clock: Any) -> None:
    slip(far)
    for days in (7, 1):
        clock.move_to(far.start - timedelta(days=days))
        deliver_due()

    undo(far)

    assert len(deliver_due()) == 1


def test_reminder_that_a_later_one_made_needless_before_stays_dropped(far: Appointment, clock: Any) -> None:
    # Nothing left for a week: only the later of the two is sent.
    clock.move_to(far.start - timedelta(days=1))
    sent = deliver_due()
    clock.shift(timedelta(minutes=1))
    slip(far)

    undo(far)

    assert len(sent) == 1
    assert deliver_due() == []


def test_slip_upon_slip_counts_from_the_first(far: Appointment, clock: Any) -> None:
    slip(far)
    actions.check_in(appointment=Appointment.objects.with_parts().get(pk=far.pk), by=BY_STAFF)
    clock.move_to(far.start - timedelta(days=7))
    deliver_due()

    for _ in range(2):
        undo(far)
        clock.shift(timedelta(minutes=1))

    assert len(deliver_due()) == 1


def test_visit_that_the_mail_about_several_left_out_is_told_by_itself(
    both: list[Appointment], clock: Any
) -> None:
    slip(both[0])
    clock.shift(timedelta(minutes=1))
    told = deliver_due()

    undo(both[0])
    undone = deliver_due()
    clock.shift(timedelta(minutes=1))
    undo(slip(both[1]))

    assert (len(told), len(undone)) == (1, 1)
    alone = OutboxMessage.objects.filter(kind="booking.booked", subject_id__in=[visit.pk for visit in both])
    assert [message.subject_id for message in alone] == [both[0].pk]
    assert deliver_due() == []


def test_mail_about_several_that_was_dropped_for_all_leaves(both: list[Appointment], clock: Any) -> None:
    for visit in both:
        slip(visit)
    clock.shift(timedelta(minutes=1))
    dropped = deliver_due()

    for visit in both:
        undo(visit)

    assert dropped == []
    assert deliver_due() == ["Your appointments at Alder Street"]


def cancel(visit: Appointment) -> Appointment:
    visit = Appointment.objects.with_parts().get(pk=visit.pk)
    return actions.cancel(appointment=visit, reason=CancellationReason.PRACTICE, by=BY_STAFF)


def test_cancellation_undone_before_its_mail_left_is_heard_of_by_nobody(far: Appointment, clock: Any) -> None:
    clock.move_to(far.start - timedelta(days=1, hours=1))
    deliver_due()
    cancel(far)
    clock.shift(timedelta(minutes=1))

    undo(far)

    assert deliver_due() == []
    # Its reminder is soon, and comes all the same.
    clock.shift(timedelta(hours=1))
    assert [subject.partition(":")[0] for subject in deliver_due()] == ["Reminder"]


def test_cancellation_undone_after_its_mail_left_is_told(far: Appointment, clock: Any) -> None:
    cancel(far)
    clock.shift(timedelta(minutes=1))
    told = deliver_due()

    undo(far)

    assert (len(told), deliver_due()) == (1, ["Your appointment at Alder Street on Tue, Dec 8"])


def test_second_cancellation_undone_is_as_quiet_as_the_first(far: Appointment, clock: Any) -> None:
    for _ in range(2):
        clock.shift(timedelta(minutes=1))
        cancel(far)
        undo(far)

    assert deliver_due() == []


def test_undone_before_the_visit_itself_was_told_it_is_told(booked: Appointment, clock: Any) -> None:
    cancel(booked)
    clock.shift(timedelta(minutes=1))

    undo(booked)

    assert deliver_due() == ["Your appointment at Alder Street on Tue, Nov 24"]


@pytest.mark.parametrize("is_told", [True, False])
def test_one_of_several_undone_is_told_unless_their_mail_had_told_it(
    both: list[Appointment], clock: Any, is_told: bool
) -> None:
    if is_told:
        deliver_due()
        clock.shift(timedelta(minutes=1))
    cancel(both[0])
    if not is_told:
        deliver(OutboxMessage.objects.get(kind="booking.booked_together").pk)

    undo(both[0])

    assert len(deliver_due()) == (0 if is_told else 1)


def test_several_cancelled_as_one_and_undone_are_told(both: list[Appointment], clock: Any) -> None:
    deliver_due()
    clock.shift(timedelta(minutes=1))
    actions.cancel_together(visits=both, reason=CancellationReason.PRACTICE, by=BY_STAFF)

    undo(both[0])

    assert len(deliver_due()) == 2
