"""One patient is forgotten: every row of theirs goes, and what the audit trail has of them stays."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from audit.models import Entry
from audit.writes import record_write
from booking.actions import Actor, PatientMerged
from booking.audited import ACTOR_KINDS
from booking.models import Appointment, AppointmentEvent, Patient, RelatedPerson, WaitlistEntry
from booking.models.appointment import HOLDING_STATUSES
from booking.privacy.inventory import DECISIONS, list_records, list_rows
from booking.writing import BookingError, writing
from outbox import addresses


class StillExpected(BookingError):
    """The patient has visits ahead, or waits for one: cancel those first, so that nobody comes in vain."""

    def __init__(self, *, visits: int, wishes: int) -> None:
        self.visits, self.wishes = visits, wishes
        super().__init__(visits, wishes)


@dataclass(frozen=True)
class Erasure:
    """How many rows of each model go, by its name in the code; and those of it that staff know."""

    counts: dict[str, int]

    @property
    def visits(self) -> int:
        return self.counts["booking.Appointment"]

    @property
    def messages(self) -> int:
        return self.counts["outbox.OutboxMessage"]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def count_erasure(patient: Patient) -> Erasure:
    """Return what an erasure would take, and take nothing."""
    records = list_records(patient)
    return Erasure({label: list_rows(label, records).count() for label in _list_erased()})


def refuse_if_expected(patient: Patient) -> None:
    """Raises PatientMerged, StillExpected."""
    if patient.merged_into_id is not None:
        raise PatientMerged
    records = list_records(patient)
    ahead = Appointment.objects.filter(
        patient__in=records, status__in=HOLDING_STATUSES, busy_end__gt=timezone.now()
    )
    waiting = WaitlistEntry.objects.waiting().filter(patient__in=records)
    visits, wishes = ahead.count(), waiting.count()
    if visits or wishes:
        raise StillExpected(visits=visits, wishes=wishes)


@writing
def erase_patient(*, patient: Patient, by: Actor) -> Erasure:
    """Delete all rows of a patient, with the records that were merged into theirs. There is no way back.

    A mail that is on its way finds nobody and is dropped. Of the audit trail nothing goes: it has numbers
    and no values. Raises PatientMerged, StillExpected, Busy.
    """
    # Held until the end: whoever books for them at this moment comes too late.
    locked = Patient.objects.select_for_update().filter(pk__in=list_records(patient)).order_by("pk")
    records = [one.pk for one in locked]
    if patient.pk not in records:
        return Erasure(dict.fromkeys(_list_erased(), 0))
    refuse_if_expected(Patient.objects.get(pk=patient.pk))
    erasure = count_erasure(patient)
    kind = ACTOR_KINDS[AppointmentEvent.ActorKind(by.kind)]
    for visit in Appointment.objects.filter(patient__in=records):
        record_write(visit, action=Entry.Action.DELETE, detail="erased", actor=by.user, actor_kind=kind)
    _lift_marks(records)
    # Before the visits, by whose numbers it is found.
    list_rows("outbox.OutboxMessage", records).delete()
    Patient.objects.filter(pk__in=records).update(merged_into=None)
    for label in _list_erased():
        if label != "outbox.OutboxMessage":
            list_rows(label, records).delete()
    return erasure


def _list_erased() -> list[str]:
    return [label for label, decision in DECISIONS.items() if decision.is_erased]


def _lift_marks(records: list[int]) -> None:
    """Forget that mail to their addresses came back, unless somebody else has the address too."""
    mine = [Patient.objects.filter(pk__in=records), RelatedPerson.objects.filter(patient__in=records)]
    others = [Patient.objects.exclude(pk__in=records), RelatedPerson.objects.exclude(patient__in=records)]
    emails = {email for rows in mine for email in _list_emails(rows.exclude(email=""))}
    spelled = [rows.annotate(spelling=Lower("email")).filter(spelling__in=emails) for rows in others]
    shared = {email for rows in spelled for email in _list_emails(rows)}
    if emails - shared:
        addresses.lift(emails - shared)


def _list_emails(rows: "QuerySet[Any]") -> set[str]:
    """In lower case: a mark is of the address, however it was typed."""
    return {email.lower() for email in rows.values_list("email", flat=True)}
