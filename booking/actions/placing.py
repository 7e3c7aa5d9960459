"""A visit or a hold is written into the calendar, under locks that the action holds already."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from booking import availability
from booking.actions.actors import Actor
from booking.actions.details import PatientDetails, RelatedDetails, VisitDetails, create_patient, keep_replies
from booking.actions.errors import PatientMerged
from booking.actions.records import record
from booking.actions.times import (
    Times,
    keep_binding,
    name_set_aside,
    refuse,
    take_room,
)
from booking.availability import SlotChoice
from booking.engine.rules import Code, Refusal
from booking.engine.states import Status
from booking.models import (
    Appointment,
    AppointmentEvent,
    Location,
    Patient,
    Practitioner,
    PractitionerChoice,
    RelatedPerson,
    Room,
    VisitGroup,
    VisitType,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(SlotChoice):
    """A visit that is to be booked. `override` names the rules that staff set aside for it.

    `horizon` is how many days ahead it may be; None: as its type says.
    """

    visit_type: VisitType
    override: Collection[Code] = ()
    horizon: int | None = None

    def check(self, *, patient: Patient | None) -> list[Refusal]:
        """Return every reason why it cannot be booked, those included that are set aside."""
        return availability.check(
            visit_type=self.visit_type,
            practitioner=self.practitioner,
            location=self.location,
            start=self.start,
            patient=patient,
            horizon=self.horizon,
        )

    def find_binding(self, *, patient: Patient | None) -> list[Refusal]:
        return keep_binding(self.check(patient=patient), override=self.override)


@dataclass(frozen=True, slots=True)
class Comers:
    """Whose visits they are, and who asked for them."""

    patient: Patient
    related_person: RelatedPerson | None


def find_or_create(
    patient: Patient | PatientDetails, related_person: RelatedPerson | RelatedDetails | None
) -> Comers:
    """Return the rows, and make them for somebody who is new. Raises PatientMerged."""
    if isinstance(patient, PatientDetails):
        assert not isinstance(related_person, RelatedPerson)
        return Comers(*create_patient(patient, related=related_person))
    assert not isinstance(related_person, RelatedDetails)
    if not Patient.objects.current().filter(pk=patient.pk).exists():
        raise PatientMerged
    return Comers(patient, related_person)


def place_visit(
    wanted: Wanted,
    *,
    rooms: list[Room] | None,
    comers: Comers,
    visit: VisitDetails,
    by: Actor,
    source: str,
    note: str,
    group: VisitGroup | None = None,
) -> Appointment:
    """Judge the rules once more, take the way that is free, write the visit with its history.

    Whoever calls has the locks, tells the patient and writes the reminders. Raises Refused, SlotTaken.
    """
    refusals = wanted.check(patient=comers.patient)
    refuse(keep_binding(refusals, override=wanted.override))
    now = timezone.now()
    times = Times.of(wanted.visit_type, wanted.start)
    room = take_room(practitioner=wanted.practitioner, rooms=rooms, times=times, now=now)
    appointment = Appointment.objects.create(
        visit_type=wanted.visit_type,
        practitioner=wanted.practitioner,
        location=wanted.location,
        room=room,
        patient=comers.patient,
        related_person=comers.related_person,
        group=group,
        status=Status.BOOKED,
        **times.as_fields(),
        source=source,
        practitioner_choice=PractitionerChoice.STAFF if by.is_staff else "",
        booked_at=now,
        **visit.as_fields(now=now),
    )
    keep_replies(appointment, visit.replies)
    record(
        appointment,
        kind=AppointmentEvent.Kind.BOOKED,
        by=by,
        from_status="",
        details=name_set_aside(refusals, by=by),
        note=note,
    )
    return appointment


def create_hold(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    room: Room | None,
    times: Times,
    expires_at: datetime,
    source: str,
    by: Actor,
    holder: str = "",
    holder_address: str = "",
    practitioner_choice: str = "",
) -> Appointment:
    """Write a hold with its history. Whoever calls has judged the rules and taken the room."""
    hold = Appointment.objects.create(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        room=room,
        status=Status.PENDING,
        **times.as_fields(),
        hold_expires_at=expires_at,
        holder=holder,
        holder_address=holder_address,
        practitioner_choice=practitioner_choice,
        source=source,
    )
    record(hold, kind=AppointmentEvent.Kind.HELD, by=by, from_status="")
    return hold


def keep_own_details(visit: VisitDetails, visit_type: VisitType) -> VisitDetails:
    """Return what was said of several visits without what only another type of visit asks."""
    own = [one for one in visit.replies if not one.question or one.question.visit_type_id == visit_type.pk]
    if visit_type.needs_referral:
        return replace(visit, replies=tuple(own))
    return replace(visit, replies=tuple(own), referral="", referral_from="")
