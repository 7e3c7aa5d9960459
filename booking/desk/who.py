"""Who comes: a known patient, or somebody new, as a caller tells it. The first part of each slip."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from booking import scope
from booking.desk.new_patient import NewPatientForm
from booking.desk.search import Answer, find_patients
from booking.duplicates import Duplicate, find_likely_duplicates
from booking.models import Patient
from booking.models.patient import PatientQuerySet


@dataclass(frozen=True)
class WhoComes:
    """Whom a slip is about. `sent` is the whole form, or what an address asks for."""

    sent: QueryDict
    now: datetime
    # Whoever writes it: what they may see and set aside.
    user: Any

    @cached_property
    def patient(self) -> Patient | None:
        """The record that was chosen."""
        if "drop_patient" in self.sent or "new_patient" in self.sent:
            return None
        key = self.sent.get("pick_patient") or self.sent.get("patient", "")
        return _find_patient(key, among=scope.visible_patients(self.user))

    @property
    def is_new(self) -> bool:
        """Whether a new patient is written down."""
        if self.patient is not None or "drop_patient" in self.sent:
            return False
        return "new_patient" in self.sent or "is_new" in self.sent

    @cached_property
    def words(self) -> str:
        return self.sent.get("words", "").strip()

    @cached_property
    def answer(self) -> Answer | None:
        """Whom the words fit, while nobody is chosen."""
        if self.patient is not None or self.is_new or not self.words:
            return None
        return find_patients(self.words, now=self.now, user=self.user)

    @cached_property
    def new(self) -> NewPatientForm:
        return NewPatientForm(self.sent if "is_new" in self.sent else None)

    @cached_property
    def duplicates(self) -> list[Duplicate]:
        """Records that may be the new patient, as soon as enough is written to tell."""
        if not self.is_new or not self.new.is_valid():
            return []
        details = self.new.patient_details()
        return find_likely_duplicates(
            Patient(
                given_name=details.given_name,
                family_name=details.family_name,
                birth_date=details.birth_date,
                phone=details.phone,
                email=details.email,
            ),
            among=scope.visible_patients(self.user),
        )

    @property
    def is_somebody_else(self) -> bool:
        """Whether staff said that the new patient is none of the duplicates."""
        return "is_somebody_else" in self.sent

    @property
    def knows_who(self) -> bool:
        if self.patient is not None:
            return True
        return self.is_new and self.new.is_valid() and (self.is_somebody_else or not self.duplicates)

    def find_problems_of_who(self) -> list[str]:
        if self.knows_who:
            return []
        if not self.is_new:
            return [_("Choose the patient, or write down a new one.")]
        if not self.new.is_valid():
            return [_("Fill in what is missing about the new patient.")]
        return [_("Say whether the patient is one of those who are already here.")]


def _find_patient(key: str, *, among: PatientQuerySet) -> Patient | None:
    """Return the record; None for a key that is none, and for one that was merged into another."""
    is_key = key.isascii() and key.isdecimal() and len(key) <= 18
    return among.current().filter(pk=key).first() if is_key else None
