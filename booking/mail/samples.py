"""Made-up visits, for whoever designs the mails: the inbox shows each kind of message with one.

Each function makes the rows that its mail is about and returns the message. The inbox undoes it all.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from booking import actions
from booking.models import Appointment, CancellationReason, Location, Practitioner, VisitType
from outbox.models import OutboxMessage

DAYS_AHEAD = 14


def sample_booked() -> OutboxMessage:
    return _find("booking.booked", book_sample())


def sample_moved() -> OutboxMessage:
    visit = book_sample()
    moved = actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=visit.start + timedelta(days=1, hours=4),
        by=actions.Actor.staff(None),
        override=actions.SETTABLE_ASIDE,
    )
    return _find("booking.moved", moved)


def sample_cancelled() -> OutboxMessage:
    cancelled = actions.cancel(
        appointment=book_sample(), reason=CancellationReason.PRACTICE, by=actions.Actor.staff(None)
    )
    return _find("booking.cancelled", cancelled)


SAMPLES = {
    "booking.booked": sample_booked,
    "booking.moved": sample_moved,
    "booking.cancelled": sample_cancelled,
}


def book_sample() -> Appointment:
    """Book a visit in two weeks at 9:20 am, of nobody, with nobody, nowhere."""
    location = Location.objects.create(
        name="Midtown",
        slug="sample-location",
        line1="418 Alder Street",
        line2="2nd floor",
        city="New York",
        state="NY",
        postal_code="10016",
        time_zone=settings.CLINIC_TIME_ZONE,
        directions="Ring the bell marked 2.",
        access_notes="There is an elevator.",
    )
    visit_type = VisitType.objects.create(
        name="New patient visit",
        slug="sample-visit",
        duration=40,
        start_step=20,
        minimum_notice=0,
        booking_horizon=90,
        change_cutoff=24 * 60,
        arrive_early=10,
        preparation="Bring your photo ID and insurance card.\nBring a list of the medicines you take.",
    )
    practitioner = Practitioner.objects.create(
        slug="sample-practitioner", title="Dr.", given_name="Lena", family_name="Fischer"
    )
    practitioner.visit_types.add(visit_type)
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    day = timezone.localdate(timezone=zone) + timedelta(days=DAYS_AHEAD)
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=datetime.combine(day, time(9, 20), zone),
        patient=actions.PatientDetails(
            given_name="Jordan",
            family_name="O’Brien",
            birth_date=day.replace(year=1980, day=1),
            email="jordan.obrien@example.org",
        ),
        by=actions.Actor.staff(None),
        override=actions.SETTABLE_ASIDE,
    )


def _find(kind: str, visit: Appointment) -> OutboxMessage:
    return OutboxMessage.objects.get(kind=kind, subject_id=visit.pk)
