"""Find a patient and their visits by what a caller says: name, birth date, phone or reference."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from booking.models import Appointment, Patient
from booking.models.appointment import REFERENCE_LENGTH, normalize_reference

MOST = 20
LONGEST = 100
# Fewer digits than these find everybody.
FEWEST_DIGITS = 4
LOOK_BACK = timedelta(days=90)
_DATES = ("%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d", "%m.%d.%Y", "%B %d %Y", "%b %d %Y")


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
    patients = Patient.objects.current().filter(_match(words)).distinct()[:MOST]
    found = {patient.pk: Found(patient) for patient in patients}
    visits = Appointment.objects.with_parts().filter(patient__in=found, start__gte=now - LOOK_BACK)
    for visit in visits.order_by("start", "pk"):
        assert visit.patient_id is not None
        found[visit.patient_id].visits.append(visit)
    for one in found.values():
        one.visits.sort(key=lambda visit: (visit.end < now, abs(visit.start - now)))
    return list(found.values())


def _match(words: str) -> Q:
    """One kind of question at a time: a date is no phone number, a phone number no name."""
    born = _read_date(words)
    if born is not None:
        return Q(birth_date=born)
    reference = normalize_reference(words)
    by_reference = (
        Q(appointments__reference=reference) if len(reference) == REFERENCE_LENGTH else Q(pk__in=[])
    )
    digits = re.sub(r"\D", "", words)
    if digits and not re.search(r"[^\W\d_]", words):
        if len(digits) < FEWEST_DIGITS:
            return by_reference
        by_phone = Q(phone__contains=digits) | Q(related_people__phone__contains=digits)
        return by_phone | by_reference
    by_name = Q()
    by_other = Q()
    for word in words.replace(",", " ").split():
        by_name &= Q(given_name__icontains=word) | Q(family_name__icontains=word)
        by_other &= Q(related_people__name__icontains=word)
    return by_name | by_other | by_reference


def _read_date(words: str) -> date | None:
    plain = words.replace(",", " ").replace("  ", " ")
    for pattern in _DATES:
        try:
            return datetime.strptime(plain, pattern).date()  # noqa: DTZ007 - a birth date has no zone
        except ValueError:
            continue
    return None
