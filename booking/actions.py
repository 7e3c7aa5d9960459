"""The only writer of appointments.

Every action is one transaction (`booking.writing`): it takes its locks in one order, writes the
change, a line of history and, where somebody must be told, a row in the outbox.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from booking import availability, links
from booking.engine.rules import Code, Refusal
from booking.engine.states import UNDO, Status, can_move
from booking.models import (
    Appointment,
    AppointmentEvent,
    CancellationReason,
    IntakeAnswer,
    IntakeQuestion,
    Location,
    Patient,
    Practitioner,
    PractitionerChoice,
    RelatedPerson,
    Room,
    Source,
    VisitType,
)
from booking.writing import BookingError as BookingError
from booking.writing import Busy as Busy
from booking.writing import Refused as Refused
from booking.writing import SlotTaken as SlotTaken
from booking.writing import lock, queue_up, writing
from outbox import queue

# Given to `book_visit`: rules of the practice that staff may set aside. Overlap is never one.
SETTABLE_ASIDE = frozenset(Code) - {Code.TAKEN, Code.NO_ROOM, Code.PATIENT_BUSY}


class HoldLost(BookingError):
    """The hold ran out and the time went to somebody else, or it was given up."""


class TooManyHolds(BookingError):
    """This address holds as many times as it may."""


class NotAllowed(BookingError):
    """The appointment's status does not allow it."""


class CutOff(BookingError):
    """Too close to the visit for a change online: the patient should call."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a patient by link or form, a member of staff, or the system."""

    kind: str
    user: Any = None

    @classmethod
    def patient(cls) -> "Actor":
        return cls(kind=AppointmentEvent.ActorKind.PATIENT)

    @classmethod
    def staff(cls, user: Any) -> "Actor":
        return cls(kind=AppointmentEvent.ActorKind.STAFF, user=user)

    @classmethod
    def system(cls) -> "Actor":
        return cls(kind=AppointmentEvent.ActorKind.SYSTEM)

    @property
    def is_staff(self) -> bool:
        return self.kind == AppointmentEvent.ActorKind.STAFF


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What the booking form asks about the patient."""

    given_name: str
    family_name: str
    birth_date: date
    phone: str = ""
    phone_typed: str = ""
    email: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedDetails:
    """Who books for the patient. With `is_contact` the phone and email given are theirs."""

    name: str
    relationship: str
    is_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReply:
    """One intake question as it was asked, and what was answered."""

    question: IntakeQuestion
    wording: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDetails:
    """What is asked about the visit itself. Texts are as typed, choices are values of the models.

    `patient_time_zone` is the device's IANA name; `consent_wording` what was agreed to, in full.
    """

    reason: str = ""
    access_needs: str = ""
    needs_interpreter: bool = False
    interpreter_language: str = ""
    needs_step_free: bool = False
    needs_quiet: bool = False
    needs_more_time: bool = False
    coverage: str = ""
    referral: str = ""
    referral_from: str = ""
    consent_wording: str = ""
    urgency_acknowledged: bool = False
    patient_time_zone: str = ""
    replies: tuple[IntakeReply, ...] = ()

    def as_fields(self, *, now: datetime) -> dict[str, Any]:
        """Return the fields of the appointment that keep this."""
        return {
            "reason": self.reason,
            "access_needs": self.access_needs,
            "needs_interpreter": self.needs_interpreter,
            "interpreter_language": self.interpreter_language,
            "needs_step_free": self.needs_step_free,
            "needs_quiet": self.needs_quiet,
            "needs_more_time": self.needs_more_time,
            "coverage": self.coverage,
            "referral": self.referral,
            "referral_from": self.referral_from,
            "consented_at": now if self.consent_wording else None,
            "consent_wording": self.consent_wording,
            "urgency_acknowledged_at": now if self.urgency_acknowledged else None,
            "patient_time_zone": self.patient_time_zone,
        }


NO_DETAILS = VisitDetails()


# --- Pieces shared by the actions ---------------------------------------------


@dataclass(frozen=True, slots=True)
class _Times:
    """The times that one visit takes, buffers included."""

    start: datetime
    end: datetime
    busy_start: datetime
    busy_end: datetime

    @classmethod
    def of(cls, visit_type: VisitType, start: datetime) -> "_Times":
        # In UTC: arithmetic in a zone is on the wall clock, and an hour off where clocks change.
        start = start.astimezone(UTC)
        end = start + timedelta(minutes=visit_type.duration)
        return cls(
            start=start,
            end=end,
            busy_start=start - timedelta(minutes=visit_type.buffer_before),
            busy_end=end + timedelta(minutes=visit_type.buffer_after),
        )


def _refuse(refusals: list[Refusal]) -> None:
    if not SETTABLE_ASIDE.issuperset(refusal.code for refusal in refusals):
        raise SlotTaken(refusals)
    if refusals:
        raise Refused(refusals)


def _refuse_too_many_holds(*, holder_address: str, besides: Collection[int] = ()) -> None:
    living = Appointment.objects.filter(
        status=Status.PENDING, holder_address=holder_address, hold_expires_at__gt=timezone.now()
    )
    if living.exclude(pk__in=besides).count() >= settings.MAX_HOLDS_PER_ADDRESS:
        raise TooManyHolds


def _overlapping(times: _Times) -> Q:
    return Q(
        busy_start__gt=times.busy_start - availability.LONGEST_BUSY,
        busy_start__lt=times.busy_end,
        busy_end__gt=times.busy_start,
    )


def _end_stale_holds(*, practitioner: Practitioner, rooms: list[Room], times: _Times, now: datetime) -> None:
    """Give back times whose hold ran out. Until then a late confirm still finds them."""
    resources = Q(practitioner=practitioner) | Q(room__in=rooms)
    Appointment.objects.stale_holds(now=now).filter(resources, _overlapping(times)).update(
        status=Status.CANCELLED,
        cancellation_reason=CancellationReason.HOLD_EXPIRED,
        cancelled_at=now,
        hold_expires_at=None,
    )


def _choose_room(
    *, visit_type: VisitType, rooms: list[Room], times: _Times, ignoring: int | None = None
) -> Room | None:
    """Return the first free room, or None where the visit needs none. Raises SlotTaken."""
    if not visit_type.rooms.exists():
        return None
    others = Appointment.objects.holding_time(now=timezone.now()).filter(_overlapping(times), room__in=rooms)
    if ignoring is not None:
        others = others.exclude(pk=ignoring)
    taken = set(others.values_list("room_id", flat=True))
    for room in rooms:
        if room.pk not in taken:
            return room
    raise SlotTaken([Refusal(code=Code.NO_ROOM)])


def _record(
    appointment: Appointment,
    *,
    kind: AppointmentEvent.Kind,
    by: Actor,
    from_status: str,
    details: dict[str, Any] | None = None,
) -> None:
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=kind,
        actor_kind=by.kind,
        actor=by.user,
        from_status=from_status,
        to_status=appointment.status,
        details=details or {},
    )


def _tell_patient(appointment: Appointment, kind: str) -> None:
    if appointment.contact is not None and appointment.contact.email:
        queue.enqueue(kind=kind, subject_id=appointment.pk, version=appointment.version, recipient="patient")


def _refuse_after_cutoff(appointment: Appointment, *, by: Actor) -> None:
    if by.is_staff:
        return
    now = timezone.now()
    if appointment.start - timedelta(minutes=appointment.visit_type.change_cutoff) <= now:
        raise CutOff


def _reload_locked(appointment: Appointment) -> Appointment:
    return (
        Appointment.objects.select_for_update(no_key=True, of=("self",)).with_parts().get(pk=appointment.pk)
    )


# --- Patients: hold, book -----------------------------------------------------


def hold(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    holder: str,
    holder_address: str,
    practitioner_choice: str = "",
    by: Actor,
) -> Appointment:
    """Keep a time for HOLD_MINUTES. A session (`holder`) has one hold: an older one is given up.

    `practitioner_choice` is a PractitionerChoice: why this one and no other.
    Raises Refused, SlotTaken, TooManyHolds, Busy.
    """
    if not visit_type.is_public:
        raise Refused([Refusal(code=Code.NOT_BOOKABLE_ONLINE)])
    # Look before queueing for the lock: on a popular time nearly everybody is refused here.
    _refuse(
        availability.check(
            visit_type=visit_type, practitioner=practitioner, location=location, start=start, holder=holder
        )
    )
    return _take_hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        times=_Times.of(visit_type, start),
        holder=holder,
        holder_address=holder_address,
        practitioner_choice=practitioner_choice,
        by=by,
    )


@writing
def _take_hold(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    times: _Times,
    holder: str,
    holder_address: str,
    practitioner_choice: str,
    by: Actor,
) -> Appointment:
    queue_up(holder, holder_address)
    rooms = lock(practitioners=[practitioner.pk], visit_type=visit_type, location=location)
    now = timezone.now()
    own = Appointment.objects.filter(status=Status.PENDING, holder=holder)
    same = own.filter(
        visit_type=visit_type, practitioner=practitioner, location=location, start=times.start
    ).first()
    if same is not None and same.hold_expires_at is not None and same.hold_expires_at > now:
        # A double tap: both answers must name one hold.
        return same
    _end_stale_holds(practitioner=practitioner, rooms=rooms, times=times, now=now)
    own.update(
        status=Status.CANCELLED,
        cancellation_reason=CancellationReason.HOLD_RELEASED,
        cancelled_at=now,
        hold_expires_at=None,
    )
    _refuse_too_many_holds(holder_address=holder_address)
    appointment = Appointment.objects.create(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        room=_choose_room(visit_type=visit_type, rooms=rooms, times=times),
        status=Status.PENDING,
        start=times.start,
        end=times.end,
        busy_start=times.busy_start,
        busy_end=times.busy_end,
        hold_expires_at=now + timedelta(minutes=settings.HOLD_MINUTES),
        holder=holder,
        holder_address=holder_address,
        practitioner_choice=practitioner_choice,
        source=Source.ONLINE,
    )
    _record(appointment, kind=AppointmentEvent.Kind.HELD, by=by, from_status="")
    return appointment


@writing
def renew_hold(*, appointment: Appointment, by: Actor) -> Appointment:
    """Start the hold's minutes anew, also after its end while nobody took the time.

    A hold that ran out counts as a new one. Raises HoldLost, TooManyHolds, Busy.
    """
    queue_up(appointment.holder_address)
    current = _reload_locked(appointment)
    if current.status != Status.PENDING or current.hold_expires_at is None:
        raise HoldLost
    now = timezone.now()
    if current.hold_expires_at <= now:
        _refuse_too_many_holds(holder_address=current.holder_address, besides=[current.pk])
    current.hold_expires_at = now + timedelta(minutes=settings.HOLD_MINUTES)
    current.save(update_fields=["hold_expires_at", "updated_at"])
    return current


def book(
    *,
    hold: Appointment,
    patient: PatientDetails,
    related: RelatedDetails | None = None,
    visit: VisitDetails = NO_DETAILS,
    by: Actor,
) -> Appointment:
    """Make a hold a visit. Confirming twice gives the first result again.

    A hold whose minutes ran out is still good while nobody else took the time.
    Raises HoldLost, Refused, Busy.
    """
    holds = Appointment.objects.select_related("visit_type", "practitioner", "location")
    current = holds.filter(pk=hold.pk).first()
    if current is None:
        raise HoldLost
    if current.patient_id is not None:
        return current
    if current.status != Status.PENDING:
        raise HoldLost
    refusals = availability.check(
        visit_type=current.visit_type,
        practitioner=current.practitioner,
        location=current.location,
        start=current.start,
        ignoring=current,
    )
    # Notice and horizon were kept when the time was held; filling in a form must not break them.
    _refuse([refusal for refusal in refusals if refusal.code not in (Code.TOO_SOON, Code.TOO_FAR)])
    _refuse(_check_number_of_visits(patient))
    return _confirm(hold=current, details=patient, related=related, visit=visit, by=by)


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
    lock(practitioners=[hold.practitioner_id], visit_type=hold.visit_type, location=hold.location)
    patient, related_person = _create_patient(details, related=related)
    now = timezone.now()
    # One conditional UPDATE decides between two confirms, and between a confirm and a take-over.
    confirmed = Appointment.objects.filter(pk=hold.pk, status=Status.PENDING).update(
        status=Status.BOOKED,
        patient=patient,
        related_person=related_person,
        hold_expires_at=None,
        holder="",
        holder_address="",
        booked_at=now,
        **visit.as_fields(now=now),
    )
    appointment = _reload_locked(hold)
    if not confirmed:
        patient.delete()
        if appointment.patient_id is None:
            raise HoldLost
        return appointment
    _keep_replies(appointment, visit.replies)
    _record(appointment, kind=AppointmentEvent.Kind.BOOKED, by=by, from_status=Status.PENDING)
    _tell_patient(appointment, "booking.booked")
    return appointment


def _create_patient(
    details: PatientDetails, *, related: RelatedDetails | None
) -> tuple[Patient, RelatedPerson | None]:
    """Make the rows for whoever comes and whoever books for them. The contact is written at its owner."""
    contact = {"phone": details.phone, "phone_typed": details.phone_typed, "email": details.email}
    is_theirs = related is not None and related.is_contact
    patient = Patient.objects.create(
        given_name=details.given_name,
        family_name=details.family_name,
        birth_date=details.birth_date,
        language=details.language,
        **({} if is_theirs else contact),
    )
    if related is None:
        return patient, None
    return patient, RelatedPerson.objects.create(
        patient=patient,
        name=related.name,
        relationship=related.relationship,
        is_contact=related.is_contact,
        **(contact if is_theirs else {}),
    )


def _keep_replies(appointment: Appointment, replies: Collection[IntakeReply]) -> None:
    IntakeAnswer.objects.bulk_create(
        IntakeAnswer(
            appointment=appointment,
            question=reply.question,
            wording=reply.wording,
            answer=reply.answer,
            position=position,
        )
        for position, reply in enumerate(replies)
    )


# --- Staff: book in one step ---------------------------------------------------


def book_visit(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    patient: Patient,
    by: Actor,
    source: str = Source.STAFF,
    visit: VisitDetails = NO_DETAILS,
    override: Collection[Code] = (),
) -> Appointment:
    """Book a visit for a known patient, without a hold.

    `override` names rules that staff set aside; codes outside SETTABLE_ASIDE have no effect,
    and no code ever sets aside the overlap itself. Raises Refused, SlotTaken, Busy.
    """
    refusals = availability.check(
        visit_type=visit_type, practitioner=practitioner, location=location, start=start, patient=patient
    )
    _refuse(_keep_binding(refusals, override=override))
    return _book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        times=_Times.of(visit_type, start),
        patient=patient,
        by=by,
        source=source,
        visit=visit,
    )


def _keep_binding(refusals: list[Refusal], *, override: Collection[Code]) -> list[Refusal]:
    set_aside = SETTABLE_ASIDE.intersection(override)
    return [refusal for refusal in refusals if refusal.code not in set_aside]


@writing
def _book_visit(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    times: _Times,
    patient: Patient,
    by: Actor,
    source: str,
    visit: VisitDetails,
) -> Appointment:
    rooms = lock(
        practitioners=[practitioner.pk], visit_type=visit_type, location=location, patient_id=patient.pk
    )
    now = timezone.now()
    _end_stale_holds(practitioner=practitioner, rooms=rooms, times=times, now=now)
    appointment = Appointment.objects.create(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        room=_choose_room(visit_type=visit_type, rooms=rooms, times=times),
        patient=patient,
        status=Status.BOOKED,
        start=times.start,
        end=times.end,
        busy_start=times.busy_start,
        busy_end=times.busy_end,
        source=source,
        practitioner_choice=PractitionerChoice.STAFF if by.is_staff else "",
        booked_at=now,
        **visit.as_fields(now=now),
    )
    _keep_replies(appointment, visit.replies)
    _record(appointment, kind=AppointmentEvent.Kind.BOOKED, by=by, from_status="")
    _tell_patient(appointment, "booking.booked")
    return appointment


# --- Changing a visit -----------------------------------------------------------


def move(
    *,
    appointment: Appointment,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    by: Actor,
    override: Collection[Code] = (),
) -> Appointment:
    """Move a booked visit; the old time is kept until the new one is safe.

    It stays the same appointment with a higher version, and its manage links end: whoever has
    the old mail has a link to nothing. Raises CutOff (patients), NotAllowed, Refused,
    SlotTaken, Busy.
    """
    _refuse_after_cutoff(appointment, by=by)
    if appointment.status != Status.BOOKED:
        raise NotAllowed
    refusals = availability.check(
        visit_type=appointment.visit_type,
        practitioner=practitioner,
        location=location,
        start=start,
        ignoring=appointment,
    )
    _refuse(_keep_binding(refusals, override=override if by.is_staff else ()))
    return _move(
        appointment=appointment,
        practitioner=practitioner,
        location=location,
        times=_Times.of(appointment.visit_type, start),
        by=by,
    )


@writing
def _move(
    *, appointment: Appointment, practitioner: Practitioner, location: Location, times: _Times, by: Actor
) -> Appointment:
    rooms = lock(
        practitioners=[appointment.practitioner_id, practitioner.pk],
        visit_type=appointment.visit_type,
        location=location,
        patient_id=appointment.patient_id,
    )
    current = _reload_locked(appointment)
    if current.status != Status.BOOKED or current.version != appointment.version:
        raise NotAllowed
    _end_stale_holds(practitioner=practitioner, rooms=rooms, times=times, now=timezone.now())
    left_behind = {
        "start": current.start.isoformat(),
        "practitioner": current.practitioner_id,
        "location": current.location_id,
        "room": current.room_id,
    }
    current.room = _choose_room(visit_type=current.visit_type, rooms=rooms, times=times, ignoring=current.pk)
    current.practitioner = practitioner
    current.location = location
    current.start, current.end = times.start, times.end
    current.busy_start, current.busy_end = times.busy_start, times.busy_end
    current.version += 1
    current.save()
    links.revoke_all(current)
    _record(current, kind=AppointmentEvent.Kind.MOVED, by=by, from_status=current.status, details=left_behind)
    _tell_patient(current, "booking.moved")
    return current


def cancel(*, appointment: Appointment, reason: str, by: Actor) -> Appointment:
    """Cancel a visit; it is kept as a record. Cancelling twice gives the first result again.

    Raises CutOff (patients), NotAllowed, Busy.
    """
    if appointment.status != Status.CANCELLED:
        _refuse_after_cutoff(appointment, by=by)
    return _cancel(appointment=appointment, reason=reason, by=by)


@writing
def _cancel(*, appointment: Appointment, reason: str, by: Actor) -> Appointment:
    current = _reload_locked(appointment)
    if current.status == Status.CANCELLED:
        return current
    by_patient = by.kind == AppointmentEvent.ActorKind.PATIENT
    if not can_move(Status(current.status), Status.CANCELLED) or (
        by_patient and current.status != Status.BOOKED
    ):
        raise NotAllowed
    before = current.status
    current.status = Status.CANCELLED
    current.cancellation_reason = reason
    current.cancelled_at = timezone.now()
    current.hold_expires_at = None
    current.version += 1
    current.save()
    _record(current, kind=AppointmentEvent.Kind.CANCELLED, by=by, from_status=before)
    _tell_patient(current, "booking.cancelled")
    return current


@writing
def _advance(*, appointment: Appointment, to: Status, by: Actor) -> Appointment:
    current = _reload_locked(appointment)
    if current.status == to:
        return current
    if current.patient_id is None or not can_move(Status(current.status), to):
        raise NotAllowed
    before = current.status
    current.status = to
    current.cancelled_at = None
    current.save()
    _record(current, kind=AppointmentEvent.Kind(to.value), by=by, from_status=before)
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

    Raises NotAllowed, SlotTaken, Busy.
    """
    lock(
        practitioners=[appointment.practitioner_id],
        visit_type=appointment.visit_type,
        location=appointment.location,
        patient_id=appointment.patient_id,
    )
    current = _reload_locked(appointment)
    before = Status(current.status)
    if current.patient_id is None or before not in UNDO:
        raise NotAllowed
    current.status = UNDO[before]
    if before == Status.CANCELLED:
        times = _Times(current.start, current.end, current.busy_start, current.busy_end)
        rooms = [current.room] if current.room else []
        _end_stale_holds(practitioner=current.practitioner, rooms=rooms, times=times, now=timezone.now())
        current.cancelled_at = None
        current.cancellation_reason = ""
        current.version += 1
    current.save()
    _record(current, kind=AppointmentEvent.Kind.UNDONE, by=by, from_status=before)
    if before == Status.CANCELLED:
        _tell_patient(current, "booking.booked")
    return current


# --- Housekeeping ----------------------------------------------------------------


@writing
def purge_stale_holds(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Delete holds that never became a visit and have been over for a while. Returns how many."""
    over = Appointment.objects.filter(
        Q(status=Status.PENDING, hold_expires_at__lt=timezone.now() - older_than)
        | Q(status=Status.CANCELLED, cancelled_at__lt=timezone.now() - older_than),
        patient__isnull=True,
    )
    # Locked first: a delete reads, then deletes by key, and a late confirm may come between.
    keys = list(over.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    _, deleted = Appointment.objects.filter(pk__in=keys).delete()
    return deleted.get(Appointment._meta.label, 0)
