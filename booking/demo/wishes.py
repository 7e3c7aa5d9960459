"""The waitlist of the demo practice, and somebody who is in the register twice."""

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from booking import waiting
from booking.actions import PatientDetails, RelatedDetails
from booking.demo.people import make_contact
from booking.models import Appointment, Patient, Practitioner, RelatedPerson, VisitType, WaitlistEntry
from booking.waiting import Wish

PartOfDay = WaitlistEntry.PartOfDay
Notice = WaitlistEntry.Notice

AGREED_TO = "Invented for the demo practice."


def fill_waitlist(*, now: datetime, random: Random) -> None:
    """Add four wishes: two for a visit, two for an earlier one."""
    today = timezone.localdate(now)
    types = {visit_type.slug: visit_type for visit_type in VisitType.objects.all()}
    waiting.join_waitlist(
        visit_type=types["new-patient"],
        patient=_copy_somebody(),
        related=None,
        wish=Wish(until=today + timedelta(weeks=3), part_of_day=PartOfDay.MORNING, notice=Notice.TWO_HOURS),
        consent_wording=AGREED_TO,
    )
    waiting.join_waitlist(
        visit_type=types["emg"],
        patient=PatientDetails(
            given_name="Iris",
            family_name="Vale",
            birth_date=today - timedelta(days=12_000),
            **make_contact(random),
        ),
        related=RelatedDetails(
            name="Glen Vale", relationship=RelatedPerson.Relationship.PARTNER, is_contact=True
        ),
        wish=Wish(
            until=today + timedelta(weeks=5),
            part_of_day=PartOfDay.ANY,
            notice=Notice.THREE_DAYS,
            practitioners=tuple(Practitioner.objects.filter(visit_types=types["emg"])[:1]),
            weekdays=(1, 3),
        ),
        consent_wording=AGREED_TO,
    )
    far = Appointment.objects.upcoming(now=now + timedelta(days=7)).select_related("location")
    for visit in far.order_by("start", "pk")[:2]:
        waiting.ask_for_earlier(
            appointment=visit,
            wish=Wish(
                until=waiting.find_last_day_before(visit),
                part_of_day=PartOfDay.AFTERNOON,
                notice=Notice.ONE_DAY,
            ),
        )


def _copy_somebody() -> PatientDetails:
    """Return a patient as they would type themselves in again, with another letter in the name."""
    patient = Patient.objects.exclude(phone="").earliest("pk")
    return PatientDetails(
        given_name=patient.given_name,
        family_name=f"{patient.family_name}e",
        birth_date=patient.birth_date,
        phone=str(patient.phone),
        phone_typed=patient.phone_typed,
    )
