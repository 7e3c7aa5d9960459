"""The day of a visit, and each step back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

import outbox.deliver
from booking import actions, waiting
from booking.models import Appointment, AppointmentEvent
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.actions.rows import BY_SYSTEM, Hold, list_history, list_messages
from booking.tests.practice import at
from booking.tests.wishes import wait_for_earlier
from outbox.deliver import compose, deliver
from outbox.models import OutboxMessage, State


def test_the_day_of_a_visit_and_back_again(visit: Appointment, receptionist: Any) -> None:
    by = actions.Actor.staff(receptionist)
    for step in (actions.arrive, actions.check_in, actions.fulfil):
        visit = step(appointment=visit, by=by)

    for _ in range(3):
        visit = actions.undo(appointment=visit, by=by)

    assert visit.status == Status.BOOKED
    assert [kind for kind, _, _ in list_history(visit)] == [
        "booked", "arrived", "checked_in", "fulfilled", "undone", "undone", "undone"
    ]  # fmt: skip
    assert set(visit.events.exclude(kind="booked").values_list("actor_kind", "actor")) == {
        ("staff", receptionist.pk)
    }


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        (actions.arrive, True),
        (actions.check_in, False),
        (actions.fulfil, False),
        (actions.mark_noshow, True),
        (actions.enter_in_error, True),
    ],
)
def test_only_moves_of_the_table_are_made(visit: Appointment, step: Any, allowed: bool) -> None:
    before = visit.status

    if allowed:
        step(appointment=visit, by=BY_SYSTEM)
    else:
        with pytest.raises(actions.NotAllowed):
            step(appointment=visit, by=BY_SYSTEM)

    visit.refresh_from_db()
    assert (visit.status != before) is allowed


def test_a_hold_has_nobody_who_could_arrive(hold: Hold) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.enter_in_error(appointment=hold(), by=BY_SYSTEM)


def test_wish_for_an_earlier_time_comes_back_with_the_visit(visit: Appointment, clock: Any) -> None:
    left = wait_for_earlier(visit)
    waiting.stop_asking(appointment=visit)
    entry = wait_for_earlier(visit)
    clock.shift(timedelta(minutes=1))
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)
    entry.refresh_from_db()
    ended = entry.status
    clock.shift(timedelta(minutes=1))

    actions.undo(appointment=cancelled, by=BY_SYSTEM)

    entry.refresh_from_db()
    left.refresh_from_db()
    assert (ended, entry.status, entry.ended_at) == ("left", "waiting", None)
    assert left.status == "left"


def test_visit_comes_back_in_another_room_where_its_own_was_taken(visit: Appointment) -> None:
    own, other = practice.make_room(visit.location), practice.make_room(visit.location)
    visit.visit_type.rooms.set([own, other])
    Appointment.objects.update(room=own)
    visit.refresh_from_db()
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)
    colleague = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    taken = actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=colleague,
        location=visit.location,
        start=visit.start,
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    back = actions.undo(appointment=cancelled, by=BY_SYSTEM)

    assert (taken.room, back.room) == (own, other)
    assert back.status == Status.BOOKED


def test_visit_comes_back_in_its_own_room_where_that_is_free(visit: Appointment) -> None:
    rooms = [practice.make_room(visit.location) for _ in range(3)]
    visit.visit_type.rooms.set(rooms)
    Appointment.objects.update(room=rooms[1])
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)

    assert actions.undo(appointment=cancelled, by=BY_SYSTEM).room == rooms[1]


def test_a_cancelled_visit_can_be_entered_in_error(visit: Appointment) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)

    wrong = actions.enter_in_error(appointment=cancelled, by=BY_SYSTEM)

    assert (wrong.status, wrong.cancelled_at) == (Status.ENTERED_IN_ERROR, None)


def test_same_step_twice_is_one_step(visit: Appointment) -> None:
    actions.arrive(appointment=visit, by=BY_SYSTEM)

    actions.arrive(appointment=visit, by=BY_SYSTEM)

    assert list_history(visit) == [("booked", "", "booked"), ("arrived", "booked", "arrived")]


@pytest.mark.parametrize("step", [actions.arrive, actions.mark_noshow])
def test_mail_that_was_dropped_because_of_a_slip_leaves_after_the_undo(visit: Appointment, step: Any) -> None:
    message = OutboxMessage.objects.get(kind="booking.booked")
    marked = step(appointment=visit, by=BY_SYSTEM)
    deliver(message.pk)
    assert mail.outbox == []

    actions.undo(appointment=marked, by=BY_SYSTEM)

    deliver(message.pk)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert len(mail.outbox) == 1


def test_mail_leaves_though_the_undo_came_while_it_was_being_composed(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = OutboxMessage.objects.get(kind="booking.booked")
    arrived = actions.arrive(appointment=visit, by=BY_SYSTEM)
    composed: list[bool] = []

    def compose_slowly(message: OutboxMessage) -> Any:
        try:
            return compose(message)
        finally:
            if not composed:
                actions.undo(appointment=arrived, by=BY_SYSTEM)
            composed.append(True)

    monkeypatch.setattr(outbox.deliver, "compose", compose_slowly)
    deliver(message.pk)
    assert mail.outbox == []

    deliver(message.pk)

    message.refresh_from_db()
    assert message.state == State.SENT
    assert len(mail.outbox) == 1


def test_mail_that_has_left_does_not_leave_again_after_an_undo(visit: Appointment) -> None:
    message = OutboxMessage.objects.get(kind="booking.booked")
    deliver(message.pk)
    arrived = actions.arrive(appointment=visit, by=BY_SYSTEM)

    actions.undo(appointment=arrived, by=BY_SYSTEM)

    deliver(message.pk)
    assert len(mail.outbox) == 1


def test_undo_of_a_cancellation_books_and_tells_again(visit: Appointment) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)

    restored = actions.undo(appointment=cancelled, by=BY_SYSTEM)

    assert (restored.status, restored.version, restored.cancelled_at) == (Status.BOOKED, 2, None)
    assert list_messages()[-1] == ("booking.booked", 2)


def test_undo_of_a_cancellation_takes_over_a_hold_that_ran_out(
    visit: Appointment, hold: Hold, clock: Any
) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)
    hold("10:20")
    clock.shift(timedelta(minutes=21))

    restored = actions.undo(appointment=cancelled, by=BY_SYSTEM)

    assert restored.status == Status.BOOKED


def test_undo_of_a_cancellation_when_the_time_is_gone(visit: Appointment, hold: Hold) -> None:
    cancelled = actions.cancel(appointment=visit, reason="practice", by=BY_SYSTEM)
    hold("10:20")

    with pytest.raises(actions.SlotTaken):
        actions.undo(appointment=cancelled, by=BY_SYSTEM)

    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED


@pytest.mark.parametrize("make", ["a booked visit", "a hold that was given up"])
def test_undo_of_nothing_is_refused(visit: Appointment, hold: Hold, make: str) -> None:
    appointment = visit
    if make == "a hold that was given up":
        appointment = hold("12:00")
        hold("13:00")
        appointment.refresh_from_db()

    with pytest.raises(actions.NotAllowed):
        actions.undo(appointment=appointment, by=BY_SYSTEM)


def test_history_cannot_be_changed_or_deleted(visit: Appointment) -> None:
    event = visit.events.get()

    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()

    assert AppointmentEvent.objects.filter(pk=event.pk).exists()


# --- What the caller saw ----------------------------------------------------------------


@pytest.mark.parametrize("step", [actions.arrive, actions.mark_noshow, actions.enter_in_error])
def test_step_of_a_visit_that_was_moved_meanwhile_is_refused(
    visit: Appointment, receptionist: Any, step: Any
) -> None:
    staff = actions.Actor.staff(receptionist)
    seen = Appointment.objects.get(pk=visit.pk)
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("14:00"),
        by=staff,
    )

    with pytest.raises(actions.NotAllowed):
        step(appointment=seen, by=staff)


def test_undo_pressed_twice_takes_back_one_step(visit: Appointment, receptionist: Any) -> None:
    staff = actions.Actor.staff(receptionist)
    seen = actions.check_in(appointment=actions.arrive(appointment=visit, by=staff), by=staff)
    actions.undo(appointment=seen, by=staff)

    with pytest.raises(actions.NotAllowed):
        actions.undo(appointment=seen, by=staff)

    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
