"""Find a patient and their visits by what a caller says: name, birth date, phone or reference."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.admin.searching import match_patients
from booking.models import Appointment, Patient

MOST = 20
LONGEST = 100
LOOK_BACK = timedelta(days=90)


@dataclass
class Found:
    """A patient with their visits from the last months on, the next one first."""

    patient: Patient
    visits: list[Appointment] = field(default_factory=list)


def find_patients(words: str, *, now: datetime) -> list[Found]:
    """Return at most MOST patients that fit, by name. Two queries."""
    words = " ".join(words.split())[:LONGEST]
    if not words:
        return []
    patients = Patient.objects.current().filter(match_patients(words)).distinct()[:MOST]
    found = {patient.pk: Found(patient) for patient in patients}
    visits = Appointment.objects.with_parts().filter(patient__in=found, start__gte=now - LOOK_BACK)
    for visit in visits.order_by("start", "pk"):
        assert visit.patient_id is not None
        found[visit.patient_id].visits.append(visit)
    for one in found.values():
        one.visits.sort(key=lambda visit: (visit.end < now, abs(visit.start - now)))
    return list(found.values())
