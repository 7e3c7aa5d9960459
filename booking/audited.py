"""What the audit trail hears of booking: patients' data without values, the practice's set-up with some.

Visits are recorded by their history, which has a line for every action of `booking.actions` and
no `update()` passes by; everything else by its rows.
"""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from audit.models import Entry
from audit.writes import record_write, register
from booking.models import (
    Absence,
    Appointment,
    AppointmentEvent,
    AvailabilityException,
    AvailabilityRule,
    Chain,
    Closure,
    ExceptionSeries,
    IntakeQuestion,
    KeptTime,
    Location,
    OfferPause,
    Patient,
    PatientMerge,
    Practitioner,
    Rearrangement,
    RelatedPerson,
    Room,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)

ACTOR_KINDS = {
    AppointmentEvent.ActorKind.PATIENT: Entry.ActorKind.VISITOR,
    AppointmentEvent.ActorKind.STAFF: Entry.ActorKind.STAFF,
    AppointmentEvent.ActorKind.SYSTEM: Entry.ActorKind.SYSTEM,
}


def register_all() -> None:
    register(
        Appointment,
        name=lambda visit: visit.display_reference,
        find_patient=lambda visit: visit.patient_id,
        details=dict(AppointmentEvent.Kind.choices),
        by_caller=True,
    )
    register(Patient, find_patient=lambda patient: patient.pk)
    register(RelatedPerson, find_patient=lambda person: person.patient_id)
    register(WaitlistEntry, find_patient=lambda entry: entry.patient_id)
    register(WaitlistOffer, find_patient=lambda offer: offer.entry.patient_id)
    register(OfferPause)
    register(Absence)
    register(Rearrangement, find_patient=lambda row: row.appointment.patient_id)
    register(PatientMerge, find_patient=lambda merge: merge.kept_id)
    for model in (Room, IntakeQuestion, AvailabilityRule, AvailabilityException, ExceptionSeries, Closure):
        register(model)
    register(KeptTime, links=["visit_types"])
    register(Location, name=str)
    register(Chain, name=str)
    register(VisitType, name=str, links=["rooms"])
    register(Practitioner, name=str, links=["visit_types"])


@receiver(post_save, sender=AppointmentEvent, dispatch_uid="booking.audited")
def record_event(sender: Any, instance: AppointmentEvent, **kwargs: Any) -> None:
    """Record what happened to a visit. A hold is nobody's yet."""
    visit = instance.appointment
    if visit.patient_id is None:
        return
    is_new = instance.kind == AppointmentEvent.Kind.BOOKED
    record_write(
        visit,
        action=Entry.Action.CREATE if is_new else Entry.Action.UPDATE,
        detail=instance.kind,
        actor=instance.actor,
        actor_kind=ACTOR_KINDS[AppointmentEvent.ActorKind(instance.actor_kind)],
    )
