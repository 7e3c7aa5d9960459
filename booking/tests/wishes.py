"""People who wait for a time, and how one comes free for them."""

from datetime import date
from typing import Any

from booking import actions
from booking.actions import Actor
from booking.models import (
    Appointment,
    Patient,
    VisitType,
    WaitlistEntry,
)
from booking.tests import practice


def wait(visit_type: VisitType, patient: Patient | None = None, **fields: Any) -> WaitlistEntry:
    return WaitlistEntry.objects.create(
        **{
            "patient": patient or practice.make_patient(),
            "visit_type": visit_type,
            "until": date(2026, 12, 18),
            "notice": 120,
            **fields,
        }
    )


def free(visit: Appointment) -> Appointment:
    """The patient of `visit` cancels."""
    return actions.cancel(appointment=visit, reason="patient", by=Actor.patient())


def book_later(patient: Patient, visit: Appointment, day: date = date(2026, 12, 8)) -> Appointment:
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("10:00", day),
        patient=patient,
        by=Actor.system(),
    )


def wait_for_earlier(visit: Appointment, **fields: Any) -> WaitlistEntry:
    return wait(visit.visit_type, visit.patient, appointment=visit, **fields)


def offer_of(entry: WaitlistEntry) -> Any:
    return entry.offers.select_related("hold", "entry").first()
