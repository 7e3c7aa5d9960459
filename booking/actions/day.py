"""The day of a visit, step by step, and each step back."""

from django.utils import timezone

from booking import availability
from booking.actions.actors import Actor
from booking.actions.errors import NotAllowed
from booking.actions.records import (
    bring_reminders_back,
    drop_reminders,
    end_wishes,
    keep_cancellation_quiet,
    record,
    record_closed_time,
    record_freed,
    refuse_if_changed,
    reload_locked,
    take_up_wishes,
    tell_after_all,
    tell_patient_and_remind,
)
from booking.actions.times import Times, release_proposals, take_room
from booking.engine.states import UNDO, Status, can_move
from booking.models import Appointment, AppointmentEvent, FreedTime
from booking.writing import lock, writing


@writing
def _advance(*, appointment: Appointment, to: Status, by: Actor) -> Appointment:
    current = reload_locked(appointment)
    if current.status == to:
        return current
    refuse_if_changed(current, seen=appointment)
    if current.patient_id is None or not can_move(Status(current.status), to):
        raise NotAllowed
    before = current.status
    if to == Status.ENTERED_IN_ERROR and before != Status.CANCELLED:
        record_freed(current, cause=FreedTime.Cause.CANCELLED)
    current.status = to
    current.cancelled_at = None
    current.save()
    record(current, kind=AppointmentEvent.Kind(to.value), by=by, from_status=before)
    release_proposals(current, now=timezone.now())
    if to == Status.ENTERED_IN_ERROR:
        # The one step that cannot be undone. After the others a reminder waits, and is dropped when due.
        drop_reminders(current)
        end_wishes(current, now=timezone.now())
    return current


def arrive(*, appointment: Appointment, by: Actor) -> Appointment:
    """The patient is here. Raises NotAllowed, Busy, as the next four do."""
    return _advance(appointment=appointment, to=Status.ARRIVED, by=by)


def check_in(*, appointment: Appointment, by: Actor) -> Appointment:
    """The patient is in the room."""
    return _advance(appointment=appointment, to=Status.CHECKED_IN, by=by)


def fulfil(*, appointment: Appointment, by: Actor) -> Appointment:
    """The visit is done."""
    return _advance(appointment=appointment, to=Status.FULFILLED, by=by)


def mark_noshow(*, appointment: Appointment, by: Actor) -> Appointment:
    """The patient did not come."""
    return _advance(appointment=appointment, to=Status.NOSHOW, by=by)


def enter_in_error(*, appointment: Appointment, by: Actor) -> Appointment:
    """The visit should never have been written down; its time is free again."""
    return _advance(appointment=appointment, to=Status.ENTERED_IN_ERROR, by=by)


@writing
def undo(*, appointment: Appointment, by: Actor) -> Appointment:
    """Take back the last step of the day, or a cancellation while the time is still free.

    The patient is told of the visit anew, unless the mail of the cancellation had not left yet.
    Raises NotAllowed, SlotTaken, Busy.
    """
    would_do = lock(
        practitioners=[appointment.practitioner_id],
        visit_type=appointment.visit_type,
        location=appointment.location,
        patient_id=appointment.patient_id,
    )
    current = reload_locked(appointment)
    before = Status(current.status)
    refuse_if_changed(current, seen=appointment)
    # Pressed twice, it must not take back the step before as well.
    if current.patient_id is None or before not in UNDO or before != appointment.status:
        raise NotAllowed
    cancelled_at = current.cancelled_at
    is_quiet = before == Status.CANCELLED and keep_cancellation_quiet(current)
    current.status = UNDO[before]
    if before == Status.CANCELLED:
        times = Times(current.start, current.end, current.busy_start, current.busy_end)
        # Its own room if that is free, and else one of the others.
        rooms = None if current.room is None else list(dict.fromkeys([current.room, *(would_do or [])]))
        current.room = take_room(
            practitioner=current.practitioner,
            rooms=rooms,
            times=times,
            now=timezone.now(),
            before=current.room_id,
        )
        if cancelled_at is not None:
            take_up_wishes(current, ended_at=cancelled_at)
        current.cancelled_at = None
        current.cancellation_reason = ""
        current.version += 1
    current.save()
    record(current, kind=AppointmentEvent.Kind.UNDONE, by=by, from_status=before)
    if before == Status.CANCELLED:
        refusals = availability.check(
            visit_type=current.visit_type,
            practitioner=current.practitioner,
            location=current.location,
            start=current.start,
            ignoring=current,
        )
        record_closed_time(current, refusals=refusals, by=by)
        if is_quiet and cancelled_at is not None:
            bring_reminders_back(current, version=current.version - 2, since=cancelled_at)
        else:
            tell_patient_and_remind(current, "booking.booked")
    elif current.status == Status.BOOKED:
        tell_after_all(current)
    return current
