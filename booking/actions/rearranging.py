"""A visit whose clinician is away: a time held for it, and what its patient answers.

The order of locks is that of all actions, and then the row of the plan.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from booking import availability
from booking.actions.actors import Actor
from booking.actions.changing import move_visit
from booking.actions.errors import NotAllowed, ProposalOver
from booking.actions.placing import create_hold
from booking.actions.records import refuse_if_changed, reload_locked, take_up_reminders
from booking.actions.times import NOTICE, Times, end_holds, refuse, take_room
from booking.availability.caught import closes
from booking.engine.rules import Code, Refusal
from booking.engine.states import Status
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Location,
    Practitioner,
    Rearrangement,
    Source,
)
from booking.writing import SlotTaken, lock, writing

# So long a time stays held for a plan that nobody goes on with. Each step of the plan begins it anew.
DRAFT_STANDS = timedelta(hours=12)


@writing
def propose(
    *,
    rearrangement: Rearrangement,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    by: Actor,
) -> Rearrangement:
    """Hold a time for a visit of a plan that is not sent, in place of the one held before.

    Raises NotAllowed (the plan was sent or undone, the visit moved or cancelled), Refused, SlotTaken, Busy.
    """
    visit = rearrangement.appointment
    rooms = lock(
        practitioners={practitioner.pk, visit.practitioner_id},
        visit_type=visit.visit_type,
        location=location,
        patient_id=visit.patient_id,
    )
    visit = reload_locked(visit)
    current = reload_rearrangement(rearrangement)
    if current.absence.status != Absence.Status.DRAFT or visit.status != Status.BOOKED:
        raise NotAllowed
    if visit.version != current.version:
        raise NotAllowed
    now = timezone.now()
    # Before the look: the new time may touch the one that is given up.
    release_held([current], now=now)
    refuse(
        availability.check(
            visit_type=visit.visit_type,
            practitioner=practitioner,
            location=location,
            start=start,
            ignoring=visit,
        )
    )
    times = Times.of(visit.visit_type, start)
    # A hold has no patient, so NoOverlap does not see two of one.
    of_patient = Appointment.objects.filter(rearrangement__appointment__patient=visit.patient_id)
    if of_patient.filter(times.overlapping(), status=Status.PENDING).exists():
        raise SlotTaken([Refusal(code=Code.PATIENT_BUSY)])
    room = take_room(practitioner=practitioner, rooms=rooms, times=times, now=now)
    current.hold = create_hold(
        visit_type=visit.visit_type,
        practitioner=practitioner,
        location=location,
        room=room,
        times=times,
        expires_at=now + DRAFT_STANDS,
        source=Source.STAFF,
        by=by,
    )
    current.way = Rearrangement.Way.PROPOSE
    current.save(update_fields=["hold", "way"])
    return current


@writing
def accept_proposal(*, rearrangement: Rearrangement, by: Actor) -> Appointment:
    """Move the visit to the time that is held for it. Accepting twice gives the first result again.

    A held time whose hours ran out is still good until somebody else takes it. The change cut-off does not
    count: we have asked them. Raises ProposalOver (the time is no longer held, the visit was moved or
    cancelled, the plan was not sent), Refused, SlotTaken, Busy.
    """
    visit, hold = rearrangement.appointment, rearrangement.hold
    if hold is None:
        raise ProposalOver
    lock(
        practitioners={visit.practitioner_id, hold.practitioner_id},
        visit_type=visit.visit_type,
        location=hold.location,
        patient_id=visit.patient_id,
    )
    visit, hold = reload_locked(visit), reload_locked(hold)
    current = reload_rearrangement(rearrangement)
    if current.accepted_at is not None and (visit.start, visit.practitioner_id) == (
        hold.start,
        hold.practitioner_id,
    ):
        return visit
    is_asked = current.absence.status == Absence.Status.SENT and current.absence.block_id is not None
    is_asked = is_asked and visit.version == current.version
    if not is_asked or visit.status != Status.BOOKED or current.hold_id != hold.pk:
        raise ProposalOver
    if hold.status != Status.PENDING:
        raise ProposalOver
    now = timezone.now()
    current.accepted_at = now
    current.save(update_fields=["accepted_at"])
    end_holds(lapsed=[], released=[hold.pk], now=now)
    return move_visit(
        appointment=visit,
        practitioner=hold.practitioner,
        location=hold.location,
        start=hold.start,
        by=by,
        override=NOTICE,
        note="",
        tell=True,
    )


@writing
def ask_for_call(*, rearrangement: Rearrangement) -> Rearrangement:
    """Put the patient on the call list. Asking twice is as asking once. Raises ProposalOver, Busy."""
    list(Appointment.objects.select_for_update(no_key=True).filter(pk=rearrangement.appointment_id))
    current = reload_rearrangement(rearrangement)
    if not Rearrangement.objects.asked().filter(pk=current.pk).exists():
        raise ProposalOver
    if current.call_asked_at is None:
        current.call_asked_at = timezone.now()
        current.save(update_fields=["call_asked_at"])
    return current


@writing
def note_call(*, rearrangement: Rearrangement, is_settled: bool, by: Actor) -> Rearrangement:
    """Note that staff called: nobody answered, or it is settled and the visit stays as it is.

    Raises NotAllowed (all but staff; what is settled already), Busy.
    """
    appointment = reload_locked(rearrangement.appointment)
    current = reload_rearrangement(rearrangement)
    refuse_if_changed(appointment, seen=rearrangement.appointment)
    if not by.is_staff or not Rearrangement.objects.asked().filter(pk=current.pk).exists():
        raise NotAllowed
    now = timezone.now()
    current.called_at = now
    if is_settled:
        current.settled_at = now
        release_held([current], now=now)
        take_up_reminders(appointment, since=current.absence.sent_at or now)
    else:
        current.calls += 1
    current.save(update_fields=["called_at", "settled_at", "calls"])
    return current


def end_plans(blocks: Iterable[AvailabilityException]) -> None:
    """Give back what is held for visits in this time, and remind of them again: it is open from now on.

    Inside an action that holds the lock of the clinician, before the blocks are deleted.
    """
    now = timezone.now()
    rows = Rearrangement.objects.filter(absence__block__in=blocks).order_by("pk")
    asked = list(rows.asked().select_related("absence", "appointment"))
    release_held(list(rows), now=now)
    for row in asked:
        take_up_reminders(row.appointment, since=row.absence.sent_at or now)


def settle_outside(blocks: Iterable[AvailabilityException]) -> None:
    """Ask nobody any more whose visit lies outside these blocks, now that they have changed.

    The visit stays where it is, as `end_plans` has it. What is not sent yet, sending looks at again.
    Inside an action that holds the lock of the clinician, after the blocks are written.
    """
    now = timezone.now()
    changed = {block.pk: block for block in blocks}
    asked = Rearrangement.objects.asked().filter(absence__block__in=changed).order_by("pk")
    outside = []
    for row in asked.select_related("absence", "appointment__location"):
        block = changed[row.absence.block_id or 0]
        is_away = block.kind == AvailabilityException.Kind.CLOSED
        if not (is_away and closes(block, row.appointment)):
            outside.append(row)
    release_held(outside, now=now)
    Rearrangement.objects.filter(pk__in=[row.pk for row in outside]).update(settled_at=now)
    for row in outside:
        take_up_reminders(row.appointment, since=row.absence.sent_at or now)


def release_held(rows: list[Rearrangement], *, now: datetime) -> None:
    """Give back the times held for these. Inside an action only."""
    end_holds(lapsed=[], released=[row.hold_id for row in rows if row.hold_id is not None], now=now)


def reload_rearrangement(rearrangement: Rearrangement) -> Rearrangement:
    rows = Rearrangement.objects.select_related("absence")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=rearrangement.pk)
