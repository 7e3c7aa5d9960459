"""A held time becomes a visit; staff book one in a single step."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from booking import availability
from booking.actions.actors import Actor
from booking.actions.changing import cancel
from booking.actions.day import enter_in_error
from booking.actions.details import (
    NO_DETAILS,
    PatientDetails,
    RelatedDetails,
    VisitDetails,
    create_patient,
    keep_replies,
)
from booking.actions.errors import HoldLost, NotAllowed
from booking.actions.placing import Wanted, find_or_create, place_visit
from booking.actions.records import (
    lock_hold,
    record,
    refuse_if_changed,
    reload_locked,
    tell_patient_and_remind,
    was_just_booked,
)
from booking.actions.times import (
    Times,
    keep_after_hold,
    refuse,
    take_room,
)
from booking.engine.rules import Code, Refusal
from booking.engine.states import Status
from booking.limits import DAY, make_key, write_down_tries
from booking.models import (
    Appointment,
    AppointmentEvent,
    Attempt,
    CancellationReason,
    Location,
    Patient,
    Practitioner,
    RelatedPerson,
    Room,
    Source,
    VisitType,
)
from booking.writing import lock, queue_up, writing
from outbox import queue

# --- Patients: from a hold -----------------------------------------------------


def book(
    *,
    hold: Appointment,
    patient: PatientDetails,
    related: RelatedDetails | None = None,
    visit: VisitDetails = NO_DETAILS,
    by: Actor,
) -> Appointment:
    """Make a hold a visit. Confirming twice gives the first result again.

    A hold whose minutes ran out is still good while nobody else took the time. What staff
    changed since (length, buffers, rooms) holds for the visit too, if it still fits.
    Raises HoldLost, Refused, TooManyTries, Busy.
    """
    if not _is_still_held(hold):
        return Appointment.objects.with_parts().get(pk=hold.pk)
    # Unlike `hold` without a look before the lock: a held time is wanted by one patient only.
    return _confirm(hold=hold, details=patient, related=related, visit=visit, by=by)


def _is_still_held(hold: Appointment) -> bool:
    """Tell a hold from what it became, a visit. Raises HoldLost where it became nothing."""
    if hold.patient_id is not None:
        return False
    if hold.status != Status.PENDING:
        raise HoldLost
    return True


def _refuse_to_confirm(hold: Appointment, patient: PatientDetails) -> None:
    if not hold.visit_type.is_public:
        refuse([Refusal(code=Code.NOT_BOOKABLE_ONLINE)])
    refusals = availability.check(
        visit_type=hold.visit_type,
        practitioner=hold.practitioner,
        location=hold.location,
        start=hold.start,
        ignoring=hold,
    )
    refuse(keep_after_hold(refusals))
    refuse(_check_number_of_visits(patient))


def _check_number_of_visits(patient: PatientDetails) -> list[Refusal]:
    same_person = Q()
    if patient.email:
        same_person |= Q(patient__email__iexact=patient.email)
        same_person |= Q(related_person__email__iexact=patient.email)
    if patient.phone:
        same_person |= Q(patient__phone=patient.phone) | Q(related_person__phone=patient.phone)
    if not same_person:
        return []
    now = timezone.now()
    # Cancelled ones count for a day: to book and cancel in turns must not fill a stranger's mailbox.
    counted = Q(status=Status.BOOKED, start__gt=now) | Q(
        source=Source.ONLINE, booked_at__gt=now - timedelta(days=1)
    )
    visits = Appointment.objects.filter(same_person, counted).count()
    limit = settings.MAX_UPCOMING_VISITS
    return [Refusal(code=Code.TOO_MANY_VISITS, count=limit)] if visits >= limit else []


@writing
def _confirm(
    *,
    hold: Appointment,
    details: PatientDetails,
    related: RelatedDetails | None,
    visit: VisitDetails,
    by: Actor,
) -> Appointment:
    address = hold.holder_address
    email = make_key("email", details.email.lower()) if details.email else ""
    phone = make_key("phone", details.phone) if details.phone else ""
    queue_up(address, email, phone)
    rooms = lock(practitioners=[hold.practitioner_id], visit_type=hold.visit_type, location=hold.location)
    # The locked row decides between two confirms, and between a confirm and a take-over.
    current = lock_hold(hold)
    if not _is_still_held(current):
        return current
    _refuse_to_confirm(current, details)
    if not by.is_staff:
        write_down_tries(
            kind=Attempt.Kind.BOOK,
            keys=list(filter(None, (address, email))),
            limit=settings.MAX_BOOKINGS_PER_DAY,
            window=DAY,
        )
    now = timezone.now()
    times = Times.of(current.visit_type, current.start)
    room = take_room(
        practitioner=current.practitioner,
        rooms=rooms,
        times=times,
        now=now,
        besides=[current.pk],
        before=current.room_id,
    )
    person, related_person = create_patient(details, related=related)
    appointment = become_visit(
        current,
        patient=person,
        related_person=related_person,
        room=room,
        times=times,
        fields=visit.as_fields(now=now),
        by=by,
    )
    keep_replies(appointment, visit.replies)
    return appointment


def become_visit(
    hold: Appointment,
    *,
    patient: Patient,
    related_person: RelatedPerson | None,
    room: Room | None,
    times: Times,
    fields: dict[str, Any],
    by: Actor,
) -> Appointment:
    """Make a locked hold the visit of somebody, note it and tell them. Inside an action only."""
    now = timezone.now()
    changed = {
        "status": Status.BOOKED,
        "patient": patient,
        "related_person": related_person,
        "room": room,
        **times.as_fields(),
        "hold_expires_at": None,
        "holder": "",
        "holder_address": "",
        "booked_at": now,
        "updated_at": now,
        **fields,
    }
    for name, value in changed.items():
        setattr(hold, name, value)
    hold.save(update_fields=changed)
    record(hold, kind=AppointmentEvent.Kind.BOOKED, by=by, from_status=Status.PENDING)
    tell_patient_and_remind(hold, "booking.booked")
    return hold


# --- Staff: in one step --------------------------------------------------------


def book_visit(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    patient: Patient | PatientDetails,
    by: Actor,
    source: str = Source.STAFF,
    visit: VisitDetails = NO_DETAILS,
    related_person: RelatedPerson | RelatedDetails | None = None,
    override: Collection[Code] = (),
    note: str = "",
) -> Appointment:
    """Book a visit without a hold. `related_person` is who asks for the patient.

    A new patient comes as PatientDetails, and whoever asks for them as RelatedDetails: their rows
    are made with the visit or not at all. `override` names rules that staff set aside, `note` says
    why; codes outside SETTABLE_ASIDE have no effect, and no code ever sets aside the overlap itself.
    Raises PatientMerged, Refused, SlotTaken, Busy.
    """
    wanted = Wanted(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=start,
        override=override,
    )
    refuse(wanted.find_binding(patient=patient if isinstance(patient, Patient) else None))
    return _book_visit(
        wanted=wanted,
        patient=patient,
        by=by,
        source=source,
        visit=visit,
        related_person=related_person,
        note=note,
    )


@writing
def _book_visit(
    *,
    wanted: Wanted,
    patient: Patient | PatientDetails,
    by: Actor,
    source: str,
    visit: VisitDetails,
    related_person: RelatedPerson | RelatedDetails | None,
    note: str,
) -> Appointment:
    rooms = lock(
        practitioners=[wanted.practitioner.pk],
        visit_type=wanted.visit_type,
        location=wanted.location,
        patient_id=patient.pk if isinstance(patient, Patient) else None,
    )
    appointment = place_visit(
        wanted,
        rooms=rooms,
        comers=find_or_create(patient, related_person),
        visit=visit,
        by=by,
        source=source,
        note=note,
    )
    tell_patient_and_remind(appointment, "booking.booked")
    return appointment


def unbook(*, appointment: Appointment, by: Actor) -> Appointment:
    """Take back a booking that staff have just made by mistake.

    Where its mail has not left it never leaves, and the visit was entered in error: nobody hears of
    it. Otherwise it is cancelled by the practice, and the patient is told. Raises NotAllowed (also after a
    day), Busy.
    """
    if not by.is_staff or appointment.source != Source.STAFF or not was_just_booked(appointment):
        raise NotAllowed
    return _unbook(appointment=appointment, by=by)


@writing
def _unbook(*, appointment: Appointment, by: Actor) -> Appointment:
    current = reload_locked(appointment)
    refuse_if_changed(current, seen=appointment)
    # Whoever moved it since, or let the patient in, meant it.
    is_moved = current.events.filter(kind=AppointmentEvent.Kind.MOVED).exists()
    # A mail about several visits cannot be held back for one of them.
    if current.status != Status.BOOKED or is_moved or current.group_id is not None:
        raise NotAllowed
    if queue.withdraw(kind="booking.booked", subject_id=current.pk):
        return enter_in_error(appointment=current, by=by)
    return cancel(appointment=current, reason=CancellationReason.PRACTICE, by=by)
