"""The waitlist: the only writer of its entries, but that a moved or cancelled visit takes its own along."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from audit.writes import update_recorded
from booking.actions import Actor, NotAllowed, PatientDetails, RelatedDetails
from booking.actions.details import create_patient
from booking.actions.placing import find_or_create
from booking.engine.states import Status
from booking.models import (
    Appointment,
    Location,
    Patient,
    Practitioner,
    RelatedPerson,
    Source,
    VisitType,
    WaitlistEntry,
)
from booking.writing import BookingError, lock_patient, queue_up, writing
from outbox import queue

# Wishes that one phone or one email may have waiting at a time.
MAX_WAITING = 3
JOINED = "booking.waitlist_joined"


class TooManyWishes(BookingError):
    """As many wishes are waiting with this phone or this email as may be."""


class AlreadyWaiting(BookingError):
    """The patient waits for this type of visit already, with another wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What would help. Empty lists narrow nothing; `notice` is in minutes from the call to the visit."""

    until: date
    part_of_day: str
    notice: int
    practitioners: tuple[Practitioner, ...] = ()
    locations: tuple[Location, ...] = ()
    weekdays: tuple[int, ...] = ()
    at_any_hour: bool = False

    def write_to(self, entry: WaitlistEntry) -> None:
        entry.until = self.until
        entry.part_of_day = self.part_of_day
        entry.notice = self.notice
        entry.at_any_hour = self.at_any_hour
        entry.weekdays = sorted(self.weekdays)
        entry.save()
        entry.practitioners.set(self.practitioners)
        entry.locations.set(self.locations)


@writing
def join_waitlist(
    *,
    visit_type: VisitType,
    patient: PatientDetails,
    related: RelatedDetails | None,
    wish: Wish,
    consent_wording: str,
) -> WaitlistEntry:
    """Keep the wish of somebody who has no visit yet, with a patient of its own as for a booking.

    Asking twice for the same gives the first entry again. Raises TooManyWishes, Busy.
    """
    _queue_up_with(patient)
    waiting = list(_find_waiting(patient))
    for earlier in waiting:
        if _is_same(earlier, visit_type=visit_type, patient=patient, related=related, wish=wish):
            return earlier
    if len(waiting) >= MAX_WAITING:
        raise TooManyWishes
    person, related_person = create_patient(patient, related=related)
    entry = WaitlistEntry(
        patient=person,
        related_person=related_person,
        visit_type=visit_type,
        source=Source.ONLINE,
        language=patient.language,
        consented_at=timezone.now(),
        consent_wording=consent_wording,
    )
    return _keep_and_tell(entry, wish)


@writing
def add_caller(
    *,
    visit_type: VisitType,
    patient: Patient | PatientDetails,
    related_person: RelatedPerson | RelatedDetails | None,
    wish: Wish,
    language: str,
    by: Actor,
) -> WaitlistEntry:
    """Keep the wish of somebody on the phone, as staff write it down: one for each type of visit.

    A new patient comes as PatientDetails, and whoever asks for them as RelatedDetails. As with a visit
    that staff book, nobody has agreed to a text, so none is kept. Asking twice for the same gives the
    first entry again. Raises NotAllowed (all but staff), AlreadyWaiting, PatientMerged, Busy.
    """
    if not by.is_staff:
        raise NotAllowed
    # Under a lock: a button pressed twice at once makes one entry.
    if isinstance(patient, Patient):
        lock_patient(patient.pk)
        earlier = find_wish(patient, visit_type=visit_type)
    else:
        _queue_up_with(patient)
        earlier = _find_wish_of_new(patient, visit_type=visit_type)
    if earlier is not None:
        if _read_wish(earlier) != wish:
            raise AlreadyWaiting
        return earlier
    comers = find_or_create(patient, related_person)
    entry = WaitlistEntry(
        patient=comers.patient,
        related_person=comers.related_person,
        visit_type=visit_type,
        source=Source.STAFF,
        language=language,
    )
    return _keep_and_tell(entry, wish)


def find_wish(patient: Patient, *, visit_type: VisitType) -> WaitlistEntry | None:
    """Return what the patient waits for already: this type of visit, or an earlier time for one."""
    waiting = WaitlistEntry.objects.waiting().filter(until__gte=timezone.localdate())
    return waiting.filter(patient=patient, visit_type=visit_type).first()


def _find_wish_of_new(patient: PatientDetails, *, visit_type: VisitType) -> WaitlistEntry | None:
    own = (patient.given_name, patient.family_name, patient.birth_date)
    for entry in _find_waiting(patient):
        person = entry.patient
        if entry.visit_type_id == visit_type.pk and own == (
            person.given_name,
            person.family_name,
            person.birth_date,
        ):
            return entry
    return None


def _queue_up_with(patient: PatientDetails) -> None:
    """Let nobody else with this phone or this email join at the same moment."""
    queue_up(*(f"waitlist:{contact}" for contact in (patient.email.lower(), patient.phone) if contact))


def _keep_and_tell(entry: WaitlistEntry, wish: Wish) -> WaitlistEntry:
    wish.write_to(entry)
    if entry.contact.email:
        queue.enqueue(kind=JOINED, subject_id=entry.pk, version=0, recipient="patient")
    return entry


def _find_waiting(patient: PatientDetails) -> list[WaitlistEntry]:
    """Return the wishes that wait with this phone or this email, except those beside a visit."""
    same_contact = Q(patient__phone=patient.phone) | Q(related_person__phone=patient.phone)
    if patient.email:
        same_contact |= Q(patient__email__iexact=patient.email)
        same_contact |= Q(related_person__email__iexact=patient.email)
    waiting = WaitlistEntry.objects.waiting().filter(
        same_contact, appointment__isnull=True, until__gte=timezone.localdate()
    )
    return list(
        waiting.select_related("patient", "related_person").prefetch_related("practitioners", "locations")
    )


def _is_same(
    entry: WaitlistEntry,
    *,
    visit_type: VisitType,
    patient: PatientDetails,
    related: RelatedDetails | None,
    wish: Wish,
) -> bool:
    """Tell whether the entry is this very wish of this very person: the button was pressed twice."""
    person, related_person = entry.patient, entry.related_person
    contact = related_person if related_person is not None and related_person.is_contact else person
    kept_related = (
        None
        if related_person is None
        else RelatedDetails(
            name=related_person.name,
            relationship=related_person.relationship,
            is_contact=related_person.is_contact,
        )
    )
    return (
        entry.visit_type_id == visit_type.pk
        and (person.given_name, person.family_name) == (patient.given_name, patient.family_name)
        and person.birth_date == patient.birth_date
        and (str(contact.phone), contact.email) == (patient.phone, patient.email)
        and kept_related == related
        and _read_wish(entry) == wish
    )


def _read_wish(entry: WaitlistEntry) -> Wish:
    return Wish(
        until=entry.until,
        part_of_day=entry.part_of_day,
        notice=entry.notice,
        practitioners=tuple(entry.practitioners.all()),
        locations=tuple(entry.locations.all()),
        weekdays=tuple(entry.weekdays),
        at_any_hour=entry.at_any_hour,
    )


@writing
def ask_for_earlier(*, appointment: Appointment, wish: Wish, source: str = Source.ONLINE) -> WaitlistEntry:
    """Keep the wish for a time before the visit's. Asking again changes the wish, and not its source.

    Raises NotAllowed, Busy.
    """
    # Under the visit's lock: a visit has one wish, and a cancellation ends it.
    current = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    if current.status != Status.BOOKED or current.patient_id is None or goes_with_another(current):
        raise NotAllowed
    entry = current.waitlist_entries.waiting().first() or WaitlistEntry(
        patient_id=current.patient_id,
        related_person_id=current.related_person_id,
        visit_type_id=current.visit_type_id,
        appointment=current,
        source=source,
        consented_at=current.consented_at,
        consent_wording=current.consent_wording,
    )
    entry.language = current.language
    wish.write_to(entry)
    return entry


@writing
def stop_asking(*, appointment: Appointment) -> None:
    """Take the visit's wish for an earlier time off the list; without one nothing happens. Raises Busy."""
    wishes = appointment.waitlist_entries.waiting()
    update_recorded(wishes, status=WaitlistEntry.Status.LEFT, ended_at=timezone.now())


@writing
def change_wish(*, entry: WaitlistEntry, wish: Wish) -> WaitlistEntry:
    """Change what would help; who waits keeps their place. Raises NotAllowed (it has ended), Busy."""
    current = WaitlistEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if current.status != WaitlistEntry.Status.WAITING:
        raise NotAllowed
    wish.write_to(current)
    return current


@writing
def pause_wish(*, entry: WaitlistEntry, is_paused: bool) -> None:
    """Offer nothing to it by itself until it goes on; an offer that was made stands. Raises Busy."""
    wishes = WaitlistEntry.objects.waiting().filter(pk=entry.pk, paused_at__isnull=is_paused)
    update_recorded(wishes, paused_at=timezone.now() if is_paused else None)


@writing
def leave_by_link(*, entry: WaitlistEntry) -> None:
    """Take the wish off the list, as its own person asks. What has ended stays as it is. Raises Busy."""
    wishes = WaitlistEntry.objects.waiting().filter(pk=entry.pk)
    update_recorded(wishes, status=WaitlistEntry.Status.LEFT, ended_at=timezone.now())


@writing
def leave_waitlist(*, entry: WaitlistEntry, by: Actor) -> WaitlistEntry:
    """Take a wish off the list, as staff do after a call. Twice gives the first result again.

    Raises NotAllowed (all but staff; a wish that led to a visit), Busy.
    """
    if not by.is_staff:
        raise NotAllowed
    current = WaitlistEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if current.status == WaitlistEntry.Status.WAITING:
        current.status = WaitlistEntry.Status.LEFT
        current.ended_at = timezone.now()
        current.save(update_fields=["status", "ended_at"])
    elif current.status != WaitlistEntry.Status.LEFT:
        raise NotAllowed
    return current


def find_last_day_before(visit: Appointment) -> date:
    """Return the last day that comes before the visit, by the calendar of its place."""
    return visit.local_start.date() - timedelta(days=1)


def can_come_earlier(visit: Appointment) -> bool:
    """Tell whether an earlier one could be: on a day that is left before it, and alone."""
    today = timezone.now().astimezone(visit.location.zone).date()
    return find_last_day_before(visit) >= today and not goes_with_another(visit)


def goes_with_another(visit: Appointment) -> bool:
    """Tell whether it is one of two on one day, as a chain has them, and the other is to come as well.

    On another day it would come apart from that one: whoever wants both earlier has to call.
    """
    if visit.group_id is None:
        return False
    return Appointment.objects.chained().filter(group=visit.group_id).exclude(pk=visit.pk).exists()
