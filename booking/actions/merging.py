"""Two rows that are one person become one: what belongs to the one goes over to the other."""

from collections.abc import Iterable
from itertools import pairwise

from django.utils import timezone

from booking.actions.actors import Actor
from booking.actions.errors import NotAllowed, PatientMerged, SamePatient, VisitsOverlap
from booking.audited import record_event
from booking.models import Appointment, AppointmentEvent, Patient, PatientMerge
from booking.models.appointment import HOLDING_STATUSES
from booking.writing import writing


@writing
def merge_patients(*, kept: Patient, merged: Patient, by: Actor) -> PatientMerge:
    """Give everything of `merged` to `kept`. The row of `merged` stays, empty, and points at the other.

    A phone or an email goes over only where the kept row has none. Nobody is told: no visit changes.
    Raises NotAllowed (all but staff), SamePatient, PatientMerged, VisitsOverlap, Busy.
    """
    if not by.is_staff:
        raise NotAllowed
    if kept.pk == merged.pk:
        raise SamePatient
    both = Patient.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=[kept.pk, merged.pk])
    locked = {patient.pk: patient for patient in both.order_by("pk")}
    kept, merged = locked[kept.pk], locked[merged.pk]
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise PatientMerged
    appointments = list(
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .filter(patient__in=[kept, merged])
        .order_by("pk")
    )
    moving = [appointment for appointment in appointments if appointment.patient_id == merged.pk]
    if _any_overlap(appointments):
        raise VisitsOverlap

    moved = {
        "appointments": [appointment.pk for appointment in moving],
        "related_people": sorted(merged.related_people.values_list("pk", flat=True)),
        "waitlist_entries": sorted(merged.waitlist_entries.values_list("pk", flat=True)),
    }
    now = timezone.now()
    merged.appointments.update(patient=kept, updated_at=now)
    merged.related_people.update(patient=kept)
    merged.waitlist_entries.update(patient=kept)
    _fill_contact(kept, merged)
    merged.merged_into = kept
    merged.save(update_fields=["merged_into"])
    events = AppointmentEvent.objects.bulk_create(
        AppointmentEvent(
            appointment=appointment,
            kind=AppointmentEvent.Kind.PATIENTS_MERGED,
            actor_kind=by.kind,
            actor=by.user,
            from_status=appointment.status,
            to_status=appointment.status,
            details={"kept": kept.pk, "merged": merged.pk},
        )
        for appointment in moving
    )
    for event in events:
        event.appointment.patient = kept
        record_event(sender=AppointmentEvent, instance=event)
    return PatientMerge.objects.create(kept=kept, merged=merged, by=by.user, at=now, moved=moved)


def _any_overlap(appointments: Iterable[Appointment]) -> bool:
    """Tell whether two of them take the same time. One patient's own never do."""
    holding = sorted(
        (appointment for appointment in appointments if appointment.status in HOLDING_STATUSES),
        key=lambda appointment: appointment.busy_start,
    )
    return any(earlier.busy_end > later.busy_start for earlier, later in pairwise(holding))


def _fill_contact(kept: Patient, merged: Patient) -> None:
    if not kept.phone:
        kept.phone, kept.phone_typed = merged.phone, merged.phone_typed
    # Whoever wants no reminders at this address still wants none.
    if not kept.email:
        kept.email, kept.reminders_off_at = merged.email, merged.reminders_off_at
    elif kept.email.casefold() == merged.email.casefold():
        kept.reminders_off_at = kept.reminders_off_at or merged.reminders_off_at
    kept.save(update_fields=["phone", "phone_typed", "email", "reminders_off_at"])
