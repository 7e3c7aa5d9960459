"""What is asked of patients, as the forms hand it over, and the rows that keep it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking.models import Appointment, CameFrom, IntakeAnswer, IntakeQuestion, Patient, RelatedPerson


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What the booking form asks about the patient."""

    given_name: str
    family_name: str
    birth_date: date
    phone: str = ""
    phone_typed: str = ""
    email: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedDetails:
    """Who books for the patient. With `is_contact` the phone and email given are theirs."""

    name: str
    relationship: str
    is_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReply:
    """One question as it was asked, and what was answered.

    `is_from_path`: asked before the booking, with no IntakeQuestion behind it.
    """

    question: IntakeQuestion | None
    wording: str
    answer: str
    is_from_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDetails:
    """What is asked about the visit itself. Texts are as typed, choices are values of the models.

    `patient_time_zone` is the device's IANA name; `consent_wording` what was agreed to, in full;
    `article` the slug of the article that led to the booking, whether or not it still exists; `language`
    that of the mails about the visit; `came_from` is a CameFrom.
    """

    reason: str = ""
    access_needs: str = ""
    needs_interpreter: bool = False
    interpreter_language: str = ""
    needs_step_free: bool = False
    needs_quiet: bool = False
    needs_more_time: bool = False
    coverage: str = ""
    referral: str = ""
    referral_from: str = ""
    consent_wording: str = ""
    urgency_acknowledged: bool = False
    patient_time_zone: str = ""
    article: str = ""
    language: str = "en"
    came_from: str = CameFrom.DIRECT
    replies: tuple[IntakeReply, ...] = ()

    def as_fields(self, *, now: datetime) -> dict[str, Any]:
        """Return the fields of the appointment that keep this."""
        return {
            "reason": self.reason,
            "access_needs": self.access_needs,
            "needs_interpreter": self.needs_interpreter,
            "interpreter_language": self.interpreter_language,
            "needs_step_free": self.needs_step_free,
            "needs_quiet": self.needs_quiet,
            "needs_more_time": self.needs_more_time,
            "coverage": self.coverage,
            "referral": self.referral,
            "referral_from": self.referral_from,
            "consented_at": now if self.consent_wording else None,
            "consent_wording": self.consent_wording,
            "urgency_acknowledged_at": now if self.urgency_acknowledged else None,
            "patient_time_zone": self.patient_time_zone,
            "article": self.article,
            "language": self.language,
            "came_from": self.came_from,
        }


NO_DETAILS = VisitDetails()


def create_patient(
    details: PatientDetails, *, related: RelatedDetails | None
) -> tuple[Patient, RelatedPerson | None]:
    """Make the rows for whoever comes and whoever books for them. The contact is written at its owner."""
    contact = {"phone": details.phone, "phone_typed": details.phone_typed, "email": details.email}
    is_theirs = related is not None and related.is_contact
    patient = Patient.objects.create(
        given_name=details.given_name,
        family_name=details.family_name,
        birth_date=details.birth_date,
        language=details.language,
        **({} if is_theirs else contact),
    )
    if related is None:
        return patient, None
    return patient, RelatedPerson.objects.create(
        patient=patient,
        name=related.name,
        relationship=related.relationship,
        is_contact=related.is_contact,
        **(contact if is_theirs else {}),
    )


def keep_replies(appointment: Appointment, replies: Collection[IntakeReply]) -> None:
    IntakeAnswer.objects.bulk_create(
        IntakeAnswer(
            appointment=appointment,
            question=reply.question,
            wording=reply.wording,
            answer=reply.answer,
            position=position,
            is_from_path=reply.is_from_path,
        )
        for position, reply in enumerate(replies)
    )
