"""One file per idea; everything importable from here."""

from booking.models.appointment import Appointment, CancellationReason, Source
from booking.models.history import AppointmentEvent
from booking.models.hours import AvailabilityException, AvailabilityRule, Closure
from booking.models.links import ManageLink
from booking.models.lookups import VisitLookup
from booking.models.patient import Patient
from booking.models.practice import Location, Practitioner, Room, VisitType

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "AvailabilityException",
    "AvailabilityRule",
    "CancellationReason",
    "Closure",
    "Location",
    "ManageLink",
    "Patient",
    "Practitioner",
    "Room",
    "Source",
    "VisitLookup",
    "VisitType",
]
