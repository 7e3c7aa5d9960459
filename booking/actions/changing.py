"""A booked visit is moved, kept where it is, or cancelled."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from audit.writes import update_recorded
from booking import availability, links
from booking.actions.actors import Actor
from booking.actions.errors import CutOff, NotAllowed
from booking.actions.records import (
    CANCELLED,
    REMINDER,
    bring_reminders_back,
    drop_reminders,
    end_wishes,
    is_waiting_to_be_told,
    queue_reminders,
    record,
    record_closed_time,
    record_freed,
    refuse_if_changed,
    reload_locked,
    take_up_reminders,
    tell_patient,
)
from booking.actions.times import (
    SETTABLE_ASIDE,
    Times,
    keep_binding,
    name_set_aside,
    refuse,
    release_proposals,
    take_room,
)
from booking.availability.caught import find_caught
from booking.engine.rules import Code
from booking.engine.states import Status, can_move
from booking.limits import DAY, TooManyTries
from booking.models import (
    Appointment,
    AppointmentEvent,
    FreedTime,
    Location,
    Practitioner,
    Rearrangement,
    WaitlistEntry,
)
from booking.writing import lock, lock_practitioners, writing
from outbox import queue


def refuse_after_cutoff(appointment: Appointment, *, by: Actor) -> None:
    """Raise CutOff for a patient who is too late. Whose clinician is away was asked to change."""
    if by.is_staff or Rearrangement.objects.asked().filter(appointment=appointment).exists():
        return
    now = timezone.now()
    if appointment.start - timedelta(minutes=appointment.visit_type.change_cutoff) <= now:
        raise CutOff


def refuse_after_many_moves(appointment: Appointment, *, by: Actor) -> None:
    """Raise TooManyTries for a patient who has moved the visit as often as they may in a day.

    Each move is a mail, and the mailbox may be a stranger's.
    """
    if by.kind != AppointmentEvent.ActorKind.PATIENT:
        return
    now = timezone.now()
    moves = appointment.events.filter(kind=AppointmentEvent.Kind.MOVED, actor_kind=by.kind, at__gt=now - DAY)
    counted = list(moves.order_by("-at").values_list("at", flat=True)[: settings.MAX_MOVES_PER_DAY])
    if len(counted) == settings.MAX_MOVES_PER_DAY:
        raise TooManyTries(retry_after=max(1, round((counted[-1] + DAY - now).total_seconds())))


def move(
    *,
    appointment: Appointment,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    by: Actor,
    override: Collection[Code] = (),
    note: str = "",
    tell: bool = True,
) -> Appointment:
    """Move a booked visit; the old time is kept until the new one is safe.

    It stays the same appointment with a higher version, and its manage links end: whoever has
    the old mail has a link to nothing. A move to where it is already changes nothing and tells
    nobody. Staff may set rules aside (`override`, and `note` says why) and may do without the
    mail (`tell`): then the links stay, and both stand in the history. A mail that still waits to
    tell of the old time is replaced all the same, or the patient would never get one.
    Raises CutOff and TooManyTries (patients), NotAllowed, Refused, SlotTaken, Busy.
    """
    refuse_after_cutoff(appointment, by=by)
    refuse_after_many_moves(appointment, by=by)
    if appointment.status != Status.BOOKED:
        raise NotAllowed
    if (appointment.practitioner, appointment.location, appointment.start) == (practitioner, location, start):
        return appointment
    binding_override = override if by.is_staff else ()
    refusals = availability.check(
        visit_type=appointment.visit_type,
        practitioner=practitioner,
        location=location,
        start=start,
        ignoring=appointment,
    )
    refuse(keep_binding(refusals, override=binding_override))
    return move_visit(
        appointment=appointment,
        practitioner=practitioner,
        location=location,
        start=start,
        by=by,
        override=binding_override,
        note=note if by.is_staff else "",
        tell=tell or not by.is_staff,
    )


def move_back(*, appointment: Appointment, by: Actor) -> Appointment:
    """Move a visit back to where it was before its last move, whatever the rules say of that time now.

    It was booked there, so only somebody else's visit stands in the way. Whoever was not told of the move
    is not told of the way back, unless a reminder has told them the new time since. Raises NotAllowed
    (patients; visits to which something else was done since, or whose old clinician or place is gone),
    SlotTaken, Busy.
    """
    moved = appointment.events.filter(kind=AppointmentEvent.Kind.MOVED).last()
    # Nothing but that move may lie between: not a cancellation that came back, either.
    if moved is None or not by.is_staff or moved.details.get("version", -1) + 1 != appointment.version:
        raise NotAllowed
    practitioner = Practitioner.objects.filter(pk=moved.details["practitioner"]).first()
    location = Location.objects.filter(pk=moved.details["location"]).first()
    if practitioner is None or location is None:
        raise NotAllowed
    was_told = not moved.details.get("untold", False) or queue.has_left(
        kinds=[REMINDER], subject_id=appointment.pk, version=appointment.version, since=moved.at
    )
    return move_visit(
        appointment=appointment,
        practitioner=practitioner,
        location=location,
        start=datetime.fromisoformat(moved.details["start"]),
        by=by,
        override=SETTABLE_ASIDE,
        note="",
        tell=was_told,
        back_from=moved.at,
    )


@writing
def move_visit(
    *,
    appointment: Appointment,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    by: Actor,
    override: Collection[Code],
    note: str,
    tell: bool,
    back_from: datetime | None = None,
) -> Appointment:
    """Move under the locks, for actions that have judged who may; `move` says what it does.

    `back_from` is when the move was made that is taken back.
    """
    rooms = lock(
        practitioners=[appointment.practitioner_id, practitioner.pk],
        visit_type=appointment.visit_type,
        location=location,
        patient_id=appointment.patient_id,
    )
    current = reload_locked(appointment)
    refuse_if_changed(current, seen=appointment)
    if current.status != Status.BOOKED:
        raise NotAllowed
    visit_type = current.visit_type
    refusals = availability.check(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=start,
        ignoring=current,
    )
    refuse(keep_binding(refusals, override=override))
    now = timezone.now()
    times = Times.of(visit_type, start)
    tell = tell or is_waiting_to_be_told(current)
    room = take_room(practitioner=practitioner, rooms=rooms, times=times, now=now, besides=[current.pk])
    record_freed(current, cause=FreedTime.Cause.MOVED)
    left_behind = _name_place(current) | name_set_aside(refusals, by=by) | ({} if tell else {"untold": True})
    current.practitioner, current.location, current.room = practitioner, location, room
    for name, at in times.as_fields().items():
        setattr(current, name, at)
    current.version += 1
    current.confirmed_at = None
    current.save()
    _keep_wish_before(current, now=now)
    release_proposals(current, now=now)
    record(
        current,
        kind=AppointmentEvent.Kind.MOVED,
        by=by,
        from_status=current.status,
        details=left_behind,
        note=note,
    )
    if back_from is not None:
        record_closed_time(current, refusals=refusals, by=by)
    _replace_mails(current, tell=tell, back_from=back_from)
    return current


def _replace_mails(moved: Appointment, *, tell: bool, back_from: datetime | None) -> None:
    """End what was written of the old time, links and reminders, and write of the new one.

    Where nobody is told the links stay, and a way back brings the reminders back that the move had ended.
    """
    if tell:
        links.revoke_all(moved)
        tell_patient(moved, "booking.moved")
    drop_reminders(moved)
    if back_from is not None and not tell:
        bring_reminders_back(moved, version=moved.version - 2, since=back_from)
    else:
        queue_reminders(moved)


def _name_place(visit: Appointment) -> dict[str, Any]:
    """Return what the history keeps of when and where a visit was, and of which version that was."""
    return {
        "start": visit.start.isoformat(),
        "practitioner": visit.practitioner_id,
        "location": visit.location_id,
        "room": visit.room_id,
        "version": visit.version,
    }


def _keep_wish_before(visit: Appointment, *, now: datetime) -> None:
    """Let the wish for an earlier time last until the day before the visit; where that is over, it ends."""
    last_day = visit.local_start.date() - timedelta(days=1)
    too_long = visit.waitlist_entries.waiting().filter(until__gt=last_day)
    if last_day < now.astimezone(visit.location.zone).date():
        update_recorded(too_long, status=WaitlistEntry.Status.LEFT, ended_at=now)
    else:
        update_recorded(too_long, until=last_day)


@writing
def keep(*, appointment: Appointment, seen: str, by: Actor) -> Appointment:
    """Leave a booked visit in closed time, as staff have decided: it is caught only by what changes later.

    `seen` is the `mark` of what caught it, as staff saw it: nobody agrees to a closing that they did not see.
    Raises NotAllowed (all but staff; a visit that is no longer caught, or caught by something else), Busy.
    """
    # Nobody blocks its clinician's time or closes meanwhile.
    lock_practitioners([appointment.practitioner_id])
    current = reload_locked(appointment)
    refuse_if_changed(current, seen=appointment)
    caught = find_caught(now=timezone.now(), visit_id=current.pk)
    if not (by.is_staff and [one.mark for one in caught] == [seen]):
        raise NotAllowed
    release_proposals(current, now=timezone.now())
    asked = current.rearrangements.asked().aggregate(since=Min("absence__sent_at"))
    if asked["since"] is not None:
        take_up_reminders(current, since=asked["since"])
    current.rearrangements.filter(settled_at__isnull=True).update(settled_at=timezone.now())
    record(current, kind=AppointmentEvent.Kind.KEPT, by=by, from_status=current.status)
    return current


def cancel(*, appointment: Appointment, reason: str, by: Actor) -> Appointment:
    """Cancel a visit; it is kept as a record. Cancelling twice gives the first result again.

    Raises CutOff (patients), NotAllowed, Busy.
    """
    if appointment.status != Status.CANCELLED:
        refuse_after_cutoff(appointment, by=by)
    return _cancel(appointment=appointment, reason=reason, by=by)


@writing
def _cancel(*, appointment: Appointment, reason: str, by: Actor) -> Appointment:
    current = reload_locked(appointment)
    if current.status == Status.CANCELLED:
        return current
    refuse_if_changed(current, seen=appointment)
    by_patient = by.kind == AppointmentEvent.ActorKind.PATIENT
    if not can_move(Status(current.status), Status.CANCELLED) or (
        by_patient and current.status != Status.BOOKED
    ):
        raise NotAllowed
    cancel_locked(current, reason=reason, by=by)
    tell_patient(current, CANCELLED)
    return current


def cancel_locked(
    visit: Appointment, *, reason: str, by: Actor, details: dict[str, Any] | None = None
) -> None:
    """Cancel a visit that is locked, for actions that have judged who may, and that tell the patient."""
    before = visit.status
    record_freed(visit, cause=FreedTime.Cause.CANCELLED)
    visit.status = Status.CANCELLED
    visit.cancellation_reason = reason
    visit.cancelled_at = timezone.now()
    visit.confirmed_at = None
    visit.hold_expires_at = None
    visit.version += 1
    visit.save()
    end_wishes(visit, now=visit.cancelled_at)
    release_proposals(visit, now=visit.cancelled_at)
    record(visit, kind=AppointmentEvent.Kind.CANCELLED, by=by, from_status=before, details=details)
    drop_reminders(visit)


@writing
def confirm_coming(*, appointment: Appointment, by: Actor) -> Appointment:
    """Note that the patient said they will come, to the visit as `appointment` shows it.

    Saying it twice notes it once. Raises NotAllowed (a visit that is no longer to come, or was moved
    since: nobody has said that they will come then), Busy.
    """
    current = reload_locked(appointment)
    now = timezone.now()
    is_to_come = current.status == Status.BOOKED and current.start > now
    # Their clinician is away: they were asked for another time.
    is_to_come = is_to_come and not Rearrangement.objects.asked().filter(appointment=current).exists()
    if not is_to_come or current.version != appointment.version:
        raise NotAllowed
    if current.confirmed_at is None:
        current.confirmed_at = now
        current.save(update_fields=["confirmed_at", "updated_at"])
        record(current, kind=AppointmentEvent.Kind.CONFIRMED, by=by, from_status=current.status)
    return current
