"""Several visits are booked as one, taken back as one, or cancelled in one step: a series, or a chain's two.

Each stays an appointment of its own. What is different is that all of them stand or none does, and that the
patient gets one mail.
"""

from collections.abc import Sequence

from django.db.models import F

from booking.actions.actors import Actor
from booking.actions.changing import cancel_locked, refuse_after_cutoff
from booking.actions.day import enter_in_error
from booking.actions.details import NO_DETAILS, PatientDetails, RelatedDetails, VisitDetails
from booking.actions.errors import NotAllowed, NotAPair, SomeRefused
from booking.actions.placing import Wanted, find_or_create, keep_own_details, place_visit
from booking.actions.records import (
    BOOKED_TOGETHER,
    CANCELLED,
    CANCELLED_TOGETHER,
    queue_reminders,
    refuse_if_changed,
    reload_locked,
    tell_of_group,
    tell_patient,
    was_just_booked,
)
from booking.availability import to_minutes
from booking.engine.rules import Refusal
from booking.engine.states import Status
from booking.models import (
    Appointment,
    AppointmentEvent,
    CancellationReason,
    Chain,
    Patient,
    RelatedPerson,
    Source,
    VisitGroup,
)
from booking.writing import Refused, judging, lock_together, writing
from outbox import queue


def book_together(
    *,
    visits: Sequence[Wanted],
    patient: Patient | PatientDetails,
    by: Actor,
    chain: Chain | None = None,
    every_weeks: int | None = None,
    source: str = Source.STAFF,
    visit: VisitDetails = NO_DETAILS,
    related_person: RelatedPerson | RelatedDetails | None = None,
    note: str = "",
) -> list[Appointment]:
    """Book all of them or none: the two of a `chain`, or a series `every_weeks`. For staff.

    `visit` is said of all of them, but what only one type of visit asks stays with that one. `patient`,
    `related_person` and `note` are as for `book_visit`.
    Raises NotAPair, SomeRefused (which, and why), PatientMerged, Busy.
    """
    if chain is not None:
        _refuse_unless_pair(chain, visits)
    known = patient if isinstance(patient, Patient) else None
    _raise_refused([(wanted, wanted.find_binding(patient=known)) for wanted in visits])
    return _book_together(
        visits=visits,
        patient=patient,
        by=by,
        chain=chain,
        every_weeks=every_weeks,
        source=source,
        visit=visit,
        related_person=related_person,
        note=note,
    )


def _refuse_unless_pair(chain: Chain, visits: Sequence[Wanted]) -> None:
    if [wanted.visit_type for wanted in visits] != [chain.first, chain.second] or not chain.is_active:
        raise NotAPair
    first, second = visits
    if not (
        first.location == second.location
        and first.local_start.date() == second.local_start.date()
        and chain.link.joins(to_minutes(first.start), to_minutes(second.start))
    ):
        raise NotAPair


def _raise_refused(judged: Sequence[tuple[Wanted, list[Refusal]]]) -> None:
    refused = [(wanted, refusals) for wanted, refusals in judged if refusals]
    if refused:
        raise SomeRefused(refused)


@writing
def _book_together(
    *,
    visits: Sequence[Wanted],
    patient: Patient | PatientDetails,
    by: Actor,
    chain: Chain | None,
    every_weeks: int | None,
    source: str,
    visit: VisitDetails,
    related_person: RelatedPerson | RelatedDetails | None,
    note: str,
) -> list[Appointment]:
    rooms = lock_together(
        practitioners=[wanted.practitioner.pk for wanted in visits],
        places=[(wanted.visit_type, wanted.location) for wanted in visits],
        patient_id=patient.pk if isinstance(patient, Patient) else None,
    )
    comers = find_or_create(patient, related_person)
    group = VisitGroup.objects.create(chain=chain, every_weeks=every_weeks)
    booked: list[Appointment] = []
    judged: list[tuple[Wanted, list[Refusal]]] = []
    for wanted, would_do in zip(visits, rooms, strict=True):
        try:
            # Those that are booked already count: for the day's limit, the room, the patient's own time.
            with judging():
                placed = place_visit(
                    wanted,
                    rooms=would_do,
                    comers=comers,
                    visit=keep_own_details(visit, wanted.visit_type),
                    by=by,
                    source=source,
                    note=note if wanted.override else "",
                    group=group,
                )
        except Refused as error:
            judged.append((wanted, error.refusals))
        else:
            booked.append(placed)
    _raise_refused(judged)
    tell_of_group(booked, kind=BOOKED_TOGETHER, version=0)
    for placed in booked:
        queue_reminders(placed)
    return booked


@writing
def unbook_together(*, appointment: Appointment, by: Actor) -> list[Appointment]:
    """Take back all that was booked together with `appointment`, as `unbook` takes back one visit.

    Raises NotAllowed (to one of them something was done since, or a day is over), Busy.
    """
    visits = _lock_group(appointment)
    is_untouched = all(
        visit.status == Status.BOOKED
        and visit.version == 0
        and visit.source == Source.STAFF
        and was_just_booked(visit)
        for visit in visits
    )
    if not by.is_staff or not visits or not is_untouched:
        raise NotAllowed
    if queue.withdraw(kind=BOOKED_TOGETHER, subject_id=visits[0].group_id or 0):
        return [enter_in_error(appointment=visit, by=by) for visit in visits]
    return _cancel_locked(visits, reason=CancellationReason.PRACTICE, by=by)


def cancel_together(*, visits: Sequence[Appointment], reason: str, by: Actor) -> list[Appointment]:
    """Cancel several visits of one group in one step; the patient is told once.

    Doing it twice gives the first result again. Raises CutOff (patients, where it is too late for one of
    them), NotAllowed (one of them has changed, or is of another group), Busy.
    """
    for visit in visits:
        if visit.status != Status.CANCELLED:
            refuse_after_cutoff(visit, by=by)
    return _cancel_together(visits=visits, reason=reason, by=by)


@writing
def _cancel_together(*, visits: Sequence[Appointment], reason: str, by: Actor) -> list[Appointment]:
    if not visits or len({visit.group_id for visit in visits}) != 1 or visits[0].group_id is None:
        raise NotAllowed
    seen = {visit.pk: visit for visit in visits}
    # Each by primary key, as all locks.
    current = [reload_locked(seen[key]) for key in sorted(seen)]
    current.sort(key=lambda visit: (visit.start, visit.pk))
    if all(visit.status == Status.CANCELLED for visit in current):
        return current
    for visit in current:
        refuse_if_changed(visit, seen=seen[visit.pk])
        if visit.status != Status.BOOKED:
            raise NotAllowed
    return _cancel_locked(current, reason=reason, by=by)


def _cancel_locked(visits: Sequence[Appointment], *, reason: str, by: Actor) -> list[Appointment]:
    if len(visits) == 1:
        cancel_locked(visits[0], reason=reason, by=by)
        tell_patient(visits[0], CANCELLED)
        return list(visits)
    assert visits[0].group_id is not None
    group = VisitGroup.objects.filter(pk=visits[0].group_id)
    group.update(cancellations=F("cancellations") + 1)
    step = group.values_list("cancellations", flat=True).get()
    for visit in visits:
        cancel_locked(visit, reason=reason, by=by, details={"together": step})
    tell_of_group(visits, kind=CANCELLED_TOGETHER, version=step)
    return list(visits)


def _lock_group(appointment: Appointment) -> list[Appointment]:
    """Lock and return all visits that were booked together, by their start; none where it stands alone."""
    if appointment.group_id is None:
        return []
    keys = Appointment.objects.filter(group=appointment.group_id).order_by("pk").values_list("pk", flat=True)
    visits = [reload_locked(Appointment(pk=key)) for key in keys]
    return sorted(visits, key=lambda visit: (visit.start, visit.pk))


def list_cancelled(group: VisitGroup, *, step: int) -> list[Appointment]:
    """Return the visits that this one step has cancelled, as long as they are, by their start."""
    events = AppointmentEvent.objects.filter(
        appointment__group=group, kind=AppointmentEvent.Kind.CANCELLED
    ).order_by("at", "pk")
    last = {event.appointment_id: event.details.get("together") for event in events}
    visits = group.visits.with_parts().filter(
        status=Status.CANCELLED, pk__in=[key for key, number in last.items() if number == step]
    )
    return list(visits)
