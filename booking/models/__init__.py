"""One file per idea; everything importable from here."""

from booking.models.appointment import (
    Appointment,
    CameFrom,
    CancellationReason,
    Coverage,
    PractitionerChoice,
    Referral,
    Source,
)
from booking.models.attempts import Attempt
from booking.models.away import Absence, Rearrangement
from booking.models.figures import AccessFigure
from booking.models.history import AppointmentEvent
from booking.models.hours import (
    AvailabilityException,
    AvailabilityRule,
    Closure,
    ExceptionSeries,
    KeptTime,
)
from booking.models.intake import IntakeAnswer, IntakeQuestion
from booking.models.links import ManageLink, StopLink, WishLink
from booking.models.offers import FreedTime, OfferPause, WaitlistOffer
from booking.models.patient import Patient, PatientMerge, RelatedPerson
from booking.models.practice import Location, Practitioner, Room, VisitType
from booking.models.together import Chain, VisitGroup
from booking.models.waitlist import WaitlistEntry

__all__ = [
    "Absence",
    "AccessFigure",
    "Appointment",
    "AppointmentEvent",
    "Attempt",
    "AvailabilityException",
    "AvailabilityRule",
    "CameFrom",
    "CancellationReason",
    "Chain",
    "Closure",
    "Coverage",
    "ExceptionSeries",
    "FreedTime",
    "IntakeAnswer",
    "IntakeQuestion",
    "KeptTime",
    "Location",
    "ManageLink",
    "OfferPause",
    "Patient",
    "PatientMerge",
    "Practitioner",
    "PractitionerChoice",
    "Rearrangement",
    "Referral",
    "RelatedPerson",
    "Room",
    "Source",
    "StopLink",
    "VisitGroup",
    "VisitType",
    "WaitlistEntry",
    "WaitlistOffer",
    "WishLink",
]
